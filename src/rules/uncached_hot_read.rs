//! `uncached-hot-read`: handlers that compute the same answer anew for every request.

use super::findings::Findings;
use crate::link::{Placement, Project};

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    for found in project.recomputed() {
        let placement = project.placement(found.handler, found.op);
        let Placement::Hot(reached) = &placement else { continue };
        if project.is_health_route(reached) || project.is_for_administrators(found.handler, &placement) {
            continue;
        }
        let what = if reached.label.is_empty() { project.function_name(found.handler) } else { reached.label.clone() };
        let count = found.reads.len();
        let draft = findings
            .at(found.handler, found.op, format!("{what} runs {count} queries whose results are the same for every request, and nothing keeps them"))
            .help("keep what is made of them for a minute or more in a shared cache, and drop it where the rows are changed")
            .placed(&placement);
        let draft = found.reads.iter().fold(draft, |draft, (place, read)| draft.related(Some(*place), format!("{read} is read here")));
        draft.report();
    }
}
