//! What was learnt of files in an earlier run: facts depend on a text, its language and the limits alone, so that a file which two runs
//! meet is parsed once.

use crate::facts::FileFacts;
use crate::lang::{Language, Limits};
use crate::link::FileData;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// Facts by the text they were learnt from. Files with the same text have the same facts, each its own copy.
#[derive(Debug, Default)]
pub struct Learnt {
    limits: Limits,
    by_text: BTreeMap<Language, HashMap<Arc<str>, Mutex<Vec<FileFacts>>>>,
}

impl Learnt {
    /// From the files of a run under these limits, which it needs no more.
    pub(super) fn of(files: Vec<FileData>, limits: Limits) -> Self {
        let mut learnt = Self { limits, ..Self::default() };
        // A file that was passed over has an empty text as well, and other facts than one that is empty.
        for file in files.into_iter().filter(|file| !file.text.is_empty()) {
            learnt
                .by_text
                .entry(file.language)
                .or_default()
                .entry(file.text)
                .or_default()
                .get_mut()
                .unwrap_or_else(PoisonError::into_inner)
                .push(file.facts);
        }
        learnt
    }

    /// The facts of a text, and the text itself as it is kept already. Each is given once: facts are large, and a copy costs memory.
    pub(super) fn take(&self, language: Language, text: &str, limits: &Limits) -> Option<(Arc<str>, FileFacts)> {
        let (text, facts) = self.by_text.get(&language).filter(|_| self.limits == *limits)?.get_key_value(text)?;
        Some((Arc::clone(text), facts.lock().unwrap_or_else(PoisonError::into_inner).pop()?))
    }

    /// Keep what `other` has left as well: it learnt under the same limits, or is forgotten.
    pub(super) fn and(mut self, other: Self) -> Self {
        if other.limits == self.limits {
            for (language, texts) in other.by_text {
                let known = self.by_text.entry(language).or_default();
                texts.into_iter().for_each(|(text, facts)| {
                    known.entry(text).or_insert(facts);
                });
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str, lines: u32) -> FileData {
        let facts = FileFacts { lines, ..FileFacts::default() };
        FileData { path: "a.py".into(), language: Language::Python, text: text.into(), facts }
    }

    #[test]
    fn facts_are_given_once_for_each_file() {
        let limits = Limits::default();
        let learnt = Learnt::of(vec![file("a", 1), file("a", 1), file("b", 2), file("", 3)], limits);
        let lines = |language, text: &str| learnt.take(language, text, &limits).map(|(_, facts)| facts.lines);
        assert_eq!(lines(Language::Rust, "a"), None);
        assert_eq!(
            [lines(Language::Python, "a"), lines(Language::Python, "a"), lines(Language::Python, "a")],
            [Some(1), Some(1), None]
        );
        assert_eq!(lines(Language::Python, ""), None);
        let tighter = Limits { nesting: 1, ..limits };
        assert!(learnt.take(Language::Python, "b", &tighter).is_none(), "other limits may give other facts");
        let more = Learnt::of(vec![file("c", 4)], limits).and(learnt);
        assert!(more.take(Language::Python, "b", &limits).is_some() && more.take(Language::Python, "c", &limits).is_some());
    }
}
