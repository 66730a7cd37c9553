//! `scalelint check --add-ignores`: writes a suppression comment for every reported finding, and takes back what does not silence it.

use super::{many, say};
use crate::atomic::{self, Replacement};
use crate::disk;
use crate::error::Error;
use crate::finding::{Finding, Report};
use crate::lang::suppression;
use crate::scan::scan;
use crate::session::Session;
use crate::source::Span;
use crate::suppress::{self, UNUSED_SUPPRESSION};
use crate::terminal::visible;
use crate::walk::{self, read};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// A file that got comments.
struct Edit {
    path: String,
    real: PathBuf,
    before: Vec<u8>,
    after: Vec<u8>,
    /// Fingerprints of the findings that are silenced in it.
    silenced: BTreeSet<String>,
    /// And of all that were reported in it.
    reported: BTreeSet<String>,
}

impl Edit {
    fn made(&self) -> Replacement<'_> {
        Replacement { name: &self.path, path: &self.real, before: &self.before, after: &self.after }
    }

    fn taken_back(&self) -> Replacement<'_> {
        Replacement { before: &self.after, after: &self.before, ..self.made() }
    }
}

/// Refuse a reason that would not be read back as one.
pub(super) fn check_reason(reason: &str, session: &Session) -> Result<(), Error> {
    let read = suppression::parse(&format!("scalelint: ignore[x] {reason}"), Span::default(), false);
    let wrong = |message: &str| Error::Usage {
        message: message.to_owned(),
        advice: "say in one line why these findings are lived with: --reason \"the proxy in front cuts at 30 s\"".into(),
    };
    let Some(read) = read.filter(|read| !read.reason.is_empty()) else { return Err(wrong("the reason is missing")) };
    if reason.chars().any(char::is_control) || reason.contains(" # ") || reason.contains("*/") || reason.contains("scalelint:") {
        return Err(wrong("this reason does not fit into a comment"));
    }
    match read.until.map(|until| until.parse::<Date>()) {
        Some(Ok(date)) if date >= session.today => Ok(()),
        Some(_) => Err(wrong("the date of the reason is none, or is over")),
        None => Ok(()),
    }
}

/// Write the comments, check again, and give the report of that.
pub(super) fn add(report: Report, session: &Session, reason: &str) -> Result<Report, Error> {
    let (edits, mut left) = plan(&report, session, reason);
    atomic::replace(&edits.iter().map(Edit::made).collect::<Vec<_>>())?;
    let mut after = scan(session).after(report.notices);
    let (held, failed): (Vec<&Edit>, Vec<&Edit>) = edits.iter().partition(|edit| holds(edit, &after));
    atomic::replace(&failed.iter().map(|edit| edit.taken_back()).collect::<Vec<_>>())?;
    for edit in &failed {
        left.push((edit.path.clone(), edit.silenced.len(), "the comments did not silence them, and were taken back"));
    }
    if !failed.is_empty() {
        after = scan(session).after(after.notices);
    }
    let count: usize = held.iter().map(|edit| edit.silenced.len()).sum();
    let mut text = format!("ignored {} in {}\n", many(count, "finding"), many(held.len(), "file"));
    for (path, count, why) in left {
        text += &format!("notice: {}: {} left: {why}\n", visible(&path), many(count, "finding"));
    }
    say(&text);
    Ok(after)
}

