//! `global-mutable-state`: data of the process that requests and jobs change, so that each instance has its own truth.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::link::{Kept, KeptAs, Placement, Project, UseKind};
use std::collections::BTreeSet;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    let singletons = project.singletons();
    let held = project.held_by_singletons(&singletons);
    let ours = |kept: &Kept| kept.kept_as == KeptAs::State && !project.holds_handles(kept.slot);
    // `singleton-service` names the class.
    let mut all: Vec<Kept> = project.kept_data().filter(|kept| ours(kept) && project.singleton_of(kept.slot, &held).is_none()).collect();
    // The same object under several keys, put there in one go, is one thing to mend.
    all.sort_by_key(|kept| (kept.function, kept.op));
    let mut seen = BTreeSet::new();
    all.retain(|kept| project.stored_name(kept).is_none_or(|name| seen.insert((kept.function, name))));
    for kept in all {
        let name = &kept.name;
        let done = match kept.kind {
            UseKind::Count => "counts in",
            UseKind::Rebind => "replaces",
            _ => "changes",
        };
        let who = project.function_name(kept.function);
        let draft = findings
            .at(kept.function, kept.op, format!("{who} {done} {name}, which every process has its own copy of"))
            .help("keep it where every instance sees it: a row, a key in a shared store, or a queue")
            .placed(&kept.placement)
            // Whose object it is, and how many there are of it, only those who call the code know.
            .at_most(if kept.copied || matches!(kept.placement, Placement::Unplaced(_)) { Confidence::Low } else { Confidence::High })
            .related(project.slot_declaration(kept.slot), format!("{name} is declared here"));
        draft.in_copies().report();
    }
}
