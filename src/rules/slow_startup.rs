//! `slow-startup`: importing a service waits for another service or reads a whole table, before it can answer anything.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::link::Project;
use crate::models::Role;
use std::collections::BTreeSet;

/// What takes long, and how a sentence says so.
const WORK: [(Role, &str); 6] = [
    (Role::HttpRequest, "waits for another service"),
    (Role::RpcCall, "waits for another service"),
    (Role::SdkCall, "waits for a cloud service"),
    (Role::FetchMany, "reads a whole table"),
    (Role::LoadModel, "loads a model"),
    (Role::TrainModel, "trains a model"),
];

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    let mut seen = BTreeSet::new();
    for (role, does) in WORK {
        for site in project.sites(role) {
            if role == Role::FetchMany && project.brings_all_rows(&site).is_none() {
                continue;
            }
            let Some(start) = project.import(site.function, site.op).filter(|start| !start.chosen) else { continue };
            // One import is slow once, whatever it waits for next.
            if start.reached.functions.first().is_some_and(|&module| !seen.insert(module)) {
                continue;
            }
            // Who is there to answer from a model has to load it before the first answer.
            let needed = matches!(role, Role::LoadModel | Role::TrainModel);
            let name = project.callee_name(&site);
            let made = start.reached.functions.first().is_some_and(|&first| project.is_factory(first));
            let when = if made { "makes its application" } else { "is imported" };
            findings
                .site(&site, format!("{name} {does} while the service {when}, before an instance can answer anything"))
                .help("do it on first use and keep the result, or in the start-up hook with a time limit, behind a readiness probe")
                .path(&start.reached)
                .at_most(if needed { Confidence::Low } else { Confidence::High })
                .report();
        }
    }
}
