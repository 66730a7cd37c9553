//! `global-mutable-state`: data of the process that requests and jobs change, so that each instance has its own truth.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::link::{KeptAs, Project, UseKind};

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    let singletons = project.singletons();
    let held = project.held_by_singletons(&singletons);
    for kept in project.kept_data().filter(|kept| kept.kept_as == KeptAs::State && !project.holds_handles(kept.slot)) {
        // `singleton-service` names the class.
        if project.singleton_of(kept.slot, &held).is_some() {
            continue;
        }
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
            .at_most(if kept.copied { Confidence::Low } else { Confidence::High })
            .related(project.slot_declaration(kept.slot), format!("{name} is declared here"));
        draft.report();
    }
}
