//! Lowers what the grammar has kinds of its own for in annotations, to the values that the same text is elsewhere.

use super::kinds::Kind;
use super::lower::{Lowering, Syntax};
use crate::facts::{Construct, Literal, OpId, OpKind, Operand, Operator};
use crate::source::Span;

impl<'t> Lowering<'t> {
    /// `A | B | C` as the grammar reads it in annotations, which leans it to either side.
    pub(super) fn union(&mut self, outermost: Syntax<'t>) -> OpId {
        let mut waiting = vec![outermost];
        let mut union = None;
        while let Some(part) = waiting.pop() {
            let kids = self.children(part);
            match (part.kind, &*kids) {
                (Kind::Type, &[inner]) => waiting.push(inner),
                (Kind::UnionType, &[left, right]) => waiting.extend([right, left]),
                (Kind::BinaryOperator, &[left, right]) if self.text_between(left, right).trim() == "|" => {
                    waiting.extend([right, left]);
                }
                _ => {
                    let value = self.value(part);
                    union = Some(match union {
                        Some(left) => {
                            let kind = OpKind::Operate(Operator::Arithmetic, left, value);
                            self.tape.build.push(kind, outermost.span_to(part))
                        }
                        None => value,
                    });
                }
            }
        }
        union.unwrap_or_else(|| self.tape.opaque(outermost.span()))
    }

    /// The text between two nodes.
    fn text_between(&self, left: Syntax<'t>, right: Syntax<'t>) -> &'t str {
        Span::new(left.node.end_byte(), right.node.start_byte()).of(self.text)
    }

    /// `dict[a:b]` as the grammar reads it in annotations.
    pub(super) fn range(&mut self, node: Syntax<'t>) -> OpId {
        let [from, to] = *self.children(node) else { return self.inner_or_none(node) };
        let parts = [self.value(from), self.value(to), self.tape.literal(Literal::None, node.span())];
        self.tape.build.construct(Construct::Slice, parts.map(Operand::plain), node.span())
    }

    /// `list[User]` as the grammar reads it in annotations.
    pub(super) fn generic(&mut self, node: Syntax<'t>) -> OpId {
        let [base, parameters] = *self.children(node) else { return self.inner_or_none(node) };
        let base = self.value(base);
        let keys = self.children(parameters);
        let key = self.key(&keys, node.span());
        self.tape.build.push(OpKind::Index(base, key), node.span())
    }

    /// `a.B` as the grammar reads it in annotations.
    pub(super) fn member(&mut self, node: Syntax<'t>) -> OpId {
        let [base, name] = *self.children(node) else { return self.inner_or_none(node) };
        let base = self.value(base);
        let name = self.name_of(name);
        self.tape.build.push(OpKind::Attribute(base, name), node.span())
    }
}
