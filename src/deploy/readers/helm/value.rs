//! Values of charts while a template is filled in: typed as YAML and the templates' language have them, each with the place where it is
//! written. What is not known stays so through everything that is done with it.

use crate::deploy::readers::mapped::Mapped;
use crate::deploy::texts::tree::{Node, Value};
use crate::finding::Place;
use crate::link::Files;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A key of a map that stands for keys nobody here knows: those of a chart that is not in the tree.
pub(super) const OTHERS: &str = "\u{E000}";

/// Deepest nesting of values that templates make or print.
pub(super) const DEEPEST: usize = 100;

/// Most bytes of one value as YAML; the same map under many keys of many maps could be any size.
const MOST_BYTES: usize = 1024 * 1024;

/// A map; templates may add to it while they run.
pub(super) type Map = Rc<RefCell<BTreeMap<Rc<str>, Entry>>>;

/// What a map has under a key.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Where the key is written.
    pub key: Option<Place>,
    /// Its value.
    pub val: Val,
}

/// A value.
#[derive(Debug, Clone)]
pub(super) struct Val {
    /// What it is.
    pub kind: Kind,
    /// Where it is written, when it is written anywhere.
    pub place: Option<Place>,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Rc<Mapped>),
    List(Rc<Vec<Val>>),
    Map(Map),
    Unknown,
}

impl From<Kind> for Val {
    fn from(kind: Kind) -> Self {
        Self { kind, place: None }
    }
}

impl From<bool> for Val {
    fn from(value: bool) -> Self {
        Kind::Bool(value).into()
    }
}

impl From<String> for Val {
    fn from(text: String) -> Self {
        Kind::Text(Rc::new(Mapped::plain(text))).into()
    }
}

impl From<&str> for Val {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl Val {
    pub(super) const UNKNOWN: Self = Self { kind: Kind::Unknown, place: None };
    pub(super) const NULL: Self = Self { kind: Kind::Null, place: None };

    pub(super) fn list(items: Vec<Self>) -> Self {
        Kind::List(Rc::new(items)).into()
    }

    pub(super) fn map(entries: impl IntoIterator<Item = (Rc<str>, Entry)>) -> Self {
        Kind::Map(Rc::new(RefCell::new(entries.into_iter().collect()))).into()
    }

    /// A map of names we choose ourselves.
    pub(super) fn names<const N: usize>(entries: [(&str, Self); N]) -> Self {
        Self::map(entries.map(|(name, val)| (name.into(), Entry { key: None, val })))
    }

    /// The same value, written where `other` is.
    pub(super) fn at(self, other: &Self) -> Self {
        Self { place: other.place, ..self }
    }

    pub(super) fn is_unknown(&self) -> bool {
        matches!(self.kind, Kind::Unknown)
    }

    /// What counts as true in a condition; nothing when that is not known.
    pub(super) fn truth(&self) -> Option<bool> {
        match &self.kind {
            Kind::Null => Some(false),
            Kind::Bool(value) => Some(*value),
            Kind::Int(number) => Some(*number != 0),
            Kind::Float(number) => Some(*number != 0.0),
            Kind::Text(text) => text.is_certain().then(|| !text.text().is_empty()),
            Kind::List(items) => Some(!items.is_empty()),
            Kind::Map(map) => {
                let map = map.borrow();
                if map.keys().any(|key| &**key != OTHERS) { Some(true) } else { map.is_empty().then_some(false) }
            }
            Kind::Unknown => None,
        }
    }

    /// As the language prints it; nothing for what is not known, and for collections, which nobody prints on purpose.
    pub(super) fn shown(&self) -> Option<String> {
        match &self.kind {
            Kind::Null => Some(String::new()),
            Kind::Bool(value) => Some(value.to_string()),
            Kind::Int(number) => Some(number.to_string()),
            Kind::Float(number) => Some(number.to_string()),
            Kind::Text(text) => text.is_certain().then(|| text.text().to_owned()),
            Kind::List(_) | Kind::Map(_) | Kind::Unknown => None,
        }
    }

    pub(super) fn number(&self) -> Option<f64> {
        match &self.kind {
            Kind::Null => Some(0.0),
            #[allow(clippy::cast_precision_loss, reason = "numbers that people write in values are small")]
            Kind::Int(number) => Some(*number as f64),
            Kind::Float(number) => Some(*number),
            Kind::Bool(value) => Some(f64::from(u8::from(*value))),
            Kind::Text(text) if text.is_certain() => text.text().trim().parse().ok(),
            _ => None,
        }
    }

