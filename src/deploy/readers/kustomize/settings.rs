//! Settings of a kustomization that change every object they fit: generated maps, names, labels, images, replicas.

use super::selection::means;
use super::{Object, get_mut, put};
use crate::deploy::texts::tree::{Key, Node, Value};
use crate::finding::Place;

/// Kinds whose names stay as they are.
const KEEP_NAMES: [&str; 3] = ["CustomResourceDefinition", "APIService", "Namespace"];

/// Kinds that are in no namespace.
const NOWHERE: [&str; 8] = [
    "CustomResourceDefinition",
    "Namespace",
    "ClusterRole",
    "ClusterRoleBinding",
    "PersistentVolume",
    "StorageClass",
    "IngressClass",
    "PriorityClass",
];

fn key(name: &str, place: Place) -> Key {
    Key { name: name.into(), place }
}

fn scalar(text: &str, place: Place) -> Node {
    Node { place, value: Value::Scalar(text.into()) }
}

/// Maps of settings that the kustomization makes.
pub(super) fn generate(layer: &Node, objects: &mut Vec<Object>) {
    for item in layer.items_at("configMapGenerator") {
        let Some(name) = item.get("name").filter(|name| name.text().is_some()) else { continue };
        let pairs = item.items_at("literals").iter().filter_map(|literal| {
            let (name, value) = literal.text()?.split_once('=')?;
            Some((key(name, literal.place), scalar(value.trim_matches(['"', '\'']), literal.place)))
        });
        let elsewhere = ["envs", "env", "files"].iter().any(|key| item.get(key).is_some());
        let known = objects
            .iter()
            .position(|object| object.kind() == "ConfigMap" && name.text().is_some_and(|name| object.is_named(name)));
        match (item.text_at("behavior"), known) {
            // Data from files may set what is known to something else.
            (Some("merge" | "replace"), Some(at)) if elsewhere => {
                objects.remove(at);
            }
            (Some("merge"), Some(at)) => {
                if let Some(data) = get_mut(&mut objects[at].node, "data") {
                    pairs.for_each(|(key, node)| put(data, key, node));
                }
            }
            (Some("replace"), Some(at)) => {
                put(
                    &mut objects[at].node,
                    key("data", item.place),
                    Node { place: item.place, value: Value::Map(pairs.collect()) },
                );
            }
            _ if elsewhere => {}
            _ => {
                let place = item.place;
                let data = Node { place, value: Value::Map(pairs.collect()) };
                let about = Node { place, value: Value::Map(vec![(key("name", place), name.clone())]) };
                let entries = vec![
                    (key("apiVersion", place), scalar("v1", place)),
                    (key("kind", place), scalar("ConfigMap", place)),
                    (key("metadata", place), about),
                    (key("data", place), data),
                ];
                let node = Node { place, value: Value::Map(entries) };
                objects.push(Object { node, path: String::new(), names: Vec::new(), whole: true });
            }
        }
    }
}

/// Namespace, names and labels.
pub(super) fn apply(layer: &Node, objects: &mut [Object]) {
    if let Some((_, space)) = layer.entry("namespace").filter(|(_, space)| space.text().is_some()) {
        for object in objects.iter_mut().filter(|object| !NOWHERE.contains(&object.kind())) {
            let place = space.place;
            if let Some(about) = map_at(&mut object.node, &["metadata"], place) {
                put(about, key("namespace", place), space.clone());
            }
        }
    }
    rename(layer, objects);
    for (pairs, in_selectors, in_templates) in labels(layer) {
        for object in objects.iter_mut() {
            label(object, pairs, in_selectors, in_templates);
        }
    }
}

/// Labels, and whether selectors and templates get them too.
fn labels(layer: &Node) -> Vec<(&Node, bool, bool)> {
    let common = layer.get("commonLabels").map(|pairs| (pairs, true, true));
    let others = layer.items_at("labels").iter().filter_map(|item| {
        let is = |key: &str| item.get(key).and_then(Node::flag) == Some(true);
        Some((item.get("pairs")?, is("includeSelectors"), is("includeSelectors") || is("includeTemplates")))
    });
    common.into_iter().chain(others).collect()
}

