//! Which extension traits each file may call methods of: those it imports, itself or by a `*` import of a module that does. And what
//! generators write, which is known by its name alone.

use super::modules::Modules;
use crate::lang::Language;
use crate::link::{FileData, Files};
use crate::models::{Models, NodeId};

/// Which extension traits each file has in scope; one that names no import always is.
pub(crate) fn active_extensions(files: &Files, modules: &Modules, models: &Models) -> Vec<Vec<u16>> {
    // What the imports of each file name, and whether they bring all that is in it.
    let nodes_of = |data: &FileData| -> Vec<(NodeId, bool)> {
        let names = &data.facts.names;
        let path = |path: &[_]| path.iter().map(|&name| names.get(name)).collect::<Vec<_>>().join(".");
        let imports = data.facts.imports.iter();
        imports.filter_map(|import| Some((models.find(data.language, &path(&import.path))?, import.glob))).collect()
    };
    let nodes: Vec<_> = files.list().iter().map(nodes_of).collect();
    let brings = |wanted: NodeId, &(node, glob): &(NodeId, bool)| node == wanted || (glob && models.is_child(node, wanted));
    let of_file = |(file, data): (_, &FileData)| {
        let imports = |wanted: NodeId| {
            let mut in_scope = modules.files_through(file).flat_map(|file| &nodes[file.index()]);
            in_scope.any(|node| brings(wanted, node))
        };
        let active = models
            .extensions(data.language)
            .enumerate()
            .filter(|(_, extension)| extension.imports.is_empty() || extension.imports.iter().any(|&wanted| imports(wanted)));
        active.map(|(at, _)| u16::try_from(at).unwrap_or(u16::MAX)).collect()
    };
    files.iter().map(of_file).collect()
}

/// What a generator wrote, known by how its name ends, in whatever package or module it lies: segment number `at` of a path. A crate may
/// be called anything.
pub(crate) fn generated(models: &Models, language: Language, at: usize, segment: &str) -> Option<NodeId> {
    models.ending(models.root(language), segment).filter(|_| at > 0 || language == Language::Python)
}
