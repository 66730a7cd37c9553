//! Lowers everything that stores: assignments of all kinds, `del`, and the targets of loops and `with`.

use super::expressions::arithmetic_operator;
use super::kinds::Kind;
use super::lower::{Kids, Lowering, Syntax};
use crate::facts::{OpId, OpKind, Operator, StoreMode, Target};
use crate::source::Span;

impl<'t> Lowering<'t> {
    /// Store `value` to a target of any shape.
    pub(super) fn store(&mut self, target: Syntax<'t>, value: OpId) {
        let target = self.bare(target);
        match target.kind {
            Kind::PatternList | Kind::TuplePattern | Kind::ListPattern | Kind::Tuple | Kind::List | Kind::ExpressionList => {
                self.deeper(target, |lowering| {
                    for part in lowering.children(target) {
                        let part = lowering.bare(part);
                        let element = lowering.tape.build.push(OpKind::Element(value), part.span());
                        lowering.store(part, element);
                    }
                });
            }
            Kind::ListSplatPattern | Kind::ListSplat | Kind::AsPatternTarget => {
                if let Some(inner) = self.only_child(target) {
                    self.deeper(target, |lowering| lowering.store(inner, value));
                }
            }
            _ => {
                if let Some(place) = self.place(target) {
                    self.tape.store_to(place, value, StoreMode::Plain, target.span());
                }
            }
        }
    }

    /// `target` without parentheses that make no tuple.
    pub(super) fn bare(&mut self, mut target: Syntax<'t>) -> Syntax<'t> {
        while let Some(inner) = self.grouped(target) {
            target = inner;
        }
        target
    }

    /// What a pair of parentheses groups; none for a tuple.
    pub(super) fn grouped(&mut self, node: Syntax<'t>) -> Option<Syntax<'t>> {
        match (node.kind, &*self.children(node)) {
            (Kind::ParenthesizedExpression, &[inner, ..]) => Some(inner),
            (Kind::TuplePattern, &[only]) => {
                let behind = Span::new(only.node.end_byte(), node.node.end_byte()).of(self.text);
                (!behind.contains(',')).then_some(only)
            }
            _ => None,
        }
    }

    /// The place that a simple target names; none for a target that is no place.
    fn place(&mut self, target: Syntax<'t>) -> Option<Target> {
        match target.kind {
            Kind::Identifier => Some(Target::Name(self.name_of(target))),
            Kind::Attribute => {
                let [object, name] = *self.children(target) else { return None };
                let object = self.value(object);
                Some(Target::Attribute(object, self.name_of(name)))
            }
            Kind::Subscript => {
                let kids = self.children(target);
                let (&object, keys) = kids.split_first()?;
                let object = self.value(object);
                Some(Target::Item(object, self.key(keys, target.span())))
            }
            _ => None,
        }
    }

    /// `a = b = value`, `a: T = value`, `a: T`.
    pub(super) fn assignment(&mut self, node: Syntax<'t>) {
        let mut targets = Kids::new();
        let mut kids = self.children(node);
        loop {
            match *kids {
                [target, annotation] if annotation.kind == Kind::Type => return self.declaration(target, annotation, None),
                [target, annotation, value] => return self.declaration(target, annotation, Some(value)),
                [target, next] => {
                    targets.push(self.bare(target));
                    if next.kind != Kind::Assignment {
                        return self.assign(&targets, next);
                    }
                    kids = self.children(next);
                }
                _ => return,
            }
        }
    }

    /// The value of the right-hand side, then a store for each target.
    fn assign(&mut self, targets: &[Syntax<'t>], right: Syntax<'t>) {
        if let &[target] = targets
            && let Some((targets, values)) = self.pairs(target, right)
        {
            let values: Vec<OpId> = values.into_iter().map(|value| self.value(value)).collect();
            for (target, value) in targets.into_iter().zip(values) {
                self.store(target, value);
                self.field(target, None, Some(value));
            }
            return;
        }
        let value = if right.kind == Kind::AugmentedAssignment {
            self.augmented(right);
            self.tape.opaque(right.span())
        } else {
            self.value(right)
        };
        for &target in targets {
            self.store(target, value);
            self.field(target, None, Some(value));
            self.exports(target, value);
        }
    }

    /// `a, b = x, y` taken apart: as many plain values as targets.
    fn pairs(&mut self, target: Syntax<'t>, right: Syntax<'t>) -> Option<(Kids<'t>, Kids<'t>)> {
        let several = |kind| matches!(kind, Kind::PatternList | Kind::TuplePattern | Kind::ListPattern);
        let literal = |kind| matches!(kind, Kind::ExpressionList | Kind::Tuple | Kind::List | Kind::PatternList);
        if !several(target.kind) || !literal(right.kind) {
            return None;
        }
        let (targets, values) = (self.children(target), self.children(right));
        let plain =
            |part: &Syntax<'t>| !matches!(part.kind, Kind::ListSplat | Kind::ListSplatPattern | Kind::ParenthesizedListSplat);
        let fit = targets.len() == values.len() && targets.iter().chain(&values).all(plain);
        fit.then_some((targets, values))
    }

    /// `a: T`, `a: T = value`.
    fn declaration(&mut self, target: Syntax<'t>, annotation: Syntax<'t>, value: Option<Syntax<'t>>) {
        let target = self.bare(target);
        let Some(place) = self.place(target) else { return };
        let annotation = self.value(annotation);
        self.tape.store_to(place, annotation, StoreMode::Declared, target.span());
        let value = value.map(|value| {
            let value = self.value(value);
            self.tape.store_to(place, value, StoreMode::Plain, target.span());
            value
        });
        self.field(target, Some(annotation), value);
        if let Some(value) = value {
            self.exports(target, value);
        }
    }

    /// `a += value`.
    pub(super) fn augmented(&mut self, node: Syntax<'t>) {
        let (target, operator, right) = match *self.children(node) {
            [target, operator, right] => (target, arithmetic_operator(operator.kind), right),
            [target, right] => (target, Operator::Arithmetic, right),
            _ => return,
        };
        let target = self.bare(target);
        let Some(place) = self.place(target) else { return };
        let old = self.tape.read(place, target.span());
        let right = self.value(right);
        let new = self.tape.build.push(OpKind::Operate(operator, old, right), node.span());
        self.tape.store_to(place, new, StoreMode::Augmented, target.span());
        self.exports(target, right);
    }

    /// `del a, b.c, d[e]`.
    pub(super) fn delete(&mut self, target: Syntax<'t>) {
        match target.kind {
            Kind::ExpressionList | Kind::Tuple | Kind::List | Kind::ParenthesizedExpression | Kind::DeleteStatement => {
                self.deeper(target, |lowering| {
                    for part in lowering.children(target) {
                        lowering.delete(part);
                    }
                });
            }
            _ => {
                let Some(place) = self.place(target) else { return };
                let old = self.tape.read(place, target.span());
                self.tape.store_to(place, old, StoreMode::Removed, target.span());
            }
        }
    }

    /// Note a class-level binding as a field of the class.
    fn field(&mut self, target: Syntax<'t>, annotation: Option<OpId>, value: Option<OpId>) {
        if target.kind != Kind::Identifier {
            return;
        }
        let place = Target::Name(self.name_of(target));
        self.tape.field(place, target.span(), annotation, value);
    }

    /// Note the names of `__all__ = [..]`.
    fn exports(&mut self, target: Syntax<'t>, value: OpId) {
        if target.kind == Kind::Identifier {
            let place = Target::Name(self.name_of(target));
            self.tape.exports(place, value);
        }
    }
}
