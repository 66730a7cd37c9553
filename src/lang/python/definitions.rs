//! Lowers functions, lambdas and classes: what is evaluated around them goes on the outer tape, their bodies on tapes of their own.

use super::kinds::Kind;
use super::lower::{Lowering, Syntax};
use crate::facts::{Class, ClassId, FunctionId, FunctionKind, NameId, OpId, OpKind, Param, ParamKind};

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
        let abstract_mark = self.in_protocol || decorators.iter().any(|&decorator| self.is_abstract_mark(decorator));
        let is_static = decorators.iter().any(|&decorator| self.last_name(decorator) == Some("staticmethod"));
        let is_abstract = abstract_mark && self.is_stub(body) || self.only_refuses(body);
        let name_id = self.name_of(name);
        let id = self.open_body(FunctionKind::Function, Some(name), node, parameters);
        let is_public = !self.text_of(name).starts_with('_');
        let function = self.build.function();
        function.is_async = find(Kind::Async).is_some();
        function.is_static = is_static;
        function.is_abstract = is_abstract;
        function.is_public = is_public;
        function.returns = returns;
        function.decorators = decorators;
        self.body(body, false);
        let closure = self.build.push(OpKind::Closure(id), name.span());
        self.build.store_name(name_id, closure, name.span());
    }

    /// Lower `body` in the function that is open, and close it.
    fn body(&mut self, body: Syntax<'t>, in_protocol: bool) {
        let outside = (self.raises, self.in_protocol);
        (self.raises, self.in_protocol) = (0, in_protocol);
        self.block(body);
        (self.raises, self.in_protocol) = outside;
        self.build.close_function();
    }

    /// Open a function and push its parameters. A function directly in a class body is a method of that class.
    fn open_body(
        &mut self,
        kind: FunctionKind,
        name: Option<Syntax<'t>>,
        node: Syntax<'t>,
        parameters: Parameters<'t>,
    ) -> FunctionId {
        let around = self.build.function();
        let class = around.class.filter(|_| around.kind == FunctionKind::ClassBody && kind == FunctionKind::Function);
        let kind = if class.is_some() { FunctionKind::Method } else { kind };
        let name_span = name.unwrap_or(node).span();
        let name = name.map(|name| self.name_of(name));
        let id = self.build.open_function(kind, name, node.span(), name_span);
        self.build.function().class = class;
        let ops: Vec<OpId> = (0..=u16::MAX)
            .zip(&parameters.params)
            .map(|(number, param)| self.build.push(OpKind::Param(number), param.span))
            .collect();
        self.build.function().params = parameters.params;
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
        let Some((&value, heads)) = kids.split_last() else { return self.opaque(node.span()) };
        let parameters = heads.first().map(|&list| self.parameters(list)).unwrap_or_default();
        let id = self.open_body(FunctionKind::Closure, None, node, parameters);
        let result = self.value(value);
        self.build.push(OpKind::Return(result), value.span());
        self.build.close_function();
        self.build.push(OpKind::Closure(id), node.span())
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
                self.build.name(&format!("_{}", parameters.params.len()))
            }
        };
        parameters.params.push(Param { name, kind, annotation, default, span: part.span() });
    }

    /// `class Name(bases): ..`.
    pub(super) fn class_definition(&mut self, node: Syntax<'t>, decorators: Vec<OpId>) {
        let kids = self.children(node);
        let find = |kind: Kind| kids.iter().find(|part| part.kind == kind).copied();
        let (Some(name), Some(body)) = (find(Kind::Identifier), find(Kind::Block)) else { return self.sound_blocks(&kids) };
        let arguments = find(Kind::ArgumentList).map(|list| self.arguments(list)).unwrap_or_default();
        let bases: Vec<OpId> = arguments.iter().filter(|base| base.name.is_none()).map(|base| base.value).collect();
        let keywords = arguments.iter().filter_map(|keyword| Some((keyword.name?, keyword.value))).collect();
        let in_protocol = bases.iter().any(|&base| self.is_protocol(base));
        let id = self.open_class(node, name, bases, keywords, decorators);
        self.body(body, in_protocol);
        let class = self.build.push(OpKind::ClassDefinition(id), name.span());
        let name_id = self.name_of(name);
        self.build.store_name(name_id, class, name.span());
    }

    /// Add a class and open its body.
    fn open_class(
        &mut self,
        node: Syntax<'t>,
        name: Syntax<'t>,
        bases: Vec<OpId>,
        keywords: Vec<(NameId, OpId)>,
        decorators: Vec<OpId>,
    ) -> ClassId {
        let (span, name_span) = (node.span(), name.span());
        let is_public = !self.text_of(name).starts_with('_');
        let name = self.name_of(name);
        let parent = self.build.current();
        let body = self.build.open_function(FunctionKind::ClassBody, Some(name), span, name_span);
        let (fields, scope) = (Vec::new(), Vec::new());
        let class = Class { name, parent, body, bases, keywords, decorators, fields, scope, span, name_span };
        let id = self.build.add_class(class);
        let function = self.build.function();
        function.class = Some(id);
        function.is_public = is_public;
        id
    }

    fn is_protocol(&mut self, base: OpId) -> bool {
        let base = match self.build.function().op(base).kind {
            OpKind::Index(generic, _) => generic,
            _ => base,
        };
        self.last_name(base) == Some("Protocol")
    }

    fn is_abstract_mark(&mut self, decorator: OpId) -> bool {
        self.last_name(decorator).is_some_and(|name| name.starts_with("abstract"))
    }

    /// `c` of the value `a.b.c`.
    fn last_name(&mut self, value: OpId) -> Option<&str> {
        match self.build.function().op(value).kind {
            OpKind::Name(name) | OpKind::Attribute(_, name) => Some(self.build.text(name)),
            _ => None,
        }
    }

    /// Whether a body is left to subclasses: `raise NotImplementedError`.
    fn only_refuses(&mut self, body: Syntax<'t>) -> bool {
        let statements = self.children(body);
        let Some((last, others)) = statements.split_last() else { return false };
        let comments = others.iter().all(|&statement| {
            statement.kind == Kind::ExpressionStatement
                && self.only_child(statement).is_some_and(|only| only.kind == Kind::String)
        });
        last.kind == Kind::RaiseStatement
            && comments
            && self.text_of(*last).trim_start_matches("raise").trim_start().starts_with("NotImplementedError")
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
