//! Which crates and modules serve tests alone? Libraries that others name under `[dev-dependencies]` and nowhere else, and files that
//! their parent declares under `#[cfg(test)]`.

use crate::link::Files;
use crate::walk::folder_of;
use std::collections::BTreeSet;
use toml::{Table, Value};

/// How the paths of files begin that are there for tests alone.
pub(super) fn for_tests(files: &Files) -> Vec<String> {
    let mut found = test_crates(files);
    for (_, data) in files.iter().filter(|(_, data)| !data.facts.test_submodules.is_empty()) {
        let (folder, file) = data.path.rsplit_once('/').unwrap_or(("", &data.path));
        let stem = file.trim_end_matches(".rs");
        // `main.rs`, `lib.rs` and `mod.rs` stand for their folder, any other file for one of its own name.
        let own = matches!(stem, "main" | "lib" | "mod") || folder.ends_with("/bin");
        let beside =
            [folder, if own { "" } else { stem }].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("/");
        for &name in &data.facts.test_submodules {
            let module = [beside.as_str(), data.facts.names.get(name)].join("/");
            let module = module.trim_start_matches('/');
            found.extend([format!("{module}.rs"), format!("{module}/")]);
        }
    }
    found
}

/// The folders of such crates, each with a slash behind it.
fn test_crates(files: &Files) -> Vec<String> {
    let manifests = files.manifests().filter(|(path, _)| *path == "Cargo.toml" || path.ends_with("/Cargo.toml"));
    let tables: Vec<(&str, Table)> = manifests.filter_map(|(path, text)| Some((path, text.parse().ok()?))).collect();
    let for_tests: BTreeSet<String> = tables.iter().flat_map(|(_, table)| named_in(table, &["dev-dependencies"])).collect();
    if for_tests.is_empty() {
        return Vec::new();
    }
    let in_use: BTreeSet<String> =
        tables.iter().flat_map(|(_, table)| named_in(table, &["dependencies", "build-dependencies"])).collect();
    let is_program = |folder: &str, table: &Table| {
        table.contains_key("bin")
            || files.iter().any(|(_, data)| {
                data.path.strip_prefix(folder).is_some_and(|inner| inner == "src/main.rs" || inner.starts_with("src/bin/"))
            })
    };
    let folders = tables.iter().filter_map(|(path, table)| {
        let name = plain(table.get("package")?.get("name")?.as_str()?);
        let folder = format!("{}/", folder_of(path));
        let own = for_tests.contains(&name) && !in_use.contains(&name) && folder != "/";
        (own && !is_program(&folder, table)).then_some(folder)
    });
    folders.collect()
}

/// The folders of crates that run in a browser, each with a slash behind it: those built on a framework for pages in WebAssembly
/// that has no server side.
pub(in crate::link) fn browser_crates(files: &Files) -> Vec<String> {
    let manifests = files.manifests().filter(|(path, _)| path.ends_with("/Cargo.toml"));
    let tables = manifests.filter_map(|(path, text)| Some((path, text.parse::<Table>().ok()?)));
    let runs_there = |table: &Table| {
        named_in(table, &["dependencies"]).iter().any(|name| matches!(name.as_str(), "yew" | "seed" | "sycamore"))
    };
    tables.filter(|(_, table)| runs_there(table)).map(|(path, _)| format!("{}/", folder_of(path))).collect()
}

/// The packages that tables of these names depend on, those for single platforms included.
fn named_in(table: &Table, sections: &[&str]) -> Vec<String> {
    let platforms = table.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values).filter_map(Value::as_table);
    let tables = std::iter::once(table).chain(platforms);
    let listed = tables.flat_map(|table| sections.iter().filter_map(|section| table.get(*section)?.as_table()));
    // `alias = { package = "name" }`
    let name = |(key, value): (&String, &Value)| plain(value.get("package").and_then(Value::as_str).unwrap_or(key));
    listed.flat_map(|dependencies| dependencies.iter().map(name)).collect()
}

/// Cargo takes both signs for one.
fn plain(name: &str) -> String {
    name.replace('_', "-")
}
