//! A tree as one JSON document, version 1: each item with its children inside.

use super::{Below, Item, Tree, What};
use crate::models::EntryKind;
use serde_json::{Value, json};

/// The document. Items have numbers in the order in which they are read; `before` names the one that shows what is left out.
pub(crate) fn draw(tree: &Tree) -> String {
    // From the last to the first: children are complete before their parent, whatever the depth.
    let mut children: Vec<Vec<Value>> = vec![Vec::new(); tree.items.len()];
    let mut roots = Vec::new();
    for (at, item) in tree.items.iter().enumerate().rev() {
        let mut own = std::mem::take(&mut children[at]);
        own.reverse();
        let value = value(at, item, own);
        match item.parent {
            Some(parent) => children[parent].push(value),
            None => roots.push(value),
        }
    }
    roots.reverse();
    let document = json!({"version": 1, "trees": roots, "cut": tree.cut});
    let text = serde_json::to_string_pretty(&document).unwrap_or_default();
    crate::output::json_text(&text) + "\n"
}

fn value(at: usize, item: &Item, children: Vec<Value>) -> Value {
    let (path, line) = &item.place;
    let mut value = json!({"id": at});
    match &item.what {
        What::Entry { label, kind, name, .. } => {
            value["what"] = "entry".into();
            value["label"] = label.as_str().into();
            value["entry"] = kind.map_or(Value::Null, |kind| EntryKind::name(kind).into());
            value["name"] = name.as_str().into();
        }
        What::Call { name, below, .. } => {
            value["what"] = "call".into();
            value["name"] = name.as_str().into();
            match below {
                Below::Shown => {}
                Below::Before(before) => value["before"] = (*before).into(),
                Below::Cycle => value["cycle"] = true.into(),
                Below::Deep => value["deeper"] = true.into(),
            }
        }
        What::Operation { name, roles, wait } => {
            value["what"] = "operation".into();
            value["name"] = name.as_str().into();
            value["roles"] = roles.clone().into();
            value["deadline"] = (*wait).into();
        }
    }
    value["path"] = path.as_str().into();
    value["line"] = (*line).into();
    value["loop"] = item.looped.map_or(Value::Null, |around| json!({"line": around.line, "over_data": around.over_data}));
    if !item.notes.is_empty() {
        value["notes"] = item.notes.clone().into();
    }
    value["children"] = children.into();
    value
}
