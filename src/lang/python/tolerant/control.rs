//! Lowers statements that hold blocks, but for definitions: their heads become values, their blocks regions.

use super::kinds::Kind;
use super::lower::{Lowering, Syntax, without_async};
use crate::facts::{FunctionKind, OpId, OpKind, Operator, RegionId, RegionKind};
use crate::lang::python::tape::{Arms, Leaving, NESTED_REGIONS};
use crate::source::Span;
use smallvec::SmallVec;

impl<'t> Lowering<'t> {
    /// An `if` with all its arms, each inside the negative region of the condition before it. Gives the conditions of its first
    /// arms as far as these leave the block.
    pub(super) fn if_statement(&mut self, node: Syntax<'t>) -> Leaving {
        let kids = self.children(node);
        let &[test, body, ref others @ ..] = &*kids else {
            self.sound_blocks(&kids);
            return Leaving::new();
        };
        let mut arms = Arms::new();
        let mut failed = if self.is_main_guard(test) {
            Some(self.main_guard(node, test, body))
        } else {
            Some(self.arm(node, test, body, &mut arms))
        };
        let mut outermost = None;
        for (count, &clause) in others.iter().enumerate() {
            if let Some((condition, head)) = failed.take().filter(|_| count < NESTED_REGIONS) {
                let region = self.tape.open_otherwise(condition, head);
                outermost.get_or_insert(region);
            }
            let parts = self.children(clause);
            match (clause.kind, &*parts) {
                (Kind::ElifClause, &[test, body, ..]) => failed = Some(self.arm(clause, test, body, &mut arms)),
                (_, parts) => self.sound_blocks(parts),
            }
        }
        if let Some(outermost) = outermost {
            self.tape.build.close_region(outermost);
        }
        arms.leaving
    }

    /// One arm with a condition.
    fn arm(&mut self, whole: Syntax<'t>, test: Syntax<'t>, body: Syntax<'t>, arms: &mut Arms) -> (OpId, Span) {
        let head = whole.span_to(test);
        let condition = self.condition(test);
        let outside = self.tape.typing_only;
        let bare = self.unwrapped(test);
        self.tape.typing_only |= self.is_type_checking(bare);
        let region = self.tape.build.open_region(RegionKind::Branch { condition: Some(condition), positive: true }, head);
        let leaves = self.block(body);
        self.tape.build.close_region(region);
        self.tape.typing_only = outside;
        arms.add(condition, head, leaves);
        (condition, head)
    }

    /// The body of `if __name__ == "__main__":`, which runs only in a program, as a function of its own.
    fn main_guard(&mut self, node: Syntax<'t>, test: Syntax<'t>, body: Syntax<'t>) -> (OpId, Span) {
        let head = node.span_to(test);
        let condition = self.condition(test);
        let span = self.span_with(node, body);
        self.tape.build.open_function(FunctionKind::MainGuard, None, span, head);
        self.block(body);
        self.tape.build.close_function();
        (condition, head)
    }

    fn is_main_guard(&mut self, test: Syntax<'t>) -> bool {
        if self.tape.build.function().kind != FunctionKind::Module {
            return false;
        }
        let test = self.unwrapped(test);
        if test.kind != Kind::ComparisonOperator {
            return false;
        }
        let [left, operator, right] = *self.children(test) else { return false };
        let is_name = |side| self.text_of(side) == "__name__";
        let is_main = |side| matches!(self.text_of(side), "'__main__'" | "\"__main__\"");
        operator.kind == Kind::Equal && ((is_name(left) && is_main(right)) || (is_main(left) && is_name(right)))
    }

    fn is_type_checking(&self, test: Syntax<'t>) -> bool {
        match test.kind {
            Kind::Identifier => self.text_of(test) == "TYPE_CHECKING",
            Kind::Attribute => self.text_of(test).ends_with(".TYPE_CHECKING"),
            _ => false,
        }
    }

