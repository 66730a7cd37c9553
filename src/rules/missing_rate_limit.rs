//! `missing-rate-limit`: public routes that anybody may call as often as they like.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::link::{Limits, Project, Route, Service, Services};

/// How many routes a message names.
const NAMED: usize = 4;

const HELP: &str = "limit requests by client on these routes, with counters in a store that every instance shares, or at the gateway";

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    // A gateway of this tree limits what it hands on.
    if !project.deployment().limits.is_empty() {
        return;
    }
    let services = project.services();
    for service in services.iter() {
        match services.limits(service) {
            Limits::Somewhere => {}
            Limits::Nowhere => whole(&services, service, findings),
            Limits::Handlers(limited) => {
                let exposed = services.exposed(service).into_iter();
                exposed.filter(|route| !limited.contains(&route.handler)).for_each(|route| single(project, &route, findings));
            }
        }
    }
}

fn whole(services: &Services<'_>, service: &Service<'_>, findings: &mut Findings<'_>) {
    let exposed = services.exposed(service);
    if exposed.is_empty() {
        return;
    }
    let named: Vec<&str> = exposed.iter().take(NAMED).map(|route| route.label).collect();
    let more = if exposed.len() > NAMED { format!(" and {} more", exposed.len() - NAMED) } else { String::new() };
    let message = format!("nothing in this tree limits how often a client may ask {}{more}", named.join(", "));
    findings.site(&service.site, message).help(HELP).at_most(Confidence::Medium).report();
}

fn single(project: &Project, route: &Route<'_>, findings: &mut Findings<'_>) {
    let message = format!("{} has no limit of its own, though other routes of this application have", route.label);
    let place = project.place_of_name(route.handler);
    findings.at_place(route.handler, place, message).help(HELP).at_most(Confidence::Medium).report();
}
