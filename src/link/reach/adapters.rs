//! Loops that are calls: a function given to `map`, `for_each` and the like runs for each element of what the call goes over.

use super::graph::Edge;
use super::loops::LoopAround;
use crate::facts::{FunctionKind, OpId, OpKind};
use crate::finding::Place;
use crate::lang::Language;
use crate::link::project::Project;
use crate::link::values::eval::How;
use crate::link::values::flows::{depends, last_store, taint};
use crate::link::values::value::FnId;
use crate::models::Trait;

/// Methods of Rust's iterators and streams that call what they are given for every element (`std::iter::Iterator`,
/// `futures::StreamExt`, `rayon::iter::ParallelIterator`). Those that end with the first hit are not among them.
const EACH: [&str; 9] =
    ["map", "for_each", "filter_map", "flat_map", "try_for_each", "for_each_concurrent", "then", "fold", "try_fold"];

/// Those that wait for the future which they are given for an element before they go on to the next.
const IN_TURN: [&str; 4] = ["for_each", "try_for_each", "then", "fold"];

/// What gives the elements of a collection one by one.
const SOURCES: [&str; 9] =
    ["iter", "iter_mut", "into_iter", "par_iter", "par_iter_mut", "into_par_iter", "keys", "values", "into_values"];

/// What hands on the elements it is given, all of them or those that fit.
const HANDING_ON: [&str; 14] = [
    "map",
    "filter",
    "filter_map",
    "flat_map",
    "enumerate",
    "rev",
    "cloned",
    "copied",
    "skip",
    "peekable",
    "inspect",
    "zip",
    "chain",
    "dedup",
];

/// What takes only some of the elements, however many there are.
const STOPPING: [&str; 12] =
    ["next", "find", "find_map", "any", "all", "position", "take", "take_while", "map_while", "nth", "last", "step_by"];

/// How many calls of a chain are looked at.
const CHAIN: usize = 16;

impl Project {
    /// The loop that a call is which is given a function: `rows.iter().map(|row| load(row.id))`, `map(load, rows)`. `None` for a call
    /// that calls what it is given once, or nobody knows how often, and where `op`, in what is given, only makes a future: those are
    /// waited for together.
    pub(super) fn loop_by_call(&self, edge: &Edge, op: OpId) -> Option<LoopAround> {
        if edge.how != How::Passed || self.is_future(edge.callee, op) && !self.waits_in_turn(edge) {
            return None;
        }
        let over_op = self.gone_through(edge)?;
        let function = edge.caller;
        let facts = self.facts(function);
        let values = self.values(function);
        let value = values[over_op.index()];
        let over = self.over(function, facts, &values, over_op, 0).filter(|_| !value.has(Trait::Limited))?;
        let (file, _) = self.files().locate(function);
        Some(LoopAround {
            function,
            op: edge.op,
            place: Place { file, span: facts.op(over_op).span },
            over,
            rows: value,
            sure: self.grows_with_data(function, over_op, (over, value)),
            works_off: false,
            conditional: false,
            picked: false,
            calls: Vec::new(),
            others: Vec::new(),
        })
    }

