//! A `ClowdApp`: one object with all deployments and jobs of an application, of which Clowder, its operator, makes a Deployment or a
//! CronJob each (github.com/RedHatInsights/clowder, `apis/cloud.redhat.com/v1alpha1/clowdapp_types.go`).

use crate::deploy::texts::tree::{Key, Node, Value};
use crate::finding::Place;

pub(super) fn is_app(node: &Node) -> bool {
    node.text_at("kind") == Some("ClowdApp") && node.get("spec").is_some()
}

/// The objects that the operator makes of one.
pub(super) fn made(app: &Node) -> Vec<Node> {
    let name = app.text_at("metadata.name").unwrap_or_default();
    let deployments = app.items_at("spec.deployments").iter().filter_map(|part| deployment(name, part));
    let jobs = app.items_at("spec.jobs").iter().filter_map(|part| job(name, part));
    deployments.chain(jobs).collect()
}

/// It has no service here: the operator adds probes of its own to what it makes one for.
fn deployment(app: &str, part: &Node) -> Option<Node> {
    let copies = ["replicas", "minReplicas"].iter().find_map(|key| part.entry(key));
    let copies = copies.map(|(key, value)| (Key { name: "replicas".into(), ..key.clone() }, value.clone()));
    let template = template(part)?;
    let at = template.place;
    let spec = map(at, copies.into_iter().chain([entry("template", template)]).collect());
    object(app, part, "Deployment", spec)
}

fn job(app: &str, part: &Node) -> Option<Node> {
    let schedule = ["schedule", "concurrencyPolicy", "suspend"];
    let schedule = schedule.iter().filter_map(|key| part.entry(key)).map(|(key, value)| (key.clone(), value.clone()));
    let template = template(part)?;
    let at = template.place;
    let inner = map(at, vec![entry("spec", map(at, vec![entry("template", template)]))]);
    let spec = map(at, schedule.chain([entry("jobTemplate", inner)]).collect());
    // Without a schedule it is started by hand.
    part.get("schedule").and_then(|_| object(app, part, "CronJob", spec))
}

/// The description of a copy: what `podSpec` says is one container and its volumes.
fn template(part: &Node) -> Option<Node> {
    let pod = part.get("podSpec")?;
    let name = part.entry("name").map(|(key, name)| (key.clone(), name.clone()))?;
    let own = pod.entries().iter().filter(|(key, _)| !matches!(&*key.name, "volumes" | "initContainers"));
    let container = map(pod.place, std::iter::once(name).chain(own.cloned()).collect());
    let containers = Node { place: pod.place, value: Value::List(vec![container]) };
    let before = pod.get("initContainers").map(|before| {
        let list = before.items().iter().enumerate().map(|(at, item)| prepares(pod, item, at));
        entry("initContainers", Node { place: before.place, value: Value::List(list.collect()) })
    });
    let beside = ["volumes", "terminationGracePeriodSeconds"].iter().filter_map(|key| pod.entry(key));
    let beside = beside.map(|(key, value)| (key.clone(), value.clone()));
    let spec = map(pod.place, beside.chain(before).chain([entry("containers", containers)]).collect());
    Some(map(pod.place, vec![entry("spec", spec)]))
}

/// What runs before the container does, from its image unless it names one, and with its environment where it asks for that.
fn prepares(pod: &Node, item: &Node, at: usize) -> Node {
    let text = |text: String| Node { place: item.place, value: Value::Scalar(text.into()) };
    let name = item.get("name").is_none().then(|| entry("name", text(format!("init-{}", at + 1))));
    let image = pod.entry("image").filter(|_| item.get("image").is_none());
    let shares = item.get("inheritEnv").and_then(Node::flag) == Some(true);
    let env = pod.entry("env").filter(|_| shares && item.get("env").is_none());
    let own = item.entries().iter().filter(|(_, node)| node.value != Value::Null).cloned();
    let lent = [image, env].into_iter().flatten().map(|(key, node)| (key.clone(), node.clone()));
    map(item.place, name.into_iter().chain(lent).chain(own).collect())
}

/// An object, declared where its part of the application has its name.
fn object(app: &str, part: &Node, kind: &str, spec: Node) -> Option<Node> {
    let (key, name) = part.entry("name")?;
    let scalar = |text: &str, place: Place| Node { place, value: Value::Scalar(text.into()) };
    let full = scalar(&format!("{app}-{}", name.text()?), name.place);
    let kind = (Key { name: "kind".into(), ..key.clone() }, scalar(kind, name.place));
    let version = entry("apiVersion", scalar("apps/v1", name.place));
    let about = entry("metadata", map(name.place, vec![entry("name", full)]));
    Some(map(part.place, vec![version, kind, about, entry("spec", spec)]))
}

fn map(place: Place, entries: Vec<(Key, Node)>) -> Node {
    Node { place, value: Value::Map(entries) }
}

fn entry(name: &str, node: Node) -> (Key, Node) {
    (Key { name: name.into(), place: node.place }, node)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::texts::yaml;

    #[test]
    fn parts_become_objects() {
        let text = "\
apiVersion: cloud.redhat.com/v1alpha1
kind: ClowdApp
metadata: {name: shop}
spec:
  deployments:
  - name: worker
    minReplicas: 2
    podSpec: {image: quay.io/acme/shop, command: [celery, -A, shop, worker], volumes: [{name: tmp, emptyDir: {}}], initContainers: [{command: [alembic, upgrade, head]}]}
  jobs:
  - {name: clean, schedule: '@hourly', podSpec: {image: quay.io/acme/shop, args: [clean]}}
  - {name: once, podSpec: {image: quay.io/acme/shop}}
";
        let (documents, error) = yaml::documents(text);
        assert_eq!(error, None);
        let all = made(&documents[0]);
        let names: Vec<_> = all.iter().map(|object| (object.text_at("kind"), object.text_at("metadata.name"))).collect();
        assert_eq!(names, [(Some("Deployment"), Some("shop-worker")), (Some("CronJob"), Some("shop-clean"))]);
        assert_eq!(all[0].at("spec.replicas").and_then(Node::number), Some(2));
        let containers = all[0].items_at("spec.template.spec.containers");
        assert_eq!((containers.len(), containers[0].text_at("name")), (1, Some("worker")));
        let before = &all[0].items_at("spec.template.spec.initContainers")[0];
        assert_eq!((before.text_at("name"), before.text_at("image")), (Some("init-1"), Some("quay.io/acme/shop")));
        assert_eq!(
            all[1].items_at("spec.jobTemplate.spec.template.spec.containers")[0].text_at("image"),
            Some("quay.io/acme/shop")
        );
        assert_eq!(
            all[0].entry("kind").map(|(key, kind)| key.place.span.of(text).to_owned() + kind.place.span.of(text)),
            Some("nameworker".to_owned())
        );
    }
}
