//! `leading-wildcard-search`: a search for a text anywhere in a column, which reads the whole table.

use super::findings::Findings;
use crate::link::{Placement, Project};

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    let searches = project.unanchored_searches();
    if searches.is_empty() || project.has_text_index() {
        return;
    }
    for search in searches {
        let placement = project.placement(search.function, search.op);
        if placement == Placement::Cold {
            continue;
        }
        let of = search.entity.map(|entity| format!(" of {entity}")).unwrap_or_default();
        let message = format!("looking for a text anywhere in a column{of} reads the whole table: no index of this project serves it");
        findings
            .at(search.function, search.op, message)
            .help("add a trigram or full-text index for the column, search from its beginning, or hand searches to a search engine")
            .placed(&placement)
            .at_most(search.sure)
            .report();
    }
}
