//! Functions on texts.

use crate::deploy::readers::helm::value::{self, Kind, Val};
use crate::deploy::readers::mapped::Mapped;
use crate::deploy::texts::yaml;
use crate::finding::Place;
use std::fmt::Write as _;
use std::rc::Rc;

/// Longest text that a function makes.
const MOST_BYTES: usize = 256 * 1024;

/// Call one of them; nothing when the name is of no function we know.
pub(super) fn call(name: &str, given: &[Val], at: Place) -> Option<Val> {
    let val = of_layout(name, given, at).or_else(|| of_parts(name, given)).or_else(|| of_words(name, given))?;
    match &val.kind {
        Kind::Text(text) if text.text().len() > MOST_BYTES => Some(Val::UNKNOWN),
        _ => Some(val),
    }
}

fn mapped(text: Mapped) -> Val {
    Kind::Text(Rc::new(text)).into()
}

/// Functions that move whole values and lines: what is not known inside of them stays where it is.
fn of_layout(name: &str, given: &[Val], at: Place) -> Option<Val> {
    Some(match (name, given) {
        ("indent" | "nindent", [by, val]) => {
            let by = usize::try_from(by.int()?).ok()?;
            let text = match &val.kind {
                Kind::Text(text) => Rc::clone(text),
                Kind::Unknown => {
                    let mut text = Mapped::default();
                    text.fill_unknown(at, true);
                    Rc::new(text)
                }
                _ => Rc::new(Mapped::plain(val.shown()?)),
            };
            mapped(text.indented(by, name == "nindent")).at(val)
        }
        ("toYaml" | "mustToYaml" | "toYamlPretty" | "toJson" | "mustToJson" | "toRawJson" | "toPrettyJson", [val]) => {
            if val.is_unknown() || matches!(&val.kind, Kind::Text(text) if !text.is_certain()) {
                return Some(Val::UNKNOWN);
            }
            if name.contains("Json") {
                let mut out = String::new();
                return Some(value::to_json(val, &mut out, 0).map_or(Val::UNKNOWN, |()| out.into()));
            }
            mapped(value::to_yaml(val, at))
        }
        ("fromYaml" | "fromJson" | "fromYamlArray" | "fromJsonArray", [val]) => {
            let (nodes, error) = yaml::documents(&val.shown()?);
            if error.is_some() || nodes.iter().any(crate::deploy::texts::tree::Node::is_partly_unknown) {
                return Some(Val::UNKNOWN);
            }
            nodes.first().map_or_else(|| Val::map([]), value::without_places)
        }
        _ => return None,
    })
}

/// Functions that give a part of a text: its lines keep their places.
fn of_parts(name: &str, given: &[Val]) -> Option<Val> {
    let (val, rest) = given.split_last()?;
    let Kind::Text(text) = &val.kind else { return None };
    let whole = text.text();
    let word = rest.first().and_then(Val::shown);
    let bounds = |part: &str| {
        let start = part.as_ptr() as usize - whole.as_ptr() as usize;
        (start, start + part.len())
    };
    let (start, end) = match (name, word.as_deref()) {
        ("trim", None) => bounds(whole.trim()),
        ("trimSuffix", Some(end)) if text.is_certain() => bounds(whole.strip_suffix(end).unwrap_or(whole)),
        ("trimPrefix", Some(start)) if text.is_certain() => bounds(whole.strip_prefix(start).unwrap_or(whole)),
        ("trimAll", Some(set)) if text.is_certain() => bounds(whole.trim_matches(|c| set.contains(c))),
        ("trunc", Some(length)) if text.is_certain() => match length.parse::<i64>().ok()? {
            length if length < 0 => {
                let from = whole.len().saturating_sub(usize::try_from(-length).ok()?);
                (ceil(whole, from), whole.len())
            }
            length => (0, ceil(whole, usize::try_from(length).ok()?.min(whole.len()))),
        },
        _ => return None,
    };
    Some(mapped(text.part(start, end)).at(val))
}

