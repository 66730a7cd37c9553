//! Lowers blocks and simple statements.

use super::kinds::Kind;
use super::lower::{Lowering, Syntax};
use crate::facts::{Construct, Jump, Literal, OpId, OpKind, RegionKind};
use crate::lang::python::literals::is_format;
use crate::lang::python::tape::Rest;

impl<'t> Lowering<'t> {
    /// The statements of a block, in order. Says whether the last one leaves it for good.
    pub(super) fn block(&mut self, block: Syntax<'t>) -> bool {
        let statements = |lowering: &mut Self| {
            let mut rest = Rest::default();
            let mut last = Kind::Token;
            for statement in lowering.children(block) {
                last = statement.kind;
                match last {
                    Kind::IfStatement => {
                        let left = lowering.if_statement(statement);
                        lowering.tape.guard_rest(left, &mut rest);
                    }
                    // What left its body left this block too.
                    Kind::WithStatement => {
                        lowering.tape.left.clear();
                        lowering.with_statement(statement);
                        let left = std::mem::take(&mut lowering.tape.left);
                        lowering.tape.guard_rest(left, &mut rest);
                    }
                    // What is sound inside an error, or a block that lost its head.
                    Kind::Error | Kind::Block => {
                        lowering.block(statement);
                    }
                    kind if kind.is_statement() => lowering.statement(statement),
                    _ => {}
                }
            }
            lowering.tape.end_block(rest);
            leaves(last)
        };
        self.deeper(block, statements).unwrap_or(false)
    }

    fn statement(&mut self, node: Syntax<'t>) {
        match node.kind {
            Kind::ExpressionStatement => self.expression_statement(node),
            Kind::ReturnStatement => {
                let value = self.operand_or_none(node);
                self.tape.build.push(OpKind::Return(value), node.span());
            }
            Kind::RaiseStatement => self.raise(node),
            Kind::AssertStatement => self.assert(node),
            Kind::DeleteStatement => self.delete(node),
            Kind::BreakStatement => self.jump(Jump::Break, node),
            Kind::ContinueStatement => self.jump(Jump::Continue, node),
            Kind::GlobalStatement => self.globals(node),
            // The variable is that of a call around it, which each call has for itself.
            Kind::NonlocalStatement => {}
            Kind::PrintStatement => self.print(node),
            Kind::TypeAliasStatement => self.type_alias(node),
            Kind::ImportStatement | Kind::FutureImportStatement => self.import(node),
            Kind::ImportFromStatement => self.import_from(node),
            Kind::ExecStatement => {
                for part in self.children(node) {
                    self.value(part);
                }
            }
            Kind::ForStatement => self.for_statement(node),
            Kind::WhileStatement => self.while_statement(node),
            Kind::TryStatement => self.try_statement(node),
            Kind::MatchStatement => self.match_statement(node),
            Kind::FunctionDefinition => self.function_definition(node, Vec::new()),
            Kind::ClassDefinition => self.class_definition(node, Vec::new()),
            Kind::DecoratedDefinition => self.decorated(node),
            _ => {}
        }
    }

    fn expression_statement(&mut self, node: Syntax<'t>) {
        match *self.children(node) {
            [only] => match only.kind {
                Kind::Assignment => self.assignment(only),
                Kind::AugmentedAssignment => self.augmented(only),
                // A docstring: nothing asks for its text, and it is a good part of many files.
                Kind::String if !is_format(self.text_of(only)) => {
                    self.tape.literal(Literal::Other, only.span());
                }
                _ => {
                    self.value(only);
                }
            },
            [] => {}
            _ => {
                self.items(Construct::Tuple, node);
            }
        }
    }

    /// The one value of a statement that may have none.
    fn operand_or_none(&mut self, node: Syntax<'t>) -> OpId {
        match self.only_child(node) {
            Some(value) => self.value(value),
            None => self.tape.literal(Literal::None, node.span()),
        }
    }

    fn raise(&mut self, node: Syntax<'t>) {
        self.tape.raises += 1;
        let kids = self.children(node);
        let mut parts = kids.iter().filter(|part| part.kind != Kind::From);
        let raised = match parts.next() {
            Some(&raised) => self.value(raised),
            None => self.tape.literal(Literal::None, node.span()),
        };
        for &cause in parts {
            self.value(cause);
        }
        self.tape.build.push(OpKind::Raise(raised), node.span());
    }

    /// `assert condition, message`: the message is made only when the condition fails.
    fn assert(&mut self, node: Syntax<'t>) {
        let kids = self.children(node);
        let Some((&condition, message)) = kids.split_first() else { return };
        let condition = Some(self.condition(condition));
        if let &[message, ..] = message {
            let region = self.tape.build.open_region(RegionKind::Branch { condition, positive: false }, message.span());
            self.value(message);
            self.tape.build.close_region(region);
        }
    }

    fn jump(&mut self, jump: Jump, node: Syntax<'t>) {
        self.tape.build.push(OpKind::Jump(jump), node.span());
    }

    fn globals(&mut self, node: Syntax<'t>) {
        for name in self.children(node) {
            let name = self.name_of(name);
            self.tape.build.function().globals.push(name);
        }
    }

    /// Python 2's `print x, y`, as a call.
    fn print(&mut self, node: Syntax<'t>) {
        let name = self.tape.build.name("print");
        let callee = self.tape.build.push(OpKind::Name(name), node.span());
        let arguments = self.arguments(node);
        let args = self.tape.build.operands(arguments);
        self.tape.build.push(OpKind::Call { callee, args }, node.span());
    }

    fn type_alias(&mut self, node: Syntax<'t>) {
        let [name, aliased] = *self.children(node) else { return };
        let aliased = self.value(aliased);
        // The name stands inside a type, and inside a generic one when it has parameters.
        let mut name = name;
        while matches!(name.kind, Kind::Type | Kind::GenericType | Kind::Subscript) {
            let Some(inner) = self.only_child(name) else { return };
            name = inner;
        }
        self.store(name, aliased);
    }
}

/// Whether a statement of this kind never goes on to the next one.
fn leaves(kind: Kind) -> bool {
    matches!(kind, Kind::ReturnStatement | Kind::RaiseStatement | Kind::BreakStatement | Kind::ContinueStatement)
}
