//! Lowers functions, lambdas and classes: what is evaluated around them goes on the outer tape, their bodies on tapes of their own.

use super::kinds::Kind;
use super::lower::{Lowering, Syntax};
use crate::facts::{FunctionId, FunctionKind, OpId, OpKind, Param, ParamKind};
use crate::lang::python::tape::{Items, Opening, refuses};
use crate::source::Span;

/// A parameter list, with the shapes of those parameters that are taken apart.
#[derive(Default)]
struct Parameters<'t> {
    params: Vec<Param>,
    patterns: Vec<(usize, Syntax<'t>)>,
}

impl<'t> Lowering<'t> {
    /// `@decorator` lines and what they stand on.
    pub(super) fn decorated(&mut self, node: Syntax<'t>) {
        let mut decorators = Vec::new();
        for part in self.children(node) {
            match part.kind {
                Kind::Decorator => {
                    if let Some(decorator) = self.only_child(part) {
                        decorators.push(self.value(decorator));
                    }
                }
                Kind::FunctionDefinition => return self.function_definition(part, decorators),
                Kind::ClassDefinition => return self.class_definition(part, decorators),
                _ => {}
            }
        }
    }

    /// `def name(..): ..`.
    pub(super) fn function_definition(&mut self, node: Syntax<'t>, decorators: Vec<OpId>) {
        let kids = self.children(node);
        let find = |kind: Kind| kids.iter().find(|part| part.kind == kind).copied();
        let (Some(name), Some(body)) = (find(Kind::Identifier), find(Kind::Block)) else { return self.sound_blocks(&kids) };
        let parameters = find(Kind::Parameters).map(|list| self.parameters(list)).unwrap_or_default();
        let returns = find(Kind::Type).map(|annotation| self.value(annotation));
        let is_static = self.tape.is_static_by(&decorators);
        let is_abstract = self.tape.is_abstract_by(&decorators) && self.is_stub(body) || self.only_refuses(body);
        let name_id = self.name_of(name);
        let span = self.span_with(node, body);
        let id = self.open_body(FunctionKind::Function, Some(name), span, parameters);
        let is_public = !self.text_of(name).starts_with('_');
        let function = self.tape.build.function();
        function.is_async = find(Kind::Async).is_some();
        function.is_static = is_static;
        function.is_abstract = is_abstract;
        function.is_public = is_public;
        function.returns = returns;
        function.decorators = decorators;
        self.body(body, false);
        let closure = self.tape.build.push(OpKind::Closure(id), name.span());
        self.tape.build.store_name(name_id, closure, name.span());
    }

    /// Lower `body` in the function that is open, and close it.
    fn body(&mut self, body: Syntax<'t>, in_protocol: bool) {
        let outside = (self.tape.raises, self.tape.in_protocol);
        (self.tape.raises, self.tape.in_protocol) = (0, in_protocol);
        self.block(body);
        (self.tape.raises, self.tape.in_protocol) = outside;
        self.tape.build.close_function();
    }

    /// Open a function and take apart those of its parameters that are patterns.
    fn open_body(&mut self, kind: FunctionKind, name: Option<Syntax<'t>>, span: Span, parameters: Parameters<'t>) -> FunctionId {
        let name = name.map(|name| (self.name_of(name), name.span()));
        let (id, ops) = self.tape.open_function(Opening { kind, name, span, params: parameters.params });
        for (at, pattern) in parameters.patterns {
            if let Some(&op) = ops.get(at) {
                self.store(pattern, op);
            }
        }
        id
    }

    /// `lambda x: value`.
    pub(super) fn lambda(&mut self, node: Syntax<'t>) -> OpId {
        let kids = self.children(node);
        let Some((&value, heads)) = kids.split_last() else { return self.tape.opaque(node.span()) };
        let parameters = heads.first().map(|&list| self.parameters(list)).unwrap_or_default();
        let id = self.open_body(FunctionKind::Closure, None, node.span(), parameters);
        let result = self.value(value);
        self.tape.build.push(OpKind::Return(result), value.span());
        self.tape.build.close_function();
        self.tape.build.push(OpKind::Closure(id), node.span())
    }

