//! What a client is used for: the requests that one function, and those it hands the client to, send with it.

use super::eval::Deadline;
use super::flows::chain_root;
use super::value::{FnId, Value};
use crate::facts::{FunctionId, OpId, OpKind, RegionKind};
use crate::lang::Language;
use crate::link::project::{Project, Site};
use crate::link::reach::graph::Edge;
use crate::models::{ModelTypeId, Role, Trait};
use std::collections::BTreeSet;

impl Project {
    /// The types of clients of which the programs of the project make some, and none with a time limit: whichever of them a request goes
    /// through that nobody can follow (`State<Client>`), it has none. Of Rust alone, where such a client comes from no framework.
    #[must_use]
    pub fn clients_without_limit(&self) -> BTreeSet<ModelTypeId> {
        let (mut without, mut others) = (BTreeSet::new(), BTreeSet::new());
        let made = self
            .sites(Role::HttpClient)
            .filter(|site| self.language(site.function) == Language::Rust && !self.is_test(site.function));
        for site in made {
            let Some(ty) = site.result.model_type() else { continue };
            let untimed = matches!(site.deadline, Deadline::Missing | Deadline::Disabled | Deadline::Client)
                && !site.result.has(Trait::Timed);
            if untimed {
                without.insert(ty)
            } else {
                others.insert(ty)
            };
        }
        without.retain(|ty| !others.contains(ty));
        without
    }

    /// Whether a request goes through a client of one of these types, about whose limit nothing else is known.
    #[must_use]
    pub fn goes_through(&self, site: &Site<'_>, clients: &BTreeSet<ModelTypeId>) -> bool {
        let unknown = matches!(site.deadline, Deadline::Unknown | Deadline::Awaited)
            && ![Trait::Timed, Trait::MaybeTimed, Trait::Slow].into_iter().any(|which| site.receiver.has(which));
        let root = chain_root(self.facts(site.function), site.op);
        let client = || self.values(site.function)[root.index()];
        let known = |client: Value| ![Trait::Timed, Trait::MaybeTimed, Trait::Slow].into_iter().any(|which| client.has(which));
        unknown
            && self.language(site.function) == Language::Rust
            && client().model_type().is_some_and(|ty| clients.contains(&ty))
            && known(client())
    }

    /// Whether the value of `op` is handed to a function that sends several requests, or some in a loop.
    #[must_use]
    pub fn serves_callee(&self, function: FnId, op: OpId) -> bool {
        self.calls_given(function, op).any(|edge| {
            let mut sent = self.sites_in(edge.callee).filter(|site| site.role == Role::HttpRequest);
            let first = sent.next();
            let looped = first.as_ref().is_some_and(|site| self.is_in_loop(edge.callee, site.op));
            looped || usize::from(first.is_some()) + sent.count() + self.senders_called(edge.callee) > 1
        })
    }

    /// The requests that a function itself sends with the value of `op`.
    pub fn requests_with(&self, function: FnId, op: OpId) -> impl Iterator<Item = Site<'_>> {
        let inside = move |site: &Site<'_>| site.op > op && self.is_same(function, site.op, op);
        self.sites_in(function).filter(move |site| site.role == Role::HttpRequest && inside(site))
    }

    /// The calls that send requests with the value of `op`: its own, and those of functions that are given it.
    #[must_use]
    pub fn calls_with(&self, function: FnId, op: OpId) -> Vec<OpId> {
        let own = self.requests_with(function, op).map(|site| site.op);
        let given = self
            .calls_given(function, op)
            .filter(|edge| self.has_role(edge.callee, Role::HttpRequest) || self.senders_called(edge.callee) > 0);
        let mut calls: Vec<OpId> = own.chain(given.map(|edge| edge.op)).collect();
        calls.sort_unstable();
        calls.dedup();
        calls
    }

    /// Whether `op` is in a loop that `outside` is not in: it runs several times for one run of the other.
    #[must_use]
    pub fn is_in_loop_beyond(&self, function: FnId, op: OpId, outside: OpId) -> bool {
        let mut around = self.facts(function).regions_around(op);
        around.any(|region| matches!(region.kind, RegionKind::Loop { .. }) && !region.holds(outside))
    }

    fn senders_called(&self, function: FnId) -> usize {
        self.graph.from(function).filter(|inner| self.has_role(inner.callee, Role::HttpRequest)).count()
    }

    /// The calls of functions of the project that are given the value of `op`.
    fn calls_given(&self, function: FnId, op: OpId) -> impl Iterator<Item = &Edge> {
        let given = move |edge: &&Edge| edge.op > op && self.is_given(function, edge.op, op);
        self.graph.from(function).filter(|edge| !edge.outside).filter(given)
    }

    /// Whether functions inside this one send requests in a loop with the value of `op`.
    #[must_use]
    pub fn serves_inner_loop(&self, function: FnId, op: OpId) -> bool {
        let (file, local) = self.files().locate(function);
        let Some(name) = self.receiving_name(function, op) else { return false };
        let functions = self.files().get(file).facts.functions.iter().enumerate();
        functions.filter(|(_, facts)| facts.parent == Some(local)).any(|(at, facts)| {
            let within = self.files().function(file, FunctionId::from_index(at));
            let with_it = |sent: OpId| match facts.op(chain_root(facts, sent)).kind {
                OpKind::Name(root) => self.files().name(file, root) == name,
                _ => false,
            };
            let mut sent = self.sites_in(within).filter(|site| site.role == Role::HttpRequest);
            sent.any(|site| with_it(site.op) && self.is_in_loop(within, site.op))
        })
    }

    /// Whether the value of `op` is handed to calls inside a loop that it was made before.
    #[must_use]
    pub fn is_given_in_loop(&self, function: FnId, op: OpId) -> bool {
        let facts = self.facts(function);
        // What was answered is not what asked: `for item in client.get(url).json(): items.append(item)`.
        let answers: Vec<OpId> =
            self.sites_in(function).filter(|site| site.role == Role::HttpRequest && site.op > op).map(|site| site.op).collect();
        let answered = |call: OpId| answers.iter().any(|&answer| answer != call && self.is_given(function, call, answer));
        facts.tape().skip(op.index() + 1).any(|(at, next)| {
            let looped =
                || facts.regions_around(at).any(|region| matches!(region.kind, RegionKind::Loop { .. }) && region.start > op);
            matches!(next.kind, OpKind::Call { .. }) && looped() && self.is_given(function, at, op) && !answered(at)
        })
    }
}
