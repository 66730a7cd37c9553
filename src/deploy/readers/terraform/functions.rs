//! Functions of Terraform that decide how many there are of something, what it is called and what it runs.

use super::scope::{At, World};
use super::values::{
    MARK, MORE, is_sure, key, list, number, of_number, only_reference, same, scalar, sure_text, text_of, truth, unknown,
};
use crate::deploy::texts::hcl::Expr;
use crate::deploy::texts::tree::{Key, Node, Value};
use crate::finding::Place;

/// Most numbers of a range.
const MOST: f64 = 1_000.0;

/// What a call gives; nothing where Terraform would report an error.
pub(super) fn call<'t>(
    world: &World<'t>,
    at: At<'_, 't>,
    place: Place,
    name: &str,
    arguments: &'t [Expr],
    spread: bool,
) -> Option<Node> {
    match name {
        "templatefile" => {
            let path = arguments.first().map(|argument| world.value(at, argument))?;
            let values = arguments.get(1).map(|argument| world.value(at, argument))?;
            let text = world.template_at(sure_text(&path)?);
            return Some(text.and_then(|text| filled(text, &values)).map_or_else(|| unknown(place), |text| scalar(place, text)));
        }
        "try" => return arguments.iter().find_map(|argument| world.attempt(at, argument)),
        "can" => {
            let node = arguments.first().and_then(|argument| world.attempt(at, argument));
            return Some(match node {
                Some(node) if node.value == Value::Unknown => unknown(place),
                node => scalar(place, node.is_some().to_string()),
            });
        }
        _ => {}
    }
    let mut nodes: Vec<Node> = arguments.iter().map(|argument| world.value(at, argument)).collect();
    if spread && let Some(last) = nodes.pop() {
        match last.value {
            Value::List(items) => nodes.extend(items),
            _ => nodes.push(unknown(place)),
        }
    }
    Some(plain(place, name, nodes).unwrap_or_else(|| unknown(place)))
}

/// The text of a template with names replaced by their values; what is more than a name leaves a mark. Nothing where parts of it are
/// left out or repeated.
fn filled(text: &str, values: &Node) -> Option<String> {
    let mut filled = String::new();
    let mut rest = text;
    if text.contains("%{") {
        return None;
    }
    while let Some((before, after)) = rest.split_once("${") {
        filled.push_str(before);
        let (name, after) = after.split_once('}')?;
        // `$${` stands for itself.
        if before.ends_with('$') {
            filled.extend(["{", name, "}"]);
        } else {
            filled.push_str(&text_of(&[values.get(name.trim()).cloned().unwrap_or_else(|| unknown(values.place))]));
        }
        rest = after;
    }
    filled.push_str(rest);
    Some(filled)
}

