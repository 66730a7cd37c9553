//! What a pod's description says: containers, environment, probes, resources, volumes.

use super::{Cluster, namespace, same_namespace, span_of};
use crate::deploy::processes::commands::Form;
use crate::deploy::readers::words;
use crate::deploy::texts::tree::{Node, Value};
use crate::deploy::vocabulary::mounts;
use crate::deploy::vocabulary::stages::Stage;
use crate::deploy::vocabulary::workloads::{
    Container, Health, Mount, Part, Pin, Placed, Port, Probe, Resources, Storage, Variable, Volume, Workload,
};

impl Cluster<'_> {
    pub(super) fn pod(&self, workload: &mut Workload, object: &Node, spec: &Node) {
        let space = namespace(object);
        workload.grace = spec.get("terminationGracePeriodSeconds").and_then(|node| Some(Placed::new(node.number()?, node.place)));
        if let Some((key, node)) = spec.entry("hostNetwork").filter(|(_, node)| node.flag() == Some(true)) {
            let pin = Pin { place: span_of(key.place, node.place), setting: "hostNetwork".to_owned(), everywhere: false };
            workload.pins.push(pin);
        }
        let parts = [("initContainers", Part::Init), ("containers", Part::Main)];
        for (key, part) in parts {
            for node in spec.items_at(key) {
                let sidecar = part == Part::Init && node.text_at("restartPolicy") == Some("Always");
                let part = if sidecar { Part::Sidecar } else { part };
                let container = self.container(node, part, space);
                workload.pins.extend(container.ports.iter().filter_map(|port| {
                    let host = port.host.as_ref()?;
                    Some(Pin { place: host.place, setting: format!("hostPort {}", host.value), everywhere: false })
                }));
                workload.containers.push(container);
            }
        }
        // An image that no registry has is on the machine of whoever made it.
        let made_here = |node: &Node| node.text_at("imagePullPolicy") == Some("Never");
        if workload.stage == Stage::Unclear && spec.items_at("containers").iter().any(made_here) {
            workload.stage = Stage::Development;
        }
        // A template whose list of containers is not known says nothing of them.
        workload.whole &= spec.get("containers").is_some_and(
            |list| matches!(&list.value, Value::List(items) if !items.iter().any(|item| item.value == Value::Unknown)),
        );
        workload.volumes = spec.items_at("volumes").iter().filter_map(|volume| self.volume(volume, space)).collect();
        workload.volumes.extend(object.items_at("spec.volumeClaimTemplates").iter().filter_map(|claim| {
            let name = claim.at("metadata.name")?;
            Some(Volume {
                name: name.text()?.to_owned(),
                place: name.place,
                storage: Storage::PerCopy,
                shown: format!("a claim of each copy's own (`{}`)", name.text()?),
            })
        }));
    }

    fn container(&self, node: &Node, part: Part, space: &str) -> Container {
        let name = node.get("name");
        // A name that a template takes from somewhere else is no place to look at.
        let place = name.map(|name| name.place).filter(|place| place.file == node.place.file).unwrap_or(node.place);
        let mut container = Container::new(name.and_then(Node::text).unwrap_or_default(), place);
        container.part = part;
        container.image = node.get("image").and_then(|image| Some(Placed::new(image.text()?.to_owned(), image.place)));
        // One text in place of a list is refused there; what it means is plain, and it is no reason to look into the image.
        let line = |key: &str| words::line(node.get(key)?, Form::Exec).filter(|line| !line.steps.is_empty());
        (container.entrypoint, container.command) = (line("command"), line("args"));
        container.workdir = node.text_at("workingDir").map(str::to_owned);
        self.environment(&mut container, node, space);
        container.ports = node.items_at("ports").iter().map(port).collect();
        container.health = Health {
            ready: node.get("readinessProbe").map(probe),
            alive: node.get("livenessProbe").map(probe),
            started: node.get("startupProbe").map(probe),
            image: None,
            elsewhere: ["readinessProbe", "livenessProbe", "startupProbe"]
                .iter()
                .any(|key| node.entry(key).is_some_and(|(_, node)| node.value == Value::Unknown)),
        };
        container.waits = node.at("lifecycle.preStop").and_then(waits);
        container.resources = resources(node);
        container.resources.unknown |= self.reserving.iter().any(|own| same_namespace(own, space));
        container.mounts = node.items_at("volumeMounts").iter().filter_map(mount).collect();
        container
    }

    fn environment(&self, container: &mut Container, node: &Node, space: &str) {
        let settings = |name: &str| {
            let found = self.settings.iter().find(|((own, named), _)| *named == name && same_namespace(own, space));
            found.map(|(_, data)| *data)
        };
        for source in node.items_at("envFrom") {
            let prefix = source.text_at("prefix").unwrap_or_default();
            match source.text_at("configMapRef.name").and_then(settings) {
                Some(data) => container.env.extend(data.entries().iter().map(|(key, value)| Variable {
                    name: format!("{prefix}{}", key.name),
                    value: value.text().map(str::to_owned),
                    field: None,
                    place: span_of(key.place, value.place),
                })),
                None => container.env_elsewhere = true,
            }
        }
        if node.entry("env").is_some_and(|(_, env)| env.value == Value::Unknown) {
            container.env_elsewhere = true;
        }
        for variable in node.items_at("env") {
            let Some(name) = variable.get("name").and_then(Node::text) else {
                container.env_elsewhere = true;
                continue;
            };
            let from_settings = variable
                .at("valueFrom.configMapKeyRef")
                .and_then(|from| settings(from.text_at("name")?)?.get(from.text_at("key")?)?.text());
            container.env.push(Variable {
                name: name.to_owned(),
                value: variable.text_at("value").or(from_settings).map(str::to_owned),
                field: variable.text_at("valueFrom.fieldRef.fieldPath").map(str::to_owned),
                place: variable.place,
            });
        }
    }

    fn volume(&self, node: &Node, space: &str) -> Option<Volume> {
        let name = node.text_at("name")?;
        let (key, about) =
            node.entries().iter().find(|(key, _)| &*key.name != "name").map_or((None, node), |(key, about)| (Some(key), about));
        let kind = key.map_or("emptyDir", |key| &*key.name);
        let (storage, shown) = match kind {
            "emptyDir" => (Storage::Scratch, "emptyDir".to_owned()),
            "hostPath" | "local" => {
                let path = about.text_at("path").unwrap_or_default();
                (mounts::of_machine(path, ""), format!("hostPath {path}"))
            }
            "configMap" | "secret" | "projected" | "downwardAPI" => (Storage::Input, kind.to_owned()),
            "nfs" | "cephfs" | "glusterfs" | "azureFile" | "quobyte" => (Storage::Shared, kind.to_owned()),
            "awsElasticBlockStore" | "gcePersistentDisk" | "azureDisk" | "rbd" | "iscsi" | "fc" | "cinder" | "vsphereVolume" => {
                (Storage::Attached, kind.to_owned())
            }
            "ephemeral" => (Storage::PerCopy, "a volume of each copy's own".to_owned()),
            "persistentVolumeClaim" => self.claim(about.text_at("claimName").unwrap_or_default(), space),
            _ => (Storage::Unknown, kind.to_owned()),
        };
        let place = key.map_or(node.place, |key| key.place);
        Some(Volume { name: name.to_owned(), place, storage, shown })
    }

    fn claim(&self, name: &str, space: &str) -> (Storage, String) {
        let found = self.claims.iter().find(|((own, named), _)| *named == name && same_namespace(own, space));
        let Some((_, modes)) = found else { return (Storage::Unknown, format!("claim `{name}`")) };
        let shared = modes.iter().any(|mode| matches!(*mode, "ReadWriteMany" | "ReadOnlyMany"));
        let storage = match modes.is_empty() {
            true => Storage::Unknown,
            false if shared => Storage::Shared,
            false => Storage::Attached,
        };
        (storage, format!("claim `{name}` ({})", modes.join(", ")))
    }
}

