//! `ordinal-identity`: copies that share out work by a number which this kind of workload does not give them.

use super::findings::Findings;
use crate::link::Project;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    for ordinal in project.false_ordinals() {
        let name = &ordinal.variable.name;
        let message = if ordinal.shared {
            let value = ordinal.variable.value.as_deref().unwrap_or_default();
            format!("`{name}` is {value} in every copy: all do the same part of the work, and nobody does the rest")
        } else {
            format!("`{name}` is the name of a copy that has no number: which part of the work is its own changes with every start")
        };
        findings
            .deployed(ordinal.workload, ordinal.variable.place, message)
            .help("use a workload that numbers its copies, or let a coordinator or the queue hand out the parts")
            .related(Some(ordinal.used), "the work is shared out by it here")
            .deployment(&ordinal.workload.replicas.evidence)
            .report();
    }
}
