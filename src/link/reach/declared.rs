//! Entry points that the configuration declares: functions that the platform calls although no code and no model says so.

use super::entries::EntryPoint;
use crate::facts::FunctionKind;
use crate::link::Project;
use crate::link::value::FnId;
use crate::models::EntryKind;

/// A function that the configuration declares as an entry point.
#[derive(Debug, Clone)]
pub struct DeclaredEntry {
    /// Its name, or the end of its qualified name with dots: `jobs.nightly.run`.
    pub name: String,
    /// Whether the name is a qualified one; else it is that of every function called so.
    pub qualified: bool,
    /// When it runs.
    pub kind: EntryKind,
}

impl Project {
    /// Add what the configuration declares to the entry points, and remember which declarations have code.
    pub(in crate::link) fn add_declared_entries(&mut self) {
        let declared = std::mem::take(&mut self.options.entry_points);
        if declared.is_empty() {
            return;
        }
        self.declared_found = vec![false; declared.len()];
        let functions = (0..self.files().function_count()).map(FnId::from_index);
        let named: Vec<(FnId, String)> = functions.filter_map(|function| Some((function, self.qualified(function)?))).collect();
        for (at, entry) in declared.iter().enumerate() {
            for (function, qualified) in &named {
                if fits(entry, qualified) {
                    self.declared_found[at] = true;
                    let label = qualified.rsplit('.').next().unwrap_or_default().to_owned();
                    self.entries.points.push(EntryPoint { function: *function, kind: entry.kind, label, registered: None });
                }
            }
        }
        self.entries.sort();
        self.options.entry_points = declared;
    }

    /// For each entry point of the options, whether there is such a function.
    pub(crate) fn declared_entries_found(&self) -> &[bool] {
        &self.declared_found
    }

    /// The name of a function or method with dots: the file, the class, the function. Functions inside others have none.
    fn qualified(&self, function: FnId) -> Option<String> {
        let (file, _) = self.files().locate(function);
        let data = self.files().get(file);
        let facts = self.files().facts(function);
        let is_named = |kind| matches!(kind, FunctionKind::Function | FunctionKind::Method);
        let parent = facts.parent.map(|parent| self.files().facts(self.files().function(file, parent)).kind);
        if !is_named(facts.kind) || parent.is_some_and(is_named) {
            return None;
        }
        let name = self.function_name(function).replace("::", ".");
        let stem = data.path.rsplit_once('.').map_or(data.path.as_str(), |(stem, _)| stem);
        let module = ["/__init__", "/mod", "/lib", "/main"].iter().find_map(|end| stem.strip_suffix(end));
        // `main.py` is a module of that name; only in Rust does the file stand for its folder.
        let module = module.filter(|_| data.language.path_separator() == "::" || stem.ends_with("__init__")).unwrap_or(stem);
        Some(format!("{}.{name}", module.replace('/', ".")))
    }
}

/// Whether a declaration means the function of this qualified name.
fn fits(entry: &DeclaredEntry, qualified: &str) -> bool {
    let last = || qualified.rsplit('.').next().unwrap_or_default();
    let ends = || qualified.strip_suffix(&entry.name).is_some_and(|before| before.is_empty() || before.ends_with('.'));
    if entry.qualified { ends() } else { last() == entry.name }
}
