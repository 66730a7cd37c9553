//! `missing-index`: hot code looks rows of a growing table up by a column that has no index.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::link::Project;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    for lookup in project.unindexed_lookups() {
        if lookup.sure == Confidence::Low {
            continue;
        }
        let column = &lookup.column;
        let kind = if lookup.refers { "a foreign key, which brings none by itself" } else { "so every look-up reads the whole table" };
        let placement = project.placement(lookup.function, lookup.op);
        findings
            .at_place(lookup.function, lookup.declared, format!("rows are looked up by `{column}`, which has no index: {kind}"))
            .help("add an index that begins with the column in a migration of its own, built without locking the table")
            .placed(&placement)
            .related(Some(project.place(lookup.function, lookup.op)), "this look-up has no other condition that an index serves")
            .at_most(lookup.sure)
            .report();
    }
}