fn label(object: &mut Object, pairs: &Node, in_selectors: bool, in_templates: bool) {
    let kind = object.kind().to_owned();
    let mut paths: Vec<&[&str]> = vec![&["metadata", "labels"]];
    match kind.as_str() {
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "Rollout" => {
            paths.extend(in_templates.then_some(&["spec", "template", "metadata", "labels"][..]));
            paths.extend(in_selectors.then_some(&["spec", "selector", "matchLabels"][..]));
        }
        "Job" => paths.extend(in_templates.then_some(&["spec", "template", "metadata", "labels"][..])),
        "CronJob" => paths.extend(in_templates.then_some(&["spec", "jobTemplate", "spec", "template", "metadata", "labels"][..])),
        "Service" if object.node.at("spec.selector").is_some() => paths.extend(in_selectors.then_some(&["spec", "selector"][..])),
        _ => {}
    }
    for path in paths {
        if let Some(map) = map_at(&mut object.node, path, pairs.place) {
            pairs.entries().iter().for_each(|(key, value)| put(map, key.clone(), value.clone()));
        }
    }
}

/// The map under a path, made when it is not there.
fn map_at<'n>(node: &'n mut Node, path: &[&str], place: Place) -> Option<&'n mut Node> {
    let mut at = node;
    for part in path {
        if at.entry(part).is_none() {
            put(at, key(part, place), Node { place, value: Value::Map(Vec::new()) });
        }
        at = get_mut(at, part)?;
    }
    Some(at)
}

/// Prefix and suffix: names, and references to objects that were renamed.
fn rename(layer: &Node, objects: &mut [Object]) {
    let (before, after) = (layer.text_at("namePrefix").unwrap_or_default(), layer.text_at("nameSuffix").unwrap_or_default());
    if before.is_empty() && after.is_empty() {
        return;
    }
    let mut renamed = std::collections::BTreeMap::new();
    for object in objects.iter_mut() {
        let (kind, old) = (object.kind().to_owned(), object.name().to_owned());
        if KEEP_NAMES.contains(&kind.as_str()) || old.is_empty() {
            continue;
        }
        let new = format!("{before}{old}{after}");
        if let Some(name) = get_mut(&mut object.node, "metadata").and_then(|about| get_mut(about, "name")) {
            name.value = Value::Scalar(new.as_str().into());
        }
        for old in object.names.iter().chain([&old]) {
            renamed.insert((kind.clone(), old.clone()), new.clone());
        }
        object.names.push(old);
    }
    for object in objects {
        refer(&mut object.node, &renamed);
    }
}

type Renamed = std::collections::BTreeMap<(String, String), String>;

