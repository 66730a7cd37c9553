//! `n-plus-one-query`: a query or read call once per element of a collection.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::link::{LoopAround, Over, Placement, Project, Site};
use crate::models::{Role, Trait};

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    let roles = [Role::FetchOne, Role::FetchMany, Role::Execute, Role::RpcCall];
    for site in roles.into_iter().flat_map(|role| project.sites(role)) {
        if !is_single_read(&site) {
            continue;
        }
        let placement = project.placement(site.function, site.op);
        let Some(found) = project.repeated(site.function, site.op) else { continue };
        // A command matters only when it walks a table.
        let by_command = placement == Placement::Cold;
        if by_command && !(found.over == Over::Rows && project.is_command(site.function)) {
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
        .related(Some(found.place), "the loop");
    let draft = found.calls.iter().fold(draft, |draft, call| draft.related(Some(call.place), call.message.clone()));
    match found.over {
        Over::Rows => draft.report(),
        Over::Collection => draft.at_most(Confidence::Medium).report(),
    }
}
