//! The call graph: who calls whom, from where.

use crate::facts::OpId;
use crate::link::values::eval::{Event, How, Once};
use crate::link::values::value::FnId;

/// A call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Edge {
    /// The calling function.
    pub caller: FnId,
    /// The call, on the caller's tape; for an injection or decorator, on the tape that defines the caller.
    pub op: OpId,
    /// The called function.
    pub callee: FnId,
    /// How it is called.
    pub how: How,
    /// The call runs at most once: it fills a place it found empty.
    pub once: bool,
    /// `op` is on the tape of the caller's parent.
    pub outside: bool,
    /// The callee's first parameter is what it is called on, not an argument.
    pub bound: bool,
    /// One of many that may be meant.
    pub guessed: bool,
}

/// Calls by caller and by callee.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    edges: Vec<Edge>,
    by_caller: Vec<Vec<u32>>,
    by_callee: Vec<Vec<u32>>,
}

impl Graph {
    /// From what evaluation recorded of each function, in order.
    pub(crate) fn of(events: &[Vec<Event>], once: &[Vec<Once>]) -> Self {
        let mut graph =
            Self { by_caller: vec![Vec::new(); events.len()], by_callee: vec![Vec::new(); events.len()], ..Self::default() };
        for (at, events) in events.iter().enumerate() {
            let caller = FnId::from_index(at);
            for event in events {
                match *event {
                    Event::Call { op, callee, how, bound } => {
                        let once = how == How::Once || once[at].iter().any(|once| once.holds(op) && !once.keyed);
                        graph.add(Edge { caller, op, callee, how, once, outside: false, bound, guessed: false });
                    }
                    Event::Injection { into, provider, op } => {
                        graph.add(Edge {
                            caller: into,
                            op,
                            callee: provider,
                            how: How::Direct,
                            once: false,
                            outside: true,
                            bound: false,
                            guessed: false,
                        });
                    }
                    _ => {}
                }
            }
        }
        graph
    }

    /// Add a call.
    pub(crate) fn add(&mut self, edge: Edge) {
        let id = u32::try_from(self.edges.len()).unwrap_or(u32::MAX);
        self.by_caller[edge.caller.index()].push(id);
        self.by_callee[edge.callee.index()].push(id);
        self.edges.push(edge);
    }

    /// These calls run at most once, whatever stands around them.
    pub(crate) fn mark_once(&mut self, is_once: impl Fn(&Edge) -> bool) {
        self.edges.iter_mut().for_each(|edge| edge.once |= is_once(edge));
    }

    /// Calls of a function that stands for another lead to that.
    pub(crate) fn lead_elsewhere(&mut self, stands_for: impl Fn(&Edge) -> Option<FnId>) {
        for (at, edge) in self.edges.iter_mut().enumerate() {
            let Some(callee) = stands_for(edge) else { continue };
            let id = u32::try_from(at).unwrap_or(u32::MAX);
            self.by_callee[edge.callee.index()].retain(|&other| other != id);
            self.by_callee[callee.index()].push(id);
            edge.callee = callee;
        }
    }

    /// Take a call out: something else than its caller decides whether it runs.
    pub(crate) fn cut(&mut self, caller: FnId, op: OpId, callee: FnId) {
        let edges = &self.edges;
        let meant = |id: u32| {
            let edge = &edges[id as usize];
            edge.caller == caller && edge.op == op && edge.callee == callee
        };
        self.by_caller[caller.index()].retain(|&id| !meant(id));
        self.by_callee[callee.index()].retain(|&id| !meant(id));
    }

    /// Calls that `caller` makes.
    pub(crate) fn from(&self, caller: FnId) -> impl Iterator<Item = &Edge> {
        self.by_caller[caller.index()].iter().map(|&id| &self.edges[id as usize])
    }

    /// Calls of `callee`.
    pub(crate) fn to(&self, callee: FnId) -> impl Iterator<Item = &Edge> {
        self.by_callee[callee.index()].iter().map(|&id| &self.edges[id as usize])
    }
}
