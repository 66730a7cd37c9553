//! Where reading an attribute of a row runs a query: relations that nothing loaded with the rows.

use super::loops::{LoopAround, Over};
use super::project::Project;
use super::value::{FnId, Kind, TypeRef};
use crate::facts::{OpId, OpKind};
use crate::models::{Act, Trait};
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
}

impl Project {
    /// Relations that are read once per row and that nothing loads with the rows, once per relation and function. Asynchronous
    /// code is left out: there a mapper refuses to load on reading, so that what works was loaded before.
    #[must_use]
    pub fn lazy_reads(&self) -> Vec<LazyRead<'_>> {
        self.functions().filter(|&function| !self.is_test(function)).flat_map(|function| self.lazy_reads_in(function)).collect()
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
            .filter(|(.., name)| self.schema.may_be_lazy(name))
            .collect();
        if reads.is_empty() || facts.is_async {
            return Vec::new();
        }
        let values = self.values(function);
        let mut seen = FxHashSet::default();
        let lazy = reads.into_iter().filter_map(|(op, base, name)| {
            let row = values[base.index()];
            let Kind::Instance(ty) = row.kind else { return None };
            let TypeRef::Project(class) = ty.base else { return None };
            let (entity, act) = self.schema.lazy(self, class, name)?;
            if row.has(Trait::Eager) {
                return None;
            }
            let found = self.repeated_for_row(function, op)?;
            let loaded = found.rows.has(Trait::Eager) || self.facts(found.function).is_async;
            if found.over != Over::Rows || loaded || !seen.insert((entity, name)) {
                return None;
            }
            let name = format!("{}.{name}", self.class_name(entity));
            Some(LazyRead { function, op, name, act: self.act(act), found })
        });
        lazy.collect()
    }
}
