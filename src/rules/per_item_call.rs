//! `per-item-call`: a write, a cache access or a call to another system once per element of a collection.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::link::{LoopAround, Over, Placement, Project, Site};
use crate::models::{EntryKind, Role, Trait};
use std::collections::BTreeSet;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    let mut calls_seen = BTreeSet::new();
    let mut loops_seen = BTreeSet::new();
    for site in project.sites(Role::Commit) {
        if let Some(found) = project.commits_each_element(&site) {
            loops_seen.insert(found.place);
            report(project, findings, &site, &found);
        }
    }
    let roles =
        [Role::Write, Role::Execute, Role::CacheRead, Role::CacheWrite, Role::MailSend, Role::HttpRequest, Role::Enqueue];
    let queued = project.queues_mail();
    for site in roles.into_iter().flat_map(|role| project.sites(role)) {
        if !is_single_write(&site) || queued && site.role == Role::MailSend {
            continue;
        }
        let Some(found) = project.repeated(site.function, site.op) else { continue };
        // One finding for each loop and each call in it that leads further.
        let first = found.calls.is_empty() || calls_seen.insert((found.function, found.op));
        if first && !loops_seen.contains(&found.place) {
            report(project, findings, &site, &found);
        }
    }
}

/// A call for one element that could be one for many.
fn is_single_write(site: &Site<'_>) -> bool {
    let traits = site.receiver.traits.union(site.result.traits);
    let refused = [Trait::Claimed, Trait::Serial, Trait::Batch, Trait::Dedicated];
    let many = refused.into_iter().any(|which| traits.has(which));
    match site.role {
        Role::Enqueue => site.act.adds.has(Trait::OneOfMany),
        Role::Execute => traits.has(Trait::Writes) && traits.has(Trait::Understood) && !many,
        _ => !many,
    }
}

fn report(project: &Project, findings: &mut Findings<'_>, site: &Site<'_>, found: &LoopAround) {
    let placement = project.placement(found.function, found.op);
    // A command, run by hand now and then, can wait.
    if placement == Placement::Cold {
        return;
    }
    let per = match found.over {
        Over::Rows => "row",
        Over::Collection => "element",
    };
    let draft = findings
        .site(site, format!("{} {} once per {per} of the loop around it", project.callee_name(site), does(site.role)))
        .help_otherwise("collect what the loop makes and send it in one call, or in batches of a bounded size")
        .placed(&placement)
        .steps(&found.calls)
        .related(Some(found.place), "the loop")
        .all_related(found.others.iter().map(|&place| (place, "another loop".to_owned())));
    let waits = matches!(&placement, Placement::Hot(reached) if reached.kind == EntryKind::Request);
    let by_job = matches!(&placement, Placement::Hot(reached) if reached.kind != EntryKind::Request);
    let outside = matches!(site.role, Role::MailSend | Role::HttpRequest);
    let isolated = !outside && project.is_isolated(site.function, site.op);
    // What a function does with one thing is not done with many by changing the loop, unless the function does nothing else.
    let embedded = !found.calls.is_empty() && (found.calls.len() > 1 || project.does_more(site.function, site.op));
    // A row that is made where none is found needs its own look-up.
    let looked_up = site.role == Role::Write && site.result.has(Trait::Keyed) && site.result.has(Trait::Creates);
    // How many rows a function is given is for its callers to say.
    let handed = site.role == Role::Write && found.over == Over::Rows && (found.rows.param.is_some() || found.rows.inferred);
    // What the project ties to the end of a row runs only where rows are deleted one by one.
    let removes = site.result.has(Trait::Removes);
    let draft = match () {
        () if site.role == Role::Write && (project.is_written_by_row(site.receiver) || project.is_written_by_row(site.result)) => {
            draft.at_most(Confidence::Low)
        }
        () if embedded || looked_up || handed || removes || found.picked => draft.at_most(Confidence::Low),
        // A job may write row by row, nobody waits; and whether others take many at once is for them to say.
        () if by_job && site.role == Role::Write || outside && !waits || isolated || found.conditional => draft.at_most(Confidence::Low),
        () if outside || found.works_off => draft.at_most(Confidence::Medium),
        () => draft,
    };
    let draft = draft.at_most(found.sure);
    // What stands in the loop itself is one thing each to mend; what lies below it is one together.
    if found.calls.is_empty() { draft.report() } else { draft.report_once_in(found.place, found.calls.len()) }
}

fn does(role: Role) -> &'static str {
    match role {
        Role::Commit => "ends a transaction",
        Role::CacheRead | Role::CacheWrite => "asks the cache",
        Role::MailSend | Role::Enqueue => "sends a message",
        Role::HttpRequest => "sends a request",
        _ => "writes",
    }
}