    pub(super) fn int(&self) -> Option<i64> {
        match &self.kind {
            Kind::Int(number) => Some(*number),
            #[allow(clippy::cast_possible_truncation, reason = "the language cuts it off too")]
            _ => self.number().map(|number| number as i64),
        }
    }

    pub(super) fn items(&self) -> Option<Rc<Vec<Self>>> {
        match &self.kind {
            Kind::List(items) => Some(Rc::clone(items)),
            Kind::Null => Some(Rc::default()),
            _ => None,
        }
    }

    pub(super) fn entries(&self) -> Option<Map> {
        match &self.kind {
            Kind::Map(map) => Some(Rc::clone(map)),
            _ => None,
        }
    }

    /// What a map has under a name; what is not there is nothing. Of nothing the language refuses to ask anything, so nobody can say
    /// what would come out.
    pub(super) fn field(&self, name: &str) -> Self {
        match &self.kind {
            Kind::Map(map) => {
                let map = map.borrow();
                match map.get(name) {
                    Some(entry) => entry.val.clone(),
                    None if map.contains_key(OTHERS) => Self::UNKNOWN,
                    None => Self::NULL,
                }
            }
            _ => Self::UNKNOWN,
        }
    }
}

/// Values of a file as templates see them. Nesting is bounded by the reader of YAML.
pub(super) fn of_node(node: &Node, files: &Files) -> Val {
    let kind = match &node.value {
        Value::Null => Kind::Null,
        Value::Unknown => Kind::Unknown,
        Value::Scalar(text) => {
            let source = &files.get(node.place.file).text;
            let first = source.as_bytes().get(node.place.span.start as usize);
            if matches!(first, Some(b'"' | b'\'' | b'|' | b'>')) { text_kind(text) } else { plain(text) }
        }
        Value::List(items) => Kind::List(Rc::new(items.iter().map(|item| of_node(item, files)).collect())),
        Value::Map(entries) => {
            let entry = |(key, node): &(_, Node)| entry(key, node, files);
            Kind::Map(Rc::new(RefCell::new(entries.iter().map(entry).collect())))
        }
    };
    Val { kind, place: Some(node.place) }
}

fn entry(key: &crate::deploy::texts::tree::Key, node: &Node, files: &Files) -> (Rc<str>, Entry) {
    ((&*key.name).into(), Entry { key: Some(key.place), val: of_node(node, files) })
}

fn text_kind(text: &str) -> Kind {
    Kind::Text(Rc::new(Mapped::plain(text.to_owned())))
}

/// A scalar without quotes.
pub(super) fn plain(text: &str) -> Kind {
    match text {
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Kind::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Kind::Bool(false),
        _ => {
            let numeric = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
            let octal = text.len() > 1 && text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit());
            match (text.parse::<i64>(), text.parse::<f64>()) {
                _ if !numeric => text_kind(text),
                (Ok(_), _) if octal => i64::from_str_radix(text, 8).map_or_else(|_| text_kind(text), Kind::Int),
                (Ok(number), _) => Kind::Int(number),
                (_, Ok(number)) if number.is_finite() => Kind::Float(number),
                _ => text_kind(text),
            }
        }
    }
}

/// `over` laid over `base`: maps merge, a nothing takes away.
pub(super) fn merged(base: &Node, over: &Node) -> Node {
    let (Value::Map(below), Value::Map(above)) = (&base.value, &over.value) else { return over.clone() };
    let mut entries = Vec::with_capacity(below.len() + above.len());
    for (key, node) in below {
        match over.entry(&key.name) {
            Some((_, own)) if own.value == Value::Null => {}
            Some((own, over)) => entries.push((own.clone(), merged(node, over))),
            None => entries.push((key.clone(), node.clone())),
        }
    }
    entries.extend(above.iter().filter(|(key, _)| base.entry(&key.name).is_none()).cloned());
    Node { place: over.place, value: Value::Map(entries) }
}

/// A value as YAML. Nesting is bounded; what lies deeper is unknown.
pub(super) fn to_yaml(val: &Val, at: Place) -> Mapped {
    let mut made = Mapped::default();
    yaml_lines(val, &mut made, Spot { at, indent: 0, depth: 0, inline: true });
    let end = made.text().trim_end_matches('\n').len();
    made.part(0, end)
}

