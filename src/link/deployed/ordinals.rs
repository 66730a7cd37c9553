//! Programs that share out work by the number of their copy: which variable tells them, and does this kind of workload have numbers?

use super::code::Link;
use crate::deploy::stages::Stage;
use crate::deploy::workloads::{Copies, Variable, Workload};
use crate::facts::{FunctionKind, Literal, Op, OpId, OpKind, Operator, Target};
use crate::finding::{FileId, Place};
use crate::link::project::{Project, Site};
use crate::link::values::flows::taint;
use crate::link::values::value::{ClassRef, FnId};
use crate::models::Role;

/// A copy's number that is none.
#[derive(Debug)]
pub struct FalseOrdinal<'p> {
    /// The workload.
    pub workload: &'p Workload,
    /// The variable of the manifest that should tell a copy which one it is; none where the program asks for the host's name.
    pub variable: Option<&'p Variable>,
    /// Where the program shares out its work by it.
    pub used: Place,
    /// It has one value for all copies; otherwise it is the name of a copy that has no number.
    pub shared: bool,
}

/// Where the container runtime says the name of the host.
const HOST: &str = "HOSTNAME";

/// What tells a program which copy it is.
#[derive(Debug, Clone, Copy)]
enum Number<'n> {
    /// A variable of its environment.
    Variable(&'n str),
    /// The name of its host.
    Host,
}

