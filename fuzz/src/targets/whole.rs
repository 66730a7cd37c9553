//! Targets on a whole project: everything between files and reports, with all rules on.

use super::super::invariants;
use super::super::tree::{self, Tree as Texts};
use super::root;
use scalelint::finding::{Confidence, Finding, Report};
use scalelint::fixes::{self, Choice};
use scalelint::fuzzing;
use scalelint::lang::{Language, Limits};
use scalelint::scan::scan;
use scalelint::session::{Options, Session};
use scalelint::suppress::UNUSED_SUPPRESSION;
use scalelint::walk::{Buffers, Tree};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

thread_local! {
    /// The root of every project of this thread; its files are in memory.
    static ROOT: (tempfile::TempDir, PathBuf) = root();
}

/// A session for files in memory; none when its configuration is wrong, which is an error that can be shown.
fn session(texts: &Texts) -> Option<Session> {
    let root = ROOT.with(|(_, root)| root.clone());
    let content = |(path, text): &(String, String)| (root.join(path), Arc::<[u8]>::from(text.as_bytes()));
    opened(&root, Tree::Buffers(Arc::new(texts.iter().map(content).collect::<Buffers>())))
}

fn opened(root: &Path, tree: Tree) -> Option<Session> {
    let options = Options {
        paths: vec![root.to_path_buf()],
        extend_select: vec!["all".to_owned()],
        min_confidence: Some(Confidence::Low),
        threads: Some(1),
        tree,
        ..Options::default()
    };
    match Session::new(&options) {
        Ok(session) => Some(session),
        Err(error) => {
            invariants::harmless(&error.render(false), false);
            None
        }
    }
}

/// Files to report in every format. A second run says the same, and comments that silence its findings leave nothing but what they
/// cannot silence.
pub fn project(data: &[u8]) {
    let texts = tree::tree(data);
    let Some(session) = session(&texts) else { return };
    let report = scan(&session);
    invariants::report(&report);
    // Each of these costs a run: one of them, or none.
    match data.len() % 3 {
        0 => assert!(report.findings == scan(&session).findings, "checked twice, two things are found"),
        1 => silenced(&texts, &report, &session),
        _ => {}
    }
}

fn silenced(texts: &Texts, before: &Report, open: &Session) {
    for (path, text) in texts {
        let is_here = |finding: &&Finding| finding.rule != UNUSED_SUPPRESSION && before.file(finding.place).path == *path;
        let findings: Vec<Finding> = before.findings.iter().filter(is_here).cloned().collect();
        let language = Language::of_path(Path::new(path));
        let (Some(language), false) = (language, findings.is_empty()) else { continue };
        // What was decoded otherwise than by leaving it as it is has no comments put into it.
        if before.file(findings[0].place).text.as_ref() != text {
            continue;
        }
        let (with, left) = fuzzing::silence(path, language, text, findings.clone(), open);
        let left: BTreeSet<&str> = left.iter().map(|finding| finding.fingerprint.as_str()).collect();
        let mut changed = texts.clone();
        changed.iter_mut().filter(|(of, _)| of == path).for_each(|(_, text)| text.clone_from(&with));
        let after = scan(&session(&changed).expect("the configuration is as it was"));
        let still: BTreeSet<&str> = after.findings.iter().map(|finding| finding.fingerprint.as_str()).collect();
        for finding in findings.iter().filter(|finding| !left.contains(finding.fingerprint.as_str())) {
            assert!(!still.contains(finding.fingerprint.as_str()), "{finding:?} is still there in\n{with}");
        }
        return;
    }
}

/// Fixes of what is found: each file reads as well as before, is the same elsewhere, and a fix that was made is not offered again.
pub fn fixes(data: &[u8]) {
    let texts = tree::tree(data);
    let Some(session) = session(&texts) else { return };
    if !scan(&session).findings.iter().any(|finding| finding.fix.is_some()) {
        return;
    }
    drop(session);
    let (_folder, root) = root();
    for (path, text) in &texts {
        let file = root.join(path);
        std::fs::create_dir_all(file.parent().expect("a folder above")).and_then(|()| std::fs::write(file, text)).ok();
    }
    let Some(session) = opened(&root, Tree::Disk) else { return };
    let choice = Choice { with_unsafe: true, ..Choice::default() };
    let mut report = scan(&session);
    invariants::report(&report);
    for round in 0.. {
        let applied = fixes::apply(&report, &choice, &session);
        if applied.files.is_empty() {
            break;
        }
        assert!(round < 10, "fixes that are made again and again: {:?}", applied.files);
        for file in &applied.files {
            let language = Language::of_path(Path::new(&file.path));
            assert!(gaps(language, &file.new_text) <= gaps(language, &file.text), "{file:?}");
            assert!(file.new_text != file.text, "{file:?}");
            std::fs::write(&file.real, &file.bytes.1).expect("the file");
        }
        report = scan(&session);
        invariants::report(&report);
    }
}

/// How many parts of a text cannot be read.
fn gaps(language: Option<Language>, text: &str) -> usize {
    let facts = language.map(|language| language.front_end().extract(text, &Limits::default()));
    facts.map_or(0, |facts| facts.map_or(usize::MAX, |facts| facts.gaps.len()))
}
