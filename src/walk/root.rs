//! Finds the project that the typed paths belong to. The whole project is analysed; the paths only choose what is reported.

use super::{read, slashed};
use crate::disk;
use crate::error::Error;
use std::path::{Path, PathBuf};

/// What makes a folder a root for certain, and what may.
const SURE: [&str; 2] = [".git", "scalelint.toml"];
const LIKELY: [&str; 2] = ["pyproject.toml", "Cargo.toml"];

/// What the top of a project has and a folder full of projects has not: enough for the folder that somebody works in.
const TOP: [&str; 13] = [
    "pyproject.toml",
    "Cargo.toml",
    "setup.py",
    "requirements.txt",
    "Pipfile",
    "manage.py",
    "Dockerfile",
    "docker-compose.yml",
    "docker-compose.yaml",
    "compose.yml",
    "compose.yaml",
    "Procfile",
    ".gitignore",
];

/// Larger ones are nobody's configuration.
const MOST_BYTES: u64 = 1024 * 1024;

/// The root above `paths`, and each of them relative to it.
///
/// # Errors
/// When a path is not there, or two of them belong to different projects.
pub fn locate(paths: &[PathBuf]) -> Result<(PathBuf, Vec<String>), Error> {
    let here = [PathBuf::from(".")];
    let typed = if paths.is_empty() { &here } else { paths };
    let mut real = Vec::with_capacity(typed.len());
    for path in typed {
        let resolved = disk::canonicalize(path).map_err(|source| Error::Path { path: path.clone(), source })?;
        real.push(resolved);
    }
    let Some(first) = real.first() else { return Ok((PathBuf::from("."), vec![String::new()])) };
    let common = real.iter().skip(1).fold(folder_of(first), |common, path| {
        let shared = common.ancestors().find(|above| path.starts_with(above));
        shared.unwrap_or(Path::new("")).to_path_buf()
    });
    let root = match sure(&common).or_else(|| worked_in(&common, &real)).or_else(|| likely(&common)) {
        Some(root) => root,
        // Without any mark the folder itself is the project, but not one that merely lies above two of them.
        None => match typed.iter().zip(&real).find(|(_, path)| folder_of(path) != common && marked(&folder_of(path)).is_some()) {
            Some((second, _)) if typed.len() > 1 => {
                let first = typed.iter().find(|path| *path != second).unwrap_or(second);
                return Err(Error::Roots { first: first.clone(), second: second.clone() });
            }
            _ => common,
        },
    };
    let filter = real.iter().filter_map(|path| path.strip_prefix(&root).ok().map(slashed)).collect();
    Ok((root, filter))
}

/// The root of a file that need not be there: the marked folder above it. None when no folder above it has a mark.
#[must_use]
pub fn above(file: &Path) -> Option<PathBuf> {
    marked(file.ancestors().skip(1).find(|above| above.is_dir())?)
}

/// Where a path really is, its links followed. The file itself need not be there, nor the last folders above it.
#[must_use]
pub fn real(path: &Path) -> PathBuf {
    let path = &std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let known = path.ancestors().find_map(|above| Some((above, disk::canonicalize(above).ok()?)));
    match known.and_then(|(above, real)| Some((real, path.strip_prefix(above).ok()?))) {
        Some((real, rest)) if !rest.as_os_str().is_empty() => real.join(rest),
        Some((real, _)) => real,
        None => path.to_path_buf(),
    }
}

fn folder_of(path: &Path) -> PathBuf {
    if path.is_dir() { path.to_path_buf() } else { path.parent().unwrap_or(path).to_path_buf() }
}

/// The nearest folder with a mark; else the nearest with a likely one, or the Cargo workspace around it.
fn marked(folder: &Path) -> Option<PathBuf> {
    sure(folder).or_else(|| likely(folder))
}

