//! `local-lock`: rows that every instance changes are guarded by a lock that only one process sees.

use super::findings::Findings;
use crate::link::Project;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    for weak in project.weak_locks() {
        let who = project.function_name(weak.site.function);
        findings
            .site(&weak.site, format!("{who} guards rows with a lock of this process: other instances change them all the same"))
            .help_otherwise("take a lock that every instance sees, or let the database decide: a row lock or one atomic statement")
            .placed(&weak.placement)
            .steps(&weak.steps)
            .in_copies()
            .report();
    }
}
