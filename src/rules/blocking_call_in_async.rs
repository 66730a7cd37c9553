//! `blocking-call-in-async`: calls that keep the thread of an event loop, so that nothing else it serves goes on.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::link::value::FnId;
use crate::link::{Placement, Project, Reached, Site, Walk};
use crate::models::{EntryKind, Parameter, Role, Trait};

/// How many further places a finding names.
const PLACES: usize = 5;

/// Shorter pauses than this many seconds are not worth a task switch.
const SHORT: f64 = 0.02;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    let walks = project.on_event_loop();
    let unknown = project.on_unknown_loop();
    for function in project.functions().filter(|&function| !project.is_test(function)) {
        let sites: Vec<(Site<'_>, &str)> = blocking(project, function).take(PLACES + 1).collect();
        let Some(&(first, instead)) = sites.first() else { continue };
        let way = |walk| Some((project.way_of(walk, function, first.op)?, walk));
        match walks.iter().find_map(way) {
            Some((reached, walk)) => {
                let placement = Placement::Hot(reached.clone());
                report(project, findings, &sites, instead, (&placement, &reached, Some(walk)));
            }
            None => {
                let placement = project.placement(function, first.op);
                if let (Placement::Unplaced(_), Some((reached, _))) = (&placement, way(&unknown)) {
                    report(project, findings, &sites, instead, (&placement, &reached, None));
                }
            }
        }
    }
}

/// What blocks in a function, in order.
fn blocking(project: &Project, function: FnId) -> impl Iterator<Item = (Site<'_>, &str)> {
    let small = move |site: &Site<'_>| site.act.adds.has(Trait::Proportional) && !project.works_on_upload(site);
    let counts = move |site: &Site<'_>| !is_short(project, site) && !small(site) && !project.runs_once(function, site.op);
    project.sites_in(function).filter_map(move |site| Some((site, project.blocks(&site)?))).filter(move |(site, _)| counts(site))
}

fn is_short(project: &Project, site: &Site<'_>) -> bool {
    site.role == Role::Sleep && project.parameter(site, Parameter::Delay).seconds().is_some_and(|seconds| seconds < SHORT)
}

fn report(
    project: &Project,
    findings: &mut Findings<'_>,
    sites: &[(Site<'_>, &str)],
    instead: &str,
    (placement, reached, walk): (&Placement, &Reached, Option<&Walk>),
) {
    let (site, _) = &sites[0];
    let name = project.callee_name(site);
    let asker = match reached.label.trim() {
        "" | "dependency" => String::new(),
        label => format!(" that serves {label}"),
    };
    // A runtime with several threads loses one of them.
    let (what, others) = match (project.has_many_loops(site.function), walk.map(|_| reached.kind)) {
        (_, None) => ("the event loop", String::new()),
        (true, _) => ("a thread of the runtime", ": what else that thread has to do waits until it is done".to_owned()),
        (false, Some(EntryKind::Request)) => ("the event loop", ": every other request of this process waits until it is done".to_owned()),
        (false, Some(_)) => ("the event loop", ": everything else that this process does waits until it is done".to_owned()),
    };
    let message = match walk {
        None => format!("{name} blocks {what} of {}", project.function_name(reached.functions[0])),
        Some(_) if reached.kind == EntryKind::Request => format!("{name} blocks {what}{asker}{others}"),
        Some(_) => format!("{name} blocks {what}{others}"),
    };
    let mut draft = findings.site(site, message).help(instead).placed(placement).at_most(if project.answers_alone(site.function) { Confidence::Low } else { project.weight(site) });
    if walk.is_none() {
        draft = draft.path(reached);
    }
    for (other, _) in sites.iter().skip(1) {
        draft = draft.related(Some(project.site_place(other)), format!("{} blocks too", project.callee_name(other)));
    }
    let callers = walk.map(|walk| project.other_callers(walk, site.function, reached)).unwrap_or_default();
    for caller in callers.into_iter().take(PLACES) {
        draft = draft.related(Some(caller.place), caller.message);
    }
    let probe = reached.is_probe();
    draft.at_most(if probe { Confidence::Low } else { Confidence::High }).report();
}
