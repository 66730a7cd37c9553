//! What bounds the time of a call: a deadline around it, around its callers, around what it is handed to, around all requests or jobs.

use super::flows::{chain_base, last_store, same_chain, taint};
use super::value::FnId;
use crate::facts::{Function, OpId, OpKind, Region, RegionKind};
use crate::link::project::{Project, Site};
use crate::link::reach::graph::Edge;
use crate::models::{Role, Setting, Trait};

/// How many functions on the ways to one are asked whether they set an alarm.
const CALLERS: usize = 48;

impl Project {
    /// Whether a function, or one that leads to it, has an alarm interrupt what it does: by itself, or by a context that it enters.
    #[must_use]
    pub fn is_under_alarm(&self, function: FnId) -> bool {
        if self.sites(Role::AlarmDeadline).next().is_none() {
            return false;
        }
        let mut found = vec![function];
        let mut at = 0;
        while let Some(&function) = found.get(at) {
            if self.reaches(function, 1, |site| site.role == Role::AlarmDeadline && !self.is_test(site.function)) {
                return true;
            }
            if found.len() < CALLERS {
                let callers: Vec<FnId> = self
                    .graph
                    .to(function)
                    .map(|edge| edge.caller)
                    .filter(|&caller| !found.contains(&caller) && !self.is_test(caller))
                    .collect();
                found.extend(callers);
            }
            at += 1;
        }
        false
    }

    /// Whether a queue ends jobs that take too long: a setting says so, or its library does where nothing says otherwise.
    #[must_use]
    pub fn ends_jobs(&self) -> bool {
        let by_library = || self.sites(Role::Enqueue).any(|site| site.act.adds.has(Trait::Timed) && !self.is_test(site.function));
        self.setting(Setting::TaskLimit).is_some() || by_library()
    }

    /// Whether `value` is a task made of the call `op`: `task = create_task(f()); await wait_for(task, 5)`.
    fn is_task_of(&self, function: FnId, value: OpId, op: OpId) -> bool {
        let facts = self.facts(function);
        let made = match facts.op(value).kind {
            OpKind::Name(name) => last_store(facts, name, value),
            _ => Some(value),
        };
        made.is_some_and(|made| match facts.op(made).kind {
            OpKind::Call { args, .. } => facts.list(args).iter().any(|arg| self.is_same(function, arg.value, op)),
            _ => false,
        })
    }

    /// Whether something bounds the time of `op`: a deadline around it, one it is passed to, or one around every call of its function.
    #[must_use]
    pub fn has_deadline(&self, function: FnId, op: OpId) -> bool {
        self.has_deadline_within(function, op, 0)
    }

    /// Whether a connection is made to listen on: a message comes when it comes, and no limit would fit.
    #[must_use]
    pub fn only_listens(&self, site: &Site<'_>) -> bool {
        if !self.has_role(site.function, Role::Subscribe) {
            return false;
        }
        let facts = self.facts(site.function);
        let mut listens = self.sites_in(site.function).filter(|other| other.role == Role::Subscribe).peekable();
        listens.peek().is_some() && {
            let made = taint(facts, |at| at == site.op);
            listens.any(|other| made[other.op.index()])
        }
    }

    /// Whether a remote procedure answers with a stream, as the loop over its answer says: that stays open as long as there is something
    /// to tell.
    #[must_use]
    pub fn is_stream(&self, site: &Site<'_>) -> bool {
        let mut regions = self.facts(site.function).regions.iter();
        site.role == Role::RpcCall
            && regions.any(|region| match region.kind {
                RegionKind::Loop { over: Some(over), .. } => self.is_same(site.function, over, site.op),
                _ => false,
            })
    }

    /// Whether the body that a request sends, or the one of its answer, goes through piece by piece: how long the whole takes, its size
    /// says.
    #[must_use]
    pub fn moves_pieces(&self, site: &Site<'_>) -> bool {
        let function = site.function;
        let facts = self.facts(function);
        let OpKind::Call { args, .. } = facts.op(site.op).kind else { return false };
        let is_made = |op: OpId| {
            let made = match facts.op(op).kind {
                OpKind::Name(name) => last_store(facts, name, op).unwrap_or(op),
                _ => op,
            };
            let stored = match facts.op(made).kind {
                OpKind::Store { value, .. } => value,
                _ => made,
            };
            self.graph.from(function).any(|edge| edge.op == stored && self.facts(edge.callee).is_generator)
        };
        let sends = facts
            .list(args)
            .iter()
            .any(|arg| arg.name.is_some() && (is_made(arg.value) || self.is_given_pieces(function, arg.value)));
        let mut takes = self.sites_in(function).filter(|other| other.role == Role::ReadPieces && other.op > site.op);
        sends || takes.any(|other| self.is_same(function, other.op, site.op))
    }

    /// A parameter whose annotation says that its pieces come one after another: `body: AsyncIterator[bytes]`.
    fn is_given_pieces(&self, function: FnId, op: OpId) -> bool {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let OpKind::Name(name) = facts.op(op).kind else { return false };
        let Some(around) = facts.parent.map(|parent| self.facts(self.files().function(file, parent))) else { return false };
        let annotation = facts.params.iter().find(|param| param.name == name).and_then(|param| param.annotation);
        let outer = annotation.map(|op| match around.op(op).kind {
            OpKind::Index(base, _) => base,
            _ => op,
        });
        outer.is_some_and(|op| match around.op(op).kind {
            OpKind::Name(name) | OpKind::Attribute(_, name) => {
                matches!(self.files().name(file, name), "AsyncIterator" | "AsyncIterable" | "AsyncGenerator")
            }
            _ => false,
        })
    }

