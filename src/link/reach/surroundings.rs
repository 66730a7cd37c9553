//! What a file's place or a function's name says about its purpose: tests, examples, migrations, set-up.

use crate::lang::Language;
use crate::link::project::Project;
use crate::link::values::value::FnId;
use crate::models::EntryKind;

impl Project {
    /// Tests, fixtures, samples.
    #[must_use]
    pub fn is_test(&self, function: FnId) -> bool {
        self.entries.test[function.index()]
    }

    /// Whether the file says that people run it by hand.
    #[must_use]
    pub fn is_script(&self, function: FnId) -> bool {
        let (file, _) = self.files().locate(function);
        self.is_test(function) || self.files().purpose(file).is_some()
    }

    /// Whether the file belongs to the administration of a service, which a few people use.
    #[must_use]
    pub fn is_administration(&self, function: FnId) -> bool {
        let (file, _) = self.files().locate(function);
        self.files()
            .get(file)
            .path
            .split(['/', '.', '_'])
            .any(|word| matches!(word, "admin" | "administration" | "management" | "staff"))
    }

    /// Whether the code runs on a user's own machine, as its crate's name says.
    #[must_use]
    pub fn is_client_side(&self, function: FnId) -> bool {
        let (file, _) = self.files().locate(function);
        let data = self.files().get(file);
        let browser = || self.browser_crates.iter().any(|folder| data.path.starts_with(folder.as_str()));
        data.language == Language::Rust && (is_client_crate(&data.path) || browser())
    }

    /// Whether the file lies among scripts, which are run by hand and once.
    #[must_use]
    pub fn is_script_folder(&self, function: FnId) -> bool {
        let (file, _) = self.files().locate(function);
        is_script_folder(&self.files().get(file).path)
    }

    /// Whether a command reaches it, and nothing that serves does.
    #[must_use]
    pub fn is_command(&self, function: FnId) -> bool {
        self.is_reached(function, EntryKind::Command) && !self.is_test(function)
    }
}

/// The purpose of a whole file, by its path.
pub(crate) fn purpose(path: &str) -> Option<EntryKind> {
    let mut folders = path.split('/').collect::<Vec<_>>();
    let file = folders.pop().unwrap_or_default();
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let within = |names: &[&str]| folders.iter().any(|folder| names.contains(folder));
    let test_file = ["test_", "testing_", "mock_", "fake_"].iter().any(|beginning| stem.starts_with(beginning))
        || ["_test", "_tests", "_mock", "_mocks"].iter().any(|end| stem.ends_with(end));
    let test_name = [
        "conftest",
        "tests",
        "test",
        "factories",
        "noxfile",
        "testing",
        "test_utils",
        "fake",
        "fakes",
        "mock",
        "mocks",
        "pytest_plugin",
        // Puts load on a service.
        "locustfile",
    ]
    .contains(&stem);
    let test_folders = [
        "tests",
        "test",
        "testing",
        "testutils",
        "e2e",
        "benches",
        "benchmarks",
        "benchmark",
        "fuzz",
        "perf",
        "mock",
        "mocks",
        "fakes",
        "stubs",
        "test_client",
        "test_server",
        "test_app",
        "testapp",
    ];
    let samples = [
        "vendor",
        "vendored",
        "_vendor",
        "third_party",
        "examples",
        "example",
        "docs",
        "doc",
        "docs_src",
        "samples",
        "tutorials",
        // Where removed code is kept.
        "attic",
        "graveyard",
    ];
    let suites = folders.iter().any(|folder| {
        let ends = ["tests", "test", "testing", "mock", "mocks"];
        let named = |end: &&str| folder.strip_suffix(*end).is_some_and(|before| before.ends_with(['-', '_']));
        let kinds = ["system", "integration", "functional", "acceptance", "load", "smoke", "unit"];
        let joined = kinds.iter().any(|kind| folder.strip_prefix(kind).is_some_and(|rest| matches!(rest, "test" | "tests")));
        ends.iter().any(named) || joined || folder.starts_with("e2e")
    });
    // Whole trees of what is over, or is shown: below the root only, since a service may well have an archive, or a demonstration.
    let aside = folders
        .first()
        .is_some_and(|first| ["archive", "archived", "demo", "demos", "documentation", "notebooks"].contains(first));
    // What shows how a package of the project is used lies inside it.
    let sample_file = stem == "example" && !folders.is_empty();
    // Templates of code, to be filled in elsewhere.
    let template = path.contains("{{");
    if template || aside || test_file || test_name || sample_file || suites || within(&test_folders) || within(&samples) {
        return Some(EntryKind::Test);
    }
    if within(&["migrations", "migrate", "alembic", "versions", "south_migrations", "seeds"]) {
        return Some(EntryKind::Migration);
    }
    // `src/setup.rs` is a module like any other, `build.rs` beside `src` is run by Cargo.
    let command_file = match file.rsplit_once('.') {
        Some((_, "rs")) => stem == "build" && folders.last() != Some(&"src"),
        _ => ["setup", "manage", "build", "fabfile", "tasks_cli", "gunicorn_conf", "seed", "hatch_build"].contains(&stem),
    };
    (command_file
        || folders.iter().enumerate().any(|(at, folder)| *folder == "bin" && !holds_crates(file, &folders[at..]))
        || within(&["commands", "cli", "scripts", "tools", "hack", "ci", ".github", "dev", "docker", "devtools"])
        || folders.iter().any(|folder| folder.ends_with("-scripts") || folder.ends_with("_scripts")))
    .then_some(EntryKind::Command)
}

