//! Does each instance of the service do this when it starts, whatever it was asked to do?

use super::paths::Reached;
use crate::facts::{FunctionKind, Literal, OpId, OpKind, RegionKind};
use crate::lang::Language;
use crate::link::project::{Project, Site};
use crate::link::values::eval::How;
use crate::link::values::value::FnId;
use crate::models::{EntryKind, Role};

/// A way from the start of the process to an operation.
#[derive(Debug, Clone)]
pub struct StartUp {
    /// The steps.
    pub reached: Reached,
    /// Somebody chose it: a setting, an argument of the command line, an `else`.
    pub chosen: bool,
}

/// Words of statements that take a lock which all instances see.
const LOCKS: [&str; 4] = ["pg_advisory", "pg_try_advisory", "GET_LOCK", "sp_getapplock"];

impl Project {
    /// The way on which an operation runs when an instance of the service starts; none in programs that serve nobody.
    #[must_use]
    pub fn start_up(&self, function: FnId, op: OpId) -> Option<StartUp> {
        if !self.paths.serves {
            return None;
        }
        // Few operations have such a way; who imports a module is asked after that.
        let reached = self.way_from(function, op, EntryKind::Startup)?;
        let by_hand = self.is_test(function) || self.is_client_side(function) || self.is_program_by_hand(function);
        if by_hand || self.is_script(function) {
            return None;
        }
        // The body of a script that nothing imports is its own program.
        let start = *reached.functions.first()?;
        if self.is_script(start) || self.is_program_by_hand(start) || self.is_client_side(start) {
            return None;
        }
        if self.language(start) == Language::Rust && !self.serves_in_crate(start) {
            return None;
        }
        let chosen = self.is_decided_on(&reached, function, op);
        Some(StartUp { reached, chosen })
    }

    /// Whether a way, or its last operation, stands under a decision.
    pub(crate) fn is_decided_on(&self, reached: &Reached, function: FnId, op: OpId) -> bool {
        let mut calls = reached.functions.windows(2).map(|pair| {
            let mut edges = self.graph.from(pair[0]).filter(|edge| edge.callee == pair[1]).peekable();
            edges.peek().is_some() && edges.all(|edge| !edge.outside && self.is_decision(pair[0], edge.op))
        });
        calls.any(|call| call) || self.is_decision(function, op)
    }

    /// The way on which an operation runs when a module of the service is imported, or its application made, each step called plainly:
    /// what is only handed to a decorator or registered runs later.
    #[must_use]
    pub fn import(&self, function: FnId, op: OpId) -> Option<StartUp> {
        let start = self.start_up(function, op)?;
        let &module = start.reached.functions.first()?;
        let (file, _) = self.files().locate(module);
        let served = || self.entry_points_in(file).iter().any(|point| point.kind.serves());
        let makes_it = || start.reached.functions.iter().any(|&function| self.has_role(function, Role::Application));
        let imported = || makes_it() || served() || !self.importers(file).is_empty();
        let plain = |pair: &[FnId]| {
            let mut edges = self.graph.from(pair[0]).filter(|edge| edge.callee == pair[1] && !edge.outside);
            edges.any(|edge| edge.how == How::Direct)
        };
        let is_body = self.facts(module).kind == FunctionKind::Module || self.is_factory(module);
        let at_import = self.language(module) == Language::Python && is_body;
        (at_import && start.reached.functions.windows(2).all(plain) && imported()).then_some(start)
    }

    /// Whether the crate of a program has something that serves: a program beside the service may only migrate.
    fn serves_in_crate(&self, start: FnId) -> bool {
        let folder = |function: FnId| self.crate_folder(self.files().locate(function).0);
        let own = folder(start);
        self.entry_points()
            .iter()
            .any(|point| point.kind.serves() && !self.is_test(point.function) && folder(point.function) == own)
    }

    /// Whether an operation stands under a condition that is no test of what an earlier call gave.
    fn is_decision(&self, function: FnId, op: OpId) -> bool {
        let facts = self.facts(function);
        facts.regions_around(op).any(|region| match region.kind {
            RegionKind::Branch { .. } | RegionKind::Guarded { .. } | RegionKind::Handler(_) => true,
            RegionKind::Arm { subject } => !matches!(facts.op(subject).kind, OpKind::Await(_) | OpKind::Try(_)),
            _ => false,
        })
    }

