//! `pinned-instance`: settings that refuse a second copy, on a workload that has several or should.

use super::findings::{Draft, Findings};
use crate::deploy::workloads::{Copies, Pin, Storage, Workload};
use crate::deploy::foremost;
use crate::deploy::scripts::Scaled;
use crate::finding::{Confidence, Note};
use crate::link::Project;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    for scenarios in project.deployment().serious_groups() {
        let scaled = scenarios.iter().copied().find(|workload| asked_for_many(project, workload));
        let pinned: Vec<&Workload> = scenarios.iter().copied().filter(|workload| !workload.pins.is_empty()).collect();
        // The settings must stand where the copies are asked for; a command asks for those of any file.
        let chosen = scaled.filter(|workload| !workload.pins.is_empty()).or(foremost(&pinned));
        if let Some(workload) = chosen.filter(|workload| workload.copies == Copies::Alike) {
            pins(findings, project, workload);
        }
        if let Some(workload) = foremost(&scenarios) {
            replaced_at_once(findings, workload);
        }
    }
}

fn asked_for_many(project: &Project, workload: &Workload) -> bool {
    workload.replicas.amount.may_be_many() || by_command(project, workload).is_some()
}

fn by_command<'p>(project: &'p Project, workload: &Workload) -> Option<&'p Scaled> {
    project.deployment().scaled_by_command(workload, &project.files().get(workload.place.file).path)
}

fn pins(findings: &mut Findings<'_>, project: &Project, workload: &Workload) {
    // The network of the machine is given once only to what takes a port of it.
    let takes_ports = workload.answers_requests() || workload.mains().any(|main| main.ports.iter().any(|port| port.host.is_some()));
    // What looks after the machine belongs on it.
    let is_of_machine = workload.mounted().any(|(_, volume)| volume.storage == Storage::Machine);
    let pins = workload.pins.iter().filter(|pin| pin.everywhere || takes_ports && !is_of_machine);
    let Some(first) = pins.rev().max_by_key(|pin| pin.everywhere) else { return };
    let is_own = workload.mains().any(|container| container.build.is_some());
    let (name, setting) = (&workload.name, &first.setting);
    let refuses = if first.everywhere { "allows for one copy" } else { "allows for one copy on a machine" };
    if asked_for_many(project, workload) {
        let amount = match by_command(project, workload) {
            Some(scaled) => scaled.copies.to_string(),
            None => workload.replicas.amount.to_string(),
        };
        let draft = findings.deployed(workload, first.place, format!("{setting} {refuses}, and {name} is to have {amount}"));
        finish(draft, project, workload, first).report();
    } else if workload.answers_requests() && is_own && !workload.is_singular() {
        let draft = findings.deployed(workload, first.place, format!("{setting} {refuses}: {name} cannot be scaled as it is"));
        // Nobody has asked for a second one yet.
        finish(draft, project, workload, first).at_most(Confidence::Low).report();
    }
}

fn finish<'f, 'p>(draft: Draft<'f, 'p>, project: &Project, workload: &Workload, first: &Pin) -> Draft<'f, 'p> {
    let others = workload.pins.iter().filter(|pin| pin.place != first.place);
    let command = by_command(project, workload).map(|scaled| Note {
        place: scaled.place,
        message: format!("asks for {} copies of {}", scaled.copies, scaled.service),
    });
    draft
        .help(format!("remove the setting, and let requests find the copies by {}", workload.platform.words().routing))
        .deployment(&workload.replicas.evidence)
        .deployment(command.as_slice())
        .all_related(others.map(|pin| (pin.place, format!("{} as well", pin.setting))))
}

/// Several copies that answer requests, all of which end before new ones start.
fn replaced_at_once(findings: &mut Findings<'_>, workload: &Workload) {
    let is_a_service = workload.answers_requests() && !workload.is_singular_by_name() && !keeps(workload);
    let Some(place) = workload.replaced_at_once.filter(|_| is_a_service) else { return };
    if workload.replicas.amount.least.is_none_or(|least| least < 2) {
        return;
    }
    let (name, amount) = (&workload.name, workload.replicas.amount);
    findings
        .deployed(workload, place, format!("all {amount} copies of {name} end before new ones start: nobody answers while it is rolled out"))
        .help("let new copies start before the old ones go, once two versions can run side by side")
        .deployment(&workload.replicas.evidence)
        .report();
}

/// Whether its storage is a reason for it.
fn keeps(workload: &Workload) -> bool {
    workload.mounted().any(|(mount, volume)| !mount.read_only && matches!(volume.storage, Storage::Attached | Storage::Unknown))
}
