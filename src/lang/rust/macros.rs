//! Macro calls: the well-known ones become what they expand to, the rest calls with their arguments, the unreadable are opaque.

use super::grammar::Kind;
use super::lower::{Lowering, span};
use super::patterns::Match;
use super::tokens::{self, Argument, Body, Json, SelectArm, Static, Value};
use crate::facts::{Construct, FunctionKind, OpId, OpKind, Operand, OperandForm, RegionKind, StoreMode, Target};
use crate::source::Span;
use proc_macro2::TokenStream;
use syn::{Expr, ExprLit, Lit};
use tree_sitter::Node;

/// The call of a macro: its path as written, and where.
#[derive(Clone, Copy)]
pub(super) struct Called<'a> {
    pub(super) path: &'a str,
    pub(super) at: usize,
    pub(super) span: Span,
}

impl Called<'_> {
    fn name(&self) -> &str {
        self.path.rsplit("::").next().unwrap_or_default().trim()
    }
}

impl<'t> Lowering<'t> {
    /// A macro call in the tree.
    pub(super) fn macro_call(&mut self, node: Node<'t>) -> OpId {
        let path = node.child_by_field_id(self.grammar.fields.macro_path);
        let (Some(path), Some(tree)) = (path, self.child(node, Kind::TokenTree)) else { return self.opaque(span(node)) };
        let called = Called { path: self.text_of(path), at: path.start_byte(), span: span(node) };
        let inside = Span::new(tree.start_byte() + 1, tree.end_byte().saturating_sub(1));
        self.token_base = tree.start_byte() + 1;
        let value = match tokens::read(inside.of(self.text)) {
            Some(stream) => self.macro_tokens(called, stream),
            None => self.unread_macro(called),
        };
        tokens::forget();
        value
    }

    /// A macro call whose tokens are read.
    pub(super) fn macro_tokens(&mut self, called: Called<'_>, stream: TokenStream) -> OpId {
        let value = match called.name() {
            "vec" => tokens::arguments(stream).map(|items| self.list(called, &items)),
            "format" | "format_args" | "concat" => tokens::arguments(stream).map(|parts| self.text_of_parts(called, &parts)),
            "join" | "try_join" => tokens::arguments(stream).map(|futures| self.join(called, &futures)),
            "select" | "select_biased" => tokens::select_arms(stream).map(|arms| self.select(called, arms)),
            "json" => tokens::json(stream).map(|value| self.json(value)),
            "matches" => tokens::subject_and_pattern(stream).map(|parts| self.matches(called, parts)),
            "panic" | "unreachable" | "todo" | "unimplemented" | "bail" => {
                tokens::arguments(stream).map(|parts| self.raise(called, &parts))
            }
            "lazy_static" => tokens::statics(stream).map(|statics| self.statics(called, &statics, false)),
            "thread_local" => tokens::statics(stream).map(|statics| self.statics(called, &statics, true)),
            _ => tokens::body(stream).map(|body| self.unknown_macro(called, body)),
        };
        value.unwrap_or_else(|| self.unread_macro(called))
    }

    fn macro_path(&mut self, called: Called<'_>, suffix: &str) -> OpId {
        self.path_text(called.path, called.at, suffix)
    }

    fn unread_macro(&mut self, called: Called<'_>) -> OpId {
        let path = self.macro_path(called, "");
        self.builder.construct(Construct::Macro, [Operand::plain(path)], called.span)
    }

    fn unknown_macro(&mut self, called: Called<'_>, body: Body) -> OpId {
        match body {
            Body::Arguments(arguments) => {
                let callee = self.macro_path(called, "!");
                let arguments = self.arguments(&arguments);
                self.builder.call(callee, arguments, called.span)
            }
            Body::Statements(statements) => {
                let path = self.macro_path(called, "");
                let tail = self.syn_statements(&statements);
                let parts = [Some(path), tail].into_iter().flatten().map(Operand::plain);
                self.builder.construct(Construct::Macro, parts, called.span)
            }
        }
    }

    /// Arguments of a macro or attribute as operands.
    pub(super) fn arguments(&mut self, arguments: &[Argument]) -> Vec<Operand> {
        let mut operands = Vec::with_capacity(arguments.len());
        for argument in arguments {
            let value = self.argument(&argument.value);
            let name = argument.name.as_deref().map(|name| self.builder.name(name));
            operands.push(Operand { name, value, form: OperandForm::Plain });
        }
        operands
    }

    fn argument(&mut self, value: &Value) -> OpId {
        match value {
            Value::Expr(value) => self.syn_expr(value),
            Value::Type(ty) => self.syn_type(ty),
        }
    }

    fn list(&mut self, called: Called<'_>, items: &[Argument]) -> OpId {
        let repeated = called.span.of(self.text).contains(';') && items.len() == 2;
        let mut parts = self.arguments(items);
        if repeated {
            parts.truncate(1);
        }
        self.builder.construct(Construct::List, parts, called.span)
    }

