//! `in-process-cache`: a plain map that is looked up and filled on a miss, with nothing that bounds or expires it.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::link::{KeptAs, Project};

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    for kept in project.kept_data().filter(|kept| kept.kept_as == KeptAs::Cache && !project.holds_handles(kept.slot)) {
        let name = &kept.name;
        findings
            .at(
                kept.function,
                kept.op,
                format!("{name} caches in this process only: other instances keep their own copy, and nothing bounds or expires it"),
            )
            .help("use a cache that all instances share, with a time to live, or a bounded cache with expiry as a first layer")
            .placed(&kept.placement)
            .at_most(if kept.copied { Confidence::Low } else { Confidence::High })
            .related(project.slot_declaration(kept.slot), format!("{name} is declared here"))
            .in_copies()
            .report();
    }
}
