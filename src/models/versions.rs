//! Which versions of a library the project uses, read from lock and requirement files, and the ranges models are written for.

use super::layout::PackedEnding;
use super::schema::ModelFile;
use crate::lang::Language;
use std::collections::{BTreeMap, BTreeSet};

/// A version as numbers; anything after them (`rc1`, `.post2`) is of no matter to defaults.
pub(super) type Version = [u32; 3];

/// The versions from `min` up to, not including, `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    min: Version,
    end: Version,
}

const LAST: Version = [u32::MAX; 3];

impl Range {
    /// Every version.
    pub(super) const ALL: Self = Self { min: [0; 3], end: LAST };

    /// Reads `>=6, <8`, `==2.1`, `~=1.4`, `^0.12`, `1.2.3`, `*`; parts that say something else (`!=`) are left out.
    #[must_use]
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut range = Self::ALL;
        let mut read = false;
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let digits = part.find(|c: char| c.is_ascii_digit()).unwrap_or(part.len());
            let (operator, number) = part.split_at(digits);
            let version = version(number);
            let (min, end) = match operator.trim() {
                "*" => ([0; 3], LAST),
                ">=" => (version, LAST),
                ">" => (version, LAST),
                "<" => ([0; 3], version),
                "<=" => ([0; 3], after(version, 2)),
                "==" | "===" | "=" if number.contains('*') => {
                    (version, after(version, number.split('.').count().saturating_sub(2)))
                }
                "==" | "===" | "=" => (version, after(version, 2)),
                "~=" => (version, after(version, number.split('.').count().saturating_sub(2))),
                "~" => (version, after(version, 1)),
                "^" | "" => (version, after(version, version.iter().position(|&n| n > 0).unwrap_or(2))),
                _ => continue,
            };
            read = true;
            range = Self { min: range.min.max(min), end: range.end.min(end) };
        }
        read.then_some(range)
    }

    /// Exactly one version.
    #[must_use]
    pub(super) fn exactly(text: &str) -> Self {
        let version = version(text);
        Self { min: version, end: after(version, 2) }
    }

    /// Whether some version lies in both.
    #[must_use]
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.min < other.end && other.min < self.end
    }

    /// For comparing which range reaches furthest.
    #[must_use]
    pub(super) fn newest(&self) -> Version {
        self.end
    }
}

fn version(text: &str) -> Version {
    let mut parts = text.trim().split(['.', '-', '+']).map(|part| {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap_or(0)
    });
    std::array::from_fn(|_| parts.next().unwrap_or(0))
}

/// The first version whose component `place` differs.
fn after(mut version: Version, place: usize) -> Version {
    let place = place.min(2);
    version[place] = version[place].saturating_add(1);
    version[place + 1..].fill(0);
    version
}

/// The versions a project states, by language and normalised package name.
#[derive(Debug, Clone, Default)]
pub struct Versions {
    stated: BTreeMap<(Language, String), Range>,
    /// The crates that manifests of Cargo ask for themselves; none where there is no such manifest.
    asked: BTreeSet<String>,
}

