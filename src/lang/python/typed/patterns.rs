//! Lowers `match`: its cases are branches on the subject, its patterns stores.

use super::lower::{Lowering, end_of, span_of, span_to, start_of};
use crate::facts::{Literal, OpId, OpKind, Operator, RegionKind};
use crate::source::Span;
use ruff_python_ast::{Expr, Identifier, MatchCase, Pattern, Singleton, StmtMatch};

/// A part of a pattern that is still to be read.
enum Part<'e> {
    Pattern(&'e Pattern),
    Key(&'e Expr),
    Name(&'e Identifier),
}

impl Lowering<'_> {
    /// `match`: each case is a branch on the subject.
    pub(super) fn match_statement(&mut self, node: &StmtMatch) {
        let subject = match &*node.subject {
            Expr::Tuple(tuple) if !tuple.parenthesized => self.loose_tuple(&tuple.elts, span_of(tuple)),
            subject => self.value(subject),
        };
        for case in &node.cases {
            self.deeper(|lowering| lowering.case(case, subject));
        }
    }

    fn case(&mut self, case: &MatchCase, subject: OpId) {
        let whole = Span { start: self.skip_blanks(start_of(case) + 4), end: self.closing(end_of(&case.pattern)) };
        let equal = self.equals_constant(&case.pattern, whole, subject);
        let kind = match equal {
            Some(condition) => RegionKind::Branch { condition: Some(condition), positive: true },
            None => RegionKind::Arm { subject },
        };
        let region = self.tape.build.open_region(kind, span_to(case, whole.end));
        if equal.is_none() {
            self.captures(&case.pattern, subject);
        }
        if let Some(guard) = &case.guard {
            let start = self.skip(whole.end, b",");
            let start = self.keyword(start, "if");
            let end = self.closing(end_of(&**guard));
            let condition = Some(self.condition(guard));
            self.tape.build.open_region(RegionKind::Branch { condition, positive: true }, Span { start, end });
        }
        self.block(&case.body);
        self.tape.build.close_region(region);
    }

    /// The comparison that a pattern of constants stands for: `"a"`, `Kind.B`, `None`, or several of them with `|` between.
    fn equals_constant(&mut self, pattern: &Pattern, whole: Span, subject: OpId) -> Option<OpId> {
        let mut constants = Vec::new();
        let mut waiting = vec![pattern];
        while let Some(part) = waiting.pop() {
            match part {
                Pattern::MatchOr(several) => waiting.extend(several.patterns.iter().rev()),
                Pattern::MatchSingleton(_) => constants.push(part),
                Pattern::MatchValue(value) if !matches!(*value.value, Expr::UnaryOp(_) | Expr::BinOp(_)) => constants.push(part),
                _ => return None,
            }
        }
        let mut all = None;
        let mut compared = Vec::with_capacity(constants.len());
        for part in constants {
            let constant = match part {
                Pattern::MatchSingleton(constant) => self.tape.literal(singleton(constant.value), span_of(part)),
                Pattern::MatchValue(value) => self.value(&value.value),
                _ => continue,
            };
            compared.push(self.tape.build.push(OpKind::Operate(Operator::Equal, subject, constant), span_of(part)));
        }
        for one in compared {
            all = Some(match all {
                Some(all) => self.tape.build.push(OpKind::Operate(Operator::Or, all, one), whole),
                None => one,
            });
        }
        all
    }

    /// Read the classes and constants a pattern names, store what it captures.
    fn captures(&mut self, pattern: &Pattern, subject: OpId) {
        let mut waiting = vec![Part::Pattern(pattern)];
        while let Some(part) = waiting.pop() {
            match part {
                Part::Name(name) => self.capture(name, subject),
                Part::Key(key) => self.constant(key),
                Part::Pattern(pattern) => self.pattern(pattern, subject, &mut waiting),
            }
        }
    }

    fn pattern<'e>(&mut self, pattern: &'e Pattern, subject: OpId, waiting: &mut Vec<Part<'e>>) {
        match pattern {
            Pattern::MatchSingleton(_) => {}
            Pattern::MatchValue(value) => self.constant(&value.value),
            Pattern::MatchSequence(parts) => waiting.extend(parts.patterns.iter().rev().map(Part::Pattern)),
            Pattern::MatchOr(parts) => waiting.extend(parts.patterns.iter().rev().map(Part::Pattern)),
            Pattern::MatchMapping(mapping) => {
                waiting.extend(mapping.rest.iter().map(Part::Name));
                for (key, value) in mapping.keys.iter().zip(&mapping.patterns).rev() {
                    waiting.extend([Part::Pattern(value), Part::Key(key)]);
                }
            }
            Pattern::MatchClass(class) => {
                self.value(&class.cls);
                waiting.extend(class.arguments.keywords.iter().rev().map(|keyword| Part::Pattern(&keyword.pattern)));
                waiting.extend(class.arguments.patterns.iter().rev().map(Part::Pattern));
            }
            Pattern::MatchStar(star) => waiting.extend(star.name.iter().map(Part::Name)),
            Pattern::MatchAs(bound) => {
                if let Some(name) = &bound.name {
                    self.capture(name, subject);
                }
                waiting.extend(bound.pattern.as_deref().map(Part::Pattern));
            }
        }
    }

    /// A constant in a pattern: numbers without their signs, paths as they are evaluated.
    fn constant(&mut self, constant: &Expr) {
        match constant {
            Expr::UnaryOp(signed) => self.constant(&signed.operand),
            Expr::BinOp(complex) => {
                self.constant(&complex.left);
                self.constant(&complex.right);
            }
            Expr::BooleanLiteral(_) | Expr::NoneLiteral(_) => {}
            _ => {
                self.value(constant);
            }
        }
    }

    fn capture(&mut self, name: &Identifier, subject: OpId) {
        if name.as_str() != "_" {
            let element = self.tape.build.push(OpKind::Element(subject), span_of(name));
            let id = self.name_of(name);
            self.tape.build.store_name(id, element, span_of(name));
        }
    }
}

fn singleton(value: Singleton) -> Literal {
    match value {
        Singleton::None => Literal::None,
        Singleton::True => Literal::Bool(true),
        Singleton::False => Literal::Bool(false),
    }
}