#[derive(Clone, Copy)]
struct Spot {
    at: Place,
    indent: usize,
    depth: usize,
    /// Whether something stands before it on the line already.
    inline: bool,
}

fn yaml_lines(val: &Val, made: &mut Mapped, spot: Spot) {
    let Spot { at, indent, depth, .. } = spot;
    let place = val.place.unwrap_or(at);
    let pad = " ".repeat(indent);
    let deeper = |indent, inline| Spot { at, indent, depth: depth + 1, inline };
    match &val.kind {
        Kind::List(_) | Kind::Map(_) if made.text().len() > MOST_BYTES => {}
        Kind::List(items) if items.is_empty() => made.fill("[]\n", (place, at), true),
        Kind::Map(map) if map.borrow().is_empty() => made.fill("{}\n", (place, at), true),
        Kind::List(_) | Kind::Map(_) if depth > DEEPEST => {
            made.fill_unknown(at, true);
            made.fill("\n", (at, at), true);
        }
        Kind::List(items) => {
            for (number, item) in items.iter().enumerate() {
                if number > 0 || !spot.inline {
                    made.fill(&pad, (at, at), true);
                }
                made.fill("- ", (item.place.unwrap_or(at), at), true);
                yaml_lines(item, made, deeper(indent + 2, true));
            }
        }
        Kind::Map(map) => {
            for (number, (name, entry)) in map.borrow().iter().enumerate() {
                if number > 0 || !spot.inline {
                    made.fill(&pad, (at, at), true);
                }
                made.fill(&quoted_if_needed(name), (entry.key.unwrap_or(at), at), true);
                let nested = match &entry.val.kind {
                    Kind::List(items) => !items.is_empty(),
                    Kind::Map(map) => !map.borrow().is_empty(),
                    _ => false,
                };
                made.fill(if nested { ":\n" } else { ": " }, (at, at), true);
                let step = if matches!(entry.val.kind, Kind::List(_)) { 0 } else { 2 };
                yaml_lines(&entry.val, made, deeper(indent + step, !nested));
            }
        }
        Kind::Text(text) if text.is_certain() => {
            made.fill(&quoted_if_needed(text.text()), (place, at), true);
            made.fill("\n", (at, at), true);
        }
        Kind::Null => made.fill("null\n", (place, at), true),
        _ => {
            match val.shown() {
                Some(text) => made.fill(&text, (place, at), true),
                None => made.fill_unknown(at, true),
            }
            made.fill("\n", (at, at), true);
        }
    }
}

/// A text that reads as the same text again.
fn quoted_if_needed(text: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "_./-".contains(c);
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '_' || c == '.')
        && text.chars().all(safe)
        && matches!(plain(text), Kind::Text(_))
        && !matches!(text, "null" | "Null" | "NULL" | "~");
    if is_plain || text == OTHERS { text.to_owned() } else { quoted(text) }
}

/// In double quotes, as YAML and JSON read them.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A tree as a value, with quotes and places gone.
pub(super) fn without_places(node: &Node) -> Val {
    match &node.value {
        Value::Null => Val::NULL,
        Value::Unknown => Val::UNKNOWN,
        Value::Scalar(text) => plain(text).into(),
        Value::List(items) => Val::list(items.iter().map(without_places).collect()),
        Value::Map(entries) => {
            Val::map(entries.iter().map(|(key, node)| ((&*key.name).into(), Entry { key: None, val: without_places(node) })))
        }
    }
}

/// A value as JSON on one line; nothing for what is not known, too deep or too long.
pub(super) fn to_json(val: &Val, out: &mut String, depth: usize) -> Option<()> {
    if depth > DEEPEST || out.len() > MOST_BYTES {
        return None;
    }
    match &val.kind {
        Kind::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                to_json(item, out, depth + 1)?;
            }
            out.push(']');
        }
        Kind::Map(map) => {
            out.push('{');
            for (at, (name, entry)) in map.borrow().iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                out.push_str(&quoted(name));
                out.push(':');
                to_json(&entry.val, out, depth + 1)?;
            }
            out.push('}');
        }
        Kind::Null => out.push_str("null"),
        Kind::Text(_) => out.push_str(&quoted(&val.shown()?)),
        _ => out.push_str(&val.shown()?),
    }
    Some(())
}
