//! `stale-replica-read`: rows that are written to the primary and read again from a replica that may not have them yet.

use super::findings::Findings;
use crate::link::{Placement, Project};
use std::collections::BTreeSet;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    let mut seen = BTreeSet::new();
    for stale in project.stale_reads() {
        let placement = project.placement(stale.function, stale.op);
        if placement == Placement::Cold || !seen.insert((stale.function, stale.entity.clone())) {
            continue;
        }
        let entity = &stale.entity;
        findings
            .at(stale.function, stale.op, format!("{entity} is read from a replica just after it was written to the primary: the replica may not have it yet"))
            .help("read it from the primary, or use what the write returned")
            .placed(&placement)
            .related(Some(project.place(stale.function, stale.write)), "written to the primary here")
            .at_most(stale.sure)
            .report();
    }
}
