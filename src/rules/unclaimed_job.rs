//! `unclaimed-job`: work that is looked for in a table by every process and claimed by none.

use super::findings::Findings;
use crate::link::Project;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    for poll in project.unclaimed_polls() {
        let message = format!(
            "rows with {} are taken by every process that polls, and nothing claims one before its work is done; how many processes poll is not known here",
            poll.waiting
        );
        findings
            .at(poll.site.function, poll.site.op, message)
            .help("claim first: SELECT ... FOR UPDATE SKIP LOCKED in the transaction that does the work, or UPDATE ... WHERE status is still the old one, and go on only with the rows that it changed")
            .steps(&poll.steps)
            .at_most(poll.sure)
            .report();
    }
}
