//! Functions on lists and maps.

use super::same;
use crate::deploy::readers::helm::value::{Entry, Kind, OTHERS, Val};
use std::rc::Rc;

/// Longest list that counting makes.
const MOST_COUNTED: i64 = 1000;

/// Call one of them; nothing when the name is of another kind of function.
pub(super) fn call(name: &str, given: &[Val]) -> Option<Val> {
    let name = name.strip_prefix("must").map_or_else(|| name.to_owned(), |rest| rest.to_ascii_lowercase());
    if let Some(val) = made(&name, given) {
        return Some(val);
    }
    if given.iter().any(Val::is_unknown) && is_known(&name) {
        return Some(Val::UNKNOWN);
    }
    of_maps(&name, given).or_else(|| of_lists(&name, given))
}

fn is_known(name: &str) -> bool {
    matches!(
        name,
        "get"
            | "haskey"
            | "hasKey"
            | "keys"
            | "values"
            | "pick"
            | "omit"
            | "dig"
            | "first"
            | "last"
            | "rest"
            | "initial"
            | "append"
            | "prepend"
            | "concat"
            | "uniq"
            | "without"
            | "has"
            | "compact"
            | "reverse"
            | "index"
            | "len"
            | "slice"
            | "sortAlpha"
            | "pluck"
    )
}

/// New lists and maps, which may hold what is not known.
fn made(name: &str, given: &[Val]) -> Option<Val> {
    let counted = |from: i64, to: i64, step: i64| {
        if step == 0 || (to - from) / step > MOST_COUNTED {
            return Val::UNKNOWN;
        }
        let rounds = (0..MOST_COUNTED).map(|round| from + round * step);
        Val::list(rounds.take_while(|at| if step > 0 { *at < to } else { *at > to }).map(|at| Kind::Int(at).into()).collect())
    };
    let bounded = |val: &Val| val.int().filter(|number| number.abs() <= 1_000_000);
    Some(match (name, given) {
        ("list" | "tuple", items) => Val::list(items.to_vec()),
        ("dict", pairs) => {
            let entry = |pair: &[Val]| match pair {
                [name, val] => {
                    let name = name.shown().unwrap_or_else(|| OTHERS.to_owned());
                    Some((Rc::from(name), Entry { key: None, val: val.clone() }))
                }
                _ => None,
            };
            Val::map(pairs.chunks(2).filter_map(entry))
        }
        ("until", [to]) => bounded(to).map_or(Val::UNKNOWN, |to| counted(0, to, 1)),
        ("untilStep", [from, to, step]) => match (bounded(from), bounded(to), bounded(step)) {
            (Some(from), Some(to), Some(step)) => counted(from, to, step),
            _ => Val::UNKNOWN,
        },
        _ => return None,
    })
}

fn of_maps(name: &str, given: &[Val]) -> Option<Val> {
    let names = |vals: &[Val]| vals.iter().map(Val::shown).collect::<Option<Vec<String>>>();
    Some(match (name, given) {
        ("get", [map, name]) => match map.field(&name.shown()?) {
            Val { kind: Kind::Null, .. } => "".into(),
            val => val,
        },
        ("haskey" | "hasKey", [map, name]) => {
            let (Some(entries), Some(name)) = (map.entries(), name.shown()) else { return Some(Val::UNKNOWN) };
            let entries = entries.borrow();
            if !entries.contains_key(name.as_str()) && entries.contains_key(OTHERS) {
                Val::UNKNOWN
            } else {
                entries.contains_key(name.as_str()).into()
            }
        }
        ("dig", [path @ .., otherwise, map]) => {
            let mut at = map.clone();
            for name in names(path)? {
                if matches!(at.kind, Kind::Null) {
                    break;
                }
                at = at.field(&name);
            }
            if matches!(at.kind, Kind::Null) { otherwise.clone() } else { at }
        }
        ("keys" | "values", [map]) => {
            let entries = map.entries()?;
            let entries = entries.borrow();
            if entries.contains_key(OTHERS) {
                return Some(Val::UNKNOWN);
            }
            Val::list(
                entries.iter().map(|(key, entry)| if name == "keys" { (&**key).into() } else { entry.val.clone() }).collect(),
            )
        }
        ("pick" | "omit", [map, rest @ ..]) => {
            let entries = map.entries()?;
            let wanted = names(rest)?;
            let kept = |key: &str| key == OTHERS || wanted.iter().any(|name| name == key) == (name == "pick");
            let entries = entries.borrow();
            Val::map(entries.iter().filter(|(key, _)| kept(key)).map(|(key, entry)| (Rc::clone(key), entry.clone())))
        }
        _ => return None,
    })
}

