//! Processes of two kinds in one: a service that, when it starts, also sets a worker going, so that neither scales alone.

use crate::facts::{FunctionKind, OpId, RegionKind};
use crate::finding::{Confidence, Note};
use crate::link::project::{Project, Site};
use crate::link::reach::paths::Reached;
use crate::link::reach::startup::StartUp;
use crate::link::values::eval::Event;
use crate::link::values::value::{FnId, Kind};
use crate::models::{EntryKind, Role, Trait};
use std::collections::BTreeSet;

/// A worker that the start of a service sets going inside its own process.
#[derive(Debug, Clone)]
pub struct SecondKind {
    /// Where it is set going.
    pub function: FnId,
    /// The operation that does.
    pub op: OpId,
    /// What takes the work.
    pub name: String,
    /// The way from the start of the service.
    pub reached: Reached,
    /// Where work is taken and what is done with it, as evidence.
    pub steps: Vec<Note>,
    /// How sure it is.
    pub sure: Confidence,
}

/// How far the work is followed.
const DEPTH: usize = 5;

/// How far a start is followed to the server that it starts.
const SERVES_WITHIN: usize = 6;

impl Project {
    /// Workers that live in the process of a service and take work that any process could do.
    #[must_use]
    pub fn second_kinds(&self) -> Vec<SecondKind> {
        let mut found: Vec<SecondKind> = Vec::new();
        for (function, op, name, sure) in self.takers() {
            let Some(second) = self.second_kind(function, op, name, sure) else { continue };
            if !found.iter().any(|known| (known.function, known.op) == (second.function, second.op)) {
                found.push(second);
            }
        }
        found
    }

    /// Where work is taken: by the worker of a queue, from a broker, or from a shared store in a loop without end.
    fn takers(&self) -> Vec<(FnId, OpId, String, Confidence)> {
        let by_model = [Role::Work, Role::Consume, Role::Receive].into_iter().flat_map(|role| self.sites(role));
        let mut found: Vec<_> =
            by_model.map(|site| (site.function, site.op, self.callee_name(&site), Confidence::High)).collect();
        for function in self.functions() {
            let endless = |kind: &RegionKind| matches!(kind, RegionKind::Loop { over: None, condition: None, .. });
            let Some(region) = self.facts(function).regions.iter().find(|region| endless(&region.kind)) else { continue };
            let mut calls =
                self.graph.from(function).filter(|edge| !edge.outside && region.holds(edge.op)).map(|edge| edge.callee);
            let here = self.sites_in(function).filter(|site| region.holds(site.op)).any(|site| takes(&site));
            if here || calls.any(|callee| self.claims_next(callee, 0)) {
                found.push((function, region.start, format!("the loop in {}", self.function_name(function)), Confidence::Medium));
            }
        }
        found
    }

    /// Whether a function, or one that it calls, takes an item so that nobody else gets it.
    fn claims_next(&self, function: FnId, depth: usize) -> bool {
        self.sites_in(function).any(|site| takes(&site))
            || self.skips_locked(function)
            || depth < 2
                && self.graph.from(function).filter(|edge| !edge.outside).any(|edge| self.claims_next(edge.callee, depth + 1))
    }

    fn second_kind(&self, function: FnId, op: OpId, name: String, sure: Confidence) -> Option<SecondKind> {
        let way = self.way_from_service(function, op)?;
        let (starter, start) = match self.spawn_on(&way.reached.functions) {
            Some((spawner, spawn)) => ((spawner, spawn), self.way_from_service(spawner, spawn)?),
            None => ((function, op), way),
        };
        if start.chosen {
            return None;
        }
        let taken =
            Note { place: self.place(function, op), message: format!("{} takes work here", self.function_name(function)) };
        let mut steps = vec![taken];
        if sure == Confidence::Medium || !self.has_role(function, Role::Work) {
            steps.push(self.shared_effect(function)?);
        }
        let (function, op) = starter;
        Some(SecondKind { function, op, name, reached: start.reached, steps, sure })
    }

    /// The way from the start of a process that answers requests: a hook of its framework, or a main program that serves.
    fn way_from_service(&self, function: FnId, op: OpId) -> Option<StartUp> {
        let answers = |start: &StartUp| {
            let Some((&first, then)) = start.reached.functions.split_first() else { return false };
            // The module that a server imports may leave it to a function to make the application.
            let is_module = self.facts(first).kind == FunctionKind::Module;
            self.starts_service(first) || is_module && then.iter().any(|&part| self.has_role(part, Role::Application))
        };
        self.start_up(function, op).filter(answers).or_else(|| self.main_program(function, op))
    }

