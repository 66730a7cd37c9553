//! Lowers expressions to values. Chains that lean to the left (`a.b().c`, `a + b + c`, `a or b or c`) are walked in a loop, since
//! generated code makes them thousands of links long.

use super::kinds::Kind;
use super::lower::{Lowering, Syntax};
use crate::facts::{Construct, Literal, OpId, OpKind, Operand, OperandForm, Operator, RegionKind};
use crate::lang::python::literals::number;
use crate::lang::python::tape::Items;
use crate::source::Span;
use smallvec::SmallVec;

impl<'t> Lowering<'t> {
    /// The value of an expression, evaluated here.
    pub(super) fn value(&mut self, node: Syntax<'t>) -> OpId {
        let span = node.span();
        match node.kind {
            Kind::Identifier => {
                let name = self.name_of(node);
                self.tape.build.push(OpKind::Name(name), span)
            }
            Kind::String => self.string(node),
            Kind::Integer | Kind::Float => {
                let literal = number(self.text_of(node), false);
                self.tape.literal(literal, span)
            }
            Kind::None => self.tape.literal(Literal::None, span),
            Kind::True => self.tape.literal(Literal::Bool(true), span),
            Kind::False => self.tape.literal(Literal::Bool(false), span),
            Kind::Ellipsis => self.tape.literal(Literal::Other, span),
            _ => self.deeper(node, |lowering| lowering.compound_value(node)).unwrap_or_else(|| self.tape.opaque(span)),
        }
    }

    fn compound_value(&mut self, node: Syntax<'t>) -> OpId {
        match node.kind {
            Kind::Attribute | Kind::Call | Kind::Subscript => self.chain(node),
            Kind::ParenthesizedExpression | Kind::ParenthesizedListSplat => self.inside(node),
            Kind::BinaryOperator => self.arithmetic(node),
            Kind::BooleanOperator => self.either(node),
            Kind::ComparisonOperator => self.comparison(node),
            Kind::NotOperator => self.negation(node),
            Kind::UnaryOperator => self.unary(node),
            Kind::ConditionalExpression => self.ternary(node),
            Kind::NamedExpression => self.walrus(node),
            Kind::AwaitExpression => {
                let value = self.inner_or_none(node);
                self.tape.build.push(OpKind::Await(value), node.span())
            }
            Kind::Yield => self.yielded(node),
            Kind::Lambda => self.lambda(node),
            Kind::ConcatenatedString => self.concatenated(node),
            Kind::Tuple | Kind::TuplePattern | Kind::ExpressionList | Kind::PatternList => self.items(Construct::Tuple, node),
            Kind::List | Kind::ListPattern => self.items(Construct::List, node),
            Kind::Set => self.items(Construct::Set, node),
            Kind::Dictionary => self.dictionary(node),
            Kind::ListComprehension | Kind::SetComprehension | Kind::GeneratorExpression => {
                self.comprehension(Construct::Comprehension, node)
            }
            Kind::DictionaryComprehension => self.comprehension(Construct::MapComprehension, node),
            Kind::GenericType => self.generic(node),
            Kind::UnionType => self.union(node),
            Kind::MemberType => self.member(node),
            Kind::Slice => self.slice(node),
            Kind::ConstrainedType => self.range(node),
            Kind::AsPattern
            | Kind::AsPatternTarget
            | Kind::Chevron
            | Kind::DictionarySplat
            | Kind::DictionarySplatPattern
            | Kind::KeywordArgument
            | Kind::ListSplat
            | Kind::ListSplatPattern
            | Kind::SplatType
            | Kind::Type => self.inner_or_none(node),
            _ => self.tape.opaque(node.span()),
        }
    }

    /// The value of the first part of a node that only wraps it.
    pub(super) fn inner_or_none(&mut self, node: Syntax<'t>) -> OpId {
        match self.only_child(node) {
            Some(inner) => self.value(inner),
            None => self.tape.opaque(node.span()),
        }
    }

    /// What stands in parentheses, however many.
    fn inside(&mut self, node: Syntax<'t>) -> OpId {
        let inner = self.unwrapped(node);
        if inner.node == node.node { self.tape.opaque(node.span()) } else { self.value(inner) }
    }

