//! app.yaml of App Engine: one service, scaled by the platform.

use super::{File, number_at, range, setting, tie};
use crate::deploy::processes::commands::Form;
use crate::deploy::readers::words;
use crate::deploy::texts::tree::Node;
use crate::deploy::vocabulary::amount::{Amount, Counted};
use crate::deploy::vocabulary::deployment::Deployment;
use crate::deploy::vocabulary::workloads::{Placed, Platform, Probe, Variable};
use crate::finding::Note;

/// Most instances where the file names no number.
const MOST: u32 = 20;

/// Whether a document is one: `app.yaml`, `app-prod.yaml` with a runtime.
pub(super) fn is_app(file: File<'_>) -> bool {
    let name = file.name();
    (name.starts_with("app") || name.ends_with("app.yaml") || name.ends_with("app.yml"))
        && file.node.text_at("runtime").is_some()
        && ["apiVersion", "provider", "services", "functions"].iter().all(|key| file.node.get(key).is_none())
}

pub(super) fn read(file: File<'_>, deployment: &mut Deployment) {
    let node = file.node;
    let Some((key, runtime)) = node.entry("runtime") else { return };
    let name = node.text_at("service").unwrap_or("default");
    let mut workload = file.workload(name, "service", Platform::AppEngine, setting(key, runtime));
    let flexible = matches!(node.text_at("env"), Some("flex" | "flexible")) || node.text_at("vm") == Some("true");
    workload.served_by = Some(workload.place);
    workload.overlaps = Some(Placed::new(true, workload.place));
    workload.replicas = if let Some((number, place)) = number_at(node, "manual_scaling.instances") {
        Counted::stated(Amount::exactly(number), Note { place, message: format!("instances: {number}") })
    } else if node.get("basic_scaling").is_some() {
        range(None, number_at(node, "basic_scaling.max_instances"), 0, None)
    } else if node.text_at("instance_class").is_some_and(|class| class.starts_with('B')) {
        // Such machines are never scaled automatically; by what, the file does not say.
        Counted::by_default(Amount::UNKNOWN)
    } else if flexible {
        let of = |name: &str| number_at(node, &format!("automatic_scaling.{name}"));
        range(of("min_num_instances"), of("max_num_instances"), 2, Some(MOST))
    } else {
        let of = |name: &str| number_at(node, &format!("automatic_scaling.{name}"));
        range(of("min_instances"), of("max_instances"), 0, Some(MOST))
    };
    let mut container = file.container(name, workload.place, "app.yaml beside the code");
    container.command = node.get("entrypoint").and_then(|node| words::line(node.get("shell").unwrap_or(node), Form::Shell));
    let variables = ["env_variables", "beta_settings"].iter().filter_map(|key| node.get(key)).flat_map(Node::entries);
    container.env = variables
        .map(|(key, value)| Variable {
            name: key.name.to_string(),
            value: value.text().map(str::to_owned),
            field: None,
            place: setting(key, value),
        })
        .collect();
    let asked = |key: &str| {
        let check = node.get(key)?;
        let path = check.get("path").and_then(|path| Some(Placed::new(path.text()?.to_owned(), path.place)));
        Some(Probe { place: check.place, path, budget: None })
    };
    container.health.ready = asked("readiness_check");
    container.health.alive = asked("liveness_check");
    workload.containers.push(container);
    let advice = "remove `session_affinity` once no instance keeps state of its clients";
    tie(deployment, workload.stage, (node.get("network"), "session_affinity"), advice);
    deployment.workloads.push(workload);
}
