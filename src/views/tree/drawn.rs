//! A tree for programs that draw: Graphviz and Mermaid. Both take a graph, so a function has one node however often it is called.

use super::{Item, Tree, What};
use crate::link::value::FnId;
use crate::terminal::visible;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// In Graphviz' language.
pub(crate) fn dot(tree: &Tree) -> String {
    let mut text = "digraph scalelint {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n".to_owned();
    let quoted = |text: &str| visible(text).replace('\\', "\\\\").replace('"', "\\\"");
    let mut nodes = BTreeSet::new();
    for (at, item) in tree.items.iter().enumerate() {
        let node = node(at, item);
        if nodes.insert(node.clone()) {
            let shape = match item.what {
                What::Entry { .. } => ", style=bold",
                What::Call { .. } => "",
                What::Operation { .. } => ", shape=ellipse",
            };
            let label: Vec<String> = label(item).iter().map(|line| quoted(line)).collect();
            let _ = writeln!(text, "  {node} [label=\"{}\"{shape}];", label.join("\\n"));
        }
        if let Some(parent) = item.parent {
            let said = edge(item);
            let said = if said.is_empty() { said } else { format!(" [label=\"{}\"]", quoted(&said)) };
            let _ = writeln!(text, "  {} -> {node}{said};", self::node(parent, &tree.items[parent]));
        }
    }
    if tree.cut {
        text.push_str("  // the rest is not shown\n");
    }
    text + "}\n"
}

/// In Mermaid's language.
pub(crate) fn mermaid(tree: &Tree) -> String {
    let mut text = "flowchart LR\n".to_owned();
    let mut nodes = BTreeSet::new();
    for (at, item) in tree.items.iter().enumerate() {
        let node = node(at, item);
        if nodes.insert(node.clone()) {
            let label: Vec<String> = label(item).iter().map(|line| reference(line)).collect();
            let label = label.join("<br/>");
            let _ = match item.what {
                What::Entry { .. } => writeln!(text, "  {node}([\"{label}\"])"),
                What::Call { .. } => writeln!(text, "  {node}[\"{label}\"]"),
                What::Operation { .. } => writeln!(text, "  {node}[/\"{label}\"/]"),
            };
        }
        if let Some(parent) = item.parent {
            let said = edge(item);
            let said = if said.is_empty() { said } else { format!("|\"{}\"|", reference(&said)) };
            let _ = writeln!(text, "  {} -->{said} {node}", self::node(parent, &tree.items[parent]));
        }
    }
    if tree.cut {
        text.push_str("  %% the rest is not shown\n");
    }
    text
}

/// The name of an item's node.
fn node(at: usize, item: &Item) -> String {
    let of = |function: FnId| format!("f{}", function.index());
    match &item.what {
        What::Entry { function, .. } | What::Call { function, .. } => of(*function),
        What::Operation { .. } => format!("o{at}"),
    }
}

/// The lines of a node: what, and where; a call stands at its edge.
fn label(item: &Item) -> Vec<String> {
    let (path, line) = &item.place;
    match &item.what {
        What::Entry { label, name, .. } if label == name => vec![name.clone(), format!("{path}:{line}")],
        What::Entry { label, name, .. } => vec![label.clone(), name.clone(), format!("{path}:{line}")],
        What::Call { name, .. } => vec![name.clone()],
        What::Operation { name, roles, wait } => {
            let said: Vec<&str> = roles.iter().copied().chain(*wait).collect();
            vec![name.clone(), said.join(", "), format!("{path}:{line}")]
        }
    }
}

/// What is said of a call rather than of what it calls.
fn edge(item: &Item) -> String {
    let looped = item.looped.map(super::Looped::words);
    looped.into_iter().chain(item.notes.iter().copied()).collect::<Vec<_>>().join(", ")
}

/// Text in quotes in which nothing means anything: Mermaid's own references for what is no letter, digit or harmless mark.
fn reference(text: &str) -> String {
    let mut out = String::new();
    for c in visible(text).chars() {
        match c {
            ' ' | '.' | ',' | '/' | ':' | '-' | '_' | '(' | ')' | '=' => out.push(c),
            c if c.is_ascii_punctuation() => {
                let _ = write!(out, "#{};", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_inside_their_quotes() {
        let name = "a\"]; click b \\ <img src=x onerror=y> `c` #35;\u{1b}[2J\n".to_owned();
        let what = What::Operation { name, roles: vec!["http request"], wait: None };
        let item = Item { depth: 0, parent: None, what, place: ("x\".py".into(), 3), looped: None, notes: Vec::new() };
        let tree = Tree { items: vec![item], cut: false };
        let expected = "  o0[/\"a#34;#93;#59; click b #92; #60;img src=x onerror=y#62; #96;c#96; #35;35#59;#92;u#123;1b#125;#91;2J#92;n\
                        <br/>http request<br/>x#34;.py:3\"/]\n";
        assert_eq!(mermaid(&tree), format!("flowchart LR\n{expected}"));
        let expected = "  o0 [label=\"a\\\"]; click b \\\\ <img src=x onerror=y> `c` #35;\\\\u{1b}[2J\\\\n\
                        \\nhttp request\\nx\\\".py:3\", shape=ellipse];\n";
        assert!(dot(&tree).contains(expected), "{}", dot(&tree));
    }
}
