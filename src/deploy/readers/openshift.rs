//! OpenShift's own kinds: a `Template` with its parameters filled in, what a `BuildConfig` builds, and a `ClowdApp` as the objects that
//! its operator makes of it. All end as Kubernetes objects, so no reader behind this one knows of them.

mod clowder;

use crate::deploy::processes::images;
use crate::deploy::readers::kubernetes;
use crate::deploy::texts::dockerfile::join;
use crate::deploy::texts::tree::{Key, Node, Value};
use crate::deploy::vocabulary::stages::Stage;
use crate::deploy::vocabulary::workloads::Build;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The objects that a document stands for; itself as a rule.
pub(in crate::deploy) fn objects(node: &Node) -> Vec<Cow<'_, Node>> {
    let all = match parameters(node) {
        None => vec![Cow::Borrowed(node)],
        Some(parameters) => node.items_at("objects").iter().map(|object| Cow::Owned(filled(object, &parameters))).collect(),
    };
    let made = all.into_iter().flat_map(|object| {
        if clowder::is_app(&object) { clowder::made(&object).into_iter().map(Cow::Owned).collect() } else { vec![object] }
    });
    let mut objects: Vec<Cow<'_, Node>> = made.filter(|object| kubernetes::is_object(object)).collect();
    for object in objects.iter_mut().filter(|object| object.text_at("kind") == Some("DeploymentConfig")) {
        follow_triggers(object.to_mut());
    }
    objects
}

/// A container that names no image has that of the stream whose changes start the deployment anew.
fn follow_triggers(object: &mut Node) {
    let mut streams: Vec<(Vec<String>, Node)> = Vec::new();
    for trigger in object.items_at("spec.triggers") {
        let Some(from) = trigger.at("imageChangeParams.from.name") else { continue };
        let names = trigger.items_at("imageChangeParams.containerNames").iter().filter_map(Node::text);
        streams.push((names.map(str::to_owned).collect(), from.clone()));
    }
    let Some(Value::List(containers)) = value_at(object, &["spec", "template", "spec", "containers"]) else { return };
    for container in containers {
        let named = container.text_at("image").is_some_and(|image| !image.trim().is_empty());
        let name = container.text_at("name").unwrap_or_default();
        let stream = streams.iter().find(|(names, _)| names.iter().any(|own| own == name)).map(|(_, from)| from.clone());
        let (Value::Map(entries), Some(stream), false) = (&mut container.value, stream, named) else { continue };
        entries.retain(|(key, _)| &*key.name != "image");
        entries.push((Key { name: "image".into(), place: stream.place }, stream));
    }
}

/// What stands at a path of keys, to be changed.
fn value_at<'n>(node: &'n mut Node, path: &[&str]) -> Option<&'n mut Value> {
    path.iter().try_fold(&mut node.value, |value, key| match value {
        Value::Map(entries) => entries.iter_mut().rev().find(|(name, _)| &*name.name == *key).map(|(_, node)| &mut node.value),
        _ => None,
    })
}

/// Images that a document says are built, with how.
pub(in crate::deploy) fn builds(node: &Node, exists: &dyn Fn(&str) -> bool) -> Vec<(String, Build)> {
    let kinds = ["BuildConfig", "Template"];
    if !node.text_at("kind").is_some_and(|kind| kinds.contains(&kind)) {
        return Vec::new();
    }
    objects(node)
        .iter()
        .filter(|object| object.text_at("kind") == Some("BuildConfig"))
        .filter_map(|object| built(object, exists))
        .collect()
}

/// `spec.output.to.name` of a build from a folder with a Dockerfile.
fn built(object: &Node, exists: &dyn Fn(&str) -> bool) -> Option<(String, Build)> {
    let spec = object.get("spec")?;
    let strategy = spec.at("strategy.dockerStrategy")?;
    let context = join("", spec.text_at("source.contextDir").unwrap_or_default().trim_start_matches('/'));
    let dockerfile = join(&context, strategy.text_at("dockerfilePath").unwrap_or("Dockerfile"));
    let name = spec.text_at("output.to.name").filter(|name| is_told(name))?;
    let build = Build { context, dockerfile, target: None, arguments: Vec::new(), known_by: "build configuration" };
    exists(&build.dockerfile).then(|| (name.to_owned(), build))
}

/// Whether a name says which image it is: `${NAME}-backend:${VERSION}` does, which the deployment writes in the same way.
fn is_told(name: &str) -> bool {
    let short = images::short_name(name);
    let outside = short.split("${").map(|part| part.split_once('}').map_or(part, |(_, after)| after));
    !short.contains('$') || outside.flat_map(str::chars).filter(char::is_ascii_alphanumeric).count() > 2
}

/// Parameters by name, with what they are worth where that is said.
type Parameters<'n> = BTreeMap<&'n str, Option<&'n str>>;

