//! `missing-graceful-shutdown`: servers that cut off their open requests when the platform stops them.

use super::findings::Findings;
use crate::deploy::programs::Signal;
use crate::finding::Confidence;
use crate::link::{Project, Started};

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
    for started in project.started().iter().filter(|started| started.stays() && !started.process.background) {
        unheard(findings, started);
    }
}

/// A process below a shell that does not hand signals on.
fn unheard(findings: &mut Findings<'_>, started: &Started<'_>) {
    let process = started.process;
    let sure = match process.signal {
        Signal::Reaches => return,
        Signal::Perhaps => Confidence::Low,
        Signal::Lost => Confidence::High,
    };
    let message = format!("a shell starts {} and stays in front of it: SIGTERM reaches the shell, and the process is killed when the time is up", process.name);
    findings
        .deployed(started.workload, process.place, message)
        .help("put `exec` before the command, or write the command as a list of words so that no shell is started")
        .at_most(sure.min(started.sure))
        .report();
}
