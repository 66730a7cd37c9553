//! A small project from bytes: files that the input names itself, or examples of the pages, joined and mangled.

use super::seeds::{self, PROJECTS};
use super::text::{self, MADE, floor};
use super::words::{self, Kind};
use arbitrary::{Result, Unstructured};

/// What stands before the path of a file on a line of its own.
const MARK: &str = "=== ";

/// Most files of a project, and most bytes in all of them.
const MOST_FILES: usize = 24;
const MOST_BYTES: usize = 96 * 1024;

/// Path and text of every file.
pub type Tree = Vec<(String, String)>;

/// The project of an input.
pub fn tree(data: &[u8]) -> Tree {
    let mut tree = match data.split_first() {
        Some((&MADE, choices)) => mangled(&mut Unstructured::new(choices)),
        _ => read(&String::from_utf8_lossy(data)),
    };
    let mut seen = std::collections::BTreeSet::new();
    tree.retain(|(path, _)| is_plain(path) && seen.insert(path.clone()));
    tree.truncate(MOST_FILES);
    let mut left = MOST_BYTES;
    for (_, text) in &mut tree {
        text.truncate(floor(text, left));
        left -= text.len();
    }
    tree
}

/// The files of a project in one text, for [`tree`] to read.
pub fn written(tree: &[(String, String)]) -> String {
    tree.iter().map(|(path, text)| format!("{MARK}{path}\n{text}\n")).collect()
}

fn read(text: &str) -> Tree {
    let mut tree = Tree::new();
    for line in text.split_inclusive('\n') {
        match (line.strip_prefix(MARK), tree.last_mut()) {
            (Some(path), _) => tree.push((path.trim().to_owned(), String::new())),
            (None, Some((_, text))) => text.push_str(line),
            (None, None) => tree.push(("app.py".to_owned(), line.to_owned())),
        }
    }
    tree
}

/// Whether a path is one that a file of a project can have.
fn is_plain(path: &str) -> bool {
    let is_name = |name: &str| !matches!(name, "" | "." | ".." | ".git") && name.len() < 60 && !name.contains('\0');
    path.len() < 120 && path.split('/').all(is_name)
}

/// Some examples in one tree, then changes as long as there are choices.
fn mangled(choices: &mut Unstructured<'_>) -> Tree {
    let mut tree = Tree::new();
    let count = choices.int_in_range(1..=3).unwrap_or(1);
    for _ in 0..count {
        if let Ok(files) = choices.choose(&PROJECTS) {
            tree.extend(files.iter().cloned());
        }
    }
    while !choices.is_empty() {
        let _ = change(choices, &mut tree);
    }
    tree
}

/// One change more.
fn change(choices: &mut Unstructured<'_>, tree: &mut Tree) -> Result<()> {
    let at = choices.choose_index(tree.len().max(1))?;
    let Some((path, text)) = tree.get_mut(at) else { return Ok(()) };
    let kind = seeds::kind_of(path).unwrap_or(Kind::Toml);
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let start = choices.int_in_range(0..=lines.len())?;
    let end = (start + choices.int_in_range(0..=6)?).min(lines.len());
    let (head, middle, tail) = (lines[..start].concat(), lines[start..end].concat(), lines[end..].concat());
    match choices.int_in_range(0..=9_u8)? {
        0 => *text = head + &tail,
        1 => *text = head + &middle.repeat(choices.int_in_range(2..=4)?) + &tail,
        2 => *text = middle + &head + &tail,
        3 | 4 => {
            let other = choices.choose(seeds::texts(kind))?;
            let count = other.lines().count();
            let from = choices.int_in_range(0..=count)?;
            let taken: String = other.split_inclusive('\n').skip(from).take(choices.int_in_range(1..=8)?).collect();
            *text = head + &taken + &middle + &tail;
        }
        5 | 6 => {
            let word = *choices.choose(words::of(kind))?;
            let at = floor(&middle, choices.int_in_range(0..=middle.len())?);
            *text = format!("{head}{}{word}{}{tail}", &middle[..at], &middle[at..]);
        }
        7 => {
            let number = *choices.choose(&["0", "-1", "1", "9", "99999999999", "0.5", "None", "null", "\"3\"", "${A}", "é"])?;
            *text = format!("{head}{}{tail}", middle.replacen(|c: char| c.is_ascii_digit(), number, 2));
        }
        8 => {
            let made = {
                let length = choices.int_in_range(0..=24)?;
                text::made(&mut Unstructured::new(choices.bytes(length)?), kind)
            };
            *text = head + &made + &middle + &tail;
        }
        _ => {
            let name = *choices.choose(&PATHS)?;
            *path = name.to_owned();
        }
    }
    Ok(())
}

/// Names that mean something.
const PATHS: [&str; 40] = [
    "app.py",
    "app/__init__.py",
    "app/models.py",
    "src/main.rs",
    "src/lib.rs",
    "src/db/mod.rs",
    "Cargo.toml",
    "pyproject.toml",
    "requirements.txt",
    "scalelint.toml",
    "app/scalelint.toml",
    "Dockerfile",
    "docker/Dockerfile.prod",
    "docker-compose.yml",
    "compose.override.yaml",
    "k8s/app.yaml",
    "chart/Chart.yaml",
    "chart/values.yaml",
    "chart/values-prod.yaml",
    "chart/templates/app.yaml",
    "chart/templates/_helpers.tpl",
    "base/kustomization.yaml",
    "overlays/prod/kustomization.yaml",
    "main.tf",
    "modules/a/main.tf",
    "terraform.tfvars",
    "Procfile",
    "entrypoint.sh",
    "supervisord.conf",
    "app.service",
    "nginx.conf",
    "haproxy.cfg",
    "Caddyfile",
    "fly.toml",
    "traefik.toml",
    "render.yaml",
    "app.json",
    "serverless.yml",
    "migrations/0001.sql",
    ".github/workflows/ci.yml",
];
