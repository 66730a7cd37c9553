//! Patterns of files to leave out. Matching is the `ignore` crate's; reading is ours, since the file may be a stranger's.

use super::tree::Tree;
use crate::finding::NoticeKind;
use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::path::Path;

/// Largest file of patterns; compiling more would take longer than the analysis.
const MAX_BYTES: u64 = 256 * 1024;

/// Patterns in the syntax of `.gitignore`, relative to one folder.
#[derive(Debug)]
pub(super) struct Patterns(Gitignore);

impl Patterns {
    /// From lines that hold in `folder`, which is relative to the root. A line that is no pattern counts for nothing, as for git.
    pub(super) fn of_lines<'l>(folder: &str, lines: impl IntoIterator<Item = &'l str>) -> Self {
        // Rooted at the folder's path as we write it, so that one form of path serves for matching and reporting.
        let mut builder = GitignoreBuilder::new(folder);
        for line in lines {
            let _ = builder.add_line(None, line);
        }
        Self(builder.build().unwrap_or_else(|_| Gitignore::empty()))
    }

    /// From the file at `real`, which stands in `folder`.
    pub(super) fn of_file(tree: &Tree, real: &Path, folder: &str) -> Result<Self, (NoticeKind, String)> {
        let bytes = tree.regular(real, MAX_BYTES).map_err(|why| (NoticeKind::NotRegular, why))?;
        let text = String::from_utf8_lossy(&bytes);
        Ok(Self::of_lines(folder, text.lines()))
    }

    /// Left out (true), expressly kept (false), or not spoken of.
    pub(super) fn verdict(&self, path: &str, is_folder: bool) -> Option<bool> {
        if self.0.is_empty() {
            return None;
        }
        match self.0.matched(Path::new(path), is_folder) {
            Match::None => None,
            Match::Ignore(_) => Some(true),
            Match::Whitelist(_) => Some(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_hold_in_their_folder() {
        let patterns = Patterns::of_lines("app", ["/build", "*.gen.py", "!keep.gen.py"]);
        assert_eq!(patterns.verdict("app/build", true), Some(true));
        assert_eq!(patterns.verdict("app/sub/build", true), None);
        assert_eq!(patterns.verdict("app/sub/x.gen.py", false), Some(true));
        assert_eq!(patterns.verdict("app/keep.gen.py", false), Some(false));
        let root = Patterns::of_lines("", ["generated/"]);
        assert_eq!(root.verdict("a/generated", true), Some(true));
        assert_eq!(root.verdict("a/generated", false), None);
    }
}
