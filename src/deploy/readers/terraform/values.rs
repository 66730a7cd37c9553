//! Values of Terraform as nodes. What only a run can tell is [`Value::Unknown`]; a text of which a part is unknown has a mark there,
//! which may say of what resource it would come.

use crate::deploy::texts::tree::{Key, Node, Value};
use crate::finding::Place;
use compact_str::CompactString;

/// Stands on both sides of the unknown part of a text; between them, maybe, `address|attribute`.
pub(super) const MARK: char = '…';

/// The key of a map that may have more entries.
pub(super) const MORE: &str = "…";

/// Longest text that is put together.
const LONGEST: usize = 20_000;

pub(super) fn unknown(place: Place) -> Node {
    Node { place, value: Value::Unknown }
}

pub(super) fn scalar(place: Place, text: impl Into<CompactString>) -> Node {
    Node { place, value: Value::Scalar(text.into()) }
}

pub(super) fn list(place: Place, items: Vec<Node>) -> Node {
    Node { place, value: Value::List(items) }
}

pub(super) fn key(name: &str, place: Place) -> Key {
    Key { name: name.into(), place }
}

/// The attribute of a resource, as a text that says so.
pub(super) fn reference(place: Place, address: &str, attribute: &str) -> Node {
    scalar(place, format!("{MARK}{address}|{attribute}{MARK}"))
}

/// Every resource that a text would come from: address and attribute.
pub(super) fn references(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split(MARK).skip(1).step_by(2).filter_map(|inner| inner.split_once('|'))
}

/// The one resource attribute that a text is.
pub(super) fn only_reference(node: &Node) -> Option<(&str, &str)> {
    let inner = node.text()?.strip_prefix(MARK)?.strip_suffix(MARK)?;
    if inner.contains(MARK) { None } else { inner.split_once('|') }
}

/// Whether a text, list or map is known to its end.
pub(super) fn is_sure(node: &Node) -> bool {
    match &node.value {
        Value::Null => true,
        Value::Scalar(text) => !text.contains(MARK),
        Value::Unknown => false,
        Value::List(items) => !items.iter().any(|item| item.value == Value::Unknown),
        Value::Map(entries) => !entries.iter().any(|(key, _)| &*key.name == MORE),
    }
}

/// A text of which every part is known.
pub(super) fn sure_text(node: &Node) -> Option<&str> {
    node.text().filter(|text| !text.contains(MARK))
}

/// A text for people: unknown parts are one mark each.
pub(super) fn shown(text: &str) -> String {
    let mut shown = String::new();
    for (at, piece) in text.split(MARK).enumerate() {
        if at % 2 == 0 {
            shown.push_str(piece);
        } else {
            shown.push(MARK);
        }
    }
    shown
}

/// A truth value; the text `"true"` is one as well.
pub(super) fn truth(node: &Node) -> Option<bool> {
    match node.text()? {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

pub(super) fn number(node: &Node) -> Option<f64> {
    node.text()?.trim().parse().ok()
}

pub(super) fn of_number(place: Place, number: f64) -> Node {
    if !number.is_finite() {
        return unknown(place);
    }
    scalar(place, if number.fract() == 0.0 { format!("{number:.0}") } else { number.to_string() })
}

/// Whether two values are the same; nothing where that is not known.
pub(super) fn same(a: &Node, b: &Node) -> Option<bool> {
    match (&a.value, &b.value) {
        (Value::Unknown, _) | (_, Value::Unknown) => None,
        (Value::Null, Value::Null) => Some(true),
        // What a resource gives is something.
        (Value::Null, Value::Scalar(_) | Value::List(_) | Value::Map(_)) => Some(false),
        (Value::Scalar(_) | Value::List(_) | Value::Map(_), Value::Null) => Some(false),
        (Value::Scalar(x), Value::Scalar(y)) if x.contains(MARK) || y.contains(MARK) => None,
        (Value::Scalar(x), Value::Scalar(y)) => Some(x == y || number(a).is_some_and(|number| Some(number) == self::number(b))),
        (Value::List(x), Value::List(y)) => {
            if !is_sure(a) || !is_sure(b) {
                return None;
            }
            if x.len() != y.len() {
                return Some(false);
            }
            x.iter().zip(y).try_fold(true, |so_far, (x, y)| Some(so_far & same(x, y)?))
        }
        (Value::Map(x), Value::Map(y)) if x.is_empty() || y.is_empty() => {
            (is_sure(a) && is_sure(b)).then_some(x.is_empty() && y.is_empty())
        }
        (Value::Map(_), Value::Map(_)) => None,
        _ => Some(false),
    }
}

/// Texts put together; what is not a text leaves a mark.
pub(super) fn text_of(pieces: &[Node]) -> String {
    let mut text = String::new();
    for piece in pieces {
        match &piece.value {
            Value::Scalar(piece) => text.push_str(piece),
            Value::Null => {}
            _ => text.extend([MARK, MARK]),
        }
        if text.len() > LONGEST {
            return format!("{MARK}{MARK}");
        }
    }
    text
}

/// How much a copy of it costs: one for each value, more for long texts.
pub(super) fn size(node: &Node) -> usize {
    let mut stack = vec![node];
    let mut size = 0;
    while let Some(next) = stack.pop() {
        size += 1 + next.text().map_or(0, |text| text.len() / 100);
        stack.extend(next.items());
        stack.extend(next.entries().iter().map(|(_, node)| node));
    }
    size
}

/// The same value, all of it at `place`.
pub(super) fn moved(mut node: Node, place: Place) -> Node {
    let mut stack = vec![&mut node];
    while let Some(next) = stack.pop() {
        next.place = place;
        match &mut next.value {
            Value::List(items) => stack.extend(items),
            Value::Map(entries) => stack.extend(entries.iter_mut().map(|(key, node)| {
                key.place = place;
                node
            })),
            Value::Null | Value::Scalar(_) | Value::Unknown => {}
        }
    }
    node
}
