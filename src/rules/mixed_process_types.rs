//! `mixed-process-types`: the process that answers requests also works off a queue, so that neither scales without the other.

use super::findings::Findings;
use crate::deploy::programs::Does;
use crate::finding::{Confidence, Place};
use crate::link::{Project, Started};
use std::collections::BTreeSet;

const HELP: &str = "give the worker a command of its own, from the same code base, and run as many of it as the queue needs";

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    for second in project.second_kinds() {
        let who = project.function_name(second.function);
        let name = &second.name;
        findings
            .at(
                second.function,
                second.op,
                format!("{who} starts {name} inside the process that answers requests: neither can be scaled or stopped without the other"),
            )
            .help(HELP)
            .path(&second.reached)
            .steps(&second.steps)
            .at_most(second.sure)
            .report();
    }
    // A script or image that several workloads share is said once.
    let mut said = BTreeSet::new();
    let all: Vec<Vec<Started<'_>>> = (0..project.deployment().workloads.len()).map(|at| project.started_by(at)).collect();
    for started in &all {
        fused(findings, started, &all, &mut said);
    }
}

/// Whether other workloads run these kinds of process apart, each from the same code: then whoever runs them together chose to, for a
/// single machine as a rule.
fn are_split(together: &[&Started<'_>], all: &[Vec<Started<'_>>]) -> bool {
    let is_same = |one: &Started<'_>, other: &Started<'_>| {
        one.process.does == other.process.does && one.link.zip(other.link).is_some_and(|(one, other)| one.entry == other.entry)
    };
    let alone = |kind: &Started<'_>| {
        let others = |workload: &Vec<Started<'_>>| {
            let has = |wanted: &Started<'_>| workload.iter().any(|other| is_same(wanted, other));
            has(kind) && !together.iter().any(|other| other.process.does != kind.process.does && has(other))
        };
        all.iter().any(others)
    };
    together.iter().all(|kind| alone(kind))
}

/// Processes of several kinds that one container starts.
fn fused(findings: &mut Findings<'_>, started: &[Started<'_>], all: &[Vec<Started<'_>>], said: &mut BTreeSet<Place>) {
    let kinds = [(Does::Web, "answers requests"), (Does::Worker, "works off a queue"), (Does::Scheduler, "starts work at its time")];
    let of = |does: Does, first: &Started<'_>| {
        started.iter().find(|other| other.process.does == does && other.container.place == first.container.place && other.process.certain)
    };
    for first in started.iter().filter(|first| first.process.certain && first.process.background) {
        let together: Vec<_> = kinds.iter().filter_map(|(does, what)| Some((of(*does, first)?, what))).collect();
        // Said once for the container: at its first kind that goes on in the background.
        let [(one, does), others @ ..] = together.as_slice() else { continue };
        let begins = together.iter().find(|(other, _)| other.process.background).is_some_and(|(other, _)| other.process.place == first.process.place);
        let kinds: Vec<&Started<'_>> = together.iter().map(|(other, _)| *other).collect();
        // Who starts them all is what the container is told to run.
        let supervises = |other: &&Started<'_>| {
            let here = other.container.place == first.container.place;
            here && other.process.does == Does::Supervisor && other.process.detached.is_none()
        };
        let supervisor = started.iter().find(supervises);
        let place = supervisor.map_or(first.process.place, |supervisor| supervisor.process.place);
        if others.is_empty() || !begins || are_split(&kinds, all) || !said.insert(place) {
            continue;
        }
        let (second, also) = &others[0];
        let message = format!(
            "one container runs `{}`, which {does}, and `{}`, which {also}: neither can be scaled or stopped without the other",
            one.process.name, second.process.name
        );
        let places = together.iter().map(|(other, what)| (other.process.place, format!("`{}` {what}", other.process.name)));
        findings
            .deployed(first.workload, place, message)
            .help(HELP)
            .all_related(places.collect::<Vec<_>>())
            .deployment(&first.workload.replicas.evidence)
            .at_most(together.iter().map(|(other, _)| other.sure).min().unwrap_or(Confidence::Low))
            .report();
    }
}
