//! `replicated-scheduler`: a scheduler that runs more than once, so that what it starts is started more than once.

use super::findings::Findings;
use crate::deploy::programs::Does;
use crate::finding::{Confidence, Level};
use crate::link::{Project, ScheduledJob, Started};

const HELP: &str = "run the scheduler as a workload of its own with exactly one copy that is replaced, not doubled, by a deployment, \
                    or use one that takes a lock in a shared store";

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    for started in project.started() {
        let process = started.process;
        if process.locked || project.locks_schedules(&started) {
            continue;
        }
        match &process.embeds_scheduler {
            Some((place, flag)) => embedded(findings, &started, *place, flag),
            None if process.does == Does::Scheduler => alone(findings, &started),
            None => {}
        }
    }
    for job in project.scheduled_jobs().into_iter().filter(|job| job.alone) {
        own(project, findings, &job);
    }
}

/// A program of the project's own that only starts work at its time, with copies.
fn own(project: &Project, findings: &mut Findings<'_>, job: &ScheduledJob) {
    let Some(copied) = project.copies(job.function).filter(|copied| copied.counted.amount.may_be_many()) else { return };
    let Some(link) = &copied.link else { return };
    let workload = project.workload(link);
    let place = copied.counted.evidence.first().map_or(workload.place, |note| note.place);
    let message = format!("{} runs in {} copies of `{}`, and nothing lets only one do it", job.name, copied.counted.amount, workload.name);
    findings.deployed(workload, place, message).help(HELP).related(Some(job.place), "it is registered here").at_most(job.sure).report();
}

/// A worker that runs the scheduler too: right only as long as there is one worker.
fn embedded(findings: &mut Findings<'_>, started: &Started<'_>, place: crate::finding::Place, flag: &str) {
    let copies = &started.workload.replicas;
    let (level, sure, how) = if copies.amount.may_be_many() {
        (Level::Error, Confidence::High, format!("{} copies each start what is due", copies.amount))
    } else if copies.amount.is_single() {
        (Level::Note, Confidence::Low, "right only as long as there is one worker".to_owned())
    } else {
        (Level::Warning, Confidence::Medium, "a second worker starts everything twice".to_owned())
    };
    findings
        .deployed(started.workload, place, format!("`{flag}` runs the scheduler inside the worker: {how}"))
        .help(HELP)
        .deployment(&copies.evidence)
        .level(level)
        .at_most(sure.min(started.sure))
        .report();
}

/// A scheduler of its own with copies.
fn alone(findings: &mut Findings<'_>, started: &Started<'_>) {
    let counted = started.workload.count_of(started.process);
    if !counted.amount.may_be_many() {
        return;
    }
    let place = counted.evidence.first().map_or(started.process.place, |note| note.place);
    let message = format!("`{}` runs in {} copies, and each starts what is due", started.process.name, counted.amount);
    findings
        .deployed(started.workload, place, message)
        .help(HELP)
        .related(Some(started.process.place), format!("`{}` is the scheduler", started.process.shown))
        .at_most(started.sure)
        .report();
}