    /// The blocks among `parts`: all there is of an `else`, and all that is sound of a broken statement.
    pub(super) fn sound_blocks(&mut self, parts: &[Syntax<'t>]) {
        for &part in parts {
            match part.kind {
                Kind::Block => {
                    self.block(part);
                }
                Kind::ElifClause | Kind::ElseClause | Kind::ExceptClause | Kind::FinallyClause => {
                    let inner = self.children(part);
                    for inner in inner.into_iter().filter(|inner| inner.kind == Kind::Block) {
                        self.block(inner);
                    }
                }
                _ => {}
            }
        }
    }

    /// `for target in iterable`.
    pub(super) fn for_statement(&mut self, node: Syntax<'t>) {
        let kids = self.children(node);
        let &[target, iterable, body, ref rest @ ..] = without_async(&kids) else { return self.sound_blocks(&kids) };
        let over = self.value(iterable);
        let kind = RegionKind::Loop { over: Some(over), condition: None, comprehension: false };
        let region = self.tape.build.open_region(kind, node.span_to(iterable));
        let target = self.bare(target);
        let element = self.tape.build.push(OpKind::Element(over), target.span());
        self.store(target, element);
        self.block(body);
        self.tape.build.close_region(region);
        self.sound_blocks(rest);
    }

    /// `while condition`: the condition is evaluated inside the loop.
    pub(super) fn while_statement(&mut self, node: Syntax<'t>) {
        let kids = self.children(node);
        let &[test, body, ref rest @ ..] = &*kids else { return self.sound_blocks(&kids) };
        let head = node.span_to(test);
        let region = self.tape.build.open_region(RegionKind::Loop { over: None, condition: None, comprehension: false }, head);
        let bare = self.unwrapped(test);
        if bare.kind != Kind::True && self.text_of(bare) != "1" {
            let condition = Some(self.condition(test));
            self.tape.build.amend_region(region, RegionKind::Loop { over: None, condition, comprehension: false });
        }
        self.block(body);
        self.tape.build.close_region(region);
        self.sound_blocks(rest);
    }

    /// `try` with its handlers.
    pub(super) fn try_statement(&mut self, node: Syntax<'t>) {
        let kids = self.children(node);
        let Some((&body, clauses)) = kids.split_first().filter(|(body, _)| body.kind == Kind::Block) else {
            return self.sound_blocks(&kids);
        };
        let head = Span::new(node.node.start_byte(), node.node.start_byte() + "try".len());
        let region = self.tape.build.open_region(RegionKind::Try { swallows: false }, head);
        self.block(body);
        self.tape.build.close_region(region);
        for &clause in clauses {
            let parts = self.children(clause);
            match clause.kind {
                Kind::ExceptClause => self.handler(clause, &parts, region),
                Kind::FinallyClause => {
                    let start = clause.node.start_byte();
                    let region = self.tape.build.open_region(RegionKind::Finally, Span::new(start, start + "finally".len()));
                    self.sound_blocks(&parts);
                    self.tape.build.close_region(region);
                }
                _ => self.sound_blocks(&parts),
            }
        }
    }

    /// `except Type as name`. The guarded region swallows when a handler does not raise again.
    fn handler(&mut self, clause: Syntax<'t>, parts: &[Syntax<'t>], guarded: RegionId) {
        let Some((&body, types)) = parts.split_last().filter(|(body, _)| body.kind == Kind::Block) else {
            return self.sound_blocks(parts);
        };
        let (types, binding) = self.caught(clause, types);
        let head = match types.last() {
            Some(&last) => clause.span_to(last),
            None => self.span_with(clause, body),
        };
        let caught = match *types {
            [] => None,
            [one] => Some(self.value(one)),
            _ => Some(self.key(&types, head)),
        };
        let region = self.tape.build.open_region(RegionKind::Handler(caught), head);
        if let (Some(caught), Some(binding)) = (caught, binding) {
            let exception = self.tape.build.push(OpKind::Enter(caught, None), binding.span());
            self.store(binding, exception);
        }
        let raises = self.tape.raises;
        self.block(body);
        self.tape.build.close_region(region);
        if self.tape.raises == raises {
            self.tape.build.amend_region(guarded, RegionKind::Try { swallows: true });
        }
    }

