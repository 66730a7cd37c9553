//! What runs in one copy of the process alone: the work of a lock or of a leader, and what tells others of the copy itself.

use crate::facts::{NameId, OpId, OpKind, Operand, Target};
use crate::finding::FileId;
use crate::link::project::{Project, Site};
use crate::link::values::flows::{chain_base, taint};
use crate::link::values::rounds::shares_module_scope;
use crate::link::values::value::{FnId, Kind, TypeRef};
use crate::models::{ModelTypeId, Role};
use std::collections::BTreeSet;

/// How deep a function may lie within what is handed over: `args=(lead,)`.
const NESTED: usize = 3;

/// How far a chain of calls is followed back.
const CHAIN: usize = 16;

impl Project {
    /// Functions that run only while their process holds a lock that all instances see: decorated by it (`@huey.lock_task(..)`), given
    /// to it (`election.run(lead)`) or handed on together with it (`Thread(target=election.run, args=(lead,))`), and those that such
    /// functions alone call.
    pub(crate) fn run_under_locks(&self) -> BTreeSet<FnId> {
        let mut led = BTreeSet::new();
        for site in self.sites(Role::LockShared) {
            led.extend(self.decorated(&site).map(|memo| memo.function));
            led.extend(self.functions_given(site.function, site.op));
        }
        for site in self.sites(Role::Spawn).filter(|site| self.hands_on_lock(site)) {
            led.extend(self.functions_given(site.function, site.op));
        }
        let mut waiting: Vec<FnId> = led.iter().copied().collect();
        while let Some(function) = waiting.pop() {
            for callee in self.graph.from(function).map(|edge| edge.callee).collect::<BTreeSet<_>>() {
                let mut callers = self.graph.to(callee).filter(|edge| edge.caller != callee);
                let registered =
                    self.entries.of(callee).iter().any(|point| point.registered.is_none_or(|(by, _)| !led.contains(&by)));
                if !registered && callers.all(|edge| led.contains(&edge.caller)) && led.insert(callee) {
                    waiting.push(callee);
                }
            }
        }
        led
    }

    /// Functions among the arguments of a call.
    fn functions_given(&self, function: FnId, call: OpId) -> Vec<FnId> {
        let facts = self.facts(function);
        let OpKind::Call { args, .. } = facts.op(call).kind else { return Vec::new() };
        let values = self.values(function);
        let mut found = Vec::new();
        let mut waiting: Vec<(&Operand, usize)> = facts.list(args).iter().map(|arg| (arg, 0)).collect();
        while let Some((arg, depth)) = waiting.pop() {
            match (values[arg.value.index()].kind, facts.op(arg.value).kind) {
                (Kind::Function(given), _) => found.push(given),
                (_, OpKind::Construct(_, parts)) if depth < NESTED => {
                    waiting.extend(facts.list(parts).iter().map(|part| (part, depth + 1)));
                }
                _ => {}
            }
        }
        found
    }

    /// Whether a method that takes a lock is handed to a thread or task of its own.
    fn hands_on_lock(&self, site: &Site<'_>) -> bool {
        let facts = self.facts(site.function);
        let OpKind::Call { args, .. } = facts.op(site.op).kind else { return false };
        let (file, _) = self.files().locate(site.function);
        let mut methods = facts.list(args).iter().filter_map(|arg| match facts.op(arg.value).kind {
            OpKind::Attribute(base, name) => Some((base, name)),
            _ => None,
        });
        let Some(first) = methods.next() else { return false };
        let values = self.values(site.function);
        let locks = |of: ModelTypeId, name: &str| {
            let act = self.models().method(of, name);
            act.is_some_and(|act| self.act(act).behaviour.role == Some(Role::LockShared))
        };
        std::iter::once(first).chain(methods).any(|(base, name)| match values[base.index()].ty().map(|ty| ty.base) {
            Some(TypeRef::Model(of)) => locks(of, self.files().name(file, name)),
            _ => false,
        })
    }

    /// Whether a request names the machine that it comes from: each copy tells of itself.
    pub(crate) fn names_this_host(&self, site: &Site<'_>) -> bool {
        let facts = self.facts(site.function);
        let (file, _) = self.files().locate(site.function);
        let kept = self.host_names(file);
        let is_host = |op: OpId| {
            let asks = self.sites_in(site.function).any(|other| other.op == op && other.role == Role::HostName);
            asks || matches!(facts.op(op).kind, OpKind::Name(name) if kept.contains(&name))
        };
        let told = taint(facts, is_host);
        let links = std::iter::successors(Some(site.op), |&op| chain_base(facts, op)).take(CHAIN);
        links.into_iter().any(|op| match facts.op(op).kind {
            OpKind::Call { args, .. } => facts.list(args).iter().any(|arg| told[arg.value.index()]),
            _ => false,
        })
    }

    /// Variables of a module that hold the name of this machine.
    fn host_names(&self, file: FileId) -> BTreeSet<NameId> {
        let here = self.sites(Role::HostName).filter(|site| self.files().locate(site.function).0 == file);
        let stored = here.filter(|site| shares_module_scope(self.facts(site.function).kind)).flat_map(|site| {
            let facts = self.facts(site.function);
            let told = taint(facts, |op| op == site.op);
            facts.tape().filter_map(move |(_, op)| match op.kind {
                OpKind::Store { target: Target::Name(name), value, .. } if told[value.index()] => Some(name),
                _ => None,
            })
        });
        stored.collect()
    }
}
