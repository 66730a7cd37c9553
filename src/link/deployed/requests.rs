//! Workloads whose code shows that nobody sends them requests, whatever their manifest was copied from.

use crate::deploy::programs::Does;
use crate::deploy::workloads::{Part, Workload};
use crate::finding::FileId;
use crate::link::project::Project;
use crate::link::reach::ending::stays_in_loop;
use crate::link::values::value::FnId;
use crate::models::{EntryKind, Role};

impl Project {
    /// Whether all that a workload starts is known, none of it answers requests, and the last of it waits for work or repeats without
    /// end: a Service in front of it has a name and sends it nothing.
    #[must_use]
    pub fn only_works(&self, workload: &Workload) -> bool {
        let Some(at) = self.deployment().workloads.iter().position(|other| std::ptr::eq(other, workload)) else { return false };
        let mains: Vec<usize> = (0..workload.containers.len()).filter(|&at| workload.containers[at].part == Part::Main).collect();
        let [main] = mains.as_slice() else { return false };
        let container = &workload.containers[*main];
        let commands = container.processes.iter().all(|process| matches!(process.does, Does::Command | Does::Worker | Does::Job));
        let entries: Vec<FileId> =
            (0..container.processes.len()).filter_map(|process| Some(self.link_of(at, *main, process)?.entry)).collect();
        let Some(&last) = entries.last().filter(|_| commands && entries.len() == container.processes.len()) else { return false };
        let inside = |entry: FileId, function: FnId| self.deployed.contains(entry, self.files().locate(function).0);
        let in_any = |function: FnId| entries.iter().any(|&entry| inside(entry, function));
        let has = |role: Role| self.sites(role).any(|site| in_any(site.function));
        let answers = [Role::Serve, Role::ServeDrained, Role::ServeDevelopment, Role::Application].into_iter().any(has)
            || self.entry_points().iter().any(|point| point.kind == EntryKind::Request && in_any(point.function));
        let waits = |role: Role| self.sites(role).any(|site| inside(last, site.function));
        let repeats = || self.functions().any(|function| inside(last, function) && stays_in_loop(self.facts(function)));
        !answers && ([Role::Work, Role::Consume].into_iter().any(waits) || repeats())
    }
}