/// Functions of values alone; nothing for one that is not known, or whose arguments are not.
fn plain(place: Place, name: &str, nodes: Vec<Node>) -> Option<Node> {
    let first = nodes.first()?;
    let flag = |value: bool| Some(scalar(place, value.to_string()));
    let text = |at: usize| nodes.get(at).and_then(sure_text);
    match name {
        // Who encodes for a platform hands on the value itself.
        "jsonencode" | "yamlencode" | "sensitive" | "nonsensitive" | "tolist" | "toset" | "tomap" | "tostring" | "tonumber"
        | "tobool" | "sort" => Some(first.clone()),
        "jsondecode" | "yamldecode" => match &first.value {
            Value::Scalar(text) if !text.contains(MARK) => super::scope::decoded(text, place),
            Value::List(_) | Value::Map(_) => Some(first.clone()),
            _ => None,
        },
        "coalesce" => coalesce(nodes),
        "coalescelist" => nodes.into_iter().find(|node| node.value == Value::Unknown || !node.items().is_empty()),
        "lookup" => lookup(&nodes),
        "min" => numbers(&nodes)?.into_iter().reduce(f64::min).map(|number| picked(&nodes, place, number)),
        "max" => numbers(&nodes)?.into_iter().reduce(f64::max).map(|number| picked(&nodes, place, number)),
        "sum" => is_sure(first).then(|| numbers(first.items()))?.map(|all| of_number(place, all.iter().sum())),
        "ceil" => number(first).map(|value| of_number(place, value.ceil())),
        "floor" => number(first).map(|value| of_number(place, value.floor())),
        "abs" => number(first).map(|value| of_number(place, value.abs())),
        "range" => range(place, &numbers(&nodes)?),
        "length" => length(first).map(|length| scalar(place, length.to_string())),
        "merge" => Some(merge(place, nodes)),
        "concat" => Some(list(place, nodes.into_iter().flat_map(items_or_more).collect())),
        "flatten" => Some(list(place, flatten(first.clone()))),
        "compact" => {
            let kept = first.items().iter().filter(|item| item.value != Value::Null && item.text() != Some(""));
            matches!(first.value, Value::List(_)).then(|| list(place, kept.cloned().collect()))
        }
        "distinct" => matches!(first.value, Value::List(_)).then(|| distinct(place, first.items())),
        "reverse" => matches!(first.value, Value::List(_)).then(|| list(place, first.items().iter().rev().cloned().collect())),
        "one" => match first.items() {
            [] if matches!(first.value, Value::List(_)) => Some(Node { place, value: Value::Null }),
            [only] => Some(only.clone()),
            _ => None,
        },
        "element" => {
            let items = first.items();
            let index = number(nodes.get(1)?).filter(|_| !items.is_empty() && is_sure(first))?;
            items.get((index as usize) % items.len()).cloned()
        }
        "contains" => contains(first, nodes.get(1)?).and_then(flag),
        "keys" => entries(first).map(|entries| {
            list(
                place,
                entries
                    .iter()
                    .map(|(key, _)| if &*key.name == MORE { unknown(place) } else { scalar(key.place, key.name.clone()) })
                    .collect(),
            )
        }),
        "values" => entries(first).map(|entries| list(place, entries.iter().map(|(_, node)| node.clone()).collect())),
        "zipmap" => zipmap(place, first, nodes.get(1)?),
        "alltrue" | "anytrue" => {
            let all: Option<Vec<bool>> = first.items().iter().map(truth).collect();
            let all = all.filter(|_| matches!(first.value, Value::List(_)))?;
            flag(if name == "alltrue" { all.iter().all(|&is| is) } else { all.iter().any(|&is| is) })
        }
        "join" => join(place, text(0)?, nodes.get(1)?),
        "split" => Some(list(place, text(1)?.split(text(0)?).map(|part| scalar(place, part)).collect())),
        "format" => format(place, &nodes),
        "lower" => first.text().filter(|text| !text.contains(MARK)).map(|text| scalar(place, text.to_lowercase())),
        "upper" => text(0).map(|text| scalar(place, text.to_uppercase())),
        "title" => text(0).map(|text| scalar(place, text.to_owned())),
        // What shortens a name keeps enough of one that is partly known.
        "trimspace" => first.text().map(|text| scalar(place, text.trim())),
        "trimprefix" => Some(scalar(place, text(0)?.strip_prefix(text(1)?).unwrap_or(text(0)?))),
        "trimsuffix" => Some(scalar(place, text(0)?.strip_suffix(text(1)?).unwrap_or(text(0)?))),
        "startswith" => flag(text(0)?.starts_with(text(1)?)),
        "endswith" => flag(text(0)?.ends_with(text(1)?)),
        "replace" => {
            let (within, what, by) = (text(0)?, text(1)?, text(2)?);
            let is_pattern = what.len() > 1 && what.starts_with('/') && what.ends_with('/');
            (!is_pattern && !what.is_empty()).then(|| scalar(place, within.replace(what, by)))
        }
        "substr" => {
            let (from, length) = (number(nodes.get(1)?)? as usize, number(nodes.get(2)?)?);
            let length = if length < 0.0 { usize::MAX } else { length as usize };
            Some(scalar(place, text(0)?.chars().skip(from).take(length).collect::<String>()))
        }
        _ => None,
    }
}

fn numbers(nodes: &[Node]) -> Option<Vec<f64>> {
    nodes.iter().map(number).collect()
}

/// The argument that was chosen, with its own place.
fn picked(nodes: &[Node], place: Place, chosen: f64) -> Node {
    let is_chosen = |node: &&Node| number(node) == Some(chosen);
    nodes.iter().find(is_chosen).cloned().unwrap_or_else(|| of_number(place, chosen))
}

/// The first that is neither nothing nor empty; one that is not known hides all after it.
fn coalesce(nodes: Vec<Node>) -> Option<Node> {
    nodes.into_iter().find(|node| node.value != Value::Null && node.text() != Some(""))
}

fn lookup(nodes: &[Node]) -> Option<Node> {
    let (map, wanted) = (nodes.first()?, sure_text(nodes.get(1)?)?);
    let Value::Map(entries) = &map.value else { return None };
    let found = entries.iter().rev().find(|(key, _)| &*key.name == wanted).map(|(_, node)| node.clone());
    found.or_else(|| nodes.get(2).filter(|_| is_sure(map)).cloned())
}

