//! Where reading an attribute of a row runs a query: relations that nothing loaded with the rows.

use crate::facts::{NameId, OpId, OpKind};
use crate::finding::{Confidence, Place};
use crate::link::project::Project;
use crate::link::reach::loops::{LoopAround, Over};
use crate::link::values::eval::KnownTypes;
use crate::link::values::remembered::Values;
use crate::link::values::value::{ClassRef, FnId, Kind, Type, TypeRef};
use crate::models::{Act, ActId, Trait};
use rustc_hash::FxHashSet;

/// A relation read once for each row of a loop.
#[derive(Debug)]
pub struct LazyRead<'p> {
    /// The function that reads it.
    pub function: FnId,
    /// The read.
    pub op: OpId,
    /// The relation, as people write it: `Book.author`.
    pub name: String,
    /// What declares it.
    pub act: &'p Act,
    /// The loop over the rows.
    pub found: LoopAround,
    /// Further relations that the same function reads for the same loop.
    pub others: Vec<(Place, String)>,
}

impl Project {
    /// Relations that are read once per row and that nothing loads with the rows, once per function and loop. Asynchronous
    /// code is left out: there a mapper refuses to load on reading, so that what works was loaded before.
    #[must_use]
    pub fn lazy_reads(&self) -> Vec<LazyRead<'_>> {
        let functions = self.functions().filter(|&function| !self.is_test(function));
        let mut reads: Vec<_> = functions.flat_map(|function| self.lazy_reads_in(function)).collect();
        // What one call of a loop has loaded, the next finds there.
        let mut seen = FxHashSet::default();
        reads.retain(|read| seen.insert((read.found.function, read.found.place, read.name.clone())));
        reads
    }

    /// Whether a function is a method of a class that rows are made of.
    #[must_use]
    pub fn is_method_of_row(&self, function: FnId) -> bool {
        let owner = self.classes.owner[function.index()].filter(|_| !self.facts(function).is_static);
        owner.is_some_and(|class| self.classes.inherits(self.models(), class, |ty| ty.entity))
    }

    fn lazy_reads_in(&self, function: FnId) -> Vec<LazyRead<'_>> {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let reads: Vec<(OpId, OpId, &str)> = facts
            .tape()
            .filter_map(|(at, op)| match op.kind {
                OpKind::Attribute(base, name) => Some((at, base, self.files().name(file, name))),
                _ => None,
            })
            .filter(|(.., name)| self.schema().may_be_lazy(name))
            .collect();
        if reads.is_empty() || facts.is_async {
            return Vec::new();
        }
        let values = self.values(function);
        let mut list: Vec<LazyRead<'_>> = Vec::new();
        let mut seen = FxHashSet::default();
        for &(op, base, name) in &reads {
            let Some((entity, act)) = self.lazy_relation(&values, base, name) else { continue };
            // `finding.test.product`: what the first loads along, the second can too.
            let chained = reads.iter().any(|&(at, of, name)| at == base && self.lazy_relation(&values, of, name).is_some());
            if chained || seen.contains(&(entity, name)) {
                continue;
            }
            let Some(mut found) = self.repeated_for_row(function, op) else { continue };
            let loaded = found.rows.has(Trait::Eager) || found.rows.has(Trait::Projected) || self.facts(found.function).is_async;
            if found.over != Over::Rows || loaded {
                continue;
            }
            seen.insert((entity, name));
            // A query says itself that it was narrowed; of a list, the functions that fill it say by what.
            let listed = found.rows.model_type().is_some_and(|ty| KnownTypes::of(self.models()).list.contains(&Some(ty)));
            if found.rows.has(Trait::Filtered)
                && self.may_be_one_row(entity, name, act)
                && (!listed || self.picks_by(found.function, &format!("{name}_id")))
            {
                found.sure = Confidence::Low;
            }
            let name = format!("{}.{name}", self.class_name(entity));
            match list.iter_mut().find(|read| read.found.place == found.place) {
                Some(read) => read.others.push((self.place(function, op), name)),
                None => list.push(LazyRead { function, op, name, act: self.act(act), found, others: Vec::new() }),
            }
        }
        list
    }

    /// Whether rows that some condition picked may all lead to the same one, which their mapper then loads once: a relation over
    /// a column of this table.
    fn may_be_one_row(&self, entity: ClassRef, name: &str, act: ActId) -> bool {
        let shared = self.act(act).behaviour.relation.as_ref().is_some_and(|relation| relation.shared);
        shared && self.classes.field(entity, &format!("{name}_id")).is_some()
    }

    /// Whether a function, or one that it calls, asks for rows by a column: `filter_by(owner_id=owner)`, `Item.owner_id == owner`.
    fn picks_by(&self, function: FnId, column: &str) -> bool {
        let names = |function: FnId| {
            let (file, _) = self.files().locate(function);
            let facts = self.facts(function);
            let is = |name: NameId| self.files().name(file, name) == column;
            facts.tape().any(|(_, op)| match op.kind {
                OpKind::Attribute(_, name) => is(name),
                OpKind::Call { args, .. } => facts.list(args).iter().any(|arg| arg.name.is_some_and(is)),
                _ => false,
            })
        };
        names(function) || self.graph.from(function).any(|edge| names(edge.callee))
    }

    /// The lazy relation that reading `name` of the value of `base` loads, unless it came with the row.
    fn lazy_relation(&self, values: &Values, base: OpId, name: &str) -> Option<(ClassRef, ActId)> {
        let row = values[base.index()];
        let Kind::Instance(Type { base: TypeRef::Project(class), .. }) = row.kind else { return None };
        self.schema().lazy(self, class, name).filter(|_| !row.has(Trait::Eager) && !row.has(Trait::Projected))
    }
}
