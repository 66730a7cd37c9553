//! `unbounded-query`: queries that bring every row into memory, where the answer to the client is not the rows themselves.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::link::{Placement, Project, Site};
use crate::models::Trait;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    for site in project.fetches() {
        let Some(confidence) = project.brings_all_rows(&site) else { continue };
        let placement = project.placement(site.function, site.op);
        let elsewhere = |site: &Site<'_>| {
            project.is_returned_by_handler(site.function, site.op)
                || project.is_repeated(site.function, site.op)
                || project.is_reduced(site)
        };
        if placement == Placement::Cold || elsewhere(&site) {
            continue;
        }
        // Columns only: every row, but little of each. Rows that are removed on the way do not pile up.
        let slim = project.brings_columns(&site) || project.is_purged(&site);
        // A table that people fill a row at a time is short for long.
        let slow = !project.query_grows_fast(&site);
        findings
            .site(&site.at(project.executing_op(&site)), message(project, &site))
            .help_otherwise("limit it, page through it, or let the database compute the answer")
            .placed(&placement)
            .at_most(if slim || slow { Confidence::Low } else { confidence })
            .report();
    }
}

fn message(project: &Project, site: &Site<'_>) -> String {
    let name = project.callee_name(site);
    match project.entity_name(site.receiver) {
        Some(entity) => {
            let picked = if site.receiver.has(Trait::Filtered) { " that fits" } else { "" };
            format!("{name} loads every {entity}{picked} into memory: nothing limits the query")
        }
        None => format!("{name} loads every row into memory: nothing limits the query"),
    }
}
