//! `autoscaling-without-requests`: an autoscaler goes by a share of what containers reserve, and a container reserves nothing.

use super::findings::Findings;
use crate::deploy::stages::Stage;
use crate::deploy::workloads::{Container, Measure, Part, Workload};
use crate::finding::{Confidence, Place};
use crate::link::Project;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    let mut seen: BTreeSet<Place> = BTreeSet::new();
    // Trees with thousands of autoscalers exist.
    let mut by_scaler: BTreeMap<usize, Vec<&Workload>> = BTreeMap::new();
    for workload in project.deployment().workloads.iter().filter(|workload| workload.stage != Stage::Development) {
        if let Some(at) = workload.autoscaler {
            by_scaler.entry(at).or_default().push(workload);
        }
    }
    for (at, scaler) in project.deployment().autoscalers.iter().enumerate() {
        if scaler.stage == Stage::Development {
            continue;
        }
        let scaled = nearest(project, by_scaler.get(&at).map_or(&[], Vec::as_slice), scaler.place);
        // Several may have the name that it scales; which of them is meant does not matter when all lack the same.
        let lacking = |measure: Measure| -> Option<Vec<(&Workload, &Container)>> {
            scaled.iter().map(|workload| Some((*workload, first_without(workload, measure)?))).collect()
        };
        let found = scaler.measures.iter().filter_map(|measure| Some((measure.value, lacking(measure.value)?)));
        let found: Vec<_> = found.filter(|(_, lacking)| !lacking.is_empty()).collect();
        let Some((measure, all)) = found.first().filter(|_| seen.insert(scaler.place)) else { continue };
        let Some((workload, container)) = all.first() else { continue };
        let (what, share) = match measure {
            Measure::Cpu => ("cpu", "processor"),
            Measure::Memory => ("memory", "memory"),
        };
        let (name, of) = (&container.name, &workload.name);
        let containers = found.iter().flat_map(|(_, all)| all).map(|(_, container)| container.place);
        findings
            .declared(
                &scaler.kind,
                &scaler.name,
                scaler.place,
                format!("{} goes by the share of the reserved {share}, and container {name} of {of} reserves none", scaler.name),
            )
            .help(format!("declare `resources.requests.{what}` for every container of {of}, sidecars too"))
            .all_related(containers.collect::<BTreeSet<_>>().into_iter().map(|place| (place, "reserves none".to_owned())))
            // Other measures go on to work, so that it scales up and never down.
            .at_most(if scaler.other_measures { Confidence::Medium } else { Confidence::High })
            .report();
    }
}

/// Of several workloads with the name that an autoscaler scales those of its own folder, when there are some.
fn nearest<'w>(project: &Project, all: &[&'w Workload], place: Place) -> Vec<&'w Workload> {
    let folder = |place: Place| project.files().get(place.file).path.rsplit_once('/').map(|(folder, _)| folder);
    let near: Vec<&Workload> = all.iter().copied().filter(|workload| folder(workload.place) == folder(place)).collect();
    if near.is_empty() { all.to_vec() } else { near }
}

/// The first container that counts for a measure and reserves nothing of it.
fn first_without(workload: &Workload, measure: Measure) -> Option<&Container> {
    workload.containers.iter().filter(|container| container.part != Part::Init && workload.whole).find(|container| {
        let reserved = match measure {
            Measure::Cpu => container.resources.cpu,
            Measure::Memory => container.resources.memory,
        };
        reserved.is_none() && !container.resources.unknown
    })
}
