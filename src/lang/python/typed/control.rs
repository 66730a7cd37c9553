//! Lowers statements that hold blocks, but for definitions: their heads become values, their blocks regions.

use super::lower::{Lowering, end_of, end_of_block, span_of, span_to, start_of};
use crate::facts::{Construct, FunctionKind, OpId, OpKind, RegionId, RegionKind};
use crate::lang::python::tape::{Arms, Leaving, NESTED_REGIONS};
use crate::source::Span;
use ruff_python_ast::{
    CmpOp, ExceptHandler, ExceptHandlerExceptHandler, Expr, Stmt, StmtFor, StmtIf, StmtTry, StmtWhile, StmtWith,
};
use ruff_text_size::Ranged;

impl Lowering<'_> {
    /// An `if` with all its arms, each inside the negative region of the condition before it. Gives the conditions of its first
    /// arms as far as these leave the block.
    pub(super) fn if_statement(&mut self, node: &StmtIf) -> Leaving {
        let mut arms = Arms::new();
        let mut failed = if self.is_main_guard(&node.test) {
            Some(self.main_guard(node))
        } else {
            Some(self.arm(node, &node.test, &node.body, &mut arms))
        };
        let mut outermost = None;
        for (count, clause) in node.elif_else_clauses.iter().enumerate() {
            if let Some((condition, head)) = failed.take().filter(|_| count < NESTED_REGIONS) {
                let region = self.tape.open_otherwise(condition, head);
                outermost.get_or_insert(region);
            }
            match &clause.test {
                Some(test) => failed = Some(self.arm(clause, test, &clause.body, &mut arms)),
                None => {
                    self.block(&clause.body);
                }
            }
        }
        if let Some(outermost) = outermost {
            self.tape.build.close_region(outermost);
        }
        arms.leaving
    }

    /// One arm with a condition.
    fn arm(&mut self, whole: &impl Ranged, test: &Expr, body: &[Stmt], arms: &mut Arms) -> (OpId, Span) {
        let head = span_to(whole, self.closing(end_of(test)));
        let condition = self.condition(test);
        let outside = self.tape.typing_only;
        self.tape.typing_only |= self.is_type_checking(test);
        let region = self.tape.build.open_region(RegionKind::Branch { condition: Some(condition), positive: true }, head);
        let leaves = self.block(body);
        self.tape.build.close_region(region);
        self.tape.typing_only = outside;
        arms.add(condition, head, leaves);
        (condition, head)
    }

    /// The body of `if __name__ == "__main__":`, which runs only in a program, as a function of its own.
    fn main_guard(&mut self, node: &StmtIf) -> (OpId, Span) {
        let head = span_to(node, self.closing(end_of(&*node.test)));
        let condition = self.condition(&node.test);
        self.tape.build.open_function(FunctionKind::MainGuard, None, span_to(node, end_of_block(&node.body)), head);
        self.block(&node.body);
        self.tape.build.close_function();
        (condition, head)
    }

    fn is_main_guard(&mut self, test: &Expr) -> bool {
        let Expr::Compare(test) = test else { return false };
        let ([CmpOp::Eq], [right]) = (&*test.ops, &*test.comparators) else { return false };
        let bare = start_of(&*test.left) == start_of(test) && end_of(right) == end_of(test);
        let is_name = |side: &Expr| self.text_of(side) == "__name__";
        let is_main = |side: &Expr| matches!(self.text_of(side), "'__main__'" | "\"__main__\"");
        bare && ((is_name(&test.left) && is_main(right)) || (is_main(&test.left) && is_name(right)))
            && self.tape.build.function().kind == FunctionKind::Module
    }

    fn is_type_checking(&self, test: &Expr) -> bool {
        match test {
            Expr::Name(name) => name.id.as_str() == "TYPE_CHECKING",
            Expr::Attribute(_) => self.text_of(test).ends_with(".TYPE_CHECKING"),
            _ => false,
        }
    }

    /// `for target in iterable`.
    pub(super) fn for_statement(&mut self, node: &StmtFor) {
        let over = self.value(&node.iter);
        let kind = RegionKind::Loop { over: Some(over), condition: None, comprehension: false };
        let region = self.tape.build.open_region(kind, span_to(node, self.closing(end_of(&*node.iter))));
        let element = self.tape.build.push(OpKind::Element(over), span_of(&*node.target));
        self.store(&node.target, element);
        self.block(&node.body);
        self.tape.build.close_region(region);
        self.otherwise(&node.orelse);
    }

    /// An `else`, if there is one.
    fn otherwise(&mut self, statements: &[Stmt]) {
        if !statements.is_empty() {
            self.block(statements);
        }
    }

    /// `while condition`: the condition is evaluated inside the loop.
    pub(super) fn while_statement(&mut self, node: &StmtWhile) {
        let head = span_to(node, self.closing(end_of(&*node.test)));
        let region = self.tape.build.open_region(RegionKind::Loop { over: None, condition: None, comprehension: false }, head);
        if !matches!(self.text_of(&*node.test), "True" | "1") {
            let condition = Some(self.condition(&node.test));
            self.tape.build.amend_region(region, RegionKind::Loop { over: None, condition, comprehension: false });
        }
        self.block(&node.body);
        self.tape.build.close_region(region);
        self.otherwise(&node.orelse);
    }

    /// `try` with its handlers.
    pub(super) fn try_statement(&mut self, node: &StmtTry) {
        let head = span_to(node, start_of(node) + 3);
        let region = self.tape.build.open_region(RegionKind::Try { swallows: false }, head);
        self.block(&node.body);
        self.tape.build.close_region(region);
        let mut end = end_of_block(&node.body);
        for ExceptHandler::ExceptHandler(handler) in &node.handlers {
            self.handler(handler, region);
            end = end_of(handler);
        }
        self.otherwise(&node.orelse);
        end = end.max(end_of_block(&node.orelse));
        if !node.finalbody.is_empty() {
            let start = self.keyword(end, "finally");
            let region = self.tape.build.open_region(RegionKind::Finally, Span { start, end: start + 7 });
            self.block(&node.finalbody);
            self.tape.build.close_region(region);
        }
    }

    /// `except Type as name`. The guarded region swallows when a handler does not raise again.
    fn handler(&mut self, handler: &ExceptHandlerExceptHandler, guarded: RegionId) {
        let mut head = span_of(handler);
        let caught = handler.type_.as_deref().map(|types| {
            head.end = self.closing(end_of(types));
            match types {
                // Python 3.14's `except A, B`.
                Expr::Tuple(tuple) if !tuple.parenthesized => self.items(Construct::Tuple, &tuple.elts, head),
                types => self.value(types),
            }
        });
        let region = self.tape.build.open_region(RegionKind::Handler(caught), head);
        if let (Some(caught), Some(name)) = (caught, &handler.name) {
            let exception = self.tape.build.push(OpKind::Enter(caught, None), span_of(name));
            let binding = self.name_of(name);
            self.tape.build.store_name(binding, exception, span_of(name));
        }
        let raises = self.tape.raises;
        self.block(&handler.body);
        self.tape.build.close_region(region);
        if self.tape.raises == raises {
            self.tape.build.amend_region(guarded, RegionKind::Try { swallows: true });
        }
    }

    /// `with a as b, c`: each manager is entered inside the one before.
    pub(super) fn with_statement(&mut self, node: &StmtWith) {
        let head = span_to(node, node.items.last().map_or(0, |last| self.last_of(end_of(last), b"),")));
        let mut outermost = None;
        for (count, item) in node.items.iter().enumerate() {
            let manager = self.value(&item.context_expr);
            let span = if item.optional_vars.is_some() { span_of(item) } else { span_of(&item.context_expr) };
            let entered = self.tape.build.push(OpKind::Enter(manager, None), span);
            if let Some(binding) = &item.optional_vars {
                self.store(binding, entered);
            }
            if count < NESTED_REGIONS {
                let region = self.tape.build.open_region(RegionKind::With(manager), head);
                outermost.get_or_insert(region);
            }
        }
        self.block(&node.body);
        if let Some(outermost) = outermost {
            self.tape.build.close_region(outermost);
        }
    }
}
