//! What images are called that scripts and build files make: `docker build -t NAME -f FILE DIR`, bake targets, skaffold artifacts, steps
//! of build services. Such files are read for these names and for nothing else.

use super::built::{self, Around, Named, is_plain_name};
use super::pipelines;
use super::workflows::{self, Workflows};
use crate::deploy::processes::images::BY_SCRIPT;
use crate::deploy::readers::openshift;
use crate::deploy::sheets::Sheet;
use crate::deploy::texts::dockerfile::join;
use crate::deploy::texts::hcl::{Body, Expr, Form};
use crate::deploy::texts::recipes::Recipes;
use crate::deploy::texts::tree::Node;
use crate::deploy::vocabulary::workloads::Build;
use crate::link::Files;
use crate::walk::folder_of;
use std::cell::Cell;
use std::collections::BTreeMap;

/// Names of images with what builds them: by build services and scripts, and by recipes that somebody runs by hand. `repository` is the
/// owner and the name of the project where it is published.
pub(in crate::deploy) fn image_names(files: &Files, repository: Option<&str>) -> (Named, Named) {
    let mut names = Named::new();
    let mut by_hand = Named::new();
    let exists = |path: &str| files.by_path(path).is_some();
    let nothing = |_: &str| None;
    let built_files: BTreeMap<&str, &[Node]> = files
        .iter()
        .filter_map(|(_, data)| match data.facts.sheet.as_deref() {
            Some(Sheet::Builds(documents)) => Some((data.path.as_str(), documents.as_slice())),
            _ => None,
        })
        .collect();
    let workflows = Workflows { files: &built_files, exists: &exists, repository, read: Cell::default() };
    for (_, data) in files.iter() {
        let folder = folder_of(&data.path);
        match data.facts.sheet.as_deref() {
            // Scripts are started at the root as a rule; where that has no such file, beside it.
            Some(Sheet::Script(script)) => {
                let folders = ["", folder, folder_of(folder)];
                let around = Around { folders: &folders, exists: &exists, values: &nothing, known_by: BY_SCRIPT };
                names.extend(built::images(&script.steps, &around));
            }
            Some(Sheet::Recipes(recipes)) => {
                let service = data.path.to_ascii_lowercase().contains("jenkinsfile");
                let found = of_recipes(recipes, folder, &exists);
                if service { names.extend(found) } else { by_hand.extend(found) }
            }
            Some(Sheet::Builds(documents)) => {
                names.extend(documents.iter().flat_map(|node| match workflows::is_workflow(node) {
                    true => workflows.images(node, &[], 0),
                    false => pipelines::images(node, folder, &exists),
                }))
            }
            Some(Sheet::Blocks(body)) if data.path.contains("bake") => names.extend(baked(body, folder)),
            Some(Sheet::Documents(documents)) => {
                names.extend(documents.iter().flat_map(|node| artifacts(node, folder)));
                names.extend(documents.iter().flat_map(|node| openshift::builds(node, &exists)));
            }
            _ => {}
        }
    }
    (names, by_hand)
}

/// What recipes build: each is run in the folder of its file, those of a build service at the root.
fn of_recipes(recipes: &Recipes, folder: &str, exists: &dyn Fn(&str) -> bool) -> Named {
    let values = |_: &str| None;
    let folders = [folder, "", folder_of(folder)];
    let around = Around { folders: &folders, exists, values: &values, known_by: "docker build in a recipe" };
    let lines = recipes.list.iter().flat_map(|recipe| &recipe.lines);
    lines.flat_map(|line| built::images(&[recipes.settings.as_slice(), line].concat(), &around)).collect()
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
