//! Functions that try again by calling themselves where they handle an error: a loop without one.

use super::retries::{Bound, Delay, Retrier, Retry};
use crate::facts::{OpId, OpKind, Region, RegionKind};
use crate::finding::Place;
use crate::link::project::{Project, Site};
use crate::link::values::value::{FnId, Kind};
use crate::models::Role;

impl Project {
    /// What a function tries again by calling itself from a handler of its own.
    pub(crate) fn recursive_retry(&self, function: FnId) -> Option<Retry> {
        let facts = self.facts(function);
        let (handler, call) = self.own_calls(function).find_map(|call| Some((self.handler_around(function, call)?, call)))?;
        if matches!(handler.kind, RegionKind::Handler(Some(caught)) if self.names_only_conflicts(function, caught)) {
            return None;
        }
        let mut tried = facts.regions.iter().filter(|region| {
            matches!(region.kind, RegionKind::Try { .. }) && region.parent == handler.parent && region.end <= handler.start
        });
        let stretch =
            tried.next_back().map(|tried| (tried.start, tried.end)).filter(|&stretch| self.asks_within(function, stretch))?;
        let (file, _) = self.files().locate(function);
        Some(Retry {
            function,
            place: Place { file, span: facts.op(call).span },
            call: None,
            by: Retrier::Loop,
            name: "the function".to_owned(),
            tried: self.function_name(function),
            guarded: Vec::new(),
            stretch: Some(stretch),
            delay: self.delay_before(function, handler, call),
            by_default: false,
            // What it is given, or what it has counted, ends it.
            bound: Bound::Unknown,
            outbound: true,
            connects: false,
            advice: String::new(),
            placement: self.placement(function, call),
        })
    }

    /// Whether a pause stands between an error and the call of its own function that tries again.
    #[must_use]
    pub fn waits_to_try_again(&self, site: &Site<'_>) -> bool {
        let handler = self.handler_around(site.function, site.op);
        handler.is_some_and(|handler| self.own_calls(site.function).any(|call| handler.holds(call)))
    }

    /// Where a function calls itself.
    fn own_calls(&self, function: FnId) -> impl Iterator<Item = OpId> {
        self.graph.from(function).filter(move |edge| edge.callee == function && !edge.outside).map(|edge| edge.op)
    }

    fn handler_around(&self, function: FnId, op: OpId) -> Option<&Region> {
        self.facts(function).regions_around(op).find(|region| matches!(region.kind, RegionKind::Handler(_)))
    }

    /// The pause in a handler before it tries again. One that comes from outside may be another each time.
    fn delay_before(&self, function: FnId, handler: &Region, call: OpId) -> Delay {
        let facts = self.facts(function);
        let values = self.values(function);
        let mut sleeps =
            self.sites_in(function).filter(|site| site.role == Role::Sleep && handler.holds(site.op) && site.op < call);
        let Some(OpKind::Call { args, .. }) = sleeps.next().map(|site| facts.op(site.op).kind) else {
            let waits = facts
                .tape()
                .any(|(at, op)| at != call && handler.holds(at) && matches!(op.kind, OpKind::Await(_) | OpKind::Call { .. }));
            return if waits { Delay::Unknown } else { Delay::None };
        };
        match facts.list(args).first().map(|arg| values[arg.value.index()].kind) {
            #[expect(clippy::cast_precision_loss, reason = "seconds are small")]
            Some(Kind::Int(seconds)) => Delay::Constant(Some(seconds as f64)),
            Some(Kind::Float(seconds)) => Delay::Constant(Some(seconds)),
            _ => Delay::Unknown,
        }
    }
}
