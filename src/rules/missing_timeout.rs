//! `missing-timeout`: outbound calls that may wait for ever, or longer than anyone does.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::fixes::Wanted;
use crate::link::{Deadline, Placement, Project, Site};
use crate::models::{EntryKind, Resource, Role};
use std::cell::OnceCell;
use std::collections::BTreeMap;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    let mut patched = BTreeMap::new();
    // Only asked of limits that somebody chose, and it walks the whole project.
    let waited_for = OnceCell::new();
    let without_limit = project.clients_without_limit();
    let jobs_end = project.ends_jobs();
    let requests_end = project.ends_requests();
    // Set in a handler it holds from the first such request on, and nobody knows whether it ever came.
    let sockets_bounded = project.sites(Role::SocketDeadline).any(|site| !project.is_hot(site.function, site.op));
    let roles = [Role::HttpRequest, Role::RpcCall, Role::MailSend, Role::SdkClient, Role::Connect, Role::Pool];
    for site in roles.into_iter().flat_map(|role| project.sites(role)) {
        let site = if project.goes_through(&site, &without_limit) { site.with_deadline(Deadline::Client) } else { site };
        let Some(reason) = reason(&site) else { continue };
        let unlimited = project.unlimited_caller(&site);
        if site.deadline == Deadline::Passed && unlimited.is_none() {
            continue;
        }
        if sockets_bounded && matches!(site.deadline, Deadline::SocketDefault | Deadline::Client) {
            continue;
        }
        if *patched.entry(site.act.library.as_str()).or_insert_with(|| project.sends_with_limit(&site.act.library)) {
            continue;
        }
        let made = matches!(site.role, Role::SdkClient | Role::Connect | Role::Pool);
        if !is_judged_here(&site) || project.only_listens(&site) || project.is_stream(&site) || project.is_by_hand(site.function, site.op)
            || project.is_left_out(site.function, site.op)
            || project.is_under_test_switch(site.function, site.op)
            || made && project.is_left_unused(site.function, site.op) || project.has_deadline(site.function, site.op) {
            continue;
        }
        // A limit for the whole would cut a large body off.
        if matches!(site.deadline, Deadline::TooLong(_) | Deadline::Chosen(_) | Deadline::SlowClient) && project.moves_pieces(&site) {
            continue;
        }
        if requests_end && project.only_serves_requests(site.function, site.op) {
            continue;
        }
        let placement = project.placement(site.function, site.op);
        let draft = findings
            .site(&site, format!("{} {reason}", project.callee_name(&site)))
            .help_otherwise("give it a time limit that fits what the caller can wait")
            .related(unlimited, "called here without one")
            .fix(&Wanted::TimeLimit(&site));
        // Who waits long on purpose has a reason, where no request waits with him; a process beside this one answers or is gone.
        let chosen = match site.deadline {
            Deadline::Chosen(_) => {
                let waited_for = waited_for.get_or_init(|| project.while_client_waits());
                project.way_of(waited_for, site.function, site.op).is_none()
            }
            // It may be the library's own limit, which nobody chose.
            Deadline::SlowClient => !project.runs_from(site.function, site.op, EntryKind::Request),
            // Nobody waits for a job as he waits for an answer.
            Deadline::TooLong(_) => {
                let from = |kind| project.runs_from(site.function, site.op, kind);
                !from(EntryKind::Request) && (from(EntryKind::Job) || from(EntryKind::Scheduled))
            }
            _ => false,
        };
        let serves = |kind| project.runs_from(site.function, site.op, kind);
        let harmless = chosen
            || jobs_end && !serves(EntryKind::Request) && project.is_reached(site.function, EntryKind::Job)
            // Signals reach the main thread, which works jobs off; requests are answered by others.
            || !serves(EntryKind::Request) && project.is_under_alarm(site.function)
            || project.line_says(&site, &KNOWN_MARKS)
            || project.is_on_this_machine(&site) || project.is_never_named(site.function);
        let draft = draft.at_most(if harmless { Confidence::Low } else { Confidence::High });
        let draft = match &placement {
            Placement::Hot(reached) => draft.path(reached),
            Placement::Unplaced(_) => {
                let unlikely = project.is_client_side(site.function) || project.is_called_by_nobody(site.function);
                draft.at_most(if unlikely { Confidence::Low } else { Confidence::Medium })
            }
            // It may run once in a process and yet while somebody waits.
            Placement::Cold => {
                let way = EntryKind::SERVING.into_iter().find_map(|kind| project.way_from(site.function, site.op, kind));
                way.into_iter().fold(draft, |draft, reached| draft.path(&reached))
            }
        };
        draft.report();
    }
}

/// What other linters call this rule, in comments that silence it: pylint, ruff and flake8-bandit, bandit.
const KNOWN_MARKS: [&str; 4] = ["missing-timeout", "W3101", "S113", "B113"];

fn reason(site: &Site<'_>) -> Option<String> {
    let library = &site.act.library;
    Some(match site.deadline {
        Deadline::Missing | Deadline::SocketDefault => format!("waits without limit: {library} has no default timeout here"),
        Deadline::Disabled => "waits without limit: its timeout is switched off".to_owned(),
        Deadline::Client => "waits without limit: its client was made without a timeout".to_owned(),
        Deadline::TooLong(seconds) | Deadline::Chosen(seconds) => format!("may wait {seconds} s, longer than any caller does"),
        Deadline::SlowClient => "may wait for minutes: that is what its client allows".to_owned(),
        Deadline::Passed => format!("waits without limit where its caller passes none: {library} has no default timeout here"),
        Deadline::Bounded | Deadline::Unknown | Deadline::Awaited => return None,
    })
}

/// Requests are judged where they are made; of what is constructed, only what waits by itself: mail, caches, brokers.
fn is_judged_here(site: &Site<'_>) -> bool {
    match site.role {
        Role::Connect | Role::Pool => {
            matches!(site.act.behaviour.kind, Some(Resource::Mail | Resource::Http | Resource::Cache | Resource::Broker))
        }
        // A client with a long default is judged by its calls; one without any limit has none that could give it.
        Role::SdkClient => matches!(site.deadline, Deadline::Missing | Deadline::Disabled | Deadline::SocketDefault),
        _ => true,
    }
}
