//! What images the files of other build services make: GitLab, CircleCI, Azure, Cloud Build, CodeBuild, Tekton, chartpress, and lists
//! that steps read. Each has a schema of its own; what they have in common is commands, words of a builder, and maps that name an image
//! beside its Dockerfile.

use super::built::{self, Around, Named, is_plain_name};
use super::workflows::{inputs, says_where};
use crate::deploy::processes::commands::Step;
use crate::deploy::texts::dockerfile::join;
use crate::deploy::texts::shell::{self, Origin};
use crate::deploy::texts::tree::{Key, Node, Value};
use crate::deploy::vocabulary::workloads::Build;
use crate::finding::Place;
use std::collections::BTreeMap;

/// Words that only commands which build images have.
const BUILDERS: [&str; 7] = ["docker", "podman", "buildah", "kaniko", "nerdctl", "acr build", "builds submit"];

/// Images of one document with what builds them. `folder` is that of its file.
pub(super) fn images(node: &Node, folder: &str, exists: &dyn Fn(&str) -> bool) -> Named {
    let known_by = "build step of a pipeline";
    if node.get("charts").is_some_and(|charts| !charts.items().is_empty()) {
        return node.items_at("charts").iter().flat_map(|chart| of_chart(chart, folder, exists)).collect();
    }
    let variables = variables(node);
    let values = |name: &str| variables.get(name).map(|value| (*value).to_owned());
    let around = Around { folders: &[""], exists, values: &values, known_by };
    let mut found = Named::new();
    let mut stack = vec![node];
    while let Some(node) = stack.pop() {
        match &node.value {
            Value::Scalar(text) => found.extend(of_script(text, node.place, "", &around)),
            Value::Map(entries) => {
                found.extend(words_of_builder(node, &around));
                found.extend(named_beside_file(node, &around));
                let folder = ["working_directory", "workingDirectory"].iter().find_map(|key| node.text_at(key));
                for (key, node) in entries.iter().rev() {
                    match (node.text(), folder) {
                        (Some(text), Some(folder)) => found.extend(of_script(text, key.place, folder, &around)),
                        _ => stack.push(node),
                    }
                }
            }
            Value::List(items) => {
                found.extend(named_beside_file(&parameters(items, node.place), &around));
                // Lines of one script: where the first ones go to counts for the others.
                let lines: Option<Vec<&str>> = items.iter().map(Node::text).collect();
                match lines {
                    Some(lines) => found.extend(of_script(&lines.join("\n"), node.place, "", &around)),
                    None => stack.extend(items.iter().rev()),
                }
            }
            Value::Null | Value::Unknown => {}
        }
    }
    found.dedup();
    found
}

/// What a text builds that may be a script, started in `folder`.
fn of_script(text: &str, place: Place, folder: &str, around: &Around<'_>) -> Named {
    if !text.contains("build") && !text.contains("kaniko") || !BUILDERS.iter().any(|builder| text.contains(builder)) {
        return Vec::new();
    }
    built::images(&shell::steps(text, Origin::Whole(place)), &Around { folders: &[folder], ..*around })
}

/// Variables of the whole file: `variables`, `env`, `substitutions`.
fn variables(node: &Node) -> BTreeMap<String, &str> {
    let tables = ["variables", "env", "environment", "substitutions", "env.variables"].iter().filter_map(|key| node.at(key));
    let entries = tables.flat_map(Node::entries);
    entries
        .filter_map(|(key, value)| Some((key.name.to_string(), value.text().or_else(|| value.text_at("value"))?)))
        .filter(|(_, value)| !value.contains('$'))
        .collect()
}

/// `name: gcr.io/cloud-builders/docker` with `args: [build, -t, ..]`; the words of kaniko's executor.
fn words_of_builder(node: &Node, around: &Around<'_>) -> Named {
    let Some(program) = ["name", "image", "command", "entrypoint"].iter().find_map(|key| {
        let text = node.get(key).and_then(|node| node.text().or_else(|| node.items().first()?.text()))?;
        let last = crate::deploy::processes::images::short_name(text);
        match last {
            "docker" | "podman" | "buildah" => Some(last),
            "executor" => Some("executor"),
            _ => text.contains("kaniko").then_some("executor"),
        }
    }) else {
        return Vec::new();
    };
    let filled = |text: &str| shell::steps(&format!("x {text}"), Origin::Whole(node.place));
    let words = node.items_at("args").iter().filter_map(Node::text).map(|text| match filled(text).first() {
        Some(Step::Run(command)) => command.words.get(1).map_or_else(String::new, |word| word.filled(around.values)),
        _ => text.to_owned(),
    });
    let words: Vec<String> = std::iter::once(program.to_owned()).chain(words).collect();
    built::built(&words, node.text_at("dir").unwrap_or_default(), around)
}

