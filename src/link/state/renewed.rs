//! Writes that bring nothing new into a place: what is there in another guise, or can be had again.

use super::slots::{Use, UseKind};
use crate::facts::{OpId, OpKind, RegionKind, StoreMode, Target};
use crate::link::project::{Project, Site};
use crate::link::values::value::{FnId, Slot, TypeRef};
use crate::models::{Holding, ModelTypeId, Role};

/// How many callers away a loop that refreshes is looked for.
const CALLERS: u32 = 4;

impl Project {
    /// Whether a loop of each process writes the place again and again from what others hold: every copy follows, a change by a request
    /// is only seen earlier by one.
    pub(crate) fn is_refreshed(&self, uses: &[Use]) -> bool {
        uses.iter().filter(|used| matches!(used.kind, UseKind::Write | UseKind::Rebind)).any(|used| {
            let mut seen = vec![used.function];
            let mut open = vec![(used.function, used.op, 0)];
            while let Some((function, op, depth)) = open.pop() {
                if self.refreshes_at(function, op) {
                    return true;
                }
                for edge in self.graph.to(function).filter(|edge| depth < CALLERS && !edge.outside) {
                    if !seen.contains(&edge.caller) && !self.is_test(edge.caller) {
                        seen.push(edge.caller);
                        open.push((edge.caller, edge.op, depth + 1));
                    }
                }
            }
            false
        })
    }

    /// Whether an operation lies in an endless loop that pauses, and that asks a store or another service.
    fn refreshes_at(&self, function: FnId, op: OpId) -> bool {
        let asks = |site: &Site<'_>| {
            matches!(
                site.role,
                Role::FetchMany
                    | Role::FetchOne
                    | Role::FetchStream
                    | Role::Execute
                    | Role::HttpRequest
                    | Role::RpcCall
                    | Role::CacheRead
            )
        };
        self.facts(function).regions_around(op).any(|region| {
            let endless = matches!(region.kind, RegionKind::Loop { over: None, .. });
            let pauses = || self.sites_in(function).any(|site| site.role == Role::Sleep && region.holds(site.op));
            endless && pauses() && self.reaches(function, 3, asks)
        })
    }

    /// An entry goes from one key to another: who put it in has added to the place, not this.
    pub(crate) fn is_moved(&self, used: &Use, uses: &[Use]) -> bool {
        let mut removals = uses.iter().filter(|other| {
            other.kind == UseKind::Remove
                && other.function == used.function
                && other.op < used.op
                && !self.is_conditional(other.function, other.op)
                && !self.is_in_loop(other.function, other.op)
        });
        let adds = |other: &Use| other.kind == UseKind::Write && other.function != used.function;
        used.kind == UseKind::Write && removals.next().is_some() && uses.iter().any(adds)
    }

    /// One function alone uses a place and sets, each time and whatever comes, what it takes out of it afterwards: nothing is left there
    /// for anybody.
    pub(crate) fn is_scratch(&self, slot: Slot, uses: &[Use]) -> bool {
        let Some(function) = uses.first().map(|used| used.function) else { return false };
        if self.readers(slot, uses).into_iter().any(|reader| reader != function) {
            return false;
        }
        let all = self.looked_at(function, slot);
        let changes: Vec<OpId> = uses.iter().filter(|used| used.kind != UseKind::Read).map(|used| used.op).collect();
        let always = |&op: &OpId| {
            let sets = matches!(self.facts(function).op(op).kind, OpKind::Store { mode: StoreMode::Plain, .. });
            sets && !self.is_conditional(function, op) && !self.is_in_loop(function, op)
        };
        let is_read = |look: &OpId| !changes.contains(look) && self.is_read(function, *look, &all, uses);
        let first = all.iter().copied().find(is_read);
        let last = changes.iter().max().copied();
        // What other keys got before goes along: `todos[user] = item; return todos`.
        let keyed = |&op: &OpId| match self.facts(function).op(op).kind {
            OpKind::Store { target: Target::Item(_, key), .. } => {
                !matches!(self.facts(function).op(key).kind, OpKind::Literal(_))
            }
            _ => false,
        };
        if changes.iter().any(keyed) && all.iter().any(|&look| self.hands_on_whole(function, look, slot)) {
            return false;
        }
        let is_grown = || uses.iter().any(|used| self.is_made_of(used, &all));
        changes.iter().all(always) && !is_grown() && first.zip(last).is_some_and(|(first, last)| last < first)
    }

    /// A cell gets another object as a whole, of a type that nothing is known of: a client that was made anew.
    pub(crate) fn replaces_unknown(&self, slot: Slot, used: &Use) -> bool {
        let cell = |ty: ModelTypeId| self.models().lineage(ty).find_map(|ty| ty.holds) == Some(Holding::Cell);
        used.kind == UseKind::Rebind
            && self.slot_value(slot).ty().is_some_and(|ty| match ty.base {
                TypeRef::Model(model) => ty.first.is_none() && cell(model),
                TypeRef::Project(_) => false,
            })
    }

    /// Whether those who wrote it say that what it holds can be had again. What is known to come from outside has a rule of its own.
    pub(crate) fn is_called_cache(&self, slot: Slot) -> bool {
        let name = self.slot_name(slot);
        let mut parts = name.rsplit(['.', ':']);
        let own = parts.next().unwrap_or_default().to_ascii_lowercase();
        own.split('_').any(|word| matches!(word, "cache" | "cached" | "memo"))
            || parts.next().is_some_and(|class| class.ends_with("Cache"))
    }
}
