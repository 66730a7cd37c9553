//! `non-idempotent-retry`: effects that a retry repeats although they succeeded.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::link::{Placement, Project, Retrier};
use std::collections::BTreeSet;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    let mut seen = BTreeSet::new();
    for retry in project.retries() {
        for effect in project.repeated_effects(retry) {
            if effect.placement == Placement::Cold || !seen.insert((effect.function, effect.op)) {
                continue;
            }
            let again = match retry.by {
                Retrier::Loop => format!("the loop around {}", retry.tried),
                _ => format!("{} on {}", retry.name, retry.tried),
            };
            let why = if effect.later.is_some() { "when what follows fails" } else { "when its answer is lost" };
            let message = format!("{} {} once more {why}: {again} tries again, and no key tells it from a second order", effect.name, effect.what);
            findings
                .at(effect.function, effect.op, message)
                .help("pass an idempotency key made from the job, or note first that it is done and check that note")
                .placed(&effect.placement)
                .steps(effect.later.as_slice())
                .related(Some(retry.place), "tried again here")
                .at_most(effect.sure.min(Confidence::Medium))
                .report();
        }
    }
}
