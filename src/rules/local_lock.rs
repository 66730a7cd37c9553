//! `local-lock`: rows that every instance changes, or calls to other systems, are guarded by a lock that only one process sees.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::link::Project;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    for weak in project.weak_locks() {
        let (function, op) = weak.at;
        let who = project.function_name(function);
        let message = if weak.asks {
            format!("{who} guards a call to another system with a lock of this process: other instances call it all the same")
        } else {
            format!("{who} guards rows with a lock of this process: other instances change them all the same")
        };
        let draft = match &weak.site {
            Some(site) => findings.site(site, message),
            None => findings.at(function, op, message),
        };
        draft
            .help_otherwise("take a lock that every instance sees, or let the database decide: a row lock or one atomic statement")
            .placed(&weak.placement)
            .steps(&weak.steps)
            // What the other system does twice, it may not mind.
            .at_most(if weak.asks { Confidence::Medium } else { Confidence::High })
            .in_copies()
            .report();
    }
}
