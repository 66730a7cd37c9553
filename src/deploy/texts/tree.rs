//! The tree of a configuration file, whatever its syntax: maps, lists and scalars, each with its place. YAML, JSON, TOML, INI files and
//! rendered templates all come as this; readers of a platform never see syntax.

use crate::finding::{FileId, Place};
use crate::source::Span;
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

/// A value with its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// Which bytes of which file. A map or list begins at its first key or item.
    pub place: Place,
    /// What stands there.
    pub value: Value,
}

/// What stands at a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// Nothing, or `null`.
    Null,
    /// A number, a boolean or a text, as written but without quotes and escapes.
    Scalar(CompactString),
    /// Items in order.
    List(Vec<Node>),
    /// Keys in order, each with what it names.
    Map(Vec<(Key, Node)>),
    /// Something that only running a template or a platform could tell.
    Unknown,
}

/// A key of a map.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// Its name.
    pub name: CompactString,
    /// Where it is written.
    pub place: Place,
}

impl Node {
    /// A value at `span` of a file that has no number yet.
    #[must_use]
    pub fn new(span: Span, value: Value) -> Self {
        Self { place: Place { file: FileId::default(), span }, value }
    }

    /// Say which file the tree came from, once files are numbered.
    pub fn set_file(&mut self, file: FileId) {
        let mut stack = vec![self];
        while let Some(node) = stack.pop() {
            node.place.file = file;
            match &mut node.value {
                Value::List(items) => stack.extend(items),
                Value::Map(entries) => stack.extend(entries.iter_mut().map(|(key, node)| {
                    key.place.file = file;
                    node
                })),
                Value::Null | Value::Scalar(_) | Value::Unknown => {}
            }
        }
    }

    /// What a map has under `key`; an explicit nothing counts as absent.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|(_, node)| node).filter(|node| node.value != Value::Null)
    }

    /// The same with the key's own place.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<(&Key, &Self)> {
        let Value::Map(entries) = &self.value else { return None };
        // The last of two equal keys counts, as in every parser of these formats that does not refuse them.
        entries.iter().rev().find(|(name, _)| &*name.name == key).map(|(key, node)| (key, node))
    }

    /// Down a path of keys: `spec.template.spec`.
    #[must_use]
    pub fn at(&self, path: &str) -> Option<&Self> {
        path.split('.').try_fold(self, |node, key| node.get(key))
    }

    /// A text, number or boolean as written.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(text) => Some(text),
            _ => None,
        }
    }

    /// The text under a key or a path of keys.
    #[must_use]
    pub fn text_at(&self, path: &str) -> Option<&str> {
        self.at(path)?.text()
    }

    /// A whole number that is not negative.
    #[must_use]
    pub fn number(&self) -> Option<u32> {
        self.text()?.trim().parse().ok()
    }

    /// A truth value as YAML 1.1 writes it.
    #[must_use]
    pub fn flag(&self) -> Option<bool> {
        match self.text()? {
            "true" | "True" | "TRUE" | "yes" | "Yes" | "on" | "On" => Some(true),
            "false" | "False" | "FALSE" | "no" | "No" | "off" | "Off" => Some(false),
            _ => None,
        }
    }

    /// The items of a list; none of anything else.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The entries of a map; none of anything else.
    #[must_use]
    pub fn entries(&self) -> &[(Key, Self)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of the list under a path of keys.
    #[must_use]
    pub fn items_at(&self, path: &str) -> &[Self] {
        self.at(path).map_or(&[], Self::items)
    }

    /// Whether what stands here, or anything inside of it, is not known.
    #[must_use]
    pub fn is_partly_unknown(&self) -> bool {
        let mut stack = vec![self];
        while let Some(node) = stack.pop() {
            match &node.value {
                Value::Unknown => return true,
                Value::List(items) => stack.extend(items),
                Value::Map(entries) => stack.extend(entries.iter().map(|(_, node)| node)),
                Value::Null | Value::Scalar(_) => {}
            }
        }
        false
    }
}
