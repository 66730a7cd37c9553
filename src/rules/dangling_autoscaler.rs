//! `dangling-autoscaler`: an autoscaler names a workload that no file has.

use super::findings::Findings;
use crate::deploy::stages::Stage;
use crate::deploy::workloads::{Autoscaler, Workload};
use crate::finding::Place;
use crate::link::Project;
use crate::walk::folder_of;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    let deployment = project.deployment();
    // Nobody knows what a template that was not filled in would be called.
    if deployment.unresolved > 0 {
        return;
    }
    let mut named: BTreeMap<(&str, &str), Vec<&Workload>> = BTreeMap::new();
    for workload in &deployment.workloads {
        named.entry((workload.kind.as_str(), workload.name.as_str())).or_default().push(workload);
    }
    let mut seen = BTreeSet::new();
    for scaler in deployment.autoscalers.iter().filter(|scaler| scaler.stage != Stage::Development) {
        let Some(target) = &scaler.target else { continue };
        let (kind, name) = &target.value;
        let targets = named.get(&(kind.as_str(), name.as_str())).map_or(&[][..], Vec::as_slice);
        if targets.iter().any(|workload| may_share(scaler, workload)) {
            continue;
        }
        // Where nothing else of the set is in this tree, the target is elsewhere too.
        let beside = beside(project, scaler);
        if beside.is_empty() || !seen.insert(target.place) {
            continue;
        }
        let near = beside.iter().find(|workload| workload.name == *name).or(beside.first().filter(|_| beside.len() == 1));
        let note = near.map(|near| (near.place, format!("a {} called {} is here", near.kind, near.name)));
        findings
            .declared(
                &scaler.kind,
                &scaler.name,
                target.place,
                format!("{} scales the {kind} {name}, and no file has one of that name: nothing is scaled", scaler.name),
            )
            .help("name the workload that is to be scaled by its own kind and name, in the namespace of the autoscaler")
            .all_related(note)
            .report();
    }
}

/// Whether both may be in one namespace.
fn may_share(scaler: &Autoscaler, workload: &Workload) -> bool {
    match (&scaler.namespace, &workload.namespace) {
        (Some(own), Some(other)) => own == other,
        _ => true,
    }
}

/// Workloads that are declared in the autoscaler's own file or folder: those it is applied with.
fn beside<'p>(project: &'p Project, scaler: &Autoscaler) -> Vec<&'p Workload> {
    let folder = |place: Place| {
        let path = &project.files().get(place.file).path;
        folder_of(path)
    };
    let own = folder(scaler.place);
    let scalable = |workload: &&Workload| workload.stays() && !workload.containers.is_empty();
    project.deployment().workloads.iter().filter(scalable).filter(|workload| folder(workload.place) == own).collect()
}
