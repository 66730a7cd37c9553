//! Which crates and modules are no part of what runs? Libraries that others name under `[dev-dependencies]` and nowhere else, crates that
//! no build reaches, and files that their parent declares under `#[cfg(test)]`.

use super::crates::{Crates, Manifest, manifests};
use crate::link::Files;
use std::collections::BTreeSet;

/// How the paths of files begin that are there for tests alone, or for nothing.
pub(super) fn for_tests(files: &Files, crates: &Crates) -> Vec<String> {
    let mut found = test_crates(files);
    found.extend(crates.left_out());
    for (_, data) in files.iter().filter(|(_, data)| !data.facts.test_submodules.is_empty()) {
        let (folder, file) = data.path.rsplit_once('/').unwrap_or(("", &data.path));
        let stem = file.trim_end_matches(".rs");
        // `main.rs`, `lib.rs` and `mod.rs` stand for their folder, any other file for one of its own name.
        let own = matches!(stem, "main" | "lib" | "mod") || folder.ends_with("/bin");
        let beside =
            [folder, if own { "" } else { stem }].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("/");
        for path in &data.facts.test_submodules {
            let path = path.iter().map(|&name| data.facts.names.get(name));
            let module = std::iter::once(beside.as_str()).chain(path).collect::<Vec<_>>().join("/");
            let module = module.trim_start_matches('/');
            found.extend([format!("{module}.rs"), format!("{module}/")]);
        }
    }
    found
}

/// The folders of such crates, each with a slash behind it.
fn test_crates(files: &Files) -> Vec<String> {
    let manifests = manifests(files);
    let named =
        |sections: &[&str]| -> BTreeSet<String> { manifests.iter().flat_map(|manifest| manifest.depends_on(sections)).collect() };
    let for_tests = named(&["dev-dependencies"]);
    if for_tests.is_empty() {
        return Vec::new();
    }
    let in_use = named(&["dependencies", "build-dependencies"]);
    let is_program = |manifest: &Manifest| {
        let beginning = manifest.beginning();
        manifest.table.contains_key("bin")
            || files.iter().any(|(_, data)| {
                let inside = data.path.strip_prefix(beginning.as_str());
                inside.is_some_and(|inner| inner == "src/main.rs" || inner.starts_with("src/bin/"))
            })
    };
    let serves_tests = |manifest: &&Manifest| {
        let only = |name: String| for_tests.contains(&name) && !in_use.contains(&name);
        !manifest.folder.is_empty() && manifest.name().is_some_and(only) && !is_program(manifest)
    };
    manifests.iter().filter(serves_tests).map(Manifest::beginning).collect()
}

/// The folders of crates that run in a browser, each with a slash behind it: those built on a framework for pages in WebAssembly
/// that has no server side.
pub(in crate::link) fn browser_crates(files: &Files) -> Vec<String> {
    let runs_there = |manifest: &Manifest| {
        let named = manifest.depends_on(&["dependencies"]);
        !manifest.folder.is_empty() && named.iter().any(|name| matches!(name.as_str(), "yew" | "seed" | "sycamore"))
    };
    manifests(files).iter().filter(|manifest| runs_there(manifest)).map(Manifest::beginning).collect()
}
