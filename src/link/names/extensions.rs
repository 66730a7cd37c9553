//! Which extension traits each file may call methods of: those it imports.

use crate::link::{FileData, Files};
use crate::models::Models;

/// Which extension traits each file has in scope; one that names no import always is.
pub(crate) fn active_extensions(files: &Files, models: &Models) -> Vec<Vec<u16>> {
    let of_file = |data: &FileData| {
        let facts = &data.facts;
        let imports: Vec<(Vec<&str>, bool)> = facts
            .imports
            .iter()
            .map(|import| (import.path.iter().map(|&name| facts.names.get(name)).collect(), import.glob))
            .collect();
        let nodes: Vec<_> =
            imports.iter().filter_map(|(path, glob)| Some((models.find(data.language, &path.join("."))?, *glob))).collect();
        let active = models.extensions(data.language).enumerate().filter(|(_, extension)| {
            extension.imports.is_empty()
                || extension
                    .imports
                    .iter()
                    .any(|&wanted| nodes.iter().any(|&(node, glob)| node == wanted || (glob && models.is_child(node, wanted))))
        });
        active.map(|(at, _)| u16::try_from(at).unwrap_or(u16::MAX)).collect()
    };
    files.iter().map(|(_, data)| of_file(data)).collect()
}