/// The parameters of a template; none for anything else.
fn parameters(node: &Node) -> Option<Parameters<'_>> {
    (node.text_at("kind") == Some("Template") && node.get("objects").is_some()).then(|| {
        let listed = node.items_at("parameters").iter();
        // A template is applied in each environment: what its parameters say of one is what somebody happened to try first.
        let names_stage = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric()) && Stage::is_named(text);
        let said = |text: &&str| !text.is_empty() && !names_stage(text);
        listed.filter_map(|item| Some((item.text_at("name")?, item.text_at("value").filter(said)))).collect()
    })
}

/// An object with what is known of its parameters; a value that is nothing but a parameter nobody gives is not known.
fn filled(object: &Node, parameters: &Parameters<'_>) -> Node {
    let mut filled = object.clone();
    let mut stack = vec![&mut filled];
    while let Some(node) = stack.pop() {
        if let Some(text) = node.text().filter(|text| text.contains('$')) {
            node.value = worth(text, parameters);
        }
        match &mut node.value {
            Value::List(items) => stack.extend(items),
            Value::Map(entries) => stack.extend(entries.iter_mut().map(|(_, node)| node)),
            Value::Scalar(_) | Value::Null | Value::Unknown => {}
        }
    }
    filled
}

/// `${NAME}`, or `${{NAME}}` for what is no text, filled in; what is no parameter is for the shell.
fn worth(text: &str, parameters: &Parameters<'_>) -> Value {
    let mut worth = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, sign) = rest.split_at(at);
        worth.push_str(before);
        let (open, close) = if sign.starts_with("${{") { ("${{", "}}") } else { ("${", "}") };
        let end = sign.find(close).map_or(sign.len(), |end| end + close.len());
        let name = sign.get(open.len()..end.saturating_sub(close.len())).unwrap_or_default();
        match parameters.get(name) {
            Some(Some(value)) => worth.push_str(value),
            Some(None) if end == text.len() => return Value::Unknown,
            _ => worth.push_str(&sign[..end]),
        }
        rest = &sign[end..];
    }
    worth.push_str(rest);
    Value::Scalar(worth.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::texts::yaml;

    const TEMPLATE: &str = "\
apiVersion: template.openshift.io/v1
kind: Template
objects:
- apiVersion: build.openshift.io/v1
  kind: BuildConfig
  spec:
    output: {to: {name: '${APP}:latest'}}
    source: {contextDir: /api}
    strategy: {dockerStrategy: {dockerfilePath: Dockerfile}}
- apiVersion: apps.openshift.io/v1
  kind: DeploymentConfig
  metadata: {name: '${APP}'}
  spec:
    replicas: ${{COPIES}}
    template: {spec: {containers: [{name: api, image: '${REGISTRY}/${APP}:${TAG}', command: [sh, -c, 'echo ${HOME}']}]}}
parameters:
- {name: APP, value: shop-api}
- {name: COPIES, value: '3'}
- {name: REGISTRY}
- {name: TAG, value: dev}
";

    #[test]
    fn parameters_are_filled_in() {
        let (documents, error) = yaml::documents(TEMPLATE);
        assert_eq!(error, None);
        let all = objects(&documents[0]);
        let container =
            all[1].items_at("spec.template.spec.containers").first().cloned().unwrap_or_else(|| panic!("no container"));
        assert_eq!(all[1].text_at("metadata.name"), Some("shop-api"));
        assert_eq!(all[1].at("spec.replicas").and_then(Node::number), Some(3));
        assert_eq!(container.text_at("image"), Some("${REGISTRY}/shop-api:${TAG}"));
        assert_eq!(container.items_at("command")[2].text(), Some("echo ${HOME}"));
    }

    #[test]
    fn triggers_name_images() {
        let text = "\
apiVersion: apps.openshift.io/v1
kind: DeploymentConfig
spec:
  triggers:
  - {type: ConfigChange}
  - {type: ImageChange, imageChangeParams: {containerNames: [api], from: {kind: ImageStreamTag, name: '${NAME}-api:${TAG}'}}}
  template: {spec: {containers: [{name: api, image: ' '}, {name: side}, {name: own, image: nginx}]}}
";
        let (documents, _) = yaml::documents(text);
        let all = objects(&documents[0]);
        let images: Vec<_> = all[0].items_at("spec.template.spec.containers").iter().map(|one| one.text_at("image")).collect();
        assert_eq!(images, [Some("${NAME}-api:${TAG}"), None, Some("nginx")]);
        assert!(is_told("${NAME}-api:${TAG}") && is_told("shop:${TAG}"));
        assert!(!is_told("${NAME}:${TAG}") && !is_told("${NAME}${SUFFIX}-x"));
    }

    #[test]
    fn builds_name_images() {
        let (documents, _) = yaml::documents(TEMPLATE);
        let found = builds(&documents[0], &|path| path == "api/Dockerfile");
        assert_eq!(
            found.iter().map(|(name, build)| (name.as_str(), build.context.as_str())).collect::<Vec<_>>(),
            [("shop-api:latest", "api")]
        );
    }
}
