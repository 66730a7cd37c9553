//! Blocks and control flow on tree-sitter: statements in order, regions for what runs only sometimes or again.

use super::grammar::Kind;
use super::lower::{Lowering, reach, span};
use super::patterns::Match;
use crate::facts::{OpId, OpKind, Operator, RegionId, RegionKind, StoreMode, Target};
use crate::source::Span;
use smallvec::SmallVec;
use tree_sitter::Node;

impl<'t> Lowering<'t> {
    /// The statements of a block; the value of its last expression, or what made control leave, if there is either.
    pub(super) fn block(&mut self, block: Node<'t>) -> Option<OpId> {
        let mut tail = None;
        let mut entered = false;
        let deep = self.deeper(span(block), |this| {
            entered = true;
            let guards = this.guards.len();
            let mark = this.mark();
            let statements = this.children(block);
            tail = this.statements(&statements).or_else(|| this.left_since(mark));
            this.close_guards(guards);
            OpId::default()
        });
        // Too deep: the opaque value stands for the whole block.
        if entered { tail } else { Some(deep) }
    }

    /// A block that only bounds scopes: what leaves it leaves the block around it too.
    fn plain_block(&mut self, block: Node<'t>) {
        let statements = self.children(block);
        if statements.iter().any(|&statement| self.kind(statement) == Kind::Label) {
            // `break 'label` stays in the function.
            self.block(block);
            return;
        }
        self.deeper(span(block), |this| {
            statements.iter().for_each(|&statement| this.statement(statement));
            OpId::default()
        });
    }

    /// A block as a value.
    pub(super) fn block_value(&mut self, block: Node<'t>) -> OpId {
        let tail = self.block(block);
        self.tail_or_unit(tail, span(block))
    }

