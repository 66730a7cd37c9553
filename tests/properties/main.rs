//! What holds of every project, tried on the fixture services and on the examples of every rule's page: edits that change nothing move
//! findings and change nothing else, the order of files and the number of threads change nothing at all, a file can be split, and what
//! is silenced and given its voice back is as it was. Everything is drawn by a seeded generator, so that a failure can be repeated.

#[path = "../common/mod.rs"]
mod common;

mod edited;
mod order;
mod silenced;
mod split;

use common::edits::Texts;
use scalelint::finding::{Confidence, Finding, Level, Note, Place, Report};
use scalelint::fixes::Safety;
use scalelint::rules::Rule;
use scalelint::rules::page::Example;
use scalelint::scan::scan;
use scalelint::session::{Options, Session};
use scalelint::source::Span;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::fs;
use std::path::Path;

/// Examples that are laid side by side into one project: each alone would take minutes.
const SIDE_BY_SIDE: usize = 90;

/// A finding with everything that is said of it, and nothing that depends on how files are numbered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    path: String,
    span: Span,
    rule: &'static str,
    level: Level,
    confidence: Confidence,
    message: String,
    help: String,
    symbol: String,
    evidence: Vec<Evidence>,
    fix: Option<(String, Safety)>,
    fingerprint: String,
    content: String,
}

/// A place that belongs to a finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Evidence {
    what: &'static str,
    path: String,
    span: Span,
    message: String,
}

impl Seen {
    fn new(finding: &Finding, report: &Report) -> Self {
        let path = |place: Place| report.file(place).path.clone();
        let notes = |what: &'static str, notes: &[Note]| {
            let one =
                |note: &Note| Evidence { what, path: path(note.place), span: note.place.span, message: note.message.clone() };
            notes.iter().map(one).collect::<Vec<_>>()
        };
        let evidence = [("trace", &finding.trace), ("related", &finding.related), ("deployment", &finding.deployment)];
        Self {
            path: path(finding.place),
            span: finding.place.span,
            rule: finding.rule,
            level: finding.level,
            confidence: finding.confidence,
            message: finding.message.clone(),
            help: finding.help.clone(),
            symbol: finding.symbol.clone(),
            evidence: evidence.iter().flat_map(|(what, list)| notes(what, list)).collect(),
            fix: finding.fix.as_ref().map(|fix| (fix.message.clone(), fix.safety)),
            fingerprint: finding.fingerprint.clone(),
            content: finding.content.clone(),
        }
    }

    /// Every text in it, as `rewrite` makes it.
    fn with_texts(mut self, rewrite: impl Fn(&str) -> String) -> Self {
        for text in [&mut self.message, &mut self.help, &mut self.symbol] {
            *text = rewrite(text);
        }
        for evidence in &mut self.evidence {
            evidence.message = rewrite(&evidence.message);
        }
        self
    }
}

/// Write a project to a folder.
fn write(texts: &Texts, root: &Path) {
    for (path, text) in texts {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("a folder above")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
}

/// Everything that is found in a project.
fn report(root: &Path, threads: Option<usize>) -> Report {
    let options = Options {
        paths: vec![root.into()],
        select: Some(vec!["all".into()]),
        min_confidence: Some(Confidence::Low),
        threads,
        ..Options::default()
    };
    scan(&Session::new(&options).expect("a project"))
}

/// The same, sorted, for these texts; and what could not be looked at.
fn look(texts: &Texts) -> (Vec<Seen>, Vec<String>) {
    let root = tempfile::tempdir().expect("a folder");
    write(texts, root.path());
    let report = report(root.path(), None);
    let mut seen: Vec<Seen> = report.findings.iter().map(|finding| Seen::new(finding, &report)).collect();
    seen.sort();
    let names: BTreeSet<_> = seen.iter().map(|seen| (seen.rule, &seen.path, &seen.fingerprint)).collect();
    assert_eq!(names.len(), seen.len(), "every finding has its own name");
    (seen, report.notices.iter().map(|notice| format!("{}: {}", notice.path, notice.message)).collect())
}

/// Examples of the pages, side by side: each in a folder of its own.
fn pages() -> Vec<(String, Texts)> {
    let examples: Vec<&Example> = Rule::all().iter().flat_map(|rule| rule.page().examples()).collect();
    let batch = |(number, examples): (usize, &[&Example])| {
        let files = examples
            .iter()
            .enumerate()
            .flat_map(|(at, example)| example.files.iter().map(move |file| (format!("e{at}/{}", file.path), file.text())));
        (format!("examples {} to {}", number * SIDE_BY_SIDE, number * SIDE_BY_SIDE + examples.len()), files.collect())
    };
    examples.chunks(SIDE_BY_SIDE).enumerate().map(batch).collect()
}

/// What differs, if anything does: the first few findings on each side.
fn difference<T: Ord + Debug>(expected: &[T], seen: &[T], what: &str) -> Option<String> {
    let lost: Vec<_> = expected.iter().filter(|one| !seen.contains(one)).take(3).collect();
    let new: Vec<_> = seen.iter().filter(|one| !expected.contains(one)).take(3).collect();
    let is_same = lost.is_empty() && new.is_empty() && expected.len() == seen.len();
    (!is_same).then(|| format!("{what}\nexpected {lost:#?}\nfound {new:#?}"))
}

/// Nothing may be at fault.
fn none(faults: &[String]) {
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n\n"));
}
