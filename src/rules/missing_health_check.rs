//! `missing-health-check`: a service of which nobody can ask whether it should get requests.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::link::Project;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    let services = project.services();
    for service in services.iter().filter(|service| !services.answers_health(service)) {
        let name = project.callee_name(&service.site);
        let routes = services.routes(service).filter(|route| !route.label.is_empty()).count();
        let count = if routes > 1 { format!("none of its {routes} routes") } else { "no route of it".to_owned() };
        findings
            .site(&service.site, format!("{name} serves without a health route: {count} says whether this instance can take requests"))
            .help("add a route such as /health that answers without a log in, and point the probes of the platform at it")
            // A platform may ask in another way, for the first page for one, or be told of another port, and a library that nobody
            // has described may add routes: of seventeen read in real projects five were right.
            .at_most(Confidence::Low)
            .report();
    }
}
