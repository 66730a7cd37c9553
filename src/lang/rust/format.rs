//! Format strings: what is constant in them and which values go between, so that an SQL text keeps its constant parts.

use super::lower::Lowering;
use crate::facts::{OpId, Operand};
use crate::source::Span;

/// A piece of a format string.
#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    Text(String),
    /// What stands in braces before the colon.
    Hole(&'a str),
}

impl Lowering<'_> {
    /// The parts of `format!(text, values..)`, in order; values nobody shows come last.
    pub(super) fn format_parts(&mut self, text: &str, values: &[Operand], place: Span) -> Vec<Operand> {
        let mut parts = Vec::new();
        let mut next = 0;
        let mut used = vec![false; values.len()];
        for piece in pieces(text) {
            let value = match piece {
                Piece::Text(text) => self.builder.text_literal(&text, place),
                Piece::Hole(name) => {
                    let index = self.hole_index(name, values, &mut next);
                    if let Some(used) = index.and_then(|index| used.get_mut(index)) {
                        *used = true;
                    }
                    self.hole(name, index.and_then(|index| values.get(index)), place)
                }
            };
            parts.push(Operand::plain(value));
        }
        let unused = values.iter().zip(used).filter(|&(_, used)| !used).map(|(value, _)| Operand::plain(value.value));
        parts.extend(unused);
        parts
    }

    /// Which of `values` fills a hole: the next one, the one with its number, or the one with its name.
    fn hole_index(&mut self, name: &str, values: &[Operand], next: &mut usize) -> Option<usize> {
        if name.is_empty() {
            *next += 1;
            return Some(*next - 1);
        }
        if let Ok(index) = name.parse() {
            return Some(index);
        }
        let name = self.builder.name(name);
        values.iter().position(|value| value.name == Some(name))
    }

    fn hole(&mut self, name: &str, value: Option<&Operand>, place: Span) -> OpId {
        match value {
            Some(value) => value.value,
            None if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) => self.opaque(place),
            None => {
                let name = self.builder.name(name);
                self.builder.push(crate::facts::OpKind::Name(name), place)
            }
        }
    }
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut constant = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        constant.push_str(before);
        if from.starts_with("{{") || from.starts_with("}}") {
            constant.push_str(&from[..1]);
            rest = &from[2..];
        } else if let Some((hole, after)) = from.strip_prefix('{').and_then(|hole| hole.split_once('}')) {
            if !constant.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut constant)));
            }
            pieces.push(Piece::Hole(hole.split(':').next().unwrap_or_default().trim()));
            rest = after;
        } else {
            constant.push_str(&from[..1]);
            rest = &from[1..];
        }
    }
    constant.push_str(rest);
    if !constant.is_empty() || pieces.is_empty() {
        pieces.push(Piece::Text(constant));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn format_strings_fall_into_pieces() {
        let text = |text: &str| Piece::Text(text.to_owned());
        assert_eq!(pieces("a {} {{b}} {c:>8}"), [text("a "), Piece::Hole(""), text(" {b} "), Piece::Hole("c")]);
        assert_eq!(pieces("{"), [text("{")]);
        assert_eq!(pieces(""), [text("")]);
    }
}
