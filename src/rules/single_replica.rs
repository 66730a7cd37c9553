//! `single-replica`: a workload that answers requests runs as one copy, and nothing makes more of it.

use super::findings::Findings;
use crate::deploy::stages::Stage;
use crate::deploy::workloads::Workload;
use crate::deploy::{Deployment, foremost};
use crate::finding::Confidence;
use crate::link::Project;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    let deployment = project.deployment();
    for mut scenarios in deployment.serious_groups() {
        // Where all copies are on one machine, more of them make nothing safer.
        scenarios.retain(|workload| !workload.is_on_one_machine());
        // What is only a part of a workload says nothing about the number by its silence, but may raise it.
        let (whole, parts): (Vec<&Workload>, Vec<&Workload>) = scenarios.iter().partition(|workload| workload.whole);
        let Some(workload) = foremost(&whole) else { continue };
        let raised = parts.iter().any(|part| part.replicas.amount.may_be_many());
        if raised || !whole.iter().all(|workload| is_pinned(workload)) || !is_a_service(workload) || project.only_works(workload) {
            continue;
        }
        let name = &workload.name;
        let words = workload.platform.words();
        let scaler = words.autoscaler.map(|scaler| format!(", or give it {scaler} with a minimum of 2")).unwrap_or_default();
        let served = workload.served_by.map(|place| (place, "requests come from here".to_owned()));
        findings
            .deployed(
                workload,
                workload.count_place(),
                format!("{name} answers requests and runs as one copy: while that one fails or is replaced nobody answers"),
            )
            .help(format!("{}{scaler}, once no copy keeps state of its own", words.copies))
            .deployment(&workload.replicas.evidence)
            .all_related(served)
            .at_most(surety(deployment, workload))
            .report();
    }
}

/// One copy at most, but for what is switched off.
fn is_pinned(workload: &Workload) -> bool {
    workload.replicas.amount.most == Some(1)
}

fn is_a_service(workload: &Workload) -> bool {
    workload.answers_requests() && !workload.is_singular() && workload.mains().all(|main| main.made_by_others().is_none())
}

/// The project's own service is known to have copies to gain; of somebody else's image nobody here knows whether it can have any.
fn surety(deployment: &Deployment, workload: &Workload) -> Confidence {
    let own = |workload: &Workload| workload.mains().any(|container| container.build.is_some());
    // A number from a file of settings, or of a parameter, is a default that whoever deploys it may set.
    let is_default = workload.autoscaler.is_none()
        && (workload.is_offered || workload.count_place().file != workload.place.file)
        && workload.stage != Stage::Production;
    match own(workload) {
        _ if is_default => Confidence::Low,
        true => Confidence::High,
        false if workload.mains().any(|container| container.of_project) => Confidence::Medium,
        // A tree that holds manifests alone.
        false if !deployment.workloads.iter().any(own) => Confidence::Medium,
        false => Confidence::Low,
    }
}
