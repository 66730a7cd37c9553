//! What a service of a compose file says.

use super::{Scenario, Stacks, merge};
use crate::deploy::processes::commands::Form;
use crate::deploy::readers::words;
use crate::deploy::texts::dockerfile::join;
use crate::deploy::texts::tree::{Key, Node, Value};
use crate::deploy::vocabulary::amount::{Amount, Counted};
use crate::deploy::vocabulary::mounts;
use crate::deploy::vocabulary::stages::Stage;
use crate::deploy::vocabulary::workloads::{
    Affinity, Build, Container, Copies, Health, Mount, Part, Pin, Placed, Platform, Port, Probe, Resources, Storage, Variable,
    Volume, Workload,
};
use crate::finding::Note;
use crate::walk::folder_of;

/// How deep one service may extend another.
const MOST_EXTENDED: usize = 8;

/// Signs around a variable that is written with its value: `NAME: "value"`, `- NAME=value`.
const MOST_AROUND: usize = 4;

/// Read one service.
pub(super) fn read(scenario: &Scenario<'_>, key: &Key, node: &Node, stacks: &mut Stacks) {
    let node = extended(scenario, node);
    let platform = platform(scenario, &node);
    let mut workload = Workload::new(&key.name, "service", platform, key.place);
    workload.group = format!("{}/{}", scenario.folder, key.name);
    workload.stage = stage(scenario, &key.name, &node);
    count(&mut workload, &node);
    let mut container = Container::new(&key.name, key.place);
    container.part = Part::Main;
    container.image = node.get("image").and_then(|image| Some(Placed::new(image.text()?.to_owned(), image.place)));
    container.build = node.get("build").and_then(|build| self::build(scenario, build));
    container.entrypoint = node.get("entrypoint").and_then(|node| words::line(node, Form::Exec));
    container.command = node.get("command").and_then(|node| words::line(node, Form::Exec));
    container.workdir = node.text_at("working_dir").map(str::to_owned);
    environment(&mut container, &node);
    container.health = health(&node);
    container.resources = resources(&node);
    ports(&mut workload, &mut container, &node);
    volumes(scenario, &mut workload, &mut container, &node);
    if let Some((key, value)) = node.entry("container_name").filter(|(_, value)| names_one(&workload, value)) {
        let setting = format!("container_name: {}", value.text().unwrap_or("..."));
        workload.pins.push(Pin { place: words::joined(key.place, value.place), setting, everywhere: true });
    }
    if let Some((key, value)) = node.entry("network_mode").filter(|(_, value)| value.text() == Some("host")) {
        let place = words::joined(key.place, value.place);
        workload.pins.push(Pin { place, setting: "network_mode: host".to_owned(), everywhere: false });
    }
    let policy =
        node.entry("restart").filter(|(_, value)| value.text().is_some_and(|told| matches!(told, "always" | "unless-stopped")));
    workload.restarted = policy.map(|(key, value)| words::joined(key.place, value.place));
    workload.grace = node.get("stop_grace_period").and_then(|node| Some(Placed::new(words::seconds(node.text()?)?, node.place)));
    let order = node.at("deploy.update_config.order");
    workload.overlaps =
        Some(Placed::new(order.and_then(Node::text) == Some("start-first"), order.map_or(key.place, |node| node.place)));
    if workload.stage == Stage::Unclear
        && (binds_source(scenario, &node, container.build.as_ref()) || is_set_for_developers(&container))
    {
        workload.stage = Stage::Development;
    }
    labels(&mut workload, &node, stacks);
    workload.containers.push(container);
    stacks.workloads.push(workload);
}

/// Whether a container name names one container: not on a swarm, which passes over it, nor where nobody knows what it is.
fn names_one(workload: &Workload, name: &Node) -> bool {
    workload.platform != Platform::Swarm && name.text().is_some()
}

/// The service with what it extends below it.
fn extended(scenario: &Scenario<'_>, node: &Node) -> Node {
    let mut found = node.clone();
    for _ in 0..MOST_EXTENDED {
        let Some(extends) = found.get("extends").cloned() else { break };
        let name = extends.text().or_else(|| extends.text_at("service")).unwrap_or_default().to_owned();
        let other = extends.text_at("file").and_then(|file| scenario.path(file));
        let services = match &other {
            Some(path) => scenario.files.get(path.as_str()).and_then(|file| file.node.get("services")),
            None => scenario.node.get("services"),
        };
        if let Value::Map(entries) = &mut found.value {
            entries.retain(|(key, _)| &*key.name != "extends");
        }
        let Some(base) = services.and_then(|services| services.get(&name)) else { break };
        found = merge::merged(base, &found);
    }
    found
}

