//! `buffered-transfer`: what a client uploads is held in memory as a whole, and nothing on the way says how large it may be.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::link::Project;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    for read in project.whole_reads() {
        let name = project.callee_name(&read.site);
        let but = if read.late { "its length is looked at only afterwards" } else { "nothing says how large it may be" };
        let few = project.is_for_administrators(read.site.function, &read.placement);
        findings
            .site(&read.site, format!("{name} holds all that the client sends in memory: {but}"))
            .help_otherwise("refuse what is too large before it is read, or read it in pieces")
            .placed(&read.placement)
            // The limit of a proxy in front may lie outside the tree.
            .at_most(if few { Confidence::Low } else { Confidence::Medium })
            .report();
    }
}
