//! Kustomize: what the overlays of a tree make of the files they are laid over. Each kustomization that no other one refers to is a set
//! of objects; its bases and patches are no objects of their own.
//!
//! | file | question |
//! |---|---|
//! | `patches` | what does an object say with a patch laid over it? |
//! | `selection` | which objects is a patch or a setting for? |
//! | `settings` | what do names, labels, images and replicas of an overlay change? |

mod patches;
mod selection;
mod settings;

use crate::deploy::readers::kubernetes::{self, Document, Set};
use crate::deploy::readers::mapped::Mapped;
use crate::deploy::sheets::Sheet;
use crate::deploy::texts::dockerfile::join;
use crate::deploy::texts::tree::{Key, Node, Value};
use crate::deploy::vocabulary::stages::Stage;
use crate::finding::{FileId, Place};
use crate::link::Files;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// How deep overlays may lie on one another.
const DEEPEST: usize = 12;

/// Most objects that all overlays of a tree make, those in between counted.
const MOST_OBJECTS: usize = 20_000;

/// What the overlays of a tree say.
#[derive(Debug, Default)]
pub(in crate::deploy) struct Overlays {
    /// A set for each overlay that no other one refers to.
    pub sets: Vec<Set<'static>>,
    /// Files that are parts of overlays.
    pub used: BTreeSet<FileId>,
}

/// An object on its way through the layers.
#[derive(Debug, Clone)]
struct Object {
    node: Node,
    /// The file it comes from.
    path: String,
    /// Names it had before, the first one first.
    names: Vec<String>,
    /// Whether nothing is missing.
    whole: bool,
}

/// Read the overlays of a tree; files in `taken` belong to somebody else.
pub(in crate::deploy) fn read(files: &Files, taken: &BTreeSet<FileId>) -> Overlays {
    let mut builder = Builder { files, layers: BTreeMap::new(), paths: BTreeMap::new(), left: MOST_OBJECTS };
    let mut overlays = Overlays::default();
    for (id, data) in files.iter().filter(|(id, _)| !taken.contains(id)) {
        let Some(Sheet::Documents(documents)) = data.facts.sheet.as_deref() else { continue };
        builder.paths.insert(&data.path, (id, documents));
        let (dir, name) = data.path.rsplit_once('/').unwrap_or(("", &data.path));
        if let Some(node) = documents.first().filter(|node| is_layer(name, node)) {
            overlays.used.insert(id);
            builder.layers.insert(dir, node);
        }
    }
    let mut referred = BTreeSet::new();
    for (dir, node) in &builder.layers {
        for path in ["resources", "bases", "components"].iter().flat_map(|key| builder.named(dir, node, key)) {
            overlays.used.extend(builder.paths.get(path.as_str()).map(|(id, _)| *id));
            referred.insert(path);
        }
        overlays.used.extend(builder.patch_files(dir, node));
    }
    let is_root = |(dir, node): &(&&str, &&Node)| !referred.contains(**dir) && node.text_at("kind") != Some("Component");
    let roots: Vec<&str> = builder.layers.iter().filter(is_root).map(|(dir, _)| *dir).collect();
    for dir in roots {
        let stage = Stage::of_path(dir);
        let objects = builder.build(dir, Vec::new(), 0);
        let document = |object: Object| Document {
            node: Cow::Owned(object.node),
            stage,
            whole: object.whole,
            group: object.path,
            origin: object.names.into_iter().next().unwrap_or_default(),
        };
        overlays.sets.push(Set { documents: objects.into_iter().map(document).collect() });
    }
    overlays
}

/// Whether a file is a kustomization. Flux has objects that are called so too.
fn is_layer(name: &str, node: &Node) -> bool {
    matches!(name, "kustomization.yaml" | "kustomization.yml" | "Kustomization")
        && matches!(node.value, Value::Map(_))
        && node
            .get("apiVersion")
            .is_none_or(|version| version.text().is_some_and(|text| text.starts_with("kustomize.config.k8s.io")))
}

/// Makes the objects of layers.
struct Builder<'f> {
    files: &'f Files,
    /// Kustomizations by folder.
    layers: BTreeMap<&'f str, &'f Node>,
    /// Files by path.
    paths: BTreeMap<&'f str, (FileId, &'f [Node])>,
    /// How many objects may still be made.
    left: usize,
}

impl<'f> Builder<'f> {
    /// The paths under a key, seen from the root.
    fn named(&self, dir: &str, node: &Node, key: &str) -> Vec<String> {
        let here = |text: &&str| !text.contains("://") && !text.contains("?ref=") && !text.contains('@');
        node.items_at(key).iter().filter_map(Node::text).filter(here).map(|text| join(dir, text)).collect()
    }

    fn patch_files(&self, dir: &str, node: &Node) -> Vec<FileId> {
        let lists = ["patches", "patchesJson6902", "patchesStrategicMerge"];
        let items = lists.iter().flat_map(|key| node.items_at(key));
        let paths = items.filter_map(|item| item.text_at("path").or_else(|| item.text().filter(|text| !text.contains('\n'))));
        paths.filter_map(|path| self.paths.get(join(dir, path).as_str()).map(|(id, _)| *id)).collect()
    }

