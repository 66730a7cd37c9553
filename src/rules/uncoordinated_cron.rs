//! `uncoordinated-cron`: scheduled work inside a process that may have copies, with nothing that lets only one do it.

use super::findings::Findings;
use crate::deploy::schedules;
use crate::deploy::stages::Stage;
use crate::deploy::workloads::Workload;
use crate::finding::Confidence;
use crate::fixes::Wanted;
use crate::link::Project;

/// Runs that follow each other so soon, in seconds, meet as soon as one is slow.
const SHORT: u32 = 300;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    for job in project.scheduled_jobs().into_iter().filter(|job| !job.alone) {
        let what = &job.name;
        let copies = project.copies(job.function);
        let (many, how_many) = match &copies {
            Some(copied) if copied.counted.amount.may_be_many() => (true, format!("{} processes each do it", copied.counted.amount)),
            Some(copied) if copied.proven_single => (false, "there is one process today".to_owned()),
            _ => (false, "how many copies run is not known here".to_owned()),
        };
        let message = format!("{what} runs in every copy of this process, and nothing lets only one do it; {how_many}");
        let draft = findings
            .at_place(job.function, job.place, message)
            .help(if job.advice.is_empty() {
                "take a lock that all instances see before the work, or run it in a process of its own".to_owned()
            } else {
                job.advice.clone()
            })
            .steps(&job.steps)
            .at_most(job.sure)
            .in_copies();
        // That there is more than one copy is a guess where no file says so.
        if many { draft } else { draft.less_sure() }.report();
    }
    let deployment = project.deployment();
    for workload in deployment.workloads.iter().filter(|workload| workload.stage != Stage::Development) {
        overlapping(findings, workload);
    }
}

/// A schedule of the platform whose next run may start while the last one is still at work.
fn overlapping(findings: &mut Findings<'_>, workload: &Workload) {
    let Some(schedule) = workload.schedule.as_ref().filter(|schedule| schedule.overlaps && !schedule.suspended) else { return };
    let Some(period) = schedules::period(&schedule.text) else { return };
    let (sure, why) = match &schedule.deadline {
        Some(deadline) if deadline.value <= period => return,
        Some(deadline) => (Confidence::High, format!("a run may take {} seconds and the next one starts after {period}", deadline.value)),
        // Somebody has thought about it.
        None if schedule.overlap_place.is_some() => (Confidence::Low, format!("nothing ends a run before the next one, after {period} seconds")),
        None if period <= SHORT => (Confidence::Medium, format!("nothing ends a run before the next one, after {period} seconds")),
        None => (Confidence::Low, format!("nothing ends a run before the next one, after {period} seconds")),
    };
    let copies = if schedule.overlap_place.is_some() { "allowed" } else { "not forbidden" };
    findings
        .deployed(workload, schedule.place, format!("two runs of `{}` at once are {copies}: {why}", workload.name))
        .help("forbid runs at the same time (`concurrencyPolicy: Forbid`), or replace the one that is late")
        .fix(&Wanted::OneRunAtATime(schedule))
        .related(schedule.deadline.as_ref().map(|deadline| deadline.place), "how long a run may take")
        .at_most(sure)
        .report();
}
