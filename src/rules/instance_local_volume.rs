//! `instance-local-volume`: copies of a workload write to storage that one machine has.

use super::findings::Findings;
use crate::deploy::workloads::{Copies, Mount, Storage, Volume, Workload};
use crate::finding::{Confidence, Level, Place};
use crate::link::Project;
use std::collections::BTreeSet;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    for scenarios in project.deployment().serious_groups() {
        let mut seen = BTreeSet::new();
        // The scenario with the most copies says the most.
        let mut ranked: Vec<&Workload> = scenarios.into_iter().filter(|workload| workload.whole).collect();
        ranked.sort_by_key(|workload| std::cmp::Reverse(workload.replicas.amount.most.or(workload.replicas.amount.least)));
        for workload in ranked.into_iter().filter(|workload| matches!(workload.copies, Copies::Alike | Copies::Numbered)) {
            for (mount, volume) in workload.mounted().filter(|(mount, volume)| is_local(mount, volume)) {
                if seen.insert(volume.place) {
                    report(findings, workload, mount, volume);
                }
            }
        }
    }
}

fn is_local(mount: &Mount, volume: &Volume) -> bool {
    let about_the_machine = mount.path.split('/').any(|part| matches!(part, "log" | "logs" | "proc" | "sys" | "dev"));
    !mount.read_only && !about_the_machine && matches!(volume.storage, Storage::Node | Storage::Attached)
}

fn report(findings: &mut Findings<'_>, workload: &Workload, mount: &Mount, volume: &Volume) {
    let (name, shown, path) = (&workload.name, &volume.shown, &mount.path);
    let amount = workload.replicas.amount;
    let words = workload.platform.words();
    let many = amount.may_be_many();
    let (message, level, sure) = match volume.storage {
        Storage::Attached if many => (
            format!("{name} has {amount} copies, and {path} is on {shown}, which one machine can attach: copies on others do not start"),
            Level::Error,
            Confidence::High,
        ),
        // The new copy may land on another machine while the old one still holds the volume.
        Storage::Attached if amount.exact() == Some(1) && starts_before(workload) => (
            format!("a new copy of {name} starts before the old one has gone, and {shown} at {path} can be attached to one machine"),
            Level::Note,
            Confidence::Low,
        ),
        // On one host all copies see the same folder, until there is a second host.
        _ if many && workload.is_on_one_machine() => (
            format!("{name} has {amount} copies, and {path} is on {shown}: copies on a second machine would see another one"),
            Level::Warning,
            Confidence::Low,
        ),
        _ if many => (
            format!("{name} has {amount} copies, and {path} is on {shown}: what one copy writes is on its own machine"),
            Level::Error,
            if workload.copies == Copies::Numbered { Confidence::Low } else { Confidence::High },
        ),
        _ => return,
    };
    findings
        .deployed(workload, volume.place, message)
        .help(format!("keep the data in {}, or in the database", words.shared_storage))
        .deployment(&workload.replicas.evidence)
        .all_related(Some((mount.place, "mounted here".to_owned())).filter(|(place, _): &(Place, _)| *place != volume.place))
        .level(level)
        .at_most(sure)
        .report();
}

fn starts_before(workload: &Workload) -> bool {
    workload.overlaps.as_ref().is_some_and(|overlaps| overlaps.value)
}
