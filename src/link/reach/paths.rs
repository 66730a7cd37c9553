//! On which path is this? Reachability from entry points, with one shortest witness for each kind.

use super::entries::Entries;
use super::graph::{Edge, Graph};
use super::surroundings;
use crate::facts::OpId;
use crate::finding::{Confidence, Note};
use crate::link::Files;
use crate::link::names::contexts::{Context, Contexts};
use crate::link::project::Project;
use crate::link::values::value::FnId;
use crate::models::EntryKind;
use rustc_hash::FxHashSet;

/// How a function is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum From {
    /// It is an entry point: which.
    Entry(u32),
    /// Through a call from within a visit.
    Call { caller: u32, op: OpId, outside: bool, guessed: bool },
}

/// A function reached in one context.
#[derive(Debug)]
struct Visit {
    function: FnId,
    context: Context,
    from: From,
    /// The next visit of the same function.
    next: Option<u32>,
}

/// What is reached from entry points of one kind.
#[derive(Debug, Default)]
struct Lane {
    first: Vec<Option<u32>>,
    visits: Vec<Visit>,
}

/// Contexts in which a function is told apart, for each kind; beyond these, nothing is known of its arguments.
const CONTEXTS: usize = 12;

impl Lane {
    /// The visits of a function, in the order they were found: the shortest path first.
    fn of(&self, function: FnId) -> impl Iterator<Item = (u32, &Visit)> {
        std::iter::successors(self.first.get(function.index()).copied().flatten(), |&at| self.visits[at as usize].next)
            .map(|at| (at, &self.visits[at as usize]))
    }

    /// Note a visit, unless one that covers it is known. Gives its number.
    fn add(&mut self, function: FnId, mut context: Context, from: From) -> Option<u32> {
        let (mut count, mut last) = (0, None);
        for (at, visit) in self.of(function) {
            if visit.context.is_open() || visit.context == context {
                return None;
            }
            (count, last) = (count + 1, Some(at));
        }
        if count >= CONTEXTS {
            context = Context::default();
        }
        let id = u32::try_from(self.visits.len()).ok()?;
        match last {
            Some(last) => self.visits[last as usize].next = Some(id),
            None => self.first[function.index()] = Some(id),
        }
        self.visits.push(Visit { function, context, from, next: None });
        Some(id)
    }
}

/// Reachability of all functions.
#[derive(Debug, Default)]
pub(crate) struct Paths {
    lanes: [Lane; EntryKind::ALL.len()],
    contexts: Contexts,
    /// Whether the project has requests, jobs or schedules at all.
    pub serves: bool,
}

/// The parts of a project that decide what reaches what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Routes<'p> {
    pub files: &'p Files,
    pub graph: &'p Graph,
    pub entries: &'p Entries,
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
    /// Some call on the way may mean another method than the one the path takes.
    pub guessed: bool,
}

impl Paths {
    /// Search from all entry points.
    pub(crate) fn search(routes: Routes<'_>, made: FxHashSet<(FnId, OpId)>) -> Self {
        let entries = routes.entries;
        let mut paths = Self { contexts: Contexts::find(routes.files, routes.graph, made), ..Self::default() };
        paths.serves = entries.points.iter().any(|point| point.kind.serves() && !entries.test[point.function.index()]);
        let mut once = Vec::new();
        for &kind in EntryKind::ALL {
            if kind != EntryKind::Startup {
                paths.lanes[kind as usize] = paths.flood(routes, kind, &[], &mut once);
            }
        }
        paths.lanes[EntryKind::Startup as usize] = paths.flood(routes, EntryKind::Startup, &once, &mut Vec::new());
        paths
    }

    /// Breadth first from the entries of one kind. What is called at most once is collected: it counts as start-up.
    fn flood(&self, routes: Routes<'_>, kind: EntryKind, extra: &[FnId], once: &mut Vec<FnId>) -> Lane {
        let Routes { files, graph, entries } = routes;
        let mut lane = Lane { first: vec![None; files.function_count()], visits: Vec::new() };
        let serving = kind.serves();
        let points = entries.points.iter().enumerate().filter(|(_, point)| point.kind == kind);
        for (at, point) in points {
            if !(serving && entries.test[point.function.index()]) {
                lane.add(point.function, Context::default(), From::Entry(u32::try_from(at).unwrap_or(u32::MAX)));
            }
        }
        for &function in extra {
            lane.add(function, Context::default(), From::Entry(u32::MAX));
        }
        let mut next = 0;
        while let Some(visit) = lane.visits.get(next) {
            let (caller, context) = (visit.function, visit.context.clone());
            for edge in graph.from(caller) {
                if !edge.outside && self.contexts.excludes(files, caller, edge.op, &context) {
                    continue;
                }
                if serving && (edge.once || entries.memoised[edge.callee.index()]) {
                    once.push(edge.callee);
                    continue;
                }
                if !(serving && entries.test[edge.callee.index()]) {
                    let from = From::Call {
                        caller: u32::try_from(next).unwrap_or(u32::MAX),
                        op: edge.op,
                        outside: edge.outside,
                        guessed: edge.guessed,
                    };
                    lane.add(edge.callee, self.contexts.enter(files, edge, &context), from);
                }
            }
            next += 1;
        }
        lane
    }

    fn is_reached(&self, function: FnId, kind: EntryKind) -> bool {
        self.lanes[kind as usize].of(function).next().is_some()
    }

    /// The first visit from entries of `kind` in which `op` runs.
    fn visit(&self, files: &Files, (function, op): (FnId, OpId), kind: EntryKind) -> Option<u32> {
        let mut visits = self.lanes[kind as usize].of(function);
        visits.find(|(_, visit)| !self.contexts.excludes(files, function, op, &visit.context)).map(|(at, _)| at)
    }

