//! Decorators of the project itself: what runs around the function that is decorated, and whether a call of it runs it at all.

use super::entries::EntryPoint;
use super::graph::Edge;
use crate::facts::{FunctionId, NameId, OpId, OpKind};
use crate::link::project::Project;
use crate::link::values::eval::{Event, How};
use crate::link::values::flows::last_store;
use crate::link::values::value::{FnId, Kind};
use crate::models::{EntryKind, Role};
use rustc_hash::FxHashMap;

/// What names a function for those who look it up elsewhere.
const NAMES: [&str; 3] = ["__name__", "__qualname__", "__module__"];

impl Project {
    /// The decorated function is reached through the wrapper, so the wrapper is on its path. One that only leaves it to a queue or a
    /// thread runs in its place, and the function is a job.
    pub(in crate::link) fn add_wrappers(&mut self) {
        let mut edges = Vec::new();
        let mut kept = Vec::new();
        let mut deferred: FxHashMap<FnId, FnId> = FxHashMap::default();
        for around in self.functions() {
            for event in self.events(around) {
                let Event::Decorated { function, op, by, .. } = *event else { continue };
                let Kind::Function(decorator) = by.kind else { continue };
                let Kind::Function(wrapper) = self.state.result(decorator).kind else { continue };
                if function == wrapper {
                    continue;
                }
                if self.defers(wrapper) {
                    deferred.insert(function, wrapper);
                    continue;
                }
                if self.keeps_results(wrapper) {
                    kept.push(function);
                }
                let (how, outside) = (How::Direct, true);
                edges.push(Edge {
                    caller: function,
                    op,
                    callee: wrapper,
                    how,
                    once: false,
                    outside,
                    bound: false,
                    guessed: false,
                });
            }
        }
        edges.into_iter().for_each(|edge| self.graph.add(edge));
        kept.into_iter().for_each(|function| self.entries.memoised[function.index()] = true);
        self.graph.lead_elsewhere(|edge| deferred.get(&edge.callee).copied().filter(|_| !edge.outside));
        let serves = |function: &FnId| self.entries.of(*function).iter().any(|point| point.kind.serves());
        let jobs: Vec<FnId> = deferred.keys().copied().filter(|function| !serves(function)).collect();
        let point = |function| EntryPoint { function, kind: EntryKind::Job, label: String::new(), registered: None };
        self.entries.points.extend(jobs.into_iter().map(point));
        self.entries.sort();
    }

    /// A wrapper that calls what it wraps only when a place lacks the result, and keeps it there.
    fn keeps_results(&self, wrapper: FnId) -> bool {
        let once = &self.once[wrapper.index()];
        let fills = |event: &Event| {
            event.filled_slot(self.models()).is_some_and(|(op, _)| once.iter().any(|once| once.holds(op) && !once.aged))
        };
        self.events(wrapper).iter().any(fills)
    }

    /// Whether a wrapper hands what it wraps to a thread, or tells a queue its name, and calls it itself only where it is asked to by
    /// an argument of its own: `if kwargs.pop("now", False): return func(*args)`.
    fn defers(&self, wrapper: FnId) -> bool {
        let facts = self.facts(wrapper);
        let Some(wrapped) = facts.parent.and_then(|parent| self.first_param(wrapper, parent)) else { return false };
        let is_wrapped = |op: OpId| matches!(facts.op(op).kind, OpKind::Name(name) if name == wrapped);
        let plain = facts.tape().any(|(at, op)| match op.kind {
            OpKind::Call { callee, .. } => is_wrapped(callee) && !self.is_asked_for(wrapper, at),
            _ => false,
        });
        let (file, _) = self.files().locate(wrapper);
        let told = |op: OpId| match facts.op(op).kind {
            OpKind::Attribute(of, name) => is_wrapped(of) && NAMES.contains(&self.files().name(file, name)),
            _ => false,
        };
        !plain
            && facts.tape().any(|(at, op)| {
                let OpKind::Call { args, .. } = op.kind else { return false };
                let spawns = || self.sites_in(wrapper).any(|site| site.op == at && site.role == Role::Spawn);
                facts.list(args).iter().any(|arg| told(arg.value) || is_wrapped(arg.value) && spawns())
            })
    }

    fn first_param(&self, wrapper: FnId, parent: FunctionId) -> Option<NameId> {
        let (file, _) = self.files().locate(wrapper);
        Some(self.files().get(file).facts.functions[parent.index()].params.first()?.name)
    }

    /// Whether an operation runs only under a condition on an argument that the function takes out of those it passes on.
    fn is_asked_for(&self, wrapper: FnId, op: OpId) -> bool {
        let facts = self.facts(wrapper);
        let (file, _) = self.files().locate(wrapper);
        let written = |op: OpId| match facts.op(op).kind {
            OpKind::Name(name) => last_store(facts, name, op).unwrap_or(op),
            _ => op,
        };
        let taken = |condition: OpId| match facts.op(written(condition)).kind {
            OpKind::Call { callee, .. } => match facts.op(callee).kind {
                OpKind::Attribute(of, name) => {
                    let given = |name: NameId| facts.params.iter().any(|param| param.name == name);
                    matches!(self.files().name(file, name), "pop" | "get")
                        && matches!(facts.op(of).kind, OpKind::Name(name) if given(name))
                }
                _ => false,
            },
            _ => false,
        };
        facts.regions_around(op).any(|region| region.kind.is_arm() && region.kind.tested().is_some_and(taken))
    }
}
