//! `missing-graceful-shutdown`: servers that cut off their open requests when the platform stops them.

use super::findings::Findings;
use crate::deploy::programs::{Process, Signal};
use crate::deploy::stages::Stage;
use crate::deploy::workloads::Workload;
use crate::finding::Confidence;
use crate::fixes::Wanted;
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
        unheard(findings, started, project.goes_on(started));
    }
    for group in project.deployment().groups() {
        let serious = group.iter().map(|(_, workload)| *workload).filter(|workload| workload.stage != Stage::Development);
        serious.filter(|workload| workload.stays() && workload.whole).for_each(|workload| cut_short(findings, workload));
    }
}

/// A copy that needs longer to end than it is given.
fn cut_short(findings: &mut Findings<'_>, workload: &Workload) {
    let stated = workload.grace.as_ref();
    let Some(grace) = stated.map(|grace| grace.value).or_else(|| workload.platform.grace()) else { return };
    for container in workload.mains() {
        let waits = container.waits.as_ref();
        let waited = waits.map_or(0, |waits| waits.value);
        let named = &container.name;
        // Two defaults that do not go together are nobody's decision; one number of the two must be written down.
        let drains = container.processes.iter().find_map(|process| process.grace.map(|(seconds, place)| (process, seconds, place)));
        // What a server does when nobody tells it may suit whoever chose a short time on purpose.
        let by_default = waits.is_none() && drains.is_some_and(|(_, _, place)| place.is_none());
        let (place, message) = match (waits, drains) {
            (Some(waits), _) if waited >= grace => {
                (waits.place, format!("`{named}` waits {waited} seconds before it is told to end, and is killed after {grace}: nothing is left to end in"))
            }
            (_, Some((process, seconds, place))) if waited + seconds > grace && (place.is_some() || stated.is_some()) => {
                let place = place.or(stated.map(|stated| stated.place)).unwrap_or(process.place);
                (place, format!("{} lets open work end for {seconds} seconds, and is killed {} seconds after the signal", process.name, grace.saturating_sub(waited)))
            }
            _ => continue,
        };
        findings
            .deployed(workload, place, message)
            .help("give a copy longer to end than it waits and drains together")
            .related(stated.map(|stated| stated.place), format!("{grace} seconds to end"))
            .at_most(if by_default { Confidence::Low } else { Confidence::High })
            .report();
    }
}

/// Whether it goes into the background by itself, as a clock of the system does that is not told to stay.
fn leaves_its_shell(process: &Process) -> bool {
    let mut words = process.shown.split_whitespace();
    let name = words.next().and_then(|first| first.rsplit('/').next());
    let stays = |word: &str| word.starts_with("-f") || word.starts_with("-n") || word.starts_with("--fore");
    matches!(name, Some("cron" | "crond" | "fcron")) && !words.any(stays)
}

/// A process below a shell that does not hand signals on.
fn unheard(findings: &mut Findings<'_>, started: &Started<'_>, goes_on: bool) {
    let process = started.process;
    let sure = match process.signal {
        Signal::Reaches => return,
        // What developers start for themselves is told by Ctrl-C; that it is deployed is another finding.
        _ if process.development.is_some() => return,
        _ if leaves_its_shell(process) => return,
        // What runs to its end is not told to end.
        _ if !goes_on => Confidence::Low,
        Signal::Perhaps => Confidence::Low,
        // The shell need not hand on what everybody hears.
        Signal::Lost if started.workload.signals_all() => return,
        Signal::Lost => Confidence::High,
    };
    let message = format!("a shell starts {} and stays in front of it: SIGTERM reaches the shell, and the process is killed when the time is up", process.name);
    findings
        .deployed(started.workload, process.place, message)
        .help("put `exec` before the command, or write the command as a list of words so that no shell is started")
        .fix(&Wanted::NoShell(process.place))
        .at_most(sure.min(started.sure))
        .report();
}
