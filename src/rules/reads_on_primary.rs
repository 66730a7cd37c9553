//! `reads-on-primary`: reads that a replica could answer, and replicas that are none.

use super::findings::Findings;
use crate::link::{Placement, Project};

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    for read in project.reads_on_primary() {
        let (primary, replica) = (&read.primary, &read.replica);
        let placement = project.placement(read.function, read.op);
        // A probe asks the very connection that it reads on.
        if matches!(&placement, Placement::Hot(reached) if project.is_health_route(reached)) {
            continue;
        }
        findings
            .at(read.function, read.op, format!("a request that only reads goes to the primary through {primary}; {replica} leads to a replica"))
            .help(format!("take the connection from {replica}, or say in a comment why the answer must be of this moment"))
            .placed(&placement)
            .related(read.defined, "the way to the replica")
            .at_most(read.sure)
            .report();
    }
    for handle in project.false_replicas() {
        let (primary, replica) = (&handle.primary, &handle.replica);
        findings
            .at_place(handle.function, handle.place, format!("{replica} leads to the same database as {primary}, whatever is configured: no replica answers"))
            .help(format!("give {replica} an address of its own, with that of the primary as its default"))
            .report();
    }
}
