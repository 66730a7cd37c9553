//! `missing-request-context`: a log in which the lines of one request cannot be told from those of others.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::link::Project;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    let services = project.services();
    for service in services.iter().filter(|service| !services.binds_context(service)) {
        let Some((function, op)) = services.first_log(service) else { continue };
        let message = format!(
            "{} binds no request or trace id to its log: lines of one request cannot be found among those of all instances",
            project.callee_name(&service.site)
        );
        findings
            .site(&service.site, message)
            .help("bind an id to every line of a request in one middleware: from the incoming header, or a new one")
            .related(Some(project.place(function, op)), "a handler logs here")
            .at_most(Confidence::Medium)
            .report();
    }
}
