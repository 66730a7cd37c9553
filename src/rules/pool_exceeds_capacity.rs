//! `pool-exceeds-capacity`: pools that may open more connections together than their database accepts.

use super::findings::Findings;
use crate::link::Project;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    for exceeded in project.exceeded_capacities() {
        let name = project.callee_name(&exceeded.site);
        let demand = exceeded.each.saturating_mul(exceeded.processes);
        let message = format!(
            "{name} may open {} connections in each of {} processes, {demand} in all: the database accepts {}",
            exceeded.each, exceeded.processes, exceeded.accepted
        );
        findings
            .site(&exceeded.site, message)
            .help("make the pools smaller, put a pooler between the processes and the database, or let the database accept more")
            .deployment(&exceeded.factors)
            .report();
    }
}
