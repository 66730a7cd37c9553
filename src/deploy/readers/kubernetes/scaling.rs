//! Autoscalers of Kubernetes, and which workload each scales.

use super::{Document, Objects, name, namespace, same_namespace, span_of};
use crate::deploy::texts::tree::{Node, Value};
use crate::deploy::vocabulary::amount::{Amount, Counted};
use crate::deploy::vocabulary::stages::Stage;
use crate::deploy::vocabulary::workloads::{Autoscaler, Copies, Measure, Placed};
use crate::finding::{Note, Place};
use std::collections::BTreeMap;

/// Kinds of workloads that can be scaled and that are read here.
const SCALABLE: [&str; 6] = ["Deployment", "StatefulSet", "ReplicaSet", "ReplicationController", "Rollout", "DeploymentConfig"];

/// The autoscaler that a document describes.
pub(super) fn autoscaler(document: &Document<'_>, node: &Node, kind: &str) -> Option<Autoscaler> {
    let keda = match kind {
        "HorizontalPodAutoscaler" => false,
        "ScaledObject" => true,
        _ => return None,
    };
    let (least, most) = if keda { ("minReplicaCount", "maxReplicaCount") } else { ("minReplicas", "maxReplicas") };
    let spec = node.get("spec")?;
    let reference = spec.get("scaleTargetRef");
    let target = reference.and_then(|reference| {
        let kind = reference.text_at("kind").or(keda.then_some("Deployment"))?;
        // Of kinds that only an operator knows nobody can say whether they are there.
        if !SCALABLE.contains(&kind) {
            return None;
        }
        let named = reference.get("name")?;
        Some(Placed::new((kind.to_owned(), named.text()?.to_owned()), named.place))
    });
    let (measures, other_measures) = if keda { triggers(spec) } else { metrics(spec) };
    let (key, kind_node) = node.entry("kind")?;
    Some(Autoscaler {
        name: name(node).to_owned(),
        kind: kind.to_owned(),
        namespace: Some(namespace(node)).filter(|space| !space.is_empty()).map(str::to_owned),
        place: span_of(key.place, kind_node.place),
        stage: Stage::of_name(namespace(node)).or(document.stage),
        range: range(spec, (least, if keda { 0 } else { 1 }), (most, keda.then_some(100)), kind_node.place),
        target,
        measures,
        other_measures,
        whole: document.whole && !node.is_partly_unknown(),
    })
}

/// From the least to the most copies, with the places of both.
fn range(spec: &Node, (least, otherwise): (&str, u32), (most, largest): (&str, Option<u32>), place: Place) -> Counted {
    let read = |key: &str, otherwise: Option<u32>| match spec.entry(key) {
        Some((_, node)) if node.value == Value::Null => (otherwise, None),
        Some((key, node)) => (node.number(), Some(span_of(key.place, node.place))),
        None => (otherwise, None),
    };
    let (low, low_place) = read(least, Some(otherwise));
    let (high, high_place) = read(most, largest);
    let amount = match (low, high) {
        (Some(low), Some(high)) => Amount::between(low, high),
        (least, most) => Amount { least, most },
    };
    let place = high_place.or(low_place).unwrap_or(place);
    Counted::stated(amount, Note { place, message: format!("{} copies by autoscaler", amount) })
}

