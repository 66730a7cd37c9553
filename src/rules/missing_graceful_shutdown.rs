//! `missing-graceful-shutdown`: servers that cut off their open requests when the platform stops them.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::link::Project;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    for server in project.services().undrained() {
        let name = project.callee_name(&server.site);
        let message = if server.by_keyboard {
            format!("{name} hears only Ctrl-C: platforms stop a process with SIGTERM, which ends this one at once")
        } else {
            format!("{name} ends at once on SIGTERM: requests that are being answered are cut off")
        };
        findings
            .site(&server.site, message)
            .help_otherwise("wait for SIGTERM, stop accepting, and let open requests end before the process does")
            .at_most(if server.perhaps { Confidence::Low } else { Confidence::High })
            .report();
    }
}
