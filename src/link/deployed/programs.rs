//! Which file a program of the project starts with, by what manifests say of its name.

use super::code::{below, join};
use crate::finding::FileId;
use crate::link::names::modules::folder_of;
use crate::link::project::Project;
use std::collections::{BTreeMap, BTreeSet};

impl Project {
    /// The `main.rs` of the binary with this name.
    pub(super) fn rust_program(&self, context: &str, name: &str) -> Option<FileId> {
        let mut found = Vec::new();
        for (path, manifest) in self.files().manifests_named("Cargo.toml").filter(|(path, _)| below(path, context)) {
            let folder = folder_of(path);
            let text_of = |table: &toml::Table, key: &str| table.get(key).and_then(toml::Value::as_str).map(str::to_owned);
            let bins =
                manifest.get("bin").and_then(toml::Value::as_array).into_iter().flatten().filter_map(toml::Value::as_table);
            for bin in bins.filter(|bin| text_of(bin, "name").as_deref() == Some(name)) {
                found.push(join(folder, &text_of(bin, "path").unwrap_or_else(|| format!("src/bin/{name}.rs"))));
            }
            let package = manifest.get("package").and_then(toml::Value::as_table);
            if package.and_then(|package| text_of(package, "name")).as_deref() == Some(name) {
                found.push(join(folder, "src/main.rs"));
            }
            found.push(join(folder, &format!("src/bin/{name}.rs")));
            found.push(join(folder, &format!("src/bin/{name}/main.rs")));
        }
        let files: BTreeMap<&str, FileId> = self.files().iter().map(|(file, data)| (data.path.as_str(), file)).collect();
        found.iter().find_map(|path| files.get(path.as_str()).copied())
    }

    /// `[project.scripts] name = "package.module:function"`, or a line of `console_scripts`; nothing where two packages install another
    /// program of that name.
    pub(super) fn python_program(&self, context: &str, name: &str) -> Option<FileId> {
        let manifests = self.files().manifests().filter(|(path, _)| below(path, context));
        let told = manifests.filter_map(|(path, text)| Some((folder_of(path), console_script(path, text, name)?)));
        let setups = self.files().iter().filter(|(_, data)| {
            below(&data.path, context)
                && data.path.rsplit('/').next() == Some("setup.py")
                && data.text.contains("console_scripts")
        });
        let set_up = setups.filter_map(|(_, data)| Some((folder_of(&data.path), listed(&data.text, name)?)));
        let files: BTreeSet<FileId> = told
            .chain(set_up)
            .filter_map(|(folder, target)| {
                let module = target.split(':').next()?.trim().replace('.', "/");
                self.module_ending(folder, folder, &format!("{module}.py"))
                    .or_else(|| self.module_ending(folder, folder, &format!("{module}/__init__.py")))
            })
            .collect();
        files.first().copied().filter(|_| files.len() == 1)
    }
}

/// What a manifest says that a program of this name runs.
fn console_script(path: &str, text: &str, name: &str) -> Option<String> {
    if path.ends_with("setup.cfg") {
        return listed(text, name);
    }
    let manifest = path.ends_with("pyproject.toml").then(|| text.parse::<toml::Table>().ok())??;
    let scripts = |table: Option<&toml::Value>| {
        let told = table?.get("scripts")?.get(name)?;
        // Poetry tells more of a script in a table of its own.
        let target = told.as_str().or_else(|| told.get("callable").or_else(|| told.get("reference"))?.as_str());
        target.map(str::to_owned)
    };
    let poetry = manifest.get("tool").and_then(|tool| tool.get("poetry"));
    scripts(manifest.get("project")).or_else(|| scripts(poetry))
}

/// `name = package.module:function` below `console_scripts`: lines of a section, or texts in a list of `setup.py`.
fn listed(text: &str, name: &str) -> Option<String> {
    let scripts = text.split_once("console_scripts")?.1.trim_start_matches(['"', '\'', ']', ':', '=', ' ', '[', '\n']);
    let end = scripts.find([']', '}']).or_else(|| scripts.find("\n[")).unwrap_or(scripts.len());
    let mut entries = scripts[..end].split(['\n', ',', '"', '\'']);
    entries.find_map(|entry| {
        let (own, target) = entry.split_once('=')?;
        let target = target.trim();
        (own.trim() == name && target.contains(':') && !target.contains(' ')).then(|| target.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_listed() {
        let of = |text: &str| listed(text, "shop-cli");
        let found = Some("shop.cli:main".to_owned());
        assert_eq!(of("entry_points={\"console_scripts\": [\"x = y:z\", \"shop-cli = shop.cli:main\"]},"), found);
        assert_eq!(of("entry_points='''\n[console_scripts]\nshop-cli=shop.cli:main\n'''"), found);
        assert_eq!(of("[options.entry_points]\nconsole_scripts =\n    shop-cli = shop.cli:main\n[other]\n"), found);
        assert_eq!(of("entry_points={\"console_scripts\": [\"x = y:z\"], \"shop\": [\"shop-cli = shop.cli:main\"]}"), None);
        assert_eq!(of("entry_points={}"), None);
    }

    #[test]
    fn scripts_in_tables_of_their_own() {
        let of = |text: &str| console_script("step/pyproject.toml", text, "step");
        let found = Some("scripts.run:step".to_owned());
        assert_eq!(of("[tool.poetry.scripts]\nstep = \"scripts.run:step\""), found);
        assert_eq!(of("[tool.poetry.scripts]\nstep = { callable = \"scripts.run:step\", extras = [\"x\"] }"), found);
        assert_eq!(of("[tool.poetry.scripts]\nstep = { reference = \"scripts.run:step\", type = \"console\" }"), found);
        assert_eq!(of("[tool.poetry.scripts]\nother = { callable = \"scripts.run:step\" }"), None);
    }
}
