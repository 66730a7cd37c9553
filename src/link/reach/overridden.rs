//! Which methods may run where a method of a base class is called: those that stand in for it.

use super::graph::Edge;
use crate::facts::OpKind;
use crate::link::Project;
use crate::link::names::classes::is_receiver;
use crate::link::names::contracts::Contracts;
use crate::link::values::value::FnId;

/// How many methods may stand in for an abstract one before a call says nothing of which runs.
const IMPLEMENTATIONS: usize = 32;

/// Of more methods than these that stand in for an abstract one, which is meant is a guess.
const SURE: usize = 3;

impl Project {
    /// A call of an abstract method runs one of those that stand in for it; of many, which one is a guess.
    pub(in crate::link) fn add_implementations(&mut self, contracts: Contracts) {
        let Contracts { kept: implementations, others } = contracts;
        let mut edges = Vec::new();
        let few = |&(_, methods): &(&FnId, &Vec<FnId>)| methods.len() <= IMPLEMENTATIONS;
        for (&of, methods) in implementations.iter().filter(few) {
            for edge in self.graph.to(of) {
                let guessed = methods.len() > SURE && self.calls_receiver(edge);
                let possible = methods.iter().filter(|&&callee| self.may_meet(edge.caller, callee));
                edges.extend(possible.map(|&callee| Edge { callee, guessed, ..*edge }));
            }
        }
        // `self.step()` of an object whose class has a step of its own, where the base has one too.
        for (&of, methods) in others.iter().filter(few) {
            for edge in self.graph.to(of).filter(|edge| self.calls_receiver(edge)) {
                edges.extend(methods.iter().map(|&callee| Edge { callee, guessed: methods.len() > SURE, ..*edge }));
            }
        }
        edges.sort_unstable_by_key(|edge| (edge.caller, edge.op, edge.callee));
        edges.into_iter().for_each(|edge| self.graph.add(edge));
        self.implementations = implementations;
    }

    /// Whether a method, or what stands inside one, stands in for an abstract one that another class fulfils, for which `holds` is true: the
    /// configuration chooses between them.
    pub(crate) fn is_fulfilled_otherwise(&self, function: FnId, holds: impl Fn(FnId) -> bool) -> bool {
        let around = std::iter::successors(Some(function), |&at| {
            Some(self.files().function(self.files().locate(at).0, self.facts(at).parent?))
        });
        let around: Vec<FnId> = around.collect();
        let same = self.implementations.values().filter(|methods| methods.iter().any(|method| around.contains(method)));
        same.flatten().any(|&other| !around.contains(&other) && !self.is_test(other) && holds(other))
    }

    /// `self.execute()`: one class of many, and always the same for one object.
    fn calls_receiver(&self, edge: &Edge) -> bool {
        let facts = self.facts(edge.caller);
        let OpKind::Call { callee, .. } = facts.op(edge.op).kind else { return false };
        matches!(facts.op(callee).kind, OpKind::Attribute(base, _) if is_receiver(facts, base))
    }
}
