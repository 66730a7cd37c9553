//! Lowers expressions to values. Chains that lean to the left (`a.b().c`, `a + b + c`) are walked in a loop, since generated code
//! makes them thousands of links long.

use super::lower::{Lowering, end_of, span_of, span_to, start_of};
use crate::facts::{Construct, Literal, OpId, OpKind, Operand, OperandForm, Operator, RegionKind};
use crate::lang::python::literals::number;
use crate::lang::python::tape::Items;
use crate::source::Span;
use ruff_python_ast::{
    self as ast, ArgOrKeyword, Arguments, BoolOp, CmpOp, Expr, ExprBoolOp, ExprCompare, ExprIf, ExprSlice, ExprUnaryOp, UnaryOp,
};
use smallvec::SmallVec;

impl Lowering<'_> {
    /// The value of an expression, evaluated here.
    pub(super) fn value(&mut self, node: &Expr) -> OpId {
        match node {
            Expr::Name(name) => {
                let id = self.name_of(name);
                self.tape.build.push(OpKind::Name(id), span_of(name))
            }
            Expr::StringLiteral(node) => self.string(node),
            Expr::NumberLiteral(node) => {
                let literal = number(self.text_of(node), false);
                self.tape.literal(literal, span_of(node))
            }
            Expr::NoneLiteral(node) => self.tape.literal(Literal::None, span_of(node)),
            Expr::BooleanLiteral(node) => self.tape.literal(Literal::Bool(node.value), span_of(node)),
            Expr::EllipsisLiteral(_) | Expr::BytesLiteral(_) => self.tape.literal(Literal::Other, span_of(node)),
            _ => match self.deeper(|lowering| lowering.compound_value(node)) {
                Some(value) => value,
                None => self.tape.opaque(span_of(node)),
            },
        }
    }

    fn compound_value(&mut self, node: &Expr) -> OpId {
        let span = span_of(node);
        match node {
            Expr::Attribute(_) | Expr::Call(_) | Expr::Subscript(_) => self.chain(node),
            Expr::BinOp(_) => self.arithmetic(node),
            Expr::BoolOp(node) => self.either(node),
            Expr::Compare(node) => self.comparison(node),
            Expr::UnaryOp(unary) if unary.op == UnaryOp::Not => self.negation(node),
            Expr::UnaryOp(node) => self.unary(node),
            Expr::If(node) => self.ternary(node),
            Expr::Named(node) => {
                let value = self.value(&node.value);
                self.store(&node.target, value);
                value
            }
            Expr::Await(node) => {
                let value = self.value(&node.value);
                self.tape.build.push(OpKind::Await(value), span)
            }
            Expr::Yield(node) => {
                self.tape.build.function().is_generator = true;
                let value = match &node.value {
                    Some(value) => self.value(value),
                    None => self.tape.literal(Literal::None, span),
                };
                self.tape.build.push(OpKind::Yield(value), span)
            }
            Expr::YieldFrom(node) => {
                self.tape.build.function().is_generator = true;
                let many = self.value(&node.value);
                let value = self.tape.build.push(OpKind::Element(many), span);
                self.tape.build.push(OpKind::Yield(value), span)
            }
            Expr::Lambda(node) => self.lambda(node),
            Expr::FString(node) => self.format_string(node),
            Expr::TString(node) => self.template_string(node),
            Expr::Tuple(node) => self.items(Construct::Tuple, &node.elts, span),
            Expr::List(node) => self.items(Construct::List, &node.elts, span),
            Expr::Set(node) => self.items(Construct::Set, &node.elts, span),
            Expr::Dict(node) => self.dictionary(node),
            Expr::ListComp(ast::ExprListComp { elt, generators, .. })
            | Expr::SetComp(ast::ExprSetComp { elt, generators, .. })
            | Expr::Generator(ast::ExprGenerator { elt, generators, .. }) => {
                self.comprehension(Construct::Comprehension, generators, &[elt], span)
            }
            Expr::DictComp(node) => match &node.key {
                Some(key) => self.comprehension(Construct::MapComprehension, &node.generators, &[key, &node.value], span),
                None => self.refused(span),
            },
            Expr::Slice(node) => self.slice(node),
            Expr::Starred(node) => self.value(&node.value),
            _ => self.refused(span),
        }
    }

    fn refused(&mut self, span: Span) -> OpId {
        self.refuse();
        self.tape.opaque(span)
    }

    /// `a.b`, `a[b]`, `a(b)` and any run of them, from the inside out.
    fn chain(&mut self, outermost: &Expr) -> OpId {
        let mut links: SmallVec<[&Expr; 8]> = SmallVec::new();
        let mut node = outermost;
        loop {
            let inner = match node {
                Expr::Attribute(link) => &link.value,
                Expr::Subscript(link) => &link.value,
                Expr::Call(link) => &link.func,
                _ => break,
            };
            links.push(node);
            node = inner;
        }
        let mut value = self.value(node);
        while let Some(link) = links.pop() {
            value = self.link(link, value);
        }
        value
    }

    /// One link of a chain: what is applied to `value`.
    fn link(&mut self, link: &Expr, value: OpId) -> OpId {
        let span = span_of(link);
        match link {
            Expr::Attribute(link) => {
                let name = self.name_of(&link.attr);
                self.tape.build.push(OpKind::Attribute(value, name), span)
            }
            Expr::Subscript(link) => {
                let key = self.key(&link.slice, span);
                self.tape.build.push(OpKind::Index(value, key), span)
            }
            Expr::Call(link) => {
                let arguments = self.arguments(&link.arguments);
                let args = self.tape.build.operands(arguments);
                self.tape.build.push(OpKind::Call { callee: value, args }, span)
            }
            _ => self.refused(span),
        }
    }

    /// The key of a subscript: a value, or a tuple of several.
    pub(super) fn key(&mut self, slice: &Expr, span: Span) -> OpId {
        match slice {
            Expr::Tuple(tuple) if !tuple.parenthesized => self.loose_tuple(&tuple.elts, span),
            key => self.value(key),
        }
    }

    /// `a:b:c`; what is left out is `None`.
    fn slice(&mut self, node: &ExprSlice) -> OpId {
        let parts = [&node.lower, &node.upper, &node.step].map(|part| part.as_ref().map(|part| self.value(part)));
        let parts = parts.map(|part| part.unwrap_or_else(|| self.tape.literal(Literal::None, span_of(node))));
        self.tape.build.construct(Construct::Slice, parts.map(Operand::plain), span_of(node))
    }

    /// The arguments of a call.
    pub(super) fn arguments(&mut self, list: &Arguments) -> Items {
        match &*list.args {
            // Its parentheses are those of the call.
            [Expr::Generator(only)] if !only.parenthesized => {
                let value = self.deeper(|lowering| {
                    lowering.comprehension(Construct::Comprehension, &only.generators, &[&only.elt], span_of(list))
                });
                value.map(Operand::plain).into_iter().collect()
            }
            args if list.keywords.is_empty() => args.iter().map(|argument| self.item(argument)).collect(),
            _ => list.iter_source_order().map(|argument| self.argument(argument)).collect(),
        }
    }

    fn argument(&mut self, argument: ArgOrKeyword<'_>) -> Operand {
        match argument {
            ArgOrKeyword::Arg(value) => self.item(value),
            ArgOrKeyword::Keyword(keyword) => match &keyword.arg {
                Some(name) => Operand::named(self.name_of(name), self.value(&keyword.value)),
                None => Operand { form: OperandForm::NamedSpread, ..Operand::plain(self.value(&keyword.value)) },
            },
        }
    }

    /// One argument, or one item of a list.
    pub(super) fn item(&mut self, node: &Expr) -> Operand {
        match node {
            Expr::Starred(starred) => Operand { form: OperandForm::Spread, ..Operand::plain(self.value(&starred.value)) },
            _ => Operand::plain(self.value(node)),
        }
    }

    /// `a + b - c`: left to right.
    fn arithmetic(&mut self, outermost: &Expr) -> OpId {
        let mut rights: SmallVec<[&ast::ExprBinOp; 4]> = SmallVec::new();
        let mut node = outermost;
        while let Expr::BinOp(operation) = node {
            rights.push(operation);
            node = &operation.left;
        }
        let mut value = self.value(node);
        while let Some(operation) = rights.pop() {
            let right = self.value(&operation.right);
            let operator = arithmetic_operator(operation.op);
            value = self.tape.build.push(OpKind::Operate(operator, value, right), span_of(operation));
        }
        value
    }

    /// `a or b`, `a and b` used as a value.
    fn either(&mut self, node: &ExprBoolOp) -> OpId {
        let values: Items = node.values.iter().map(|part| Operand::plain(self.value(part))).collect();
        let values = self.tape.build.operands(values);
        self.tape.build.push(OpKind::Choose(values), span_of(node))
    }

    /// An expression of which only the truth matters.
    pub(super) fn condition(&mut self, node: &Expr) -> OpId {
        match node {
            Expr::BoolOp(joined) => match self.deeper(|lowering| lowering.both(joined)) {
                Some(value) => value,
                None => self.tape.opaque(span_of(node)),
            },
            _ => self.value(node),
        }
    }

    /// `a or b`, `a and b` used as a condition.
    fn both(&mut self, node: &ExprBoolOp) -> OpId {
        let operator = if node.op == BoolOp::Or { Operator::Or } else { Operator::And };
        let Some((first, others)) = node.values.split_first() else { return self.refused(span_of(node)) };
        let mut value = self.condition(first);
        for (at, part) in others.iter().enumerate() {
            let right = self.condition(part);
            let end = if at + 1 == others.len() { end_of(node) } else { self.closing(end_of(part)) };
            value = self.tape.build.push(OpKind::Operate(operator, value, right), span_to(node, end));
        }
        value
    }

    /// `not x`, however many.
    fn negation(&mut self, outermost: &Expr) -> OpId {
        let mut nots: SmallVec<[Span; 4]> = SmallVec::new();
        let mut node = outermost;
        while let Expr::UnaryOp(ExprUnaryOp { op: UnaryOp::Not, operand, .. }) = node {
            nots.push(span_of(node));
            node = operand;
        }
        let mut value = self.condition(node);
        for span in nots.into_iter().rev() {
            value = self.tape.build.push(OpKind::Operate(Operator::Not, value, value), span);
        }
        value
    }

    /// `a < b < c`: a result for each pair, the last one for the whole.
    fn comparison(&mut self, node: &ExprCompare) -> OpId {
        let mut left = self.value(&node.left);
        let mut result = left;
        let last = node.comparators.len() - 1;
        for (at, (&operator, comparator)) in node.ops.iter().zip(&node.comparators).enumerate() {
            let right = self.value(comparator);
            let end = if at == last { end_of(node) } else { self.closing(end_of(comparator)) };
            let operator = comparison_operator(operator);
            result = self.tape.build.push(OpKind::Operate(operator, left, right), span_to(node, end));
            left = right;
        }
        result
    }

    /// `-x`, `+x`, `~x`; a negative number is a literal.
    fn unary(&mut self, node: &ExprUnaryOp) -> OpId {
        match &*node.operand {
            Expr::NumberLiteral(digits) if node.op == UnaryOp::USub && end_of(digits) == end_of(node) => {
                let literal = number(self.text_of(digits), true);
                self.tape.literal(literal, span_of(node))
            }
            operand => {
                let value = self.value(operand);
                self.tape.build.push(OpKind::Operate(Operator::Arithmetic, value, value), span_of(node))
            }
        }
    }

    /// `a if c else b`: the condition, an arm each, and the choice between them.
    fn ternary(&mut self, node: &ExprIf) -> OpId {
        let condition = Some(self.condition(&node.test));
        let yes = Span { start: start_of(node), end: self.closing(end_of(&*node.body)) };
        let mut no = span_of(&*node.orelse);
        if no.end != end_of(node) {
            let keyword = self.keyword(self.closing(end_of(&*node.test)), "else");
            no = Span { start: self.skip_blanks(keyword + 4), end: end_of(node) };
        }
        let arms = [(&node.body, yes, true), (&node.orelse, no, false)].map(|(arm, span, positive)| {
            let region = self.tape.build.open_region(RegionKind::Branch { condition, positive }, span);
            let value = self.value(arm);
            self.tape.build.close_region(region);
            Operand::plain(value)
        });
        let arms = self.tape.build.operands(arms);
        self.tape.build.push(OpKind::Choose(arms), span_of(node))
    }
}

/// The operator of `x + y` or `x += y`.
pub(super) fn arithmetic_operator(operator: ast::Operator) -> Operator {
    match operator {
        ast::Operator::Add => Operator::Add,
        ast::Operator::Sub => Operator::Subtract,
        ast::Operator::Mod => Operator::Modulo,
        _ => Operator::Arithmetic,
    }
}

fn comparison_operator(operator: CmpOp) -> Operator {
    match operator {
        CmpOp::Eq => Operator::Equal,
        CmpOp::NotEq => Operator::NotEqual,
        CmpOp::Lt | CmpOp::LtE | CmpOp::Gt | CmpOp::GtE => Operator::Order,
        CmpOp::In => Operator::In,
        CmpOp::NotIn => Operator::NotIn,
        CmpOp::Is => Operator::Is,
        CmpOp::IsNot => Operator::IsNot,
    }
}
