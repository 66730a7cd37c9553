//! What images the steps of a GitHub workflow build, and from which Dockerfile; workflows and actions of the tree that they call are
//! followed. Nothing else in such files is ours to judge.

use super::built::{self, Around, Named, is_plain_name};
use crate::deploy::texts::dockerfile::join;
use crate::deploy::texts::shell::{self, Origin};
use crate::deploy::texts::tree::Node;
use crate::deploy::vocabulary::workloads::Build;
use std::cell::Cell;
use std::collections::BTreeMap;

/// Inputs of build actions, and of workflows that wrap them, that name an image.
const NAMES: [&str; 13] = [
    "tags",
    "image_name",
    "image-name",
    "image",
    "images",
    "repository",
    "imageName",
    "image_repository",
    "image-repository",
    "repo",
    "docker_image",
    "ecr_repository",
    "ecr-repository",
];

/// How deep workflows and actions may call each other.
const DEEPEST: usize = 4;

/// How many jobs and steps are read in all, those of what is called several times counted so often.
const MOST_READ: usize = 100_000;

/// Most runs of one job.
const MOST_RUNS: usize = 200;

/// What is known where a step is read: a value by its name, `env.NAME`, `matrix.name`.
type Known<'k> = &'k dyn Fn(&str) -> Option<String>;

/// Workflows and actions of a tree.
pub(super) struct Workflows<'w> {
    /// Files that say what is built, by path.
    pub files: &'w BTreeMap<&'w str, &'w [Node]>,
    /// Whether there is such a file.
    pub exists: &'w dyn Fn(&str) -> bool,
    /// Owner and name of the project where it is published.
    pub repository: Option<&'w str>,
    /// How many were read so far.
    pub read: Cell<usize>,
}

/// Whether it is a workflow, or an action made of steps.
pub(super) fn is_workflow(node: &Node) -> bool {
    let steps_of = |job: &Node| job.items_at("steps").iter().any(|step| step.get("uses").is_some());
    let of_github = |job: &Node| job.get("runs-on").is_some() || job.get("uses").is_some() || steps_of(job);
    node.get("jobs").is_some_and(|jobs| jobs.entries().iter().any(|(_, job)| of_github(job))) || node.at("runs.steps").is_some()
}

