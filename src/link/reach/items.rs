//! What else happens for each element of a loop: commits, calls to other systems, errors that are caught.

use super::loops::LoopAround;
use crate::facts::{Construct, Literal, OpId, OpKind, Operands, Region, RegionKind, Target};
use crate::link::project::{Project, Site};
use crate::link::values::flows::{chain_base, last_store, taint};
use crate::link::values::value::FnId;
use crate::models::{Role, Trait};

/// Calls whose effect lies outside the database.
const OUTSIDE: [Role; 8] = [
    Role::HttpRequest,
    Role::RpcCall,
    Role::MailSend,
    Role::Enqueue,
    Role::Publish,
    Role::Sleep,
    Role::LockShared,
    Role::SdkClient,
];

impl Project {
    /// Whether an operation runs only when something has failed.
    #[must_use]
    pub fn is_in_handler(&self, function: FnId, op: OpId) -> bool {
        self.facts(function).regions_around(op).any(|region| matches!(region.kind, RegionKind::Handler(_)))
    }

    /// Whether a function is only called where something has failed: it stands in for what serves otherwise.
    #[must_use]
    pub fn is_called_only_on_failure(&self, function: FnId) -> bool {
        let mut calls = self.graph.to(function).filter(|edge| !self.is_test(edge.caller)).peekable();
        calls.peek().is_some() && calls.all(|edge| !edge.outside && self.is_in_handler(edge.caller, edge.op))
    }

    /// Whether a function swaps a code for a token, as is done once for an account that somebody links (RFC 6749, section 4.1.3).
    #[must_use]
    pub fn exchanges_code(&self, function: FnId) -> bool {
        let (file, _) = self.files().locate(function);
        let exchange = |text| self.files().name(file, text) == "authorization_code";
        self.facts(function).ops.iter().any(|op| matches!(op.kind, OpKind::Literal(Literal::Text(text)) if exchange(text)))
    }

    /// Whether the first argument of a call is a text that begins with what a parameter of its function says.
    #[must_use]
    pub fn begins_with_param(&self, function: FnId, op: OpId) -> bool {
        let facts = self.facts(function);
        let OpKind::Call { args, .. } = facts.op(op).kind else { return false };
        let Some(address) = crate::link::values::arguments::positional(facts.list(args), 0) else { return false };
        let mut at = address.value;
        for _ in 0..8 {
            at = match facts.op(at).kind {
                OpKind::Construct(Construct::Text, parts) => match facts.list(parts).first() {
                    Some(first) => first.value,
                    None => return false,
                },
                OpKind::Name(name) => match last_store(facts, name, at) {
                    Some(stored) if stored != at => stored,
                    _ => break,
                },
                OpKind::Operate(_, left, _) => left,
                _ => break,
            };
        }
        self.is_made_from_params(function, at)
    }

    /// The innermost loop over data around `op`, in its own function.
    fn loop_region(&self, function: FnId, op: OpId) -> Option<&Region> {
        self.facts(function).regions_around(op).find(|region| matches!(region.kind, RegionKind::Loop { over: Some(_), .. }))
    }

    /// Whether each element is dealt with for itself: its errors are caught, or another system is told of it.
    #[must_use]
    pub fn is_isolated(&self, function: FnId, op: OpId) -> bool {
        let Some(around) = self.loop_region(function, op) else { return false };
        let within = |region: &&Region| around.start <= region.start && region.end <= around.end && *region != around;
        let caught = self
            .facts(function)
            .regions_around(op)
            .filter(within)
            .any(|region| matches!(region.kind, RegionKind::Try { .. } | RegionKind::Handler(_) | RegionKind::With(_)));
        let inside = |at: OpId| at != op && around.holds(at);
        let outside = |site: &Site<'_>| {
            let claims = site.receiver.has(Trait::Claimed) || site.result.has(Trait::Claimed);
            OUTSIDE.contains(&site.role) || claims
        };
        caught
            || self.sites_in(function).any(|site| inside(site.op) && outside(&site))
            || self.graph.from(function).any(|edge| inside(edge.op) && !edge.outside && self.reaches(edge.callee, 2, outside))
    }

    /// Whether a function does more than `op`: other calls with an effect, or changes of what it is given.
    #[must_use]
    pub fn does_more(&self, function: FnId, op: OpId) -> bool {
        let acts = |site: &Site<'_>| OUTSIDE.contains(&site.role) || matches!(site.role, Role::Write | Role::WriteBatch);
        let changes =
            self.facts(function).ops.iter().any(|op| matches!(op.kind, OpKind::Store { target: Target::Attribute(..), .. }));
        changes
            || self.sites_in(function).any(|site| site.op != op)
            || self.graph.from(function).any(|edge| !edge.outside && edge.op != op && self.reaches(edge.callee, 2, acts))
    }

    /// The loop that ends a transaction for each element for which it makes or changes a row, and for no reason that is seen.
    #[must_use]
    pub fn commits_each_element(&self, site: &Site<'_>) -> Option<LoopAround> {
        let (function, facts) = (site.function, self.facts(site.function));
        let region = self.loop_region(function, site.op)?;
        let RegionKind::Loop { over: Some(over), .. } = region.kind else { return None };
        let inside = |at: OpId| region.holds(at);
        if self.is_isolated(function, site.op) || self.facts(function).regions_around(site.op).next() != Some(region) {
            return None;
        }
        let tainted = taint(facts, |at| facts.op(at).kind == OpKind::Element(over) && inside(at));
        let made = self.events(function).iter().find_map(|event| match *event {
            crate::link::values::eval::Event::Made { op, .. } if inside(op) && tainted[op.index()] => Some(op),
            _ => None,
        });
        let written = || {
            let writes = |site: &Site<'_>| {
                site.role == Role::Write
                    || site.role == Role::Execute && [site.receiver, site.result].iter().any(|value| value.has(Trait::Writes))
            };
            self.sites_in(function).find(|site| inside(site.op) && tainted[site.op.index()] && writes(site)).map(|site| site.op)
        };
        // `row.done = True`, `session.delete(row)`: the row is one of those that the commit writes.
        let session = chain_base(facts, chain_base(facts, site.op)?).and_then(|session| facts.path(session));
        let given = |args: Operands| facts.list(args).iter().any(|arg| tainted[arg.value.index()]);
        let changed = || {
            facts.tape().find_map(|(at, op)| match op.kind {
                _ if !inside(at) => None,
                OpKind::Store { target: Target::Attribute(row, _), .. } if tainted[row.index()] => Some(row),
                OpKind::Call { callee, args } if session.is_some() && given(args) => {
                    (facts.path(chain_base(facts, callee)?) == session).then_some(at)
                }
                _ => None,
            })
        };
        let op = made.or_else(written).or_else(changed)?;
        self.repeated_with_commits(function, op).filter(|found| found.function == function)
    }

    /// Whether it stands in what a call starts all at once: `join_all(keys.iter().map(..))`.
    pub(crate) fn is_fanned_out(&self, function: FnId, op: OpId) -> bool {
        let facts = self.facts(function);
        let holds = |site: &Site<'_>| facts.op(site.op).span.contains(facts.op(op).span);
        self.sites_in(function).any(|site| site.role == Role::FanOut && holds(&site))
    }
}
