//! Lowers everything that stores: assignments of all kinds, `del`, and the targets of loops and `with`.

use super::expressions::arithmetic_operator;
use super::lower::{Lowering, end_of, span_of};
use crate::facts::{OpId, OpKind, StoreMode, Target};
use ruff_python_ast::{Expr, StmtAnnAssign, StmtAssign, StmtAugAssign};

impl Lowering<'_> {
    /// Store `value` to a target of any shape.
    pub(super) fn store(&mut self, target: &Expr, value: OpId) {
        match target {
            Expr::Tuple(tuple) => self.store_parts(&tuple.elts, value),
            Expr::List(list) => self.store_parts(&list.elts, value),
            Expr::Starred(starred) => self.store(&starred.value, value),
            _ => {
                if let Some(place) = self.place(target) {
                    self.tape.store_to(place, value, StoreMode::Plain, span_of(target));
                }
            }
        }
    }

    fn store_parts(&mut self, parts: &[Expr], value: OpId) {
        self.deeper(|lowering| {
            for part in parts {
                let element = lowering.tape.build.push(OpKind::Element(value), span_of(part));
                lowering.store(part, element);
            }
        });
    }

    /// The place that a simple target names; none for a target that is no place.
    fn place(&mut self, target: &Expr) -> Option<Target> {
        match target {
            Expr::Name(name) => Some(Target::Name(self.name_of(name))),
            Expr::Attribute(attribute) => {
                let object = self.value(&attribute.value);
                Some(Target::Attribute(object, self.name_of(&attribute.attr)))
            }
            Expr::Subscript(subscript) => {
                let object = self.value(&subscript.value);
                Some(Target::Item(object, self.key(&subscript.slice, span_of(subscript))))
            }
            _ => None,
        }
    }

    /// `a = b = value`.
    pub(super) fn assignment(&mut self, node: &StmtAssign) {
        if let [target] = &*node.targets
            && end_of(&*node.value) == end_of(node)
            && let Some((targets, values)) = pairs(target, &node.value)
        {
            let values: Vec<OpId> = values.iter().map(|value| self.value(value)).collect();
            for (target, value) in targets.iter().zip(values) {
                self.store(target, value);
                self.field(target, None, Some(value));
            }
            return;
        }
        let value = self.value(&node.value);
        for target in &node.targets {
            self.store(target, value);
            self.field(target, None, Some(value));
            self.exports(target, value);
        }
    }

    /// `a: T`, `a: T = value`.
    pub(super) fn declaration(&mut self, node: &StmtAnnAssign) {
        let target = &*node.target;
        let Some(place) = self.place(target) else { return };
        let annotation = self.value(&node.annotation);
        self.tape.store_to(place, annotation, StoreMode::Declared, span_of(target));
        let value = node.value.as_ref().map(|value| {
            let value = self.value(value);
            self.tape.store_to(place, value, StoreMode::Plain, span_of(target));
            value
        });
        self.field(target, Some(annotation), value);
        if let Some(value) = value {
            self.exports(target, value);
        }
    }

    /// `a += value`.
    pub(super) fn augmented(&mut self, node: &StmtAugAssign) {
        let target = &*node.target;
        let Some(place) = self.place(target) else { return };
        let old = self.tape.read(place, span_of(target));
        let right = self.value(&node.value);
        let new = self.tape.build.push(OpKind::Operate(arithmetic_operator(node.op), old, right), span_of(node));
        self.tape.store_to(place, new, StoreMode::Augmented, span_of(target));
        self.exports(target, right);
    }

    /// `del a, b.c, d[e]`.
    pub(super) fn delete(&mut self, target: &Expr) {
        match target {
            Expr::Tuple(ruff_python_ast::ExprTuple { elts, .. }) | Expr::List(ruff_python_ast::ExprList { elts, .. }) => {
                self.deeper(|lowering| elts.iter().for_each(|part| lowering.delete(part)));
            }
            _ => {
                let Some(place) = self.place(target) else { return };
                let old = self.tape.read(place, span_of(target));
                self.tape.store_to(place, old, StoreMode::Removed, span_of(target));
            }
        }
    }

    /// Note a class-level binding as a field of the class.
    fn field(&mut self, target: &Expr, annotation: Option<OpId>, value: Option<OpId>) {
        if let Expr::Name(name) = target {
            let place = Target::Name(self.name_of(name));
            self.tape.field(place, span_of(name), annotation, value);
        }
    }

    /// Note the names of `__all__ = [..]`.
    fn exports(&mut self, target: &Expr, value: OpId) {
        if let Expr::Name(name) = target {
            let place = Target::Name(self.name_of(name));
            self.tape.exports(place, value);
        }
    }
}

/// `a, b = x, y` taken apart: as many plain values as targets.
fn pairs<'e>(target: &'e Expr, right: &'e Expr) -> Option<(&'e [Expr], &'e [Expr])> {
    let parts = |several: &'e Expr| match several {
        Expr::Tuple(tuple) => Some(&*tuple.elts),
        Expr::List(list) => Some(&*list.elts),
        _ => None,
    };
    let (targets, values) = (parts(target)?, parts(right)?);
    let plain = |part: &Expr| !part.is_starred_expr();
    let fit = targets.len() == values.len() && targets.iter().chain(values).all(plain);
    fit.then_some((targets, values))
}