/// A map that says from where something is built, and what it is called.
fn named_beside_file(node: &Node, around: &Around<'_>) -> Named {
    if !says_where(node) {
        return Vec::new();
    }
    let known = |name: &str| (around.values)(name);
    let named = inputs(node, &[], &known, around.exists).into_iter().filter(|(name, _)| is_plain_name(name));
    named.map(|(name, build)| (name, Build { known_by: around.known_by, ..build })).collect()
}

/// A list of `name` and `value` as the map that it stands for, an image under what Tekton's pipelines call it.
fn parameters(items: &[Node], place: Place) -> Node {
    let parameter = |item: &Node| {
        let name = match item.text_at("name")? {
            "output-image" => "image",
            "path-context" => "context",
            name => name,
        };
        let value = item.get("value")?;
        // `{{revision}}` is what runs it fills in.
        let text = value.text()?.replace("{{", "$").replace("}}", "");
        Some((Key { name: name.into(), place }, Node { place: value.place, value: Value::Scalar(text.into()) }))
    };
    Node { place, value: Value::Map(items.iter().filter_map(parameter).collect()) }
}

/// `imagePrefix` and `images` of a chart, each with the folder that it is built from.
fn of_chart(chart: &Node, folder: &str, exists: &dyn Fn(&str) -> bool) -> Named {
    let prefix = chart.text_at("imagePrefix").unwrap_or_default();
    let image = |(key, node): &(Key, Node)| {
        let name = node.text_at("imageName").map_or_else(|| format!("{prefix}{}", key.name), str::to_owned);
        let usual = format!("images/{}", key.name);
        let context = join(folder, node.text_at("contextPath").unwrap_or(&usual));
        let dockerfile = node.text_at("dockerfilePath").map_or_else(|| join(&context, "Dockerfile"), |path| join(folder, path));
        let build = Build { context, dockerfile, target: None, arguments: Vec::new(), known_by: "image of a chart" };
        (exists(&build.dockerfile) && is_plain_name(&name)).then_some((name, build))
    };
    chart.get("images").map_or(&[][..], Node::entries).iter().filter_map(image).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::texts::yaml;

    fn of(text: &str) -> Vec<String> {
        let (documents, error) = yaml::documents(text);
        assert_eq!(error, None);
        let found = images(&documents[0], "ci", &|path| path.starts_with("services/") || path == "ci/images/hub/Dockerfile");
        found.into_iter().map(|(name, build)| format!("{name} {} {}", build.dockerfile, build.context)).collect()
    }

    #[test]
    fn scripts_of_steps() {
        let text = "\
variables: {IMAGE: shop-api}
build:
  script:
    - cd services/api
    - docker build -t \"$REGISTRY/$IMAGE:$CI_COMMIT_SHA\" .
    - docker push $REGISTRY/$IMAGE:$CI_COMMIT_SHA
kaniko:
  script:
    - /kaniko/executor --context $CI_PROJECT_DIR/services/web --dockerfile Dockerfile --destination acme/shop-web:1
";
        let found = of(text);
        assert_eq!(
            found,
            [
                "$REGISTRY/shop-api:$CI_COMMIT_SHA services/api/Dockerfile services/api",
                "acme/shop-web:1 services/web/Dockerfile services/web"
            ]
        );
    }

    #[test]
    fn words_of_builders() {
        let text = "\
steps:
  - name: gcr.io/cloud-builders/docker
    args: [build, '-t', 'gcr.io/$PROJECT_ID/shop:${_TAG}', '-f', services/web/Dockerfile, .]
  - name: gcr.io/kaniko-project/executor:latest
    args: ['--destination=gcr.io/$PROJECT_ID/mail', '--context=dir:///workspace/services/mail']
";
        assert_eq!(
            of(text),
            [
                "gcr.io/$PROJECT_ID/shop:$_TAG services/web/Dockerfile ",
                "gcr.io/$PROJECT_ID/mail services/mail/Dockerfile services/mail"
            ]
        );
    }

    #[test]
    fn maps_and_lists_of_parameters() {
        assert_eq!(
            of("images: [{image: acme/shop, dockerfile: services/web/Dockerfile}]\n"),
            ["acme/shop services/web/Dockerfile "]
        );
        let text = "spec:\n  params:\n  - {name: output-image, value: 'quay.io/acme/shop:{{revision}}'}\n  - {name: dockerfile, value: services/web/Dockerfile}\n";
        assert_eq!(of(text), ["quay.io/acme/shop:$revision services/web/Dockerfile "]);
        let text = "charts: [{name: hub, imagePrefix: acme/k8s-, images: {hub: {valuesPath: image}, other: {}}}]\n";
        assert_eq!(of(text), ["acme/k8s-hub ci/images/hub/Dockerfile ci/images/hub"]);
    }
}
