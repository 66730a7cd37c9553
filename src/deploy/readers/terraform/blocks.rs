//! Blocks of Terraform as maps, `dynamic` ones made, and the defaults of types filled in.

use super::eval::{DEEPEST, MOST_ITEMS};
use super::scope::{At, Names, World};
use super::values::{is_sure, key, list, scalar, unknown};
use crate::deploy::texts::hcl::{Block, Body, Expr, Form};
use crate::deploy::texts::tree::{Key, Node, Value};
use crate::finding::Place;

impl<'t> World<'t> {
    /// A body as a map: attributes as they are, blocks of one kind as a list of maps.
    pub(super) fn body(&self, at: At<'_, 't>, body: &'t Body, place: Place) -> Node {
        let mut entries: Vec<(Key, Node)> = Vec::new();
        for (key, value) in &body.attributes {
            entries.push((key.clone(), self.value(at, value)));
        }
        for block in &body.blocks {
            let (name, found) = match &*block.kind.name {
                "dynamic" => self.dynamic(at, block),
                _ => (&*block.kind.name, Some(vec![self.body(at, &block.body, block.kind.place)])),
            };
            let place = block.kind.place;
            let existing = entries.iter_mut().find(|(key, _)| *key.name == *name);
            match (existing, found) {
                (Some((_, Node { value: Value::List(items), .. })), Some(found)) => items.extend(found),
                (Some((_, node)), None) => node.value = Value::Unknown,
                (None, Some(found)) if !found.is_empty() => {
                    entries.push((Key { name: name.into(), place }, list(place, found)));
                }
                (None, None) => entries.push((Key { name: name.into(), place }, unknown(place))),
                _ => {}
            }
        }
        Node { place, value: Value::Map(entries) }
    }

    /// The blocks that `dynamic` makes; nothing where that is not known.
    fn dynamic(&self, at: At<'_, 't>, block: &'t Block) -> (&'t str, Option<Vec<Node>>) {
        let name: &'t str = block.labels.first().map_or(&*block.kind.name, |label| &**label);
        let content = block.body.blocks.iter().find(|inner| &*inner.kind.name == "content");
        let (Some(content), Some(each)) = (content, block.body.get("for_each")) else { return (name, None) };
        let over = self.value(at, each);
        if !is_sure(&over) {
            return (name, None);
        }
        let iterator = block.body.get("iterator").and_then(|iterator| match &iterator.form {
            Form::Name(name) => Some(name.clone()),
            _ => None,
        });
        let iterator: Box<str> = iterator.unwrap_or_else(|| name.into());
        let pairs: Vec<(Node, Node)> = match over.value {
            Value::List(items) => {
                items.into_iter().enumerate().map(|(index, item)| (scalar(item.place, index.to_string()), item)).collect()
            }
            Value::Map(entries) => entries.into_iter().map(|(key, value)| (scalar(key.place, key.name), value)).collect(),
            Value::Null => Vec::new(),
            _ => return (name, None),
        };
        let make = |(name, value): (Node, Node)| {
            let place = name.place;
            let each = Node { place, value: Value::Map(vec![(key("key", place), name), (key("value", place), value)]) };
            let names = Names { own: vec![(iterator.clone(), each)], outer: Some(at.names) };
            self.body(At { scope: at.scope, names: &names }, &content.body, content.kind.place)
        };
        (name, Some(pairs.into_iter().take(MOST_ITEMS).map(make).collect()))
    }

    /// A value with the defaults of its type filled in: `object({ a = optional(number, 1) })`.
    pub(super) fn filled(&self, at: At<'_, 't>, wanted: &'t Expr, node: Node) -> Node {
        let Form::Call(name, arguments, _) = &wanted.form else { return node };
        let Some(inner) = arguments.first() else { return node };
        if self.depth.get() >= DEEPEST {
            return node;
        }
        self.depth.set(self.depth.get() + 1);
        let place = node.place;
        let filled = match (&**name, node.value, &inner.form) {
            ("optional", value, _) => self.filled(at, inner, Node { place, value }),
            ("object", Value::Map(entries), Form::Map(fields)) => self.fields(at, fields, place, entries),
            ("map", Value::Map(entries), _) => {
                let entries = entries.into_iter().map(|(key, value)| (key, self.filled(at, inner, value)));
                Node { place, value: Value::Map(entries.collect()) }
            }
            ("list" | "set", Value::List(items), _) => {
                list(place, items.into_iter().map(|item| self.filled(at, inner, item)).collect())
            }
            (_, value, _) => Node { place, value },
        };
        self.depth.set(self.depth.get() - 1);
        filled
    }

    fn fields(&self, at: At<'_, 't>, fields: &'t [(Expr, Expr)], place: Place, entries: Vec<(Key, Node)>) -> Node {
        let mut entries = entries;
        for (name, wanted) in fields {
            let Form::Scalar(name) = &name.form else { continue };
            let default = match &wanted.form {
                Form::Call(optional, arguments, _) if &**optional == "optional" => Some(arguments.get(1)),
                _ => None,
            };
            match (entries.iter_mut().find(|(key, _)| key.name == *name), default) {
                (Some((_, node)), default) => {
                    if let (Value::Null, Some(Some(default))) = (&node.value, default) {
                        *node = self.value(at, default);
                    }
                    *node = self.filled(at, wanted, node.clone());
                }
                (None, Some(Some(default))) => {
                    let node = self.value(at, default);
                    entries.push((key(name, default.place), self.filled(at, wanted, node)));
                }
                (None, Some(None)) => entries.push((key(name, place), Node { place, value: Value::Null })),
                (None, None) => {}
            }
        }
        Node { place, value: Value::Map(entries) }
    }
}
