//! `n-plus-one-query`: a query or read call once per element of a collection.

use super::findings::{Draft, Findings};
use crate::finding::Confidence;
use crate::link::{LoopAround, Over, Placement, Project, Site};
use crate::models::{EntryKind, Role, Trait};
use std::collections::BTreeSet;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    let mut calls_seen = BTreeSet::new();
    let roles = [Role::FetchOne, Role::FetchMany, Role::Execute, Role::RpcCall];
    for site in roles.into_iter().flat_map(|role| project.sites(role)) {
        if !is_single_read(&site) || project.is_left_out(site.function, site.op) || project.selects_by_name(&site) {
            continue;
        }
        // What a method of each row asks about its row counts as well.
        let of_row = || project.is_method_of_row(site.function).then(|| project.repeated_for_row(site.function, site.op)).flatten();
        let repeated = || project.repeated(site.function, site.op).or_else(of_row);
        let Some(found) = repeated() else { continue };
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
    for read in project.lazy_reads() {
        let placement = project.placement(read.found.function, read.found.op);
        let message = format!("{} is loaded once per row of the loop around it: nothing loads it with the rows", read.name);
        let help = read.act.advice.clone().unwrap_or_default();
        let draft = doubts(findings.at(read.function, read.op, message).help(help), &read.found, &placement);
        // Rows that a function is given, and only an annotation tells of, may have come with all that they lead to, or be two.
        let told = read.found.rows.inferred && read.found.rows.param.is_some() && !read.found.rows.has(Trait::Filtered);
        let draft = if told { draft.at_most(Confidence::Low) } else { draft };
        let others = read.others.into_iter();
        let draft = draft.all_related(others.map(|(place, name)| (place, format!("{name} as well"))));
        draft.report_once_in(read.found.place, read.found.calls.len());
    }
    report_rendered(project, findings);
}

/// What serializers read for each row of a list, without a loop in the code.
fn report_rendered(project: &Project, findings: &mut Findings<'_>) {
    for read in project.rendered_reads() {
        let message = format!("{} is read once for each row of a list that this serializer shows: nothing loads it with the rows", read.read);
        let help = read.act.and_then(|act| act.advice.as_deref()).unwrap_or("load it with the rows, where they are listed");
        let draft = findings.at_place(read.function, read.place, message).help(help).related(Some(read.listed), "the rows are listed here");
        let draft = match &read.placement {
            Some(placement) => draft.placed(placement),
            None => draft,
        };
        let others = read.others.into_iter();
        draft.all_related(others.map(|(place, name)| (place, format!("{name} as well")))).at_most(read.sure).report();
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
    let help = "fetch what the loop needs in one query before it, keyed by what it loops over";
    let draft = findings.site(site, format!("{}{of} runs once per {per} of the loop around it", project.callee_name(site)));
    // What a library advises for reading many rows is how to read fewer of them.
    let draft = if site.role == Role::FetchMany { draft.help(help) } else { draft.help_otherwise(help) };
    // The relation of one object may have been loaded with it.
    let loaded = site.receiver.has(Trait::Related) && (found.over != Over::Rows || found.rows.has(Trait::Eager));
    // What is asked only when an element fails is not asked for each.
    let failing = project.is_in_handler(site.function, site.op) || project.is_in_handler(found.function, found.op);
    // In a job, a query that somebody wrote for each row may be meant so: a transaction for each, a batch, a term of its own.
    let meant = matches!(placement, Placement::Hot(reached) if reached.kind != EntryKind::Request);
    let draft = if loaded || failing || meant { draft.at_most(Confidence::Low) } else { draft };
    let draft = doubts(draft, found, placement);
    // What stands in the loop itself is one query each to mend; those below it are one together.
    if found.calls.is_empty() { draft.report() } else { draft.report_once_in(found.place, found.calls.len()) }
}

/// The path and the loop, and how sure they leave us.
fn doubts<'f, 'p>(draft: Draft<'f, 'p>, found: &LoopAround, placement: &Placement) -> Draft<'f, 'p> {
    let draft = draft.placed(placement).steps(&found.calls).related(Some(found.place), "the loop");
    let draft = draft.all_related(found.others.iter().map(|&place| (place, "another loop".to_owned())));
    // Below a condition of another function, it may be that this loop never comes by. A command, run by hand now and then, can
    // wait. Rows that are worked off one by one are read again on purpose.
    let doubtful = found.conditional || found.works_off || *placement == Placement::Cold;
    draft.at_most(if doubtful { Confidence::Low } else { found.sure })
}
