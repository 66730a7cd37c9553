//! Application factories that only a server's command line calls: each process of that server starts with one.

use crate::deploy::programs::{Does, Process, Target};
use crate::deploy::workloads::Container;
use crate::facts::{FunctionKind, ParamKind};
use crate::lang::Language;
use crate::link::Project;
use crate::link::reach::entries::EntryPoint;
use crate::link::values::value::{FnId, Kind};
use crate::models::EntryKind;

/// How people call such a start.
const FACTORY: &str = "application factory";

impl Project {
    /// Take what the command line of a server names as a factory for a start of its process.
    pub(in crate::link) fn add_factories(&mut self) {
        let containers = self.deployment().workloads.iter().flat_map(|workload| &workload.containers);
        let processes = containers.flat_map(|container| container.processes.iter().map(move |process| (container, process)));
        let found: Vec<FnId> = processes.filter_map(|(container, process)| self.factory_of(container, process)).collect();
        if found.is_empty() {
            return;
        }
        let point = |function| EntryPoint { function, kind: EntryKind::Startup, label: FACTORY.to_owned(), registered: None };
        self.entries.points.extend(found.into_iter().map(point));
        self.entries.sort();
    }

    /// The function that a server is told to call: `shop:create_app()`, or `shop:create_app` where that needs no argument, which no
    /// application that is a function does.
    fn factory_of(&self, container: &Container, process: &Process) -> Option<FnId> {
        let Some(Target::Module(written)) = process.target.as_ref().filter(|_| process.does == Does::Web) else { return None };
        let (_, object) = written.split_once(':')?;
        let (name, called) = object.split_once('(').map_or((object, false), |(name, _)| (name, true));
        let (file, _) = self.entry_file(container, process)?;
        if self.files().get(file).language != Language::Python || self.files().purpose(file) == Some(EntryKind::Test) {
            return None;
        }
        let module = self.modules.of(file, &[]);
        let Kind::Function(function) = self.modules.resolve(self.files(), self.models(), module, name.trim())?.kind else {
            return None;
        };
        let facts = self.facts(function);
        let needs = facts
            .params
            .iter()
            .any(|param| matches!(param.kind, ParamKind::Normal | ParamKind::NamedOnly) && param.default.is_none());
        (facts.kind == FunctionKind::Function && (called || !needs)).then_some(function)
    }

    /// Whether a server is told to make its application by calling this function.
    #[must_use]
    pub fn is_factory(&self, function: FnId) -> bool {
        self.entries.of(function).iter().any(|point| point.kind == EntryKind::Startup && point.label == FACTORY)
    }
}
