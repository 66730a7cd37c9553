//! What Google's resources run: Cloud Run services and jobs, groups of machines.

use super::Infrastructure;
use super::amazon::workload;
use super::containers::{image, line, mounts, ports, probe, variables};
use super::resources::{Resource, Stack, down};
use super::stickiness::Behind;
use super::values::sure_text;
use crate::deploy::readers::words;
use crate::deploy::texts::tree::{Node, Value};
use crate::deploy::vocabulary::amount::{Amount, Counted};
use crate::deploy::vocabulary::workloads::{Autoscaler, Container, Copies, Health, Placed, Platform, Storage, Volume, Workload};
use crate::finding::Note;

/// Most instances of a Cloud Run service that names no number.
const MOST: u32 = 100;

pub(super) fn read(stack: &Stack<'_>, found: &mut Infrastructure, behind: &mut Behind) {
    for service in stack.of_kind("google_cloud_run_v2_service") {
        let mut workload = cloud_run(stack, service, "template");
        let (least, most) = (least_of(service), service.number("template.scaling.max_instance_count"));
        workload.replicas = match service.number("scaling.manual_instance_count") {
            Some(fixed) => Counted::stated(
                Amount::exactly(fixed.value),
                Note { place: fixed.place, message: format!("manual_instance_count: {}", fixed.value) },
            ),
            None => scaled(service, least, most, service.get("template.scaling.max_instance_count")),
        };
        let at = found.workloads.len();
        behind.0.push((service.address.clone(), at));
        found.workloads.push(workload);
    }
    for service in stack.of_kind("google_cloud_run_service") {
        let mut workload = cloud_run(stack, service, "template.spec");
        let note = |name: &str| {
            service.get("template.metadata.annotations").and_then(|notes| notes.get(&format!("autoscaling.knative.dev/{name}")))
        };
        let number = |node: Option<&Node>| node.and_then(|node| Some(Placed::new(node.number()?, node.place)));
        workload.replicas = scaled(service, number(note("minScale")), number(note("maxScale")), note("maxScale"));
        let open = service.get("template.metadata.annotations").is_some_and(|notes| !super::values::is_sure(notes));
        if open && note("maxScale").is_none() {
            workload.replicas = Counted::by_default(Amount::UNKNOWN);
        }
        behind.0.push((service.address.clone(), found.workloads.len()));
        found.workloads.push(workload);
    }
    for job in stack.of_kind("google_cloud_run_v2_job") {
        let mut workload = cloud_run(stack, job, "template.template");
        workload.copies = Copies::ToTheEnd;
        let tasks = job.number("template.task_count");
        workload.replicas = Counted::by_default(Amount::exactly(tasks.map_or(1, |tasks| tasks.value)));
        found.workloads.push(workload);
    }
    for kind in ["google_compute_instance_group_manager", "google_compute_region_instance_group_manager"] {
        for group in stack.of_kind(kind) {
            machines(stack, group, found, behind);
        }
    }
}

fn least_of(service: &Resource<'_>) -> Option<Placed<u32>> {
    let (own, whole) = (service.number("template.scaling.min_instance_count"), service.number("scaling.min_instance_count"));
    own.or(whole)
}

/// From the least to the most instances; `written` is the setting of the most, known or not.
fn scaled(service: &Resource<'_>, least: Option<Placed<u32>>, most: Option<Placed<u32>>, written: Option<&Node>) -> Counted {
    let low = least.as_ref().map_or(0, |of| of.value);
    match (most, written) {
        (Some(most), _) => {
            let amount = Amount::between(low, most.value);
            Counted::stated(amount, Note { place: most.place, message: format!("{amount} instances") })
        }
        (None, Some(_)) => Counted::by_default(Amount::at_least(low)),
        (None, None) => {
            let amount = Amount::between(low, MOST);
            let message = format!("no most instances are set, so up to {MOST}");
            Counted::stated(amount, Note { place: service.place, message })
        }
    }
}

