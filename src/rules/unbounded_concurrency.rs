//! `unbounded-concurrency`: as many calls at once as a collection has elements.

use super::findings::Findings;
use crate::link::{Over, Placement, Project};
use std::collections::BTreeSet;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    // Tasks that are made and then gathered are one thing to mend.
    let mut seen = BTreeSet::new();
    for found in project.fan_outs() {
        let site = &found.site;
        let placement = project.placement(site.function, site.op);
        if placement == Placement::Cold || !seen.insert(site.function) {
            continue;
        }
        let per = match found.over {
            Over::Rows => "row",
            Over::Collection => "element",
        };
        let message = format!("{} starts {} for every {per} at once: nothing bounds how many", project.callee_name(site), found.call);
        findings
            .site(site, message)
            .help_otherwise("let a semaphore or a stream with a limit admit a few at a time, or send one request for many")
            .placed(&placement)
            .related(Some(found.place), "what it goes over")
            .at_most(found.sure)
            .report();
    }
}