    /// A parameter list; defaults and annotations are evaluated here, on the outer tape.
    fn parameters(&mut self, list: Syntax<'t>) -> Parameters<'t> {
        let mut parameters = Parameters::default();
        let mut kind = ParamKind::Normal;
        for part in self.children(list) {
            if part.kind == Kind::KeywordSeparator {
                kind = ParamKind::NamedOnly;
            }
            self.parameter(part, kind, &mut parameters);
            if parameters.params.last().is_some_and(|last| last.kind == ParamKind::Rest) {
                kind = ParamKind::NamedOnly;
            }
        }
        parameters
    }

    fn parameter(&mut self, part: Syntax<'t>, kind: ParamKind, parameters: &mut Parameters<'t>) {
        let kids = match part.kind {
            Kind::DefaultParameter | Kind::TypedParameter | Kind::TypedDefaultParameter => self.children(part),
            _ => std::iter::once(part).collect(),
        };
        let Some((&target, values)) = kids.split_first() else { return };
        let default = values.iter().rfind(|value| value.kind != Kind::Type).map(|&value| self.value(value));
        let annotation = values.iter().find(|value| value.kind == Kind::Type).map(|&value| self.value(value));
        let (name, kind) = match target.kind {
            Kind::Identifier => (Some(target), kind),
            Kind::ListSplatPattern => (self.only_child(target), ParamKind::Rest),
            Kind::DictionarySplatPattern => (self.only_child(target), ParamKind::NamedRest),
            Kind::TuplePattern => (None, kind),
            _ => return,
        };
        let name = match name {
            Some(name) => self.name_of(name),
            None => {
                parameters.patterns.push((parameters.params.len(), target));
                self.tape.build.name(&format!("_{}", parameters.params.len()))
            }
        };
        parameters.params.push(Param { name, kind, annotation, default, span: part.span() });
    }

    /// `class Name(bases): ..`.
    pub(super) fn class_definition(&mut self, node: Syntax<'t>, decorators: Vec<OpId>) {
        let kids = self.children(node);
        let find = |kind: Kind| kids.iter().find(|part| part.kind == kind).copied();
        let (Some(name), Some(body)) = (find(Kind::Identifier), find(Kind::Block)) else { return self.sound_blocks(&kids) };
        let arguments: Items = find(Kind::ArgumentList).map(|list| self.arguments(list)).unwrap_or_default();
        let in_protocol = self.tape.derives_protocol(&arguments);
        let span = self.span_with(node, body);
        let name_id = self.name_of(name);
        let id = self.tape.open_class(span, (name_id, name.span()), &arguments, decorators);
        self.body(body, in_protocol);
        let class = self.tape.build.push(OpKind::ClassDefinition(id), name.span());
        self.tape.build.store_name(name_id, class, name.span());
    }

    /// Whether a body is left to subclasses: `raise NotImplementedError`.
    fn only_refuses(&mut self, body: Syntax<'t>) -> bool {
        let statements = self.children(body);
        let Some((last, others)) = statements.split_last() else { return false };
        let comments = others.iter().all(|&statement| {
            statement.kind == Kind::ExpressionStatement
                && self.only_child(statement).is_some_and(|only| only.kind == Kind::String)
        });
        last.kind == Kind::RaiseStatement && comments && refuses(self.text_of(*last))
    }

    /// Whether a body does nothing: a docstring, `...`, `pass`.
    fn is_stub(&mut self, body: Syntax<'t>) -> bool {
        self.children(body).into_iter().all(|statement| match statement.kind {
            Kind::PassStatement => true,
            Kind::ExpressionStatement => {
                self.only_child(statement).is_some_and(|only| matches!(only.kind, Kind::String | Kind::Ellipsis))
            }
            _ => false,
        })
    }
}