/// Settings that only a swarm reads, of any service, tell a stack from a plain compose file; so does its name. Plain compose reads many of
/// them too, so what a swarm refuses or passes over says otherwise.
fn platform(scenario: &Scenario<'_>, node: &Node) -> Platform {
    let settings = ["mode", "placement", "update_config", "rollback_config", "endpoint_mode"];
    let swarm = |node: &Node| node.get("deploy").is_some_and(|deploy| settings.iter().any(|key| deploy.get(key).is_some()));
    // docker stack deploy: `depends_on must be a list`, nothing is built, and names and networks of the machine do not hold.
    let plain = |node: &Node| {
        let waits = node.get("depends_on").is_some_and(|on| !on.entries().is_empty());
        let built = node.get("build").is_some() && node.get("image").is_none();
        waits || built || ["container_name", "network_mode", "extends"].iter().any(|key| node.get(key).is_some())
    };
    let others =
        || std::iter::once(node).chain(scenario.node.get("services").map_or(&[][..], Node::entries).iter().map(|(_, node)| node));
    // Settings and secrets that are there already are those of a swarm.
    let kept = ["configs", "secrets"].iter().filter_map(|key| scenario.node.get(key));
    let external = kept.flat_map(Node::entries).any(|(_, of)| of.get("external").is_some());
    if scenario.is_stack || external || others().any(swarm) && !others().any(plain) { Platform::Swarm } else { Platform::Compose }
}

fn stage(scenario: &Scenario<'_>, name: &str, node: &Node) -> Stage {
    let profiles = node.items_at("profiles").iter().filter_map(Node::text).map(Stage::of_name);
    let profile = profiles.fold(Stage::Unclear, Stage::or);
    let target = node.text_at("build.target").map_or(Stage::Unclear, Stage::of_name);
    profile.or(scenario.stage).or(target).or(Stage::of_name(name))
}

fn count(workload: &mut Workload, node: &Node) {
    if node.text_at("deploy.mode") == Some("global") {
        workload.copies = Copies::PerNode;
        let place = node.at("deploy.mode").map_or(workload.place, |node| node.place);
        workload.replicas = Counted::stated(Amount::at_least(1), Note { place, message: "mode: global".to_owned() });
        return;
    }
    if matches!(node.text_at("deploy.mode"), Some("replicated-job" | "global-job")) {
        workload.copies = Copies::ToTheEnd;
    }
    let stated = node.get("deploy").and_then(|deploy| deploy.entry("replicas")).or_else(|| node.entry("scale"));
    workload.replicas = match stated {
        Some((key, value)) => {
            let place = words::joined(key.place, value.place);
            match value.number() {
                Some(number) => {
                    workload.stated = Some(Placed::new(number, place));
                    Counted::stated(Amount::exactly(number), Note { place, message: format!("{}: {number}", key.name) })
                }
                None => Counted::by_default(Amount::UNKNOWN),
            }
        }
        // One, unless whoever starts it says `--scale`.
        None => Counted::by_default(Amount::exactly(1)),
    };
}

fn build(scenario: &Scenario<'_>, node: &Node) -> Option<Build> {
    let (context, dockerfile, target) = match node.text() {
        Some(context) => (context, None, None),
        None => (node.text_at("context").unwrap_or("."), node.text_at("dockerfile"), node.text_at("target")),
    };
    let context = scenario.path(context)?;
    let dockerfile = join(&context, dockerfile.unwrap_or("Dockerfile"));
    let arguments = node.get("args").map_or_else(Vec::new, variables);
    let arguments = arguments.into_iter().filter_map(|argument| Some((argument.name, argument.value?))).collect();
    Some(Build { context, dockerfile, target: target.map(str::to_owned), arguments, known_by: "compose `build`" })
}

fn environment(container: &mut Container, node: &Node) {
    container.env_elsewhere = node.get("env_file").is_some();
    container.env.extend(node.get("environment").into_iter().flat_map(variables));
}

/// Names with values, as a map or as a list of `NAME=value`.
fn variables(node: &Node) -> Vec<Variable> {
    let mapped = node.entries().iter().map(|(key, value)| Variable {
        name: key.name.to_string(),
        value: value.text().map(str::to_owned),
        field: None,
        place: words::joined(key.place, value.place),
    });
    let listed = node.items().iter().filter_map(|item| {
        let text = item.text()?;
        let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value.to_owned())));
        Some(Variable { name: name.to_owned(), value, field: None, place: item.place })
    });
    mapped.chain(listed).collect()
}

