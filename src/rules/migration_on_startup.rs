//! `migration-on-startup`: each instance changes the schema of the shared database when it starts.

use super::findings::Findings;
use crate::deploy::workloads::Part;
use crate::facts::OpKind;
use crate::finding::{Confidence, Level, Place};
use crate::link::{Chosen, Project, Site, Started};
use crate::link::value::Kind;
use crate::models::{Parameter, Resource, Role, Trait};
use std::collections::BTreeSet;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    let on_file = project.names_file_database();
    for site in project.sites(Role::Migrate) {
        if site.act.behaviour.kind == Some(Resource::FileDatabase) || !migrates(project, &site) || project.is_on_file_database(&site) {
            continue;
        }
        let Some(start) = project.start_up(site.function, site.op) else { continue };
        if project.takes_shared_lock(&start.reached.functions) {
            continue;
        }
        let name = project.callee_name(&site);
        let locked = site.act.adds.has(Trait::Claimed) || site.receiver.has(Trait::Claimed);
        let then = if locked { "its lock lets them wait for each other, and old code meets the new schema" } else { "several at once when the service is scaled or deployed" };
        let draft = findings
            .site(&site, format!("{name} changes the schema in every instance that starts: {then}"))
            .help_otherwise("run the migrations once, as a step of the deployment before the instances start")
            .path(&start.reached)
            .at_most(if start.chosen || on_file || locked { Confidence::Low } else { Confidence::High })
            .level(if locked { Level::Note } else { Level::Warning });
        draft.report();
    }
    // A script or image that several workloads share is said once.
    let mut said = BTreeSet::new();
    for (at, _) in project.deployment().workloads.iter().enumerate() {
        commanded(project, findings, &project.started_by(at), &mut said);
    }
}

/// A command that migrates before, or beside, the one that stays.
fn commanded(project: &Project, findings: &mut Findings<'_>, started: &[Started<'_>], said: &mut BTreeSet<Place>) {
    for migrates in started.iter().filter(|started| started.process.migrates) {
        let beside = |other: &&Started<'_>| other.container.place == migrates.container.place || migrates.container.part == Part::Init;
        let server = started.iter().find(|other| beside(other) && other.container.part != Part::Init && other.stays());
        let copies = &migrates.workload.replicas;
        let Some(server) = server.filter(|_| !project.names_file_database() && said.insert(migrates.process.place)) else { continue };
        // One copy that is never doubled migrates once; a compose file for one host has one unless it says otherwise. What is not seen to
        // go on may be there to set the database up, and to end.
        let single = copies.amount.is_single() || !project.goes_on(server);
        let message = format!("`{}` changes the schema in every copy that starts {}: several at once when the service is scaled or deployed", migrates.process.name, server.process.name);
        findings
            .deployed(migrates.workload, migrates.process.place, message)
            .help("run the migrations once, as a step of the deployment before the instances start")
            .related(Some(server.process.place), "what every copy runs then")
            .deployment(&copies.evidence)
            .at_most(if single { Confidence::Low } else { migrates.sure.min(server.sure) })
            .report();
    }
}

/// Whether a command that is run by its name is the one that migrates, and a call undoes nothing.
fn migrates(project: &Project, site: &Site<'_>) -> bool {
    let named = match project.parameter(site, Parameter::Command) {
        Chosen::Given(_, value) => match value.kind {
            Kind::Text(file, name) => project.files().name(file, name) == "migrate",
            Kind::Bool(truth) => truth,
            _ => false,
        },
        Chosen::Unknown => true,
        Chosen::Default(_) | Chosen::Absent => false,
    };
    let verb = site.act.name.rsplit(['.', ':']).next().unwrap_or_default();
    let undoes = ["drop_all", "downgrade", "down", "undo", "drop_table", "drop_tables", "reset", "fresh", "refresh"].contains(&verb);
    named && !undoes && matches!(project.facts(site.function).op(site.op).kind, OpKind::Call { .. })
}