/// Which shares of reservations an autoscaler of Kubernetes itself decides by.
fn metrics(spec: &Node) -> (Vec<Placed<Measure>>, bool) {
    let mut measures = Vec::new();
    // Version 1 knows the processor alone.
    if let Some(node) = spec.get("targetCPUUtilizationPercentage") {
        measures.push(Placed::new(Measure::Cpu, node.place));
    }
    let mut others = spec.entry("metrics").is_some_and(|(_, node)| node.value == Value::Unknown);
    for metric in spec.items_at("metrics") {
        // A measure of one named container needs what that one reserves: which of several is not told apart here.
        let resource = metric.get("resource");
        let measured = resource.and_then(|resource| {
            // A share of what is reserved; a plain value needs no reservation. The old form has the share in the resource.
            let share = resource.text_at("target.type") == Some("Utilization")
                || resource.at("target.averageUtilization").is_some()
                || resource.get("targetAverageUtilization").is_some();
            let name = resource.get("name").filter(|_| share)?;
            let measure = match name.text()? {
                "cpu" => Measure::Cpu,
                "memory" => Measure::Memory,
                _ => return None,
            };
            Some(Placed::new(measure, name.place))
        });
        match measured {
            Some(measure) => measures.push(measure),
            None => others = true,
        }
    }
    // Without any measure the cluster takes the share of the processor.
    if measures.is_empty() && !others && spec.get("maxReplicas").is_some() {
        measures.push(Placed::new(Measure::Cpu, spec.place));
    }
    (measures, others)
}

fn triggers(spec: &Node) -> (Vec<Placed<Measure>>, bool) {
    let mut measures = Vec::new();
    let mut others = false;
    for trigger in spec.items_at("triggers") {
        let share = trigger.text_at("metricType").or(trigger.text_at("metadata.type")) != Some("AverageValue");
        match (trigger.get("type"), trigger.text_at("type")) {
            (Some(node), Some("cpu")) if share => measures.push(Placed::new(Measure::Cpu, node.place)),
            (Some(node), Some("memory")) if share => measures.push(Placed::new(Measure::Memory, node.place)),
            _ => others = true,
        }
    }
    (measures, others)
}

/// Copies of a Knative service: notes on its template.
pub(super) fn knative(node: &Node) -> Counted {
    let note = |name: &str| {
        let notes = node.at("spec.template.metadata.annotations")?;
        let (key, value) = notes.entry(&format!("autoscaling.knative.dev/{name}"))?;
        Some((value.number()?, span_of(key.place, value.place)))
    };
    let either = |a: &str, b: &str| note(a).or_else(|| note(b));
    let (least, most) = (either("min-scale", "minScale"), either("max-scale", "maxScale"));
    let amount = Amount { least: Some(least.map_or(0, |(number, _)| number)), most: most.map(|(number, _)| number) };
    let evidence = least.into_iter().chain(most).map(|(number, place)| Note { place, message: format!("scale {number}") });
    Counted { amount, evidence: evidence.collect() }
}

/// Tie autoscalers to the workloads of their set: by kind, name and namespace.
pub(super) fn join(objects: &mut Objects) {
    let Objects { workloads, autoscalers, .. } = objects;
    let mut named: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
    for (at, workload) in workloads.iter().enumerate() {
        named.entry((workload.kind.clone(), workload.name.clone())).or_default().push(at);
    }
    for (at, autoscaler) in autoscalers.iter().enumerate() {
        let Some(target) = &autoscaler.target else {
            // One whose target nobody could read may scale any of them.
            let scalable = workloads.iter_mut().filter(|workload| matches!(workload.copies, Copies::Alike | Copies::Numbered));
            scalable.filter(|_| !autoscaler.whole).for_each(|workload| workload.replicas = Counted::by_default(Amount::UNKNOWN));
            continue;
        };
        let space = autoscaler.namespace.as_deref().unwrap_or_default();
        for &scaled in named.get(&target.value).into_iter().flatten() {
            let workload = &mut workloads[scaled];
            // The same names in files for development and for production are two worlds.
            let stages = (workload.stage, autoscaler.stage);
            let same = same_namespace(space, workload.namespace.as_deref().unwrap_or_default())
                && (stages.0 == stages.1 || stages.0 == Stage::Unclear || stages.1 == Stage::Unclear);
            if same && matches!(workload.copies, Copies::Alike | Copies::Numbered) {
                workload.autoscaler = Some(at);
                workload.replicas = autoscaler.range.clone();
            }
        }
    }
}
