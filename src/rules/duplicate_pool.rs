//! `duplicate-pool`: one process with two pools for the same server, so that their limits add up.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::link::{Chosen, Project};
use crate::models::Parameter;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    for doubled in project.doubled_pools() {
        let (function, op) = doubled.second;
        let name = project.callee_name(&doubled.site);
        let (first, first_op) = doubled.first;
        // Pools that open as many connections as are used at once have no limits that add up.
        let has_limit = !matches!(project.parameter(&doubled.site, Parameter::Capacity), Chosen::Absent | Chosen::Unknown);
        let message = format!("{name} makes a second pool for the same server in one process: their limits add up");
        findings
            .at(function, op, message)
            .help("make one pool, and import it wherever it is needed")
            .at_most(if doubled.alike && has_limit { Confidence::High } else { Confidence::Low })
            .related(Some(project.place(first, first_op)), "the first pool")
            .report();
    }
}
