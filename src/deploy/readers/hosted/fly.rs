//! fly.toml: groups of machines, each machine with volumes of its own.

use super::File;
use crate::deploy::processes::commands::Form;
use crate::deploy::readers::words;
use crate::deploy::texts::tree::{Key, Node, Value};
use crate::deploy::vocabulary::amount::{Amount, Counted};
use crate::deploy::vocabulary::deployment::Deployment;
use crate::deploy::vocabulary::workloads::{
    Build, Container, Copies, Mount, Placed, Platform, Probe, Storage, Variable, Volume, Workload,
};
use crate::finding::Note;

/// The group of machines that a file without `[processes]` has.
const ONLY: &str = "app";

/// Whether a path is a file of the tree.
type Exists<'e> = &'e dyn Fn(&str) -> bool;

pub(super) fn read(file: File<'_>, exists: Exists<'_>, deployment: &mut Deployment) {
    let root = file.node;
    if root.get("app").is_none() && ["http_service", "services", "processes"].iter().all(|key| root.get(key).is_none()) {
        return;
    }
    let processes = root.get("processes").map_or(&[][..], Node::entries);
    for (key, command) in processes {
        deployment.workloads.push(group(file, exists, &key.name, Some((key, command))));
    }
    if processes.is_empty() {
        deployment.workloads.push(group(file, exists, ONLY, None));
    }
    if let Some(release) = root.at("deploy.release_command") {
        let mut workload = file.workload("release", "release_command", Platform::Fly, release.place);
        workload.copies = Copies::ToTheEnd;
        workload.replicas = Counted::by_default(Amount::exactly(1));
        let mut container = container(file, exists, "release");
        container.command = words::line(release, Form::Exec);
        workload.containers.push(container);
        deployment.workloads.push(workload);
    }
}

fn container(file: File<'_>, exists: Exists<'_>, name: &str) -> Container {
    let mut container = Container::new(name, file.node.place);
    let build = file.node.get("build");
    let image = build.and_then(|build| build.get("image"));
    container.image = image.and_then(|image| Some(Placed::new(image.text()?.to_owned(), image.place)));
    if container.image.is_none() {
        let dockerfile = build.and_then(|build| build.text_at("dockerfile")).unwrap_or("Dockerfile");
        // A file that lies apart is used from the root.
        let beside = file.beside(dockerfile);
        let from_root = !exists(&beside) && exists(dockerfile);
        container.build = Some(Build {
            context: if from_root { String::new() } else { file.folder().to_owned() },
            dockerfile: if from_root { dockerfile.to_owned() } else { beside },
            target: build.and_then(|build| build.text_at("build-target")).map(str::to_owned),
            arguments: Vec::new(),
            known_by: "fly.toml beside the code",
        });
    }
    let env = file.node.get("env").map_or(&[][..], Node::entries);
    container.env = env
        .iter()
        .map(|(key, value)| Variable {
            name: key.name.to_string(),
            value: value.text().map(str::to_owned),
            field: None,
            place: super::setting(key, value),
        })
        .collect();
    // Secrets are set from the command line.
    container.env_elsewhere = true;
    container
}

fn group(file: File<'_>, exists: Exists<'_>, name: &str, command: Option<(&Key, &Node)>) -> Workload {
    let root = file.node;
    let app = root.entry("app");
    let place = command.map(|(key, _)| key.place).or(app.map(|(key, value)| super::setting(key, value)));
    let place = place.unwrap_or(root.place);
    let mut workload = file.workload(name, "machines", Platform::Fly, place);
    let services: Vec<(&Node, &Key)> = ["http_service", "services"]
        .iter()
        .filter_map(|key| root.entry(key))
        .flat_map(|(key, node)| match &node.value {
            Value::List(items) => items.iter().map(|item| (item, key)).collect::<Vec<_>>(),
            _ => vec![(node, key)],
        })
        .filter(|(node, _)| is_of(node, name))
        .collect();
    workload.served_by = services.first().map(|(_, key)| key.place);
    // How many there are is said on the command line; the file says how many keep running.
    workload.replicas = Counted::by_default(Amount::UNKNOWN);
    if let Some((number, place)) = services.iter().find_map(|(node, _)| super::number_at(node, "min_machines_running"))
        && number > 0
    {
        let message = format!("min_machines_running: {number}");
        workload.replicas = Counted::stated(Amount::at_least(number), Note { place, message });
    }
    let grace = root.get("kill_timeout");
    workload.grace = Some(Placed::new(
        grace.and_then(Node::text).map_or(Some(5), words::seconds).unwrap_or(5),
        grace.map_or(place, |node| node.place),
    ));
    let strategy = root.at("deploy.strategy");
    let overlaps = matches!(strategy.and_then(Node::text), Some("bluegreen" | "canary"));
    workload.overlaps = Some(Placed::new(overlaps, strategy.map_or(place, |node| node.place)));
    let mut container = container(file, exists, name);
    container.command = command.and_then(|(_, node)| words::line(node, Form::Exec));
    let own =
        services.iter().flat_map(|(node, _)| ["checks", "http_checks", "tcp_checks"].iter().flat_map(|key| node.items_at(key)));
    let named = root.get("checks").map_or(&[][..], Node::entries).iter().map(|(_, node)| node);
    container.health.ready = own.chain(named.filter(|check| is_of(check, name))).next().map(|check| Probe {
        place: check.place,
        path: check.get("path").and_then(|path| Some(Placed::new(path.text()?.to_owned(), path.place))),
        budget: None,
    });
    volumes(root, name, &mut workload, &mut container);
    workload.containers.push(container);
    workload
}

/// Whether a table is for a group of machines: it names it, or none.
fn is_of(node: &Node, group: &str) -> bool {
    let named = node.items_at("processes");
    named.is_empty() || named.iter().any(|of| of.text() == Some(group))
}

fn volumes(root: &Node, group: &str, workload: &mut Workload, container: &mut Container) {
    let mounts = ["mounts", "mount"].iter().filter_map(|key| root.get(key));
    let mounts = mounts.flat_map(|node| if node.items().is_empty() { std::slice::from_ref(node) } else { node.items() });
    for mount in mounts.filter(|mount| is_of(mount, group)) {
        let (Some(source), Some(path)) = (mount.text_at("source"), mount.text_at("destination")) else { continue };
        let shown = format!("volume `{source}` of each machine");
        workload.volumes.push(Volume { name: source.to_owned(), place: mount.place, storage: Storage::PerCopy, shown });
        container.mounts.push(Mount {
            volume: source.to_owned(),
            path: path.to_owned(),
            read_only: false,
            place: mount.get("destination").map_or(mount.place, |node| node.place),
        });
    }
}
