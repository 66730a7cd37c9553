//! `dev-server-in-production`: a deployed command that starts a server made for development.

use super::findings::Findings;
use crate::deploy::programs::Does;
use crate::deploy::stages::Stage;
use crate::deploy::workloads::Workload;
use crate::finding::{Confidence, Place};
use crate::link::{Project, Site, Started};
use crate::models::{EntryKind, Parameter, Role};

const HELP: &str = "start a production server with several processes, without reloading, and keep this command for development files";

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    for started in project.started() {
        if let Some((place, what)) = &started.process.development {
            let message = format!("`{what}` makes this a development server: one process that watches files, made for one developer");
            report(findings, (&started, surety(project, &started)), *place, message, None);
        } else if let Some(site) = development_start(project, &started) {
            let message = format!("`{}` starts a development server, as its code says", started.process.shown);
            report(findings, (&started, surety(project, &started)), started.process.place, message, Some(site));
        }
    }
}

/// What developers may start for themselves with a server of theirs, by whatever script, is theirs.
fn surety(project: &Project, started: &Started<'_>) -> Confidence {
    if project.is_served_otherwise(started) {
        Confidence::Low
    } else if started.may_be_of_developers() {
        if is_kept_for_others(project, started) { Confidence::Medium } else { Confidence::Low }
    } else {
        started.sure
    }
}

/// Whether a service of a compose file is started again whenever it ends, and developers have another file for it: then this one is
/// for a server.
fn is_kept_for_others(project: &Project, started: &Started<'_>) -> bool {
    let own = started.workload;
    let beside = |other: &&Workload| other.group == own.group && other.platform == own.platform && other.place.file != own.place.file;
    let is_there = |stage: Stage| project.deployment().workloads.iter().filter(beside).any(|other| other.stage == stage);
    // A file for production may lay another command over this one.
    own.restarted.is_some() && started.process.certain && is_there(Stage::Development) && !is_there(Stage::Production)
}

fn report(
    findings: &mut Findings<'_>,
    (started, sure): (&Started<'_>, Confidence),
    place: Place,
    message: String,
    code: Option<(Place, String)>,
) {
    let (at, why) = code.unzip();
    findings
        .deployed(started.workload, place, message)
        .help(HELP)
        .related(at, why.unwrap_or_default())
        .at_most(if at.is_some() { sure.min(Confidence::Medium) } else { sure })
        .report();
}

/// Where the program that is started runs a development server and no other one.
fn development_start(project: &Project, started: &Started<'_>) -> Option<(Place, String)> {
    // What a server imports is not run as a program.
    let entry = started.link.filter(|_| started.process.does == Does::Command)?.entry;
    let main = |site: &Site<'_>| {
        project.files().locate(site.function).0 == entry && project.is_reached(site.function, EntryKind::Command)
    };
    // An argument of the command may decide whether it serves at all.
    let always = |site: &Site<'_>| main(site) && !project.is_under_branch(site.function, site.op);
    let drained = || project.sites(Role::ServeDrained);
    let reloads = |site: &Site<'_>| project.parameter(site, Parameter::Reload).is_on();
    if project.sites(Role::Serve).chain(drained().filter(|site| !reloads(site))).any(|site| main(&site)) {
        return None;
    }
    let site = project.sites(Role::ServeDevelopment).chain(drained().filter(reloads)).find(always)?;
    Some((project.site_place(&site), format!("{} serves here", project.callee_name(&site))))
}
