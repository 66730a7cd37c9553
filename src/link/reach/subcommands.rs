//! What people choose on a command line and what runs through to its end: `service healthcheck` beside `service run`.

use crate::facts::{OpId, OpKind, Operator, Region};
use crate::link::names::classes::derived;
use crate::link::project::Project;
use crate::link::reach::entries::EntryPoint;
use crate::link::values::value::{ClassRef, FnId};
use crate::models::EntryKind;
use rustc_hash::FxHashSet;

/// What is derived for the choices of a command line: clap's, structopt's, argh's, bpaf's.
const CHOICES: [&str; 5] = ["Subcommand", "Parser", "StructOpt", "FromArgs", "Bpaf"];

/// How many functions from a `main` are looked at.
const FUNCTIONS: usize = 2_000;

impl Project {
    /// Such commands are no part of the program that serves: they become entry points of their own.
    pub(super) fn find_subcommands(&mut self, mains: &[FnId]) {
        let mut commands = Vec::new();
        let mut seen: FxHashSet<FnId> = mains.iter().copied().collect();
        let mut open = mains.to_vec();
        while let Some(caller) = open.pop().filter(|_| seen.len() < FUNCTIONS) {
            let arms = self.arms_that_end(caller);
            for edge in self.graph.from(caller) {
                if !edge.outside && arms.iter().any(|arm| arm.holds(edge.op)) {
                    commands.push((caller, edge.op, edge.callee));
                } else if seen.insert(edge.callee) {
                    open.push(edge.callee);
                }
            }
        }
        for (caller, op, callee) in commands {
            self.graph.cut(caller, op, callee);
            let label = self.function_name(callee);
            self.entries.points.push(EntryPoint {
                function: callee,
                kind: EntryKind::Command,
                label,
                registered: Some((caller, op)),
            });
        }
    }

    /// The arms of a function that belong to such commands; none where the function goes on whatever was chosen.
    fn arms_that_end(&self, function: FnId) -> Vec<Region> {
        let facts = self.facts(function);
        let choices = facts.regions.iter().filter(|region| region.kind.tested().is_some_and(|at| self.is_choice(function, at)));
        let (ongoing, ending): (Vec<_>, Vec<_>) = choices.partition(|arm| self.goes_on_within(function, |op| arm.holds(op)));
        let in_arm = |op| ongoing.iter().any(|arm| arm.holds(op));
        if ending.is_empty() || self.goes_on_within(function, |op| !in_arm(op)) {
            return Vec::new();
        }
        ending.into_iter().cloned().collect()
    }

    /// Whether what decides is an enum that is read from a command line.
    fn is_choice(&self, function: FnId, tested: OpId) -> bool {
        let facts = self.facts(function);
        let mut at = tested;
        while let OpKind::Operate(Operator::Equal | Operator::Or, left, _) = facts.op(at).kind {
            at = left;
        }
        let class = self.values(function)[at.index()].project_class();
        class.is_some_and(|class| self.is_command_line(class))
    }

    fn is_command_line(&self, class: ClassRef) -> bool {
        let (file, local) = self.files().locate_class(class);
        let facts = &self.files().get(file).facts;
        let class = &facts.classes[local.index()];
        let varies = class.fields.iter().any(|field| facts.names.get(field.name).starts_with(char::is_uppercase));
        varies && derived(facts, class).iter().any(|path| path.last().is_some_and(|last| CHOICES.contains(last)))
    }
}