fn port(node: &Node) -> Port {
    let number = |key: &str| node.get(key).and_then(|node| Some(Placed::new(u16::try_from(node.number()?).ok()?, node.place)));
    let host = node
        .entry("hostPort")
        .and_then(|(key, value)| Some(Placed::new(u16::try_from(value.number()?).ok()?, span_of(key.place, value.place))));
    Port { name: node.text_at("name").map(str::to_owned), container: number("containerPort").map(|port| port.value), host }
}

fn probe(node: &Node) -> Probe {
    let number = |key: &str, otherwise: u32| node.get(key).map_or(Some(otherwise), Node::number);
    let budget = || Some(number("initialDelaySeconds", 0)? + number("periodSeconds", 10)? * number("failureThreshold", 3)?);
    let path = node.at("httpGet.path").and_then(|path| Some(Placed::new(path.text()?.to_owned(), path.place)));
    Probe { place: node.place, path, budget: budget() }
}

/// `sleep: {seconds: 5}`, or a command that sleeps.
fn waits(hook: &Node) -> Option<Placed<u32>> {
    if let Some(seconds) = hook.at("sleep.seconds") {
        return Some(Placed::new(seconds.number()?, seconds.place));
    }
    let words = hook.items_at("exec.command");
    let text: Vec<&str> = words.iter().filter_map(Node::text).flat_map(str::split_whitespace).collect();
    let at = text.iter().position(|word| word.rsplit('/').next() == Some("sleep"))?;
    Some(Placed::new(words::seconds(text.get(at + 1)?.trim_end_matches(';'))?, words.first()?.place))
}

fn resources(node: &Node) -> Resources {
    let of = |path: &str| node.at(path).map(|node| node.place);
    let limit = node.at("resources.limits.cpu");
    let part = |key: &str| {
        node.get("resources").is_some_and(|resources| {
            resources.value == Value::Unknown || resources.entry(key).is_some_and(|(_, node)| node.value == Value::Unknown)
        })
    };
    Resources {
        // Where only a limit is given, it is reserved too.
        cpu: of("resources.requests.cpu").or_else(|| of("resources.limits.cpu")),
        memory: of("resources.requests.memory").or_else(|| of("resources.limits.memory")),
        cpu_limit: limit.and_then(|node| Some(Placed::new(words::thousandths(node.text()?)?, node.place))),
        unknown: part("requests") || part("limits"),
    }
}

fn mount(node: &Node) -> Option<Mount> {
    Some(Mount {
        // What a template left open names no volume that anybody could find.
        volume: node.text_at("name").unwrap_or_default().to_owned(),
        path: node.text_at("mountPath")?.to_owned(),
        read_only: node.get("readOnly").and_then(Node::flag) == Some(true),
        place: node.place,
    })
}
