//! `n-plus-one-query`: a query or read call once per element of a collection.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::link::{LoopAround, Over, Placement, Project, Site};
use crate::models::{Role, Trait};
use std::collections::BTreeSet;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    let mut calls_seen = BTreeSet::new();
    let roles = [Role::FetchOne, Role::FetchMany, Role::Execute, Role::RpcCall];
    for site in roles.into_iter().flat_map(|role| project.sites(role)) {
        if !is_single_read(&site) {
            continue;
        }
        let Some(found) = project.repeated(site.function, site.op) else { continue };
        // The path that matters is the loop's: another caller may run the query once.
        let placement = project.placement(found.function, found.op);
        // A command matters only when it walks a table.
        if placement == Placement::Cold && found.over != Over::Rows {
            continue;
        }
        // A call in a loop that leads to several queries is one finding: its first.
        if !found.calls.is_empty() && !calls_seen.insert((found.function, found.op)) {
            continue;
        }
        report(project, findings, &site, &found, &placement);
    }
}

/// A read that could be one read for many: no write, no row that is locked or claimed one at a time.
fn is_single_read(site: &Site<'_>) -> bool {
    let traits = site.receiver.traits.union(site.result.traits);
    let refused = [Trait::Writes, Trait::Claimed, Trait::Serial, Trait::Batch];
    let known = site.role != Role::Execute || traits.has(Trait::Understood);
    known && !refused.into_iter().any(|which| traits.has(which))
}

fn report(project: &Project, findings: &mut Findings<'_>, site: &Site<'_>, found: &LoopAround, placement: &Placement) {
    let per = match found.over {
        Over::Rows => "row",
        Over::Collection => "element",
    };
    let entity = project.entity_name(site.receiver).or_else(|| project.type_name(site.result));
    let of = entity.map(|entity| format!(" of {entity}")).unwrap_or_default();
    let draft = findings
        .site(site, format!("{}{of} runs once per {per} of the loop around it", project.callee_name(site)))
        .help_otherwise("fetch what the loop needs in one query before it, keyed by what it loops over")
        .placed(placement)
        .steps(&found.calls)
        .related(Some(found.place), "the loop");
    // The relation of one object may have been loaded with it.
    let draft = if site.receiver.has(Trait::Related) { draft.at_most(Confidence::Low) } else { draft };
    // Below a condition of another function, it may be that this loop never comes by.
    let draft = if found.conditional { draft.at_most(Confidence::Low) } else { draft };
    // A command, run by hand now and then, can wait.
    let draft = if *placement == Placement::Cold { draft.at_most(Confidence::Low) } else { draft };
    // Rows that are worked off one by one are read again on purpose.
    let draft = if found.works_off { draft.at_most(Confidence::Low) } else { draft };
    draft.at_most(found.sure).report();
}
