//! Patterns on tree-sitter: each name a pattern binds becomes a store of the part of the value that it stands for.

use super::grammar::Kind;
use super::lower::{Lowering, span};
use crate::facts::{Construct, NameId, OpId, OpKind, OperandForm};
use crate::source::Span;
use tree_sitter::Node;

/// What may be concluded from a pattern having matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Match {
    /// It always does: a tuple struct pattern only takes a struct apart, as in `State(pool): State<Pool>`.
    Always,
    /// It may not: a tuple struct pattern enters a variant.
    Maybe,
}

impl<'t> Lowering<'t> {
    /// The names that `pattern` binds, stored from `value`.
    pub(super) fn bind(&mut self, pattern: Node<'t>, value: OpId, matched: Match) {
        // Only the shape of the code counts: the result is thrown away.
        self.deeper(span(pattern), |this| {
            this.bind_inside(pattern, value, matched);
            value
        });
    }

    fn bind_inside(&mut self, pattern: Node<'t>, value: OpId, matched: Match) {
        match self.kind(pattern) {
            Kind::Identifier => self.bind_name(pattern, value),
            Kind::RefPattern | Kind::MutPattern | Kind::ReferencePattern => {
                if let Some(inner) = self.children(pattern).pop() {
                    self.bind(inner, value, matched);
                }
            }
            // Alternatives bind the same names.
            Kind::OrPattern => {
                if let Some(&first) = self.children(pattern).first() {
                    self.bind(first, value, matched);
                }
            }
            Kind::CapturedPattern => {
                for part in self.children(pattern) {
                    self.bind(part, value, matched);
                }
            }
            Kind::TuplePattern | Kind::SlicePattern => {
                let parts = self.children(pattern);
                self.bind_elements(&parts, value, matched, span(pattern));
            }
            Kind::TupleStructPattern => self.bind_tuple_struct(pattern, value, matched),
            Kind::StructPattern => {
                for field in self.children(pattern) {
                    if self.kind(field) == Kind::FieldPattern {
                        self.bind_field(field, value, matched);
                    }
                }
            }
            _ => {}
        }
    }

    fn bind_name(&mut self, identifier: Node<'t>, value: OpId) {
        let name = self.name_of(identifier);
        self.bind_text(name, value, span(identifier));
    }

    /// Bind `name`, unless it is a constant or variant, as its capital tells.
    pub(super) fn bind_text(&mut self, name: NameId, value: OpId, span: Span) {
        if !self.builder.text(name).starts_with(|c: char| c.is_uppercase()) {
            self.builder.store_name(name, value, span);
        }
    }

    fn bind_elements(&mut self, parts: &[Node<'t>], value: OpId, matched: Match, span: Span) {
        // `(x)` is only a pair of brackets when no comma follows.
        let text = self.text.get(span.start as usize..span.end as usize).unwrap_or_default();
        if let [only] = parts
            && text.starts_with('(')
            && !text.trim_end_matches(')').trim_end().ends_with(',')
        {
            return self.bind(*only, value, matched);
        }
        for (index, &part) in parts.iter().enumerate() {
            if matches!(self.kind(part), Kind::Other | Kind::Wildcard) {
                continue;
            }
            let element = self.element(value, index, parts.len(), span);
            self.bind(part, element, matched);
        }
    }

    /// Element `index` of `count` of an unpacked value: the very one where the value is a tuple written out.
    pub(super) fn element(&mut self, value: OpId, index: usize, count: usize, span: Span) -> OpId {
        match self.tuple_part(value, index, count) {
            Some(part) => part,
            None => self.builder.push(OpKind::Element(value), span),
        }
    }

    fn tuple_part(&mut self, value: OpId, index: usize, count: usize) -> Option<OpId> {
        let function = self.builder.function();
        let mut kind = function.ops.get(value.index())?.kind;
        // `let (a, b) = tokio::try_join!(..)?` takes the tuple apart all the same.
        if let OpKind::Try(inner) | OpKind::Await(inner) = kind {
            kind = function.ops.get(inner.index())?.kind;
        }
        let OpKind::Construct(Construct::Tuple, parts) = kind else { return None };
        let parts = function.list(parts);
        let sound = parts.len() == count && parts.iter().all(|part| part.form == OperandForm::Plain);
        if sound { parts.get(index).map(|part| part.value) } else { None }
    }

    fn bind_tuple_struct(&mut self, pattern: Node<'t>, value: OpId, matched: Match) {
        let children = self.children(pattern);
        let Some((&path, parts)) = children.split_first() else { return };
        let text = self.text_of(path);
        let last = text.rsplit("::").next().unwrap_or(text).trim();
        let enters = matched == Match::Maybe || matches!(last, "Some" | "Ok" | "Err");
        for (index, &part) in parts.iter().enumerate() {
            if matches!(self.kind(part), Kind::Other | Kind::Wildcard) {
                continue;
            }
            // What failed is not what would have been there.
            let inner = match last {
                "Err" => self.attribute(value, "err", span(pattern)),
                _ => self.variant_part(value, (index, parts.len()), enters.then_some(last), span(pattern)),
            };
            self.bind(part, inner, matched);
        }
    }

    /// One part, by its index and how many there are, of a `variant` (entered) or of a tuple struct (taken apart).
    pub(super) fn variant_part(
        &mut self,
        value: OpId,
        (index, count): (usize, usize),
        variant: Option<&str>,
        span: Span,
    ) -> OpId {
        let Some(variant) = variant else { return self.attribute(value, &index.to_string(), span) };
        let variant = (!matches!(variant, "Some" | "Ok")).then(|| self.builder.name(variant));
        let inner = self.builder.push(OpKind::Enter(value, variant), span);
        if count == 1 { inner } else { self.attribute(inner, &index.to_string(), span) }
    }

    fn bind_field(&mut self, field: Node<'t>, value: OpId, matched: Match) {
        let Some(name_node) = field.child_by_field_id(self.grammar.fields.name) else { return };
        let name = self.name_of(name_node);
        let part = self.builder.push(OpKind::Attribute(value, name), span(field));
        match field.child_by_field_id(self.grammar.fields.pattern) {
            Some(pattern) => self.bind(pattern, part, matched),
            None => {
                self.builder.store_name(name, part, span(name_node));
            }
        }
    }

    /// The one name a pattern is, under `mut`, `ref` and `&`.
    pub(super) fn simple_name(&mut self, pattern: Node<'t>) -> Option<Node<'t>> {
        let mut pattern = pattern;
        loop {
            match self.kind(pattern) {
                Kind::Identifier | Kind::SelfPath => return Some(pattern),
                Kind::RefPattern | Kind::MutPattern | Kind::ReferencePattern => pattern = self.children(pattern).pop()?,
                _ => return None,
            }
        }
    }
}
