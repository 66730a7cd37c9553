//! Functions of templates: those whose result follows from what they are given. Any other name gives what is not known.

mod lists;
mod texts;

use super::value::{Kind, Val};
use crate::finding::Place;

/// Call a function.
pub(super) fn call(name: &str, given: &[Val], at: Place) -> Val {
    let val = logic(name, given)
        .or_else(|| numbers(name, given))
        .or_else(|| lists::call(name, given))
        .or_else(|| texts::call(name, given, at))
        .unwrap_or(Val::UNKNOWN);
    // A value that was made of one written value stands where that one is written.
    let mut places = given.iter().filter_map(|val| val.place);
    match (places.next(), places.next()) {
        (Some(place), None) if val.place.is_none() && matters(&val) => Val { place: Some(place), ..val },
        _ => val,
    }
}

/// Whether all of a value comes from one place: texts made of pieces say themselves where they come from.
fn matters(val: &Val) -> bool {
    match &val.kind {
        Kind::Text(text) => !text.has_origins(),
        _ => true,
    }
}

fn logic(name: &str, given: &[Val]) -> Option<Val> {
    let truth = |truth: Option<bool>| truth.map_or(Val::UNKNOWN, Val::from);
    Some(match (name, given) {
        ("not", [val]) => truth(val.truth().map(|truth| !truth)),
        ("empty", [val]) => truth(val.truth().map(|truth| !truth)),
        ("default", [otherwise, val]) => match val.truth() {
            Some(true) => val.clone(),
            Some(false) => otherwise.clone(),
            None => Val::UNKNOWN,
        },
        ("default", [otherwise]) => otherwise.clone(),
        ("coalesce", vals) => {
            let found = vals.iter().find(|val| val.truth() != Some(false));
            found.map_or(Val::NULL, |val| if val.truth().is_none() { Val::UNKNOWN } else { val.clone() })
        }
        ("ternary", [yes, no, when]) => when.truth().map_or(Val::UNKNOWN, |truth| if truth { yes } else { no }.clone()),
        ("required", [_, val]) => {
            let missing = match &val.kind {
                Kind::Null => true,
                Kind::Text(text) => text.text().is_empty(),
                _ => false,
            };
            if missing { Val::UNKNOWN } else { val.clone() }
        }
        ("fail", _) => Val::NULL,
        ("eq", [val, others @ ..]) => {
            let equal: Vec<Option<bool>> = others.iter().map(|other| same(val, other)).collect();
            match equal.contains(&Some(true)) {
                true => true.into(),
                false => truth(equal.iter().all(Option::is_some).then_some(false)),
            }
        }
        ("ne", [a, b]) => truth(same(a, b).map(|same| !same)),
        ("lt" | "le" | "gt" | "ge", [a, b]) => truth(ordered(name, a, b)),
        ("kindIs" | "typeIs", [kind, val]) => truth(kind.shown().and_then(|kind| is_kind(&kind, val))),
        ("kindOf" | "typeOf", [val]) => {
            let found = ["string", "bool", "slice", "map", "invalid"].into_iter().find(|kind| is_kind(kind, val) == Some(true));
            found.map_or(Val::UNKNOWN, Val::from)
        }
        _ => return None,
    })
}

/// Whether two values are the same; nothing when one is not known, or where the language would refuse to compare.
pub(super) fn same(a: &Val, b: &Val) -> Option<bool> {
    match (&a.kind, &b.kind) {
        (Kind::Unknown, _) | (_, Kind::Unknown) => None,
        (Kind::Null, Kind::Null) => Some(true),
        (Kind::Null, _) | (_, Kind::Null) => Some(false),
        (Kind::Bool(a), Kind::Bool(b)) => Some(a == b),
        (Kind::Text(_), Kind::Text(_)) => Some(a.shown()? == b.shown()?),
        (Kind::Int(a), Kind::Int(b)) => Some(a == b),
        (Kind::Int(_) | Kind::Float(_), Kind::Int(_) | Kind::Float(_)) => Some((a.number()? - b.number()?).abs() < f64::EPSILON),
        _ => None,
    }
}

fn ordered(name: &str, a: &Val, b: &Val) -> Option<bool> {
    let order = match (&a.kind, &b.kind) {
        (Kind::Text(_), Kind::Text(_)) => a.shown()?.cmp(&b.shown()?),
        (Kind::Int(_) | Kind::Float(_), Kind::Int(_) | Kind::Float(_)) => a.number()?.partial_cmp(&b.number()?)?,
        _ => return None,
    };
    Some(match name {
        "lt" => order.is_lt(),
        "le" => order.is_le(),
        "gt" => order.is_gt(),
        _ => order.is_ge(),
    })
}

fn is_kind(kind: &str, val: &Val) -> Option<bool> {
    let own = match &val.kind {
        Kind::Null => "invalid",
        Kind::Bool(_) => "bool",
        Kind::Text(_) => "string",
        Kind::List(_) => "slice",
        Kind::Map(_) => "map",
        // Which kind of number it is depends on where it comes from.
        Kind::Int(_) | Kind::Float(_) => return (!kind.contains("int") && !kind.contains("float")).then_some(false),
        Kind::Unknown => return None,
    };
    Some(own == kind || kind == "[]interface {}" && own == "slice" || kind == "map[string]interface {}" && own == "map")
}

fn numbers(name: &str, given: &[Val]) -> Option<Val> {
    let whole = |number: Option<i64>| Some(number.map_or(Val::UNKNOWN, |number| Kind::Int(number).into()));
    let fold = |with: fn(i64, i64) -> Option<i64>| {
        let mut numbers = given.iter().map(Val::int);
        let first = numbers.next()?;
        whole(numbers.fold(first, |sum, next| with(sum?, next?)))
    };
    match (name, given) {
        ("int" | "int64" | "atoi", [val]) => {
            whole(val.int().or_else(|| matches!(&val.kind, Kind::Text(text) if text.is_certain()).then_some(0)))
        }
        ("float64", [val]) => Some(val.number().map_or(Val::UNKNOWN, |number| Kind::Float(number).into())),
        ("add", _) => fold(i64::checked_add),
        ("sub", [_, _]) => fold(i64::checked_sub),
        ("mul", _) => fold(i64::checked_mul),
        ("div", [_, _]) => fold(i64::checked_div),
        ("mod", [_, _]) => fold(i64::checked_rem),
        ("max", _) => fold(|a, b| Some(a.max(b))),
        ("min", _) => fold(|a, b| Some(a.min(b))),
        ("add1", [val]) => whole(val.int().and_then(|number| number.checked_add(1))),
        #[allow(clippy::cast_possible_truncation, reason = "numbers that people write in values are small")]
        ("floor" | "ceil" | "round", [val, ..]) => whole(val.number().map(|number| match name {
            "floor" => number.floor() as i64,
            "ceil" => number.ceil() as i64,
            _ => number.round() as i64,
        })),
        _ => None,
    }
}
