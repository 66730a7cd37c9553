//! `missing-circuit-breaker`: other systems that clients wait for, and that are asked on and on while they are down.

use super::findings::{Findings, and_more_calls};
use crate::finding::Confidence;
use crate::link::{Asked, KnownBy, Placement, Project, Reached};
use crate::models::Role;
use std::collections::BTreeMap;

const HELP: &str =
    "put one circuit breaker around all calls of it, kept for the life of the process, and answer without it while it is open";

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    // A mesh of this tree does it for what the service asks.
    if !project.deployment().breakers.is_empty() {
        return;
    }
    let guards = project.guards();
    let found = waited_for(project);
    let alone = found.len() == 1;
    for calls in found.values() {
        let Some((first, reached)) = calls.first() else { continue };
        let name = &first.dependency.name;
        // Without the one system that a service stands on, it has nothing to say.
        if alone && first.dependency.known != KnownBy::Host || calls.iter().any(|(asked, _)| guards.may_stop(&asked.site)) {
            continue;
        }
        let few = calls.iter().all(|(_, reached)| is_for_few(project, reached)) || project.is_wrapped_anew(first);
        let callee = project.callee_name(&first.site);
        let more = and_more_calls(calls.len() - 1, "");
        let message = format!("clients wait for {name} and nothing stops asking it while it is down: {callee}{more}");
        let others = calls.iter().skip(1).take(NAMED);
        findings
            .site(&first.site, message)
            .help(HELP)
            .all_related(others.map(|(asked, _)| (project.site_place(&asked.site), format!("asks {name} too"))))
            .placed(&Placement::Hot(reached.clone()))
            .at_most(if few { Confidence::Low } else { first.dependency.sure() })
            .report();
    }
}

/// How many other calls a finding shows.
const NAMED: usize = 4;

fn is_for_few(project: &Project, reached: &Reached) -> bool {
    let administration = || reached.functions.first().is_some_and(|&entry| project.is_administration(entry));
    project.serves_administrators(reached) || administration()
}

/// What clients wait for, by the name of whom it asks, in order of the files.
fn waited_for(project: &Project) -> BTreeMap<String, Vec<(Asked<'_>, Reached)>> {
    let walk = project.while_client_waits();
    let mut found: BTreeMap<String, Vec<(Asked<'_>, Reached)>> = BTreeMap::new();
    for asked in project.asked(&[Role::HttpRequest, Role::RpcCall]) {
        let site = &asked.site;
        let Some(reached) = project.way_of(&walk, site.function, site.op) else { continue };
        if project.is_on_this_machine(site) || project.is_asked_seldom(site, &reached) {
            continue;
        }
        found.entry(asked.dependency.key().to_owned()).or_default().push((asked, reached));
    }
    for calls in found.values_mut() {
        calls.sort_by_key(|(asked, reached)| (is_for_few(project, reached), asked.site.function, asked.site.op));
    }
    found
}
