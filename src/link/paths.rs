//! On which path is this? Reachability from entry points, with one shortest witness for each kind.

use super::entries::Entries;
use super::graph::Graph;
use super::project::Project;
use super::surroundings;
use super::value::FnId;
use crate::facts::OpId;
use crate::finding::{Confidence, Note};
use crate::models::EntryKind;
use std::collections::VecDeque;

/// How a function is first reached from entry points of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum From {
    /// Not at all.
    #[default]
    Nowhere,
    /// It is one: which.
    Entry(u32),
    /// Through a call.
    Call { caller: FnId, op: OpId, outside: bool },
}

/// Reachability of all functions.
#[derive(Debug, Default)]
pub(crate) struct Paths {
    reached: Vec<[From; EntryKind::ALL.len()]>,
    /// Whether the project has requests, jobs or schedules at all.
    pub serves: bool,
}

/// Where an operation runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placement {
    /// On a request or job path.
    Hot(Reached),
    /// Only at start-up, in commands, migrations or tests, or at most once.
    Cold,
    /// Reached from no entry point that is known.
    Unplaced(Confidence),
}

/// A path from an entry point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// The kind of entry.
    pub kind: EntryKind,
    /// How people call the entry: `GET /users`.
    pub label: String,
    /// The steps, entry first.
    pub steps: Vec<Note>,
    /// Functions on the way, entry first.
    pub functions: Vec<FnId>,
}

impl Paths {
    /// Search from all entry points.
    pub(crate) fn search(graph: &Graph, entries: &Entries) -> Self {
        let count = entries.memoised.len();
        let mut paths = Self { reached: vec![Default::default(); count], serves: false };
        let hot = [EntryKind::Request, EntryKind::Job, EntryKind::Scheduled];
        paths.serves = entries.points.iter().any(|point| hot.contains(&point.kind) && !entries.test[point.function.index()]);
        let mut once = Vec::new();
        for &kind in EntryKind::ALL {
            if kind != EntryKind::Startup {
                paths.flood(graph, entries, kind, &[], &mut once);
            }
        }
        paths.flood(graph, entries, EntryKind::Startup, &once, &mut Vec::new());
        paths
    }

    /// Breadth first from the entries of one kind. What is called at most once is collected: it counts as start-up.
    fn flood(&mut self, graph: &Graph, entries: &Entries, kind: EntryKind, extra: &[(FnId, From)], once: &mut Vec<(FnId, From)>) {
        let mut queue = VecDeque::new();
        let lane = kind as usize;
        let serving = matches!(kind, EntryKind::Request | EntryKind::Job | EntryKind::Scheduled);
        let points = entries.points.iter().enumerate().filter(|(_, point)| point.kind == kind);
        let seeds = points.map(|(at, point)| (point.function, From::Entry(u32::try_from(at).unwrap_or(u32::MAX))));
        for (function, from) in seeds.chain(extra.iter().copied()) {
            let known = &mut self.reached[function.index()][lane];
            if *known == From::Nowhere && !(serving && entries.test[function.index()]) {
                *known = from;
                queue.push_back(function);
            }
        }
        while let Some(caller) = queue.pop_front() {
            for edge in graph.from(caller) {
                let from = From::Call { caller, op: edge.op, outside: edge.outside };
                if serving && (edge.once || entries.memoised[edge.callee.index()]) {
                    once.push((edge.callee, from));
                    continue;
                }
                let known = &mut self.reached[edge.callee.index()][lane];
                if *known == From::Nowhere && !(serving && entries.test[edge.callee.index()]) {
                    *known = from;
                    queue.push_back(edge.callee);
                }
            }
        }
    }

    fn is_reached(&self, function: FnId, kind: EntryKind) -> bool {
        self.reached[function.index()][kind as usize] != From::Nowhere
    }

    fn is_reached_at_all(&self, function: FnId) -> bool {
        self.reached[function.index()].iter().any(|from| *from != From::Nowhere)
    }
}

impl Project {
    /// Whether `function` is reached from entries of `kind`.
    #[must_use]
    pub fn is_reached(&self, function: FnId, kind: EntryKind) -> bool {
        self.paths.is_reached(function, kind)
    }

    /// On which path an operation lies. The question most rules start with.
    #[must_use]
    pub fn placement(&self, function: FnId, op: OpId) -> Placement {
        if self.entries.test[function.index()] || self.runs_once(function, op) {
            return Placement::Cold;
        }
        if self.is_client_side(function) {
            return Placement::Unplaced(Confidence::Low);
        }
        for kind in [EntryKind::Request, EntryKind::Job, EntryKind::Scheduled] {
            if self.paths.is_reached(function, kind) {
                return Placement::Hot(self.reached(function, kind));
            }
        }
        if self.paths.is_reached_at_all(function) {
            return Placement::Cold;
        }
        if self.says_set_up(function) {
            return Placement::Cold;
        }
        Placement::Unplaced(if self.paths.serves { Confidence::Low } else { Confidence::Medium })
    }

