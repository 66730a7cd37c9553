//! Manifests of AWS Copilot: one service or job each.

use super::{File, number_at, range, setting, tie};
use crate::deploy::processes::commands::Form;
use crate::deploy::readers::words;
use crate::deploy::texts::dockerfile::join;
use crate::deploy::texts::tree::Node;
use crate::deploy::vocabulary::amount::{Amount, Counted};
use crate::deploy::vocabulary::deployment::Deployment;
use crate::deploy::vocabulary::workloads::{
    Build, Container, Copies, Placed, Platform, Probe, Schedule, Storage, Variable, Volume, Workload,
};
use crate::finding::Note;
use crate::walk::folder_of;

const KINDS: [&str; 5] =
    ["Load Balanced Web Service", "Request-Driven Web Service", "Backend Service", "Worker Service", "Scheduled Job"];

pub(super) fn is_manifest(node: &Node) -> bool {
    node.text_at("name").is_some() && node.text_at("type").is_some_and(|kind| KINDS.contains(&kind))
}

pub(super) fn read(file: File<'_>, deployment: &mut Deployment) {
    let node = file.node;
    let (Some(kind), Some((key, name))) = (node.text_at("type"), node.entry("name")) else { return };
    let mut workload = file.workload(name.text().unwrap_or_default(), kind, Platform::Ecs, setting(key, name));
    workload.overlaps = Some(Placed::new(true, workload.place));
    workload.served_by = node.entry("http").map(|(key, _)| key.place);
    count(&mut workload, node);
    if kind == "Scheduled Job" {
        workload.copies = Copies::Scheduled;
        workload.replicas = Counted::by_default(Amount::exactly(1));
        workload.schedule = node.at("on.schedule").map(|schedule| Schedule {
            text: schedule.text().unwrap_or_default().to_owned(),
            place: schedule.place,
            overlaps: true,
            overlap_place: None,
            deadline: None,
            suspended: schedule.text() == Some("none"),
        });
    }
    let shared =
        node.at("storage.volumes").map_or(&[][..], Node::entries).iter().filter(|(_, volume)| volume.get("efs").is_some());
    for (key, _) in shared {
        let shown = format!("file system `{}`", key.name);
        workload.volumes.push(Volume { name: key.name.to_string(), place: key.place, storage: Storage::Shared, shown });
    }
    workload.containers.push(container(file, &workload));
    let advice = "set `stickiness: false` once no instance keeps state of its clients";
    tie(deployment, workload.stage, (node.get("http"), "stickiness"), advice);
    deployment.workloads.push(workload);
}

/// `count: 2`, `count: {range: 1-10}`, `count: {range: {min: 1, max: 10}}`; other values for some environments make it unknown.
fn count(workload: &mut Workload, node: &Node) {
    let others = node.get("environments").map_or(&[][..], Node::entries).iter().any(|(_, of)| of.get("count").is_some());
    let Some(written) = node.get("count").filter(|_| !others) else {
        let otherwise = if others { Amount::UNKNOWN } else { Amount::exactly(1) };
        workload.replicas = Counted::by_default(otherwise);
        return;
    };
    let place = written.place;
    workload.replicas = if let Some(number) = written.number() {
        workload.stated = Some(Placed::new(number, place));
        Counted::stated(Amount::exactly(number), Note { place, message: format!("count: {number}") })
    } else if let Some((least, most)) = written.text_at("range").and_then(|range| range.split_once('-')) {
        let amount = Amount { least: least.trim().parse().ok(), most: most.trim().parse().ok() };
        Counted::stated(amount, Note { place, message: format!("{amount} copies by autoscaler") })
    } else if written.get("range").is_some() {
        range(number_at(written, "range.min"), number_at(written, "range.max"), 0, None)
    } else {
        Counted::by_default(Amount::UNKNOWN)
    };
}

fn container(file: File<'_>, workload: &Workload) -> Container {
    let node = file.node;
    let mut container = Container::new(&workload.name, workload.place);
    // Paths are relative to the folder that holds `copilot/`.
    let root = file.folder().rsplit_once("copilot/").map_or("", |(root, _)| root.trim_end_matches('/'));
    if let Some(build) = node.at("image.build") {
        let dockerfile = build.text().or_else(|| build.text_at("dockerfile")).unwrap_or("Dockerfile");
        let own = folder_of(dockerfile);
        container.build = Some(Build {
            context: join(root, build.text_at("context").unwrap_or(own)),
            dockerfile: join(root, dockerfile),
            target: build.text_at("target").map(str::to_owned),
            arguments: Vec::new(),
            known_by: "copilot manifest",
        });
    }
    // Where neither is said, the pipeline builds what stands beside the folder of manifests, and gives the image its name.
    if container.build.is_none() && node.get("image").is_none_or(|image| image.get("location").is_none()) {
        let known_by = "code beside the copilot manifest";
        let (dockerfile, target, arguments) = (String::new(), None, Vec::new());
        container.build = Some(Build { context: root.to_owned(), dockerfile, target, arguments, known_by });
    }
    let location = node.at("image.location");
    container.image = location.and_then(|image| Some(Placed::new(image.text()?.to_owned(), image.place)));
    container.entrypoint = node.get("entrypoint").and_then(|node| words::line(node, Form::Exec));
    container.command = node.get("command").and_then(|node| words::line(node, Form::Exec));
    container.env = node
        .get("variables")
        .map_or(&[][..], Node::entries)
        .iter()
        .map(|(key, value)| Variable {
            name: key.name.to_string(),
            value: value.text().map(str::to_owned),
            field: None,
            place: setting(key, value),
        })
        .collect();
    container.env_elsewhere = node.get("environments").is_some() || node.get("env_file").is_some();
    let check = node.at("http.healthcheck");
    container.health.ready = check.map(|check| {
        let path = if check.text().is_some() { Some(check) } else { check.get("path") };
        let path = path.and_then(|path| Some(Placed::new(path.text()?.to_owned(), path.place)));
        Probe { place: check.place, path, budget: None }
    });
    // Its balancer asks for `/` where nobody says what to ask (manifest, `http.healthcheck`).
    let balancer = || node.entry("http").map(|(key, _)| Probe { place: key.place, path: None, budget: None });
    container.health.ready = container.health.ready.take().or_else(balancer);
    container
}
