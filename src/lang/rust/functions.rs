//! Functions, closures and `async` blocks on tree-sitter: everything that has a tape of its own.

use super::grammar::Kind;
use super::lower::{Lowering, span};
use super::patterns::Match;
use crate::facts::{ClassId, FunctionId, FunctionKind, OpId, OpKind, Param, ParamKind};
use crate::source::Span;
use tree_sitter::Node;

/// What a function belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// Nothing: it is bound to its name where it stands.
    Scope,
    /// An `impl` block; the flag says whether it is one of a trait.
    Impl(bool),
    /// A trait.
    Trait(ClassId),
}

/// A parameter of a closure or function: what it binds, and its type on the parent's tape.
#[derive(Clone, Copy)]
struct Parameter<'t> {
    pattern: Node<'t>,
    annotation: Option<OpId>,
}

impl<'t> Lowering<'t> {
    /// `fn`, with or without a body.
    pub(super) fn function(&mut self, node: Node<'t>, attributes: &[Node<'t>], owner: Owner) -> Option<FunctionId> {
        let fields = &self.grammar.fields;
        let (name_node, parameters) = (node.child_by_field_id(fields.name)?, node.child_by_field_id(fields.parameters)?);
        let (returns, body) = (node.child_by_field_id(fields.return_type), node.child_by_field_id(fields.body));
        let attributes = self.attributes(attributes);
        let parameters = self.parameters(parameters);
        let returns = returns.map(|ty| self.ty(ty));
        let name = self.name_of(name_node);
        let head = self.children(node);
        let is_public = head.first().is_some_and(|&first| self.kind(first) == Kind::Visibility);
        let modifiers = head.iter().find(|&&part| self.kind(part) == Kind::FunctionModifiers);
        let is_async = modifiers.is_some_and(|&modifiers| self.text_of(modifiers).contains("async"));
        let has_receiver = parameters.first().is_some_and(|first| self.is_receiver(first.pattern));

        let kind = if owner == Owner::Scope { FunctionKind::Function } else { FunctionKind::Method };
        let id = self.builder.open_function(kind, Some(name), span(node), span(name_node));
        let outer_test = self.enter_test(attributes.is_test);
        let (scope, is_test) = (self.scope.clone(), self.in_test);
        let function = self.builder.function();
        function.scope = scope;
        function.is_test = is_test;
        function.is_async = is_async;
        function.is_public = is_public || matches!(owner, Owner::Trait(_) | Owner::Impl(true));
        function.is_static = owner != Owner::Scope && !has_receiver;
        function.is_abstract = body.is_none();
        function.returns = returns;
        function.decorators = attributes.values;
        if let Owner::Trait(class) = owner {
            function.class = Some(class);
        }
        self.open_parameters(&parameters);
        let tail = body.and_then(|body| self.block(body));
        self.close_function_after(tail, body.map_or(span(node), span));
        self.in_test = outer_test;
        if !matches!(owner, Owner::Impl(_)) {
            let closure = self.builder.push(OpKind::Closure(id), span(name_node));
            self.builder.store_name(name, closure, span(name_node));
        }
        Some(id)
    }

    fn is_receiver(&mut self, pattern: Node<'t>) -> bool {
        match self.kind(pattern) {
            Kind::SelfParameter | Kind::SelfPath => true,
            Kind::MutPattern => self.children(pattern).iter().any(|&part| self.kind(part) == Kind::SelfPath),
            _ => false,
        }
    }

    /// The parameters in a list, their types lowered here and now, on the parent's tape.
    fn parameters(&mut self, list: Node<'t>) -> Vec<Parameter<'t>> {
        let mut parameters = Vec::new();
        for part in self.children(list) {
            match self.kind(part) {
                Kind::Parameter => {
                    let fields = &self.grammar.fields;
                    let (pattern, ty) = (part.child_by_field_id(fields.pattern), part.child_by_field_id(fields.type_of));
                    let annotation = ty.map(|ty| self.ty(ty));
                    parameters.push(Parameter { pattern: pattern.unwrap_or(part), annotation });
                }
                Kind::AttributeItem | Kind::VariadicParameter | Kind::Error => {}
                // A receiver, or a closure's parameter without a type.
                _ => parameters.push(Parameter { pattern: part, annotation: None }),
            }
        }
        // The tape numbers parameters with 16 bits.
        parameters.truncate(usize::from(u16::MAX));
        parameters
    }

    /// Declare the parameters of the function just opened: their values first, then the names their patterns bind.
    fn open_parameters(&mut self, parameters: &[Parameter<'t>]) {
        for (index, parameter) in parameters.iter().enumerate() {
            let place = span(parameter.pattern);
            let name = if self.kind(parameter.pattern) == Kind::SelfParameter {
                self.builder.name("self")
            } else {
                match self.simple_name(parameter.pattern) {
                    Some(name) => self.name_of(name),
                    None => self.builder.name(&format!("_{index}")),
                }
            };
            let param = Param { name, kind: ParamKind::Normal, annotation: parameter.annotation, default: None, span: place };
            self.builder.function().params.push(param);
            self.builder.push(OpKind::Param(u16::try_from(index).unwrap_or(u16::MAX)), place);
        }
        for (index, parameter) in parameters.iter().enumerate() {
            if self.kind(parameter.pattern) != Kind::SelfParameter && self.simple_name(parameter.pattern).is_none() {
                self.bind(parameter.pattern, OpId::from_index(index), Match::Always);
            }
        }
    }

    /// `|a, b| body`, as a value.
    pub(super) fn closure(&mut self, node: Node<'t>) -> OpId {
        let fields = &self.grammar.fields;
        let (list, body) = (node.child_by_field_id(fields.parameters), node.child_by_field_id(fields.body));
        let returns = node.child_by_field_id(fields.return_type).map(|ty| self.ty(ty));
        let parameters = list.map(|list| self.parameters(list)).unwrap_or_default();
        let head = list.map_or(span(node), |list| Span::new(node.start_byte(), list.end_byte()));
        let is_async = head.of(self.text).trim_start_matches("static").trim_start().starts_with("async");
        let id = self.open_closure(is_async, span(node), head);
        self.builder.function().returns = returns;
        self.open_parameters(&parameters);
        let tail = body.map(|body| self.expr(body));
        self.close_function_after(tail, body.map_or(span(node), span));
        self.builder.push(OpKind::Closure(id), span(node))
    }

    /// Open a function without a name that sees the names around it.
    pub(super) fn open_closure(&mut self, is_async: bool, whole: Span, head: Span) -> FunctionId {
        let id = self.builder.open_function(FunctionKind::Closure, None, whole, head);
        let is_test = self.in_test;
        let function = self.builder.function();
        function.is_async = is_async;
        function.is_test = is_test;
        id
    }

    /// `async { }` and `gen { }`: a frame of its own, run by whoever awaits it.
    pub(super) fn async_block(&mut self, node: Node<'t>) -> OpId {
        let is_async = self.kind(node) == Kind::AsyncBlock;
        let head = Span::new(node.start_byte(), node.start_byte() + if is_async { 5 } else { 3 });
        let id = self.open_closure(is_async, span(node), head);
        self.builder.function().is_generator = !is_async;
        let tail = self.child(node, Kind::Block).and_then(|block| self.block(block));
        self.close_function_after(tail, span(node));
        self.builder.push(OpKind::Closure(id), span(node))
    }
}
