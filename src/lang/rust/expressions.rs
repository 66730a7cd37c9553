//! Expressions on tree-sitter. Chains that nest to the left (calls, fields, operators) are followed in a loop, however long.

use super::grammar::Kind;
use super::lower::{Lowering, span};
use crate::facts::{Construct, Jump, Literal, OpId, OpKind, Operand, OperandForm, Operator, StoreMode, Target};
use tree_sitter::Node;

impl<'t> Lowering<'t> {
    /// The value of an expression.
    pub(super) fn expr(&mut self, node: Node<'t>) -> OpId {
        match self.kind(node) {
            Kind::Identifier if self.text_of(node) == "None" => self.builder.push(OpKind::Literal(Literal::None), span(node)),
            Kind::Identifier | Kind::SelfPath => {
                let name = self.name_of(node);
                self.builder.push(OpKind::Name(name), span(node))
            }
            Kind::Call
            | Kind::Field
            | Kind::Await
            | Kind::Try
            | Kind::Index
            | Kind::Binary
            | Kind::GenericFunction
            | Kind::Cast => self.deeper(span(node), |this| this.chain(node)),
            Kind::ScopedIdentifier | Kind::Super | Kind::Crate | Kind::Metavariable | Kind::TypeIdentifier => self.path(node),
            Kind::String | Kind::RawString | Kind::CharLiteral => self.text_constant(self.text_of(node), span(node)),
            Kind::Integer | Kind::Float => self.number(self.text_of(node), false, span(node)),
            Kind::Boolean => {
                let literal = Literal::Bool(self.text_of(node) == "true");
                self.builder.push(OpKind::Literal(literal), span(node))
            }
            Kind::UnitExpression => self.unit(span(node)),
            _ => self.deeper(span(node), |this| this.compound(node)),
        }
    }

    fn compound(&mut self, node: Node<'t>) -> OpId {
        let fields = &self.grammar.fields;
        match self.kind(node) {
            Kind::Reference => self.expr_field(node, fields.value),
            Kind::Parenthesized => self.expr_child(node),
            Kind::Macro => self.macro_call(node),
            Kind::Closure => self.closure(node),
            Kind::AsyncBlock | Kind::GenBlock => self.async_block(node),
            Kind::Block | Kind::UnsafeBlock | Kind::ConstBlock | Kind::TryBlock => match self.inner_block(node) {
                Some(block) => self.block_value(block),
                None => self.opaque(span(node)),
            },
            Kind::If => self.if_value(node),
            Kind::Match => self.match_value(node),
            Kind::Loop | Kind::While => {
                self.loop_or_while(node);
                self.unit(span(node))
            }
            Kind::For => {
                self.for_loop(node);
                self.unit(span(node))
            }
            Kind::StructExpression => self.struct_literal(node),
            Kind::TupleExpression => self.items(node, Construct::Tuple),
            Kind::ArrayExpression => self.items(node, Construct::List),
            Kind::Range => self.range(node),
            Kind::Unary => self.unary(node),
            Kind::Assignment => {
                self.assignment(node);
                self.unit(span(node))
            }
            Kind::CompoundAssignment => {
                self.compound_assignment(node);
                self.unit(span(node))
            }
            Kind::Return => {
                let value = self.child_or_unit(node);
                self.builder.push(OpKind::Return(value), span(node))
            }
            Kind::Yield => {
                let value = self.child_or_unit(node);
                self.builder.function().is_generator = true;
                self.builder.push(OpKind::Yield(value), span(node))
            }
            Kind::Break => {
                for value in self.children(node) {
                    if self.kind(value) != Kind::Label {
                        self.expr(value);
                    }
                }
                self.jump(Jump::Break, span(node))
            }
            Kind::Continue => self.jump(Jump::Continue, span(node)),
            Kind::ExpressionStatement => self.expr_child(node),
            Kind::GenericType | Kind::GenericTypeTurbofish | Kind::ScopedTypeIdentifier => self.ty(node),
            Kind::Error => {
                self.salvage(node);
                self.opaque(span(node))
            }
            _ => self.opaque(span(node)),
        }
    }

    pub(super) fn expr_field(&mut self, node: Node<'t>, field: u16) -> OpId {
        match node.child_by_field_id(field) {
            Some(inner) => self.expr(inner),
            None => self.opaque(span(node)),
        }
    }

    fn expr_child(&mut self, node: Node<'t>) -> OpId {
        match self.children(node).first() {
            Some(&inner) => self.expr(inner),
            None => self.opaque(span(node)),
        }
    }

    fn child_or_unit(&mut self, node: Node<'t>) -> OpId {
        match self.children(node).first() {
            Some(&inner) => self.expr(inner),
            None => self.unit(span(node)),
        }
    }