fn sure(folder: &Path) -> Option<PathBuf> {
    let is_root = |above: &Path, name: &str| above.join(name).exists() && !(name == "scalelint.toml" && extends_above(above));
    with(folder, |above| SURE.iter().any(|name| is_root(above, name)))
}

fn likely(folder: &Path) -> Option<PathBuf> {
    let near = with(folder, |above| LIKELY.iter().any(|name| above.join(name).exists()))?;
    Some(near.ancestors().find(|above| holds_workspace(above)).map_or(near.clone(), Path::to_path_buf))
}

fn with(folder: &Path, is_marked: impl Fn(&Path) -> bool) -> Option<PathBuf> {
    folder.ancestors().find(|above| is_marked(above)).map(Path::to_path_buf)
}

/// Where no folder has a sure mark: the folder that somebody works in, when the paths lie below it. Single files are parts of what is
/// there; a folder may be a project among others, unless the current one looks like the top of a project. Home and `/` are no projects.
fn worked_in(common: &Path, paths: &[PathBuf]) -> Option<PathBuf> {
    let here = disk::canonicalize(&std::env::current_dir().ok()?).ok()?;
    let home = std::env::home_dir().and_then(|home| disk::canonicalize(&home).ok());
    let is_below = common.starts_with(&here) && *common != *here;
    let is_top = || TOP.iter().any(|name| here.join(name).exists()) || paths.iter().all(|path| path.is_file());
    (is_below && here.parent().is_some() && home.as_ref() != Some(&here) && is_top()).then_some(here)
}

/// Whether a folder is the root of a Cargo workspace: the crates below it are parts of one project.
fn holds_workspace(folder: &Path) -> bool {
    table(&folder.join("Cargo.toml")).is_some_and(|table| table.contains_key("workspace"))
}

fn table(path: &Path) -> Option<toml::Table> {
    String::from_utf8(read::regular(path, MOST_BYTES).ok()?).ok()?.parse().ok()
}

/// Whether the configuration in `folder` goes on from one above it: then it belongs to the project of that one.
fn extends_above(folder: &Path) -> bool {
    table(&folder.join("scalelint.toml"))
        .is_some_and(|table| table.get("extends").and_then(toml::Value::as_str).is_some_and(|path| path.starts_with("..")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_nearest_mark_is_the_root() -> std::io::Result<()> {
        let temporary = tempfile::tempdir()?;
        let top = temporary.path().canonicalize()?;
        fs::create_dir_all(top.join("repo/.git"))?;
        fs::create_dir_all(top.join("repo/lib/src"))?;
        fs::write(top.join("repo/lib/Cargo.toml"), "")?;
        let of = |path: &str| locate(&[top.join(path)]).ok();
        assert_eq!(of("repo/lib/src"), Some((top.join("repo"), vec!["lib/src".into()])));
        fs::write(top.join("repo/lib/scalelint.toml"), "")?;
        assert_eq!(of("repo/lib/src"), Some((top.join("repo/lib"), vec!["src".into()])));
        fs::write(top.join("repo/lib/scalelint.toml"), "extends = \"../scalelint.toml\"")?;
        assert_eq!(of("repo/lib/src"), Some((top.join("repo"), vec!["lib/src".into()])));
        fs::create_dir_all(top.join("plain/lib/src"))?;
        fs::write(top.join("plain/lib/Cargo.toml"), "[package]")?;
        assert_eq!(of("plain/lib/src"), Some((top.join("plain/lib"), vec!["src".into()])));
        fs::write(top.join("plain/Cargo.toml"), "[workspace]")?;
        assert_eq!(of("plain/lib/src"), Some((top.join("plain"), vec!["lib/src".into()])));
        assert!(of("nowhere").is_none());
        assert_eq!(above(&top.join("repo/lib/src/new/file.py")), Some(top.join("repo")));
        assert_eq!(real(&top.join("repo/../repo/new/file.py")), top.join("repo/new/file.py"));
        Ok(())
    }
}