    /// What a call goes over that calls, for each element, the function it is given.
    fn gone_through(&self, edge: &Edge) -> Option<OpId> {
        let facts = self.facts(edge.caller);
        let (file, _) = self.files().locate(edge.caller);
        let OpKind::Call { callee, args } = facts.op(edge.op).kind else { return None };
        match (facts.op(callee).kind, self.language(edge.caller)) {
            (OpKind::Attribute(base, method), Language::Rust) => {
                let runs_each = EACH.contains(&self.files().name(file, method)) && !self.stops_early(edge.caller, edge.op);
                runs_each.then(|| self.below_adapters(edge.caller, base)).flatten()
            }
            // The built-in function.
            (OpKind::Name(name), Language::Python) if self.files().name(file, name) == "map" => match facts.list(args) {
                [_, rows] if last_store(facts, name, edge.op).is_none() => Some(rows.value),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether an operation gives a future that its own function does not wait for.
    fn is_future(&self, function: FnId, op: OpId) -> bool {
        let facts = self.facts(function);
        let is_block = matches!(facts.op(op).kind, OpKind::Closure(_));
        let calls = || self.graph.from(function).any(|edge| edge.op == op && self.facts(edge.callee).is_async);
        let asks = || self.sites_in(function).any(|site| site.op == op && site.act.behaviour.awaits);
        (is_block || calls() || asks()) && !facts.tape().any(|(_, later)| later.kind == OpKind::Await(op))
    }

    fn waits_in_turn(&self, edge: &Edge) -> bool {
        let facts = self.facts(edge.caller);
        let OpKind::Call { callee, .. } = facts.op(edge.op).kind else { return false };
        let OpKind::Attribute(_, method) = facts.op(callee).kind else { return false };
        IN_TURN.contains(&self.files().name(self.files().locate(edge.caller).0, method))
    }

    /// The collection below a chain of adapters.
    fn below_adapters(&self, function: FnId, start: OpId) -> Option<OpId> {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let mut at = start;
        for _ in 0..CHAIN {
            at = match facts.op(at).kind {
                OpKind::Name(name) => last_store(facts, name, at)?,
                OpKind::Call { callee, args } => match (facts.op(callee).kind, facts.list(args)) {
                    (OpKind::Attribute(base, method), given) => {
                        let method = self.files().name(file, method);
                        // `stream::iter(rows)`: a function of a module.
                        let whole = given.first().filter(|_| method == "iter" && given.len() == 1);
                        if let Some(whole) = whole {
                            return Some(whole.value);
                        }
                        if SOURCES.contains(&method) {
                            return Some(base);
                        }
                        HANDING_ON.contains(&method).then_some(base)?
                    }
                    _ => return None,
                },
                _ => return None,
            };
        }
        None
    }

    /// Whether what comes of a chain is not gone through to its end.
    fn stops_early(&self, function: FnId, call: OpId) -> bool {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let next = |of: OpId| {
            facts.tape().skip(of.index()).find_map(|(at, op)| match op.kind {
                OpKind::Call { callee, .. } => match facts.op(callee).kind {
                    OpKind::Attribute(base, method) if base == of => Some((at, self.files().name(file, method))),
                    _ => None,
                },
                _ => None,
            })
        };
        std::iter::successors(next(call), |&(at, _)| next(at)).take(CHAIN).any(|(_, method)| STOPPING.contains(&method))
    }

    /// An asynchronous block that a closure makes of its parameters (`|id| async move { load(id).await }`) runs when the closure does:
    /// the closure, the block in it, and those of its parameters that `subjects` depend on.
    pub(super) fn made_by_closure(&self, block: FnId, subjects: &[OpId]) -> Option<(FnId, OpId, Vec<OpId>)> {
        let facts = self.facts(block);
        let (file, local) = self.files().locate(block);
        let parent = facts.parent.filter(|_| facts.kind == FunctionKind::Closure && facts.is_async && facts.params.is_empty())?;
        let closure = self.files().function(file, parent);
        let around = self.facts(closure);
        if around.kind != FunctionKind::Closure {
            return None;
        }
        let made = around.tape().find(|(_, op)| op.kind == OpKind::Closure(local))?.0;
        let captured = |at: OpId, which: u16| {
            let name = around.params.get(usize::from(which)).map(|param| param.name);
            matches!(facts.op(at).kind, OpKind::Name(used) if Some(used) == name && last_store(facts, used, at).is_none())
        };
        let given = around.tape().filter_map(|(at, op)| match op.kind {
            OpKind::Param(which) => {
                let tainted = taint(facts, |at| captured(at, which));
                subjects.iter().any(|&subject| depends(facts, subject, &tainted)).then_some(at)
            }
            _ => None,
        });
        let given: Vec<OpId> = given.collect();
        (!given.is_empty()).then_some((closure, made, given))
    }
}
