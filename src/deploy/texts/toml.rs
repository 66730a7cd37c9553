//! TOML texts as trees with places.

use crate::deploy::texts::tree::{Key, Node, Value};
use crate::finding::{FileId, Place};
use crate::source::Span;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The table of `text`; the parser bounds how deep it nests.
pub(in crate::deploy) fn read(text: &str) -> Result<Node, String> {
    let table = DeTable::parse(text).map_err(|error| error.message().to_owned())?;
    Ok(Node::new(span(table.span()), entries(table.get_ref())))
}

fn span(range: Range<usize>) -> Span {
    Span::new(range.start, range.end)
}

fn entries(table: &DeTable<'_>) -> Value {
    let entry = |(key, value): (&Spanned<std::borrow::Cow<'_, str>>, &Spanned<DeValue<'_>>)| {
        let place = Place { file: FileId::default(), span: span(key.span()) };
        (Key { name: key.get_ref().as_ref().into(), place }, node(value))
    };
    Value::Map(table.iter().map(entry).collect())
}

fn node(value: &Spanned<DeValue<'_>>) -> Node {
    let read = match value.get_ref() {
        DeValue::String(text) => Value::Scalar(text.as_ref().into()),
        DeValue::Integer(number) => Value::Scalar(number.to_string().into()),
        DeValue::Float(number) => Value::Scalar(number.to_string().into()),
        DeValue::Boolean(flag) => Value::Scalar(flag.to_string().into()),
        DeValue::Datetime(time) => Value::Scalar(time.to_string().into()),
        DeValue::Array(items) => Value::List(items.iter().map(node).collect()),
        DeValue::Table(table) => entries(table),
    };
    Node::new(span(value.span()), read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_and_places() {
        let text = "app = \"shop\"\n[http_service]\nmin_machines_running = 2\n[[services]]\n[services.concurrency]\ntype = 'x'\n";
        let node = read(text).unwrap_or_else(|error| panic!("{error}"));
        let (key, value) =
            node.at("http_service").and_then(|of| of.entry("min_machines_running")).unwrap_or_else(|| panic!("nothing"));
        assert_eq!((key.place.span.of(text), value.number()), ("min_machines_running", Some(2)));
        assert_eq!(node.items_at("services")[0].text_at("concurrency.type"), Some("x"));
        assert!(read(&format!("a = {}", "[".repeat(100_000))).is_err());
    }
}
