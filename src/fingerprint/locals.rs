//! Which names around a place are locals. A file may hold tens of thousands of findings and of functions, so each file is prepared once
//! and each place is a short way up.

use crate::facts::{FileFacts, Function, FunctionKind, OpKind, Target};
use crate::source::Span;
use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::HashSet;

/// Names that only the code of some function can mean: its parameters and variables.
pub(super) type Names<'f> = HashSet<&'f str>;

/// The functions of a file with their locals.
pub(super) struct Scopes<'f> {
    facts: &'f FileFacts,
    /// Functions by where they begin, outer before inner.
    order: Vec<usize>,
    names: Vec<OnceCell<Names<'f>>>,
}

impl<'f> Scopes<'f> {
    pub(super) fn new(facts: &'f FileFacts) -> Self {
        let mut order: Vec<usize> = (0..facts.functions.len()).collect();
        let span = |at: &usize| facts.functions[*at].span;
        order.sort_by_key(|at| (span(at).start, Reverse(span(at).end)));
        Self { facts, names: vec![OnceCell::new(); order.len()], order }
    }

    /// The locals of the functions that `place` lies in, innermost first.
    pub(super) fn around(&self, place: Span) -> Vec<&Names<'f>> {
        let functions = &self.facts.functions;
        let before = self.order.partition_point(|&at| functions[at].span.start <= place.start);
        // What encloses the place and began before the last one encloses that one as well.
        let mut next = before.checked_sub(1).map(|last| self.order[last]);
        let mut found = Vec::new();
        while let Some(at) = next {
            let function = &functions[at];
            let has_locals = matches!(function.kind, FunctionKind::Function | FunctionKind::Method | FunctionKind::Closure);
            if has_locals && function.span.contains(place) {
                found.push(self.names[at].get_or_init(|| self.locals(function)));
            }
            // A parent is defined before its child; anything else is no parent.
            next = function.parent.map(crate::facts::FunctionId::index).filter(|&parent| parent < at);
        }
        found
    }

    fn locals(&self, function: &'f Function) -> Names<'f> {
        let stored = function.ops.iter().filter_map(|op| match op.kind {
            OpKind::Store { target: Target::Name(name), .. } => Some(name),
            _ => None,
        });
        let names = function.params.iter().map(|param| param.name).chain(stored);
        names.filter(|name| !function.globals.contains(name)).map(|name| self.facts.names.get(name)).collect()
    }
}
