//! Makes the fixes of a report: which of them, in which files, and whether each file reads as well afterwards as it did before.

use super::merge::Merged;
use super::{Fix, Safety};
use crate::disk;
use crate::finding::Report;
use crate::guard::guard;
use crate::lang::{FrontEnd, Language};
use crate::session::Session;
use crate::source::changed;
use crate::walk::{self, read};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Which fixes are wanted.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// Those that set what somebody should choose, too.
    pub with_unsafe: bool,
    /// Only those of these rules; of all when empty.
    pub rules: BTreeSet<String>,
}

impl Choice {
    /// Whether a fix of this rule is wanted.
    #[must_use]
    pub fn takes(&self, rule: &str, fix: &Fix) -> bool {
        (self.with_unsafe || fix.safety == Safety::Safe) && (self.rules.is_empty() || self.rules.contains(rule))
    }
}

/// What fixing comes to; nothing is written yet.
#[derive(Debug, Default)]
pub struct Applied {
    /// The files that change.
    pub files: Vec<Fixed>,
    /// Fixes that cannot be made: the file, how many, why.
    pub left: Vec<(String, usize, &'static str)>,
}

/// A file that changes.
#[derive(Debug)]
pub struct Fixed {
    /// Relative to the root.
    pub path: String,
    /// The file itself, never a link.
    pub real: PathBuf,
    /// How many fixes it gets.
    pub fixes: usize,
    /// Its text as it was analysed.
    pub text: String,
    /// Its text with the fixes.
    pub new_text: String,
    /// The bytes of the file as it is, and as it is to be.
    pub bytes: (Vec<u8>, Vec<u8>),
}

/// The fixes of `report` that `choice` takes, made to the texts of their files.
#[must_use]
pub fn apply(report: &Report, choice: &Choice, session: &Session) -> Applied {
    let mut by_file: BTreeMap<&str, Vec<&Fix>> = BTreeMap::new();
    let fixes = report.findings.iter().filter_map(|finding| Some((finding, finding.fix.as_ref()?)));
    for (finding, fix) in fixes.filter(|(finding, fix)| choice.takes(finding.rule, fix)) {
        by_file.entry(&report.file(finding.place).path).or_default().push(fix);
    }
    let mut applied = Applied::default();
    if by_file.is_empty() {
        return applied;
    }
    let sources = walk::walk(session).sources;
    let sources: BTreeMap<&str, &walk::Source> = sources.iter().map(|source| (source.path.as_str(), source)).collect();
    for (path, mut fixes) in by_file {
        fixes.sort_by(|a, b| (&a.changes, &a.message).cmp(&(&b.changes, &b.message)));
        let text = &report.files[fixes[0].file.index()].text;
        match file(path, text, &fixes, sources.get(path).copied(), session) {
            Ok((fixed, spoilt)) => {
                applied.files.extend((fixed.fixes > 0).then_some(fixed));
                if spoilt > 0 {
                    applied.left.push((path.to_owned(), spoilt, "the file would not read as well as before"));
                }
            }
            Err(why) => applied.left.push((path.to_owned(), fixes.len(), why)),
        }
    }
    applied
}

/// One file with its fixes, and how many of them would spoil it.
fn file(
    path: &str,
    text: &str,
    fixes: &[&Fix],
    source: Option<&walk::Source>,
    session: &Session,
) -> Result<(Fixed, usize), &'static str> {
    let source = source.ok_or("it is no source file any more")?;
    let bytes = read::regular(&source.real, session.limits.file.file_bytes as u64).map_err(|_| "it cannot be read any more")?;
    let encoding = read::Encoding::of(&bytes, text).ok_or("it was changed meanwhile")?;
    if !disk::may_write(&source.real) {
        return Err("it may not be written to");
    }
    let mut reader = Reader { language: source.language, front_end: source.language.front_end(), session };
    let gaps = reader.gaps(text).ok_or("it cannot be read any more")?;
    let mut sound = |merged: &Merged<'_>| reader.gaps(&changed(text, merged.changes())).is_some_and(|after| after <= gaps);
    let mut merged = Merged::default();
    fixes.iter().for_each(|fix| merged.take(fix));
    let mut spoilt = 0;
    if !sound(&merged) {
        // One at a time, to keep those that spoil nothing.
        let all = std::mem::take(&mut merged).fixes;
        for fix in all {
            merged.take(fix);
            if !sound(&merged) {
                merged.without_last();
                spoilt += 1;
            }
        }
    }
    let new_text = changed(text, merged.changes());
    let after = encoding.bytes(&new_text).ok_or("its encoding cannot hold them")?;
    let fixed = Fixed {
        path: path.to_owned(),
        real: source.real.clone(),
        fixes: merged.fixes.len(),
        text: text.to_owned(),
        new_text,
        bytes: (bytes, after),
    };
    Ok((fixed, spoilt))
}

/// Reads a text as the analysis does.
struct Reader<'s> {
    language: Language,
    front_end: Box<dyn FrontEnd>,
    session: &'s Session,
}

impl Reader<'_> {
    /// How many parts of a text cannot be read; none when nothing of it can.
    fn gaps(&mut self, text: &str) -> Option<usize> {
        let extracted = guard(|| self.front_end.extract(text, &self.session.limits.file));
        match extracted {
            Ok(facts) => facts.ok().map(|facts| facts.gaps.len()),
            Err(_) => {
                self.front_end = self.language.front_end();
                None
            }
        }
    }
}
