//! `shared-executor`: one pool of threads or permits for several other systems, so that the slowest of them takes all.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::link::{Bench, Benched, Placement, Project};
use std::collections::BTreeMap;

const HELP: &str = "give each system an executor or semaphore of its own, as large as that system may take";

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    let mut found: BTreeMap<Bench, Vec<Benched<'_>>> = BTreeMap::new();
    for benched in project.benched() {
        let placement = project.placement(benched.site.function, benched.site.op);
        let known = found.entry(benched.bench).or_default();
        if matches!(placement, Placement::Hot(_)) && known.iter().all(|other| other.dependency.name != benched.dependency.name) {
            known.push(benched);
        }
    }
    for (bench, served) in &found {
        let (first, reported) = match (bench, served.as_slice()) {
            (Bench::Default, all) => (None, all),
            (_, [first, others @ ..]) => (Some(first), others.get(..1).unwrap_or_default()),
            _ => (None, [].as_slice()),
        };
        for benched in reported {
            let name = &benched.dependency.name;
            let message = match (bench, first) {
                (Bench::Permits(slot), Some(first)) => {
                    format!(
                        "{} holds back calls of {name} and of {}: the slower one takes all permits",
                        project.slot_name(*slot),
                        first.dependency.name
                    )
                }
                (Bench::Threads(slot), Some(first)) => {
                    format!(
                        "{} serves {name} and {}: the slower one takes all threads",
                        project.slot_name(*slot),
                        first.dependency.name
                    )
                }
                _ => {
                    format!("{} waits for {name} in the threads that everything else shares", project.callee_name(&benched.site))
                }
            };
            let placement = project.placement(benched.site.function, benched.site.op);
            let draft = findings.at(benched.site.function, benched.site.op, message).help(HELP).placed(&placement);
            let draft = match first {
                Some(first) => {
                    draft.related(Some(project.site_place(&first.site)), format!("{} is asked here", first.dependency.name))
                }
                None => draft,
            };
            draft.at_most(Confidence::Medium).report();
        }
    }
}
