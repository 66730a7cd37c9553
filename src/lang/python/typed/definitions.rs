//! Lowers functions, lambdas and classes: what is evaluated around them goes on the outer tape, their bodies on tapes of their own.

use super::lower::{Lowering, end_of, span_of, start_of};
use crate::facts::{FunctionKind, OpId, OpKind, Param, ParamKind};
use crate::lang::python::tape::{Items, Opening, refuses};
use crate::source::Span;
use ruff_python_ast::{
    Decorator, Expr, ExprLambda, Parameter, ParameterWithDefault, Parameters, Stmt, StmtClassDef, StmtFunctionDef,
};
use ruff_text_size::Ranged;

impl Lowering<'_> {
    /// `@decorator` lines; gives their values, and where what they stand on begins.
    fn decorators(&mut self, decorators: &[Decorator], whole: &impl Ranged) -> (Vec<OpId>, u32) {
        let values = decorators.iter().map(|decorator| self.value(&decorator.expression)).collect();
        let start = decorators.last().map_or_else(|| start_of(whole), |last| self.skip_blanks(end_of(last)));
        (values, start)
    }

    /// `def name(..): ..`.
    pub(super) fn function_definition(&mut self, node: &StmtFunctionDef) {
        let (decorators, start) = self.decorators(&node.decorator_list, node);
        let params = self.parameters(&node.parameters);
        let returns = node.returns.as_ref().map(|annotation| self.value(annotation));
        let is_static = self.tape.is_static_by(&decorators);
        let is_abstract = self.tape.is_abstract_by(&decorators) && is_stub(&node.body) || self.only_refuses(&node.body);
        let name = self.name_of(&node.name);
        let name_span = span_of(&node.name);
        let span = Span { start, end: end_of(node) };
        let opening = Opening { kind: FunctionKind::Function, name: Some((name, name_span)), span, params };
        let (id, _) = self.tape.open_function(opening);
        let is_public = !self.text_of(&node.name).starts_with('_');
        let function = self.tape.build.function();
        function.is_async = node.is_async;
        function.is_static = is_static;
        function.is_abstract = is_abstract;
        function.is_public = is_public;
        function.returns = returns;
        function.decorators = decorators;
        self.body(&node.body, false);
        let closure = self.tape.build.push(OpKind::Closure(id), name_span);
        self.tape.build.store_name(name, closure, name_span);
    }

    /// Lower `body` in the function that is open, and close it.
    fn body(&mut self, body: &[Stmt], in_protocol: bool) {
        let outside = (self.tape.raises, self.tape.in_protocol);
        (self.tape.raises, self.tape.in_protocol) = (0, in_protocol);
        self.block(body);
        (self.tape.raises, self.tape.in_protocol) = outside;
        self.tape.build.close_function();
    }

    /// `lambda x: value`.
    pub(super) fn lambda(&mut self, node: &ExprLambda) -> OpId {
        let params = node.parameters.as_ref().map(|list| self.parameters(list)).unwrap_or_default();
        let opening = Opening { kind: FunctionKind::Closure, name: None, span: span_of(node), params };
        let (id, _) = self.tape.open_function(opening);
        let result = self.value(&node.body);
        let mut span = span_of(&*node.body);
        if span.end != end_of(node) {
            let head = node.parameters.as_ref().map_or_else(|| start_of(node) + 6, |list| end_of(&**list));
            span = Span { start: self.skip(head, b",:"), end: end_of(node) };
        }
        self.tape.build.push(OpKind::Return(result), span);
        self.tape.build.close_function();
        self.tape.build.push(OpKind::Closure(id), span_of(node))
    }

    /// A parameter list; defaults and annotations are evaluated here, on the outer tape.
    fn parameters(&mut self, list: &Parameters) -> Vec<Param> {
        let mut params = Vec::with_capacity(list.len());
        for param in list.posonlyargs.iter().chain(&list.args) {
            params.push(self.named_parameter(param, ParamKind::Normal));
        }
        if let Some(rest) = &list.vararg {
            params.push(self.parameter(rest, None, ParamKind::Rest, span_of(&**rest)));
        }
        for param in &list.kwonlyargs {
            params.push(self.named_parameter(param, ParamKind::NamedOnly));
        }
        if let Some(rest) = &list.kwarg {
            params.push(self.parameter(rest, None, ParamKind::NamedRest, span_of(&**rest)));
        }
        params
    }

    fn named_parameter(&mut self, param: &ParameterWithDefault, kind: ParamKind) -> Param {
        self.parameter(&param.parameter, param.default(), kind, span_of(param))
    }

    fn parameter(&mut self, param: &Parameter, default: Option<&Expr>, kind: ParamKind, span: Span) -> Param {
        let default = default.map(|default| self.value(default));
        let annotation = param.annotation().map(|annotation| self.value(annotation));
        Param { name: self.name_of(&param.name), kind, annotation, default, span }
    }

    /// `class Name(bases): ..`.
    pub(super) fn class_definition(&mut self, node: &StmtClassDef) {
        let (decorators, start) = self.decorators(&node.decorator_list, node);
        let arguments: Items = node.arguments.as_ref().map(|list| self.arguments(list)).unwrap_or_default();
        let in_protocol = self.tape.derives_protocol(&arguments);
        let name = self.name_of(&node.name);
        let name_span = span_of(&node.name);
        let span = Span { start, end: end_of(node) };
        let id = self.tape.open_class(span, (name, name_span), &arguments, decorators);
        self.body(&node.body, in_protocol);
        let class = self.tape.build.push(OpKind::ClassDefinition(id), name_span);
        self.tape.build.store_name(name, class, name_span);
    }

    /// Whether a body is left to subclasses: `raise NotImplementedError`.
    fn only_refuses(&self, body: &[Stmt]) -> bool {
        let Some((last, others)) = body.split_last() else { return false };
        last.is_raise_stmt() && others.iter().all(|other| is_plain(other, is_string)) && refuses(self.text_of(last))
    }
}

/// Whether a body does nothing: a docstring, `...`, `pass`.
fn is_stub(body: &[Stmt]) -> bool {
    body.iter().all(|statement| {
        statement.is_pass_stmt() || is_plain(statement, |value| is_string(value) || value.is_ellipsis_literal_expr())
    })
}

/// Whether a statement is nothing but a value of this sort, without parentheses.
fn is_plain(statement: &Stmt, sort: impl Fn(&Expr) -> bool) -> bool {
    matches!(statement, Stmt::Expr(node) if node.range == node.value.range() && sort(&node.value))
}

/// Whether an expression is one string in one part.
fn is_string(value: &Expr) -> bool {
    match value {
        Expr::StringLiteral(text) => !text.value.is_implicit_concatenated(),
        Expr::BytesLiteral(text) => text.value.as_slice().len() == 1,
        Expr::FString(text) => !text.value.is_implicit_concatenated(),
        Expr::TString(text) => !text.value.is_implicit_concatenated(),
        _ => false,
    }
}
