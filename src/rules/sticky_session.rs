//! `sticky-session`: what balances requests ties each client to one copy.

use super::findings::Findings;
use crate::deploy::stages::Stage;
use crate::deploy::vocabulary::{Affinity, Workload};
use crate::finding::{Confidence, Level, Note};
use crate::link::Project;
use std::collections::BTreeSet;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    let mut seen = BTreeSet::new();
    let workloads = &project.deployment().workloads;
    for affinity in project.deployment().affinities.iter().filter(|affinity| affinity.stage != Stage::Development) {
        if !seen.insert(affinity.place) {
            continue;
        }
        let behind: Vec<(usize, &Workload)> =
            affinity.workloads.iter().filter_map(|&at| Some((at, workloads.get(at)?))).collect();
        let single = !behind.is_empty() && behind.iter().all(|(_, workload)| workload.replicas.amount.is_single());
        // A connection that stays open is with one copy anyway.
        let only_sockets = !behind.is_empty() && behind.iter().all(|(at, _)| project.serves_only_sockets(*at));
        let counts: Vec<Note> = behind.iter().flat_map(|(_, workload)| workload.replicas.evidence.clone()).collect();
        findings
            .declared("affinity", &affinity.setting, affinity.place, message(affinity, &behind, single))
            .help(format!("keep sessions in a store that every copy asks, then {}", affinity.advice))
            .deployment(&counts)
            .level(if single { Level::Note } else { Level::Error })
            .at_most(if only_sockets { Confidence::Low } else { Confidence::High })
            .report();
    }
}

fn message(affinity: &Affinity, behind: &[(usize, &Workload)], single: bool) -> String {
    let mut names: Vec<&str> = behind.iter().map(|(_, workload)| workload.name.as_str()).collect();
    names.dedup();
    let of = if names.is_empty() { String::new() } else { format!(" of {}", names.join(" and ")) };
    let (setting, by) = (&affinity.setting, affinity.by);
    let effect = match (single, by) {
        (true, _) => "which has one copy so far, so it does nothing yet",
        (false, "client address") => "everybody behind one address loads the same one, and new copies take over nobody",
        (false, _) => "new copies take over nobody, and who was on one that ends loses what it kept",
    };
    format!("{setting} ties each {by} to one copy{of}: {effect}")
}
