//! `local-connection-registry`: open connections kept by one process and sent to from there, with no bus between the instances.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::link::{Chosen, KeptAs, Project, Site};
use crate::models::{Parameter, Role, Setting};
use std::collections::BTreeSet;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    servers(project, findings);
    groups(project, findings);
    if project.has_shared_bus() {
        return;
    }
    let mut seen = BTreeSet::new();
    for kept in project.kept_data().filter(|kept| kept.kept_as == KeptAs::Connections) {
        if seen.contains(&kept.slot) || !project.broadcasts_to(kept.slot) {
            continue;
        }
        seen.insert(kept.slot);
        let name = &kept.name;
        findings
            .at(
                kept.function,
                kept.op,
                format!("{name} knows the connections of this process only: who is connected to another instance gets nothing"),
            )
            .help("publish each message on a bus that all instances listen to, and let each send to its own connections")
            .placed(&kept.placement)
            .related(project.slot_declaration(kept.slot), format!("{name} is declared here"))
            .in_copies()
            .report();
    }
}

/// Servers that keep the connections themselves, and send to those of their own process when no bus is given to them.
fn servers(project: &Project, findings: &mut Findings<'_>) {
    let own = |site: &Site<'_>| !project.is_test(site.function) && !project.is_script(site.function);
    let servers: Vec<Site<'_>> = project.sites(Role::ClientServer).filter(own).collect();
    let given = |site: &Site<'_>| !matches!(project.parameter(site, Parameter::Storage), Chosen::Absent);
    if servers.iter().any(given) || !project.tells_all_clients() {
        return;
    }
    // Where it is given its application, or where it is made.
    let Some(site) = servers.iter().find(|site| project.has_arguments(site.function, site.op)).or(servers.first()) else { return };
    let name = project.callee_name(site);
    findings
        .site(site, format!("{name} sends to the clients of this process only: who is connected to another instance gets nothing"))
        .help_otherwise("give it a bus that all instances listen to")
        .at_most(Confidence::Medium)
        .in_copies()
        .report();
}

/// Groups of clients that a framework tells in the memory of one process, by its settings.
fn groups(project: &Project, findings: &mut Findings<'_>) {
    let Some((place, name)) = project.setting(Setting::MemoryChannels).filter(|(place, name)| !project.is_set_anew(*place, name)) else {
        return;
    };
    findings
        .at_place(project.module_body(place.file), place, format!("{name} keeps groups of clients in each process: who is connected to another instance gets nothing"))
        .help(project.setting_advice(Setting::MemoryChannels).unwrap_or_default())
        .less_sure()
        .in_copies()
        .report();
}