    /// The types that an `except` names, and the name it binds: `A as e`, `(A, B) as e`, Python 2's `A, e`, Python 3.14's `A, B`.
    fn caught(&mut self, clause: Syntax<'t>, types: &[Syntax<'t>]) -> (SmallVec<[Syntax<'t>; 2]>, Option<Syntax<'t>>) {
        if let [bound] = types
            && bound.kind == Kind::AsPattern
            && let [caught, name] = *self.children(*bound)
        {
            return (SmallVec::from_slice(&[caught]), Some(name));
        }
        let has_alias = clause.node.child_by_field_name("alias").is_some();
        match types {
            [types @ .., name] if has_alias => (SmallVec::from_slice(types), Some(*name)),
            types => (SmallVec::from_slice(types), None),
        }
    }

    /// `with a as b, c`: each manager is entered inside the one before.
    pub(super) fn with_statement(&mut self, node: Syntax<'t>) {
        let kids = self.children(node);
        let &[clause, body] = without_async(&kids) else { return self.sound_blocks(&kids) };
        let mut outermost = None;
        for (count, item) in self.managers(clause).into_iter().enumerate() {
            let (manager, binding) = match item.kind {
                Kind::AsPattern => match *self.children(item) {
                    [manager, binding] => (manager, Some(binding)),
                    _ => (item, None),
                },
                _ => (item, None),
            };
            let manager = self.value(manager);
            let entered = self.tape.build.push(OpKind::Enter(manager, None), item.span());
            if let Some(binding) = binding {
                self.store(binding, entered);
            }
            if count < NESTED_REGIONS {
                let region = self.tape.build.open_region(RegionKind::With(manager), node.span_to(clause));
                outermost.get_or_insert(region);
            }
        }
        self.block(body);
        if let Some(outermost) = outermost {
            self.tape.build.close_region(outermost);
        }
    }

    /// The managers of a `with`; the grammar reads `with (a as b, c):` as a tuple or as items.
    fn managers(&mut self, clause: Syntax<'t>) -> Vec<Syntax<'t>> {
        let mut managers = Vec::new();
        for item in self.children(clause) {
            let Some(value) = self.only_child(item).filter(|_| item.kind == Kind::WithItem) else { continue };
            let inner = match value.kind {
                Kind::Tuple | Kind::ParenthesizedExpression => self.children(value),
                _ => SmallVec::new(),
            };
            let bare = value.kind == Kind::Tuple && !inner.is_empty();
            if bare || inner.iter().any(|part| part.kind == Kind::AsPattern) {
                managers.extend(inner);
            } else {
                let value = self.unwrapped(value);
                managers.push(value);
            }
        }
        managers
    }

    /// `match`: each case is a branch on the subject.
    pub(super) fn match_statement(&mut self, node: Syntax<'t>) {
        let kids = self.children(node);
        let Some((&block, subjects)) = kids.split_last().filter(|(block, _)| block.kind == Kind::Block) else { return };
        let subject = match *subjects {
            [] => return,
            [one] => self.value(one),
            [first, .., last] => self.key(subjects, first.span_to(last)),
        };
        for case in self.children(block) {
            match case.kind {
                Kind::CaseClause => {
                    self.deeper(case, |lowering| lowering.case(case, subject));
                }
                _ => self.sound_blocks(&[case]),
            }
        }
    }

    fn case(&mut self, case: Syntax<'t>, subject: OpId) {
        let kids = self.children(case);
        let head =
            kids.iter().rfind(|part| part.kind == Kind::CasePattern).map_or_else(|| case.span(), |&last| case.span_to(last));
        let patterns: Vec<_> = kids.iter().copied().filter(|part| part.kind == Kind::CasePattern).collect();
        let equal = match patterns[..] {
            [pattern] => self.equals_constant(pattern, subject),
            _ => None,
        };
        let kind = match equal {
            Some(condition) => RegionKind::Branch { condition: Some(condition), positive: true },
            None => RegionKind::Arm { subject },
        };
        let region = self.tape.build.open_region(kind, head);
        for part in kids {
            match part.kind {
                Kind::CasePattern if equal.is_some() => {}
                Kind::CasePattern => self.captures(part, subject),
                Kind::IfClause => {
                    if let Some(guard) = self.only_child(part) {
                        let condition = Some(self.condition(guard));
                        self.tape.build.open_region(RegionKind::Branch { condition, positive: true }, part.span());
                    }
                }
                Kind::Block => {
                    self.block(part);
                }
                _ => {}
            }
        }
        self.tape.build.close_region(region);
    }

    /// The comparison that a pattern of constants stands for: `"a"`, `Kind.B`, `None`, or several of them with `|` between.
    fn equals_constant(&mut self, pattern: Syntax<'t>, subject: OpId) -> Option<OpId> {
        if self.text_of(pattern).split('|').any(|alternative| alternative.trim() == "_") {
            return None;
        }
        let mut constants = Vec::new();
        let mut waiting = vec![pattern];
        while let Some(part) = waiting.pop() {
            let kids = self.children(part);
            match (part.kind, &*kids) {
                (
                    Kind::String | Kind::Integer | Kind::Float | Kind::ConcatenatedString | Kind::True | Kind::False | Kind::None,
                    _,
                ) => {
                    constants.push(part);
                }
                (Kind::DottedName, [_, _, ..]) => constants.push(part),
                (Kind::TuplePattern, [_]) => waiting.push(self.grouped(part)?),
                (Kind::CasePattern | Kind::UnionPattern, [_, ..]) if !self.text_of(part).starts_with('-') => {
                    waiting.extend(kids.iter().rev())
                }
                _ => return None,
            }
        }
        let compared: Vec<OpId> = constants
            .into_iter()
            .filter_map(|part| {
                let constant = match part.kind {
                    Kind::DottedName => {
                        let names = self.children(part);
                        self.dotted_value(&names)?
                    }
                    _ => self.value(part),
                };
                Some(self.tape.build.push(OpKind::Operate(Operator::Equal, subject, constant), part.span()))
            })
            .collect();
        compared
            .into_iter()
            .reduce(|left, right| self.tape.build.push(OpKind::Operate(Operator::Or, left, right), pattern.span()))
    }

    /// Read the classes and constants a pattern names, store what it captures.
    fn captures(&mut self, pattern: Syntax<'t>, subject: OpId) {
        let mut waiting = vec![pattern];
        while let Some(part) = waiting.pop() {
            let kids = self.children(part);
            match (part.kind, &*kids) {
                (Kind::DottedName | Kind::SplatPattern, &[name]) => self.capture(name, subject),
                (Kind::DottedName, names) => {
                    self.dotted_value(names);
                }
                (Kind::ClassPattern, &[name, ref inner @ ..]) => {
                    let names = self.children(name);
                    self.dotted_value(&names);
                    waiting.extend(inner.iter().rev());
                }
                (Kind::KeywordPattern, &[_, ref inner @ ..]) => waiting.extend(inner.iter().rev()),
                (Kind::AsPattern, &[inner, name]) => {
                    self.capture(name, subject);
                    waiting.push(inner);
                }
                (Kind::Identifier, _) => self.capture(part, subject),
                (Kind::String | Kind::Integer | Kind::Float | Kind::ConcatenatedString, _) => {
                    self.value(part);
                }
                (_, inner) => waiting.extend(inner.iter().rev()),
            }
        }
    }

    fn capture(&mut self, name: Syntax<'t>, subject: OpId) {
        if name.kind == Kind::Identifier && self.text_of(name) != "_" {
            let element = self.tape.build.push(OpKind::Element(subject), name.span());
            self.store(name, element);
        }
    }

    /// `a.b.C` where the grammar has a dotted name.
    fn dotted_value(&mut self, names: &[Syntax<'t>]) -> Option<OpId> {
        let (&first, rest) = names.split_first()?;
        let mut value = self.value(first);
        for &name in rest {
            let id = self.name_of(name);
            value = self.tape.build.push(OpKind::Attribute(value, id), first.span_to(name));
        }
        Some(value)
    }
}