impl<'n> Number<'n> {
    fn variable(self) -> &'n str {
        match self {
            Self::Variable(name) => name,
            Self::Host => HOST,
        }
    }
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
                let Some(used) = self.shares_out_by(link, Number::Variable(&variable.name)) else { continue };
                if !found.iter().any(|known| known.variable.is_some_and(|known| known.place == variable.place)) {
                    found.push(FalseOrdinal { workload, variable: Some(variable), used, shared: !named });
                }
            }
            // One copy needs no number, and its host may have been given a name.
            let named = workload.containers[link.container].variable(HOST).is_some();
            if !named
                && workload.replicas.amount.may_be_many()
                && let Some(used) = self.shares_out_by(link, Number::Host)
                && !found.iter().any(|known| known.used == used)
            {
                found.push(FalseOrdinal { workload, variable: None, used, shared: false });
            }
        }
        found
    }

    /// Where the code of a process takes the remainder of something and compares it with what tells the copy its number.
    fn shares_out_by(&self, link: &Link, number: Number<'_>) -> Option<Place> {
        let givers = self.givers(link, number);
        let field = self.setting_of(link, number);
        let calls = |file: FileId| {
            self.files()
                .functions_of(file)
                .any(|function| self.graph.from(function).any(|edge| !edge.outside && givers.contains(&edge.callee)))
        };
        let asks = |file: FileId| self.sites(Role::HostName).any(|site| self.files().locate(site.function).0 == file);
        let files = self.files().iter().filter(|(file, data)| {
            let names = || data.facts.names.iter().any(|(_, text)| text == number.variable());
            let reads = |field: &str| data.facts.names.iter().any(|(_, text)| text == field);
            let own = || names() || matches!(number, Number::Host) && asks(*file) || field.as_deref().is_some_and(reads);
            self.deployed.contains(link.entry, *file) && (own() || !givers.is_empty() && calls(*file))
        });
        files.map(|(file, _)| file).find_map(|file| self.remainder_in(file, number, (&givers, field.as_deref())))
    }

    /// The field that a class of settings fills from a variable: its name in small letters.
    fn setting_of(&self, link: &Link, number: Number<'_>) -> Option<String> {
        let Number::Variable(wanted) = number else { return None };
        let field = wanted.to_ascii_lowercase();
        let declares = |at: usize| {
            let class = ClassRef::from_index(at);
            let (file, local) = self.files().locate_class(class);
            let facts = &self.files().get(file).facts;
            facts.classes[local.index()].fields.iter().any(|own| facts.names.get(own.name) == field)
                && self.deployed.contains(link.entry, file)
                && self.classes.inherits(self.models(), class, |ty| ty.configures)
        };
        (0..self.files().class_count()).any(declares).then_some(field)
    }

    /// Where a function asks for the name of the machine, if that is what tells the copy its number.
    fn hosts_asked(&self, function: FnId, number: Number<'_>) -> Vec<OpId> {
        let asks = |site: &Site<'_>| site.role == Role::HostName && matches!(number, Number::Host);
        self.sites_in(function).filter(asks).map(|site| site.op).collect()
    }

    /// Functions of the code of a process that give what tells the copy its number, straight from where it is told.
    fn givers(&self, link: &Link, number: Number<'_>) -> Vec<FnId> {
        let wanted = number.variable();
        let own = self.files().iter().filter(|(file, _)| self.deployed.contains(link.entry, *file));
        own.flat_map(|(file, _)| self.files().functions_of(file))
            .filter(|&function| {
                let (file, _) = self.files().locate(function);
                let facts = self.facts(function);
                let returned =
                    || facts.ops.iter().filter_map(|op| if let OpKind::Return(value) = op.kind { Some(value) } else { None });
                if facts.kind != FunctionKind::Function || returned().next().is_none() {
                    return false;
                }
                let hosts = self.hosts_asked(function, number);
                let told = taint(facts, |op| match facts.op(op).kind {
                    OpKind::Literal(Literal::Text(text)) => self.files().name(file, text) == wanted,
                    _ => hosts.contains(&op),
                });
                returned().any(|value| told[value.index()])
            })
            .collect()
    }

    fn remainder_in(&self, file: FileId, number: Number<'_>, (givers, field): (&[FnId], Option<&str>)) -> Option<Place> {
        let functions: Vec<FnId> = self.files().functions_of(file).collect();
        let given = |function: FnId| -> Vec<OpId> {
            let calls = self.graph.from(function).filter(|edge| !edge.outside && givers.contains(&edge.callee));
            calls.map(|edge| edge.op).collect()
        };
        let is_variable = |op: &Op| matches!(op.kind, OpKind::Literal(Literal::Text(text)) if self.files().name(file, text) == number.variable());
        let asked = |function: FnId| -> Vec<OpId> {
            let mut found = given(function);
            let facts = self.facts(function);
            // An object of the module, or what a function gives; what is handed in may be anything.
            let own = |name| {
                facts.params.iter().all(|param| param.name != name)
                    && !facts
                        .ops
                        .iter()
                        .any(|op| matches!(op.kind, OpKind::Store { target: Target::Name(stored), .. } if stored == name))
            };
            let is_setting = |op: &Op| match op.kind {
                OpKind::Attribute(base, name) if field == Some(self.files().name(file, name)) => match facts.op(base).kind {
                    OpKind::Name(base) => facts.kind != FunctionKind::Function || own(base),
                    OpKind::Call { .. } => true,
                    _ => false,
                },
                _ => false,
            };
            found.extend(facts.tape().filter(|(_, op)| is_setting(op)).map(|(at, _)| at));
            found.extend(self.hosts_asked(function, number));
            found
        };
        // Names that get what it says, here or in the module.
        let mut names = Vec::new();
        for &function in &functions {
            let facts = self.facts(function);
            let hosts = asked(function);
            let told = taint(facts, |op| is_variable(facts.op(op)) || hosts.contains(&op));
            names.extend(facts.ops.iter().filter_map(|op| match op.kind {
                OpKind::Store { target: Target::Name(name), value, .. } if told[value.index()] => Some(name),
                _ => None,
            }));
        }
        functions.into_iter().filter(|function| !self.is_test(*function)).find_map(|function| {
            let facts = self.facts(function);
            let hosts = asked(function);
            let told = taint(facts, |op| match facts.op(op).kind {
                OpKind::Name(name) => names.contains(&name),
                _ => is_variable(facts.op(op)) || hosts.contains(&op),
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
