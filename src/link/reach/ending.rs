//! Programs that run through to their end: a `main` beside that of a service, which serves nobody and waits for nothing.

use crate::facts::{Function, Jump, Op, OpId, OpKind, Region, RegionKind};
use crate::lang::Language;
use crate::link::Project;
use crate::link::values::eval::Event;
use crate::link::values::value::FnId;
use crate::models::{EntryKind, Role};
use rustc_hash::FxHashSet;

/// How many functions of a program are looked at; one that has more is taken to go on.
const FUNCTIONS: usize = 4_000;

impl Project {
    /// What starts such a program is a command. Only where it reads a command line, and beside programs of the same crate that are seen
    /// to go on: else it may go on in a way that is not known here.
    pub(in crate::link) fn find_ending_programs(&mut self) {
        let is_main = |function: FnId| self.language(function) == Language::Rust && self.function_name(function) == "main";
        let points = self.entries.points.iter().filter(|point| point.kind == EntryKind::Startup && is_main(point.function));
        let mains: Vec<(FnId, Option<&str>)> =
            points.map(|point| (point.function, self.crate_folder(self.files().locate(point.function).0))).collect();
        let (ongoing, ending): (Vec<_>, Vec<_>) = mains.into_iter().partition(|&(main, _)| self.program_goes_on(main));
        let beside = ending.into_iter().filter(|&(main, folder)| {
            ongoing.iter().any(|&(_, other)| other == folder) && self.reads_command_line(self.files().locate(main).0)
        });
        let ending: FxHashSet<FnId> = beside.map(|(main, _)| main).collect();
        let ongoing: Vec<FnId> = ongoing.into_iter().map(|(main, _)| main).collect();
        for point in self.entries.points.iter_mut().filter(|point| ending.contains(&point.function)) {
            point.kind = EntryKind::Command;
        }
        self.find_subcommands(&ongoing);
        self.entries.sort();
    }

    /// Whether something that a program reaches serves, works off a queue, hands work to another task or repeats without end.
    fn program_goes_on(&self, main: FnId) -> bool {
        self.goes_on_within(main, |_| true)
    }

    /// The same of the operations of one function that lie `within` a part of it, and of all that they reach.
    pub(super) fn goes_on_within(&self, start: FnId, within: impl Fn(OpId) -> bool) -> bool {
        let mut seen = FxHashSet::from_iter([start]);
        let mut open = vec![start];
        while let Some(function) = open.pop() {
            let counts = |op: OpId| function != start || within(op);
            if seen.len() > FUNCTIONS
                || function != start && self.entries.serves(function)
                || loops_over_nothing(self.facts(function)).any(|region| counts(region.start))
            {
                return true;
            }
            let waits = |event: &Event| match event {
                Event::Act { act, op, .. } if counts(*op) => {
                    let mut roles = self.models().act(*act).behaviour.roles();
                    roles.any(|role| matches!(role, Role::Serve | Role::ServeDrained | Role::Work | Role::Consume | Role::Spawn))
                }
                Event::Entry { kind, op, .. } => kind.serves() && counts(*op),
                _ => false,
            };
            if self.events(function).iter().any(waits) {
                return true;
            }
            let calls = self.graph.from(function).filter(|edge| counts(edge.op));
            open.extend(calls.map(|edge| edge.callee).filter(|&callee| seen.insert(callee)));
        }
        false
    }
}

/// Loops over nothing, which go on until something else than rows or elements ends them.
fn loops_over_nothing(facts: &Function) -> impl Iterator<Item = &Region> {
    facts.regions.iter().filter(|region| matches!(region.kind, RegionKind::Loop { over: None, comprehension: false, .. }))
}

/// Whether a function has a loop over nothing that no jump and no return leaves.
pub(crate) fn stays_in_loop(facts: &Function) -> bool {
    let leaves = |op: &Op| matches!(op.kind, OpKind::Jump(Jump::Break) | OpKind::Return(_));
    loops_over_nothing(facts).any(|region| !facts.tape().any(|(at, op)| region.holds(at) && leaves(op)))
}
