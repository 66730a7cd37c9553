//! `unbounded-retry`: retries that nothing ends while the other side is down.

use super::findings::Findings;
use crate::facts::OpId;
use crate::finding::Confidence;
use crate::link::{Bound, Delay, Placement, Project, Retrier, Retry};
use crate::models::EntryKind;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    for retry in project.retries() {
        if retry.bound != Bound::Never || retry.placement == Placement::Cold || runs_for_ever(project, retry) {
            continue;
        }
        let start = retry.stretch.map_or_else(|| OpId::from_index(0), |(start, _)| start);
        // A queue's limit ends one run of a job, not the next.
        if retry.by != Retrier::Queue && project.has_deadline(retry.guarded.first().copied().unwrap_or(retry.function), start) {
            continue;
        }
        let message = match retry.by {
            Retrier::Loop => format!("the loop tries {} until it succeeds, however long that takes", retry.tried),
            Retrier::Client => format!("{} tries each failed call until it succeeds, however long that takes", retry.name),
            Retrier::Wrapper | Retrier::Queue => {
                format!("{} tries {} until it succeeds, however long that takes", retry.name, retry.tried)
            }
        };
        findings
            .at_place(retry.function, retry.place, message)
            .help(retry.advice.clone())
            .help_otherwise("end it after a few tries or a total time, and hand the error on")
            .placed(&retry.placement)
            .at_most(if retry.outbound { Confidence::High } else { Confidence::Medium })
            .report();
    }
}

/// A consumer that has lost its connection has nothing else to do; it must wait between the tries.
fn runs_for_ever(project: &Project, retry: &Retry) -> bool {
    let Some(&(start, _)) = retry.stretch.as_ref() else { return false };
    let for_request = project.runs_from(retry.function, start, EntryKind::Request);
    retry.connects && !for_request && retry.delay != Delay::None
}
