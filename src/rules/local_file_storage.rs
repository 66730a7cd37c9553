//! `local-file-storage`: data that must outlive the request is written to the disk of one instance.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::link::Project;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    for written in project.written_files() {
        let site = &written.site;
        let who = project.function_name(site.function);
        let name = project.callee_name(site);
        // What administrators have written out, they fetch from there or have mounted.
        let few = project.is_for_administrators(site.function, &written.placement);
        findings
            .site(site, format!("{who} keeps a file on the disk of this instance ({name}): other instances do not have it"))
            .help_otherwise("put it into an object store or a table, where every instance can read it")
            .placed(&written.placement)
            .at_most(if few { Confidence::Low } else { written.sure })
            .on_disks()
            .report();
    }
    for kept in project.kept_databases() {
        let name = project.callee_name(&kept.site);
        findings
            .site(&kept.site, format!("{name} keeps the rows of the service in a file on the disk of this instance: other instances do not have them"))
            .help("keep them in a database server that every instance reaches")
            .at_most(if kept.copied { Confidence::Medium } else { Confidence::Low })
            .in_copies()
            .report();
    }
}