/// Whether a folder `bin` holds crates, each of which is a program with its modules, and no scripts: `bin/server/src/main.rs`.
fn holds_crates(file: &str, folders: &[&str]) -> bool {
    file.ends_with(".rs") && folders.contains(&"src")
}

/// Whether a file lies among scripts, seeds or backfills, which are run by hand and once.
pub(crate) fn is_script_folder(path: &str) -> bool {
    let (folders, file) = path.rsplit_once('/').unwrap_or(("", path));
    let folders: Vec<&str> = folders.split('/').collect();
    let by_folder = folders.iter().enumerate().any(|(at, folder)| {
        ["scripts", "tools", "hack", "seeds", "backfills", "dev"].contains(folder)
            || *folder == "bin" && !holds_crates(file, &folders[at..])
            || folder.ends_with("-scripts")
            || folder.ends_with("_scripts")
    });
    by_folder || ["backfill", "seed", "fixup"].iter().any(|word| file.starts_with(word))
}

/// Whether a Rust crate is a program or library on somebody's own machine.
pub(crate) fn is_client_crate(path: &str) -> bool {
    let (folders, _) = path.rsplit_once('/').unwrap_or(("", path));
    let words = [
        "cli", "client", "sdk", "desktop", "tui", "daemon", "smoke", "xtask", "mock", "test", "tests", "tester", "bench",
        "loadgen", "wasm",
    ];
    folders.split('/').any(|folder| folder.split(['-', '_']).any(|word| words.contains(&word)))
}

/// Whether a settings file is for one developer's machine or for tests.
pub(crate) fn is_for_development(path: &str) -> bool {
    let stem = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".py");
    let words = ["dev", "development", "local", "test", "tests", "testing", "debug", "ci", "example"];
    purpose(path).is_some() || stem.split(['_', '-', '.']).any(|word| words.contains(&word))
}

/// Whether a class of settings is for one developer's machine or for tests: `TestingConfig`, `Dev`.
pub(crate) fn is_class_for_development(name: &str) -> bool {
    let words = crate::link::data::replicas::words(name);
    let is = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    // `class Build(Base)`: what collects static files while an image is built runs nothing.
    words.as_slice() == ["build"]
        || is(&["test", "tests", "testing", "dev", "development"])
            && (words.len() == 1 || is(&["config", "configuration", "settings"]))
}

/// Whether a function's name says that it sets something up.
pub(crate) fn sets_up(name: &str) -> bool {
    let name = name.trim_start_matches('_');
    let prefixes = [
        "init",
        "setup",
        "set_up",
        "startup",
        "on_startup",
        "bootstrap",
        "configure",
        "create_app",
        "make_app",
        "build_app",
        "register",
    ];
    name == "main" || prefixes.iter().any(|prefix| name.starts_with(prefix))
}

/// Whether the head of a handler, its route or a permission says that it is for those who run the service.
pub(crate) fn names_administrators(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["admin", "superuser", "isstaff", "is_staff", "staff_member", "staff_required", "modelpermissions", "permission_required"]
        .iter()
        .any(|word| text.contains(word))
        // `role_required(["admin", "user"])`: everybody.
        && !text.contains("\"user\"")
        && !text.contains("'user'")
}