impl Workflows<'_> {
    /// Images of one workflow or action with what builds them; `given` are the inputs that its caller gives it.
    pub(super) fn images(&self, node: &Node, given: &[(String, String)], depth: usize) -> Named {
        let mut found = Vec::new();
        let jobs = node.get("jobs").map_or(&[][..], Node::entries).iter().map(|(_, job)| job);
        for job in jobs.chain(node.get("runs")) {
            for chosen in runs(job) {
                let known = |name: &str| self.known(name, [job, node], &chosen, given);
                self.of_run(job, &known, depth, &mut found);
            }
        }
        found.dedup();
        found.into_iter().map(|(name, build)| (name, Build { known_by: "build step of a workflow", ..build })).collect()
    }

    /// What an expression is worth in one run of a job: the first of its alternatives that is known.
    fn known(
        &self,
        expression: &str,
        around: [&Node; 2],
        chosen: &[(String, Node)],
        given: &[(String, String)],
    ) -> Option<String> {
        let alternative = |text: &str| {
            let text = text.trim();
            let literal = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
            literal.map(str::to_owned).or_else(|| self.value(text, around, chosen, given))
        };
        expression.split("||").find_map(alternative).filter(|value| !value.is_empty())
    }

    fn value(&self, name: &str, around: [&Node; 2], chosen: &[(String, Node)], given: &[(String, String)]) -> Option<String> {
        if let Some(value) = self.of_repository(name) {
            return Some(value);
        }
        let value = match name.split_once('.')? {
            ("env", name) => {
                let text = around.iter().find_map(|node| node.get("env")?.text_at(name))?;
                // One variable may be made of others, but not of itself.
                let others = |other: &str| match other.strip_prefix("env.") {
                    Some(_) => None,
                    None => self.value(other, around, chosen, given),
                };
                filled(text, &others)
            }
            ("matrix", path) => {
                let (key, rest) = path.split_once('.').unwrap_or((path, ""));
                let (_, node) = chosen.iter().find(|(own, _)| own == key)?;
                (if rest.is_empty() { node.text() } else { node.text_at(rest) })?.to_owned()
            }
            ("inputs", name) => {
                let told = given.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone());
                let otherwise = || {
                    let [_, node] = around;
                    let places = ["on.workflow_call.inputs", "on.workflow_dispatch.inputs", "inputs"];
                    places.iter().find_map(|place| node.at(place)?.get(name)?.text_at("default")).map(str::to_owned)
                };
                told.or_else(otherwise)?
            }
            _ => return None,
        };
        (!value.contains("${{")).then_some(value)
    }

    fn of_repository(&self, name: &str) -> Option<String> {
        if name == "github.workspace" {
            return Some(".".to_owned());
        }
        let repository = self.repository?;
        let (owner, own) = repository.split_once('/')?;
        match name {
            "github.repository" | "GITHUB_REPOSITORY" => Some(repository.to_owned()),
            "github.event.repository.name" => Some(own.to_owned()),
            "github.repository_owner" | "GITHUB_REPOSITORY_OWNER" => Some(owner.to_owned()),
            _ => None,
        }
    }

    fn of_run(&self, job: &Node, known: Known<'_>, depth: usize, found: &mut Named) {
        let exists = self.exists;
        if !self.may_read() {
            return;
        }
        // A job may hand its inputs to a workflow that builds.
        found.extend(job.get("with").into_iter().flat_map(|with| inputs(with, &[], known, exists)));
        found.extend(self.called(job, known, depth));
        // A step may only say what the image of another one is called.
        let mut named: Vec<(&str, String)> = Vec::new();
        for step in job.items_at("steps").iter().take_while(|_| self.may_read()) {
            let uses = step.text_at("uses").unwrap_or_default();
            let with = step.get("with");
            if uses.contains("metadata-action") {
                let images = with.and_then(|with| with.text_at("images")).unwrap_or_default();
                named.push((step.text_at("id").unwrap_or_default(), filled(images, known)));
            } else if uses.contains("build") || with.is_some_and(says_where) {
                found.extend(with.into_iter().flat_map(|with| inputs(with, &named, known, exists)));
            }
            found.extend(self.called(step, known, depth));
            if let Some(run) = step.get("run").and_then(Node::text) {
                let own = |name: &str| step.get("env")?.text_at(name).map(|text| filled(text, known));
                let values =
                    |name: &str| own(name).or_else(|| known(&format!("env.{name}"))).or_else(|| self.of_repository(name));
                let folder = filled(step.text_at("working-directory").unwrap_or_default(), known);
                let steps = shell::steps(&filled(run, known), Origin::Whole(step.place));
                let around = Around { folders: &[&folder, ""], exists, values: &values, known_by: "" };
                found.extend(built::images(&steps, &around));
            }
        }
    }

    /// Whether one job or step more may be read: they may call each other in circles, and from many places.
    fn may_read(&self) -> bool {
        self.read.set(self.read.get() + 1);
        self.read.get() <= MOST_READ
    }

    /// What a workflow or action of the tree builds that a job or step calls.
    fn called(&self, caller: &Node, known: Known<'_>, depth: usize) -> Named {
        let Some(path) = caller.text_at("uses").and_then(|uses| uses.strip_prefix("./")).filter(|_| depth < DEEPEST) else {
            return Vec::new();
        };
        let path = path.trim_end_matches('/');
        let paths = [path.to_owned(), format!("{path}/action.yml"), format!("{path}/action.yaml")];
        let callee = paths.iter().find_map(|path| self.files.get(path.as_str()));
        let given = caller.get("with").map_or(&[][..], Node::entries).iter();
        let given: Vec<(String, String)> =
            given.filter_map(|(key, value)| Some((key.name.to_string(), filled(value.text()?, known)))).collect();
        callee.into_iter().flat_map(|nodes| nodes.iter()).flat_map(|node| self.images(node, &given, depth + 1)).collect()
    }
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
    runs.truncate(MOST_RUNS);
    if runs.is_empty() { vec![Vec::new()] } else { runs }
}

const CONTEXTS: [&str; 8] = [
    "context",
    "build_context",
    "build-context",
    "buildContext",
    "docker_context",
    "context-path",
    "path-context",
    "contextPath",
];
const FILES: [&str; 9] = [
    "file",
    "dockerfile",
    "docker_file",
    "dockerfile-path",
    "dockerfile_path",
    "Dockerfile",
    "docker-file",
    "dockerFile",
    "dockerfilePath",
];

/// Whether inputs say from where an image is built.
pub(super) fn says_where(with: &Node) -> bool {
    CONTEXTS.iter().chain(&FILES).any(|key| with.get(key).is_some())
}

