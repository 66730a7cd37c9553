//! What images are called that scripts and build files make: `docker build -t NAME -f FILE DIR`, bake targets, skaffold artifacts.

use crate::deploy::processes::commands::{Command, Step};
use crate::deploy::readers::openshift;
use crate::deploy::sheets::Sheet;
use crate::deploy::texts::dockerfile::join;
use crate::deploy::texts::hcl::{Body, Expr, Form};
use crate::deploy::texts::tree::Node;
use crate::deploy::vocabulary::workloads::Build;
use crate::link::Files;
use crate::walk::WORKFLOWS;
use crate::walk::folder_of;

/// Names of images with what builds them.
pub(in crate::deploy) fn image_names(files: &Files) -> Vec<(String, Build)> {
    let mut names = Vec::new();
    for (_, data) in files.iter() {
        let folder = folder_of(&data.path);
        match data.facts.sheet.as_deref() {
            Some(Sheet::Script(script)) => {
                let commands = script.steps.iter().filter_map(|step| match step {
                    Step::Run(command) => Some(command),
                    Step::Set { .. } | Step::Move { .. } => None,
                });
                // Scripts are started at the root as a rule; where that has no such file, beside it.
                let exists = |path: &str| files.iter().any(|(_, data)| data.path == path);
                names.extend(commands.filter_map(|command| built(command, &["", folder], &exists)));
            }
            Some(Sheet::Documents(documents)) if data.path.starts_with(WORKFLOWS) => {
                let exists = |path: &str| files.iter().any(|(_, data)| data.path == path);
                names.extend(documents.iter().flat_map(|node| super::workflows::images(node, &exists)));
            }
            Some(Sheet::Blocks(body)) if data.path.contains("bake") => names.extend(baked(body, folder)),
            Some(Sheet::Documents(documents)) => {
                let exists = |path: &str| files.iter().any(|(_, data)| data.path == path);
                names.extend(documents.iter().flat_map(|node| artifacts(node, folder)));
                names.extend(documents.iter().flat_map(|node| openshift::builds(node, &exists)));
            }
            _ => {}
        }
    }
    names
}

/// `docker build -t NAME -f FILE DIR`.
pub(super) fn built(command: &Command, folders: &[&str], exists: &dyn Fn(&str) -> bool) -> Option<(String, Build)> {
    let words: Vec<String> = command.words.iter().map(crate::deploy::processes::commands::Word::shown).collect();
    let at = words.iter().position(|word| word == "build")?;
    if !words[..at].iter().any(|word| matches!(word.as_str(), "docker" | "podman" | "buildah")) {
        return None;
    }
    let value = |flags: &[&str]| {
        let glued = |word: &String| flags.iter().find_map(|flag| word.strip_prefix(&format!("{flag}=")).map(str::to_owned));
        let apart = words.iter().position(|word| flags.contains(&word.as_str())).and_then(|at| words.get(at + 1).cloned());
        apart.or_else(|| words.iter().find_map(glued))
    };
    let name = value(&["-t", "--tag"]).filter(|name| is_plain_name(name))?;
    let context = words.last().filter(|word| words.len() > at + 1 && !word.starts_with('-') && !word.contains('$'))?;
    let file = value(&["-f", "--file"]);
    let build = |folder: &str| {
        let context = join(folder, context);
        let dockerfile = file.as_ref().map_or_else(|| join(&context, "Dockerfile"), |file| join(folder, file));
        Build { context, dockerfile, target: value(&["--target"]), arguments: Vec::new(), known_by: "docker build in a script" }
    };
    let build = folders.iter().map(|folder| build(folder)).find(|build| exists(&build.dockerfile))?;
    Some((name, build))
}

/// Whether the last part of a name, the tag left out, is known.
pub(super) fn is_plain_name(name: &str) -> bool {
    let short = crate::deploy::processes::images::short_name(name);
    !short.is_empty() && !short.contains(['$', '{', '}', '?'])
}

/// Targets of a bake file.
fn baked(body: &Body, folder: &str) -> Vec<(String, Build)> {
    let mut names = Vec::new();
    for target in body.blocks.iter().filter(|block| &*block.kind.name == "target") {
        let text = |name: &str| target.body.get(name).and_then(text_of);
        let context = join(folder, &text("context").unwrap_or_else(|| ".".to_owned()));
        let dockerfile = join(&context, &text("dockerfile").unwrap_or_else(|| "Dockerfile".to_owned()));
        let build = Build { context, dockerfile, target: text("target"), arguments: Vec::new(), known_by: "bake target" };
        let Some(Form::List(tags)) = target.body.get("tags").map(|tags| &tags.form) else { continue };
        names.extend(tags.iter().filter_map(text_of).filter(|name| is_plain_name(name)).map(|name| (name, build.clone())));
    }
    names
}

/// A text whose variable parts are shown as such.
fn text_of(expr: &Expr) -> Option<String> {
    match &expr.form {
        Form::Scalar(text) => Some(text.to_string()),
        Form::Template(pieces) => Some(
            pieces
                .iter()
                .map(|piece| match &piece.form {
                    Form::Scalar(text) => text.to_string(),
                    _ => "?".to_owned(),
                })
                .collect(),
        ),
        _ => None,
    }
}

/// Artifacts of skaffold.
fn artifacts(node: &Node, folder: &str) -> Vec<(String, Build)> {
    if !node.text_at("apiVersion").is_some_and(|version| version.starts_with("skaffold/")) {
        return Vec::new();
    }
    let artifact = |artifact: &Node| {
        let context = join(folder, artifact.text_at("context").unwrap_or("."));
        let dockerfile = join(&context, artifact.text_at("docker.dockerfile").unwrap_or("Dockerfile"));
        let target = artifact.text_at("docker.target").map(str::to_owned);
        Some((
            artifact.text_at("image")?.to_owned(),
            Build { context, dockerfile, target, arguments: Vec::new(), known_by: "skaffold artifact" },
        ))
    };
    node.items_at("build.artifacts").iter().filter_map(artifact).collect()
}