fn of_lists(name: &str, given: &[Val]) -> Option<Val> {
    let count = |number: usize| Val::from(Kind::Int(i64::try_from(number).unwrap_or(i64::MAX)));
    Some(match (name, given) {
        ("index", [val, path @ ..]) => path.iter().fold(val.clone(), |val, step| match &val.kind {
            Kind::List(items) => {
                let item = step.int().and_then(|at| items.get(usize::try_from(at).ok()?));
                item.cloned().unwrap_or(Val::UNKNOWN)
            }
            Kind::Unknown => Val::UNKNOWN,
            _ => step.shown().map_or(Val::UNKNOWN, |name| val.field(&name)),
        }),
        ("len", [val]) => match &val.kind {
            Kind::List(items) => count(items.len()),
            Kind::Map(map) if !map.borrow().contains_key(OTHERS) => count(map.borrow().len()),
            Kind::Text(text) if text.is_certain() => count(text.text().len()),
            Kind::Null => count(0),
            _ => Val::UNKNOWN,
        },
        ("first", [list]) => list.items()?.first().cloned().unwrap_or(Val::NULL),
        ("last", [list]) => list.items()?.last().cloned().unwrap_or(Val::NULL),
        ("rest", [list]) => Val::list(list.items()?.iter().skip(1).cloned().collect()),
        ("initial", [list]) => {
            let items = list.items()?;
            Val::list(items.iter().take(items.len().saturating_sub(1)).cloned().collect())
        }
        ("append", [list, item]) => Val::list(list.items()?.iter().chain([item]).cloned().collect()),
        ("prepend", [list, item]) => Val::list([item].into_iter().chain(list.items()?.iter()).cloned().collect()),
        ("reverse", [list]) => Val::list(list.items()?.iter().rev().cloned().collect()),
        ("concat", lists) => {
            let lists = lists.iter().map(Val::items).collect::<Option<Vec<_>>>()?;
            Val::list(lists.iter().flat_map(|items| items.iter().cloned()).collect())
        }
        ("compact", [list]) => Val::list(list.items()?.iter().filter(|item| item.truth() != Some(false)).cloned().collect()),
        ("uniq", [list]) => {
            let mut kept: Vec<Val> = Vec::new();
            for item in list.items()?.iter().take(500) {
                if !kept.iter().any(|other| same(other, item) == Some(true)) {
                    kept.push(item.clone());
                }
            }
            Val::list(kept)
        }
        ("without", [list, out @ ..]) => {
            let kept = |item: &&Val| !out.iter().any(|other| same(other, item) == Some(true));
            Val::list(list.items()?.iter().filter(kept).cloned().collect())
        }
        ("has", [item, list]) => {
            let found: Vec<Option<bool>> = list.items()?.iter().map(|other| same(other, item)).collect();
            match found.contains(&Some(true)) {
                true => true.into(),
                false if list.items()?.iter().any(Val::is_unknown) => Val::UNKNOWN,
                false => false.into(),
            }
        }
        ("sortAlpha", [list]) => {
            let mut texts = list.items()?.iter().map(Val::shown).collect::<Option<Vec<String>>>()?;
            texts.sort();
            Val::list(texts.into_iter().map(Val::from).collect())
        }
        _ => return None,
    })
}