/// Names in an object that mean objects which have another name now.
fn refer(node: &mut Node, renamed: &Renamed) {
    let mut stack = vec![(node, None::<&'static str>)];
    while let Some((node, means)) = stack.pop() {
        if let Some(kind) = means {
            follow(node, kind, renamed);
        }
        match &mut node.value {
            Value::List(items) => stack.extend(items.iter_mut().map(|item| (item, None))),
            Value::Map(entries) => {
                for (key, value) in entries {
                    let means = match &*key.name {
                        "configMapRef" | "configMapKeyRef" | "configMap" => Some("ConfigMap"),
                        "secretRef" | "secretKeyRef" => Some("Secret"),
                        "claimName" => Some("PersistentVolumeClaim"),
                        "serviceName" | "service" => Some("Service"),
                        "scaleTargetRef" | "workloadRef" => {
                            let kind = value.text_at("kind").unwrap_or("Deployment").to_owned();
                            follow(value, &kind, renamed);
                            None
                        }
                        _ => None,
                    };
                    stack.push((value, means));
                }
            }
            _ => {}
        }
    }
}

/// A reference: a name, or a map that has one.
fn follow(node: &mut Node, kind: &str, renamed: &Renamed) {
    let name = if node.text().is_some() { Some(node) } else { get_mut(node, "name") };
    let Some(name) = name else { return };
    let new = name.text().and_then(|old| renamed.get(&(kind.to_owned(), old.to_owned())));
    if let Some(new) = new {
        name.value = Value::Scalar(new.as_str().into());
    }
}

/// Replicas, images, and values that are copied from one object into others.
pub(super) fn count_and_images(layer: &Node, objects: &mut [Object]) {
    for item in layer.items_at("replicas") {
        let (Some(name), Some((word, count))) = (item.text_at("name"), item.entry("count")) else { continue };
        let kinds = ["Deployment", "StatefulSet", "ReplicaSet", "ReplicationController"];
        for object in objects.iter_mut().filter(|object| kinds.contains(&object.kind()) && object.is_named(name)) {
            if let Some(spec) = get_mut(&mut object.node, "spec") {
                put(spec, key("replicas", word.place), count.clone());
            }
        }
    }
    for item in layer.items_at("images") {
        objects.iter_mut().for_each(|object| image(&mut object.node, item));
    }
    for item in layer.items_at("replacements") {
        for target in item.items_at("targets") {
            let Some(select) = target.get("select") else { continue };
            for object in objects.iter_mut().filter(|object| means(select, object)) {
                let paths = target.items_at("fieldPaths").iter().filter_map(Node::text);
                paths.for_each(|path| forget(&mut object.node, path));
            }
        }
    }
}

/// What is filled in at a path of fields is not known.
fn forget(node: &mut Node, path: &str) {
    let mut stack = vec![(node, path)];
    while let Some((node, path)) = stack.pop() {
        let (part, rest) = match path.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
            Some((part, rest)) => (part, rest.trim_start_matches('.')),
            None => path.split_once('.').unwrap_or((path, "")),
        };
        if part.is_empty() {
            node.value = Value::Unknown;
            continue;
        }
        let is_item = |at: usize, item: &Node| match part.split_once('=') {
            Some((key, value)) => item.text_at(key) == Some(value),
            None => part == "*" || part.parse() == Ok(at),
        };
        match &mut node.value {
            Value::List(items) => {
                let chosen = items.iter_mut().enumerate().filter(|(at, item)| is_item(*at, item));
                stack.extend(chosen.map(|(_, item)| (item, rest)));
            }
            Value::Map(entries) => {
                let chosen = entries.iter_mut().filter(|(key, _)| *key.name == *part);
                stack.extend(chosen.map(|(_, node)| (node, rest)));
            }
            _ => {}
        }
    }
}

/// Another name or tag for an image, in every container that runs it.
fn image(node: &mut Node, item: &Node) {
    let Some(name) = item.text_at("name") else { return };
    let new = item.get("newName");
    let tag = item.get("newTag");
    let digest = item.get("digest");
    let mut stack = vec![node];
    while let Some(node) = stack.pop() {
        match &mut node.value {
            Value::List(items) => stack.extend(items),
            Value::Map(entries) => {
                for (key, value) in entries {
                    if let (true, Value::List(containers)) =
                        (matches!(&*key.name, "containers" | "initContainers"), &mut value.value)
                    {
                        for image in containers.iter_mut().filter_map(|container| get_mut(container, "image")) {
                            let Some(text) = image.text() else { continue };
                            let (own, rest) = parts(text);
                            if own != name {
                                continue;
                            }
                            let rest = match (digest.and_then(Node::text), tag.and_then(Node::text)) {
                                (Some(digest), _) => format!("@{digest}"),
                                (None, Some(tag)) => format!(":{tag}"),
                                (None, None) => rest.to_owned(),
                            };
                            let made = format!("{}{rest}", new.and_then(Node::text).unwrap_or(own));
                            let place = new.or(tag).or(digest).map_or(image.place, |node| node.place);
                            *image = scalar(&made, place);
                        }
                    } else {
                        stack.push(value);
                    }
                }
            }
            _ => {}
        }
    }
}

/// An image's name, and its tag and digest.
fn parts(image: &str) -> (&str, &str) {
    let from = image.rfind('/').map_or(0, |slash| slash + 1);
    let end = image[from..].find([':', '@']).map_or(image.len(), |at| from + at);
    image.split_at(end)
}
