//! Lowers strings and f-strings.

use super::lower::{Lowering, at, span_of};
use crate::facts::{Construct, OpId, Operand};
use crate::lang::python::literals::Parts;
use crate::source::Span;
use ruff_python_ast::{
    ExprFString, ExprStringLiteral, ExprTString, FStringPart, InterpolatedElement, InterpolatedStringElement,
    InterpolatedStringElements,
};
use ruff_text_size::Ranged;

impl Lowering<'_> {
    /// A constant string, in one part or several.
    pub(super) fn string(&mut self, node: &ExprStringLiteral) -> OpId {
        let of = |part: &_| Parts::of(self.text_of(part)).text();
        match node.value.as_slice() {
            [only] => {
                let text = of(only);
                self.tape.build.text_literal(&text, span_of(node))
            }
            several => {
                let text: String = several.iter().map(of).collect();
                self.tape.build.text_literal(&text, span_of(node))
            }
        }
    }

    /// An f-string, with what is written around it.
    pub(super) fn format_string(&mut self, node: &ExprFString) -> OpId {
        let mut pieces = Vec::new();
        for part in &node.value {
            match part {
                FStringPart::Literal(literal) => {
                    let text = Parts::of(self.text_of(literal)).text();
                    pieces.push(Operand::plain(self.tape.build.text_literal(&text, span_of(literal))));
                }
                FStringPart::FString(string) => self.format_pieces(string, &string.elements, &mut pieces),
            }
        }
        self.tape.build.construct(Construct::Text, pieces, span_of(node))
    }

    /// A t-string.
    pub(super) fn template_string(&mut self, node: &ExprTString) -> OpId {
        let mut pieces = Vec::new();
        for string in &node.value {
            self.format_pieces(string, &string.elements, &mut pieces);
        }
        self.tape.build.construct(Construct::Text, pieces, span_of(node))
    }

    /// The constant parts and the values of an f-string.
    fn format_pieces(&mut self, string: &impl Ranged, elements: &InterpolatedStringElements, pieces: &mut Vec<Operand>) {
        let parts = Parts::of(self.text_of(string));
        for element in elements {
            match element {
                InterpolatedStringElement::Literal(literal) => {
                    let span: Span = at(literal.range);
                    let text = parts.piece(span.of(self.text));
                    pieces.push(Operand::plain(self.tape.build.text_literal(&text, span)));
                }
                InterpolatedStringElement::Interpolation(value) => self.interpolation(value, pieces),
            }
        }
    }

    /// `{value!r:{width}}`: the value, then those inside its format.
    fn interpolation(&mut self, node: &InterpolatedElement, pieces: &mut Vec<Operand>) {
        pieces.push(Operand::plain(self.value(&node.expression)));
        let Some(format) = &node.format_spec else { return };
        for value in format.elements.interpolations() {
            self.deeper(|lowering| lowering.interpolation(value, pieces));
        }
    }
}
