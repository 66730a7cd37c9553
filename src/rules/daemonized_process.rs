//! `daemonized-process`: a service that puts itself into the background, where the platform no longer sees it.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::deploy::programs::{Does, Process};
use crate::link::{Project, Site, Started};
use crate::models::Role;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    for site in project.sites(Role::Daemonize) {
        let name = project.callee_name(&site);
        report(project, findings, &site, format!("{name} puts the process into the background: the platform sees it end at once"));
    }
    // A second process in a session of its own, and the first one ends.
    for site in project.sites(Role::NewSession).filter(|site| project.has_role(site.function, Role::Fork)) {
        let who = project.function_name(site.function);
        report(project, findings, &site, format!("{who} forks and leaves its session: the platform sees the process end at once"));
    }
    for started in project.started() {
        let Some((place, flag)) = &started.process.detached else { continue };
        // What is left behind goes on beside whatever else the container runs; a flag ends the process that the platform started.
        let sees = if flag.ends_with('&') { "neither sees its end nor starts it anew" } else { "sees it end at once" };
        let message = format!("`{flag}` puts {} into the background: the platform {sees}", started.process.name);
        findings.deployed(started.workload, *place, message).help(HELP).at_most(started.sure).report();
    }
    for started in project.started().iter().filter(|started| started.process.does == Does::Supervisor) {
        supervised(findings, started);
    }
    for process in &project.deployment().told_by_settings {
        let Some((place, flag)) = &process.detached else { continue };
        let message = format!("`{flag}` puts {} into the background: the platform sees it end at once", process.name);
        findings.at_place(project.module_body(place.file), *place, message).help(HELP).at_most(Confidence::Medium).report();
    }
}

/// Several processes that a program of the container starts, watches and ends in the platform's place.
fn supervised(findings: &mut Findings<'_>, started: &Started<'_>) {
    let all = &started.container.processes;
    let Some(at) = all.iter().position(|process| process == started.process) else { return };
    let below: Vec<&Process> = all[at + 1..].iter().filter(|process| process.background && process.certain).collect();
    let [first, second, ..] = below.as_slice() else { return };
    let name = &started.process.name;
    let message = format!(
        "`{name}` starts {} and {} in one container: the platform sees `{name}` alone, and neither the end of one nor its load",
        first.name, second.name
    );
    findings
        .deployed(started.workload, started.process.place, message)
        .help("give each process a container of its own, and let the platform start, watch and stop it")
        .all_related(below.iter().map(|process| (process.place, format!("`{}`", process.name))))
        .at_most(started.sure.min(Confidence::Medium))
        .report();
}

const HELP: &str = "run in the foreground and let the platform start, watch and stop the process";

fn report(project: &Project, findings: &mut Findings<'_>, site: &Site<'_>, message: String) {
    if project.is_test(site.function) || project.is_client_side(site.function) || project.is_opt_in(site.function, site.op, 0) {
        return;
    }
    findings
        .site(site, message)
        .help_otherwise(HELP)
        .at_most(if project.is_script_folder(site.function) { Confidence::Low } else { Confidence::High })
        .report();
}