    /// Whether an operation runs at most once in a process: it fills a place it found empty, or its function keeps its results.
    #[must_use]
    pub fn runs_once(&self, function: FnId, op: OpId) -> bool {
        self.entries.memoised[function.index()]
            || self.once[function.index()].iter().any(|once| once.holds(op) && !once.keyed)
            || self.is_inside_initialiser(function)
    }

    /// A closure inside one that is called at most once: `CELL.get_or_init(|| async { .. })`.
    fn is_inside_initialiser(&self, function: FnId) -> bool {
        let files = self.files();
        let (file, _) = files.locate(function);
        let mut at = files.facts(function).parent;
        while let Some(parent) = at {
            let facts = &files.get(file).facts.functions[parent.index()];
            if facts.kind != crate::facts::FunctionKind::Closure {
                return false;
            }
            let mut calls = self.graph.to(files.function(file, parent)).peekable();
            if calls.peek().is_some() && calls.all(|edge| edge.once) {
                return true;
            }
            at = facts.parent;
        }
        false
    }

    fn says_set_up(&self, function: FnId) -> bool {
        let files = self.files();
        let (file, _) = files.locate(function);
        let mut at = Some(function);
        while let Some(id) = at {
            let facts = files.facts(id);
            let named = facts.name.is_some_and(|name| surroundings::sets_up(files.name(file, name)));
            if named || self.entries.memoised[id.index()] || self.entries.test[id.index()] {
                return true;
            }
            at = facts.parent.map(|parent| files.function(file, parent));
        }
        surroundings::purpose(&files.get(file).path).is_some()
    }

    /// The shortest path from an entry of `kind` to `function`, which must be reached from one.
    fn reached(&self, function: FnId, kind: EntryKind) -> Reached {
        let mut functions = vec![function];
        let mut steps = Vec::new();
        let mut label = String::new();
        let mut at = function;
        // Predecessors form a tree: the walk ends at its root.
        loop {
            match self.paths.reached[at.index()][kind as usize] {
                From::Call { caller, op, outside } => {
                    let place = if outside { self.place_of_name(caller) } else { self.place(caller, op) };
                    let message = format!("{} calls {}", self.function_name(caller), self.function_name(at));
                    steps.push(Note { place, message });
                    functions.push(caller);
                    at = caller;
                }
                From::Entry(entry) => {
                    let entry = &self.entries.points[entry as usize];
                    label.clone_from(&entry.label);
                    steps.push(Note { place: self.place_of_name(at), message: self.entry_sentence(entry) });
                    break;
                }
                From::Nowhere => break,
            }
        }
        functions.reverse();
        steps.reverse();
        Reached { kind, label, steps, functions }
    }

    fn entry_sentence(&self, entry: &super::EntryPoint) -> String {
        let name = self.function_name(entry.function);
        let label = entry.label.as_str();
        let named = !label.is_empty() && label != name;
        match entry.kind {
            EntryKind::Request if label == "dependency" => format!("{name} is a dependency that runs for each request"),
            EntryKind::Request if named => format!("{label} is handled by {name}"),
            EntryKind::Request => format!("{name} handles requests"),
            EntryKind::Job if named => format!("job {label} runs {name}"),
            EntryKind::Job => format!("{name} runs as a job"),
            EntryKind::Scheduled if named => format!("schedule {label} runs {name}"),
            EntryKind::Scheduled => format!("{name} runs on a schedule"),
            _ => format!("{name} runs as {}", entry.kind.name()),
        }
    }
}

impl Reached {
    /// Whether it is a probe of the platform, which tries things on purpose and rarely.
    #[must_use]
    pub fn is_probe(&self) -> bool {
        let probes = [
            "health",
            "healthz",
            "healthcheck",
            "health_check",
            "ready",
            "readyz",
            "readiness",
            "live",
            "livez",
            "liveness",
            "ping",
            "status",
        ];
        self.label
            .rsplit([' ', '/'])
            .find(|part| !part.is_empty())
            .is_some_and(|last| probes.contains(&last.to_ascii_lowercase().as_str()))
    }

    /// What runs it, for messages: `GET /users`, `the job send_report`, `list_users`.
    #[must_use]
    pub fn describe(&self) -> String {
        let label = self.label.as_str();
        match self.kind {
            EntryKind::Request if label.is_empty() || label == "dependency" => "each request".to_owned(),
            EntryKind::Request => format!("each {label}"),
            EntryKind::Job if label.is_empty() => "each job".to_owned(),
            EntryKind::Job => format!("each run of job {label}"),
            _ if label.is_empty() => "each scheduled run".to_owned(),
            _ => format!("each run of {label}"),
        }
    }
}
