//! The repository's own linter: what reviewers would otherwise have to remember.

use scalelint::rules::Rule;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// Names of libraries that are ordinary words as well: only `name.` and `name::` give them away.
const ORDINARY_WORDS: [&str; 9] = ["limits", "requests", "schedule", "click", "records", "databases", "flask", "python", "std"];

/// Longest file under `src`.
const MOST_LINES: usize = 500;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Files with this extension below `folder`, sorted, with their text.
fn files(folder: &str, extension: &str) -> Vec<(PathBuf, String)> {
    let entries = WalkDir::new(root().join(folder)).sort_by_file_name().into_iter().filter_map(Result::ok);
    let wanted = entries.map(walkdir::DirEntry::into_path).filter(|path| path.extension().is_some_and(|end| end == extension));
    wanted.filter_map(|path| fs::read_to_string(&path).ok().map(|text| (path, text))).collect()
}

fn rule_names() -> Vec<&'static str> {
    Rule::all().iter().map(|rule| rule.name).collect()
}

/// What is wrong, one line each.
fn report(problems: Vec<String>) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

#[test]
fn pages_are_complete() {
    let problems = Rule::all().iter().flat_map(|rule| {
        let page = rule.page();
        let title = (page.name != rule.name).then(|| format!("the title is {:?}", page.name));
        page.problems().into_iter().chain(title).map(|problem| format!("rules/{}.md: {problem}", rule.name))
    });
    report(problems.collect());
}

#[test]
fn pages_show_every_language_flagged_and_not() {
    let mut problems = Vec::new();
    for rule in Rule::all() {
        for language in &rule.page().languages {
            let speaks = |example: &&scalelint::rules::page::Example| {
                example.files.iter().any(|file| file.language == *language) && !example.known_gap
            };
            let examples = rule.page().examples().iter().filter(speaks);
            let (flagged, silent): (Vec<_>, Vec<_>) = examples.partition(|example| !example.marks().is_empty());
            if flagged.is_empty() || silent.is_empty() {
                problems.push(format!("rules/{}.md: {language} needs an example flagged and one not", rule.name));
            }
        }
    }
    report(problems);
}

#[test]
fn registry_pages_and_readme_agree() {
    let names = rule_names();
    assert!(names.is_sorted(), "{names:?}");
    let stem = |(path, _): (PathBuf, String)| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    assert_eq!(files("rules", "md").into_iter().filter_map(stem).collect::<Vec<_>>(), names);
    if let Ok(readme) = fs::read_to_string(root().join("README.md")) {
        // Rows of the table of rules: `| [`name`](rules/name.md) | ...`.
        let rows = readme.lines().filter_map(|line| line.strip_prefix("| ")?.split('`').nth(1));
        let listed: Vec<&str> = rows.filter(|name| readme.contains(&format!("rules/{name}.md"))).collect();
        assert_eq!(listed, names, "the README's table of rules");
        for rule in Rule::all() {
            let row = format!("| [`{name}`](rules/{name}.md) | {} |", rule.page().short(), name = rule.name);
            assert!(readme.lines().any(|line| line == row), "the README should say\n{row}");
        }
    }
}

#[test]
fn source_files_say_what_they_are_and_stay_small() {
    let problems = files("src", "rs").into_iter().flat_map(|(path, text)| {
        let silent = (!text.starts_with("//! ")).then(|| format!("{}: opens without `//!`", path.display()));
        let lines = text.lines().count();
        let long = (lines > MOST_LINES).then(|| format!("{}: {lines} lines", path.display()));
        [silent, long].into_iter().flatten()
    });
    report(problems.collect());
}

#[test]
fn rules_know_no_parser_and_no_library() {
    let packages = packages();
    assert!(packages.contains("requests"), "the canary must be alive");
    let mut problems = Vec::new();
    for (path, text) in files("src/rules", "rs") {
        for parser in ["tree_sitter", "syn::", "lang::"] {
            if text.contains(parser) {
                problems.push(format!("{}: mentions {parser}", path.display()));
            }
        }
        for (line, literal) in string_literals(&text) {
            for package in packages.iter().filter(|package| names_library(literal, package)) {
                problems.push(format!("{}:{line}: {literal:?} names the library {package}", path.display()));
            }
        }
    }
    report(problems);
}

