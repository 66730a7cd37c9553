//! What images the steps of a GitHub workflow build, and from which Dockerfile. Nothing else in such files is ours to judge.

use super::names::{built, is_plain_name};
use crate::deploy::processes::commands::Step;
use crate::deploy::texts::dockerfile::join;
use crate::deploy::texts::shell::{self, Origin};
use crate::deploy::texts::tree::Node;
use crate::deploy::vocabulary::workloads::Build;

/// Inputs of build actions, and of workflows that wrap them, that name an image.
const NAMES: [&str; 6] = ["tags", "image_name", "image-name", "image", "images", "repository"];

/// Images of one workflow with what builds them.
pub(super) fn images(node: &Node, exists: &dyn Fn(&str) -> bool) -> Vec<(String, Build)> {
    let mut found = Vec::new();
    let jobs = node.get("jobs").map_or(&[][..], Node::entries).iter().map(|(_, job)| job);
    for job in jobs {
        let env: Vec<&Node> = [node.get("env"), job.get("env")].into_iter().flatten().collect();
        // A job may hand its inputs to a workflow that builds.
        found.extend(job.get("with").into_iter().flat_map(|with| inputs(with, &env, exists)));
        for step in job.items_at("steps") {
            found.extend(step.get("with").into_iter().flat_map(|with| inputs(with, &env, exists)));
            if let Some(run) = step.get("run").and_then(Node::text) {
                let text = filled(run, &env);
                let folder = step.text_at("working-directory").unwrap_or_default();
                let steps = shell::steps(&text, Origin::Whole(step.place));
                found.extend(steps.iter().filter_map(|step| match step {
                    Step::Run(command) => built(command, &[folder, ""], exists),
                    Step::Set { .. } | Step::Move { .. } => None,
                }));
            }
        }
    }
    found.into_iter().map(|(name, build)| (name, Build { known_by: "build step of a workflow", ..build })).collect()
}

/// `context`, `file`, `target` and the names of a build action.
fn inputs(with: &Node, env: &[&Node], exists: &dyn Fn(&str) -> bool) -> Vec<(String, Build)> {
    let text = |keys: &[&str]| keys.iter().find_map(|key| with.text_at(key)).map(|text| filled(text, env));
    let context = text(&["context", "build_context", "build-context"]).map_or(String::new(), |context| join("", &context));
    let file = text(&["file", "dockerfile", "docker_file", "dockerfile-path"]).map(|file| join("", &file));
    let dockerfile = file.unwrap_or_else(|| join(&context, "Dockerfile"));
    if !exists(&dockerfile) {
        return Vec::new();
    }
    let build = Build { context, dockerfile, target: text(&["target"]), arguments: Vec::new(), known_by: "" };
    let names = NAMES.iter().filter_map(|key| with.text_at(key)).flat_map(|text| {
        let text = filled(text, env);
        text.split(['\n', ',']).map(|name| name.trim().to_owned()).collect::<Vec<_>>()
    });
    names.filter(|name| is_plain_name(name)).map(|name| (name, build.clone())).collect()
}

/// A text with `${{ env.NAME }}` filled in; other expressions become a `$` that no plain name has.
fn filled(text: &str, env: &[&Node]) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${{") {
        filled.push_str(before);
        let (expression, end) = after.split_once("}}").unwrap_or((after, ""));
        let value = expression.trim().strip_prefix("env.").and_then(|name| env.iter().rev().find_map(|env| env.text_at(name)));
        filled.push_str(value.filter(|value| !value.contains("${{")).unwrap_or("$"));
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
            ]
        );
    }
}