    /// Whether one of these functions takes a lock that all instances see.
    #[must_use]
    pub fn takes_shared_lock(&self, functions: &[FnId]) -> bool {
        functions.iter().any(|&function| {
            let (file, _) = self.files().locate(function);
            self.has_role(function, Role::LockShared)
                || self.facts(function).ops.iter().any(|op| match op.kind {
                    OpKind::Literal(Literal::Text(text)) => LOCKS.iter().any(|lock| self.files().name(file, text).contains(lock)),
                    _ => false,
                })
        })
    }

    /// Whether the code around says that the database is a file beside the process.
    #[must_use]
    pub fn is_on_file_database(&self, site: &Site<'_>) -> bool {
        let (file, _) = self.files().locate(site.function);
        let data = self.files().get(file);
        let says = |text: &str| text.len() < 200 && text.to_ascii_lowercase().contains("sqlite");
        let named = |op: &crate::facts::Op| match op.kind {
            OpKind::Name(name) | OpKind::Attribute(_, name) | OpKind::Literal(Literal::Text(name)) => {
                says(data.facts.names.get(name))
            }
            _ => false,
        };
        let local = match data.language {
            Language::Python => data.facts.names.iter().any(|(_, name)| says(name)),
            Language::Rust => self.facts(site.function).ops.iter().any(named),
            Language::Sql | Language::Deployment(_) => false,
        };
        says(&data.path) || local
    }

    /// Whether some file of the service names a database in a file as what it uses.
    #[must_use]
    pub fn names_file_database(&self) -> bool {
        self.functions().filter(|&function| !self.is_test(function) && !self.is_script(function)).any(|function| {
            let (file, _) = self.files().locate(function);
            self.facts(function).ops.iter().any(|op| match op.kind {
                OpKind::Literal(Literal::Text(text)) => {
                    let text = self.files().name(file, text);
                    ["sqlite:", "sqlite+", "django.db.backends.sqlite"].iter().any(|start| text.starts_with(start))
                }
                _ => false,
            })
        })
    }

    /// Whether an operation belongs to commands, migrations, scripts or tests: somebody watches, and nothing else waits.
    #[must_use]
    pub fn is_by_hand(&self, function: FnId, op: OpId) -> bool {
        let reached = |kind| self.runs_from(function, op, kind);
        let serving = EntryKind::SERVING.into_iter().any(reached);
        let by_hand = [EntryKind::Command, EntryKind::Migration, EntryKind::Test].into_iter().any(reached);
        let script = || self.is_script(function) || self.is_program_by_hand(function);
        !serving && (script() || by_hand && !reached(EntryKind::Startup) || self.is_called_by_hand(function, 0))
    }

    /// Whether a function that no known entry point leads to is called, and only from programs that people start.
    fn is_called_by_hand(&self, function: FnId, depth: u32) -> bool {
        if depth > 3 || self.paths.is_reached_at_all(function) {
            return false;
        }
        let by_hand = |caller: FnId| {
            let (file, _) = self.files().locate(caller);
            matches!(self.files().purpose(file), Some(EntryKind::Command | EntryKind::Migration))
                || self.is_called_by_hand(caller, depth + 1)
        };
        let mut callers =
            self.graph.to(function).map(|edge| edge.caller).filter(|&caller| caller != function && !self.is_test(caller));
        let first = callers.next();
        first.is_some_and(by_hand) && callers.all(by_hand)
    }

    /// Whether requests come here, and neither jobs, nor the clock, nor the start of the process.
    #[must_use]
    pub fn only_serves_requests(&self, function: FnId, op: OpId) -> bool {
        let others = [EntryKind::Job, EntryKind::Scheduled, EntryKind::Startup];
        let reached = |kind| self.runs_from(function, op, kind);
        reached(EntryKind::Request) && !others.into_iter().any(reached)
    }
}