    /// `format!("..{}..{name}", value)`: its constant parts and its values, in order.
    fn text_of_parts(&mut self, called: Called<'_>, parts: &[Argument]) -> OpId {
        let operands = match parts.split_first() {
            Some((Argument { name: None, value: Value::Expr(Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) }, values))
                if called.name() != "concat" =>
            {
                let place = self.token_span(text.span());
                let values = self.arguments(values);
                self.format_parts(&text.value(), &values, place)
            }
            _ => self.arguments(parts),
        };
        self.builder.construct(Construct::Text, operands, called.span)
    }

    fn join(&mut self, called: Called<'_>, futures: &[Argument]) -> OpId {
        let mut results = Vec::new();
        for future in futures {
            let future = self.argument(&future.value);
            let place = self.op_span(future);
            results.push(Operand::plain(self.builder.push(OpKind::Await(future), place)));
        }
        self.builder.construct(Construct::Tuple, results, called.span)
    }

    fn raise(&mut self, called: Called<'_>, parts: &[Argument]) -> OpId {
        let path = self.macro_path(called, "");
        let mut operands = vec![Operand::plain(path)];
        operands.extend(self.arguments(parts));
        let value = self.builder.construct(Construct::Macro, operands, called.span);
        self.builder.push(OpKind::Raise(value), called.span)
    }

    /// `select!`: every future is awaited, one arm runs.
    fn select(&mut self, called: Called<'_>, arms: Vec<SelectArm>) -> OpId {
        let mut values = Vec::new();
        for arm in &arms {
            let kind = RegionKind::Branch { condition: None, positive: true };
            let region = self.builder.open_region(kind, called.span);
            if let Some(condition) = &arm.condition {
                self.syn_expr(condition);
            }
            if let Some((pattern, future)) = &arm.on {
                let future = self.syn_expr(future);
                let place = self.op_span(future);
                let result = self.builder.push(OpKind::Await(future), place);
                self.syn_bind(pattern, result, Match::Maybe);
            }
            values.push(self.syn_expr(&arm.body));
            self.builder.close_region(region);
        }
        self.choose(values, called.span)
    }

    fn matches(&mut self, called: Called<'_>, (subject, pattern, condition): (Expr, syn::Pat, Option<Expr>)) -> OpId {
        let callee = self.macro_path(called, "!");
        let subject = self.syn_expr(&subject);
        if let Some(condition) = condition {
            let kind = RegionKind::Arm { subject };
            let region = self.builder.open_region(kind, called.span);
            self.syn_bind(&pattern, subject, Match::Maybe);
            self.syn_expr(&condition);
            self.builder.close_region(region);
        }
        self.builder.call(callee, vec![Operand::plain(subject)], called.span)
    }

    fn json(&mut self, value: Json) -> OpId {
        match value {
            Json::Map(entries, place) => {
                let mut operands = Vec::new();
                for (key, value) in entries {
                    let constant = match &key {
                        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(self.builder.name(&text.value())),
                        _ => None,
                    };
                    if constant.is_none() {
                        let key = self.syn_expr(&key);
                        operands.push(Operand { name: None, value: key, form: OperandForm::Key });
                    }
                    let value = self.json(value);
                    operands.push(Operand { name: constant, value, form: OperandForm::Plain });
                }
                let place = self.token_span(place.join());
                self.builder.construct(Construct::Map, operands, place)
            }
            Json::List(items, place) => {
                let items: Vec<_> = items.into_iter().map(|item| Operand::plain(self.json(item))).collect();
                let place = self.token_span(place.join());
                self.builder.construct(Construct::List, items, place)
            }
            Json::Null(place) => {
                let place = self.token_span(place);
                self.unit(place)
            }
            Json::Expr(value) => self.syn_expr(&value),
        }
    }

    /// `lazy_static!` and `thread_local!`: each static is what its initialiser, run once (in each thread), returns.
    fn statics(&mut self, called: Called<'_>, statics: &[Static], per_thread: bool) -> OpId {
        for item in statics {
            let place = self.token_span(item.name.span());
            let name = self.syn_name(&item.name);
            let ty = self.syn_type(&item.ty);
            let target = Target::Name(name);
            self.builder.push(OpKind::Store { target, value: ty, mode: StoreMode::Declared }, place);
            let (scope, is_test) = (self.scope.clone(), self.in_test);
            let id = self.builder.open_function(FunctionKind::LazyInit, Some(name), place, place);
            let function = self.builder.function();
            function.scope = scope;
            function.is_test = is_test;
            let value = self.syn_expr(&item.value);
            self.close_function_after(Some(value), place);
            let closure = self.builder.push(OpKind::Closure(id), place);
            let value = if per_thread {
                let path = self.macro_path(called, "");
                self.builder.construct(Construct::Macro, [path, closure].map(Operand::plain), place)
            } else {
                self.builder.call(closure, Vec::new(), place)
            };
            self.builder.store_name(name, value, place);
        }
        self.unit(called.span)
    }
}
