//! Programs that share out work by the number of their copy: which variable tells them, and does this kind of workload have numbers?

use super::code::Link;
use crate::deploy::stages::Stage;
use crate::deploy::workloads::{Copies, Variable, Workload};
use crate::facts::{Literal, Op, OpId, OpKind, Operator, Target};
use crate::finding::{FileId, Place};
use crate::link::project::Project;
use crate::link::values::flows::taint;
use crate::link::values::value::FnId;

/// A copy's number that is none.
#[derive(Debug)]
pub struct FalseOrdinal<'p> {
    /// The workload.
    pub workload: &'p Workload,
    /// The variable that should tell a copy which one it is.
    pub variable: &'p Variable,
    /// Where the program shares out its work by it.
    pub used: Place,
    /// It has one value for all copies; otherwise it is the name of a copy that has no number.
    pub shared: bool,
}

impl Project {
    /// Variables by which copies share out work, of workloads whose copies have no numbers.
    #[must_use]
    pub fn false_ordinals(&self) -> Vec<FalseOrdinal<'_>> {
        let mut found: Vec<FalseOrdinal<'_>> = Vec::new();
        for link in self.links() {
            let workload = self.workload(link);
            if workload.copies != Copies::Alike || workload.stage == Stage::Development {
                continue;
            }
            for variable in &workload.containers[link.container].env {
                let named =
                    variable.field.as_deref().is_some_and(|field| field == "metadata.name" || field.contains("pod-index"));
                let shared = variable.value.as_deref().is_some_and(|value| value.parse::<u32>().is_ok())
                    && workload.replicas.amount.may_be_many();
                if !named && !shared {
                    continue;
                }
                let Some(used) = self.shares_out_by(link, &variable.name) else { continue };
                if !found.iter().any(|known| known.variable.place == variable.place) {
                    found.push(FalseOrdinal { workload, variable, used, shared: !named });
                }
            }
        }
        found
    }

    /// Where the code of a process takes the remainder of something and compares it with what a variable says.
    fn shares_out_by(&self, link: &Link, variable: &str) -> Option<Place> {
        let files = self.files().iter().filter(|(file, data)| {
            self.deployed.contains(link.entry, *file) && data.facts.names.iter().any(|(_, text)| text == variable)
        });
        files.map(|(file, _)| file).find_map(|file| self.remainder_in(file, variable))
    }

    fn remainder_in(&self, file: FileId, variable: &str) -> Option<Place> {
        let functions: Vec<FnId> = self.functions().filter(|function| self.files().locate(*function).0 == file).collect();
        let is_variable =
            |op: &Op| matches!(op.kind, OpKind::Literal(Literal::Text(text)) if self.files().name(file, text) == variable);
        // Names that get what the variable says, here or in the module.
        let mut names = Vec::new();
        for &function in &functions {
            let facts = self.facts(function);
            let told = taint(facts, |op| is_variable(facts.op(op)));
            names.extend(facts.ops.iter().filter_map(|op| match op.kind {
                OpKind::Store { target: Target::Name(name), value, .. } if told[value.index()] => Some(name),
                _ => None,
            }));
        }
        functions.into_iter().filter(|function| !self.is_test(*function)).find_map(|function| {
            let facts = self.facts(function);
            let told = taint(facts, |op| match facts.op(op).kind {
                OpKind::Name(name) => names.contains(&name),
                _ => is_variable(facts.op(op)),
            });
            let remainder = |op: OpId| matches!(facts.op(op).kind, OpKind::Operate(Operator::Modulo, ..));
            let compares = |op: &Op| match op.kind {
                OpKind::Operate(Operator::Equal | Operator::NotEqual, left, right) => {
                    remainder(left) && told[right.index()] || remainder(right) && told[left.index()]
                }
                _ => false,
            };
            let at = facts.ops.iter().position(compares)?;
            Some(self.place(function, OpId::from_index(at)))
        })
    }
}
