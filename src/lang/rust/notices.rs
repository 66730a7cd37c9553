//! What a file says besides code: where its syntax is broken, and the comments that silence rules.

use super::grammar::{Grammar, Kind};
use super::lower::span;
use crate::facts::{FileFacts, Gap};
use crate::lang::suppression;
use tree_sitter::{Node, TreeCursor};

/// Most gaps that one file lists.
const GAPS: usize = 20;

/// Note the syntax errors below `root`; errors that touch are one gap.
pub(super) fn note_gaps(root: Node<'_>, facts: &mut FileFacts) {
    if !root.has_error() {
        return;
    }
    walk(root.walk(), |node| {
        if !(node.is_error() || node.is_missing()) {
            return node.has_error();
        }
        let place = span(node);
        let count = facts.gaps.len();
        match facts.gaps.last_mut() {
            Some(last) if place.start <= last.span.end + 1 => last.span.end = last.span.end.max(place.end),
            _ if count < GAPS => facts.gaps.push(Gap { span: place, reason: "syntax error".to_owned() }),
            _ => {}
        }
        false
    });
}

/// Note the comments that silence rules. Hardly any file has one, so the text is asked before the tree.
pub(super) fn note_suppressions(root: Node<'_>, text: &str, grammar: &Grammar, facts: &mut FileFacts) {
    if !text.contains(suppression::MARK) {
        return;
    }
    walk(root.walk(), |node| {
        let kind = grammar.kind(node);
        if !matches!(kind, Kind::LineComment | Kind::BlockComment) {
            return true;
        }
        let comment = text.get(node.byte_range()).unwrap_or_default().trim_end();
        let mut place = span(node);
        place.end = place.start + u32::try_from(comment.len()).unwrap_or(0);
        let body = match kind {
            Kind::LineComment => comment.trim_start_matches('/').trim_start_matches('!'),
            _ => comment.trim_start_matches(['/', '*', '!']).trim_end_matches(['/', '*']),
        };
        let before = text.get(..node.start_byte()).unwrap_or_default();
        let line = before.rsplit(['\n', '\r']).next().unwrap_or_default();
        let own_line = line.trim().is_empty();
        facts.suppressions.extend(suppression::parse(body.trim(), place, own_line));
        false
    });
}

/// Visit nodes in order; `visit` says whether to go below one.
fn walk<'t>(mut cursor: TreeCursor<'t>, mut visit: impl FnMut(Node<'t>) -> bool) {
    loop {
        if visit(cursor.node()) && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}
