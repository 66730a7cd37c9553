//! Expressions inside macros, as `syn` reads them; the smaller twin of `expressions`, giving the same shapes.

use super::lower::Lowering;
use super::macros::Called;
use crate::facts::{Construct, Jump, Literal, OpId, OpKind, Operand, OperandForm, Operator, StoreMode, Target};
use crate::source::Span;
use syn::{BinOp, Expr, ExprCall, ExprMethodCall, ExprStruct, Lit, Macro, UnOp};

impl Lowering<'_> {
    /// The value of an expression.
    pub(super) fn syn_expr(&mut self, expr: &Expr) -> OpId {
        self.deeper(Span::new(self.token_base, self.token_base), |this| match expr {
            Expr::Path(path) if path.path.is_ident("None") => {
                let place = this.token_span(path.path.segments[0].ident.span());
                this.builder.push(OpKind::Literal(Literal::None), place)
            }
            Expr::Path(path) => this.syn_path(path.qself.as_ref(), &path.path),
            Expr::Lit(literal) => this.syn_literal(&literal.lit, false),
            Expr::Call(call) => this.syn_call(call),
            Expr::MethodCall(call) => this.syn_method_call(call),
            Expr::Macro(call) => this.syn_macro(&call.mac),
            Expr::Reference(inner) => this.syn_expr(&inner.expr),
            Expr::RawAddr(inner) => this.syn_expr(&inner.expr),
            Expr::Paren(inner) => this.syn_expr(&inner.expr),
            Expr::Group(inner) => this.syn_expr(&inner.expr),
            Expr::Cast(inner) => this.syn_expr(&inner.expr),
            Expr::Field(field) => {
                let owner = this.syn_expr(&field.base);
                let (name, place) = this.member(&field.member);
                let start = this.op_span(owner).start;
                this.builder.push(OpKind::Attribute(owner, name), Span { start, ..place })
            }
            _ => this.syn_compound(expr),
        })
    }

    fn syn_compound(&mut self, expr: &Expr) -> OpId {
        match expr {
            Expr::Await(inner) => {
                let value = self.syn_expr(&inner.base);
                let place = self.reach_to(value, inner.await_token.span);
                self.builder.push(OpKind::Await(value), place)
            }
            Expr::Try(inner) => {
                let value = self.syn_expr(&inner.expr);
                let place = self.reach_to(value, inner.question_token.spans[0]);
                self.builder.push(OpKind::Try(value), place)
            }
            Expr::Index(index) => {
                let (owner, key) = (self.syn_expr(&index.expr), self.syn_expr(&index.index));
                let place = self.reach_to(owner, index.bracket_token.span.close());
                self.builder.push(OpKind::Index(owner, key), place)
            }
            Expr::Unary(unary) => match (&unary.op, &*unary.expr) {
                (UnOp::Neg(_), Expr::Lit(literal)) => self.syn_literal(&literal.lit, true),
                (UnOp::Deref(_), inner) => self.syn_expr(inner),
                (operator, inner) => {
                    let value = self.syn_expr(inner);
                    let operator = if matches!(operator, UnOp::Not(_)) { Operator::Not } else { Operator::Arithmetic };
                    let place = self.op_span(value);
                    self.builder.push(OpKind::Operate(operator, value, value), place)
                }
            },
            Expr::Binary(binary) => {
                let (left, right) = (self.syn_expr(&binary.left), self.syn_expr(&binary.right));
                let (operator, assigns) = operator_of(&binary.op);
                let place = self.reach_of(left, right);
                let value = self.builder.push(OpKind::Operate(operator, left, right), place);
                if assigns { self.syn_assign(&binary.left, value, StoreMode::Augmented, place) } else { value }
            }
            Expr::Assign(assign) => {
                let value = self.syn_expr(&assign.right);
                let place = self.op_span(value);
                self.syn_assign(&assign.left, value, StoreMode::Plain, place)
            }
            Expr::Tuple(tuple) if tuple.elems.is_empty() => {
                let place = self.token_span(tuple.paren_token.span.join());
                self.unit(place)
            }
            Expr::Tuple(tuple) => {
                let parts = self.syn_plain(tuple.elems.iter());
                let place = self.token_span(tuple.paren_token.span.join());
                self.builder.construct(Construct::Tuple, parts, place)
            }
            Expr::Array(array) => {
                let parts = self.syn_plain(array.elems.iter());
                let place = self.token_span(array.bracket_token.span.join());
                self.builder.construct(Construct::List, parts, place)
            }
            Expr::Repeat(array) => {
                let part = self.syn_expr(&array.expr);
                let place = self.token_span(array.bracket_token.span.join());
                self.builder.construct(Construct::List, [Operand::plain(part)], place)
            }
            Expr::Struct(literal) => self.syn_struct(literal),
            Expr::Range(range) => {
                let dots = match &range.limits {
                    syn::RangeLimits::HalfOpen(dots) => self.token_span(dots.spans[0]),
                    syn::RangeLimits::Closed(dots) => self.token_span(dots.spans[0]),
                };
                let start = self.syn_or_unit(range.start.as_deref(), dots);
                let end = self.syn_or_unit(range.end.as_deref(), dots);
                let step = self.unit(dots);
                let place = self.reach_of(start, end);
                self.builder.construct(Construct::Slice, [start, end, step].map(Operand::plain), place)
            }
            _ => self.syn_control(expr),
        }
    }

    /// Returns, jumps and yields; the rest opens regions or functions.
    fn syn_control(&mut self, expr: &Expr) -> OpId {
        match expr {
            Expr::Return(inner) => {
                let place = self.token_span(inner.return_token.span);
                let value = self.syn_or_unit(inner.expr.as_deref(), place);
                self.builder.push(OpKind::Return(value), place)
            }
            Expr::Yield(inner) => {
                let place = self.token_span(inner.yield_token.span);
                let value = self.syn_or_unit(inner.expr.as_deref(), place);
                self.builder.function().is_generator = true;
                self.builder.push(OpKind::Yield(value), place)
            }
            Expr::Break(inner) => {
                if let Some(value) = &inner.expr {
                    self.syn_expr(value);
                }
                let place = self.token_span(inner.break_token.span);
                self.jump(Jump::Break, place)
            }
            Expr::Continue(inner) => {
                let place = self.token_span(inner.continue_token.span);
                self.jump(Jump::Continue, place)
            }
            _ => self.syn_nested(expr),
        }
    }

    /// From where `op` starts to the end of `last`.
    pub(super) fn reach_to(&mut self, op: OpId, last: proc_macro2::Span) -> Span {
        Span { start: self.op_span(op).start, end: self.token_span(last).end }
    }

    /// From where `first` starts to where `last` ends; a value the model does not hold has no place of its own.
    fn reach_of(&mut self, first: OpId, last: OpId) -> Span {
        let (first, last) = (self.op_span(first), self.op_span(last));
        Span { start: first.start, end: last.end.max(first.end) }
    }

    fn syn_or_unit(&mut self, expr: Option<&Expr>, place: Span) -> OpId {
        match expr {
            Some(expr) => self.syn_expr(expr),
            None => self.unit(place),
        }
    }

    /// Operands as given; `name = value` is a named one, which only attributes have.
    fn syn_plain<'a>(&mut self, exprs: impl Iterator<Item = &'a Expr>) -> Vec<Operand> {
        let mut operands = Vec::new();
        for expr in exprs {
            let (name, value) = match expr {
                Expr::Assign(assign) => match &*assign.left {
                    Expr::Path(path) => (path.path.get_ident().map(|ident| self.syn_name(ident)), &*assign.right),
                    _ => (None, expr),
                },
                _ => (None, expr),
            };
            operands.push(Operand { name, value: self.syn_expr(value), form: OperandForm::Plain });
        }
        operands
    }

    fn syn_call(&mut self, call: &ExprCall) -> OpId {
        let callee = self.syn_expr(&call.func);
        let arguments = self.syn_plain(call.args.iter());
        let place = self.reach_to(callee, call.paren_token.span.close());
        self.builder.call(callee, arguments, place)
    }

    fn syn_method_call(&mut self, call: &ExprMethodCall) -> OpId {
        let receiver = self.syn_expr(&call.receiver);
        let name = self.syn_name(&call.method);
        let place = self.reach_to(receiver, call.method.span());
        let mut callee = self.builder.push(OpKind::Attribute(receiver, name), place);
        if let Some(turbofish) = &call.turbofish {
            callee = self.syn_type_arguments(callee, turbofish.args.iter(), place);
        }
        let arguments = self.syn_plain(call.args.iter());
        let place = self.reach_to(receiver, call.paren_token.span.close());
        self.builder.call(callee, arguments, place)
    }

    /// A macro call inside a macro.
    pub(super) fn syn_macro(&mut self, call: &Macro) -> OpId {
        let mut path = String::new();
        for segment in &call.path.segments {
            path.push_str(if path.is_empty() { "" } else { "::" });
            path.push_str(&segment.ident.to_string());
        }
        let at = call.path.segments.first().map_or(Span::default(), |first| self.token_span(first.ident.span()));
        let close = match &call.delimiter {
            syn::MacroDelimiter::Paren(token) => token.span.close(),
            syn::MacroDelimiter::Brace(token) => token.span.close(),
            syn::MacroDelimiter::Bracket(token) => token.span.close(),
        };
        let span = Span { start: at.start, end: self.token_span(close).end };
        self.macro_tokens(Called { path: &path, at: at.start as usize, span }, call.tokens.clone())
    }

    fn syn_struct(&mut self, literal: &ExprStruct) -> OpId {
        let ty = self.syn_path(literal.qself.as_ref(), &literal.path);
        let mut parts = vec![Operand::plain(ty)];
        for field in &literal.fields {
            let value = self.syn_expr(&field.expr);
            let (name, _) = self.member(&field.member);
            parts.push(Operand::named(name, value));
        }
        if let Some(rest) = &literal.rest {
            let value = self.syn_expr(rest);
            parts.push(Operand { name: None, value, form: OperandForm::NamedSpread });
        }
        let place = self.reach_to(ty, literal.brace_token.span.close());
        self.builder.construct(Construct::Struct, parts, place)
    }

    fn syn_assign(&mut self, left: &Expr, value: OpId, mode: StoreMode, place: Span) -> OpId {
        let target = match left {
            Expr::Path(path) => path.path.get_ident().map(|ident| Target::Name(self.syn_name(ident))),
            Expr::Field(field) => {
                let owner = self.syn_expr(&field.base);
                Some(Target::Attribute(owner, self.member(&field.member).0))
            }
            Expr::Index(index) => Some(Target::Item(self.syn_expr(&index.expr), self.syn_expr(&index.index))),
            Expr::Unary(unary) => Some(Target::Content(self.syn_expr(&unary.expr))),
            _ => None,
        };
        if let Some(target) = target {
            self.builder.push(OpKind::Store { target, value, mode }, place);
        }
        self.unit(place)
    }

    fn syn_literal(&mut self, literal: &Lit, negative: bool) -> OpId {
        let place = self.token_span(literal.span());
        let constant = match literal {
            Lit::Str(text) => return self.builder.text_literal(&text.value(), place),
            Lit::Char(text) => return self.builder.text_literal(text.value().encode_utf8(&mut [0; 4]), place),
            Lit::Int(number) => return self.number(&number.to_string(), negative, place),
            Lit::Float(number) => return self.number(&number.to_string(), negative, place),
            Lit::Bool(value) => Literal::Bool(value.value),
            _ => Literal::Other,
        };
        self.builder.push(OpKind::Literal(constant), place)
    }
}

/// The operator, and whether it also assigns.
fn operator_of(operator: &BinOp) -> (Operator, bool) {
    match operator {
        BinOp::Add(_) => (Operator::Add, false),
        BinOp::Sub(_) => (Operator::Subtract, false),
        BinOp::Rem(_) => (Operator::Modulo, false),
        BinOp::And(_) => (Operator::And, false),
        BinOp::Or(_) => (Operator::Or, false),
        BinOp::Eq(_) => (Operator::Equal, false),
        BinOp::Ne(_) => (Operator::NotEqual, false),
        BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_) => (Operator::Order, false),
        BinOp::AddAssign(_) => (Operator::Add, true),
        BinOp::SubAssign(_) => (Operator::Subtract, true),
        BinOp::RemAssign(_) => (Operator::Modulo, true),
        BinOp::MulAssign(_)
        | BinOp::DivAssign(_)
        | BinOp::BitXorAssign(_)
        | BinOp::BitAndAssign(_)
        | BinOp::BitOrAssign(_)
        | BinOp::ShlAssign(_)
        | BinOp::ShrAssign(_) => (Operator::Arithmetic, true),
        _ => (Operator::Arithmetic, false),
    }
}
