//! What a file says besides code: where its syntax is broken, and the comments that silence rules.

use super::kinds::Kind;
use super::lower::Syntax;
use crate::facts::{FileFacts, Gap};
use crate::lang::suppression;
use crate::source::Span;
use tree_sitter::{Node, TreeCursor};

/// Most gaps that one file lists.
const GAPS: usize = 20;

/// Note the syntax errors below `root`. Statements inside an error are lowered all the same, so only what lies between them is
/// a gap; gaps with nothing but blanks between are one.
pub(super) fn note_gaps(root: Node<'_>, text: &str, facts: &mut FileFacts) {
    if !root.has_error() {
        return;
    }
    // Whether the node above is an error: kept for each level, since nodes are not asked for their parents.
    let mut in_error = vec![false];
    let mut spans: Vec<Span> = Vec::new();
    walk(root.walk(), |node, level| {
        let kind = Syntax::new(node).kind;
        in_error.truncate(level + 1);
        let loose = in_error.last().copied().unwrap_or(false) && !kind.is_statement() && kind != Kind::Block;
        in_error.push(kind == Kind::Error);
        let whole = node.is_missing() || (loose && kind != Kind::Error) || (kind == Kind::Error && node.child_count() == 0);
        if whole && kind != Kind::Comment {
            add(&mut spans, Span::new(node.start_byte(), node.end_byte()), text);
        }
        !whole && (node.has_error() || kind == Kind::Error)
    });
    let gap = |span| Gap { span, reason: "syntax error".to_owned() };
    facts.gaps.extend(spans.into_iter().map(gap));
}

fn add(spans: &mut Vec<Span>, span: Span, text: &str) {
    let count = spans.len();
    match spans.last_mut() {
        Some(last) if Span { start: last.end, end: span.start }.of(text).trim().is_empty() => last.end = last.end.max(span.end),
        _ if count < GAPS => spans.push(span),
        _ => {}
    }
}

/// Note the comments that silence rules. Hardly any file has one, so the text is asked before the tree, and only nodes that
/// hold the mark are entered.
pub(super) fn note_suppressions(root: Node<'_>, text: &str, facts: &mut FileFacts) {
    let mut marks = text.match_indices(suppression::MARK).map(|(at, _)| at).peekable();
    if marks.peek().is_none() {
        return;
    }
    walk(root.walk(), |node, _| {
        while marks.next_if(|&at| at < node.start_byte()).is_some() {}
        if marks.peek().is_none_or(|&at| at >= node.end_byte()) {
            return false;
        }
        if Kind::of(node) != Kind::Comment {
            return true;
        }
        let (start, end) = (node.start_byte(), node.end_byte());
        let comment = text.get(start..end).unwrap_or_default().trim_end();
        let own_line = suppression::stands_alone(text, start);
        facts.suppressions.extend(suppression::parse(comment, Span::new(start, start + comment.len()), own_line));
        false
    });
}

/// Visit nodes in order, with their level; `visit` says whether to go below one.
fn walk<'t>(mut cursor: TreeCursor<'t>, mut visit: impl FnMut(Node<'t>, usize) -> bool) {
    let mut level = 0;
    loop {
        if visit(cursor.node(), level) && cursor.goto_first_child() {
            level += 1;
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
            level -= 1;
        }
    }
}