#[test]
fn languages_know_no_rule() {
    let files = files("src/lang", "rs").into_iter().chain(files("src/lang", "toml"));
    let problems = files.flat_map(|(path, text)| {
        let mentioned: Vec<_> = rule_names().into_iter().filter(|name| text.contains(name)).collect();
        mentioned.into_iter().map(move |name| format!("{}: mentions {name}", path.display()))
    });
    report(problems.collect());
}

/// The file system is touched in `src/disk.rs`, where tests can make it fail; other code has it from there.
#[test]
fn files_are_touched_in_one_place() {
    let touches = |line: &str| {
        let call = |at: usize| line[at + 4..].starts_with(|c: char| c.is_ascii_lowercase());
        let by_function = line.match_indices("fs::").any(|(at, _)| call(at) && !line.contains("rustix::fs::"));
        by_function || [".canonicalize()", ".read_dir()", "File::open", "File::create"].iter().any(|word| line.contains(word))
    };
    assert!(touches("    let text = std::fs::read(path)?;"), "the canary must be alive");
    let mut problems = Vec::new();
    for (path, text) in files("src", "rs") {
        let name = path.strip_prefix(root()).expect("a path below").to_string_lossy().replace('\\', "/");
        if name.starts_with("src/disk") || name.contains("tests") {
            continue;
        }
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let lines = code.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//") && touches(line));
        problems.extend(lines.map(|(at, line)| format!("{name}:{}: {}", at + 1, line.trim())));
    }
    report(problems);
}

/// A room of the link step or of deployment opens with a table that says which file answers which question; none is left out, none is
/// invented.
#[test]
fn rooms_list_their_files() {
    let in_rooms = ["src/link", "src/deploy"].into_iter().flat_map(|folder| {
        let own = move |(path, _): &(PathBuf, String)| path.parent().is_some_and(|up| up.ends_with(folder));
        files(folder, "rs").into_iter().filter(own)
    });
    let mut problems = Vec::new();
    // A file of code beside the rooms has no table.
    for (path, text) in in_rooms.filter(|(_, text)| text.contains("//! | file |") || text.contains("\npub(crate) mod ")) {
        let declared: BTreeSet<&str> =
            text.lines().filter_map(|line| line.trim_end_matches(';').split_once("mod ").map(|(_, name)| name)).collect();
        let rows = text.lines().filter_map(|line| line.strip_prefix("//! | `"));
        let named: BTreeSet<&str> = rows
            .flat_map(|row| row.split(" |").next().unwrap_or_default().split(", "))
            .map(|name| name.trim_matches('`'))
            .collect();
        if declared != named {
            problems.push(format!("{}: modules {declared:?}, but the table names {named:?}", path.display()));
        }
    }
    report(problems);
}

/// Messages start in lower case or with a name and end without full stop; so do those of errors and notices.
#[test]
fn messages_have_no_full_stop() {
    let mut problems = Vec::new();
    for (path, text) in files("src/rules", "rs").into_iter().filter(|(path, _)| !path.ends_with("page.rs")) {
        for (line, literal) in string_literals(&text) {
            if literal.contains(' ') && literal.ends_with('.') {
                problems.push(format!("{}:{line}: {literal:?} ends with a full stop", path.display()));
            }
        }
    }
    report(problems);
}

/// Names of all modelled libraries.
fn packages() -> BTreeSet<String> {
    let models = files("src/lang", "toml").into_iter().filter(|(path, _)| path.to_string_lossy().contains("models"));
    let package = |(path, text): (PathBuf, String)| {
        let model: toml::Table = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Some(model.get("package")?.as_str()?.to_owned())
    };
    models.filter_map(package).collect()
}

fn names_library(literal: &str, package: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    literal.match_indices(package).any(|(at, _)| {
        let (before, after) = (&literal[..at], &literal[at + package.len()..]);
        if before.ends_with(is_word) || after.starts_with(is_word) {
            return false;
        }
        let continues =
            after.strip_prefix('.').or_else(|| after.strip_prefix("::")).is_some_and(|rest| rest.starts_with(is_word));
        continues || !ORDINARY_WORDS.contains(&package)
    })
}

/// String literals of Rust source with their lines, comments left out. Reads plain strings only, which is what rules write.
fn string_literals(source: &str) -> Vec<(usize, &str)> {
    let mut literals = Vec::new();
    for (at, line) in source.lines().enumerate() {
        let code = line.split_once("//").map_or(line, |(code, _)| if code.matches('"').count() % 2 == 0 { code } else { line });
        literals.extend(code.split('"').skip(1).step_by(2).map(|literal| (at + 1, literal)));
    }
    literals
}
