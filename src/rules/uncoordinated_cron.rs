//! `uncoordinated-cron`: scheduled work inside a process that may have copies, with nothing that lets only one do it.

use super::findings::Findings;
use crate::link::Project;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    for job in project.scheduled_jobs() {
        let what = &job.name;
        findings
            .at_place(
                job.function,
                job.place,
                format!("{what} runs in every copy of this process, and nothing lets only one do it; how many copies run is not known here"),
            )
            .help(if job.advice.is_empty() {
                "take a lock that all instances see before the work, or run it in a process of its own".to_owned()
            } else {
                job.advice.clone()
            })
            .steps(&job.steps)
            .less_sure()
            .at_most(job.sure)
            .in_copies()
            .report();
    }
}