    /// `node` without the parentheses around it.
    pub(super) fn unwrapped(&mut self, mut node: Syntax<'t>) -> Syntax<'t> {
        while matches!(node.kind, Kind::ParenthesizedExpression | Kind::ParenthesizedListSplat) {
            let Some(inner) = self.only_child(node) else { break };
            node = inner;
        }
        node
    }

    /// `a.b`, `a[b]`, `a(b)` and any run of them, from the inside out.
    fn chain(&mut self, outermost: Syntax<'t>) -> OpId {
        let mut links: SmallVec<[(Syntax<'t>, Option<Syntax<'t>>); 4]> = SmallVec::new();
        let mut node = outermost;
        while matches!(node.kind, Kind::Attribute | Kind::Call | Kind::Subscript) {
            let kids = self.children(node);
            let Some(&inner) = kids.first() else { break };
            links.push((node, kids.get(1).copied()));
            node = inner;
        }
        let node = self.behind_star(node);
        let mut value = if links.is_empty() { self.tape.opaque(node.span()) } else { self.value(node) };
        while let Some((link, part)) = links.pop() {
            value = self.link(link, value, part, node.span_to(link));
        }
        value
    }

    /// The innermost part of a chain or sum without its star: the grammar takes `*a.b()` for a call of `*a`, here and there.
    fn behind_star(&mut self, innermost: Syntax<'t>) -> Syntax<'t> {
        if !innermost.kind.is_splat() {
            return innermost;
        }
        self.only_child(innermost).unwrap_or(innermost)
    }

    /// One link of a chain: what is applied to `value`, of which `part` is the name, the arguments or the first key.
    fn link(&mut self, link: Syntax<'t>, value: OpId, part: Option<Syntax<'t>>, span: Span) -> OpId {
        match (link.kind, part) {
            (Kind::Attribute, Some(name)) => {
                let name = self.name_of(name);
                self.tape.build.push(OpKind::Attribute(value, name), span)
            }
            (Kind::Subscript, Some(_)) => {
                let kids = self.children(link);
                let key = self.key(&kids[1..], span);
                self.tape.build.push(OpKind::Index(value, key), span)
            }
            (Kind::Call, Some(arguments)) => {
                let arguments = self.arguments(arguments);
                let args = self.tape.build.operands(arguments);
                self.tape.build.push(OpKind::Call { callee: value, args }, span)
            }
            _ => self.tape.opaque(span),
        }
    }

    /// The key of a subscript: a value, or a tuple of several.
    pub(super) fn key(&mut self, keys: &[Syntax<'t>], span: Span) -> OpId {
        if let &[key] = keys {
            return self.value(key);
        }
        let keys: Items = keys.iter().map(|&key| self.item(key)).collect();
        self.tape.build.construct(Construct::Tuple, keys, span)
    }

    /// `a:b:c`; what is left out is `None`.
    fn slice(&mut self, node: Syntax<'t>) -> OpId {
        let mut parts = [None; 3];
        let mut at = 0;
        for kid in self.children(node) {
            match kid.kind {
                Kind::Colon => at = (at + 1).min(2),
                _ => parts[at] = Some(self.value(kid)),
            }
        }
        let parts = parts.map(|part| part.unwrap_or_else(|| self.tape.literal(Literal::None, node.span())));
        self.tape.build.construct(Construct::Slice, parts.map(Operand::plain), node.span())
    }

    /// The arguments of a call.
    pub(super) fn arguments(&mut self, list: Syntax<'t>) -> Items {
        if list.kind == Kind::GeneratorExpression {
            return Items::from_iter([Operand::plain(self.value(list))]);
        }
        self.children(list).into_iter().map(|argument| self.item(argument)).collect()
    }

    /// One argument, or one item of a list.
    pub(super) fn item(&mut self, node: Syntax<'t>) -> Operand {
        let node = match node.kind {
            Kind::ParenthesizedListSplat => self.unwrapped(node),
            Kind::Type => self.only_child(node).unwrap_or(node),
            _ => node,
        };
        match node.kind {
            Kind::KeywordArgument => match *self.children(node) {
                [name, value, ..] => Operand::named(self.name_of(name), self.value(value)),
                _ => Operand::plain(self.tape.opaque(node.span())),
            },
            Kind::Attribute | Kind::Call | Kind::Subscript | Kind::BinaryOperator if self.text_of(node).starts_with('*') => {
                Operand { form: OperandForm::Spread, ..Operand::plain(self.value(node)) }
            }
            kind if kind.is_splat() => Operand { form: OperandForm::Spread, ..Operand::plain(self.value(node)) },
            Kind::DictionarySplat => Operand { form: OperandForm::NamedSpread, ..Operand::plain(self.value(node)) },
            _ => Operand::plain(self.value(node)),
        }
    }

    /// `a + b - c`: left to right.
    fn arithmetic(&mut self, outermost: Syntax<'t>) -> OpId {
        let mut rights: SmallVec<[(Syntax<'t>, Operator, Syntax<'t>); 4]> = SmallVec::new();
        let mut node = outermost;
        while node.kind == Kind::BinaryOperator {
            let (left, operator, right) = match *self.children(node) {
                [left, operator, right] => (left, arithmetic_operator(operator.kind), right),
                [left, right] => (left, Operator::Arithmetic, right),
                _ => break,
            };
            rights.push((node, operator, right));
            node = left;
        }
        let left = self.behind_star(node);
        let mut value = if rights.is_empty() { self.tape.opaque(node.span()) } else { self.value(left) };
        while let Some((whole, operator, right)) = rights.pop() {
            let right = self.value(right);
            value = self.tape.build.push(OpKind::Operate(operator, value, right), left.span_to(whole));
        }
        value
    }

    /// The operands of `a or b or c`: all that are joined by the same operator, first to last.
    fn joined(&mut self, outermost: Syntax<'t>) -> (Kind, SmallVec<[(Span, Syntax<'t>); 4]>) {
        let mut joined = SmallVec::new();
        let mut operator = Kind::Token;
        let mut node = outermost;
        while node.kind == Kind::BooleanOperator {
            let [left, joint, right] = *self.children(node) else { break };
            if joined.is_empty() {
                operator = joint.kind;
            } else if joint.kind != operator {
                break;
            }
            joined.push((node.span(), right));
            node = left;
        }
        joined.push((node.span(), node));
        joined.reverse();
        (operator, joined)
    }

    /// `a or b`, `a and b` used as a value.
    fn either(&mut self, node: Syntax<'t>) -> OpId {
        let (_, joined) = self.joined(node);
        if joined.len() < 2 {
            return self.tape.opaque(node.span());
        }
        let values: Items = joined.iter().map(|&(_, part)| Operand::plain(self.value(part))).collect();
        let values = self.tape.build.operands(values);
        self.tape.build.push(OpKind::Choose(values), node.span())
    }

    /// An expression of which only the truth matters.
    pub(super) fn condition(&mut self, node: Syntax<'t>) -> OpId {
        let node = self.unwrapped(node);
        match node.kind {
            Kind::BooleanOperator => {
                self.deeper(node, |lowering| lowering.both(node)).unwrap_or_else(|| self.tape.opaque(node.span()))
            }
            _ => self.value(node),
        }
    }

    /// `a or b`, `a and b` used as a condition.
    fn both(&mut self, node: Syntax<'t>) -> OpId {
        let (operator, joined) = self.joined(node);
        let operator = if operator == Kind::Or { Operator::Or } else { Operator::And };
        let mut parts = joined.into_iter();
        let Some((_, first)) = parts.next().filter(|&(_, first)| first.node != node.node) else {
            return self.tape.opaque(node.span());
        };
        let mut value = self.condition(first);
        for (whole, part) in parts {
            let right = self.condition(part);
            value = self.tape.build.push(OpKind::Operate(operator, value, right), whole);
        }
        value
    }

    /// `not x`, however many.
    fn negation(&mut self, outermost: Syntax<'t>) -> OpId {
        let mut nots: SmallVec<[Span; 4]> = SmallVec::new();
        let mut node = outermost;
        while node.kind == Kind::NotOperator {
            let Some(inner) = self.only_child(node) else { return self.tape.opaque(node.span()) };
            nots.push(node.span());
            node = inner;
        }
        let mut value = self.condition(node);
        for span in nots.into_iter().rev() {
            value = self.tape.build.push(OpKind::Operate(Operator::Not, value, value), span);
        }
        value
    }

    /// `a < b < c`: a result for each pair, the last one for the whole.
    fn comparison(&mut self, node: Syntax<'t>) -> OpId {
        let mut kids = self.children(node).into_iter();
        let Some(first) = kids.next() else { return self.tape.opaque(node.span()) };
        let mut left = self.value(first);
        let mut result = left;
        let mut operator = Operator::Equal;
        for kid in kids {
            if let Some(comparing) = comparison_operator(kid.kind) {
                operator = comparing;
            } else {
                let right = self.value(kid);
                result = self.tape.build.push(OpKind::Operate(operator, left, right), first.span_to(kid));
                left = right;
            }
        }
        result
    }

    /// `-x`, `+x`, `~x`; a negative number is a literal.
    fn unary(&mut self, node: Syntax<'t>) -> OpId {
        match *self.children(node) {
            [sign, digits] if sign.kind == Kind::Minus && matches!(digits.kind, Kind::Integer | Kind::Float) => {
                let literal = number(self.text_of(digits), true);
                self.tape.literal(literal, node.span())
            }
            [.., operand] => {
                let value = self.value(operand);
                self.tape.build.push(OpKind::Operate(Operator::Arithmetic, value, value), node.span())
            }
            [] => self.tape.opaque(node.span()),
        }
    }

    /// `a if c else b`: the condition, an arm each, and the choice between them.
    fn ternary(&mut self, node: Syntax<'t>) -> OpId {
        let [yes, condition, no] = *self.children(node) else { return self.tape.opaque(node.span()) };
        let condition = Some(self.condition(condition));
        let arms = [(yes, true), (no, false)].map(|(arm, positive)| {
            let region = self.tape.build.open_region(RegionKind::Branch { condition, positive }, arm.span());
            let value = self.value(arm);
            self.tape.build.close_region(region);
            Operand::plain(value)
        });
        let arms = self.tape.build.operands(arms);
        self.tape.build.push(OpKind::Choose(arms), node.span())
    }

    /// `name := value`.
    fn walrus(&mut self, node: Syntax<'t>) -> OpId {
        let [name, value] = *self.children(node) else { return self.tape.opaque(node.span()) };
        let value = self.value(value);
        self.store(name, value);
        value
    }

    /// `yield x`, `yield from x`.
    fn yielded(&mut self, node: Syntax<'t>) -> OpId {
        self.tape.build.function().is_generator = true;
        let kids = self.children(node);
        let value = match *kids {
            [from, many, ..] if from.kind == Kind::From => {
                let many = self.value(many);
                self.tape.build.push(OpKind::Element(many), node.span())
            }
            [one, ..] if one.kind != Kind::From => self.value(one),
            _ => self.tape.literal(Literal::None, node.span()),
        };
        self.tape.build.push(OpKind::Yield(value), node.span())
    }
}

/// The operator of `x + y` or `x += y`.
pub(super) fn arithmetic_operator(kind: Kind) -> Operator {
    match kind {
        Kind::Plus | Kind::PlusAssign => Operator::Add,
        Kind::Minus | Kind::MinusAssign => Operator::Subtract,
        Kind::Percent | Kind::PercentAssign => Operator::Modulo,
        _ => Operator::Arithmetic,
    }
}

fn comparison_operator(kind: Kind) -> Option<Operator> {
    Some(match kind {
        Kind::Equal => Operator::Equal,
        Kind::NotEqual | Kind::Diamond => Operator::NotEqual,
        Kind::Less | Kind::LessEqual | Kind::Greater | Kind::GreaterEqual => Operator::Order,
        Kind::In => Operator::In,
        Kind::NotIn => Operator::NotIn,
        Kind::Is => Operator::Is,
        Kind::IsNot => Operator::IsNot,
        _ => return None,
    })
}