/// `context`, `file`, `target` and the names of a build action.
pub(super) fn inputs(
    with: &Node,
    named: &[(&str, String)],
    known: Known<'_>,
    exists: &dyn Fn(&str) -> bool,
) -> Vec<(String, Build)> {
    let text = |keys: &[&str]| keys.iter().find_map(|key| with.text_at(key)).map(|text| filled(text, known));
    let context = text(&CONTEXTS).map_or(String::new(), |context| join("", &context));
    let file = text(&FILES).map(|file| join("", &file));
    // A file is named from the root, or from the folder that is built.
    let usual = || ["Dockerfile", "Containerfile"].map(|name| join(&context, name));
    let files = file.map_or_else(usual, |file| [file.clone(), join(&context, &file)]);
    let Some(dockerfile) = files.into_iter().find(|path| exists(path)) else { return Vec::new() };
    let arguments = text(&["build-args"]).unwrap_or_default();
    let arguments = arguments.lines().filter_map(|line| line.trim().split_once('='));
    let arguments = arguments.filter(|(_, value)| !value.contains('$')).map(|(name, value)| (name.to_owned(), value.to_owned()));
    let build = Build { context, dockerfile, target: text(&["target"]), arguments: arguments.collect(), known_by: "" };
    let own = NAMES.iter().chain(&["labels"]).filter_map(|key| with.text_at(key)).flat_map(|text| {
        let told = named.iter().filter(move |(id, _)| text.contains(&format!("steps.{id}.")));
        // Labels are no names, but tell which step has the names.
        let labels = text.contains(".labels");
        told.map(|(_, images)| images.clone()).chain((!labels).then(|| filled(text, known)))
    });
    // `type=image,name=ghcr.io/acme/shop,push=true`
    let pushed =
        with.text_at("outputs").and_then(|text| Some(filled(text, known).replace('"', "").split_once("name=")?.1.to_owned()));
    let names = own.flat_map(|text| text.split(['\n', ',']).map(str::to_owned).collect::<Vec<_>>());
    let names = names.chain(pushed.and_then(|text| text.split(',').next().map(str::to_owned)));
    let plain: Vec<String> = names.map(|name| name.trim().to_owned()).filter(|name| is_plain_name(name)).collect();
    // That it is built is known even where nobody knows what it is called.
    let found = if plain.is_empty() && says_where(with) { vec![String::new()] } else { plain };
    found.into_iter().map(|name| (name, build.clone())).collect()
}

/// A text with what is known filled in; other expressions become a `$` that no plain name has.
pub(super) fn filled(text: &str, known: Known<'_>) -> String {
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

    fn of(node: &Node, repository: Option<&str>) -> Named {
        let action = yaml::documents(ACTION).0;
        let files = BTreeMap::from([(".github/actions/image/action.yml", action.as_slice())]);
        let exists = |path: &str| path.starts_with("services/");
        Workflows { files: &files, exists: &exists, repository, read: Cell::default() }.images(node, &[], 0)
    }

    const ACTION: &str = "\
inputs: {name: {required: true}, folder: {default: services}}
runs:
  using: composite
  steps:
    - run: docker build -t \"$REGISTRY/${{ inputs.name }}:1\" ${{ inputs.folder }}/${{ inputs.name }}
";

    #[test]
    fn what_is_called_builds_too() {
        let text = "\
on: push
env: {IMAGE: '${{ github.repository }}-web'}
jobs:
  images:
    runs-on: x
    steps:
      - uses: ./.github/actions/image
        with: {name: mail}
      - run: |
          NAME=${IMAGE,,}
          docker build -f services/web/Dockerfile --target run . -t ghcr.io/$IMAGE:$TAG
          docker tag ghcr.io/$IMAGE:$TAG acme/front
";
        let (documents, _) = yaml::documents(text);
        let shown = |repository| {
            let found = of(&documents[0], repository);
            found.into_iter().map(|(name, build)| format!("{name} {} {}", build.dockerfile, build.context)).collect::<Vec<_>>()
        };
        assert_eq!(
            shown(Some("acme/shop")),
            [
                "$REGISTRY/mail:1 services/mail/Dockerfile services/mail",
                "ghcr.io/acme/shop-web:$TAG services/web/Dockerfile ",
                "acme/front services/web/Dockerfile "
            ]
        );
        assert_eq!(shown(None), ["$REGISTRY/mail:1 services/mail/Dockerfile services/mail"]);
    }

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
        let found = of(&documents[0], None);
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
