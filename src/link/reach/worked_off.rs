//! Does a loop work its rows off, so that no more are left than came since, or ask a table that each round names?

use crate::facts::{OpId, OpKind, Region, RegionKind};
use crate::link::project::{Project, Site};
use crate::link::values::flows::{chain_base, last_store};
use crate::link::values::value::{FnId, Value};
use crate::models::{Role, Trait};

impl Project {
    /// Whether a loop's body writes the rows it goes over, itself or in what it calls: they are worked off one by one.
    pub(super) fn works_off(&self, function: FnId, region: &Region, rows: Value) -> bool {
        let entity = |value: Value| value.ty().and_then(|ty| self.entity_in(ty));
        let Some(worked) = entity(rows) else { return false };
        let inside = |op: OpId| region.holds(op);
        let writes = |site: &Site<'_>| site.role == Role::Write && entity(site.receiver) == Some(worked);
        self.sites_in(function).any(|site| inside(site.op) && writes(&site))
            || self.graph.from(function).any(|edge| inside(edge.op) && !edge.outside && self.reaches(edge.callee, 2, writes))
    }

    /// Whether the loop over the rows of a site removes each of them, or finishes those that fit: no more are left than came since.
    #[must_use]
    pub fn is_purged(&self, site: &Site<'_>) -> bool {
        let facts = self.facts(site.function);
        let OpKind::Element(rows) = facts.op(site.op).kind else { return false };
        let entity = |value: Value| value.ty().and_then(|ty| self.entity_in(ty));
        let Some(read) = entity(site.receiver) else { return false };
        let around =
            facts.regions.iter().find(|region| matches!(region.kind, RegionKind::Loop { over: Some(over), .. } if over == rows));
        around.is_some_and(|region| {
            let removes = |inner: &Site<'_>| inner.result.has(Trait::Removes) && entity(inner.receiver) == Some(read);
            let backlog = self.is_picked(site.function, rows) && self.works_off(site.function, region, site.receiver);
            backlog || self.sites_in(site.function).any(|inner| region.holds(inner.op) && removes(&inner))
        })
    }

    /// Whether a condition, whatever it is, picks the rows of a query.
    fn is_picked(&self, function: FnId, rows: OpId) -> bool {
        let facts = self.facts(function);
        let acts = self.described(function);
        let picks =
            |at: OpId| acts.iter().any(|(op, act)| *op == at && (act.behaviour.filter || act.behaviour.condition.is_some()));
        let start = match facts.op(rows).kind {
            OpKind::Name(name) => last_store(facts, name, rows).unwrap_or(rows),
            _ => rows,
        };
        std::iter::successors(Some(start), |&at| chain_base(facts, at)).take(16).any(picks)
    }

    /// Whether a variable names what a site asks: `db[name].count_documents({})`. No one query asks several collections.
    #[must_use]
    pub fn selects_by_name(&self, site: &Site<'_>) -> bool {
        let facts = self.facts(site.function);
        let values = self.values(site.function);
        let chain = std::iter::successors(Some(self.executing_op(site)), |&at| chain_base(facts, at)).take(16);
        chain.into_iter().any(|at| match facts.op(at).kind {
            OpKind::Index(base, key) => {
                let named = matches!(facts.op(key).kind, OpKind::Name(_) | OpKind::Attribute(..))
                    && !values[key.index()].kind.is_constant();
                named
                    && values[base.index()].model_type().is_some()
                    && values[base.index()].ty().is_some_and(|ty| ty.first.is_none())
            }
            _ => false,
        })
    }
}