impl Versions {
    /// Read the manifests of a project, given as path and text. Lock files decide over requirements; where several packages of a
    /// repository differ, the ranges are joined, so that nothing is claimed for all of them.
    #[must_use]
    pub fn read<'m>(manifests: impl Iterator<Item = (&'m str, &'m str)>) -> Self {
        let mut locked = Self::default();
        let mut required = Self::default();
        for (path, text) in manifests {
            let name = path.rsplit('/').next().unwrap_or(path);
            match name {
                "Cargo.lock" => locked.add_lock(Language::Rust, text),
                "poetry.lock" | "uv.lock" => locked.add_lock(Language::Python, text),
                "Pipfile.lock" => locked.add_pipfile_lock(text),
                "pyproject.toml" => required.add_pyproject(text),
                "Cargo.toml" => required.add_cargo(text),
                _ if name.ends_with(".txt") || name.ends_with(".in") => required.add_requirements(text),
                _ => {}
            }
        }
        required.stated.extend(locked.stated);
        required
    }

    /// Set a version by hand, for tests of models.
    pub fn set(&mut self, language: Language, package: &str, version: &str) {
        self.stated.insert((language, normalise(package)), Range::exactly(version));
    }

    /// Those of the package that goes by one of these names.
    pub(super) fn of<'n>(&self, language: Language, names: impl Iterator<Item = &'n String>) -> Range {
        let mut stated = names.filter_map(|name| self.stated.get(&(language, normalise(name))));
        stated.next().copied().unwrap_or(Range::ALL)
    }

    /// Whether code may use a package by a name that says nothing of it: in Rust a manifest has to ask for it.
    pub(super) fn may_use<'n>(&self, language: Language, mut names: impl Iterator<Item = &'n String>) -> bool {
        language != Language::Rust || self.asked.is_empty() || names.any(|name| self.asked.contains(&normalise(name)))
    }

    fn add(&mut self, language: Language, package: &str, range: Range) {
        let entry = self.stated.entry((language, normalise(package))).or_insert(range);
        *entry = Range { min: entry.min.min(range.min), end: entry.end.max(range.end) };
    }

    fn add_lock(&mut self, language: Language, text: &str) {
        let Ok(lock) = text.parse::<toml::Table>() else { return };
        for package in lock.get("package").and_then(toml::Value::as_array).into_iter().flatten() {
            let field = |name: &str| package.get(name).and_then(toml::Value::as_str);
            if let (Some(name), Some(version)) = (field("name"), field("version")) {
                self.add(language, name, Range::exactly(version));
            }
        }
    }

    fn add_pipfile_lock(&mut self, text: &str) {
        let Ok(lock) = serde_json::from_str::<serde_json::Value>(text) else { return };
        for (name, package) in lock.get("default").and_then(|section| section.as_object()).into_iter().flatten() {
            if let Some(range) = package.get("version").and_then(|version| version.as_str()).and_then(Range::parse) {
                self.add(Language::Python, name, range);
            }
        }
    }

    fn add_pyproject(&mut self, text: &str) {
        let Ok(project) = text.parse::<toml::Table>() else { return };
        let listed = project.get("project").and_then(|section| section.get("dependencies")).and_then(toml::Value::as_array);
        listed.into_iter().flatten().filter_map(toml::Value::as_str).for_each(|line| self.add_requirement(line));
        let poetry = project.get("tool").and_then(|tool| tool.get("poetry")).and_then(|poetry| poetry.get("dependencies"));
        for (name, value) in poetry.and_then(toml::Value::as_table).into_iter().flatten() {
            self.add_stated(Language::Python, name, value);
        }
    }

    fn add_cargo(&mut self, text: &str) {
        let Ok(manifest) = text.parse::<toml::Table>() else { return };
        let workspace = manifest.get("workspace").and_then(|workspace| workspace.get("dependencies"));
        for section in [manifest.get("dependencies"), workspace] {
            for (name, value) in section.and_then(toml::Value::as_table).into_iter().flatten() {
                self.asked.insert(normalise(value.get("package").and_then(toml::Value::as_str).unwrap_or(name)));
                self.add_stated(Language::Rust, name, value);
            }
        }
    }

    fn add_stated(&mut self, language: Language, name: &str, value: &toml::Value) {
        let version = value.as_str().or_else(|| value.get("version").and_then(toml::Value::as_str));
        if let Some(range) = version.and_then(Range::parse) {
            self.add(language, name, range);
        }
    }

    fn add_requirements(&mut self, text: &str) {
        text.lines().for_each(|line| self.add_requirement(line));
    }

    fn add_requirement(&mut self, line: &str) {
        let line = line.split(['#', ';']).next().unwrap_or_default().trim();
        let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(line.len());
        let (name, rest) = line.split_at(end);
        let rest = rest.trim_start();
        let rest = if rest.starts_with('[') { rest.split_once(']').map_or("", |(_, rest)| rest) } else { rest };
        if name.is_empty() || line.starts_with('-') {
            return;
        }
        if let Some(range) = Range::parse(rest.trim().trim_start_matches('(').trim_end_matches(')')) {
            self.add(Language::Python, name, range);
        }
    }
}

impl ModelFile {
    /// The library's names as a package.
    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.package).chain(&self.also_packaged_as)
    }
}

impl PackedEnding {
    /// Whether code may use such a name.
    pub(super) fn holds(&self, language: Language, versions: &Versions) -> bool {
        self.only_with.iter().all(|names| versions.may_use(language, names.iter()))
    }
}

/// Package names compare without case and with `_`, `.` as `-`.
fn normalise(name: &str) -> String {
    name.to_ascii_lowercase().replace(['_', '.'], "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_overlap_where_a_version_fits_both() {
        let fits = |stated: &str, model: &str| {
            let (Some(stated), Some(model)) = (Range::parse(stated), Range::parse(model)) else { return false };
            stated.overlaps(&model)
        };
        assert!(fits("==7.1.0", "<8") && !fits("==7.1.0", ">=8"));
        assert!(fits(">=4.5", ">=8") && !fits("~=5.0", ">=8") && !fits(">=4,<6", ">=6"));
        assert!(fits("^0.12.3", "<0.13") && !fits("^0.12.3", ">=0.13"));
    }

    #[test]
    fn lock_files_decide_over_requirements() {
        let requirements = "redis[hiredis]>=4.5 # cache\n-r other.txt\n";
        let lock = "[[package]]\nname = \"redis\"\nversion = \"8.1.0\"\n";
        let versions = Versions::read([("requirements.txt", requirements), ("uv.lock", lock)].into_iter());
        let name = "Redis".to_owned();
        assert_eq!(versions.of(Language::Python, std::iter::once(&name)), Range::exactly("8.1.0"));
    }
}
