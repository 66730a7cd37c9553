//! Small platform files: one file, or one beside the code, says what runs.
//!
//! | file | question |
//! |---|---|
//! | `fly`, `render`, `app_engine`, `copilot` | what does this platform's file run? |
//! | `functions` | which functions are started for events? |
//! | `managers` | what do systemd and supervisord start? |
//! | `names` | what are images called that scripts and build files make? |
//! | `built` | which images does a command build, and from what? |
//! | `repository` | where is the project published, after which images are called? |
//! | `workflows`, `pipelines` | which images do the steps of GitHub and of other build services make? |

mod app_engine;
mod built;
mod copilot;
mod fly;
mod functions;
mod managers;
mod names;
mod pipelines;
mod render;
mod repository;
mod workflows;

pub(in crate::deploy) use names::image_names;
pub(in crate::deploy) use repository::repository;

use crate::deploy::readers::words;
use crate::deploy::sheets::Sheet;
use crate::deploy::texts::dockerfile::join;
use crate::deploy::texts::tree::{Key, Node};
use crate::deploy::vocabulary::amount::{Amount, Counted};
use crate::deploy::vocabulary::deployment::Deployment;
use crate::deploy::vocabulary::stages::Stage;
use crate::deploy::vocabulary::workloads::{Affinity, Build, Container, Platform, Workload};
use crate::finding::{Note, Place};
use crate::link::Files;
use crate::walk::folder_of;

/// A file of a platform.
#[derive(Debug, Clone, Copy)]
struct File<'f> {
    path: &'f str,
    node: &'f Node,
}

/// Read the platform files of a tree.
pub(in crate::deploy) fn read(files: &Files, deployment: &mut Deployment) {
    for (_, data) in files.iter() {
        let Some(Sheet::Documents(documents)) = data.facts.sheet.as_deref() else { continue };
        for node in documents {
            let file = File { path: &data.path, node };
            let name = file.name().to_ascii_lowercase();
            if name.starts_with("fly") && name.ends_with(".toml") {
                fly::read(file, &|path| files.iter().any(|(_, data)| data.path == path), deployment);
            } else if name.starts_with("render.y") {
                render::read(file, deployment);
            } else if name.ends_with(".service") {
                managers::unit(file, deployment);
            } else if name.contains("supervisor") {
                managers::supervisor(file, files, deployment);
            } else if copilot::is_manifest(node) {
                copilot::read(file, deployment);
            } else if app_engine::is_app(file) {
                app_engine::read(file, deployment);
            } else {
                functions::read(file, deployment);
            }
        }
    }
}

impl<'f> File<'f> {
    fn name(self) -> &'f str {
        self.path.rsplit('/').next().unwrap_or(self.path)
    }

    fn folder(self) -> &'f str {
        folder_of(self.path)
    }

    /// A path written in it, seen from the root.
    fn beside(self, path: &str) -> String {
        join(self.folder(), path.trim_start_matches("./"))
    }

    fn workload(self, name: &str, kind: &str, platform: Platform, place: Place) -> Workload {
        let mut workload = Workload::new(name, kind, platform, place);
        workload.stage = Stage::of_path(self.path).or(Stage::of_name(name));
        workload.group = format!("{}:{name}", self.path);
        workload
    }

    /// A container that runs what stands beside the file.
    fn container(self, name: &str, place: Place, known_by: &'static str) -> Container {
        let mut container = Container::new(name, place);
        let context = self.folder().to_owned();
        container.build = Some(Build { context, dockerfile: String::new(), target: None, arguments: Vec::new(), known_by });
        container
    }
}

/// A number under a key, as evidence.
fn number_at(node: &Node, path: &str) -> Option<(u32, Place)> {
    let (parent, last) = path.rsplit_once('.').map_or((Some(node), path), |(parent, last)| (node.at(parent), last));
    let (key, value) = parent?.entry(last)?;
    Some((value.number()?, words::joined(key.place, value.place)))
}

/// From a least to a most number, with the place of the most.
fn range(least: Option<(u32, Place)>, most: Option<(u32, Place)>, lowest: u32, highest: Option<u32>) -> Counted {
    let amount =
        Amount { least: Some(least.map_or(lowest, |(number, _)| number)), most: most.map(|(number, _)| number).or(highest) };
    let place = most.or(least).map(|(_, place)| place);
    Counted { amount, evidence: place.map(|place| Note { place, message: format!("{amount} instances") }).into_iter().collect() }
}

/// A setting under `parent` that is on and ties clients to copies of the workload that is added next.
fn tie(deployment: &mut Deployment, stage: Stage, (parent, key): (Option<&Node>, &str), advice: &'static str) {
    if let Some((key, value)) = parent.and_then(|parent| parent.entry(key))
        && value.flag() == Some(true)
    {
        deployment.affinities.push(Affinity {
            place: setting(key, value),
            setting: format!("{}: true", key.name),
            by: "cookie",
            workloads: vec![deployment.workloads.len()],
            stage,
            advice,
        });
    }
}

/// From a key to the end of its value.
fn setting(key: &Key, value: &Node) -> Place {
    words::joined(key.place, value.place)
}

/// How many dynos of a kind an `app.json` beside the Procfile asks for.
pub(in crate::deploy) fn formation(files: &Files, folder: &str, process: &str) -> Option<Counted> {
    let path = join(folder, "app.json");
    let (_, data) = files.iter().find(|(_, data)| data.path == path)?;
    let Sheet::Documents(documents) = data.facts.sheet.as_deref()? else { return None };
    let formation = documents.first()?.get("formation")?;
    let listed = || formation.items().iter().find(|item| item.text_at("process") == Some(process));
    let (number, place) = number_at(formation.get(process).or_else(listed)?, "quantity")?;
    Some(Counted::stated(Amount::exactly(number), Note { place, message: format!("quantity: {number}") }))
}

#[cfg(test)]
mod tests;
