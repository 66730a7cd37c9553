//! Lowers blocks, simple statements and imports.

use super::lower::{Lowering, end_of, span_of, start_of};
use crate::facts::{Construct, Jump, Literal, NameId, OpId, OpKind, RegionKind};
use crate::lang::python::tape::Rest;
use ruff_python_ast::{Alias, Expr, Operator, Stmt, StmtAssert, StmtExpr, StmtImportFrom, StmtRaise, StmtTypeAlias};
use ruff_text_size::Ranged;

impl Lowering<'_> {
    /// The statements of a block, in order. Says whether the last one leaves it for good.
    pub(super) fn block(&mut self, statements: &[Stmt]) -> bool {
        let lower = |lowering: &mut Self| {
            let mut rest = Rest::default();
            for statement in statements {
                match statement {
                    Stmt::If(statement) => {
                        let left = lowering.if_statement(statement);
                        lowering.tape.guard_rest(left, &mut rest);
                    }
                    // What left its body left this block too.
                    Stmt::With(statement) => {
                        lowering.tape.left.clear();
                        lowering.with_statement(statement);
                        let left = std::mem::take(&mut lowering.tape.left);
                        lowering.tape.guard_rest(left, &mut rest);
                    }
                    _ => lowering.statement(statement),
                }
                if lowering.is_refused() {
                    break;
                }
            }
            lowering.tape.end_block(rest);
            matches!(statements.last(), Some(Stmt::Return(_) | Stmt::Raise(_) | Stmt::Break(_) | Stmt::Continue(_)))
        };
        self.deeper(lower).unwrap_or(false)
    }

    fn statement(&mut self, statement: &Stmt) {
        match statement {
            Stmt::Expr(node) => self.expression_statement(node),
            Stmt::Assign(node) => self.assignment(node),
            Stmt::AnnAssign(node) => self.declaration(node),
            Stmt::AugAssign(node) => self.augmented(node),
            Stmt::Return(node) => {
                let value = self.operand_or_none(node.value.as_deref(), node);
                self.tape.build.push(OpKind::Return(value), span_of(node));
            }
            Stmt::Raise(node) => self.raise(node),
            Stmt::Assert(node) => self.assert(node),
            Stmt::Delete(node) => node.targets.iter().for_each(|target| self.delete(target)),
            Stmt::Break(node) => self.jump(Jump::Break, node),
            Stmt::Continue(node) => self.jump(Jump::Continue, node),
            Stmt::Global(node) => {
                for name in &node.names {
                    let name = self.name_of(name);
                    self.tape.build.function().globals.push(name);
                }
            }
            // The variable of `nonlocal` is that of a call around it, which each call has for itself.
            Stmt::Nonlocal(_) | Stmt::Pass(_) | Stmt::If(_) | Stmt::With(_) => {}
            Stmt::TypeAlias(node) => self.type_alias(node),
            Stmt::Import(node) if !node.is_lazy => node.names.iter().for_each(|name| self.import(name)),
            Stmt::ImportFrom(node) if !node.is_lazy => self.import_from(node),
            Stmt::For(node) => self.for_statement(node),
            Stmt::While(node) => self.while_statement(node),
            Stmt::Try(node) => self.try_statement(node),
            Stmt::Match(node) => self.match_statement(node),
            Stmt::FunctionDef(node) => self.function_definition(node),
            Stmt::ClassDef(node) => self.class_definition(node),
            Stmt::Import(_) | Stmt::ImportFrom(_) | Stmt::IpyEscapeCommand(_) => self.refuse(),
        }
    }

    fn expression_statement(&mut self, node: &StmtExpr) {
        let value = &*node.value;
        if self.is_old_print(value) {
            return self.refuse();
        }
        let value = match value {
            Expr::Tuple(tuple) if !tuple.parenthesized && tuple.elts.len() == 1 => &tuple.elts[0],
            _ => value,
        };
        match value {
            // A docstring: nothing asks for its text, and it is a good part of many files.
            Expr::StringLiteral(text) if !text.value.is_implicit_concatenated() && start_of(node) == start_of(text) => {
                self.tape.literal(Literal::Other, span_of(text));
            }
            _ => {
                self.value(value);
            }
        }
    }

    /// Python 2's `print >>file, text`, which is sound in Python 3 and means something else.
    fn is_old_print(&self, value: &Expr) -> bool {
        let mut first = match value {
            Expr::Tuple(tuple) if !tuple.parenthesized => tuple.elts.first(),
            _ => Some(value),
        };
        while let Some(Expr::BinOp(operation)) = first {
            if operation.op == Operator::RShift && self.text_of(&*operation.left) == "print" {
                return true;
            }
            first = Some(&operation.left);
        }
        false
    }

    /// The one value of a statement that may have none.
    fn operand_or_none(&mut self, value: Option<&Expr>, whole: &impl Ranged) -> OpId {
        match value {
            Some(value) => self.value(value),
            None => self.tape.literal(Literal::None, span_of(whole)),
        }
    }

    fn raise(&mut self, node: &StmtRaise) {
        self.tape.raises += 1;
        let raised = self.operand_or_none(node.exc.as_deref(), node);
        if let Some(cause) = &node.cause {
            self.value(cause);
        }
        self.tape.build.push(OpKind::Raise(raised), span_of(node));
    }

    /// `assert condition, message`: the message is made only when the condition fails.
    fn assert(&mut self, node: &StmtAssert) {
        let condition = Some(self.condition(&node.test));
        if let Some(message) = &node.msg {
            let mut span = span_of(&**message);
            if span.end != end_of(node) {
                span.start = self.skip(self.closing(end_of(&*node.test)), b",");
                span.end = end_of(node);
            }
            let region = self.tape.build.open_region(RegionKind::Branch { condition, positive: false }, span);
            self.value(message);
            self.tape.build.close_region(region);
        }
    }

    fn jump(&mut self, jump: Jump, node: &impl Ranged) {
        self.tape.build.push(OpKind::Jump(jump), span_of(node));
    }

    fn type_alias(&mut self, node: &StmtTypeAlias) {
        let aliased = self.value(&node.value);
        self.store(&node.name, aliased);
    }

    /// `import a.b`, `import a.b as c`.
    fn import(&mut self, part: &Alias) {
        let path = self.dotted(&part.name);
        let alias = part.asname.as_ref().map(|alias| self.name_of(alias));
        let name = alias.or(path.first().copied());
        self.tape.add_import(path, 0, name, alias.is_none(), span_of(part));
    }

    /// `from a.b import c as d`, `from ..a import *`.
    fn import_from(&mut self, node: &StmtImportFrom) {
        let module = node.module.as_ref().map(|module| self.dotted(module)).unwrap_or_default();
        let level = u8::try_from(node.level).unwrap_or(u8::MAX);
        for part in &node.names {
            if part.name.as_str() == "*" {
                self.tape.add_import(module.clone(), level, None, false, span_of(part));
                continue;
            }
            let path = self.dotted(&part.name);
            let alias = part.asname.as_ref().map(|alias| self.name_of(alias));
            let name = alias.or(path.last().copied());
            self.tape.add_import([module.as_slice(), &path].concat(), level, name, false, span_of(part));
        }
    }

    fn dotted(&mut self, path: &impl Ranged) -> Vec<NameId> {
        let text = self.text_of(path);
        if text.contains(['\\', '#']) {
            self.refuse();
        }
        text.split('.').map(|segment| self.tape.build.name(segment.trim())).collect()
    }

    /// A tuple that no parentheses of its own surround, written where several values may stand.
    pub(super) fn loose_tuple(&mut self, values: &[Expr], span: crate::source::Span) -> OpId {
        match values {
            [only] => self.value(only),
            several => self.items(Construct::Tuple, several, span),
        }
    }
}