    /// What a kustomization makes of `given` and of its own resources.
    fn build(&mut self, dir: &str, given: Vec<Object>, depth: usize) -> Vec<Object> {
        let Some(layer) = self.layers.get(dir).copied().filter(|_| depth < DEEPEST) else { return given };
        let mut objects = given;
        let paths: Vec<String> = ["resources", "bases"].iter().flat_map(|key| self.named(dir, layer, key)).collect();
        for path in paths {
            match self.paths.get(path.as_str()) {
                Some((_, documents)) => objects.extend(documents.iter().flat_map(|node| opened(&path, node))),
                None => objects.extend(self.build(&path, Vec::new(), depth + 1)),
            }
        }
        for path in self.named(dir, layer, "components") {
            objects = self.build(&path, objects, depth + 1);
        }
        self.left = self.left.saturating_sub(objects.len());
        if self.left == 0 {
            return Vec::new();
        }
        settings::generate(layer, &mut objects);
        self.patch(dir, layer, &mut objects);
        settings::apply(layer, &mut objects);
        // Patches of the old kind know names as this layer has made them.
        for item in layer.items_at("patchesJson6902") {
            self.patch_item(dir, item, &mut objects);
        }
        settings::count_and_images(layer, &mut objects);
        let others = ["transformers", "generators", "helmCharts", "helmChartInflationGenerator"];
        if others[..1].iter().any(|key| !layer.items_at(key).is_empty()) {
            objects.iter_mut().for_each(|object| object.whole = false);
        }
        objects
    }

    fn patch(&self, dir: &str, layer: &Node, objects: &mut Vec<Object>) {
        for item in layer.items_at("patchesStrategicMerge") {
            let Some(text) = item.text() else { continue };
            for patch in if text.contains('\n') { self.inline(item) } else { self.file(dir, text) } {
                patches::strategic(&patch, None, objects);
            }
        }
        for item in layer.items_at("patches") {
            self.patch_item(dir, item, objects);
        }
    }

    /// A patch by its path or its text, for the objects it names or for those that `target` does.
    fn patch_item(&self, dir: &str, item: &Node, objects: &mut Vec<Object>) {
        let target = item.get("target");
        let found = match (item.get("patch"), item.text_at("path")) {
            (Some(text), _) => self.inline(text),
            (None, Some(path)) => self.file(dir, path),
            (None, None) => Vec::new(),
        };
        if found.is_empty() {
            patches::unread(target, objects);
        }
        for patch in found {
            match patch.value {
                Value::List(_) => patches::json(&patch, target, objects),
                _ => patches::strategic(&patch, target, objects),
            }
        }
    }

    fn file(&self, dir: &str, path: &str) -> Vec<Node> {
        self.paths.get(join(dir, path).as_str()).map_or_else(Vec::new, |(_, documents)| documents.to_vec())
    }

    /// A text inside of the kustomization, as trees whose places are those of its lines.
    fn inline(&self, node: &Node) -> Vec<Node> {
        let Some(text) = node.text() else { return Vec::new() };
        let source = &self.files.get(node.place.file).text;
        let mut mapped = Mapped::default();
        // The lines of the text stand in the file in order, moved to the right.
        let mut at = node.place.span.start as usize;
        for line in text.split_inclusive('\n') {
            let bare = line.trim();
            let start = source.get(at..).and_then(|rest| rest.find(bare)).map_or(at, |found| at + found);
            let indent = line.len() - line.trim_start().len();
            let span = crate::source::Span::new(start.saturating_sub(indent), start + bare.len());
            mapped.write(line, Place { file: node.place.file, span }, true);
            at = start + bare.len();
        }
        mapped.documents(|_| true).0.into_iter().map(|document| document.node).collect()
    }
}

/// The objects of a document.
fn opened(path: &str, node: &Node) -> Vec<Object> {
    let of = |node: &Node| Object { node: node.clone(), path: path.to_owned(), names: Vec::new(), whole: true };
    match node.get("items").filter(|_| node.text_at("kind").is_some_and(|kind| kind.ends_with("List"))) {
        Some(items) => items.items().iter().map(of).collect(),
        None => kubernetes::is_object(node).then(|| of(node)).into_iter().collect(),
    }
}

impl Object {
    fn kind(&self) -> &str {
        self.node.text_at("kind").unwrap_or_default()
    }

    fn name(&self) -> &str {
        self.node.text_at("metadata.name").unwrap_or_default()
    }

    /// Whether it has this name, or had it before a layer gave it another one.
    fn is_named(&self, name: &str) -> bool {
        self.name() == name || self.names.iter().any(|old| old == name)
    }
}

/// What a map has under a key, to be changed.
fn get_mut<'n>(node: &'n mut Node, key: &str) -> Option<&'n mut Node> {
    match &mut node.value {
        Value::Map(entries) => entries.iter_mut().rev().find(|(name, _)| &*name.name == key).map(|(_, node)| node),
        _ => None,
    }
}

/// Put something under a key of a map, with a key of its own.
fn put(map: &mut Node, key: Key, node: Node) {
    if map.value == Value::Null {
        map.value = Value::Map(Vec::new());
    }
    let Value::Map(entries) = &mut map.value else { return };
    match entries.iter_mut().rev().find(|(old, _)| old.name == key.name) {
        Some(entry) => *entry = (key, node),
        None => entries.push((key, node)),
    }
}

#[cfg(test)]
mod tests;
