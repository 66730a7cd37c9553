//! Patches: objects laid over objects, and lists of operations on paths.

use super::selection::means;
use super::{Object, get_mut, put};
use crate::deploy::texts::tree::{Key, Node, Value};

/// Lists of objects that Kubernetes itself defines, with what tells one item from another.
const KEYED: [(&str, &[&str]); 10] = [
    ("containers", &["name"]),
    ("initContainers", &["name"]),
    ("ephemeralContainers", &["name"]),
    ("volumes", &["name"]),
    ("env", &["name"]),
    ("imagePullSecrets", &["name"]),
    ("ports", &["containerPort", "port"]),
    ("volumeMounts", &["mountPath"]),
    ("hostAliases", &["ip"]),
    ("topologySpreadConstraints", &["topologyKey"]),
];

/// Groups of kinds whose lists Kubernetes knows the keys of.
const BUILT_IN: [&str; 6] = ["apps/", "batch/", "autoscaling/", "policy/", "networking.k8s.io/", "extensions/"];

/// Lay an object over those it names, or those that `target` means.
pub(super) fn strategic(patch: &Node, target: Option<&Node>, objects: &mut Vec<Object>) {
    let named = |object: &Object| {
        Some(object.kind()) == patch.text_at("kind") && patch.text_at("metadata.name").is_some_and(|name| object.is_named(name))
    };
    let is_meant = |object: &Object| target.map_or_else(|| named(object), |target| means(target, object));
    if patch.text_at("$patch") == Some("delete") {
        objects.retain(|object| !is_meant(object));
        return;
    }
    for object in objects.iter_mut().filter(|object| is_meant(object)) {
        let version = object.node.text_at("apiVersion").unwrap_or_default();
        let is_built_in = !version.contains('/') || BUILT_IN.iter().any(|group| version.starts_with(group));
        let name = object.node.at("metadata.name").cloned();
        let kind = object.node.entry("kind").map(|(key, kind)| (key.clone(), kind.clone()));
        object.node = laid(&object.node, patch, "", is_built_in);
        // A patch for a target may name anything; the object stays what it is.
        if let Some(entry) = kind {
            put(&mut object.node, entry.0, entry.1);
        }
        if let (Some(name), Some(own)) = (name, get_mut(&mut object.node, "metadata").and_then(|about| get_mut(about, "name"))) {
            *own = name;
        }
    }
}

/// `over` laid over `base`, which stands under `key`. Both are as deep as the reader of YAML allows.
fn laid(base: &Node, over: &Node, key: &str, is_built_in: bool) -> Node {
    match (&base.value, &over.value) {
        (Value::Map(_), Value::Map(above)) if over.text_at("$patch") == Some("replace") => {
            let own = above.iter().filter(|(key, _)| !key.name.starts_with('$')).cloned().collect();
            Node { place: over.place, value: Value::Map(own) }
        }
        (Value::Map(below), Value::Map(above)) => {
            let mut entries = Vec::with_capacity(below.len() + above.len());
            for (key, node) in below {
                match over.entry(&key.name) {
                    Some((_, own)) if own.value == Value::Null || own.text_at("$patch") == Some("delete") => {}
                    Some((own, over)) => entries.push((own.clone(), laid(node, over, &key.name, is_built_in))),
                    None => entries.push((key.clone(), node.clone())),
                }
            }
            let is_new = |(key, node): &&(Key, Node)| {
                base.entry(&key.name).is_none() && !key.name.starts_with('$') && node.value != Value::Null
            };
            entries.extend(above.iter().filter(is_new).cloned());
            Node { place: base.place, value: Value::Map(entries) }
        }
        (Value::List(below), Value::List(above)) => {
            let keys = KEYED.iter().find(|(name, _)| *name == key && is_built_in).map_or(&[][..], |(_, keys)| keys);
            let Some(by) = keys.iter().find(|by| above.iter().all(|item| item.get(by).is_some())) else { return over.clone() };
            let of = |list: &[Node], item: &Node| list.iter().find(|other| other.text_at(by) == item.text_at(by)).cloned();
            let kept = below.iter().filter_map(|item| match of(above, item) {
                Some(own) if own.text_at("$patch") == Some("delete") => None,
                Some(own) => Some(laid(item, &own, "", is_built_in)),
                None => Some(item.clone()),
            });
            let new = above.iter().filter(|item| of(below, item).is_none() && item.text_at("$patch").is_none());
            let items = kept.chain(new.cloned()).collect();
            Node { place: base.place, value: Value::List(items) }
        }
        _ => over.clone(),
    }
}

/// Do the operations of a list to those that `target` means.
pub(super) fn json(patch: &Node, target: Option<&Node>, objects: &mut [Object]) {
    let Some(target) = target else { return };
    for object in objects.iter_mut().filter(|object| means(target, object)) {
        for step in patch.items() {
            let (Some(what), Some(path)) = (step.text_at("op"), step.text_at("path")) else { continue };
            let steps: Vec<String> = path.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~")).collect();
            operation(&mut object.node, what, &steps, step);
        }
    }
}

/// What a list has at a number, or a map under a key.
fn inside<'n>(node: &'n mut Node, part: &str) -> Option<&'n mut Node> {
    match &mut node.value {
        Value::List(items) => items.get_mut(part.parse::<usize>().ok()?),
        Value::Map(entries) => entries.iter_mut().rev().find(|(name, _)| *name.name == *part).map(|(_, node)| node),
        _ => None,
    }
}

fn operation(node: &mut Node, what: &str, path: &[String], step: &Node) {
    let Some((last, above)) = path.split_last() else { return };
    let mut at = node;
    for part in above {
        let Some(next) = inside(at, part) else { return };
        at = next;
    }
    let key = step.entry("path").map_or(step.place, |(_, path)| path.place);
    let value = step.entry("value").map(|(_, value)| value.clone());
    // What is copied or moved we do not follow.
    let value = value.unwrap_or(Node { place: step.place, value: Value::Unknown });
    match (what, &mut at.value) {
        ("test", _) => {}
        ("remove", Value::Map(entries)) => entries.retain(|(key, _)| *key.name != **last),
        ("remove", Value::List(items)) => {
            if let Some(index) = last.parse::<usize>().ok().filter(|&index| index < items.len()) {
                items.remove(index);
            }
        }
        ("add" | "copy" | "move", Value::List(items)) => {
            let index = last.parse::<usize>().unwrap_or(items.len()).min(items.len());
            items.insert(index, value);
        }
        (_, Value::List(items)) => {
            if let Some(item) = last.parse::<usize>().ok().and_then(|index| items.get_mut(index)) {
                *item = value;
            }
        }
        _ => put(at, Key { name: last.as_str().into(), place: key }, value),
    }
}

/// A patch that cannot be read: what it is for may say anything.
pub(super) fn unread(target: Option<&Node>, objects: &mut [Object]) {
    for object in objects {
        match target {
            Some(target) if means(target, object) => {
                object.whole = false;
                if let Some(spec) = get_mut(&mut object.node, "spec") {
                    spec.value = Value::Unknown;
                }
            }
            Some(_) => {}
            None => object.whole = false,
        }
    }
}
