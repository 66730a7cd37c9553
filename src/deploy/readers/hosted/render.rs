//! render.yaml: services with their instances and disks.

use super::{File, number_at, range, setting};
use crate::deploy::processes::commands::Form;
use crate::deploy::readers::words;
use crate::deploy::texts::dockerfile::join;
use crate::deploy::texts::tree::Node;
use crate::deploy::vocabulary::amount::{Amount, Counted};
use crate::deploy::vocabulary::deployment::Deployment;
use crate::deploy::vocabulary::workloads::{
    Build, Container, Copies, Mount, Pin, Placed, Platform, Probe, Schedule, Storage, Variable, Volume, Workload,
};
use crate::finding::Note;

pub(super) fn read(file: File<'_>, deployment: &mut Deployment) {
    let projects = file.node.items_at("projects").iter().flat_map(|project| project.items_at("environments"));
    let services = file.node.items_at("services").iter().chain(projects.flat_map(|environment| environment.items_at("services")));
    deployment.workloads.extend(services.filter_map(|node| service(file, node)));
}

fn service(file: File<'_>, node: &Node) -> Option<Workload> {
    let kind = node.text_at("type")?;
    let runtime = node.text_at("runtime").or_else(|| node.text_at("env")).unwrap_or_default();
    if matches!(kind, "redis" | "keyvalue") || runtime == "static" {
        return None;
    }
    let (key, named) = node.entry("name").or_else(|| node.entry("type"))?;
    let name = node.text_at("name").unwrap_or(kind);
    let mut workload = file.workload(name, kind, Platform::Render, setting(key, named));
    match kind {
        "cron" => {
            workload.copies = Copies::Scheduled;
            workload.replicas = Counted::by_default(Amount::exactly(1));
            workload.schedule = node.get("schedule").map(|schedule| Schedule {
                text: schedule.text().unwrap_or_default().to_owned(),
                place: schedule.place,
                // The platform runs one at a time.
                overlaps: false,
                overlap_place: None,
                deadline: None,
                suspended: false,
            });
        }
        _ => count(&mut workload, node),
    }
    if matches!(kind, "web" | "pserv") {
        workload.served_by = Some(workload.place);
    }
    workload.grace = Some(Placed::new(
        number_at(node, "maxShutdownDelaySeconds").map_or(30, |(seconds, _)| seconds),
        number_at(node, "maxShutdownDelaySeconds").map_or(workload.place, |(_, place)| place),
    ));
    let mut container = container(file, node, name, runtime);
    let disk = node.get("disk");
    workload.overlaps = Some(Placed::new(disk.is_none(), disk.map_or(workload.place, |disk| disk.place)));
    if let Some(disk) = disk {
        let shown = format!("disk `{}`", disk.text_at("name").unwrap_or(name));
        let pinned = node.entry("disk").map_or(disk.place, |(key, _)| key.place);
        workload.pins.push(Pin { place: pinned, setting: "disk".to_owned(), everywhere: true });
        workload.volumes.push(Volume { name: shown.clone(), place: pinned, storage: Storage::Attached, shown: shown.clone() });
        if let Some(path) = disk.get("mountPath") {
            let written = path.text().unwrap_or_default().to_owned();
            container.mounts.push(Mount { volume: shown, path: written, read_only: false, place: path.place });
        }
    }
    workload.containers.push(container);
    Some(workload)
}

fn count(workload: &mut Workload, node: &Node) {
    if node.get("scaling").is_some() {
        workload.replicas = range(number_at(node, "scaling.minInstances"), number_at(node, "scaling.maxInstances"), 1, None);
        return;
    }
    workload.replicas = match (number_at(node, "numInstances"), node.get("numInstances")) {
        (Some((number, place)), _) => {
            workload.stated = Some(Placed::new(number, place));
            Counted::stated(Amount::exactly(number), Note { place, message: format!("numInstances: {number}") })
        }
        (None, Some(_)) => Counted::by_default(Amount::UNKNOWN),
        // One at first; what somebody sets by hand later is kept.
        (None, None) => Counted::by_default(Amount::at_least(1)),
    };
}

fn container(file: File<'_>, node: &Node, name: &str, runtime: &str) -> Container {
    let mut container = Container::new(name, node.place);
    let root = file.beside(node.text_at("rootDir").unwrap_or("."));
    let image = node.at("image.url");
    if let Some(image) = image {
        container.image = image.text().map(|text| Placed::new(text.to_owned(), image.place));
    } else {
        let docker = runtime == "docker";
        let context =
            node.text_at("dockerContext").filter(|_| docker).map_or_else(|| root.clone(), |context| join(&root, context));
        let dockerfile = if docker { join(&root, node.text_at("dockerfilePath").unwrap_or("Dockerfile")) } else { String::new() };
        container.build = Some(Build { context, dockerfile, target: None, arguments: Vec::new(), known_by: "render.yaml" });
    }
    let command = node.get("startCommand").or_else(|| node.get("dockerCommand")).filter(|node| node.text() != Some(""));
    container.command = command.and_then(|command| words::line(command, Form::Shell));
    container.health.ready = node.get("healthCheckPath").map(|path| Probe {
        place: path.place,
        path: path.text().map(|text| Placed::new(text.to_owned(), path.place)),
        budget: None,
    });
    for variable in node.items_at("envVars") {
        match variable.text_at("key") {
            Some(name) => container.env.push(Variable {
                name: name.to_owned(),
                value: variable.text_at("value").map(str::to_owned),
                field: None,
                place: variable.place,
            }),
            None => container.env_elsewhere = true,
        }
    }
    container
}
