//! What Azure's resources run: container apps and web apps.

use super::Infrastructure;
use super::amazon::workload;
use super::containers::{image, line, mounts, probe, variable_map, variables};
use super::resources::{Resource, Stack, all};
use super::stickiness::Behind;
use super::values::sure_text;
use crate::deploy::processes::commands::Form;
use crate::deploy::readers::words;
use crate::deploy::texts::tree::{Node, Value};
use crate::deploy::vocabulary::amount::{Amount, Counted};
use crate::deploy::vocabulary::workloads::{Container, Health, Placed, Platform, Probe, Storage, Volume};
use crate::finding::Note;

/// Most replicas of a container app that names no number.
const MOST: u32 = 10;

pub(super) fn read(stack: &Stack<'_>, found: &mut Infrastructure, behind: &mut Behind) {
    for app in stack.of_kind("azurerm_container_app") {
        container_app(stack, app, found);
    }
    for kind in ["azurerm_linux_web_app", "azurerm_windows_web_app", "azurerm_app_service"] {
        for app in stack.of_kind(kind) {
            behind.0.push((app.address.clone(), found.workloads.len()));
            web_app(stack, app, found);
        }
    }
}

fn container_app(stack: &Stack<'_>, app: &Resource<'_>, found: &mut Infrastructure) {
    let mut workload = workload(stack, app, &app.name("name"), Platform::Azure);
    let (least, most) = (app.number("template.min_replicas"), app.number("template.max_replicas"));
    let low = least.as_ref().map_or(0, |of| of.value);
    let written = app.get("template.max_replicas").is_some();
    let (amount, place) = match &most {
        Some(most) => (Amount::between(low, most.value), most.place),
        None if written => (Amount::at_least(low), app.place),
        None => (Amount::between(low, MOST), app.place),
    };
    workload.replicas = Counted::stated(amount, Note { place, message: format!("{amount} replicas") });
    workload.overlaps = Some(Placed::new(true, app.place));
    workload.served_by = app.at("ingress").map(|(key, _)| key.place);
    workload.grace = app.number("template.termination_grace_period_seconds");
    for volume in app.all("template.volume") {
        let Some(name) = volume.text_at("name") else { continue };
        let storage = match volume.text_at("storage_type") {
            Some("AzureFile" | "NfsAzureFile") => Storage::Shared,
            Some("Secret") => Storage::Input,
            Some("EmptyDir") | None => Storage::Scratch,
            Some(_) => Storage::Unknown,
        };
        workload.volumes.push(Volume { name: name.to_owned(), place: volume.place, storage, shown: format!("volume `{name}`") });
    }
    let containers = app.all("template.container");
    workload.whole &= !containers.is_empty();
    for node in containers {
        let mut container = Container::new(node.text_at("name").unwrap_or(app.label), node.place);
        container.image = image(node.get("image"));
        container.entrypoint = line(node.get("command"));
        container.command = line(node.get("args"));
        variables(&mut container, &all(node, "env"));
        container.env_elsewhere |= node.entry("env").is_some_and(|(_, env)| env.value == Value::Unknown);
        container.mounts = mounts(&all(node, "volume_mounts"), "name", "path", "read_only");
        let asked = |key: &str| all(node, key).first().map(|node| probe(node));
        container.health = Health {
            ready: asked("readiness_probe"),
            alive: asked("liveness_probe"),
            started: asked("startup_probe"),
            ..Health::default()
        };
        let cpu = node.get("cpu");
        container.resources.cpu_limit = cpu.and_then(|cpu| Some(Placed::new(words::thousandths(sure_text(cpu)?)?, cpu.place)));
        workload.containers.push(container);
    }
    found.workloads.push(workload);
}

fn web_app(stack: &Stack<'_>, app: &Resource<'_>, found: &mut Infrastructure) {
    let mut workload = workload(stack, app, &app.name("name"), Platform::Azure);
    workload.served_by = Some(app.place);
    workload.overlaps = Some(Placed::new(true, app.place));
    workload.replicas = instances(stack, app);
    let mut container = Container::new(&workload.name, app.place);
    let stack_of = "site_config.application_stack";
    let named = ["docker_image_name", "docker_image"].iter().find_map(|key| app.get(&format!("{stack_of}.{key}")));
    container.image = image(named);
    let command = app.get("site_config.app_command_line").filter(|node| sure_text(node).is_some_and(|text| !text.is_empty()));
    container.command = command.and_then(|node| words::line(node, Form::Shell));
    variable_map(&mut container, app.get("app_settings"));
    container.health.ready = app.get("site_config.health_check_path").and_then(|node| {
        let path = sure_text(node)?.to_owned();
        Some(Probe { place: node.place, path: Some(Placed::new(path, node.place)), budget: None })
    });
    workload.containers.push(container);
    found.workloads.push(workload);
}

/// How many instances the plan of a web app has.
fn instances(stack: &Stack<'_>, app: &Resource<'_>) -> Counted {
    let plan = app.get("service_plan_id").or_else(|| app.get("app_service_plan_id"));
    let plans = plan.map(|node| stack.referred(node)).unwrap_or_default();
    let Some(plan) = plans.into_iter().find(|plan| plan.kind.ends_with("_plan")) else {
        return own_count(app, "site_config.worker_count");
    };
    let settings = stack.of_kind("azurerm_monitor_autoscale_setting");
    let mut scaling = settings.filter(|setting| setting.refers("target_resource_id", &plan.address));
    if let Some(capacity) = scaling.next().and_then(|setting| widest(&setting.all("profile"))) {
        return capacity;
    }
    own_count(plan, "worker_count")
}

fn own_count(resource: &Resource<'_>, path: &str) -> Counted {
    let count = resource.number(path);
    count.map_or_else(
        || Counted::by_default(Amount::UNKNOWN),
        |count| {
            Counted::stated(
                Amount::exactly(count.value),
                Note { place: count.place, message: format!("{} instances", count.value) },
            )
        },
    )
}

/// From the least of all profiles to the most.
fn widest(profiles: &[&Node]) -> Option<Counted> {
    let capacity = |profile: &&Node| {
        let capacity = all(profile, "capacity").first().copied()?;
        let (least, most) = (capacity.get("minimum")?.number()?, capacity.get("maximum")?);
        Some((Amount::between(least, most.number()?), most.place))
    };
    let found: Option<Vec<_>> = profiles.iter().map(capacity).collect();
    let (amount, place) = found?.into_iter().reduce(|(a, at), (b, other)| (a.or(b), if b.most > a.most { other } else { at }))?;
    Some(Counted::stated(amount, Note { place, message: format!("{amount} instances by autoscaler") }))
}
