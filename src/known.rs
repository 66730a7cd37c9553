//! Recognises findings that were known before, in a baseline or in another revision: by fingerprint, and where a file is gone by
//! content, so that renaming a file makes no finding new. Apart because both ask the same question.

use crate::finding::{Finding, Level};
use std::collections::HashMap;

/// A finding from before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// [`Finding::fingerprint`].
    pub fingerprint: String,
    /// [`Finding::content`].
    pub content: String,
    /// The file it was in.
    pub path: String,
    /// How much it mattered, where that was kept.
    pub level: Option<Level>,
}

/// A finding of now, with its path.
pub(crate) type Seen<'f> = (&'f Finding, &'f str);

/// For each of `known`, which of `seen` it is now. Nothing is taken twice. What is in no file of the same name any more is looked
/// for by its content: first in a file that was moved to another folder, then in any.
pub(crate) fn pair(known: &[Known], seen: &[Seen<'_>], is_gone: impl Fn(&str) -> bool) -> Vec<Option<usize>> {
    let by_fingerprint: HashMap<&str, usize> =
        seen.iter().enumerate().map(|(at, (finding, _))| (finding.fingerprint.as_str(), at)).collect();
    let mut taken = vec![false; seen.len()];
    let mut pairs: Vec<Option<usize>> = Vec::with_capacity(known.len());
    for before in known {
        let found = by_fingerprint.get(before.fingerprint.as_str()).copied().filter(|&at| !taken[at]);
        pairs.push(found.inspect(|&at| taken[at] = true));
    }
    // A file that is still there was not renamed, and what is new in a file that was there before is new.
    let lost: Vec<usize> = (0..known.len()).filter(|&at| pairs[at].is_none() && is_gone(&known[at].path)).collect();
    let mut by_content: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, (finding, _)) in seen.iter().enumerate().filter(|(at, _)| !taken[*at]) {
        by_content.entry(finding.content.as_str()).or_default().push(at);
    }
    for same_name in [true, false] {
        for &before in &lost {
            if pairs[before].is_some() {
                continue;
            }
            let Some(candidates) = by_content.get(known[before].content.as_str()) else { continue };
            let fits = |at: &&usize| !taken[**at] && (!same_name || name_of(seen[**at].1) == name_of(&known[before].path));
            if let Some(&at) = candidates.iter().find(fits) {
                taken[at] = true;
                pairs[before] = Some(at);
            }
        }
    }
    pairs
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Split `findings` into what is new since `known` and the rest. What has become more severe is new: the
/// change made it so.
pub(crate) fn only_new(
    findings: Vec<Finding>,
    known: &[Known],
    path_of: impl Fn(&Finding) -> String,
    is_gone: impl Fn(&str) -> bool,
) -> (Vec<Finding>, Vec<Finding>) {
    let paths: Vec<String> = findings.iter().map(path_of).collect();
    let seen: Vec<Seen<'_>> = findings.iter().zip(paths.iter().map(String::as_str)).collect();
    let mut is_new = vec![true; findings.len()];
    for (before, now) in known.iter().zip(pair(known, &seen, is_gone)) {
        if let Some(at) = now {
            is_new[at] = before.level.is_some_and(|level| level < findings[at].level);
        }
    }
    let mut is_new = is_new.into_iter();
    findings.into_iter().partition(|_| is_new.next().unwrap_or(true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Confidence, FileId, Place};
    use crate::source::Span;

    fn finding(fingerprint: &str, content: &str) -> Finding {
        Finding {
            rule: "missing-timeout",
            level: Level::Warning,
            confidence: Confidence::High,
            place: Place { file: FileId(0), span: Span::default() },
            message: String::new(),
            help: String::new(),
            trace: Vec::new(),
            related: Vec::new(),
            deployment: Vec::new(),
            fix: None,
            symbol: String::new(),
            fingerprint: fingerprint.into(),
            content: content.into(),
        }
    }

    fn known(fingerprint: &str, content: &str, path: &str) -> Known {
        Known { fingerprint: fingerprint.into(), content: content.into(), path: path.into(), level: None }
    }

    #[test]
    fn renamed_files_are_followed_and_copies_are_not() {
        let before = [known("1", "same", "old/a.py"), known("2", "same", "old/b.py"), known("3", "other", "here.py")];
        let now = [finding("7", "same"), finding("8", "same"), finding("9", "other"), finding("6", "same")];
        let seen: Vec<Seen<'_>> = now.iter().zip(["new/b.py", "new/x.py", "there.py", "new/y.py"]).collect();
        let gone = |path: &str| path.starts_with("old/");
        // `b.py` kept its name; `here.py` is still there, so what `there.py` has is new.
        assert_eq!(pair(&before, &seen, gone), [Some(1), Some(0), None]);
        assert_eq!(pair(&before, &seen, |_| false), [None, None, None]);
    }

    #[test]
    fn a_known_one_counts_once() {
        let before = [known("1", "same", "a.py")];
        let now = vec![finding("1", "same"), finding("2", "same")];
        let (new, old) = only_new(now, &before, |_| "a.py".into(), |_| false);
        assert_eq!((new.len(), old.len()), (1, 1));
        assert_eq!(new[0].fingerprint, "2");
    }

    #[test]
    fn what_became_worse_is_new() {
        let worse = [Known { level: Some(Level::Note), ..known("1", "same", "a.py") }];
        assert_eq!(only_new(vec![finding("1", "same")], &worse, |_| "a.py".into(), |_| false).0.len(), 1);
    }
}
