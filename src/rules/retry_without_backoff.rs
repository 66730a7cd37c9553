//! `retry-without-backoff`: retries that come back at once, or after the same pause each time.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::fixes::Wanted;
use crate::link::{Bound, Delay, Placement, Project, Retrier, Retry};
use crate::models::{EntryKind, Parameter};
use std::collections::BTreeSet;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    // A task and the calls in it that ask for another run are one thing to mend.
    let mut queued = BTreeSet::new();
    let pauses = |retry: &&Retry| retry.by == Retrier::Queue && retry.delay != Delay::None;
    let paused: BTreeSet<_> = project.retries().iter().filter(pauses).filter_map(|retry| retry.guarded.first()).collect();
    for retry in project.retries() {
        // Once at once, and later after a pause.
        if retry.by == Retrier::Queue && retry.delay == Delay::None && retry.guarded.first().is_some_and(|job| paused.contains(job)) {
            continue;
        }
        if retry.by == Retrier::Queue && retry.delay != Delay::None && !queued.insert(retry.guarded.first().copied()) {
            continue;
        }
        let Some(sure) = sure(retry) else { continue };
        let pause = match retry.delay {
            Delay::None => "again at once".to_owned(),
            Delay::Constant(Some(seconds)) => format!("again after the same {seconds} s each time"),
            _ => "again after the same pause each time".to_owned(),
        };
        let message = match retry.by {
            Retrier::Loop => format!("{} tries {} {pause} when it fails", retry.name, retry.tried),
            Retrier::Client => format!("{} tries each failed call {pause}", retry.name),
            Retrier::Wrapper | Retrier::Queue => format!("{} tries {} {pause}", retry.name, retry.tried),
        };
        let draft = findings
            .at_place(retry.function, retry.place, message)
            .help(retry.advice.clone())
            .help_otherwise("wait longer after each try, with some chance in it: min(cap, base * 2 ** attempt) * random()")
            .placed(&retry.placement)
            .at_most(sure);
        match project.call_of(retry) {
            Some(site) => draft.fix(&Wanted::Argument(&site, Parameter::Backoff)),
            None => draft,
        }
        .report();
    }
}

/// A pause this long is no storm.
const LONG: f64 = 30.0;

/// How sure it is that the retry adds to an outage; `None` when it does not.
fn sure(retry: &Retry) -> Option<Confidence> {
    // To try once more at once at most doubles the load.
    let once_more = matches!(retry.bound, Bound::Some(Some(tries)) if tries <= if retry.by == Retrier::Loop { 2 } else { 1 });
    if retry.placement == Placement::Cold || once_more {
        return None;
    }
    let by_clock = matches!(&retry.placement, Placement::Hot(reached) if reached.kind == EntryKind::Scheduled);
    let pause = match retry.delay {
        Delay::None => Confidence::High,
        // Nobody chose the pause, however long it is: every job that failed in an outage comes back as one wave.
        Delay::Constant(_) if retry.by == Retrier::Queue && retry.by_default && retry.outbound => Confidence::Medium,
        Delay::Constant(Some(seconds)) if seconds >= LONG => Confidence::Low,
        // A queue runs thousands of other jobs meanwhile, and those that failed come back as spread as they came. Only what asks
        // another system again within seconds adds to its load; where a handler decides (`stretch`), a lock or this machine may be why.
        Delay::Constant(pause) if retry.by == Retrier::Queue && (pause.is_none() || !retry.outbound || retry.stretch.is_some()) => Confidence::Low,
        Delay::Constant(_) => Confidence::Medium,
        Delay::Growing | Delay::Unknown => return None,
    };
    let known = if retry.outbound { Confidence::High } else { Confidence::Medium };
    let rare = if by_clock || retry.connects { Confidence::Low } else { Confidence::High };
    Some(pause.min(known).min(rare))
}
