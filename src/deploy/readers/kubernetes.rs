//! Kubernetes objects: which documents are some, and what each kind says of workloads. Charts and overlays are made into documents
//! before they come here.

mod pods;
mod scaling;
mod traffic;

use crate::deploy::readers::words;
use crate::deploy::texts::tree::{Node, Value};
use crate::deploy::vocabulary::amount::{Amount, Counted};
use crate::deploy::vocabulary::stages::Stage;
use crate::deploy::vocabulary::workloads::{Affinity, Autoscaler, Copies, Placed, Platform, Schedule, Workload};
use crate::finding::{Note, Place};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Documents that are applied together, and what they are for.
#[derive(Debug, Default)]
pub(in crate::deploy) struct Set<'f> {
    /// The documents, `List`s not yet opened.
    pub documents: Vec<Document<'f>>,
}

/// A document with what its file says about it.
#[derive(Debug, Clone)]
pub(in crate::deploy) struct Document<'f> {
    /// Its tree: as it stands in its file, or as something made it.
    pub node: Cow<'f, Node>,
    /// What the file, chart or overlay is for.
    pub stage: Stage,
    /// Whether settings that are absent are absent: not so for bases and patches of overlays.
    pub whole: bool,
    /// Name of the scenarios that this is one of: a chart, a base; empty for a document that stands alone.
    pub group: String,
    /// The name it had there, when an overlay gave it another one; empty otherwise.
    pub origin: String,
}

/// What charts say of a volume in place of `emptyDir`, where their values may as well choose a claim.
pub(in crate::deploy) const CHOSEN: &str = "emptyDir, unless a claim is chosen";

/// What one set of documents says.
#[derive(Debug, Default)]
pub(in crate::deploy) struct Objects {
    pub workloads: Vec<Workload>,
    pub autoscalers: Vec<Autoscaler>,
    pub affinities: Vec<Affinity>,
}

/// Everything of a set by kind, for those who look something up by name.
struct Cluster<'d> {
    documents: Vec<(&'d Document<'d>, &'d Node)>,
    /// Access modes of claims, by namespace and name.
    claims: BTreeMap<(&'d str, &'d str), Vec<&'d str>>,
    /// Namespaces in which the cluster fills in what containers do not reserve.
    reserving: Vec<&'d str>,
    /// Data of configuration maps.
    settings: BTreeMap<(&'d str, &'d str), &'d Node>,
}

/// Versions of workloads that no cluster has taken since Kubernetes 1.16 (2019; Deprecated API Migration Guide): what still says so is
/// not what runs.
const REMOVED: [&str; 3] = ["extensions/v1beta1", "apps/v1beta1", "apps/v1beta2"];

/// Whether a document is a Kubernetes object.
pub(in crate::deploy) fn is_object(node: &Node) -> bool {
    let version = node.text_at("apiVersion").unwrap_or_default();
    // A template may choose the version by what the cluster knows.
    let is_unknown = || node.get("apiVersion").is_some_and(|version| version.value == Value::Unknown);
    node.text_at("kind").is_some()
        && (!version.is_empty() || is_unknown())
        && !version.starts_with("kustomize.config.k8s.io")
        && !version.starts_with("skaffold/")
}

/// Read a set.
pub(in crate::deploy) fn read(set: &Set<'_>) -> Objects {
    let cluster = Cluster::of(set);
    let mut objects = Objects::default();
    for (document, node) in &cluster.documents {
        let kind = node.text_at("kind").unwrap_or_default();
        if let Some(workload) = cluster.workload(document, node, kind) {
            objects.workloads.push(workload);
        }
        objects.autoscalers.extend(scaling::autoscaler(document, node, kind));
    }
    scaling::join(&mut objects);
    let services = traffic::services(&cluster, &mut objects.workloads);
    objects.affinities = traffic::affinities(&cluster, &services);
    objects
}

