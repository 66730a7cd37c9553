//! `missing-retry`: calls that may safely be sent again, and that fail for good at the first lost packet.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::link::{Asked, Placement, Project};
use crate::models::{EntryKind, Role};
use std::collections::{BTreeMap, BTreeSet};

const HELP: &str = "try it once or twice more with a growing, random pause, inside the time the caller can wait, and only for lost connections, 429 and 5xx";

/// How many other calls a finding shows.
const NAMED: usize = 4;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    let guards = project.guards();
    let tasks: BTreeSet<_> = project.tasks().filter_map(|task| task.body).collect();
    let mut found: BTreeMap<String, Vec<(Asked<'_>, Placement)>> = BTreeMap::new();
    for asked in project.asked(&[Role::HttpRequest]) {
        let site = &asked.site;
        if !project.is_repeatable(site) || project.comes_round(site.function, site.op) || project.is_on_this_machine(site) {
            continue;
        }
        let placement = project.placement(site.function, site.op);
        let Placement::Hot(reached) = &placement else { continue };
        // A queue may hand a message out again, and the clock comes round again.
        let once = match reached.kind {
            EntryKind::Request => !reached.is_probe(),
            EntryKind::Job => reached.functions.first().is_some_and(|entry| tasks.contains(entry)),
            _ => false,
        };
        if !once || project.has_deadline(site.function, site.op) || guards.may_try_again(site) {
            continue;
        }
        found.entry(asked.dependency.name.clone()).or_default().push((asked, placement));
    }
    for (name, calls) in &found {
        let Some((first, placement)) = calls.first() else { continue };
        let callee = project.callee_name(&first.site);
        let more = if calls.len() > 1 { format!(", and {} more calls of {name}", calls.len() - 1) } else { String::new() };
        let message = format!("{callee} asks {name} once: what a second try would mend fails for good{more}");
        let draft = findings.at(first.site.function, first.site.op, message).help(HELP);
        let draft = if first.site.receiver.inferred { draft.less_sure() } else { draft };
        calls
            .iter()
            .skip(1)
            .take(NAMED)
            .fold(draft, |draft, (asked, _)| draft.related(Some(project.site_place(&asked.site)), format!("asks {name} once too")))
            .placed(placement)
            .at_most(if project.is_for_administrators(first.site.function, placement) { Confidence::Low } else { first.dependency.sure() })
            .report();
    }
}
