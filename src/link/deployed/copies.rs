//! How many processes run a function: workloads that run its code, times their copies, times the processes of each.

use super::code::Link;
use crate::deploy::amount::{Amount, Counted};
use crate::deploy::programs::{Does, Process};
use crate::deploy::stages::Stage;
use crate::deploy::workloads::{Platform, Workload};
use crate::finding::{Note, Place};
use crate::link::project::Project;
use crate::link::values::value::FnId;
use crate::models::EntryKind;
use std::collections::BTreeMap;

/// How many processes run a function.
#[derive(Debug, Clone)]
pub struct Copied {
    /// How many, of the workload that runs the most.
    pub counted: Counted,
    /// That workload's name.
    pub workload: String,
    /// The process there that runs it; none when the configuration says how many there are.
    pub link: Option<Link>,
    /// Where that workload says how many copies it has, or where it is declared.
    pub place: Place,
    /// Every workload that runs it says that there is one process and no more.
    pub proven_single: bool,
    /// What was counted.
    pub each: Each,
}

/// What has something of its own that others do not see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Each {
    /// Memory: every process.
    Process,
    /// A disk: every copy of a container.
    Container,
}

impl Project {
    /// How many processes run a function, as far as deployment files say. None when none of them is known to run it.
    #[must_use]
    pub fn copies(&self, function: FnId) -> Option<Copied> {
        self.counted(function, Each::Process)
    }

    /// How many disks the processes that run a function have: those of one container share its disk.
    #[must_use]
    pub fn disks(&self, function: FnId) -> Option<Copied> {
        self.counted(function, Each::Container)
    }

    fn counted(&self, function: FnId, each: Each) -> Option<Copied> {
        let (file, _) = self.files().locate(function);
        // What people start at their desks does not count.
        let runs = |link: &&Link| {
            self.workload(link).stage != Stage::Development
                && self.deployed.contains(link.entry, file)
                && self.serves(self.process(link), function)
        };
        let chosen: Vec<&Link> = self.links().iter().filter(runs).collect();
        if chosen.is_empty() {
            return self.stated_copies(function, each);
        }
        // One workload in several scenarios has the widest range of them.
        let mut groups: BTreeMap<(&str, usize, usize), Vec<&Link>> = BTreeMap::new();
        for link in chosen {
            let workload = self.workload(link);
            groups.entry((workload.group.as_str(), link.container, link.process)).or_default().push(link);
        }
        let counts: Vec<(Counted, &Link, bool)> = groups.into_values().map(|links| self.widest(&links, each)).collect();
        let proven_single = counts.iter().all(|(counted, _, stated)| *stated && counted.amount.is_single());
        let rank = |amount: Amount| (amount.most.or(amount.least), amount.least);
        let (counted, link, _) = counts.into_iter().max_by_key(|(counted, ..)| rank(counted.amount))?;
        let workload = self.workload(link);
        let place = workload.replicas.evidence.first().map_or(workload.place, |note| note.place);
        Some(Copied { counted, workload: workload.name.clone(), link: Some(link.clone()), place, proven_single, each })
    }

    /// What the configuration says, for code that no deployment file is known to run.
    fn stated_copies(&self, function: FnId, each: Each) -> Option<Copied> {
        let counted = self.options.processes.clone().filter(|_| !self.is_reached(function, EntryKind::Test))?;
        let place = counted.evidence.first()?.place;
        let proven_single = counted.amount.is_single();
        Some(Copied { counted, workload: "the service".to_owned(), link: None, place, proven_single, each })
    }

    pub(crate) fn workload(&self, link: &Link) -> &Workload {
        &self.deployment().workloads[link.workload]
    }

    pub(crate) fn process(&self, link: &Link) -> &Process {
        &self.workload(link).containers[link.container].processes[link.process]
    }

    /// Whether a process of this kind is where the function runs: handlers of requests run in web servers, tasks in workers.
    fn serves(&self, process: &Process, function: FnId) -> bool {
        let reached = |kind: EntryKind| self.is_reached(function, kind);
        match process.does {
            Does::Web => {
                reached(EntryKind::Request)
                    || reached(EntryKind::Startup)
                    || !(reached(EntryKind::Job) || reached(EntryKind::Command))
            }
            Does::Worker => reached(EntryKind::Job) || reached(EntryKind::Startup),
            Does::Command => true,
            Does::Scheduler | Does::Job | Does::Proxy | Does::Store | Does::Supervisor | Does::Tool | Does::Helper => false,
        }
    }

    /// The largest count of one process in several scenarios, and whether every scenario states its number.
    fn widest<'l>(&self, links: &[&'l Link], each: Each) -> (Counted, &'l Link, bool) {
        let mut found: Option<(Counted, &'l Link)> = None;
        let mut stated = true;
        for &link in links {
            let workload = self.workload(link);
            let counted = match each {
                Each::Process => workload.count_of(self.process(link)),
                Each::Container => workload.replicas.clone(),
            };
            stated &= workload.whole
                && counted.amount.exact().is_some()
                && workload.platform != Platform::Image
                && (workload.platform != Platform::Compose || workload.stated.is_some());
            let more = found
                .as_ref()
                .is_none_or(|(best, _)| counted.amount.most.or(counted.amount.least) > best.amount.most.or(best.amount.least));
            if more {
                found = Some((counted, link));
            }
        }
        let (counted, link) = found.unwrap_or_else(|| (Counted::default(), links[0]));
        (counted, link, stated)
    }
}

impl Copied {
    /// The evidence: the sum, then each factor where it is written.
    #[must_use]
    pub fn notes(&self) -> Vec<Note> {
        let processes = match (self.each, self.counted.amount.is_single()) {
            (Each::Process, true) => "process",
            (Each::Process, false) => "processes",
            (Each::Container, true) => "copy",
            (Each::Container, false) => "copies",
        };
        let here = self.counted.evidence.iter().find(|note| note.place == self.place);
        let said = here.map_or(String::new(), |note| format!(" ({})", note.message));
        let who = if self.link.is_some() { format!("`{}` runs this", self.workload) } else { self.workload.clone() + " runs" };
        let message = format!("{who} in {} {processes}{said}", self.counted.amount);
        let sum = Note { place: self.place, message };
        let factors = self.counted.evidence.iter().filter(|note| note.place != self.place);
        std::iter::once(sum).chain(factors.cloned()).collect()
    }
}
