//! `autoscaling-without-requests`: an autoscaler goes by a share of what containers reserve, and a container reserves nothing.

use super::findings::Findings;
use crate::deploy::stages::Stage;
use crate::deploy::vocabulary::{Container, Measure, Part, Workload};
use crate::finding::{Confidence, Place};
use crate::link::Project;
use std::collections::BTreeSet;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    let deployment = project.deployment();
    let mut seen: BTreeSet<Place> = BTreeSet::new();
    for workload in deployment.workloads.iter().filter(|workload| workload.whole && workload.stage != Stage::Development) {
        let scaler = workload.autoscaler.and_then(|at| deployment.autoscalers.get(at));
        let Some(scaler) = scaler.filter(|scaler| scaler.stage != Stage::Development) else { continue };
        let lacking: Vec<(Measure, &Container)> = scaler
            .measures
            .iter()
            .filter_map(|measure| Some((measure.value, first_without(workload, measure.value)?)))
            .collect();
        let Some((measure, container)) = lacking.first() else { continue };
        if !seen.insert(scaler.place) {
            continue;
        }
        let (what, share) = match measure {
            Measure::Cpu => ("cpu", "processor"),
            Measure::Memory => ("memory", "memory"),
        };
        let (name, of) = (&container.name, &workload.name);
        findings
            .declared(
                &scaler.kind,
                &scaler.name,
                scaler.place,
                format!("{} goes by the share of the reserved {share}, and container {name} of {of} reserves none", scaler.name),
            )
            .help(format!("declare `resources.requests.{what}` for every container of {of}, sidecars too"))
            .all_related(lacking.iter().map(|(_, container)| (container.place, "reserves nothing of what is measured".to_owned())))
            // Other measures go on to work, so that it scales up and never down.
            .at_most(if scaler.other_measures { Confidence::Medium } else { Confidence::High })
            .report();
    }
}

/// The first container that counts for a measure and reserves nothing of it.
fn first_without(workload: &Workload, measure: Measure) -> Option<&Container> {
    workload.containers.iter().filter(|container| container.part != Part::Init).find(|container| {
        let reserved = match measure {
            Measure::Cpu => container.resources.cpu,
            Measure::Memory => container.resources.memory,
        };
        reserved.is_none() && !container.resources.unknown
    })
}
