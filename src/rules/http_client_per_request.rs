//! `http-client-per-request`: HTTP sessions, clients and cloud SDK clients made per call, so that no connection is ever reused.

use super::findings::Findings;
use crate::facts::OpId;
use crate::finding::Confidence;
use crate::link::{Placement, Project, Reached, Site};
use crate::models::{EntryKind, Role};
use std::collections::BTreeSet;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    // Either arm of a condition, or several calls, in one function are one thing to mend.
    let mut seen = BTreeSet::new();
    for site in project.sites(Role::HttpClient).chain(project.sites(Role::SdkClient)) {
        let placement = project.placement(site.function, site.op);
        let when = match &placement {
            Placement::Cold => continue,
            // A few times a day or an hour, a client of its own costs nothing.
            Placement::Hot(reached) if reached.kind == EntryKind::Scheduled => continue,
            Placement::Hot(_) if project.is_kept(site.function, site.op) => continue,
            Placement::Hot(reached) => reached.describe(),
            Placement::Unplaced(_) if project.is_handed_over(site.function, site.op) => continue,
            Placement::Unplaced(_) => "each call".to_owned(),
        };
        // What nobody sends anything with opens no connection.
        if serves_several_calls(project, &site)
            || project.only_signs(site.function, site.op)
            || project.is_left_unused(site.function, site.op)
            || project.is_dedicated(site.function, site.op)
            || project.carries_client_values(site.function, site.op)
        {
            continue;
        }
        // Made for one host, tenant or key that the caller names: there may be nothing to share. What an object keeps may
        // serve all its calls, a refresh comes once in a while, and a job takes longer than a handshake.
        // A function of the platform's own runs alone in its process, a few times or thousands; a probe comes by the minute.
        let seldom = |reached: &Reached| {
            let alone = reached.functions.first().is_some_and(|&entry| project.is_bounded_run(entry));
            alone || reached.is_probe() || project.serves_administrators(reached)
        };
        let cheap = matches!(&placement, Placement::Hot(reached) if seldom(reached))
            || project.stands_in_for_param(site.function, site.op)
            || project.is_made_for_caller(site.function, site.op)
            || project.is_opened_on_receiver(site.function, site.op)
            || project.is_refresh(site.function, site.op)
            || project.runs_once_per_key(site.function, site.op)
            || project.exchanges_code(site.function)
            || asks_given_host(project, &site)
            || !project.runs_from(site.function, site.op, EntryKind::Request) && !project.is_in_loop(site.function, site.op);
        let name = project.callee_name(&site);
        if !seen.insert((site.function, name.clone())) {
            continue;
        }
        findings
            .site(&site, format!("{name} makes a new client for {when}, so its connections are never reused"))
            .help_otherwise("make one client for the process and share it")
            .placed(&placement)
            .at_most(if cheap { Confidence::Low } else { Confidence::High })
            .report();
    }
}

/// All that is asked through a client begins with an address that the caller names: of a tenant, a row, a set-up page.
fn asks_given_host(project: &Project, client: &Site<'_>) -> bool {
    let mut calls = project.requests_with(client.function, client.op).peekable();
    calls.peek().is_some() && calls.all(|site| project.begins_with_param(site.function, site.op))
}

/// A client that its function uses for several calls, or in a loop, or hands to calls in a loop, does reuse its connections.
fn serves_several_calls(project: &Project, client: &Site<'_>) -> bool {
    if project.is_given_in_loop(client.function, client.op) {
        return true;
    }
    let (function, calls) = (client.function, project.calls_with(client.function, client.op));
    // Of two arms that exclude each other, one runs.
    let both = |first: OpId| calls.iter().any(|&other| other > first && !project.excludes_each_other(function, first, other));
    project.serves_callee(function, client.op)
        || calls.iter().any(|&call| both(call))
        || project.serves_inner_loop(function, client.op)
        || calls.iter().any(|&call| project.is_in_loop_beyond(function, call, client.op))
}
