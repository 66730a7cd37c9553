//! Lowers strings and f-strings.

use super::kinds::Kind;
use super::lower::{Lowering, Syntax};
use crate::facts::{Construct, Literal, OpId, Operand};
use crate::lang::python::literals::Parts;
use smallvec::SmallVec;

impl<'t> Lowering<'t> {
    /// A string of any kind.
    pub(super) fn string(&mut self, node: Syntax<'t>) -> OpId {
        let parts = Parts::of(self.text_of(node));
        if parts.is_format() {
            let mut pieces = Vec::new();
            self.format_pieces(node, &mut pieces);
            return self.tape.build.construct(Construct::Text, pieces, node.span());
        }
        if parts.is_bytes() {
            return self.tape.literal(Literal::Other, node.span());
        }
        let text = parts.text();
        self.tape.build.text_literal(&text, node.span())
    }

    /// `"a" "b"`: one constant when all parts are.
    pub(super) fn concatenated(&mut self, node: Syntax<'t>) -> OpId {
        let strings = self.children(node);
        let of = |string: &Syntax<'t>| Parts::of(self.text_of(*string));
        if strings.iter().any(|string| of(string).is_bytes()) {
            return self.tape.literal(Literal::Other, node.span());
        }
        if !strings.iter().any(|string| of(string).is_format()) {
            let text: String = strings.iter().map(|string| of(string).text()).collect();
            return self.tape.build.text_literal(&text, node.span());
        }
        let mut pieces = Vec::new();
        for string in strings {
            let parts = Parts::of(self.text_of(string));
            if parts.is_format() {
                self.format_pieces(string, &mut pieces);
            } else {
                let text = parts.text();
                pieces.push(Operand::plain(self.tape.build.text_literal(&text, string.span())));
            }
        }
        self.tape.build.construct(Construct::Text, pieces, node.span())
    }

    /// The constant parts and the values of an f-string.
    fn format_pieces(&mut self, string: Syntax<'t>, pieces: &mut Vec<Operand>) {
        let parts = Parts::of(self.text_of(string));
        for kid in self.children(string) {
            match kid.kind {
                Kind::StringContent => {
                    let text = parts.piece(self.text_of(kid));
                    pieces.push(Operand::plain(self.tape.build.text_literal(&text, kid.span())));
                }
                Kind::Interpolation => self.interpolation(kid, pieces),
                _ => {}
            }
        }
    }

    /// `{value!r:{width}}`: the value, then those inside its format.
    fn interpolation(&mut self, node: Syntax<'t>, pieces: &mut Vec<Operand>) {
        for kid in self.children(node) {
            match kid.kind {
                Kind::TypeConversion => {}
                Kind::FormatSpecifier => {
                    let inner: SmallVec<[_; 2]> =
                        self.children(kid).into_iter().filter(|kid| kid.kind == Kind::FormatExpression).collect();
                    for kid in inner {
                        self.deeper(kid, |lowering| lowering.interpolation(kid, pieces));
                    }
                }
                _ => pieces.push(Operand::plain(self.value(kid))),
            }
        }
    }
}
