//! What does the program compute of rows that the database could have computed? Filters, counts, sums, cuts over a whole fetch.

use super::uses::Uses;
use crate::facts::{OpId, OpKind};
use crate::finding::{Confidence, Note};
use crate::link::project::{Project, Site};
use crate::link::values::flows::last_store;
use crate::link::values::value::{FnId, Kind};

/// What is computed, the most telling first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reduction {
    /// Some of the rows are picked by their columns.
    Filter,
    /// One row, or whether there is one, is looked for by its columns.
    Find,
    /// The first rows, or a page of them, are cut out.
    Cut,
    /// Columns are added up or compared.
    Sum,
    /// The rows are counted.
    Count,
    /// The rows are put in order.
    Sort,
}

/// A computation over all rows of a fetch, which serve nothing else.
#[derive(Debug, Clone)]
pub struct Reduced {
    /// The function that computes.
    pub function: FnId,
    /// Where.
    pub op: OpId,
    /// What.
    pub what: Reduction,
    /// How sure it is that the rows grow.
    pub sure: Confidence,
    /// The calls from there down to the fetch; empty when it is in the same function.
    pub calls: Vec<Note>,
}

/// How many calls up the rows are followed.
const DEPTH: u32 = 3;

impl Project {
    /// What the functions that get the rows of a fetch compute of them, where they have no other use for them.
    #[must_use]
    pub fn reductions(&self, site: &Site<'_>) -> Vec<Reduced> {
        let Some(sure) = self.brings_all_rows(site) else { return Vec::new() };
        let Some((start, loaded)) = self.fetched_rows(site) else { return Vec::new() };
        let mut found = Vec::new();
        self.reduced_from(site.function, start, loaded, &mut Vec::new(), &mut found);
        for reduced in &mut found {
            // The rows of one parent are often few, also where only their number is wanted.
            reduced.sure = sure;
        }
        found
    }

    /// Whether the program takes less from the rows of a fetch than it loads, which is then what there is to say of the fetch.
    #[must_use]
    pub fn is_reduced(&self, site: &Site<'_>) -> bool {
        self.reductions(site).iter().any(|reduced| reduced.what != Reduction::Sort)
    }

    /// The operation that stands for the rows, and whether they are in memory by then: a lazy query is not. `None` where the
    /// query is used elsewhere as well.
    fn fetched_rows(&self, site: &Site<'_>) -> Option<(OpId, bool)> {
        let facts = self.facts(site.function);
        let query = match facts.op(site.op).kind {
            OpKind::Element(of) => Some(of),
            OpKind::Call { callee, args } if matches!(facts.op(callee).kind, OpKind::Name(_)) && site.receiver.is_known() => {
                facts.list(args).first().map(|arg| arg.value).filter(|_| site.receiver.ty().is_some())
            }
            _ => None,
        };
        match query {
            None => Some((site.op, true)),
            Some(query) => match facts.op(query).kind {
                // A query that others made or keep may serve them as well.
                OpKind::Name(name) => last_store(facts, name, query).map(|stored| (stored, false)),
                OpKind::Attribute(..) => None,
                _ => Some((query, false)),
            },
        }
    }

    fn reduced_from(&self, function: FnId, start: OpId, loaded: bool, calls: &mut Vec<Note>, found: &mut Vec<Reduced>) {
        let uses = Uses::of(self, function, start, loaded);
        if uses.escapes {
            return;
        }
        if uses.returned && uses.found.is_empty() && calls.len() < DEPTH as usize {
            let edges: Vec<_> =
                self.graph.to(function).filter(|edge| !edge.outside && !self.is_test(edge.caller)).copied().collect();
            for edge in edges.into_iter().filter(|edge| edge.caller != function) {
                let message = format!("{} calls {}", self.function_name(edge.caller), self.function_name(function));
                calls.push(Note { place: self.place(edge.caller, edge.op), message });
                self.reduced_from(edge.caller, edge.op, true, calls, found);
                calls.pop();
            }
        }
        let filters = uses.found.iter().filter(|(_, what)| *what == Reduction::Filter).count();
        let best = uses.found.into_iter().min_by_key(|&(op, what)| (what, op));
        // Two filters divide the rows: all of them are used.
        if let Some((op, what)) = best.filter(|_| filters < 2 && (!uses.returned || loaded)) {
            let returned = uses.returned && !matches!(what, Reduction::Sort);
            if !returned {
                found.push(Reduced { function, op, what, sure: Confidence::High, calls: calls.clone() });
            }
        }
    }
}

/// Whether a value is of a class that the project defines.
pub(crate) fn project_class(kind: Kind) -> Option<crate::link::values::value::ClassRef> {
    match kind {
        Kind::Instance(ty) => ty.base.project(),
        _ => None,
    }
}
