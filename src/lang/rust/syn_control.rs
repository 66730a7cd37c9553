//! Blocks, branches, loops and closures inside macros, as `syn` reads them; the smaller twin of `statements`.

use super::lower::Lowering;
use super::patterns::Match;
use crate::facts::{OpId, OpKind, Param, ParamKind, RegionId, RegionKind, StoreMode, Target};
use crate::source::Span;
use syn::{BinOp, Block, Expr, ExprAsync, ExprClosure, ExprForLoop, ExprIf, ExprMatch, Local, Pat, Stmt, Type};

impl Lowering<'_> {
    /// Expressions that hold blocks.
    pub(super) fn syn_nested(&mut self, expr: &Expr) -> OpId {
        match expr {
            Expr::Block(inner) => self.syn_block_value(&inner.block),
            Expr::Unsafe(inner) => self.syn_block_value(&inner.block),
            Expr::Const(inner) => self.syn_block_value(&inner.block),
            Expr::TryBlock(inner) => self.syn_block_value(&inner.block),
            Expr::If(inner) => {
                let (values, _) = self.syn_if(inner);
                if inner.else_branch.is_some() {
                    let place = self.token_span(inner.if_token.span);
                    self.choose(values, place)
                } else {
                    let place = self.token_span(inner.if_token.span);
                    self.unit(place)
                }
            }
            Expr::Match(inner) => self.syn_match(inner),
            Expr::Loop(inner) => {
                let head = self.token_span(inner.loop_token.span);
                self.syn_loop(None, &inner.body, head)
            }
            Expr::While(inner) => {
                let head = self.token_span(inner.while_token.span);
                self.syn_loop(Some(&inner.cond), &inner.body, head)
            }
            Expr::ForLoop(inner) => self.syn_for(inner),
            Expr::Closure(inner) => self.syn_closure(inner),
            Expr::Async(inner) => self.syn_async(inner),
            Expr::Let(inner) => self.syn_expr(&inner.expr),
            _ => self.opaque(Span::new(self.token_base, self.token_base)),
        }
    }

    /// Statements in order; the value of the last, or what made control leave, if there is either.
    pub(super) fn syn_statements(&mut self, statements: &[Stmt]) -> Option<OpId> {
        let guards = self.guards.len();
        let mark = self.mark();
        let mut tail = None;
        for (index, statement) in statements.iter().enumerate() {
            let is_last = index + 1 == statements.len();
            tail = self.syn_statement(statement, is_last);
        }
        let tail = tail.or_else(|| self.left_since(mark));
        self.close_guards(guards);
        tail
    }

    fn syn_statement(&mut self, statement: &Stmt, is_last: bool) -> Option<OpId> {
        match statement {
            Stmt::Local(local) => {
                self.syn_let(local);
                None
            }
            Stmt::Expr(Expr::If(inner), semicolon) if !is_last || semicolon.is_some() => {
                let (_, guard) = self.syn_if(inner);
                if let Some(condition) = guard {
                    let place = self.token_span(inner.if_token.span);
                    self.guard_rest(condition, place);
                }
                None
            }
            Stmt::Expr(expr, semicolon) => {
                let value = self.syn_expr(expr);
                semicolon.is_none().then_some(value)
            }
            Stmt::Macro(call) => {
                let value = self.syn_macro(&call.mac);
                call.semi_token.is_none().then_some(value)
            }
            // Items inside macros are out of reach: the grammar gives no tree for them.
            Stmt::Item(_) => None,
        }
    }

    fn syn_block_value(&mut self, block: &Block) -> OpId {
        let tail = self.syn_statements(&block.stmts);
        let place = self.token_span(block.brace_token.span.close());
        self.tail_or_unit(tail, place)
    }

    fn syn_let(&mut self, local: &Local) {
        let pattern = match &local.pat {
            Pat::Type(typed) => {
                self.syn_declare(&typed.pat, &typed.ty);
                &*typed.pat
            }
            pattern => pattern,
        };
        let Some(init) = &local.init else { return };
        let value = self.syn_expr(&init.expr);
        let Some((else_token, otherwise)) = &init.diverge else { return self.syn_bind(pattern, value, Match::Always) };
        let head = self.token_span(else_token.span);
        let region = self.builder.open_region(RegionKind::Branch { condition: Some(value), positive: false }, head);
        self.syn_expr(otherwise);
        self.builder.close_region(region);
        self.syn_bind(pattern, value, Match::Maybe);
    }

    fn syn_declare(&mut self, pattern: &Pat, ty: &Type) {
        let value = self.syn_type(ty);
        if let Pat::Ident(pattern) = pattern {
            let place = self.token_span(pattern.ident.span());
            let target = Target::Name(self.syn_name(&pattern.ident));
            self.builder.push(OpKind::Store { target, value, mode: StoreMode::Declared }, place);
        }
    }

    /// The values of the arms, and the condition that guards what follows when the only arm leaves.
    fn syn_if(&mut self, inner: &ExprIf) -> (Vec<OpId>, Option<OpId>) {
        let head = self.token_span(inner.if_token.span);
        let (condition, region) = self.syn_enter(&inner.cond, head);
        let mut values = vec![self.syn_block_value(&inner.then_branch)];
        let leaves = self.region_leaves(region);
        self.builder.close_region(region);
        let Some((else_token, otherwise)) = &inner.else_branch else { return (values, leaves.then_some(condition)) };
        let head = self.token_span(else_token.span);
        let region = self.builder.open_region(RegionKind::Branch { condition: Some(condition), positive: false }, head);
        values.push(self.syn_expr(otherwise));
        self.builder.close_region(region);
        (values, None)
    }

    /// Evaluate a condition and open the branch where it holds; the links of a chain with `let` nest.
    fn syn_enter(&mut self, condition: &Expr, head: Span) -> (OpId, RegionId) {
        let mut first = None;
        for link in links(condition) {
            let value = self.syn_expr(link);
            let kind = RegionKind::Branch { condition: Some(value), positive: true };
            let region = self.builder.open_region(kind, head);
            if let Expr::Let(link) = link {
                self.syn_bind(&link.pat, value, Match::Maybe);
            }
            first.get_or_insert((value, region));
        }
        first.unwrap_or_else(|| {
            let value = self.opaque(head);
            (value, self.builder.open_region(RegionKind::Branch { condition: Some(value), positive: true }, head))
        })
    }

    fn syn_match(&mut self, inner: &ExprMatch) -> OpId {
        let subject = self.syn_expr(&inner.expr);
        let mut values = Vec::new();
        for arm in &inner.arms {
            let head = self.token_span(arm.fat_arrow_token.spans[0]);
            let kind = RegionKind::Arm { subject };
            let region = self.builder.open_region(kind, head);
            self.syn_bind(&arm.pat, subject, Match::Maybe);
            if let Pat::Guard(guard) = &arm.pat {
                self.syn_enter(&guard.guard, head);
            }
            values.push(self.syn_expr(&arm.body));
            self.builder.close_region(region);
        }
        let place = self.token_span(inner.match_token.span);
        self.choose(values, place)
    }

    fn syn_loop(&mut self, condition: Option<&Expr>, body: &Block, head: Span) -> OpId {
        let region = self.builder.open_region(RegionKind::Loop { over: None, condition: None, comprehension: false }, head);
        if let Some(condition) = condition {
            let mut first = None;
            for link in links(condition) {
                let value = self.syn_expr(link);
                if let Expr::Let(link) = link {
                    self.syn_bind(&link.pat, value, Match::Maybe);
                }
                first.get_or_insert(value);
            }
            self.builder.amend_region(region, RegionKind::Loop { over: None, condition: first, comprehension: false });
        }
        self.syn_statements(&body.stmts);
        self.builder.close_region(region);
        self.unit(head)
    }

    fn syn_for(&mut self, inner: &ExprForLoop) -> OpId {
        let head = self.token_span(inner.for_token.span);
        let over = self.syn_expr(&inner.expr);
        let head = Span { end: self.op_span(over).end, ..head };
        let region = self.builder.open_region(RegionKind::Loop { over: Some(over), condition: None, comprehension: false }, head);
        let element = self.builder.push(OpKind::Element(over), head);
        self.syn_bind(&inner.pat, element, Match::Always);
        self.syn_statements(&inner.body.stmts);
        self.builder.close_region(region);
        self.unit(head)
    }

    fn syn_closure(&mut self, inner: &ExprClosure) -> OpId {
        let head = Span {
            start: self.token_span(inner.inputs_begin.spans[0]).start,
            end: self.token_span(inner.inputs_end.spans[0]).end,
        };
        let parts: Vec<(&Pat, Option<&Type>)> = inner
            .inputs
            .iter()
            .take(usize::from(u16::MAX))
            .map(|input| match input {
                Pat::Type(typed) => (&*typed.pat, Some(&*typed.ty)),
                pattern => (pattern, None),
            })
            .collect();
        let annotations: Vec<_> = parts.iter().map(|(_, ty)| ty.map(|ty| self.syn_type(ty))).collect();
        let id = self.open_closure(inner.asyncness.is_some(), head, head);
        for (index, ((pattern, _), annotation)) in parts.iter().zip(annotations).enumerate() {
            let name = match pattern {
                Pat::Ident(pattern) => self.syn_name(&pattern.ident),
                _ => self.builder.name(&format!("_{index}")),
            };
            let param = Param { name, kind: ParamKind::Normal, annotation, default: None, span: head };
            self.builder.function().params.push(param);
            self.builder.push(OpKind::Param(u16::try_from(index).unwrap_or(u16::MAX)), head);
        }
        for (index, (pattern, _)) in parts.iter().enumerate() {
            if !matches!(pattern, Pat::Ident(_)) {
                self.syn_bind(pattern, OpId::from_index(index), Match::Always);
            }
        }
        let tail = self.syn_expr(&inner.body);
        let end = self.op_span(tail).end.max(head.end);
        self.builder.function().span.end = end;
        self.close_function_after(Some(tail), head);
        self.builder.push(OpKind::Closure(id), Span { end, ..head })
    }

    fn syn_async(&mut self, inner: &ExprAsync) -> OpId {
        let head = self.token_span(inner.async_token.span);
        let whole = Span { end: self.token_span(inner.block.brace_token.span.close()).end, ..head };
        let id = self.open_closure(true, whole, head);
        let tail = self.syn_statements(&inner.block.stmts);
        self.close_function_after(tail, whole);
        self.builder.push(OpKind::Closure(id), whole)
    }
}

/// The parts of `a && let b = c && d`, in order; a condition without `let` is one part.
fn links(condition: &Expr) -> Vec<&Expr> {
    let mut parts = Vec::new();
    let mut rest = condition;
    let mut has_let = false;
    while let Expr::Binary(binary) = rest
        && matches!(binary.op, BinOp::And(_))
    {
        has_let |= matches!(*binary.right, Expr::Let(_));
        parts.push(&*binary.right);
        rest = &binary.left;
    }
    if !has_let && !matches!(rest, Expr::Let(_)) {
        return vec![condition];
    }
    parts.push(rest);
    parts.reverse();
    parts
}
