//! `unpaginated-endpoint`: request handlers that answer with a whole table.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::link::{Placement, Project};
use crate::models::EntryKind;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    for listing in project.whole_listings() {
        findings
            .at_place(listing.body, listing.place, format!("{} answers with every {}: it has no pages", listing.name, listing.entity))
            .help("give the view a class of pagination with a page size, or set one for all views")
            .at_most(listing.sure)
            .report();
    }
    for site in project.fetches() {
        let Some(confidence) = project.brings_all_rows(&site) else { continue };
        let placement = project.placement(site.function, site.op);
        let Placement::Hot(reached) = &placement else { continue };
        if reached.kind != EntryKind::Request
            || !project.is_returned_by_handler(site.function, site.op)
            || project.is_reduced(&site)
        {
            continue;
        }
        let what = project.entity_name(site.receiver).map_or_else(|| "every row".to_owned(), |entity| format!("every {entity}"));
        let route = if reached.label.is_empty() { "the handler".to_owned() } else { reached.label.clone() };
        findings
            .site(&site.at(project.executing_op(&site)), format!("{route} answers with {what}: {} has no limit and no page", project.callee_name(&site)))
            .help_otherwise("take a page and a capped page size from the request, and limit the query by them")
            .placed(&placement)
            .at_most(if project.brings_one_column(&site) { Confidence::Low } else { confidence })
            .report();
    }
}
