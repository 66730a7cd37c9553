//! Does anybody wait for work that was started, or end it?

use crate::facts::{NameId, OpId, OpKind, RegionKind, Target};
use crate::link::project::{Project, Site};
use crate::link::values::flows::{last_store, taint};
use crate::link::values::value::FnId;
use crate::models::{Role, Trait};
use std::collections::BTreeSet;

impl Project {
    /// Whether the code that starts the work waits for it, ends it, or hands it to somebody who may.
    pub(crate) fn is_waited_for(&self, site: &Site<'_>) -> bool {
        self.starter_ends(site) || !site.act.adds.has(Trait::Detached) && self.is_looked_after(site.function, site.op, 0)
    }

    /// What starts it waits for all it started: a pool that is left, a set of tasks that is emptied.
    fn starter_ends(&self, site: &Site<'_>) -> bool {
        let facts = self.facts(site.function);
        let OpKind::Call { callee, .. } = facts.op(site.op).kind else { return false };
        let OpKind::Attribute(base, _) = facts.op(callee).kind else { return false };
        let OpKind::Name(name) = facts.op(base).kind else { return false };
        // Whoever gave it may wait.
        if facts.params.iter().any(|param| param.name == name) && !site.act.adds.has(Trait::Detached) {
            return true;
        }
        let left = facts.regions_around(site.op).any(|region| match region.kind {
            RegionKind::With(manager) => match last_store(facts, name, base).map(|stored| facts.op(stored).kind) {
                Some(OpKind::Enter(entered, _)) => entered == manager,
                Some(_) => last_store(facts, name, base) == Some(manager),
                None => false,
            },
            _ => false,
        });
        left || self.joins_name(site.function, name)
    }

    /// Whether a method that waits is called on a local name.
    fn joins_name(&self, function: FnId, name: NameId) -> bool {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        facts.ops.iter().any(|op| match op.kind {
            OpKind::Attribute(base, method) => {
                matches!(facts.op(base).kind, OpKind::Name(other) if other == name)
                    && self.models().is_method_with(self.files().name(file, method), Role::Join)
            }
            _ => false,
        })
    }

    /// Whether a handle is awaited, joined, cancelled, or goes where nobody can see what becomes of it.
    fn is_looked_after(&self, function: FnId, handle: OpId, depth: u32) -> bool {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let mut seeds = BTreeSet::from([handle]);
        // `tasks.append(task)`: whoever has the list has the task.
        for _ in 0..3 {
            let tainted = taint(facts, |at| seeds.contains(&at));
            let lists = self.lists_given(function, &tainted);
            let before = seeds.len();
            seeds.extend(
                facts.tape().filter(|(_, op)| matches!(op.kind, OpKind::Name(name) if lists.contains(&name))).map(|(at, _)| at),
            );
            if seeds.len() == before {
                break;
            }
        }
        let tainted = taint(facts, |at| seeds.contains(&at));
        let hit = |op: OpId| tainted[op.index()];
        let nested = || {
            let names: Vec<NameId> = facts
                .ops
                .iter()
                .filter_map(|op| match op.kind {
                    OpKind::Store { target: Target::Name(name), value, .. } if hit(value) => Some(name),
                    _ => None,
                })
                .collect();
            self.children[function.index()].iter().any(|&child| {
                let inner = self.facts(child);
                let own = |name: NameId| inner.params.iter().any(|param| param.name == name);
                inner.ops.iter().any(|op| matches!(op.kind, OpKind::Name(name) if names.contains(&name) && !own(name)))
            })
        };
        let used = facts.tape().any(|(at, op)| match op.kind {
            OpKind::Await(value) | OpKind::Yield(value) => hit(value),
            OpKind::Construct(crate::facts::Construct::Macro, parts) => facts.list(parts).iter().any(|part| hit(part.value)),
            OpKind::Attribute(base, method) if hit(base) => {
                self.models().is_method_with(self.files().name(file, method), Role::Join)
            }
            OpKind::Call { callee, args } => {
                let given = facts.list(args).iter().position(|arg| hit(arg.value));
                given.is_some_and(|position| at != handle && self.may_look_after(function, (at, callee, position), depth))
            }
            OpKind::Store { target: Target::Attribute(base, _), value, .. } => {
                value != base && hit(value) && self.is_on_short_lived(function, at, base)
            }
            _ => false,
        });
        let returned = facts.ops.iter().any(|op| matches!(op.kind, OpKind::Return(value) if hit(value)));
        used || nested() || returned && self.callers_look_after(function, depth)
    }

    /// A handle on an object that does not live as long as the process: the object may end it.
    fn is_on_short_lived(&self, function: FnId, store: OpId, base: OpId) -> bool {
        let written = self.events(function).iter().find_map(|event| match event {
            crate::link::values::eval::Event::Write { op, slot, .. } if *op == store => Some(*slot),
            _ => None,
        });
        match written {
            Some(slot) => !self.is_process_wide(slot) || self.joins_slot(slot),
            None => crate::link::names::classes::is_receiver(self.facts(function), base),
        }
    }

    /// Whether some function waits for what a place holds.
    fn joins_slot(&self, slot: crate::link::values::value::Slot) -> bool {
        self.slots().uses(slot).iter().any(|used| self.sites_in(used.function).any(|site| site.role == Role::Join))
    }

    /// Local names of collections that something tainted is put into.
    fn lists_given(&self, function: FnId, tainted: &[bool]) -> Vec<NameId> {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let put = |op: &crate::facts::Op| match op.kind {
            OpKind::Call { callee, args } if facts.list(args).iter().any(|arg| tainted[arg.value.index()]) => {
                let OpKind::Attribute(base, method) = facts.op(callee).kind else { return None };
                let OpKind::Name(name) = facts.op(base).kind else { return None };
                self.models().is_changing_method(self.files().name(file, method)).then_some(name)
            }
            OpKind::Store { target: Target::Item(base, _), value, .. } if tainted[value.index()] => match facts.op(base).kind {
                OpKind::Name(name) => Some(name),
                _ => None,
            },
            _ => None,
        };
        let local = |name: &NameId| last_store(facts, *name, OpId::from_index(facts.ops.len())).is_some();
        facts.ops.iter().filter_map(put).filter(local).collect()
    }

    /// Whether a call that is given a handle may wait for it: it is no plain keeping, and no function of the project that only keeps.
    fn may_look_after(&self, function: FnId, (call, callee, position): (OpId, OpId, usize), depth: u32) -> bool {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        if let OpKind::Attribute(_, method) = facts.op(callee).kind
            && self.models().is_changing_method(self.files().name(file, method))
        {
            return false;
        }
        let mut callees = self.graph.from(function).filter(|edge| edge.op == call && !edge.outside).peekable();
        if callees.peek().is_none() || depth >= 2 {
            return true;
        }
        callees.any(|edge| {
            let param = position + usize::from(edge.bound);
            param < self.facts(edge.callee).params.len() && self.is_looked_after(edge.callee, OpId::from_index(param), depth + 1)
        })
    }

    fn callers_look_after(&self, function: FnId, depth: u32) -> bool {
        if self.entries.serves(function) {
            return false;
        }
        let mut callers = self.graph.to(function).filter(|edge| !edge.outside && !self.is_test(edge.caller)).peekable();
        depth >= 2 || callers.peek().is_none() || callers.any(|edge| self.is_looked_after(edge.caller, edge.op, depth + 1))
    }
}
