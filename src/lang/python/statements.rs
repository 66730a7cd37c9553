//! Lowers blocks and simple statements.

use super::kinds::Kind;
use super::lower::{Leaving, Lowering, NESTED_REGIONS, Syntax};
use super::strings::is_format;
use crate::facts::{Construct, Jump, Literal, OpId, OpKind, RegionId, RegionKind};

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
                        lowering.guard_rest(left, &mut rest);
                    }
                    // What left its body left this block too.
                    Kind::WithStatement => {
                        lowering.left.clear();
                        lowering.with_statement(statement);
                        let left = std::mem::take(&mut lowering.left);
                        lowering.guard_rest(left, &mut rest);
                    }
                    // What is sound inside an error, or a block that lost its head.
                    Kind::Error | Kind::Block => {
                        lowering.block(statement);
                    }
                    kind if kind.is_statement() => lowering.statement(statement),
                    _ => {}
                }
            }
            if let Some(region) = rest.region {
                lowering.build.close_region(region);
            }
            lowering.left = rest.left;
            leaves(last)
        };
        self.deeper(block, statements).unwrap_or(false)
    }

    /// Arms that leave the block: the rest of it runs only when they were not taken.
    fn guard_rest(&mut self, left: Leaving, rest: &mut Rest) {
        for (condition, head) in left {
            if rest.left.len() < NESTED_REGIONS {
                let region = self.build.open_region(RegionKind::Guarded { condition }, head);
                rest.region.get_or_insert(region);
                rest.left.push((condition, head));
            }
        }
    }

    fn statement(&mut self, node: Syntax<'t>) {
        match node.kind {
            Kind::ExpressionStatement => self.expression_statement(node),
            Kind::ReturnStatement => {
                let value = self.operand_or_none(node);
                self.build.push(OpKind::Return(value), node.span());
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
                    self.literal(Literal::Other, only.span());
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
            None => self.literal(Literal::None, node.span()),
        }
    }

    fn raise(&mut self, node: Syntax<'t>) {
        self.raises += 1;
        let kids = self.children(node);
        let mut parts = kids.iter().filter(|part| part.kind != Kind::From);
        let raised = match parts.next() {
            Some(&raised) => self.value(raised),
            None => self.literal(Literal::None, node.span()),
        };
        for &cause in parts {
            self.value(cause);
        }
        self.build.push(OpKind::Raise(raised), node.span());
    }

    /// `assert condition, message`: the message is made only when the condition fails.
    fn assert(&mut self, node: Syntax<'t>) {
        let kids = self.children(node);
        let Some((&condition, message)) = kids.split_first() else { return };
        let condition = Some(self.condition(condition));
        if let &[message, ..] = message {
            let region = self.build.open_region(RegionKind::Branch { condition, positive: false }, message.span());
            self.value(message);
            self.build.close_region(region);
        }
    }

    fn jump(&mut self, jump: Jump, node: Syntax<'t>) {
        self.build.push(OpKind::Jump(jump), node.span());
    }

    fn globals(&mut self, node: Syntax<'t>) {
        for name in self.children(node) {
            let name = self.name_of(name);
            self.build.function().globals.push(name);
        }
    }

    /// Python 2's `print x, y`, as a call.
    fn print(&mut self, node: Syntax<'t>) {
        let name = self.build.name("print");
        let callee = self.build.push(OpKind::Name(name), node.span());
        let arguments = self.arguments(node);
        let args = self.build.operands(arguments);
        self.build.push(OpKind::Call { callee, args }, node.span());
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

/// The rest of a block behind the `if`s that may leave it.
#[derive(Default)]
struct Rest {
    region: Option<RegionId>,
    left: Leaving,
}

/// Whether a statement of this kind never goes on to the next one.
fn leaves(kind: Kind) -> bool {
    matches!(kind, Kind::ReturnStatement | Kind::RaiseStatement | Kind::BreakStatement | Kind::ContinueStatement)
}
