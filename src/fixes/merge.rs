//! Which fixes of a file can be made together: in order of their places, each that touches nothing another one touches. What is left
//! out is asked for again once the others are made.

use super::Fix;
use crate::source::Change;
use std::collections::BTreeSet;

/// Fixes that go together and all their changes, sorted.
#[derive(Debug, Default)]
pub(super) struct Merged<'f> {
    pub(super) fixes: Vec<&'f Fix>,
    changes: BTreeSet<&'f Change>,
}

impl<'f> Merged<'f> {
    /// Take a fix, unless it touches what others do.
    pub(super) fn take(&mut self, fix: &'f Fix) {
        // The same change twice, as an import that two of them need, is made once.
        let new = fix.changes.iter().filter(|change| !self.changes.contains(change)).collect::<Vec<_>>();
        let known = fix.changes.len() - new.len();
        let clear = new.iter().all(|change| self.changes.iter().all(|taken| !meet(taken, change)));
        // What is only part of another fix is done by that.
        if clear && (!new.is_empty() || known == 0) {
            self.changes.extend(new);
            self.fixes.push(fix);
        }
    }

    pub(super) fn without_last(&mut self) -> Option<&'f Fix> {
        let last = self.fixes.pop()?;
        let fixes = std::mem::take(&mut self.fixes);
        self.changes.clear();
        fixes.into_iter().for_each(|fix| self.take(fix));
        Some(last)
    }

    pub(super) fn changes(&self) -> impl Iterator<Item = &'f Change> + '_ {
        self.changes.iter().copied()
    }
}

/// Whether two changes touch the same text. Two insertions at one place do: nobody says which comes first.
fn meet(a: &Change, b: &Change) -> bool {
    let (first, second) = if a.span <= b.span { (a, b) } else { (b, a) };
    second.span.start < first.span.end || second.span.start == first.span.start
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::FileId;
    use crate::fixes::Safety;
    use crate::source::{Span, changed};

    fn fix(changes: &[(usize, usize, &str)]) -> Fix {
        let changes = changes.iter().map(|&(start, end, text)| Change::replace(Span::new(start, end), text)).collect();
        Fix { message: String::new(), safety: Safety::Safe, file: FileId(0), changes }
    }

    #[test]
    fn overlapping_fixes_wait() {
        let fixes = [
            fix(&[(0, 1, "A"), (4, 4, "!")]),
            fix(&[(0, 2, "B")]),
            fix(&[(2, 3, "C"), (4, 4, "!")]),
            fix(&[(4, 4, "?")]),
            fix(&[(1, 1, "-")]),
        ];
        let mut merged = Merged::default();
        fixes.iter().for_each(|fix| merged.take(fix));
        assert_eq!((merged.fixes.len(), changed("abcde", merged.changes())), (3, "A-bCd!e".to_owned()));
        assert!(merged.without_last().is_some());
        assert_eq!(changed("abcde", merged.changes()), "AbCd!e");
    }
}