/// What to write, and what cannot be silenced: the file, how many findings, why.
fn plan(report: &Report, session: &Session, reason: &str) -> (Vec<Edit>, Vec<(String, usize, &'static str)>) {
    let mut by_file: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in report.findings.iter().filter(|finding| finding.rule != UNUSED_SUPPRESSION) {
        by_file.entry(&report.file(finding.place).path).or_default().push(finding);
    }
    let sources: BTreeMap<String, walk::Source> =
        walk::walk(session).sources.into_iter().map(|source| (source.path.clone(), source)).collect();
    let (mut edits, mut left) = (Vec::new(), Vec::new());
    for (path, findings) in by_file {
        let all = findings.len();
        let Some(source) = sources.get(path) else {
            left.push((path.to_owned(), all, "write [[suppress]] into scalelint.toml instead"));
            continue;
        };
        let text = &report.file(findings[0].place).text;
        let bytes = read::regular(&source.real, session.limits.file.file_bytes as u64).unwrap_or_default();
        let mark = if bytes.starts_with(BOM) { BOM } else { b"" };
        if bytes[mark.len()..] != *text.as_bytes() {
            left.push((path.to_owned(), all, "the file is not in UTF-8, or was changed meanwhile"));
            continue;
        }
        if !disk::may_write(&source.real) {
            left.push((path.to_owned(), all, "the file may not be written to"));
            continue;
        }
        let targets: Vec<Finding> = findings.iter().map(|finding| (*finding).clone()).collect();
        let (new, open) = suppress::silence(path, source.language, text, targets, reason, session);
        if !open.is_empty() {
            left.push((path.to_owned(), open.len(), "no comment can silence them; write [[suppress]] into scalelint.toml"));
        }
        let open: BTreeSet<&str> = open.iter().map(|finding| finding.fingerprint.as_str()).collect();
        let names = |only: bool| {
            let wanted = findings.iter().filter(|finding| !only || !open.contains(finding.fingerprint.as_str()));
            wanted.map(|finding| finding.fingerprint.clone()).collect()
        };
        if open.len() < all {
            let after = [mark, new.as_bytes()].concat();
            let real = source.real.clone();
            edits.push(Edit { path: path.into(), real, before: bytes, after, silenced: names(true), reported: names(false) });
        }
    }
    (edits, left)
}

/// Whether the comments of a file did what they are for, and nothing else.
fn holds(edit: &Edit, after: &Report) -> bool {
    let mut here = after.findings.iter().filter(|finding| after.file(finding.place).path == edit.path);
    here.all(|finding| !edit.silenced.contains(&finding.fingerprint) && edit.reported.contains(&finding.fingerprint))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Confidence, FileId, Level, Place, ReportFile};
    use crate::source::LineIndex;
    use std::sync::Arc;

    /// Comments are taken back when a finding is still there, or when there is one that was not there before.
    #[test]
    fn what_does_not_hold_is_seen() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let edit = Edit {
            path: "a.py".into(),
            real: PathBuf::new(),
            before: Vec::new(),
            after: Vec::new(),
            silenced: names(&["1"]),
            reported: names(&["1", "2"]),
        };
        let after = |path: &str, rule: &'static str, fingerprint: &str| {
            let text: Arc<str> = "".into();
            let file = ReportFile { path: path.into(), lines: LineIndex::new(&text), text };
            let finding = Finding {
                rule,
                level: Level::Warning,
                confidence: Confidence::High,
                place: Place { file: FileId(0), span: Span::default() },
                message: "x finds nothing here that this could silence".into(),
                help: String::new(),
                trace: Vec::new(),
                related: Vec::new(),
                deployment: Vec::new(),
                fix: None,
                symbol: String::new(),
                fingerprint: fingerprint.into(),
                content: String::new(),
            };
            Report { files: vec![file], findings: vec![finding], ..Report::default() }
        };
        assert!(holds(&edit, &Report::default()));
        assert!(holds(&edit, &after("a.py", "missing-timeout", "2")), "it could not be silenced and stays");
        assert!(holds(&edit, &after("b.py", "missing-timeout", "9")), "another file");
        assert!(!holds(&edit, &after("a.py", "missing-timeout", "1")), "not silenced");
        assert!(!holds(&edit, &after("a.py", "missing-timeout", "9")), "new");
        assert!(!holds(&edit, &after("a.py", UNUSED_SUPPRESSION, "9")), "a comment of no use");
    }
}
