//! `ephemeral-datastore`: a database or queue keeps its data where it ends with the container.

use super::findings::Findings;
use crate::deploy::foremost;
use crate::deploy::images::{Kind, Known};
use crate::deploy::stages::Stage;
use crate::deploy::workloads::{Container, Mount, Storage, Volume, Workload};
use crate::finding::Confidence;
use crate::link::Project;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    for scenarios in project.deployment().serious_groups() {
        // One scenario that keeps the data shows that somebody has thought of it.
        if scenarios.iter().any(|workload| workload.whole && stores(workload).any(|(_, container)| is_kept(workload, container))) {
            continue;
        }
        let whole: Vec<&Workload> = scenarios.into_iter().filter(|workload| workload.whole && workload.stays()).collect();
        let Some(workload) = foremost(&whole) else { continue };
        for (known, container) in stores(workload).filter(|(_, container)| container.runs_its_server()) {
            report(project, findings, workload, known, container);
        }
    }
}

/// The containers of a workload that keep what exists nowhere else.
fn stores(workload: &Workload) -> impl Iterator<Item = (&'static Known, &Container)> {
    let known = workload.mains().filter_map(|container| Some((container.made_by_others()?, container)));
    known.filter(|(known, _)| matches!(known.does, Kind::Store | Kind::Queue | Kind::Index))
}

/// Mounts of a container that data may be on.
fn data_mounts(container: &Container) -> impl Iterator<Item = &Mount> {
    let apart = ["/tmp", "/run", "/var/run", "/dev", "/etc", "/var/log"];
    container.mounts.iter().filter(move |mount| {
        !mount.read_only && !apart.iter().any(|folder| mount.path == *folder || mount.path.starts_with(&format!("{folder}/")))
    })
}

/// The volume of a mount, where that is known.
fn volume_of<'w>(workload: &'w Workload, mount: &Mount) -> Option<&'w Volume> {
    workload.volumes.iter().find(|volume| volume.name == mount.volume)
}

/// Volumes of a container that data may be on.
fn data_volumes<'w>(workload: &'w Workload, container: &'w Container) -> impl Iterator<Item = &'w Volume> {
    data_mounts(container).filter_map(|mount| volume_of(workload, mount))
}

/// Whether any of its volumes outlives the container. Which folder holds the data may be set in many ways, so any will do, and so may one
/// of which nobody can tell where it is.
fn is_kept(workload: &Workload, container: &Container) -> bool {
    let ends = |volume: &Volume| matches!(volume.storage, Storage::Scratch | Storage::Input | Storage::Machine);
    data_mounts(container).any(|mount| volume_of(workload, mount).is_none_or(|volume| !ends(volume)))
}

fn report(project: &Project, findings: &mut Findings<'_>, workload: &Workload, known: &Known, container: &Container) {
    let scratch = data_volumes(workload, container).find(|volume| volume.storage == Storage::Scratch);
    let name = &workload.name;
    let message = match scratch {
        Some(volume) => format!("what {name} stores is on {}, which ends with the copy: the next one starts empty", volume.shown),
        None => format!("what {name} stores is in the container, and no volume keeps it: the next one starts empty"),
    };
    // An index can be made again; a stack on one host may be a trial unless something says that it is for production.
    let serious = !workload.is_on_one_machine() || workload.stage == Stage::Production;
    // What scripts set up is for whoever runs them.
    let by_script = project.files().get(workload.place.file).path.split('/').any(|folder| folder == "scripts");
    let sure = if serious && known.does != Kind::Index && !by_script { Confidence::High } else { Confidence::Low };
    let kept = workload.platform.words().kept_storage;
    findings
        .deployed(workload, workload.place, message)
        .help(format!("give it {kept} at the folder of its data, or use a managed service"))
        .all_related(scratch.map(|volume| (volume.place, "ends with the copy".to_owned())))
        .at_most(sure)
        .report();
}
