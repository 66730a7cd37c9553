//! Releases kept beside each other: folders that are called after versions hold what was published then, and the newest alone is what
//! anybody runs.

use std::collections::BTreeMap;

/// A version as the name of a folder has it: its numbers, and whether it is more than a candidate for one, with the rest.
type Version<'p> = (Vec<u32>, bool, &'p str);

/// `v0.5.1-rc0`, `1.27`; nothing for names without a dot, which say what an interface is called: `v1beta1`.
fn version(folder: &str) -> Option<Version<'_>> {
    let bare = folder.strip_prefix(['v', 'V']).unwrap_or(folder);
    let end = bare.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(bare.len());
    let (numbers, rest) = bare.split_at(end);
    let numbers: Option<Vec<u32>> = numbers.split('.').map(|number| number.parse().ok()).collect();
    let is_suffix = rest.is_empty() || rest.starts_with(['-', '+']);
    numbers.filter(|numbers| numbers.len() > 1 && is_suffix).map(|numbers| (numbers, rest.is_empty(), rest))
}

/// Which folders of versions have a newer one beside them.
#[derive(Debug, Default)]
pub(super) struct Releases<'p> {
    /// The newest version, by the folder that holds them.
    newest: BTreeMap<&'p str, Version<'p>>,
}

impl<'p> Releases<'p> {
    /// Of the files with these paths.
    pub(super) fn of(paths: impl Iterator<Item = &'p str>) -> Self {
        let mut releases = Self::default();
        for (above, version) in paths.flat_map(versions) {
            let newest = releases.newest.entry(above).or_insert_with(|| version.clone());
            if version > *newest {
                *newest = version;
            }
        }
        releases
    }

    /// Whether a path is one of a release that a newer one stands beside.
    pub(super) fn is_outdated(&self, path: &str) -> bool {
        versions(path).any(|(above, version)| self.newest.get(above).is_some_and(|newest| version < *newest))
    }
}

/// The folders of a path that are called after versions, each with what stands above it.
fn versions(path: &str) -> impl Iterator<Item = (&str, Version<'_>)> {
    path.match_indices('/').filter_map(|(end, _)| {
        let start = path[..end].rfind('/').map_or(0, |at| at + 1);
        Some((&path[..start], version(&path[start..end])?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_release_counts() {
        let paths = ["install/v0.9.0/a.yaml", "install/v0.10.0-rc1/a.yaml", "install/v0.10.0/a.yaml", "deploy/v1/a.yaml"];
        let releases = Releases::of(paths.into_iter());
        let outdated: Vec<&str> = paths.into_iter().filter(|path| releases.is_outdated(path)).collect();
        assert_eq!(outdated, &paths[..2]);
        assert!(version("v1").is_none() && version("web-1.2").is_none() && version("1.2x").is_none());
    }
}
