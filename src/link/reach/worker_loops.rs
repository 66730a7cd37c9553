//! Workers without a framework: programs whose main function takes work in a loop, from a broker, a queue or a shared store. What the
//! loop does is a job; what stands before and behind it runs once.

use super::entries::EntryPoint;
use crate::facts::{OpId, Region, RegionKind};
use crate::link::project::{Project, Site};
use crate::link::values::eval::Once;
use crate::link::values::value::FnId;
use crate::models::{EntryKind, Role};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, VecDeque};

/// How far below the main function of a program its loop is looked for.
const DEPTH: usize = 4;

/// How far below the loop the taking is looked for.
const TAKEN_WITHIN: usize = 2;

impl Project {
    /// Make entry points of the loops in which programs take their work.
    pub(in crate::link) fn add_worker_loops(&mut self) {
        let loops: Vec<(FnId, OpId, OpId)> = self
            .of_commands()
            .filter_map(|function| {
                // The innermost: the one around it connects anew.
                let regions = self.facts(function).regions.iter().filter(|region| self.takes_work(function, region));
                let region = regions.min_by_key(|region| region.end.index() - region.start.index())?;
                Some((function, region.start, region.end))
            })
            .collect();
        for (function, start, end) in loops {
            let last = OpId::from_index(self.facts(function).ops.len());
            let aside = [(OpId::from_index(0), start), (end, last)];
            let once = aside.map(|(start, end)| Once { start, end, keyed: false, aged: false, unfilled: None });
            self.graph.mark_once(|edge| edge.caller == function && once.iter().any(|once| once.holds(edge.op)));
            self.once[function.index()].extend(once);
            self.entries.points.push(EntryPoint { function, kind: EntryKind::Job, label: String::new(), registered: None });
        }
        self.entries.sort();
    }

    /// What the main functions of programs, and commands, lead to by plain calls; nothing that requests or jobs begin with.
    fn of_commands(&self) -> impl Iterator<Item = FnId> {
        let commands = self.entries.points.iter().filter(|point| point.kind == EntryKind::Command);
        let mut seen: BTreeMap<FnId, usize> = commands.map(|point| (point.function, 0)).collect();
        let mut open: VecDeque<FnId> = seen.keys().copied().collect();
        while let Some(function) = open.pop_front() {
            let depth = seen[&function];
            for edge in self.graph.from(function).filter(|edge| depth < DEPTH && !edge.outside && !edge.guessed) {
                if let Entry::Vacant(place) = seen.entry(edge.callee) {
                    place.insert(depth + 1);
                    open.push_back(edge.callee);
                }
            }
        }
        let serves = |function: FnId| self.entries.of(function).iter().any(|point| point.kind.serves());
        seen.into_keys().filter(move |&function| !self.entries.test[function.index()] && !serves(function))
    }

    /// Whether a loop takes a piece of work in each round: it ends with the program alone, or goes over what a broker delivers.
    fn takes_work(&self, function: FnId, region: &Region) -> bool {
        let RegionKind::Loop { over, condition, .. } = region.kind else { return false };
        let receives = |site: &Site<'_>| matches!(site.role, Role::Consume | Role::Receive);
        let here = |site: &Site<'_>| region.holds(site.op);
        if over.is_some() {
            return self.sites_in(function).filter(here).any(|site| {
                receives(&site)
                    && matches!(self.facts(function).op(site.op).kind, crate::facts::OpKind::Element(of) if Some(of) == over)
            });
        }
        // A callback that is registered in each round belongs to a loop that connects anew.
        let taken = |site: &Site<'_>| site.role == Role::Receive || self.is_taken(site);
        condition.is_none()
            && (self.sites_in(function).filter(here).any(|site| taken(&site))
                || self
                    .graph
                    .from(function)
                    .filter(|edge| !edge.outside && !edge.guessed && region.holds(edge.op))
                    .any(|edge| self.is_taken_in(edge.callee, TAKEN_WITHIN, &taken)))
    }

    fn is_taken_in(&self, function: FnId, depth: usize, taken: &dyn Fn(&Site<'_>) -> bool) -> bool {
        self.sites_in(function).any(|site| taken(&site))
            || depth > 0
                && self
                    .graph
                    .from(function)
                    .filter(|edge| !edge.outside && !edge.guessed)
                    .any(|edge| self.is_taken_in(edge.callee, depth - 1, taken))
    }
}
