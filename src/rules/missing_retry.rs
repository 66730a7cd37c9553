//! `missing-retry`: calls that may safely be sent again, and that fail for good at the first lost packet.

use super::findings::{Findings, and_more_calls};
use crate::finding::Confidence;
use crate::link::{Asked, Placement, Project};
use crate::models::{EntryKind, Role};
use std::collections::{BTreeMap, BTreeSet};

const HELP: &str =
    "try once or twice more after a growing, random pause, within the time the caller can wait, on lost connections, 429 and 5xx";

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
            EntryKind::Request => true,
            EntryKind::Job => reached.functions.first().is_some_and(|entry| tasks.contains(entry)),
            _ => false,
        };
        if !once
            || project.is_asked_seldom(site, reached)
            || project.has_deadline(site.function, site.op)
            || guards.may_try_again(site)
        {
            continue;
        }
        found.entry(asked.dependency.key().to_owned()).or_default().push((asked, placement));
    }
    for calls in found.values() {
        let Some((first, placement)) = calls.first() else { continue };
        let name = &first.dependency.name;
        let callee = project.callee_name(&first.site);
        let more = and_more_calls(calls.len() - 1, &format!(" of {name}"));
        let message = format!("{callee} asks {name} once: what a second try would mend fails for good{more}");
        let others = calls.iter().skip(1).take(NAMED);
        findings
            .site(&first.site, message)
            .help(HELP)
            .all_related(others.map(|(asked, _)| (project.site_place(&asked.site), format!("asks {name} once too"))))
            .placed(placement)
            .at_most(if is_mended_otherwise(project, first, placement) { Confidence::Low } else { first.dependency.sure() })
            .report();
    }
}

/// An administrator tries again by himself; a job that is given nothing looks for its work itself, the next time as well.
fn is_mended_otherwise(project: &Project, asked: &Asked<'_>, placement: &Placement) -> bool {
    let Placement::Hot(reached) = placement else { return false };
    let entry = reached.functions.first().copied().unwrap_or(asked.site.function);
    let looks_itself = reached.kind == EntryKind::Job && project.facts(entry).params.is_empty();
    looks_itself || project.is_administration(entry) || project.is_for_administrators(asked.site.function, placement)
}
