//! A tree for people at a terminal: what, where, and what is to be said of it.

use super::{Item, Tree, What};
use crate::terminal::visible;
use std::fmt::Write as _;

/// One line an item, lines of the tree before it.
pub(crate) fn draw(tree: &Tree) -> String {
    if tree.items.is_empty() {
        return "no entry point is known\n".to_owned();
    }
    let last = last_ones(tree);
    let mut text = String::new();
    // For each depth, whether more of the same parent is to come.
    let mut open: Vec<bool> = Vec::new();
    for (at, item) in tree.items.iter().enumerate() {
        open.truncate(item.depth.saturating_sub(1));
        let mut before = String::new();
        if item.depth > 0 {
            before.extend(open.iter().map(|&more| if more { "│  " } else { "   " }));
            before.push_str(if last[at] { "└─ " } else { "├─ " });
            open.push(!last[at]);
        } else if at > 0 {
            text.push('\n');
        }
        let _ = writeln!(text, "{before}{}", line(item));
    }
    if tree.cut {
        text.push_str("the rest is not shown\n");
    }
    text
}

/// Whether each item is the last one of its parent.
fn last_ones(tree: &Tree) -> Vec<bool> {
    let mut last = vec![true; tree.items.len()];
    let mut seen = std::collections::BTreeMap::new();
    for (at, item) in tree.items.iter().enumerate() {
        if let Some(before) = seen.insert(item.parent, at) {
            last[before] = false;
        }
    }
    last
}

fn line(item: &Item) -> String {
    let name = match &item.what {
        What::Entry { label, name, .. } if label == name => name.clone(),
        What::Entry { label, name, .. } => format!("{label}  {name}"),
        What::Call { name, .. } | What::Operation { name, .. } => name.clone(),
    };
    let (path, line) = &item.place;
    let remarks = item.remarks();
    let said = if remarks.is_empty() { String::new() } else { format!("  [{}]", remarks.join("; ")) };
    format!("{}  {}:{line}{said}", visible(&name), visible(path))
}