fn range(place: Place, numbers: &[f64]) -> Option<Node> {
    let (from, to, step) = match numbers {
        [to] => (0.0, *to, 1.0),
        [from, to] => (*from, *to, 1.0),
        [from, to, step] => (*from, *to, *step),
        _ => return None,
    };
    let count = ((to - from) / step).ceil();
    if !(0.0..=MOST).contains(&count) {
        return None;
    }
    Some(list(place, (0..count as u32).map(|at| of_number(place, from + f64::from(at) * step)).collect()))
}

fn length(node: &Node) -> Option<usize> {
    if !is_sure(node) || only_reference(node).is_some() {
        return None;
    }
    match &node.value {
        Value::List(items) => Some(items.len()),
        Value::Map(entries) => Some(entries.len()),
        Value::Scalar(text) => Some(text.chars().count()),
        Value::Null | Value::Unknown => None,
    }
}

fn entries(node: &Node) -> Option<&[(Key, Node)]> {
    match &node.value {
        Value::Map(entries) => Some(entries),
        _ => None,
    }
}

fn merge(place: Place, nodes: Vec<Node>) -> Node {
    let mut merged: Vec<(Key, Node)> = Vec::new();
    for node in nodes {
        match node.value {
            Value::Map(entries) => {
                for (name, value) in entries {
                    merged.retain(|(known, _)| known.name != name.name);
                    merged.push((name, value));
                }
            }
            Value::Null => {}
            // What is not known may replace everything that came before it.
            _ => {
                merged.iter_mut().for_each(|(_, value)| value.value = Value::Unknown);
                merged.push((key(MORE, place), unknown(place)));
            }
        }
    }
    Node { place, value: Value::Map(merged) }
}

fn items_or_more(node: Node) -> Vec<Node> {
    let place = node.place;
    match node.value {
        Value::List(items) => items,
        Value::Null => Vec::new(),
        _ => vec![unknown(place)],
    }
}

/// Lists in lists, one after the other.
fn flatten(node: Node) -> Vec<Node> {
    let mut flat = Vec::new();
    let mut stack = vec![node];
    while let Some(next) = stack.pop() {
        match next.value {
            Value::List(items) => stack.extend(items.into_iter().rev()),
            _ => flat.push(next),
        }
    }
    flat
}

fn distinct(place: Place, items: &[Node]) -> Node {
    let mut kept: Vec<Node> = Vec::new();
    for item in items {
        if !kept.iter().any(|known| same(known, item) == Some(true)) {
            kept.push(item.clone());
        }
    }
    list(place, kept)
}

fn contains(within: &Node, wanted: &Node) -> Option<bool> {
    if !matches!(within.value, Value::List(_)) {
        return None;
    }
    let answers: Vec<Option<bool>> = within.items().iter().map(|item| same(item, wanted)).collect();
    if answers.contains(&Some(true)) {
        return Some(true);
    }
    (!answers.contains(&None)).then_some(false)
}

fn zipmap(place: Place, keys: &Node, values: &Node) -> Option<Node> {
    let pair = |(name, value): (&Node, &Node)| Some((key(sure_text(name)?, name.place), value.clone()));
    let entries: Option<Vec<(Key, Node)>> = keys.items().iter().zip(values.items()).map(pair).collect();
    Some(Node { place, value: Value::Map(entries?) })
}

fn join(place: Place, between: &str, items: &Node) -> Option<Node> {
    if !matches!(items.value, Value::List(_)) {
        return None;
    }
    let mut pieces = Vec::new();
    for (at, item) in items.items().iter().enumerate() {
        if at > 0 {
            pieces.push(scalar(place, between));
        }
        pieces.push(item.clone());
    }
    Some(scalar(place, text_of(&pieces)))
}

/// `format("%s-%d", a, b)`; other verbs than these are rare and not read.
fn format(place: Place, nodes: &[Node]) -> Option<Node> {
    let (pattern, arguments) = nodes.split_first()?;
    let pattern = sure_text(pattern)?;
    let mut arguments = arguments.iter();
    let mut pieces = Vec::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('%') {
        pieces.push(scalar(place, before));
        let verb = after.chars().next()?;
        match verb {
            '%' => pieces.push(scalar(place, "%")),
            's' | 'd' | 'v' => pieces.push(arguments.next()?.clone()),
            _ => return None,
        }
        rest = &after[1..];
    }
    pieces.push(scalar(place, rest));
    Some(scalar(place, text_of(&pieces)))
}
