//! Modules of routes that nobody loads: beside others that are imported one by one, nothing says the name of these.

use crate::finding::FileId;
use crate::lang::Language;
use crate::link::Project;
use crate::walk::folder_of;
use rustc_hash::{FxHashMap, FxHashSet};

impl Project {
    /// What is registered in such a module is never reached.
    pub(in crate::link) fn leave_unloaded_modules(&mut self) {
        let mut by_folder: FxHashMap<&str, Vec<FileId>> = FxHashMap::default();
        let files: FxHashSet<FileId> = self
            .entries
            .points
            .iter()
            .filter(|point| point.kind.serves())
            .map(|point| self.files().locate(point.function).0)
            .collect();
        for file in files {
            let data = self.files().get(file);
            let python = data.language == Language::Python && data.path.ends_with(".py");
            if python && !data.path.ends_with("__init__.py") && !self.is_test(self.module_body(file)) {
                by_folder.entry(folder_of(&data.path)).or_default().push(file);
            }
        }
        let mut unloaded: FxHashSet<FileId> = FxHashSet::default();
        for beside in by_folder.into_values().filter(|beside| beside.len() > 2) {
            let (loaded, others): (Vec<_>, Vec<_>) = beside.into_iter().partition(|&file| !self.importers(file).is_empty());
            // One of many that is left out; where several are, they are loaded in a way that is not seen.
            if others.len() == 1 && loaded.len() > 1 && !self.is_said_anywhere(others[0]) {
                unloaded.extend(others);
            }
        }
        if unloaded.is_empty() {
            return;
        }
        let left = |function| unloaded.contains(&self.files().locate(function).0);
        let points = self.entries.points.iter().filter(|point| !(point.kind.serves() && left(point.function))).cloned().collect();
        self.entries.points = points;
    }

    /// Whether another file says the name of a module, in code or in a text.
    fn is_said_anywhere(&self, file: FileId) -> bool {
        let path = &self.files().get(file).path;
        let stem = path.rsplit('/').next().and_then(|name| name.strip_suffix(".py")).unwrap_or_default();
        let is_word = |text: &str| {
            text.match_indices(stem).any(|(at, _)| {
                let bounded = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
                bounded(at.checked_sub(1).and_then(|before| text.as_bytes().get(before)))
                    && bounded(text.as_bytes().get(at + stem.len()))
            })
        };
        self.files().iter().any(|(other, data)| other != file && data.facts.names.iter().any(|(_, name)| is_word(name)))
    }
}
