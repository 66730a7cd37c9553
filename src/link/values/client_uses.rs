//! What a client is used for: the requests that one function, and those it hands the client to, send with it.

use super::eval::Deadline;
use super::flows::{chain_base, chain_root, is_exactly, taint};
use super::value::{FnId, Value};
use crate::facts::{FunctionId, OpId, OpKind, RegionKind, Target};
use crate::lang::Language;
use crate::link::data::client_values::reaching;
use crate::link::data::queries::is_local;
use crate::link::names::classes::is_receiver;
use crate::link::names::contexts::argument;
use crate::link::project::{Project, Site};
use crate::link::reach::graph::Edge;
use crate::models::{ModelTypeId, Role, Trait};
use std::collections::BTreeSet;

/// Where a request keeps what its client sent, and where a form or a serializer does.
const OF_CLIENT: [&str; 8] = ["form", "json", "args", "GET", "POST", "cookies", "headers", "session"];
const OF_FORM: [&str; 2] = ["cleaned_data", "validated_data"];

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

    /// Whether what the call `op` makes depends on who calls its function: on a parameter to which not every caller gives something
    /// that is the same for all, such as a constant or a setting.
    #[must_use]
    pub fn is_made_for_caller(&self, function: FnId, op: OpId) -> bool {
        let facts = self.facts(function);
        let receiver = self.classes.owner[function.index()].is_some() && !facts.is_static;
        let varies = |index: u16| {
            let mut calls = self.graph.to(function).filter(|edge| !edge.outside && !self.is_test(edge.caller)).peekable();
            let fixed =
                |edge: &Edge| argument(self.files(), edge, index).is_none_or(|given| self.is_fixed(edge.caller, given, 0));
            calls.peek().is_none() || !calls.all(fixed)
        };
        let tainted = taint(facts, |at| matches!(facts.op(at).kind, OpKind::Param(at) if (at > 0 || !receiver) && varies(at)));
        tainted[op.index()]
    }

    /// A constant, a variable of a module, a setting, or something made of such.
    fn is_fixed(&self, function: FnId, op: OpId, depth: u32) -> bool {
        let facts = self.facts(function);
        match facts.op(op).kind {
            OpKind::Literal(_) => true,
            OpKind::Name(name) => !is_local(facts, name),
            OpKind::Attribute(base, _) => self.is_fixed(function, base, depth),
            OpKind::Call { callee, args } => {
                depth < 4
                    && matches!(facts.op(callee).kind, OpKind::Name(_))
                    && facts.list(args).iter().all(|arg| self.is_fixed(function, arg.value, depth + 1))
            }
            _ => false,
        }
    }

    /// Whether a client carries what the client of the service sent: given to it when it is made, or set on it afterwards, as
    /// `session.headers["Authorization"] = token`.
    #[must_use]
    pub fn carries_client_values(&self, function: FnId, op: OpId) -> bool {
        let facts = self.facts(function);
        let sent = |value: OpId| self.is_of_client(function, value, 0);
        let given = match facts.op(op).kind {
            OpKind::Call { args, .. } => facts.list(args).iter().any(|arg| sent(arg.value)),
            _ => false,
        };
        // `self.session = Session()`, and `self.session` from there on.
        let homes = facts.tape().filter_map(|(_, next)| match next.kind {
            OpKind::Store { target: Target::Attribute(base, name), value, .. } if value == op => {
                facts.path(base).map(|path| [path, vec![name]].concat())
            }
            _ => None,
        });
        let homes: Vec<_> = homes.collect();
        let is_it = |at: OpId| self.is_same(function, at, op) || facts.path(at).is_some_and(|path| homes.contains(&path));
        let on_it = |at: OpId| std::iter::successors(Some(at), |&at| chain_base(facts, at)).skip(1).any(is_it);
        given
            || facts.tape().skip(op.index()).any(|(_, next)| match next.kind {
                OpKind::Store { target: Target::Item(base, _) | Target::Attribute(base, _), value, .. } => {
                    (is_it(base) || on_it(base)) && sent(value)
                }
                OpKind::Call { callee, args } => {
                    let updates =
                        matches!(facts.op(callee).kind, OpKind::Attribute(base, _) if chain_base(facts, base).is_some());
                    updates && on_it(callee) && facts.list(args).iter().any(|arg| sent(arg.value))
                }
                _ => false,
            })
    }

    /// Whether a value is one that the client of the service sent, or that its session holds.
    fn is_of_client(&self, function: FnId, op: OpId, depth: u32) -> bool {
        let facts = self.facts(function);
        if depth > 6 {
            return false;
        }
        let of = |op: OpId| self.is_of_client(function, op, depth + 1);
        match facts.op(op).kind {
            OpKind::Attribute(base, name) => {
                let name = self.files().name(self.files().locate(function).0, name);
                let held = OF_CLIENT.contains(&name) && self.is_request(function, base, 0)
                    || OF_FORM.contains(&name) && is_receiver(facts, base);
                held || of(base)
            }
            OpKind::Call { callee, .. } => of(callee),
            OpKind::Index(base, _) | OpKind::Await(base) => of(base),
            OpKind::Construct(_, parts) | OpKind::Choose(parts) => facts.list(parts).iter().any(|part| of(part.value)),
            OpKind::Name(name) => {
                let (stored, settled) = reaching(facts, name, op);
                let filled = facts.tape().take(op.index()).filter_map(|(_, next)| match next.kind {
                    OpKind::Store { target: Target::Item(base, _), value, .. } => {
                        matches!(facts.op(base).kind, OpKind::Name(other) if other == name).then_some(value)
                    }
                    _ => None,
                });
                if stored.into_iter().chain(filled).any(of) {
                    return true;
                }
                if settled {
                    return false;
                }
                let Some(index) = facts.params.iter().position(|param| param.name == name) else { return false };
                let Ok(at) = u16::try_from(index) else { return false };
                let mut calls = self.graph.to(function).filter(|edge| !edge.outside && !self.is_test(edge.caller));
                calls.any(|edge| {
                    argument(self.files(), edge, at).is_some_and(|given| self.is_of_client(edge.caller, given, depth + 1))
                })
            }
            _ => false,
        }
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

    /// Whether a client is only asked for what it makes by itself, such as signed addresses: it never opens a connection.
    #[must_use]
    pub fn only_signs(&self, function: FnId, op: OpId) -> bool {
        self.only_signs_within(function, op, 0)
    }

    fn only_signs_within(&self, function: FnId, op: OpId, depth: u32) -> bool {
        let facts = self.facts(function);
        let used = facts.tape().skip(op.index() + 1).filter_map(|(at, next)| match next.kind {
            OpKind::Call { callee, .. } => match facts.op(callee).kind {
                OpKind::Attribute(base, _) if self.is_same(function, base, op) => Some(at),
                _ => None,
            },
            _ => None,
        });
        let mut used = used.peekable();
        let called = used.peek().is_some();
        let signs = |at: OpId| self.sites_in(function).any(|site| site.op == at && site.role == Role::Sign);
        let escapes = facts.tape().skip(op.index() + 1).any(|(_, next)| match next.kind {
            // The address that it signs may go anywhere.
            OpKind::Call { args, .. } => facts.list(args).iter().any(|arg| is_exactly(facts, arg.value, op)),
            OpKind::Store { target: Target::Name(_), .. } => false,
            OpKind::Store { value, .. } => is_exactly(facts, value, op),
            _ => false,
        });
        if escapes || !used.all(signs) {
            return false;
        }
        if !self.is_returned_itself(function, op) {
            return called;
        }
        let mut callers = self.graph.to(function).filter(|edge| !edge.outside && !self.is_test(edge.caller)).peekable();
        depth < 3 && callers.peek().is_some() && callers.all(|edge| self.only_signs_within(edge.caller, edge.op, depth + 1))
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
