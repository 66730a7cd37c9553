//! `singleton-service`: a class that forces one instance of itself keeps what requests and jobs change: one truth per process.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::link::value::ClassRef;
use crate::link::{Kept, KeptAs, Placement, Project, UseKind};
use std::collections::BTreeMap;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    let singletons = project.singletons();
    let held = project.held_by_singletons(&singletons);
    let mut written: BTreeMap<ClassRef, Vec<Kept>> = BTreeMap::new();
    for kept in project.kept_data().filter(|kept| kept.kept_as == KeptAs::State && !project.holds_handles(kept.slot)) {
        if let Some(singleton) = project.singleton_of(kept.slot, &held) {
            written.entry(singleton.class).or_default().push(kept);
        }
    }
    for singleton in &singletons {
        let Some(writes) = written.get_mut(&singleton.class) else { continue };
        writes.sort_by_key(|kept| std::cmp::Reverse(weight(kept)));
        let Some(first) = writes.first() else { continue };
        let class = project.class_name(singleton.class);
        let (who, name) = (project.function_name(first.function), &first.name);
        let done = match first.kind {
            UseKind::Count => "counts in",
            UseKind::Rebind => "replaces",
            _ => "changes",
        };
        let mut draft = findings
            .at_place(
                singleton.function,
                singleton.place,
                format!("the one {class} is one per process, not one per service: {who} {done} {name}, and other instances do not see it"),
            )
            .help("keep the data where every instance sees it, and let the class be an ordinary client of that store")
            .placed(&first.placement)
            // What is replaced as a whole is most often read again: configuration, the time of the last refresh.
            .at_most(match first.kind {
                UseKind::Rebind => Confidence::Low,
                _ if first.copied => Confidence::Medium,
                _ => Confidence::High,
            });
        for kept in writes.iter() {
            draft = draft.related(Some(project.place(kept.function, kept.op)), format!("{} is changed here", kept.name));
        }
        draft.in_copies().report();
    }
}

/// How much a write says: what is reached and no copy comes first.
fn weight(kept: &Kept) -> (bool, bool) {
    (!kept.copied && kept.kind != UseKind::Rebind, matches!(&kept.placement, Placement::Hot(reached) if !reached.guessed))
}
