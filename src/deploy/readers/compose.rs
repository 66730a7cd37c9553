//! docker compose: which files make a project, how they merge, and what a service says. One file that stands alone, or a base with one
//! file laid over it, is a scenario.

mod merge;
mod services;

use crate::deploy::texts::dockerfile::join;
use crate::deploy::texts::tree::Node;
use crate::deploy::vocabulary::stages::Stage;
use crate::deploy::vocabulary::workloads::{Affinity, Workload};
use crate::walk::folder_of;
use std::collections::BTreeMap;

/// A compose file.
#[derive(Debug)]
pub(in crate::deploy) struct File<'f> {
    /// Its path.
    pub path: &'f str,
    /// Its tree, variables filled in.
    pub node: Node,
}

/// What compose files say.
#[derive(Debug, Default)]
pub(in crate::deploy) struct Stacks {
    pub workloads: Vec<Workload>,
    pub affinities: Vec<Affinity>,
}

/// Whether a document is a compose file.
pub(in crate::deploy) fn is_compose(path: &str, node: &Node) -> bool {
    let service = |node: &Node| {
        ["image", "build", "extends", "command", "ports", "volumes", "environment", "deploy", "networks", "depends_on"]
            .iter()
            .any(|key| node.entry(key).is_some())
    };
    let services = node.get("services").map_or(&[][..], Node::entries);
    let named = file_name(path).contains("compose");
    let others = ["apiVersion", "provider", "databases", "jobs", "stages"].iter().any(|key| node.entry(key).is_some());
    !services.is_empty() && !others && (named || services.iter().any(|(_, of)| service(of)))
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether the name of a file says that a swarm runs it.
fn is_stack(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    let name = file_name(&path);
    name.starts_with("docker-stack") || name.starts_with("stack.") || path.split(['.', '-', '_', '/']).any(|word| word == "swarm")
}

/// A compose file with the defaults of its variables filled in.
pub(in crate::deploy) fn filled<'f>(path: &'f str, node: &Node) -> File<'f> {
    let mut filled = merge::interpolated(node);
    merge::share_builds(node, &mut filled);
    File { path, node: filled }
}

/// Read the compose files of a tree.
pub(in crate::deploy) fn read(files: &[File<'_>]) -> Stacks {
    let mut stacks = Stacks::default();
    let by_path: BTreeMap<&str, &File<'_>> = files.iter().map(|file| (file.path, file)).collect();
    for file in files {
        let base = base_of(file, files);
        let whole = base.map_or_else(|| file.node.clone(), |base| merge::merged(&base.node, &file.node));
        let scenario = Scenario {
            folder: base.map_or(folder_of(file.path), |base| folder_of(base.path)),
            node: &whole,
            stage: Stage::of_path(file.path),
            is_stack: is_stack(file.path),
            files: &by_path,
        };
        // A file that is laid over another one always is no scenario of its own, but what it adds is.
        let names = file.node.get("services").map_or(&[][..], Node::entries).iter().map(|(key, _)| key);
        for key in names {
            if let Some((_, service)) = whole.get("services").and_then(|services| services.entry(&key.name)) {
                services::read(&scenario, key, service, &mut stacks);
            }
        }
    }
    stacks
}

/// A file, or a base with a file laid over it.
pub(in crate::deploy) struct Scenario<'s> {
    /// What paths in it are relative to.
    folder: &'s str,
    node: &'s Node,
    stage: Stage,
    /// Whether the name of the file says that a swarm runs it.
    is_stack: bool,
    files: &'s BTreeMap<&'s str, &'s File<'s>>,
}

impl Scenario<'_> {
    /// A path written in it, seen from the root; nothing for one that leads out of the tree.
    fn path(&self, written: &str) -> Option<String> {
        let outside = written.starts_with('/') || written.starts_with('~') || written.contains("://") || written.contains('$');
        (!outside).then(|| join(self.folder, written))
    }
}

/// The file that this one is laid over: one of the same folder that says what its services run, when this one does not.
fn base_of<'f>(file: &File<'_>, files: &'f [File<'f>]) -> Option<&'f File<'f>> {
    let says = |node: &Node| node.text().is_some() || !node.entries().is_empty();
    let runs = |node: &Node| ["image", "build", "extends"].iter().any(|key| node.get(key).is_some_and(says));
    let services = file.node.get("services")?.entries();
    // What is called an override is laid over another file even where it says all of what runs.
    let overrides = file_name(file.path).contains("override");
    let lacking: Vec<&str> = services.iter().filter(|(_, node)| overrides || !runs(node)).map(|(key, _)| &*key.name).collect();
    if lacking.is_empty() {
        return None;
    }
    let below = |other: &&File<'_>| {
        other.path != file.path
            && folder_of(other.path) == folder_of(file.path)
            && lacking.iter().any(|name| {
                let service = other.node.get("services").and_then(|services| services.get(name));
                service.is_some_and(runs)
            })
    };
    // The shortest name is the base: `docker-compose.yml` before `docker-compose.prod.yml`.
    files.iter().filter(below).min_by_key(|other| (file_name(other.path).len(), other.path))
}

#[cfg(test)]
mod tests;
