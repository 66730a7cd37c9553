//! `local-connection-registry`: open connections kept by one process and sent to from there, with no bus between the instances.

use super::findings::Findings;
use crate::link::{KeptAs, Project};
use std::collections::BTreeSet;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    if project.has_shared_bus() {
        return;
    }
    let mut seen = BTreeSet::new();
    for kept in project.kept_data().filter(|kept| kept.kept_as == KeptAs::Connections) {
        if seen.contains(&kept.slot) || !project.broadcasts_to(kept.slot) {
            continue;
        }
        seen.insert(kept.slot);
        let name = &kept.name;
        findings
            .at(
                kept.function,
                kept.op,
                format!("{name} knows the connections of this process only: who is connected to another instance gets nothing"),
            )
            .help("publish each message on a bus that all instances listen to, and let each send to its own connections")
            .placed(&kept.placement)
            .related(project.slot_declaration(kept.slot), format!("{name} is declared here"))
            .in_copies()
            .report();
    }
}
