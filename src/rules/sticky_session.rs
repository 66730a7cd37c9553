//! `sticky-session`: what balances requests ties each client to one copy.

use super::findings::Findings;
use crate::deploy::stages::Stage;
use crate::deploy::workloads::{Affinity, Workload};
use crate::finding::{Confidence, FileId, Level, Note};
use crate::link::{Behind, Project};
use std::collections::{BTreeMap, BTreeSet};

/// How many workloads a message names.
const NAMED: usize = 3;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    let deployment = project.deployment();
    // The same setting on each route of a file is said once.
    let mut settings: BTreeMap<(FileId, &str), Vec<&Affinity>> = BTreeMap::new();
    for affinity in deployment.affinities.iter().filter(|affinity| affinity.stage != Stage::Development) {
        settings.entry((affinity.place.file, &affinity.setting)).or_default().push(affinity);
    }
    for affinities in settings.into_values() {
        let Some(first) = affinities.first() else { continue };
        let behind: BTreeSet<usize> = affinities.iter().flat_map(|affinity| affinity.workloads.iter().copied()).collect();
        let behind: Vec<(usize, &Workload)> =
            behind.into_iter().filter_map(|at| Some((at, deployment.workloads.get(at)?))).collect();
        if !behind.is_empty() && behind.iter().all(|(_, workload)| workload.stage == Stage::Development) {
            continue;
        }
        let single = !behind.is_empty() && behind.iter().all(|(_, workload)| workload.replicas.amount.is_single());
        // A connection that stays open is with one copy anyway.
        let only_sockets = !behind.is_empty() && behind.iter().all(|(at, _)| project.serves_only_sockets(*at));
        // What others made may need it, and nobody here can move what it keeps.
        let by_others = !behind.is_empty() && behind.iter().all(|(_, workload)| workload.made_by_others().is_some());
        let positions: Vec<usize> = behind.iter().map(|(at, _)| *at).collect();
        // The same setting deserves opposite advice: state has to move first, or nothing needs it any more.
        let (state, advice) = match project.state_behind(&positions) {
            Behind::State(state) => {
                (Some((state.place, format!("{} is kept in the process behind it", state.name))), format!("keep {} in a store that every copy asks, then {}", state.name, first.advice))
            }
            Behind::Nothing => (None, format!("nothing in the code behind it was seen to keep what clients come back for: {}", first.advice)),
            Behind::Unknown => (None, format!("keep sessions in a store that every copy asks, then {}", first.advice)),
        };
        let counts: Vec<Note> = behind.iter().flat_map(|(_, workload)| workload.replicas.evidence.clone()).collect();
        let others: BTreeSet<_> = affinities.iter().map(|affinity| affinity.place).filter(|place| *place != first.place).collect();
        findings
            .declared("affinity", &first.setting, first.place, message(first, &behind, single))
            .help(advice)
            .all_related(state)
            .deployment(&counts)
            .all_related(others.into_iter().map(|place| (place, "this as well".to_owned())))
            .level(if single { Level::Note } else { Level::Error })
            .at_most(if only_sockets || by_others { Confidence::Low } else { Confidence::High })
            .report();
    }
}

fn message(affinity: &Affinity, behind: &[(usize, &Workload)], single: bool) -> String {
    let names: BTreeSet<&str> = behind.iter().map(|(_, workload)| workload.name.as_str()).collect();
    let shown = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    let of = match names.len() {
        0 => String::new(),
        count if count > NAMED => format!(" of {shown} and {} more", count - NAMED),
        _ => format!(" of {shown}"),
    };
    let (setting, by) = (&affinity.setting, affinity.by);
    let effect = match (single, by) {
        (true, _) => "which has one copy so far, so it does nothing yet",
        (false, "client address") => "everybody behind one address loads the same one, and new copies take over nobody",
        (false, _) => "new copies take over nobody, and who was on one that ends loses what it kept",
    };
    format!("{setting} ties each {by} to one copy{of}: {effect}")
}