fn health(node: &Node) -> Health {
    let Some((key, check)) = node.entry("healthcheck") else { return Health::default() };
    let off = check.get("disable").and_then(Node::flag) == Some(true)
        || check.items_at("test").first().and_then(Node::text) == Some("NONE");
    let probe = Probe { place: key.place, path: None, budget: None };
    Health { ready: (!off && check.get("test").is_some()).then_some(probe), ..Health::default() }
}

fn resources(node: &Node) -> Resources {
    let of = |path: &str| node.at(path);
    let limit = of("deploy.resources.limits.cpus").or_else(|| of("cpus"));
    Resources {
        cpu: of("deploy.resources.reservations.cpus").map(|node| node.place),
        memory: of("deploy.resources.reservations.memory").map(|node| node.place),
        cpu_limit: limit.and_then(|node| Some(Placed::new(words::thousandths(node.text()?)?, node.place))),
        unknown: false,
    }
}

fn ports(workload: &mut Workload, container: &mut Container, node: &Node) {
    for item in node.items_at("ports") {
        let (host, inside) = match item.text() {
            Some(text) => {
                let text = text.split('/').next().unwrap_or(text);
                let mut parts = text.rsplit(':');
                let inside = parts.next().unwrap_or_default();
                (parts.next(), inside)
            }
            None => (item.text_at("published"), item.text_at("target").unwrap_or_default()),
        };
        // A range gives each copy a port of its own; on a swarm the port belongs to all machines, unless it says otherwise.
        let shared = workload.platform == Platform::Swarm && item.text_at("mode") != Some("host");
        let host = host.filter(|_| !shared).and_then(|host| host.parse().ok()).map(|port: u16| Placed::new(port, item.place));
        if let Some(host) = &host {
            workload.pins.push(Pin { place: item.place, setting: format!("host port {}", host.value), everywhere: false });
        }
        container.ports.push(Port { name: None, container: inside.parse().ok(), host });
        // A port on the loopback interface is for whoever is logged in.
        let local =
            item.text().is_some_and(|text| text.starts_with("127.0.0.1:")) || item.text_at("host_ip") == Some("127.0.0.1");
        if !local {
            workload.served_by.get_or_insert(item.place);
        }
    }
}

fn volumes(scenario: &Scenario<'_>, workload: &mut Workload, container: &mut Container, node: &Node) {
    for (at, item) in node.items_at("volumes").iter().enumerate() {
        let (kind, source, target, read_only) = match item.text() {
            Some(text) => {
                let mut parts = text.split(':');
                let first = parts.next().unwrap_or_default();
                let Some(target) = parts.next() else {
                    add_volume(workload, container, (at, item), (Storage::Scratch, "an anonymous volume".into()), (first, false));
                    continue;
                };
                let read_only = parts.next().is_some_and(|mode| mode.split(',').any(|mode| mode == "ro"));
                let bind = first.starts_with(['.', '/', '~', '$']);
                (if bind { "bind" } else { "volume" }, first, target, read_only)
            }
            None => (
                item.text_at("type").unwrap_or("volume"),
                item.text_at("source").unwrap_or_default(),
                item.text_at("target").unwrap_or_default(),
                item.get("read_only").and_then(Node::flag) == Some(true),
            ),
        };
        if kind == "bind" && source.starts_with('.') {
            container.laid.extend(scenario.path(source).map(|source| (source, target.to_owned())));
        }
        let about = match kind {
            _ if item.is_partly_unknown() => (Storage::Unknown, "a volume".to_owned()),
            "bind" => (mounts::of_machine(source, target), format!("bind mount {source}")),
            "tmpfs" => (Storage::Scratch, "tmpfs".to_owned()),
            _ if source.is_empty() => (Storage::Scratch, "an anonymous volume".to_owned()),
            _ => (named(scenario, source), format!("volume `{source}`")),
        };
        // Copies that are told where to run may all run on one machine.
        let about = if node.at("deploy.placement.constraints").is_some() && about.0 == Storage::Node {
            (Storage::Unknown, about.1)
        } else {
            about
        };
        add_volume(workload, container, (at, item), about, (target, read_only));
    }
}

fn add_volume(
    workload: &mut Workload,
    container: &mut Container,
    (at, item): (usize, &Node),
    (storage, shown): (Storage, String),
    (path, read_only): (&str, bool),
) {
    let name = format!("{at}");
    workload.volumes.push(Volume { name: name.clone(), place: item.place, storage, shown });
    container.mounts.push(Mount { volume: name, path: path.to_owned(), read_only, place: item.place });
}

