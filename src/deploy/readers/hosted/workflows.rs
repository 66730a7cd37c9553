//! What images the steps of a GitHub workflow build, and from which Dockerfile. Nothing else in such files is ours to judge.

use super::names::{built, is_plain_name};
use crate::deploy::processes::commands::Step;
use crate::deploy::texts::dockerfile::join;
use crate::deploy::texts::shell::{self, Origin};
use crate::deploy::texts::tree::Node;
use crate::deploy::vocabulary::workloads::Build;

/// Inputs of build actions, and of workflows that wrap them, that name an image.
const NAMES: [&str; 6] = ["tags", "image_name", "image-name", "image", "images", "repository"];

/// What is known where a step is read: a value by its name, `env.NAME`, `matrix.name`.
type Known<'k> = &'k dyn Fn(&str) -> Option<String>;

/// Images of one workflow with what builds them.
pub(super) fn images(node: &Node, exists: &dyn Fn(&str) -> bool) -> Vec<(String, Build)> {
    let mut found = Vec::new();
    let jobs = node.get("jobs").map_or(&[][..], Node::entries).iter().map(|(_, job)| job);
    for job in jobs {
        for chosen in runs(job) {
            let known = |name: &str| known(name, [job, node], &chosen);
            images_of_run(job, &known, exists, &mut found);
        }
    }
    found.dedup();
    found.into_iter().map(|(name, build)| (name, Build { known_by: "build step of a workflow", ..build })).collect()
}

/// What a name of an expression is worth in one run of a job.
fn known(name: &str, around: [&Node; 2], chosen: &[(String, Node)]) -> Option<String> {
    let value = match name.split_once('.')? {
        ("env", name) => around.iter().find_map(|node| node.get("env")?.text_at(name))?.to_owned(),
        ("matrix", path) => {
            let (key, rest) = path.split_once('.').unwrap_or((path, ""));
            let (_, node) = chosen.iter().find(|(own, _)| own == key)?;
            (if rest.is_empty() { node.text() } else { node.text_at(rest) })?.to_owned()
        }
        _ => return None,
    };
    (!value.contains("${{")).then_some(value)
}

/// The runs of a job: one for each choice of its matrix. Where that has several lists, the others say nothing of images as a rule, and
/// one choice after the other is read for each list alone.
fn runs(job: &Node) -> Vec<Vec<(String, Node)>> {
    let Some(matrix) = job.at("strategy.matrix") else { return vec![Vec::new()] };
    let mut runs = Vec::new();
    for (key, list) in matrix.entries() {
        for item in list.items() {
            runs.push(match &*key.name {
                "exclude" => continue,
                "include" => item.entries().iter().map(|(key, value)| (key.name.to_string(), value.clone())).collect(),
                name => vec![(name.to_owned(), item.clone())],
            });
        }
    }
    if runs.is_empty() { vec![Vec::new()] } else { runs }
}

fn images_of_run(job: &Node, known: Known<'_>, exists: &dyn Fn(&str) -> bool, found: &mut Vec<(String, Build)>) {
    // A job may hand its inputs to a workflow that builds.
    found.extend(job.get("with").into_iter().flat_map(|with| inputs(with, &[], known, exists)));
    // A step may only say what the image of another one is called.
    let mut named: Vec<(&str, String)> = Vec::new();
    for step in job.items_at("steps") {
        let uses = step.text_at("uses").unwrap_or_default();
        let with = step.get("with");
        if uses.contains("metadata-action") {
            let images = with.and_then(|with| with.text_at("images")).unwrap_or_default();
            named.push((step.text_at("id").unwrap_or_default(), filled(images, known)));
        } else if uses.contains("build") || with.is_some_and(says_where) {
            found.extend(with.into_iter().flat_map(|with| inputs(with, &named, known, exists)));
        }
        if let Some(run) = step.get("run").and_then(Node::text) {
            let text = filled(run, known);
            let folder = filled(step.text_at("working-directory").unwrap_or_default(), known);
            let steps = shell::steps(&text, Origin::Whole(step.place));
            found.extend(steps.iter().filter_map(|step| match step {
                Step::Run(command) => built(command, &[&folder, ""], exists),
                Step::Set { .. } | Step::Move { .. } => None,
            }));
        }
    }
}

const CONTEXTS: [&str; 3] = ["context", "build_context", "build-context"];
const FILES: [&str; 4] = ["file", "dockerfile", "docker_file", "dockerfile-path"];

/// Whether inputs say from where an image is built.
fn says_where(with: &Node) -> bool {
    CONTEXTS.iter().chain(&FILES).any(|key| with.get(key).is_some())
}

