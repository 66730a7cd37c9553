//! `lost-update`: a stored value is read, changed in the program and written back in steps that others can come between.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::link::{Placement, Project};
use crate::models::EntryKind;
use std::collections::BTreeSet;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    let mut seen = BTreeSet::new();
    for update in project.lost_updates() {
        let placement = project.placement(update.function, update.write);
        if placement == Placement::Cold || !seen.insert((update.function, update.write)) {
            continue;
        }
        let draft = findings
            .at(update.function, update.write, format!("{} is changed by its old value in separate steps: another instance can write between them", update.what))
            .help("change it in one statement that names the old value, lock the row before it is read, or check a version when it is written")
            .placed(&placement)
            .related(Some(project.place(update.function, update.read)), "the old value is read here")
            .at_most(update.sure);
        // A job mostly has its rows for itself.
        let shared = matches!(&placement, Placement::Hot(reached) if reached.kind == EntryKind::Request);
        let draft = if shared { draft } else { draft.at_most(Confidence::Medium) };
        draft.report();
    }
}