/// Where a named volume lives: on this host, unless a driver says otherwise.
fn named(scenario: &Scenario<'_>, name: &str) -> Storage {
    let about = scenario.node.get("volumes").and_then(|volumes| volumes.get(name));
    let driver = about.and_then(|about| about.text_at("driver")).unwrap_or("local");
    let options = about.and_then(|about| about.text_at("driver_opts.type")).unwrap_or_default();
    let external = about.is_some_and(|about| about.get("external").is_some());
    match (driver, options) {
        _ if external => Storage::Unknown,
        (_, "nfs" | "nfs4" | "cifs") => Storage::Shared,
        ("local", _) => Storage::Node,
        _ => Storage::Unknown,
    }
}

/// Settings of which the name says that they are for developers, or that say so themselves: `DJANGO_SETTINGS_MODULE=shop.settings_local`,
/// `APP_ENV=local`.
fn is_set_for_developers(container: &Container) -> bool {
    container.env.iter().any(|variable| {
        let Some(value) = variable.value.as_deref() else { return false };
        let name = variable.name.as_str();
        // A value longer than it is written was filled in where nobody gives another one: `${APP_ENV:-local}`.
        let written = variable.place.span.end.saturating_sub(variable.place.span.start) as usize;
        let is_literal = written <= name.len() + value.len() + MOST_AROUND;
        let names_stage =
            matches!(name, "ENV" | "ENVIRONMENT" | "STAGE") || name.ends_with("_ENV") || name.ends_with("_ENVIRONMENT");
        let says_stage = matches!(&*value.to_ascii_lowercase(), "dev" | "develop" | "development" | "local");
        name.ends_with("SETTINGS_MODULE") && Stage::of_name(value) == Stage::Development
            || names_stage && says_stage && is_literal
    })
}

/// Source bound into the container, as developers do to see their changes.
fn binds_source(scenario: &Scenario<'_>, node: &Node, build: Option<&Build>) -> bool {
    let Some(build) = build else { return false };
    node.items_at("volumes").iter().any(|item| {
        let source = match item.text() {
            Some(text) => text.split(':').next(),
            None => item.text_at("source"),
        };
        // The folder that compose is started in is that of the file, as a rule.
        let source = source.map(|source| {
            ["${PWD}", "$PWD"]
                .iter()
                .find_map(|here| source.strip_prefix(here))
                .map_or(source.to_owned(), |rest| format!(".{rest}"))
        });
        let bound = source.as_deref().filter(|source| source.starts_with('.')).and_then(|source| scenario.path(source));
        bound.is_some_and(|bound| {
            let inside = |outer: &str, inner: &str| outer.is_empty() || inner == outer || inner.starts_with(&format!("{outer}/"));
            // The whole context, or a folder of it that looks like its source.
            bound == build.context
                || bound == folder_of(&build.dockerfile)
                || inside(&build.context, &bound)
                    && matches!(bound.rsplit('/').next(), Some("src" | "app" | "backend" | "server" | "api" | "web"))
        })
    })
}

/// Labels that the proxy in front reads.
fn labels(workload: &mut Workload, node: &Node, stacks: &mut Stacks) {
    let pairs = |node: &Node| {
        let mapped = node.entries().iter().map(|(key, value)| {
            (key.name.to_string(), value.text().unwrap_or_default().to_owned(), words::joined(key.place, value.place))
        });
        let listed = node.items().iter().filter_map(|item| {
            let (name, value) = item.text()?.split_once('=')?;
            Some((name.to_owned(), value.to_owned(), item.place))
        });
        mapped.chain(listed).collect::<Vec<_>>()
    };
    for labels in [node.get("labels"), node.at("deploy.labels")].into_iter().flatten() {
        for (name, value, place) in pairs(labels) {
            let lower = name.to_ascii_lowercase();
            if lower.starts_with("traefik.http.") {
                workload.served_by.get_or_insert(place);
            }
            let sticky = lower.ends_with(".sticky.cookie") || lower.ends_with(".sticky") || lower.ends_with(".stickiness");
            if lower.starts_with("traefik.") && sticky && value == "true" {
                stacks.affinities.push(Affinity {
                    place,
                    setting: format!("{name}={value}"),
                    by: "cookie",
                    workloads: vec![stacks.workloads.len()],
                    stage: workload.stage,
                    advice: "remove the label once no instance keeps state of its clients",
                });
            }
        }
    }
}