impl<'d> Cluster<'d> {
    fn of(set: &'d Set<'d>) -> Self {
        let mut documents = Vec::new();
        for document in &set.documents {
            if document.node.text_at("kind").is_some_and(|kind| kind.ends_with("List")) && document.node.get("items").is_some() {
                documents.extend(document.node.items_at("items").iter().map(|item| (document, item)));
            } else {
                documents.push((document, &*document.node));
            }
        }
        let mut cluster = Self { documents, claims: BTreeMap::new(), reserving: Vec::new(), settings: BTreeMap::new() };
        for (_, node) in &cluster.documents {
            let key = (namespace(node), name(node));
            match node.text_at("kind") {
                Some("PersistentVolumeClaim") => {
                    let modes = node.items_at("spec.accessModes").iter().filter_map(Node::text).collect();
                    cluster.claims.insert(key, modes);
                }
                Some("LimitRange") => cluster.reserving.push(key.0),
                Some("ConfigMap") => {
                    cluster.settings.extend(node.get("data").map(|data| (key, data)));
                }
                _ => {}
            }
        }
        cluster
    }

    fn workload(&self, document: &Document<'_>, node: &Node, kind: &str) -> Option<Workload> {
        let (copies, template) = match kind {
            "Deployment" | "ReplicaSet" | "ReplicationController" | "Rollout" | "DeploymentConfig" => {
                (Copies::Alike, "spec.template")
            }
            "StatefulSet" => (Copies::Numbered, "spec.template"),
            "DaemonSet" => (Copies::PerNode, "spec.template"),
            "Job" => (Copies::ToTheEnd, "spec.template"),
            "CronJob" => (Copies::Scheduled, "spec.jobTemplate.spec.template"),
            "Service" if is_knative(node) => (Copies::Alike, "spec.template"),
            _ => return None,
        };
        if node.text_at("apiVersion").is_some_and(|version| REMOVED.contains(&version)) {
            return None;
        }
        let (key, kind_node) = node.entry("kind")?;
        // The key tells which file this is, even where its value is filled in from elsewhere.
        let same = key.place.file == kind_node.place.file;
        let place = if same { span_of(key.place, kind_node.place) } else { key.place };
        let mut workload = Workload::new(name(node), kind, Platform::Kubernetes, place);
        workload.namespace = Some(namespace(node)).filter(|namespace| !namespace.is_empty()).map(str::to_owned);
        workload.copies = copies;
        workload.stage = Stage::of_name(name(node)).or(Stage::of_name(namespace(node))).or(document.stage);
        let origin = if document.origin.is_empty() { &workload.name } else { &document.origin };
        workload.group = format!("{}/{kind}/{origin}", document.group);
        let template = node.at(template);
        workload.whole = document.whole
            && template.is_some_and(|template| template.get("spec").is_some_and(|spec| spec.value != Value::Unknown));
        self.count(&mut workload, node, kind);
        // In a chart or overlay it is the files of values that offer one.
        workload.is_offered &= document.group.ends_with(".yaml") || document.group.ends_with(".yml");
        self.rollout(&mut workload, node);
        if copies == Copies::Scheduled {
            workload.schedule = schedule(node);
        }
        if let Some(template) = template {
            let labels = template.at("metadata.labels").map_or(&[][..], Node::entries);
            workload.labels =
                labels.iter().filter_map(|(key, node)| Some((key.name.to_string(), node.text()?.to_owned()))).collect();
            if let Some(spec) = template.get("spec") {
                self.pod(&mut workload, node, spec);
            }
            // A name that only a program fills in: what runs in it is called something.
            if workload.name.is_empty() {
                let called = workload.mains().next().map(|main| main.name.clone());
                workload.name = called.unwrap_or_default();
            }
        }
        Some(workload)
    }

