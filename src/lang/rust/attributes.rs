//! Attributes: each becomes a name or a call on the tape around its item, and some mark code as test only.

use super::grammar::Kind;
use super::lower::{Lowering, span};
use super::tokens;
use crate::facts::{OpId, Operand};
use crate::source::Span;
use tree_sitter::Node;

/// The attributes of one item.
pub(super) struct Attributes {
    /// Their values, top to bottom.
    pub(super) values: Vec<OpId>,
    /// Whether one of them marks test code.
    pub(super) is_test: bool,
}

impl<'t> Lowering<'t> {
    /// Lower `items` on the current tape.
    pub(super) fn attributes(&mut self, items: &[Node<'t>]) -> Attributes {
        let mut attributes = Attributes { values: Vec::new(), is_test: false };
        for &item in items {
            attributes.is_test |= self.is_test_attribute(item);
            attributes.values.extend(self.attribute_item(item));
        }
        attributes
    }

    /// Whether an attribute item says that what it stands on is only compiled for, or is, a test.
    pub(super) fn is_test_attribute(&mut self, item: Node<'t>) -> bool {
        let text = self.text_of(item).trim_start_matches(['#', '!', '[']).trim_end_matches(']').trim();
        let (path, arguments) = text.split_once('(').unwrap_or((text, ""));
        let path = path.trim();
        if path == "cfg" {
            let arguments = arguments.trim_end_matches(')').trim();
            let any = arguments.strip_prefix("any").map(|rest| rest.trim_matches(['(', ')', ' ']));
            let all = arguments.strip_prefix("all").is_some_and(|rest| rest.trim_start().starts_with('('));
            // What a release build leaves out serves nobody.
            let left_out = |word: &str| matches!(word.trim(), "test" | "debug_assertions");
            return left_out(arguments)
                || any.is_some_and(|any| any.trim_end_matches(',').split(',').all(left_out))
                || all && arguments.split(['(', ',', ' ']).any(|word| word == "test") && !arguments.contains("not");
        }
        path.ends_with("test")
    }

    fn attribute_item(&mut self, item: Node<'t>) -> Option<OpId> {
        let attribute = self.children(item).into_iter().next()?;
        let fields = &self.grammar.fields;
        let (value, arguments) = (attribute.child_by_field_id(fields.value), attribute.child_by_field_id(fields.arguments));
        let path = self.children(attribute).into_iter().next()?;
        // Documentation and lint levels have no part in what a program does.
        if matches!(self.text_of(path), "doc" | "allow" | "warn" | "deny" | "expect" | "forbid") || self.kind(path) == Kind::Error
        {
            return None;
        }
        let callee = self.path(path);
        if let Some(value) = value {
            let value = self.expr(value);
            return Some(self.builder.call(callee, vec![Operand::plain(value)], span(attribute)));
        }
        let Some(arguments) = arguments else { return Some(callee) };
        let arguments = self.attribute_arguments(arguments);
        Some(self.builder.call(callee, arguments, span(attribute)))
    }

    fn attribute_arguments(&mut self, tree: Node<'t>) -> Vec<Operand> {
        let inside = Span::new(tree.start_byte() + 1, tree.end_byte().saturating_sub(1));
        let text = inside.of(self.text);
        if text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b',' | b' ' | b'\n' | b'\r' | b'\t'))
        {
            return self.plain_names(text, tree.start_byte() + 1);
        }
        let parsed = tokens::read(text).and_then(tokens::arguments);
        self.token_base = tree.start_byte() + 1;
        let operands = match &parsed {
            Some(arguments) => self.arguments(arguments),
            None => {
                let unknown = self.opaque(inside);
                vec![Operand::plain(unknown)]
            }
        };
        drop(parsed);
        tokens::forget();
        operands
    }

    /// `Debug, serde::Serialize`: most attributes hold nothing but names.
    fn plain_names(&mut self, text: &str, start: usize) -> Vec<Operand> {
        let mut operands = Vec::new();
        let mut at = start;
        for part in text.split(',') {
            if !part.trim().is_empty() {
                let value = self.path_text(part, at, "");
                operands.push(Operand::plain(value));
            }
            at += part.len() + 1;
        }
        operands
    }

    /// A path from its text, which stands at byte `at`; `suffix` is added to its last name.
    pub(super) fn path_text(&mut self, text: &str, at: usize, suffix: &str) -> OpId {
        let start = at + text.len() - text.trim_start().len();
        let mut at = at;
        let mut value = None;
        let mut segments = text.split("::").peekable();
        while let Some(segment) = segments.next() {
            let name = segment.trim();
            let end = at + segment.trim_end().len();
            let name =
                if segments.peek().is_some() { self.builder.name(name) } else { self.builder.name(&format!("{name}{suffix}")) };
            at += segment.len() + 2;
            // `::name` has nothing before it.
            if segment.trim().is_empty() && value.is_none() {
                continue;
            }
            value = Some(self.path_step(value, name, Span::new(start, end)));
        }
        value.unwrap_or_else(|| self.opaque(Span::new(start, start)))
    }
}
