//! `uncached-hot-read`: what each request reads again from the database although it is the same for all of them.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::link::{Placement, Project};

/// How many reads a finding shows.
const NAMED: usize = 4;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    let walk = project.while_client_waits();
    let guards = project.guards();
    for reread in project.rereads() {
        let Some(reached) = project.way_of(&walk, reread.function, reread.op) else { continue };
        if reached.is_probe() || project.serves_administrators(&reached) || guards.may_be_kept(reread.function) {
            continue;
        }
        let message = format!(
            "{} reads {} times from the database for {}, and nothing of that request decides what",
            reread.name,
            reread.reads.len(),
            reached.describe()
        );
        let draft = findings
            .at(reread.function, reread.op, message)
            .help("keep the result for a short time in a cache that all instances share, and clear it where the tables change");
        reread
            .reads
            .iter()
            .take(NAMED)
            .fold(draft, |draft, &(function, op)| draft.related(Some(project.place(function, op)), "reads here"))
            .placed(&Placement::Hot(reached))
            .at_most(Confidence::Medium)
            .report();
    }
}