/// `context`, `file`, `target` and the names of a build action.
fn inputs(with: &Node, named: &[(&str, String)], known: Known<'_>, exists: &dyn Fn(&str) -> bool) -> Vec<(String, Build)> {
    let text = |keys: &[&str]| keys.iter().find_map(|key| with.text_at(key)).map(|text| filled(text, known));
    let context = text(&CONTEXTS).map_or(String::new(), |context| join("", &context));
    let file = text(&FILES).map(|file| join("", &file));
    let dockerfile = file.unwrap_or_else(|| join(&context, "Dockerfile"));
    if !exists(&dockerfile) {
        return Vec::new();
    }
    let arguments = text(&["build-args"]).unwrap_or_default();
    let arguments = arguments.lines().filter_map(|line| line.trim().split_once('='));
    let arguments = arguments.filter(|(_, value)| !value.contains('$')).map(|(name, value)| (name.to_owned(), value.to_owned()));
    let build = Build { context, dockerfile, target: text(&["target"]), arguments: arguments.collect(), known_by: "" };
    let own = NAMES.iter().filter_map(|key| with.text_at(key)).flat_map(|text| {
        let told = named.iter().filter(move |(id, _)| text.contains(&format!("steps.{id}.")));
        told.map(|(_, images)| images.clone()).chain([filled(text, known)])
    });
    // `type=image,name=ghcr.io/acme/shop,push=true`
    let pushed = with.text_at("outputs").and_then(|text| Some(filled(text, known).split_once("name=")?.1.to_owned()));
    let names = own.flat_map(|text| text.split(['\n', ',']).map(str::to_owned).collect::<Vec<_>>());
    let names = names.chain(pushed.and_then(|text| text.split(',').next().map(str::to_owned)));
    let plain: Vec<String> = names.map(|name| name.trim().to_owned()).filter(|name| is_plain_name(name)).collect();
    // That it is built is known even where nobody knows what it is called.
    let found = if plain.is_empty() && says_where(with) { vec![String::new()] } else { plain };
    found.into_iter().map(|name| (name, build.clone())).collect()
}

/// A text with what is known filled in; other expressions become a `$` that no plain name has.
fn filled(text: &str, known: Known<'_>) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${{") {
        filled.push_str(before);
        let (expression, end) = after.split_once("}}").unwrap_or((after, ""));
        filled.push_str(known(expression.trim()).as_deref().unwrap_or("$"));
        rest = end;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::texts::yaml;

    #[test]
    fn build_steps_name_images() {
        let text = "\
on: push
env: {REGISTRY: ghcr.io/acme}
jobs:
  images:
    steps:
      - uses: docker/build-push-action@v6
        with:
          context: .
          file: services/web/Dockerfile
          target: runtime
          tags: |
            ${{ env.REGISTRY }}/shop-web:${{ github.sha }}
            ${{ github.repository }}:latest
      - run: docker build -t shop-worker -f services/worker/Dockerfile .
  reused:
    uses: ./.github/workflows/build.yml
    with: {image_name: acme/shop-mail, file: services/mail/Dockerfile}
  all:
    strategy: {matrix: {include: [{name: api, at: services/api}]}}
    steps:
      - uses: docker/metadata-action@v5
        id: meta
        with: {images: 'acme/shop-${{ matrix.name }}', tags: type=sha}
      - uses: docker/build-push-action@v6
        with: {context: '${{ matrix.at }}', tags: '${{ steps.meta.outputs.tags }}', build-args: PART=api}
      - uses: docker/build-push-action@v6
        with: {context: services/front, outputs: 'type=image,name=acme/shop-front,push=true'}
";
        let (documents, error) = yaml::documents(text);
        assert_eq!(error, None);
        let found = images(&documents[0], &|path| path.starts_with("services/"));
        let shown: Vec<_> =
            found.iter().map(|(name, build)| (name.as_str(), build.dockerfile.as_str(), build.target.as_deref())).collect();
        assert_eq!(
            shown,
            [
                ("ghcr.io/acme/shop-web:$", "services/web/Dockerfile", Some("runtime")),
                ("shop-worker", "services/worker/Dockerfile", None),
                ("acme/shop-mail", "services/mail/Dockerfile", None),
                ("acme/shop-api", "services/api/Dockerfile", None),
                ("acme/shop-front", "services/front/Dockerfile", None),
            ]
        );
        assert_eq!(found[3].1.arguments, [("PART".to_owned(), "api".to_owned())]);
    }
}