    fn statements(&mut self, statements: &[Node<'t>]) -> Option<OpId> {
        let (&last, others) = statements.split_last()?;
        for &statement in others {
            self.statement(statement);
        }
        match self.kind(last) {
            // A block-like expression without semicolon is a statement to the grammar, but the value of its block to us.
            Kind::ExpressionStatement if !self.text_of(last).ends_with(';') => {
                let inner = self.children(last).into_iter().next()?;
                Some(self.expr(inner))
            }
            Kind::ExpressionStatement | Kind::Let | Kind::Error | Kind::Label => {
                self.statement(last);
                None
            }
            kind if is_item(kind) => {
                self.statement(last);
                None
            }
            _ => Some(self.expr(last)),
        }
    }

    /// A statement whose value nobody uses.
    pub(super) fn statement(&mut self, node: Node<'t>) {
        match self.kind(node) {
            Kind::ExpressionStatement => {
                for inner in self.children(node) {
                    self.discarded(inner);
                }
            }
            Kind::Let => {
                self.pending.clear();
                self.let_declaration(node);
            }
            Kind::Label | Kind::EmptyStatement => {}
            Kind::Error => self.salvage(node),
            kind if is_item(kind) => self.item(node),
            _ => {
                self.pending.clear();
                self.discarded(node);
            }
        }
    }

    /// An expression for its effects only: arms need no value then, and an `if` that leaves guards the rest of the block.
    fn discarded(&mut self, node: Node<'t>) {
        match self.kind(node) {
            Kind::If => {
                let mut guard = None;
                self.deeper(span(node), |this| {
                    guard = this.if_arms(node).guard;
                    OpId::default()
                });
                if let Some(condition) = guard {
                    self.guard_rest(condition, span(node));
                }
            }
            Kind::Match | Kind::Loop | Kind::While | Kind::For | Kind::Assignment | Kind::CompoundAssignment => {
                self.deeper(span(node), |this| {
                    this.without_value(node);
                    OpId::default()
                });
            }
            Kind::Block | Kind::UnsafeBlock => {
                if let Some(block) = self.inner_block(node) {
                    self.plain_block(block);
                }
            }
            _ => {
                self.expr(node);
            }
        }
    }

    /// What only has a value when somebody wants one.
    fn without_value(&mut self, node: Node<'t>) {
        match self.kind(node) {
            Kind::Match => {
                self.match_arms(node);
            }
            Kind::For => self.for_loop(node),
            Kind::Assignment => self.assignment(node),
            Kind::CompoundAssignment => self.compound_assignment(node),
            _ => self.loop_or_while(node),
        }
    }

    /// The block of a `block`, `unsafe { }`, `async { }`.
    pub(super) fn inner_block(&mut self, node: Node<'t>) -> Option<Node<'t>> {
        if self.kind(node) == Kind::Block { Some(node) } else { self.child(node, Kind::Block) }
    }

    fn let_declaration(&mut self, node: Node<'t>) {
        let fields = &self.grammar.fields;
        let Some(pattern) = node.child_by_field_id(fields.pattern) else { return };
        let (ty, value) = (node.child_by_field_id(fields.type_of), node.child_by_field_id(fields.value));
        let alternative = node.child_by_field_id(fields.alternative);
        if let Some(ty) = ty {
            let annotation = self.ty(ty);
            if let Some(name) = self.simple_name(pattern) {
                let target = Target::Name(self.name_of(name));
                self.builder.push(OpKind::Store { target, value: annotation, mode: StoreMode::Declared }, span(pattern));
            }
        }
        let Some(value) = value else { return };
        let value = self.expr(value);
        let Some(block) = alternative else { return self.bind(pattern, value, Match::Always) };
        let region = RegionKind::Branch { condition: Some(value), positive: false };
        let region = self.builder.open_region(region, span(block));
        self.block(block);
        self.builder.close_region(region);
        self.bind(pattern, value, Match::Maybe);
    }

    /// `if` as a value.
    pub(super) fn if_value(&mut self, node: Node<'t>) -> OpId {
        let arms = self.if_arms(node);
        match arms.values[..] {
            // Without `else` there is no value but the unit.
            [_] => self.unit(span(node)),
            _ => self.choose(arms.values, span(node)),
        }
    }

    fn if_arms(&mut self, node: Node<'t>) -> Arms {
        let fields = &self.grammar.fields;
        let (alternative, condition) = (node.child_by_field_id(fields.alternative), node.child_by_field_id(fields.condition));
        let Some(consequence) = node.child_by_field_id(fields.consequence) else { return Arms::default() };
        let Some(condition_node) = condition else { return Arms::default() };
        let (condition, region) = self.enter_condition(condition_node, reach(node, condition_node));
        let then = self.block_value(consequence);
        let leaves = self.region_leaves(region);
        self.builder.close_region(region);
        let mut values: SmallVec<[OpId; 2]> = SmallVec::from_slice(&[then]);
        if let Some(alternative) = alternative {
            let head = Span { end: span(alternative).start + 4, ..span(alternative) };
            let kind = RegionKind::Branch { condition: Some(condition), positive: false };
            let region = self.builder.open_region(kind, head);
            if let Some(&inner) = self.children(alternative).first() {
                values.push(self.expr(inner));
            }
            self.builder.close_region(region);
        }
        let guard = (alternative.is_none() && leaves).then_some(condition);
        Arms { values, guard }
    }

    /// Evaluate a condition and open the branch where it holds. The links of a chain nest: each runs only after the one before
    /// it held, with the names that one bound.
    fn enter_condition(&mut self, node: Node<'t>, head: Span) -> (OpId, RegionId) {
        let links = if self.kind(node) == Kind::LetChain { self.children(node) } else { smallvec::smallvec![node] };
        let mut first = None;
        for link in links {
            let (value, pattern) = self.condition(link);
            let kind = RegionKind::Branch { condition: Some(value), positive: true };
            let region = self.builder.open_region(kind, head);
            if let Some(pattern) = pattern {
                self.bind(pattern, value, Match::Maybe);
            }
            first.get_or_insert((value, region));
        }
        first.unwrap_or_else(|| {
            let value = self.opaque(head);
            (value, self.builder.open_region(RegionKind::Branch { condition: Some(value), positive: true }, head))
        })
    }

    /// One condition: its value, and the pattern of `let pattern = value`.
    fn condition(&mut self, node: Node<'t>) -> (OpId, Option<Node<'t>>) {
        let fields = &self.grammar.fields;
        if self.kind(node) == Kind::LetCondition
            && let Some(value) = node.child_by_field_id(fields.value)
        {
            return (self.expr(value), node.child_by_field_id(self.grammar.fields.pattern));
        }
        (self.expr(node), None)
    }

    /// `match` as a value.
    pub(super) fn match_value(&mut self, node: Node<'t>) -> OpId {
        let values = self.match_arms(node);
        self.choose(values, span(node))
    }

    /// The arms of a `match`, and the value of each.
    fn match_arms(&mut self, node: Node<'t>) -> SmallVec<[OpId; 8]> {
        let fields = &self.grammar.fields;
        let Some(subject) = node.child_by_field_id(fields.value) else { return SmallVec::new() };
        let body = node.child_by_field_id(fields.body);
        let subject = self.expr(subject);
        let mut values: SmallVec<[OpId; 8]> = SmallVec::new();
        for arm in body.map(|body| self.children(body)).unwrap_or_default() {
            if self.kind(arm) == Kind::MatchArm {
                values.extend(self.match_arm(arm, subject));
            }
        }
        values
    }

    fn match_arm(&mut self, arm: Node<'t>, subject: OpId) -> Option<OpId> {
        let fields = &self.grammar.fields;
        let (pattern, value) = (arm.child_by_field_id(fields.pattern)?, arm.child_by_field_id(fields.value)?);
        let guard = pattern.child_by_field_id(fields.condition);
        let inner = self.children(pattern).first().copied();
        let kind = inner.map_or(RegionKind::Arm { subject }, |inner| self.arm(inner, subject));
        let region = self.builder.open_region(kind, span(pattern));
        if let Some(inner) = inner {
            self.bind(inner, subject, Match::Maybe);
        }
        if let Some(guard) = guard {
            self.enter_condition(guard, span(guard));
        }
        let value = self.expr(value);
        self.builder.close_region(region);
        Some(value)
    }

    /// What matching `subject` against `pattern` tells: that there is something, that there is nothing, that it is a constant.
    fn arm(&mut self, pattern: Node<'t>, subject: OpId) -> RegionKind {
        let branch = |condition, positive| RegionKind::Branch { condition: Some(condition), positive };
        let variant = match self.kind(pattern) {
            Kind::TupleStructPattern => self.children(pattern).first().map(|&path| self.text_of(path)),
            Kind::Identifier => Some(self.text_of(pattern)),
            _ => None,
        };
        match variant {
            Some("Some") => return branch(subject, true),
            Some("None") => return branch(subject, false),
            _ => {}
        }
        let alternatives =
            if self.kind(pattern) == Kind::OrPattern { self.children(pattern) } else { smallvec::smallvec![pattern] };
        if !alternatives.iter().all(|&part| self.is_constant_pattern(part)) {
            return RegionKind::Arm { subject };
        }
        let mut condition = None;
        for part in alternatives {
            let constant = if self.kind(part) == Kind::Identifier { self.path(part) } else { self.expr(part) };
            let equal = self.builder.push(OpKind::Operate(Operator::Equal, subject, constant), span(part));
            condition = Some(match condition {
                Some(before) => self.builder.push(OpKind::Operate(Operator::Or, before, equal), span(part)),
                None => equal,
            });
        }
        condition.map_or(RegionKind::Arm { subject }, |condition| branch(condition, true))
    }

    fn is_constant_pattern(&self, pattern: Node<'t>) -> bool {
        match self.kind(pattern) {
            Kind::Boolean | Kind::Integer | Kind::NegativeLiteral | Kind::String | Kind::CharLiteral | Kind::ScopedIdentifier => {
                true
            }
            // A constant or a variant, as its capital tells; other names bind.
            Kind::Identifier => self.text_of(pattern).starts_with(|c: char| c.is_uppercase()),
            _ => false,
        }
    }

    /// `loop`, `while`, `while let`.
    pub(super) fn loop_or_while(&mut self, node: Node<'t>) {
        let fields = &self.grammar.fields;
        let (condition, body) = (node.child_by_field_id(fields.condition), node.child_by_field_id(fields.body));
        let head = body.map_or(span(node), |body| Span::new(node.start_byte(), body.start_byte()));
        let endless = RegionKind::Loop { over: None, condition: None, comprehension: false };
        let region = self.builder.open_region(endless, head);
        if let Some(condition) = condition {
            let links =
                if self.kind(condition) == Kind::LetChain { self.children(condition) } else { smallvec::smallvec![condition] };
            let mut first = None;
            for link in links {
                let (value, pattern) = self.condition(link);
                if let Some(pattern) = pattern {
                    self.bind(pattern, value, Match::Maybe);
                }
                first.get_or_insert(value);
            }
            self.builder.amend_region(region, RegionKind::Loop { over: None, condition: first, comprehension: false });
        }
        if let Some(body) = body {
            self.block(body);
        }
        self.builder.close_region(region);
    }

    /// `for pattern in value { }`.
    pub(super) fn for_loop(&mut self, node: Node<'t>) {
        let fields = &self.grammar.fields;
        let Some(over_node) = node.child_by_field_id(fields.value) else { return };
        let (pattern, body) = (node.child_by_field_id(fields.pattern), node.child_by_field_id(fields.body));
        let over = self.expr(over_node);
        let kind = RegionKind::Loop { over: Some(over), condition: None, comprehension: false };
        let region = self.builder.open_region(kind, reach(node, over_node));
        let element = self.builder.push(OpKind::Element(over), pattern.map_or(span(node), span));
        if let Some(pattern) = pattern {
            self.bind(pattern, element, Match::Always);
        }
        if let Some(body) = body {
            self.block(body);
        }
        self.builder.close_region(region);
    }
}

/// What lowering an `if` gave.
#[derive(Default)]
struct Arms {
    values: SmallVec<[OpId; 2]>,
    /// The condition that guards the rest of the block, when the only arm leaves.
    guard: Option<OpId>,
}

/// Whether a statement of this kind defines something.
pub(super) fn is_item(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::AttributeItem
            | Kind::InnerAttributeItem
            | Kind::Const
            | Kind::EmptyStatement
            | Kind::Enum
            | Kind::ExternCrate
            | Kind::ForeignMod
            | Kind::Function
            | Kind::FunctionSignature
            | Kind::Impl
            | Kind::Mod
            | Kind::Static
            | Kind::Struct
            | Kind::Trait
            | Kind::TypeItem
            | Kind::Union
            | Kind::Use
    )
}
