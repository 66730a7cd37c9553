//! Kubernetes objects that are written as Terraform resources: the same fields in another spelling, so they become documents and are
//! read as those are.

use super::Infrastructure;
use super::resources::{Resource, Stack};
use super::values::{MARK, key, only_reference, scalar, shown};
use crate::deploy::readers::kubernetes::{Document, Set};
use crate::deploy::texts::tree::{Key, Node, Value};
use std::borrow::Cow;

/// Kinds of resources with the kind and version of their objects.
const KINDS: [(&str, &str, &str); 9] = [
    ("deployment", "Deployment", "apps/v1"),
    ("stateful_set", "StatefulSet", "apps/v1"),
    ("daemonset", "DaemonSet", "apps/v1"),
    ("daemon_set", "DaemonSet", "apps/v1"),
    ("cron_job", "CronJob", "batch/v1"),
    ("job", "Job", "batch/v1"),
    ("service", "Service", "v1"),
    ("horizontal_pod_autoscaler", "HorizontalPodAutoscaler", "autoscaling/v2"),
    ("persistent_volume_claim", "PersistentVolumeClaim", "v1"),
];

/// Blocks that are lists in the object, with the name of the list.
const LISTS: [(&str, &str); 16] = [
    ("container", "containers"),
    ("init_container", "initContainers"),
    ("env", "env"),
    ("env_from", "envFrom"),
    ("port", "ports"),
    ("volume", "volumes"),
    ("volume_mount", "volumeMounts"),
    ("volume_claim_template", "volumeClaimTemplates"),
    ("metric", "metrics"),
    ("toleration", "tolerations"),
    ("image_pull_secrets", "imagePullSecrets"),
    ("host_aliases", "hostAliases"),
    ("match_expressions", "matchExpressions"),
    ("http_header", "httpHeaders"),
    ("topology_spread_constraint", "topologySpreadConstraints"),
    ("rule", "rules"),
];

/// Maps whose keys people choose.
const FREE: [&str; 7] = ["labels", "annotations", "match_labels", "selector", "data", "limits", "requests"];

pub(super) fn read(stack: &Stack<'_>, found: &mut Infrastructure) {
    let mut set = Set::default();
    for resource in stack.resources.iter().filter(|resource| resource.kind.starts_with("kubernetes_")) {
        let Some(node) = object(stack, resource) else { continue };
        set.documents.push(Document {
            node: Cow::Owned(node),
            stage: stack.stage_of(resource, resource.label),
            whole: stack.whole(resource),
            group: format!("{}:{}", stack.root, resource.address),
            origin: String::new(),
        });
    }
    hide_unknown_targets(&mut set);
    if !set.documents.is_empty() {
        found.objects.push(set);
    }
}

/// A name of which a part is unknown names something only where an object has a name that is known so far.
fn hide_unknown_targets(set: &mut Set<'_>) {
    let is_open = |text: &str| text.contains(MARK);
    let known = |node: &Node, kind: &str, name: &str| {
        let named = node.text_at("kind") == Some(kind) && node.text_at("metadata.name") == Some(name);
        named && name.chars().any(char::is_alphanumeric)
    };
    for at in 0..set.documents.len() {
        let Some(reference) = set.documents[at].node.at("spec.scaleTargetRef") else { continue };
        let (kind, target) = (reference.text_at("kind").unwrap_or_default(), reference.text_at("name").unwrap_or_default());
        if !is_open(target) || set.documents.iter().any(|document| known(&document.node, kind, target)) {
            continue;
        }
        let path = ["spec", "scaleTargetRef", "name"];
        let name = path.iter().try_fold(set.documents[at].node.to_mut(), |node, part| match &mut node.value {
            Value::Map(entries) => entries.iter_mut().find(|(key, _)| &*key.name == *part).map(|(_, node)| node),
            _ => None,
        });
        if let Some(name) = name {
            name.value = Value::Unknown;
        }
    }
}

/// What is taken from another object of the cluster as a whole is what that one says: `kubernetes_deployment.web.metadata[0].name`.
fn resolved(stack: &Stack<'_>, node: &Node) -> Node {
    let value = match &node.value {
        Value::Map(entries) => Value::Map(entries.iter().map(|(key, node)| (key.clone(), resolved(stack, node))).collect()),
        Value::List(items) => Value::List(items.iter().map(|item| resolved(stack, item)).collect()),
        Value::Scalar(_) => told(stack, node).map_or_else(|| node.value.clone(), |text| Value::Scalar(text.into())),
        other => other.clone(),
    };
    Node { place: node.place, value }
}

/// The text that a reference leads to, the same in every object that it may mean.
fn told<'s>(stack: &'s Stack<'_>, node: &Node) -> Option<&'s str> {
    let (_, path) = only_reference(node)?;
    let mut texts =
        stack.referred(node).into_iter().map(|other| other.text(path).filter(|_| other.kind.starts_with("kubernetes_")));
    let first = texts.next()??;
    texts.all(|text| text == Some(first)).then_some(first)
}

fn object(stack: &Stack<'_>, resource: &Resource<'_>) -> Option<Node> {
    if resource.kind == "kubernetes_manifest" {
        return resource.get("manifest").filter(|node| matches!(node.value, Value::Map(_))).map(|node| resolved(stack, node));
    }
    let kind = resource.kind.strip_prefix("kubernetes_")?;
    let kind =
        ["_v1", "_v2", "_v1beta1", "_v2beta2"].iter().fold(kind, |kind, version| kind.strip_suffix(version).unwrap_or(kind));
    let (_, kind, version) = KINDS.iter().find(|(own, ..)| *own == kind)?;
    let Value::Map(mut entries) = manifest(&resolved(stack, &resource.node)).value else { return None };
    entries.push((key("apiVersion", resource.place), scalar(resource.place, *version)));
    entries.push((key("kind", resource.place), scalar(resource.place, *kind)));
    Some(Node { place: resource.place, value: Value::Map(entries) })
}

/// The value in the spelling of objects. The depth is that of the file, which is bounded.
fn manifest(node: &Node) -> Node {
    let value = match &node.value {
        Value::Map(entries) => Value::Map(entries.iter().map(entry).collect()),
        Value::List(items) => Value::List(items.iter().map(manifest).collect()),
        Value::Scalar(text) => Value::Scalar(shown(text).into()),
        other => other.clone(),
    };
    Node { place: node.place, value }
}

fn entry((name, node): &(Key, Node)) -> (Key, Node) {
    let written = &*name.name;
    let is_block = matches!(&node.value, Value::List(items) if items.iter().all(|item| matches!(item.value, Value::Map(_))));
    let list = LISTS.iter().find(|(block, _)| *block == written).filter(|_| is_block);
    let named = list.map_or_else(|| camel(written), |(_, list)| (*list).to_owned());
    let inner = match &node.value {
        _ if FREE.contains(&written) => match node.items().first() {
            Some(first) => manifest(first),
            None => node.clone(),
        },
        // A service's selector is one map; everything else that is no list stands once.
        Value::List(items) if is_block && list.is_none() => items.first().map_or_else(|| node.clone(), manifest),
        _ => manifest(node),
    };
    (Key { name: named.into(), place: name.place }, inner)
}

/// `session_affinity` as `sessionAffinity`; `config_map_key_ref` as `configMapKeyRef`.
fn camel(name: &str) -> String {
    let mut spelled = String::new();
    let mut upper = false;
    for c in name.chars() {
        if c == '_' {
            upper = true;
        } else {
            spelled.push(if upper { c.to_ascii_uppercase() } else { c });
            upper = false;
        }
    }
    spelled
}