/// The next byte at which a character begins.
fn ceil(text: &str, at: usize) -> usize {
    (at..=text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(text.len())
}

/// Functions whose result is known when all that they are given is.
fn of_words(name: &str, given: &[Val]) -> Option<Val> {
    let shown = |at: usize| given.get(at).and_then(Val::shown);
    let all = || given.iter().filter(|val| !matches!(val.kind, Kind::Null)).map(Val::shown).collect::<Option<Vec<String>>>();
    let text = |made: Option<String>| Some(made.map_or(Val::UNKNOWN, Val::from));
    let truth = |known: Option<bool>| Some(known.map_or(Val::UNKNOWN, Val::from));
    let one = |made: fn(&str) -> String| text(shown(0).map(|text| made(&text)));
    match (name, given.len()) {
        ("quote", _) => text(all().map(|words| words.iter().map(|word| value::quoted(word)).collect::<Vec<_>>().join(" "))),
        ("squote", _) => text(
            all().map(|words| words.iter().map(|word| format!("'{}'", word.replace('\'', "''"))).collect::<Vec<_>>().join(" ")),
        ),
        ("toString", 1) => one(str::to_owned),
        ("lower", 1) => one(str::to_lowercase),
        ("upper", 1) => one(str::to_uppercase),
        ("title", 1) => one(title),
        ("nospace", 1) => one(|text| text.split_whitespace().collect()),
        ("trim", 1) => one(|text| text.trim().to_owned()),
        ("b64enc", 1) => one(base64),
        ("kebabcase", 1) => one(|text| text.replace(['_', ' '], "-").to_lowercase()),
        ("snakecase", 1) => one(|text| text.replace(['-', ' '], "_").to_lowercase()),
        ("print", _) => text(all().map(|words| words.concat())),
        ("println", _) => text(all().map(|words| format!("{}\n", words.join(" ")))),
        ("cat", _) => text(all().map(|words| words.join(" "))),
        ("printf", _) => text(printed(given)),
        ("trunc" | "trimSuffix" | "trimPrefix" | "trimAll", 2) => match &given[1].kind {
            Kind::Null => Some("".into()),
            Kind::Int(_) => call(name, &[given[0].clone(), shown(1)?.into()], crate::deploy::readers::mapped::NOWHERE),
            _ => Some(Val::UNKNOWN),
        },
        ("replace", 3) => text(shown(0).zip(shown(1)).zip(shown(2)).map(|((old, new), text)| replaced(&text, &old, &new))),
        ("contains", 2) => truth(shown(0).zip(shown(1)).map(|(part, text)| text.contains(&part))),
        ("hasPrefix", 2) => truth(shown(0).zip(shown(1)).map(|(part, text)| text.starts_with(&part))),
        ("hasSuffix", 2) => truth(shown(0).zip(shown(1)).map(|(part, text)| text.ends_with(&part))),
        ("repeat", 2) => {
            let times = given[0].int().and_then(|times| usize::try_from(times).ok());
            text(
                times
                    .zip(shown(1))
                    .filter(|(times, text)| times.saturating_mul(text.len()) <= MOST_BYTES)
                    .map(|(times, text)| text.repeat(times)),
            )
        }
        ("join", 2) => {
            let words = given[1].items().and_then(|items| items.iter().map(Val::shown).collect::<Option<Vec<_>>>());
            text(shown(0).zip(words).map(|(by, words)| words.join(&by)))
        }
        ("splitList", 2) => {
            Some(shown(0).zip(shown(1)).map_or(Val::UNKNOWN, |(by, text)| Val::list(text.split(&by).map(Val::from).collect())))
        }
        ("split", 2) => Some(shown(0).zip(shown(1)).map_or(Val::UNKNOWN, |(by, text)| {
            let entry = |(at, part): (usize, &str)| (format!("_{at}").into(), value::Entry { key: None, val: part.into() });
            Val::map(text.split(&by).enumerate().map(entry))
        })),
        _ => None,
    }
}

/// No longer than the bound, however often `old` stands there.
fn replaced(text: &str, old: &str, new: &str) -> String {
    let times = MOST_BYTES / new.len().max(1);
    text.replacen(old, new, times)
}

fn title(text: &str) -> String {
    let mut starts = true;
    let capital = |c: char| {
        let shown = if starts { c.to_ascii_uppercase() } else { c };
        starts = !c.is_alphanumeric();
        shown
    };
    text.chars().map(capital).collect()
}

fn base64(text: &str) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let bits = chunk.iter().enumerate().fold(0u32, |bits, (at, byte)| bits | u32::from(*byte) << (16 - 8 * at));
        for at in 0..4 {
            let sign = SIGNS[(bits >> (18 - 6 * at)) as usize & 63];
            out.push(if at <= chunk.len() { char::from(sign) } else { '=' });
        }
    }
    out
}

/// `printf` with the plain verbs; anything else is not known.
fn printed(given: &[Val]) -> Option<String> {
    let (format, rest) = given.split_first()?;
    let format = format.shown()?;
    let mut rest = rest.iter();
    let mut out = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        match chars.next()? {
            '%' => out.push('%'),
            's' | 'v' | 'd' | 't' => out.push_str(&rest.next().filter(|val| !matches!(val.kind, Kind::Null))?.shown()?),
            'q' => {
                let _ = write!(out, "{}", value::quoted(&rest.next()?.shown()?));
            }
            _ => return None,
        }
    }
    Some(out)
}