    /// Whether something ends requests that take too long: a layer around the routes, or a middleware that goes on under a
    /// deadline. Which routes lie behind it is not followed.
    #[must_use]
    pub fn ends_requests(&self) -> bool {
        let layered = self.sites(Role::RequestDeadline).any(|site| !self.is_test(site.function));
        layered || self.sites(Role::NextHandler).any(|next| self.has_own_deadline(next.function, next.op))
    }

    /// Other methods that stand in for the same abstract one: who calls one of them may call any.
    fn same_contract(&self, function: FnId) -> Vec<FnId> {
        let Some(class) = self.classes.owner[function.index()] else { return Vec::new() };
        let (file, _) = self.files().locate(function);
        let Some(name) = self.facts(function).name.map(|name| self.files().name(file, name)) else { return Vec::new() };
        let bases = self.classes.lineage(class).0.into_iter().skip(1);
        let contracts = bases.filter_map(|base| self.classes.all[base.index()].methods.get(name));
        contracts.filter_map(|contract| self.implementations.get(contract)).flatten().copied().collect()
    }

    fn has_deadline_within(&self, function: FnId, op: OpId, depth: u32) -> bool {
        if self.entries.bounded[function.index()] {
            return true;
        }
        if self.has_role(function, Role::Deadline) && self.has_own_deadline(function, op) || self.is_raced(function, op) {
            return true;
        }
        let callers = |function: FnId| {
            let edges = self.graph.to(function).filter(|edge| !edge.outside && edge.caller != function);
            edges.filter(|edge| !self.is_test(edge.caller)).copied().collect::<Vec<_>>()
        };
        let bounded = |edge: &Edge| self.has_deadline_within(edge.caller, edge.op, depth + 1);
        let own = callers(function);
        let others: Vec<_> =
            self.same_contract(function).into_iter().filter(|&other| other != function).flat_map(callers).collect();
        depth < 3 && (!own.is_empty() && own.iter().all(bounded) || others.iter().any(bounded))
    }

    /// A deadline around `op`, or one it is passed to, in its own function.
    fn has_own_deadline(&self, function: FnId, op: OpId) -> bool {
        let facts = self.facts(function);
        let deadlines: Vec<OpId> = self
            .sites_in(function)
            .filter(|site| site.role == Role::Deadline && site.deadline != crate::link::Deadline::Disabled)
            .map(|site| site.op)
            .collect();
        let around = facts.regions_around(op).any(|region| match region.kind {
            RegionKind::With(manager) => deadlines.iter().any(|&deadline| same_chain(facts, manager, deadline)),
            _ => false,
        });
        let passed = deadlines.iter().any(|&deadline| match facts.op(deadline).kind {
            OpKind::Call { args, .. } => facts
                .list(args)
                .iter()
                .any(|arg| self.is_same(function, arg.value, op) || self.is_task_of(function, arg.value, op)),
            _ => false,
        });
        // `request.set_timeout(limit)`, and then `client.charge(request)`.
        let named = |of: OpId| match facts.op(of).kind {
            OpKind::Name(name) => Some(name),
            _ => None,
        };
        let base = |of: OpId| chain_base(facts, of).and_then(|callee| chain_base(facts, callee));
        let set_on =
            || match facts.op(op).kind {
                OpKind::Call { args, .. } => facts.list(args).iter().filter_map(|arg| named(arg.value)).any(|given| {
                    deadlines.iter().any(|&deadline| deadline < op && base(deadline).and_then(named) == Some(given))
                }),
                _ => false,
            };
        around || passed || leads_to(facts, op, &deadlines) || set_on()
    }

    /// Whether `op` is part of what an arm of `select!` waits for while another arm waits for time to pass: it is dropped when the
    /// other is ready first.
    fn is_raced(&self, function: FnId, op: OpId) -> bool {
        if !self.has_role(function, Role::Sleep) {
            return false;
        }
        let facts = self.facts(function);
        let sleeps: Vec<OpId> = self.sites_in(function).filter(|site| site.role == Role::Sleep).map(|site| site.op).collect();
        let beside = |arm: &Region| {
            let others = facts.regions.iter().filter(|other| other.span == arm.span && other.start != arm.start);
            others.filter_map(|other| arm_future(facts, other)).any(|future| leads_to(facts, future, &sleeps))
        };
        // `let answer = client.get(url).send(); select! { _ = timer => .., answer = answer => .. }`
        let made_before = |arm: &Region| arm_future(facts, arm).is_some_and(|future| leads_to(facts, future, &[op]));
        facts.regions_around(op).any(|arm| arm_future(facts, arm).is_some_and(|future| op <= future) && beside(arm))
            || facts.regions.iter().any(|arm| made_before(arm) && beside(arm))
    }
}

/// What an arm of `select!` waits for. Nobody wrote that `await`, so it stands where the future does.
fn arm_future(facts: &Function, arm: &Region) -> Option<OpId> {
    let RegionKind::Branch { condition: None, positive: true } = arm.kind else { return None };
    let mut ops = facts.tape().skip(arm.start.index()).take_while(|(at, _)| *at < arm.end);
    ops.find_map(|(at, op)| match op.kind {
        OpKind::Await(of) if facts.op(of).span == op.span => Some(at),
        _ => None,
    })
}

/// Whether `op` is one of `origins`, or waits for what one of them made, through names and links of a chain.
fn leads_to(facts: &Function, op: OpId, origins: &[OpId]) -> bool {
    let mut at = op;
    loop {
        if origins.contains(&at) {
            return true;
        }
        let next = match facts.op(at).kind {
            OpKind::Await(of) | OpKind::Try(of) => Some(of),
            OpKind::Name(name) => last_store(facts, name, at),
            _ => None,
        };
        match next {
            Some(next) if next < at => at = next,
            _ => return false,
        }
    }
}
