//! `missing-health-check`: a service of which nobody can ask whether it should get requests.

use super::findings::Findings;
use crate::deploy::images;
use crate::deploy::stages::Stage;
use crate::deploy::workloads::{Container, Platform, Workload};
use crate::finding::{Confidence, Level};
use crate::link::{Project, Service, Services};

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    let services = project.services();
    // Where a manifest runs the service, it is the place to say who asks.
    let unplaced = |service: &&Service<'_>| !services.answers_health(service) && !project.is_probed_by_platform(service.site.function);
    for service in services.iter().filter(unplaced) {
        let name = project.callee_name(&service.site);
        let routes = services.routes(service).filter(|route| !route.label.is_empty()).count();
        let count = if routes > 1 { format!("none of its {routes} routes") } else { "no route of it".to_owned() };
        let image = image_of(project, &services, service);
        findings
            .site(&service.site, format!("{name} serves without a health route: {count} says whether this instance can take requests"))
            .help("add a route such as /health that answers without a log in, and point the probes of the platform at it")
            // A platform may ask in another way, for the first page for one, or be told of another port, and a library that nobody
            // has described may add routes: of seventeen read in real projects five were right. Where the tree has the image, and
            // nothing for a platform, the image is where that would be said.
            .at_most(if image.is_some() { Confidence::Medium } else { Confidence::Low })
            .level(if image == Some(Platform::Compose) { Level::Note } else { Level::Warning })
            .report();
    }
    for group in project.deployment().groups() {
        let serious: Vec<&Workload> =
            group.iter().map(|(_, workload)| *workload).filter(|workload| workload.stage != Stage::Development).collect();
        // What one scenario asks, the chart or base can ask in all.
        let silent = |workload: &&&Workload| unasked(workload).is_some() && !project.only_works(workload);
        if let Some(first) = serious.first().filter(|_| serious.iter().filter(silent).count() == serious.len()) {
            report(findings, first);
        }
    }
}

/// What runs the service, where the tree has an image of it that nobody asks for its health, and nothing for a platform that could ask
/// otherwise. What another program serves through a library says it elsewhere.
fn image_of(project: &Project, services: &Services<'_>, service: &Service<'_>) -> Option<Platform> {
    let (entry, platform) = project.asked_nowhere(service.site.function)?;
    services.files(service).any(|(file, _)| file == entry).then_some(platform)
}

/// The container that answers requests and that nobody asks, of a workload that its platform would ask.
fn unasked(workload: &Workload) -> Option<&Container> {
    let served = workload.served_by.is_some() && !workload.works_by_name() || workload.serves_by_command();
    let asks = workload.platform.asks_for_health() && workload.whole && workload.stays() && served;
    let silent = |container: &&Container| {
        let health = &container.health;
        let by_image = workload.platform.asks_by_image() && health.image.is_some();
        !(health.is_asked() || health.elsewhere || by_image)
    };
    // Of several containers the one that requests are sent to is the one to ask.
    let open = |container: &Container| container.ports.iter().any(|port| port.container.is_some_and(|port| workload.served_at.contains(&port)));
    let known = workload.mains().any(open);
    let mut mains = workload.mains().filter(|container| {
        let takes = if known { open(container) } else { !container.ports.is_empty() };
        takes || workload.containers.len() == 1
    });
    mains.find(silent).filter(|_| asks && !workload.mains().any(|container| container.health.is_asked() || container.health.elsewhere))
}

fn report(findings: &mut Findings<'_>, workload: &Workload) {
    let Some(container) = unasked(workload) else { return };
    let others = container.image.as_ref().is_some_and(|image| images::known(&image.value).is_some());
    let message = format!("nobody asks `{}` whether it can take requests: a copy that hangs, or has not started yet, gets them all the same", container.name);
    findings
        .deployed(workload, container.place, message)
        .help("give the container a readiness probe that asks a cheap route, and a liveness probe that asks nothing but the process itself")
        .related(workload.served_by, "this sends requests to it")
        .level(if others { Level::Note } else { Level::Warning })
        .at_most(match (others, container.build.is_some()) {
            (true, _) => Confidence::Low,
            // An image that nobody builds here may be somebody else's, and may ask by itself where the platform listens to images.
            (false, false) if workload.platform.asks_by_image() => Confidence::Low,
            (false, false) => Confidence::Medium,
            (false, true) => Confidence::High,
        })
        .report();
}
