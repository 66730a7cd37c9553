//! `offset-pagination`: pages of a growing table are found by skipping rows.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::link::{Placement, Project};
use crate::models::Trait;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    for cut in project.cuts() {
        let Some(skip) = cut.skip else { continue };
        let placement = project.placement(cut.function, cut.op);
        if placement == Placement::Cold || project.values(cut.function)[skip.index()].kind.is_constant() {
            continue;
        }
        // The rows of one parent have few pages.
        let scoped = cut.query.has(Trait::Filtered);
        let sure = if scoped { Confidence::Low } else { project.grows(cut.query) };
        if sure == Confidence::Low || project.is_for_administrators(cut.function, &placement) {
            continue;
        }
        let of = project.entity_name(cut.query).map_or_else(|| "rows".to_owned(), |entity| format!("rows of {entity}"));
        findings
            .at(cut.function, skip, format!("the database reads and drops all {of} that the offset skips, more for every later page"))
            .help("page by key: order by a unique column and continue after the last value that the client saw")
            .placed(&placement)
            .at_most(sure)
            .report();
    }
}
