//! `ordinal-identity`: copies that share out work by a number which this kind of workload does not give them.

use super::findings::Findings;
use crate::link::Project;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    for ordinal in project.false_ordinals() {
        let told = ordinal.variable.map(|variable| (variable.place, &variable.name, variable.value.as_deref().unwrap_or_default()));
        let (place, message) = match told {
            Some((place, name, value)) if ordinal.shared => {
                (place, format!("`{name}` is {value} in every copy: all do the same part of the work, and nobody does the rest"))
            }
            Some((place, name, _)) => (place, unnumbered(&format!("`{name}`"))),
            None => (ordinal.used, unnumbered("the name of the host")),
        };
        findings
            .deployed(ordinal.workload, place, message)
            .help("use a workload that numbers its copies, or let a coordinator or the queue hand out the parts")
            .related(told.map(|_| ordinal.used), "the work is shared out by it here")
            .deployment(&ordinal.workload.replicas.evidence)
            .report();
    }
}

fn unnumbered(what: &str) -> String {
    format!("{what} is the name of a copy that has no number: which part of the work is its own changes with every start")
}