    /// The way on which an operation runs when the program that starts a server is run as the main one.
    fn main_program(&self, function: FnId, op: OpId) -> Option<StartUp> {
        if self.is_test(function) || self.is_client_side(function) || self.is_script_folder(function) {
            return None;
        }
        let reached = self.way_from(function, op, EntryKind::Command)?;
        let start = *reached.functions.first()?;
        let serves = |part: FnId| {
            [Role::Serve, Role::ServeDrained, Role::ServeDevelopment].into_iter().any(|role| self.has_role(part, role))
        };
        let makes_it = || self.has_role(self.module_body(self.files().locate(start).0), Role::Application);
        let is_main = self.facts(start).kind == FunctionKind::MainGuard;
        if !is_main || !makes_it() && !self.work_behind(vec![start], SERVES_WITHIN).into_iter().any(serves) {
            return None;
        }
        let chosen = self.is_decided_on(&reached, function, op);
        Some(StartUp { reached, chosen })
    }

    fn starts_service(&self, start: FnId) -> bool {
        let mut points = self.entries.of(start).iter().filter_map(|point| point.registered);
        points.any(|(registrar, op)| self.is_hook_of_service(registrar, op)) || self.runs_server(start)
    }

    /// Whether a registration is made with a library that answers requests.
    fn is_hook_of_service(&self, registrar: FnId, op: OpId) -> bool {
        let library = self.described(registrar).into_iter().find(|(at, _)| *at == op).map(|(_, act)| act.library.as_str());
        let decorated = self.events(registrar).iter().find_map(|event| match event {
            Event::Decorated { op: at, act: Some(act), .. } if *at == op => Some(self.act(*act).library.as_str()),
            _ => None,
        });
        library.or(decorated).is_some_and(|library| self.models().answers_requests(library))
    }

    /// Whether a program starts a server, or makes the application that one serves.
    fn runs_server(&self, start: FnId) -> bool {
        let serves = |function: FnId| {
            [Role::Serve, Role::ServeDrained, Role::Application].into_iter().any(|role| self.has_role(function, role))
        };
        if self.facts(start).kind == FunctionKind::Module {
            return self.has_role(start, Role::Application);
        }
        self.work_behind(vec![start], SERVES_WITHIN).into_iter().any(serves)
    }

    /// The first call on a way that hands what follows to a thread, task or process.
    fn spawn_on(&self, functions: &[FnId]) -> Option<(FnId, OpId)> {
        functions.windows(2).find_map(|pair| {
            let mut edges = self.graph.from(pair[0]).filter(|edge| edge.callee == pair[1] && !edge.outside);
            edges.find_map(|edge| Some((pair[0], self.spawn_of(pair[0], edge.op)?)))
        })
    }

    /// The spawn that a call is, or is an argument of.
    fn spawn_of(&self, function: FnId, op: OpId) -> Option<OpId> {
        let spawns = || self.sites_in(function).filter(|site| site.role == Role::Spawn);
        spawns().find(|site| site.op == op || self.is_same_argument(function, site.op, op)).map(|site| site.op)
    }

    /// What the work does that every instance sees; `None` when nothing is known, or when it keeps this process up to date.
    fn shared_effect(&self, function: FnId) -> Option<Note> {
        let handlers = self.events(function).iter().filter_map(|event| match event {
            Event::Entry { kind: EntryKind::Job, handler, .. } => match handler.kind {
                Kind::Function(handler) => Some(handler),
                _ => None,
            },
            _ => None,
        });
        let roots: BTreeSet<FnId> = handlers.chain([function]).collect();
        let work = self.work_behind(roots.into_iter().collect(), DEPTH);
        let own = |event: &Event| match event {
            Event::Write { slot, .. } => self.is_process_wide(*slot),
            Event::Act { act, receiver, .. } => {
                let writes =
                    matches!(self.act(*act).behaviour.role, Some(Role::StateWrite | Role::StateGetOrAdd | Role::LocalSend));
                writes && receiver.slot.is_some_and(|slot| self.is_process_wide(slot))
            }
            _ => false,
        };
        if work.iter().any(|&part| self.events(part).iter().any(own)) {
            return None;
        }
        let sites = work.iter().flat_map(|&part| self.sites_in(part));
        sites.into_iter().find(|site| acts_for_all(site)).map(|site| Note {
            place: self.site_place(&site),
            message: format!("{} acts through {}", self.function_name(site.function), self.callee_name(&site)),
        })
    }
}

impl Project {
    /// Whether a call takes an item out of a shared store, so that nobody else gets it.
    pub(crate) fn is_taken(&self, site: &Site<'_>) -> bool {
        takes(site)
    }
}

fn takes(site: &Site<'_>) -> bool {
    let claimed = site.receiver.traits.union(site.result.traits).union(site.act.adds).has(Trait::Claimed);
    let verb = site.act.name.rsplit(['.', ':']).next().unwrap_or_default();
    // A key that is set when missing is a lock.
    claimed && site.role != Role::LockShared && !verb.starts_with("set") && !matches!(verb, "add" | "cas" | "setnx")
}

fn acts_for_all(site: &Site<'_>) -> bool {
    match site.role {
        Role::MailSend | Role::HttpRequest | Role::Enqueue | Role::RpcCall | Role::Write | Role::WriteBatch | Role::Commit => {
            true
        }
        Role::Execute => site.receiver.traits.union(site.result.traits).has(Trait::Writes),
        _ => false,
    }
}