fn cloud_run(stack: &Stack<'_>, service: &Resource<'_>, template: &str) -> Workload {
    let mut workload = workload(stack, service, &service.name("name"), Platform::CloudRun);
    workload.overlaps = Some(Placed::new(true, service.place));
    workload.served_by = Some(service.place);
    workload.grace = Some(Placed::new(10, service.place));
    let Some((_, template)) = down(&service.node, template) else { return unread(workload) };
    let template = template.items().first().unwrap_or(template);
    for volume in super::resources::all(template, "volumes") {
        let Some(name) = volume.text_at("name") else { continue };
        let has = |key: &str| volume.get(key).is_some();
        let storage = match () {
            () if has("nfs") || has("gcs") => Storage::Shared,
            () if has("secret") || has("cloud_sql_instance") => Storage::Input,
            () if has("empty_dir") => Storage::Scratch,
            () => Storage::Unknown,
        };
        workload.volumes.push(Volume { name: name.to_owned(), place: volume.place, storage, shown: format!("volume `{name}`") });
    }
    let containers = super::resources::all(template, "containers");
    if containers.is_empty() {
        return unread(workload);
    }
    for node in containers {
        let mut container = plain(node, &workload.name);
        container.mounts = mounts(&super::resources::all(node, "volume_mounts"), "name", "mount_path", "read_only");
        container.ports = ports(&super::resources::all(node, "ports"), "container_port");
        container.image = image(node.get("image"));
        workload.containers.push(container);
    }
    workload
}

fn unread(mut workload: Workload) -> Workload {
    workload.whole = false;
    workload
}

/// The fields that Cloud Run and others took over from Kubernetes.
fn plain(node: &Node, otherwise: &str) -> Container {
    let name = node.text_at("name").and_then(|name| (!name.is_empty()).then_some(name)).unwrap_or(otherwise);
    let mut container = Container::new(name, node.place);
    container.entrypoint = line(node.get("command"));
    container.command = line(node.get("args"));
    container.workdir = node.text_at("working_dir").map(str::to_owned);
    variables(&mut container, &super::resources::all(node, "env"));
    container.env_elsewhere |= node.entry("env").is_some_and(|(_, env)| env.value == Value::Unknown);
    let asked = |key: &str| super::resources::all(node, key).first().map(|node| probe(node));
    container.health = Health { started: asked("startup_probe"), alive: asked("liveness_probe"), ..Health::default() };
    let limit = down(node, "resources.limits").and_then(|(_, limits)| limits.get("cpu"));
    container.resources.cpu_limit =
        limit.and_then(|limit| Some(Placed::new(words::thousandths(sure_text(limit)?)?, limit.place)));
    container
}

fn machines(stack: &Stack<'_>, group: &Resource<'_>, found: &mut Infrastructure, behind: &mut Behind) {
    let mut workload = workload(stack, group, &group.name("name"), Platform::Machines);
    if let Some(size) = group.number("target_size") {
        let note = Note { place: size.place, message: format!("target_size: {}", size.value) };
        workload.replicas = Counted::stated(Amount::exactly(size.value), note);
        workload.stated = Some(size);
    }
    let scalers =
        ["google_compute_autoscaler", "google_compute_region_autoscaler"].into_iter().flat_map(|kind| stack.of_kind(kind));
    if let Some(scaler) = scalers.into_iter().find(|scaler| scaler.refers("target", &group.address)) {
        let (least, most) = (scaler.number("autoscaling_policy.min_replicas"), scaler.number("autoscaling_policy.max_replicas"));
        let amount = Amount { least: least.as_ref().map(|of| of.value), most: most.as_ref().map(|of| of.value) };
        let place = most.or(least).map_or(scaler.place, |of| of.place);
        let range = Counted::stated(amount, Note { place, message: format!("{amount} machines by autoscaler") });
        workload.autoscaler = Some(found.autoscalers.len());
        workload.replicas = range.clone();
        found.autoscalers.push(Autoscaler {
            name: scaler.label.to_owned(),
            kind: scaler.kind.clone(),
            namespace: None,
            place: scaler.place,
            stage: workload.stage,
            range,
            target: scaler.get("target").map(|node| Placed::new((group.kind.clone(), workload.name.clone()), node.place)),
            measures: Vec::new(),
            other_measures: true,
            whole: stack.whole(scaler),
        });
    }
    let at = found.workloads.len();
    for kind in ["google_compute_backend_service", "google_compute_region_backend_service"] {
        let balancing = stack.of_kind(kind).filter(|service| service.refers("backend", &group.address));
        behind.0.extend(balancing.map(|service| (service.address.clone(), at)));
    }
    found.workloads.push(workload);
}