    /// How many copies the object itself says.
    fn count(&self, workload: &mut Workload, node: &Node, kind: &str) {
        if is_knative(node) {
            workload.replicas = scaling::knative(node);
            return;
        }
        workload.replicas = match workload.copies {
            Copies::PerNode => Counted::stated(
                Amount::at_least(1),
                Note { place: workload.place, message: format!("{kind}: one on every node") },
            ),
            Copies::Alike | Copies::Numbered => match node.at("spec").and_then(|spec| spec.entry("replicas")) {
                Some((key, count)) if count.value != Value::Null => {
                    let place = span_of(key.place, count.place);
                    match count.number() {
                        Some(number) => {
                            workload.is_offered = is_filled_in(count);
                            workload.stated = Some(Placed::new(number, place));
                            Counted::stated(Amount::exactly(number), Note { place, message: format!("replicas: {number}") })
                        }
                        None => Counted::by_default(Amount::UNKNOWN),
                    }
                }
                _ if !workload.whole => Counted::by_default(Amount::UNKNOWN),
                _ => Counted::stated(
                    Amount::exactly(1),
                    Note { place: workload.place, message: "no `replicas`, so one copy".to_owned() },
                ),
            },
            Copies::ToTheEnd | Copies::Scheduled | Copies::PerEvent => Counted::by_default(
                node.at("spec.parallelism")
                    .map_or(Amount::exactly(1), |count| count.number().map_or(Amount::UNKNOWN, Amount::exactly)),
            ),
        };
    }

    /// Whether a rollout starts the new copy before the old one has gone.
    fn rollout(&self, workload: &mut Workload, node: &Node) {
        // Nothing replaces the copies of a set that stands alone.
        if workload.copies != Copies::Alike || matches!(&*workload.kind, "ReplicaSet" | "ReplicationController") {
            return;
        }
        let strategy = node.at("spec.strategy.type");
        workload.replaced_at_once =
            strategy.filter(|strategy| strategy.text() == Some("Recreate")).map(|strategy| strategy.place);
        workload.overlaps = match strategy.and_then(Node::text) {
            Some("Recreate") => strategy.map(|strategy| Placed::new(false, strategy.place)),
            _ if strategy.is_some_and(|strategy| strategy.value == Value::Unknown) || !workload.whole => None,
            _ => {
                let surge = node.at("spec.strategy.rollingUpdate.maxSurge");
                let none = surge.and_then(Node::text).is_some_and(|text| matches!(text, "0" | "0%"));
                Some(Placed::new(!none, surge.or(strategy).map_or(workload.place, |node| node.place)))
            }
        };
    }
}

/// Whether a number stands where a file writes a parameter: `${{REPLICAS}}` is longer than what it is worth, quotes counted.
fn is_filled_in(node: &Node) -> bool {
    let written = node.place.span.end.saturating_sub(node.place.span.start) as usize;
    node.text().is_some_and(|text| written > text.len() + "\"\"".len())
}

fn schedule(node: &Node) -> Option<Schedule> {
    let spec = node.get("spec")?;
    let written = spec.get("schedule")?;
    let policy = spec.get("concurrencyPolicy");
    let deadline = spec.at("jobTemplate.spec.activeDeadlineSeconds");
    Some(Schedule {
        text: written.text().unwrap_or_default().to_owned(),
        place: written.place,
        overlaps: policy.is_none_or(|policy| policy.text() == Some("Allow")),
        overlap_place: policy.map(|policy| policy.place),
        deadline: deadline.and_then(|node| Some(Placed::new(node.number()?, node.place))),
        suspended: spec.get("suspend").and_then(Node::flag) == Some(true),
    })
}

fn is_knative(node: &Node) -> bool {
    node.text_at("apiVersion").is_some_and(|version| version.starts_with("serving.knative.dev/"))
}

/// The object's name.
fn name(node: &Node) -> &str {
    node.text_at("metadata.name").unwrap_or_default()
}

/// The namespace it says it is in; empty when it says none.
fn namespace(node: &Node) -> &str {
    node.text_at("metadata.namespace").unwrap_or_default()
}

/// Whether two objects may be in one namespace: both say the same, or one says nothing.
fn same_namespace(a: &str, b: &str) -> bool {
    a == b || a.is_empty() || b.is_empty()
}

/// From a key to the end of its value, on one line as a rule.
fn span_of(key: Place, value: Place) -> Place {
    words::joined(key, value)
}

#[cfg(test)]
mod tests;
