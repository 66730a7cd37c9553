//! The miniature services under `fixtures/`, analysed from end to end: one snapshot a story, and nothing at all in `clean/`.
//!
//! `INSTA_UPDATE=always cargo test --test fixtures` writes the snapshots anew. Read what has changed: each story says in its
//! `scalelint.toml` what is wrong with it on purpose and what only looks like it.

use scalelint::finding::{Confidence, Note, Place, Report};
use scalelint::scan::scan;
use scalelint::session::{Options, Session};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// Stories with problems; each has a snapshot.
const STORIES: [&str; 5] = ["axum-catalog", "django-library", "fastapi-orders", "flask-shop", "procfile-polls"];

/// The story without any.
const CLEAN: &str = "clean";

#[test]
fn stories() {
    for story in STORIES {
        let report = run(story, Options::default());
        insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(story, findings(&report)) });
    }
}

#[test]
fn clean_services_are_silent() {
    let everything = Options { select: Some(vec!["all".into()]), min_confidence: Some(Confidence::Low), ..Options::default() };
    let report = run(CLEAN, everything);
    assert!(report.findings.is_empty(), "\n{}", findings(&report));
}

#[test]
fn every_folder_is_a_story() {
    let folders = WalkDir::new(folder("")).min_depth(1).max_depth(1).into_iter();
    let names: BTreeSet<_> = folders.map(|entry| entry.expect("a folder").file_name().to_string_lossy().into_owned()).collect();
    let known: BTreeSet<_> = STORIES.into_iter().chain([CLEAN]).map(String::from).collect();
    assert_eq!(names, known);
}

#[test]
fn stories_are_small_and_projects_of_their_own() {
    for story in STORIES.into_iter().chain([CLEAN]) {
        let roots: Vec<PathBuf> = WalkDir::new(folder(story))
            .into_iter()
            .map(|entry| entry.expect("a file").into_path())
            .filter(|path| path.ends_with("scalelint.toml"))
            .collect();
        assert_eq!(roots, [folder(story).join("scalelint.toml")]);
        let lines: usize = run(story, Options::default()).summary.lines;
        assert!(lines < 1000, "{story} has {lines} lines");
    }
}

fn folder(story: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(story)
}

/// The five steps over one story.
fn run(story: &str, options: Options) -> Report {
    let options = Options { paths: vec![folder(story)], ..options };
    let report = scan(&Session::new(&options).expect("a project"));
    assert!(report.notices.is_empty(), "{story}: {:?}", report.notices);
    report
}

/// A finding a paragraph: where and what, the way that leads there, and what else belongs to it.
fn findings(report: &Report) -> String {
    let mut text = String::new();
    for finding in &report.findings {
        let at = at(report, finding.place);
        let _ = writeln!(text, "{at} {}[{}] {}", finding.level.name(), finding.rule, finding.message);
        let mut notes = |word: &str, notes: &[Note]| {
            for note in notes {
                let _ = writeln!(text, "    {word} {} {}", self::at(report, note.place), note.message);
            }
        };
        notes("via", &finding.trace);
        notes("see", &finding.related);
        notes("deployed", &finding.deployment);
    }
    text
}

fn at(report: &Report, place: Place) -> String {
    let file = report.file(place);
    let position = file.lines.position(&file.text, place.span.start);
    format!("{}:{}:{}", file.path, position.line, position.column)
}