    pub(super) fn is_reached_at_all(&self, function: FnId) -> bool {
        EntryKind::ALL.iter().any(|&kind| self.is_reached(function, kind))
    }

    /// Whether a call can lead to `op` in the called function: what it passes does not exclude it.
    pub(crate) fn leads_to(&self, files: &Files, edge: &Edge, op: OpId) -> bool {
        let context = self.contexts.enter(files, edge, &Context::default());
        !self.contexts.excludes(files, edge.callee, op, &context)
    }
}

impl Project {
    /// Whether `function` is reached from entries of `kind`.
    #[must_use]
    pub fn is_reached(&self, function: FnId, kind: EntryKind) -> bool {
        self.paths.is_reached(function, kind)
    }

    /// Whether an operation runs on some path from entries of `kind`; [`Project::is_reached`] asks this of its function alone.
    #[must_use]
    pub fn runs_from(&self, function: FnId, op: OpId, kind: EntryKind) -> bool {
        self.paths.visit(self.files(), (function, op), kind).is_some()
    }

    /// Whether every way to a function leaves an operation out: a constant that callers pass, or an argument that none gives, decides.
    #[must_use]
    pub fn is_left_out(&self, function: FnId, op: OpId) -> bool {
        let reached =
            |kinds: &[EntryKind]| kinds.iter().copied().filter(|&kind| self.is_reached(function, kind)).collect::<Vec<_>>();
        let serving = reached(&EntryKind::SERVING);
        let reaching = if serving.is_empty() { reached(EntryKind::ALL) } else { serving };
        !reaching.is_empty() && !reaching.into_iter().any(|kind| self.runs_from(function, op, kind))
    }

    /// The shortest way from entries of `kind` to an operation.
    #[must_use]
    pub fn way_from(&self, function: FnId, op: OpId, kind: EntryKind) -> Option<Reached> {
        self.paths.visit(self.files(), (function, op), kind).map(|visit| self.reached(visit, kind))
    }

    /// On which path an operation lies. The question most rules start with.
    #[must_use]
    pub fn placement(&self, function: FnId, op: OpId) -> Placement {
        if self.entries.test[function.index()] || self.runs_once(function, op) || self.is_under_test_switch(function, op) {
            return Placement::Cold;
        }
        if self.is_client_side(function) {
            return Placement::Unplaced(Confidence::Low);
        }
        for kind in EntryKind::SERVING {
            if let Some(visit) = self.paths.visit(self.files(), (function, op), kind) {
                return Placement::Hot(self.reached(visit, kind));
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

    /// Whether an operation lies on a request or job path, whatever that is: [`Project::placement`] without the evidence.
    #[must_use]
    pub fn is_hot(&self, function: FnId, op: OpId) -> bool {
        !self.entries.test[function.index()]
            && !self.runs_once(function, op)
            && EntryKind::SERVING.into_iter().any(|kind| self.paths.visit(self.files(), (function, op), kind).is_some())
    }

    /// Whether an operation runs at most once in a process: it fills a place it found empty, or its function keeps its results.
    #[must_use]
    pub fn runs_once(&self, function: FnId, op: OpId) -> bool {
        self.entries.memoised[function.index()]
            || self.once[function.index()].iter().any(|once| once.holds(op) && !once.keyed)
            || self.is_inside_initialiser(function)
    }

    /// Whether an operation runs at most once for each key: it fills an entry that it did not find.
    #[must_use]
    pub fn runs_once_per_key(&self, function: FnId, op: OpId) -> bool {
        self.once[function.index()].iter().any(|once| once.holds(op) && once.keyed)
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
        files.purpose(file).is_some()
    }

    /// The path from an entry of `kind` to a visit.
    fn reached(&self, visit: u32, kind: EntryKind) -> Reached {
        let visits = &self.paths.lanes[kind as usize].visits;
        let mut visit = &visits[visit as usize];
        let mut functions = vec![visit.function];
        let mut steps = Vec::new();
        let mut label = String::new();
        let mut guessed = false;
        // Every visit was found from an earlier one: the walk ends at an entry.
        loop {
            match visit.from {
                From::Call { caller, op, outside, guessed: one_of_many } => {
                    guessed |= one_of_many;
                    let before = &visits[caller as usize];
                    let place = if outside { self.place_of_name(before.function) } else { self.place(before.function, op) };
                    let message = format!("{} calls {}", self.function_name(before.function), self.function_name(visit.function));
                    steps.push(Note { place, message });
                    functions.push(before.function);
                    visit = before;
                }
                From::Entry(entry) => {
                    if let Some(entry) = self.entries.points.get(entry as usize) {
                        label.clone_from(&entry.label);
                        steps.push(Note { place: self.place_of_name(visit.function), message: self.entry_sentence(entry) });
                    }
                    break;
                }
            }
        }
        functions.reverse();
        steps.reverse();
        Reached { kind, label, steps, functions, guessed }
    }

    pub(crate) fn entry_sentence(&self, entry: &crate::link::EntryPoint) -> String {
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

impl Project {
    /// Whether it is a probe of the platform by its route, or by the name of its handler.
    #[must_use]
    pub fn is_health_route(&self, reached: &Reached) -> bool {
        let named = |handler: &FnId| super::words::is_health_name(&self.function_name(*handler));
        reached.is_probe() || reached.kind == EntryKind::Request && reached.functions.first().is_some_and(named)
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
            "metrics",
        ];
        self.label
            .rsplit([' ', '/'])
            .map(|part| part.trim_matches(['^', '$']))
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