    /// Down to the innermost receiver or left operand, then outwards link by link.
    fn chain(&mut self, node: Node<'t>) -> OpId {
        let mark = self.chain.len();
        let mut inner = node;
        while is_link(self.kind(inner)) {
            let Some(next) = inner.named_child(0) else { break };
            self.chain.push(inner);
            inner = next;
        }
        let mut value = if self.chain.len() == mark { self.opaque(span(node)) } else { self.expr(inner) };
        while self.chain.len() > mark {
            let Some(link) = self.chain.pop() else { break };
            value = self.link(link, value);
        }
        value
    }

    fn link(&mut self, node: Node<'t>, inner: OpId) -> OpId {
        let fields = &self.grammar.fields;
        match self.kind(node) {
            Kind::Field => {
                let Some(field) = node.child_by_field_id(fields.field) else { return inner };
                let name = self.name_of(field);
                self.builder.push(OpKind::Attribute(inner, name), span(node))
            }
            Kind::Call => {
                let arguments = node.child_by_field_id(fields.arguments);
                let arguments = arguments.map(|arguments| self.children(arguments)).unwrap_or_default();
                let arguments = self.plain(&arguments);
                let appended = match arguments.as_slice() {
                    [text] => Some(text.value),
                    _ => None,
                };
                let call = self.builder.call(inner, arguments, span(node));
                if let Some(text) = appended {
                    self.appends(inner, text, node);
                }
                call
            }
            Kind::Await => self.builder.push(OpKind::Await(inner), span(node)),
            Kind::Try => self.builder.push(OpKind::Try(inner), span(node)),
            Kind::Index => {
                let Some(key) = node.named_child(1) else { return inner };
                let key = self.expr(key);
                self.builder.push(OpKind::Index(inner, key), span(node))
            }
            Kind::GenericFunction => match node.child_by_field_id(fields.type_arguments) {
                Some(arguments) => self.with_type_arguments(inner, arguments, span(node)),
                None => inner,
            },
            Kind::Binary => {
                let operator = node.child_by_field_id(fields.operator).map_or("", |operator| self.text_of(operator));
                let right = self.expr_field(node, self.grammar.fields.right);
                self.builder.push(OpKind::Operate(operator_of(operator), inner, right), span(node))
            }
            // A cast, or a kind that is no link.
            _ => inner,
        }
    }

    /// `sql.push_str(" LIMIT 9")` on a local name is `sql += " LIMIT 9"`.
    fn appends(&mut self, callee: OpId, text: OpId, call: Node<'t>) {
        let function = self.builder.function();
        let OpKind::Attribute(base, method) = function.op(callee).kind else { return };
        let OpKind::Name(name) = function.op(base).kind else { return };
        if self.builder.facts().names.get(method) != "push_str" {
            return;
        }
        let joined = self.builder.push(OpKind::Operate(Operator::Add, base, text), span(call));
        self.builder.push(OpKind::Store { target: Target::Name(name), value: joined, mode: StoreMode::Augmented }, span(call));
    }

