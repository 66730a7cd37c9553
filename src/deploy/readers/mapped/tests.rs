//! Texts made of pieces.

use super::*;

fn place(start: usize, end: usize) -> Place {
    Place { file: FileId(1), span: Span::new(start, end) }
}

/// A text of a file numbered 1, with `?` for what is not known.
fn template(text: &str) -> Mapped {
    let mut made = Mapped::default();
    let mut at = 0;
    for (number, part) in text.split('?').enumerate() {
        if number > 0 {
            made.fill_unknown(place(at - 1, at), true);
        }
        made.write(part, place(at, at + part.len()), true);
        at += part.len() + 1;
    }
    made
}

fn only(text: &Mapped) -> Document {
    let (mut documents, failed) = text.documents(|_| true);
    assert_eq!((documents.len(), failed), (1, 0), "{}", text.text());
    documents.remove(0)
}

#[test]
fn values_stand_where_they_are_written() {
    let mut text = Mapped::default();
    text.write("a: \"", place(0, 4), true);
    text.fill("five", (Place { file: FileId(2), span: Span::new(70, 74) }, place(4, 20)), true);
    text.write("\"\nb: x-", place(20, 26), true);
    text.fill("y", (Place { file: FileId(2), span: Span::new(80, 81) }, place(26, 40)), true);
    let node = only(&text).node;
    assert_eq!(node.get("a").map(|node| node.place), Some(Place { file: FileId(2), span: Span::new(70, 74) }));
    // A value made of several pieces stands in the template.
    assert_eq!(node.get("b").map(|node| node.place), Some(place(25, 40)));
    assert_eq!(node.text_at("b"), Some("x-y"));
}

#[test]
fn lines_that_nobody_knows_take_the_form_of_what_is_around_them() {
    let list = only(&template("args:\n  - a\n  ?\n  - b\n"));
    let known: Vec<_> = list.node.items_at("args").iter().map(Node::text).collect();
    assert_eq!((known, list.whole), (vec![Some("a"), None, Some("b")], true));
    let map = only(&template("spec:\n  ?\n  a: 1\n"));
    assert_eq!((map.node.text_at("spec.a"), map.whole), (Some("1"), false));
    let labels = only(&template("metadata:\n  labels:\n    ?\n    a: 1\n"));
    assert!(labels.whole);
    let value = only(&template("spec:\n  a:\n    ?\n  b: 1\n"));
    assert_eq!(value.node.at("spec.a").map(|node| &node.value), Some(&Value::Unknown));
    assert_eq!((value.node.text_at("spec.b"), value.whole), (Some("1"), true));
    let flow = only(&template("args: [\n    ?\n    \"b\",\n  ]\n"));
    assert_eq!(flow.node.items_at("args").iter().map(Node::text).collect::<Vec<_>>(), [None, Some("b")]);
}

#[test]
fn what_is_uncertain_is_unknown() {
    let mut text = template("a: 1\nb:\n");
    text.write("  - x\n", place(9, 15), true);
    text.write("  - y\n", place(15, 21), false);
    text.write("c: 3\n", place(21, 26), false);
    text.write("d: 4\n", place(26, 31), true);
    let node = only(&text).node;
    assert_eq!(node.items_at("b").iter().map(Node::text).collect::<Vec<_>>(), [Some("x"), None]);
    assert_eq!((node.get("c").map(|node| &node.value), node.text_at("d")), (Some(&Value::Unknown), Some("4")));
}