    fn plain(&mut self, nodes: &[Node<'t>]) -> Vec<Operand> {
        let mut operands = Vec::with_capacity(nodes.len());
        for &node in nodes {
            if self.kind(node) != Kind::AttributeItem {
                operands.push(Operand::plain(self.expr(node)));
            }
        }
        operands
    }

    fn items(&mut self, node: Node<'t>, what: Construct) -> OpId {
        let mut items = self.children(node);
        if let Some(length) = node.child_by_field_id(self.grammar.fields.length) {
            items.retain(|item| item.id() != length.id());
        }
        let items = self.plain(&items);
        self.builder.construct(what, items, span(node))
    }

    fn range(&mut self, node: Node<'t>) -> OpId {
        let mut ends = self.children(node).into_iter();
        let starts_open = self.text_of(node).starts_with("..");
        let start = if starts_open { None } else { ends.next() };
        let (start, end) = (self.range_end(node, start), ends.next());
        let end = self.range_end(node, end);
        let step = self.unit(span(node));
        self.builder.construct(Construct::Slice, [start, end, step].map(Operand::plain), span(node))
    }

    fn range_end(&mut self, range: Node<'t>, end: Option<Node<'t>>) -> OpId {
        match end {
            Some(end) => self.expr(end),
            None => self.unit(span(range)),
        }
    }

    fn unary(&mut self, node: Node<'t>) -> OpId {
        let Some(inner) = self.children(node).first().copied() else { return self.opaque(span(node)) };
        match self.text_of(node).as_bytes().first() {
            Some(b'-') if matches!(self.kind(inner), Kind::Integer | Kind::Float) => {
                self.number(self.text_of(inner), true, span(node))
            }
            Some(b'*') => self.expr(inner),
            first => {
                let operator = if first == Some(&b'!') { Operator::Not } else { Operator::Arithmetic };
                let value = self.expr(inner);
                self.builder.push(OpKind::Operate(operator, value, value), span(node))
            }
        }
    }

    pub(super) fn assignment(&mut self, node: Node<'t>) {
        let value = self.expr_field(node, self.grammar.fields.right);
        if let Some(left) = node.child_by_field_id(self.grammar.fields.left) {
            self.assign(left, value, StoreMode::Plain, node);
        }
    }

    pub(super) fn compound_assignment(&mut self, node: Node<'t>) {
        let fields = &self.grammar.fields;
        let Some(left) = node.child_by_field_id(fields.left) else { return };
        let operator = node.child_by_field_id(fields.operator).map_or("", |operator| self.text_of(operator));
        let old = self.expr(left);
        let right = self.expr_field(node, self.grammar.fields.right);
        let new = self.builder.push(OpKind::Operate(operator_of(operator), old, right), span(node));
        self.assign(left, new, StoreMode::Augmented, node);
    }

    fn assign(&mut self, left: Node<'t>, value: OpId, mode: StoreMode, whole: Node<'t>) {
        let fields = &self.grammar.fields;
        let target = match self.kind(left) {
            Kind::Identifier if self.text_of(left) == "_" => return,
            Kind::Identifier => Target::Name(self.name_of(left)),
            Kind::Field => {
                let field = left.child_by_field_id(fields.field);
                let owner = self.expr_field(left, self.grammar.fields.value);
                let Some(field) = field else { return };
                Target::Attribute(owner, self.name_of(field))
            }
            Kind::ScopedIdentifier => {
                let (path, name) = (left.child_by_field_id(fields.path), left.child_by_field_id(fields.name));
                let (Some(path), Some(name)) = (path, name) else { return };
                Target::Attribute(self.path(path), self.name_of(name))
            }
            Kind::Index => {
                let (Some(owner), Some(key)) = (left.named_child(0), left.named_child(1)) else { return };
                Target::Item(self.expr(owner), self.expr(key))
            }
            Kind::Unary => match self.children(left).first() {
                Some(&inner) => Target::Content(self.expr(inner)),
                None => return,
            },
            Kind::Parenthesized => match self.children(left).first() {
                Some(&inner) => return self.assign_deeper(inner, value, mode, whole),
                None => return,
            },
            Kind::TupleExpression => {
                let parts = self.children(left);
                for (index, &part) in parts.iter().enumerate() {
                    let element = self.element(value, index, parts.len(), span(left));
                    self.assign_deeper(part, element, mode, whole);
                }
                return;
            }
            _ => return,
        };
        self.builder.push(OpKind::Store { target, value, mode }, span(whole));
    }

    fn assign_deeper(&mut self, left: Node<'t>, value: OpId, mode: StoreMode, whole: Node<'t>) {
        self.deeper(span(left), |this| {
            this.assign(left, value, mode, whole);
            value
        });
    }

    fn struct_literal(&mut self, node: Node<'t>) -> OpId {
        let fields = &self.grammar.fields;
        let (name, body) = (node.child_by_field_id(fields.name), node.child_by_field_id(fields.body));
        let ty = match name {
            Some(name) => self.ty(name),
            None => self.opaque(span(node)),
        };
        let mut parts = vec![Operand::plain(ty)];
        for field in body.map(|body| self.children(body)).unwrap_or_default() {
            parts.extend(self.struct_field(field));
        }
        self.builder.construct(Construct::Struct, parts, span(node))
    }

    fn struct_field(&mut self, field: Node<'t>) -> Option<Operand> {
        match self.kind(field) {
            Kind::ShorthandFieldInitializer => {
                let identifier = self.child(field, Kind::Identifier)?;
                let value = self.expr(identifier);
                Some(Operand::named(self.name_of(identifier), value))
            }
            Kind::FieldInitializer => {
                let name = field.child_by_field_id(self.grammar.fields.field)?;
                let value = self.expr_field(field, self.grammar.fields.value);
                Some(Operand::named(self.name_of(name), value))
            }
            Kind::BaseFieldInitializer => {
                let base = self.expr_child(field);
                Some(Operand { name: None, value: base, form: OperandForm::NamedSpread })
            }
            _ => None,
        }
    }
}

fn is_link(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Call | Kind::Field | Kind::Await | Kind::Try | Kind::Index | Kind::Binary | Kind::GenericFunction | Kind::Cast
    )
}

/// The operator a token stands for, compound assignments as the operator inside.
fn operator_of(text: &str) -> Operator {
    match text {
        "+" | "+=" => Operator::Add,
        "-" | "-=" => Operator::Subtract,
        "%" | "%=" => Operator::Modulo,
        "==" => Operator::Equal,
        "!=" => Operator::NotEqual,
        "<" | "<=" | ">" | ">=" => Operator::Order,
        "&&" => Operator::And,
        "||" => Operator::Or,
        _ => Operator::Arithmetic,
    }
}
