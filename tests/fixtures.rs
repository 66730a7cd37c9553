//! The miniature services under `fixtures/`, analysed from end to end: one snapshot a story, and nothing at all in `clean/`.
//!
//! `INSTA_UPDATE=always cargo test --test fixtures` writes the snapshots anew. Read what has changed: each story says in its
//! `scalelint.toml` what is wrong with it on purpose and what only looks like it.

use scalelint::finding::{Confidence, Note, Place, Report};
use scalelint::link::{self, Files, Project};
use scalelint::models::{Models, Role, Versions};
use scalelint::output::{Format, Style, render};
use scalelint::scan::{extract, scan, scan_and_keep};
use scalelint::session::{Options, Session, Timings};
use scalelint::stop::Stop;
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

/// What was learnt in one run changes nothing in the next, not a byte: neither after a whole run, nor after one that was stopped before
/// it had asked for all of it.
#[test]
fn what_was_learnt_before_changes_nothing() {
    for story in STORIES {
        let options = Options { paths: vec![folder(story)], select: Some(vec!["all".into()]), ..Options::default() };
        let session = || Session::new(&options).expect("a project");
        let (first, learnt) = scan_and_keep(&session());
        let mut again = session();
        again.learnt = learnt.into();
        let (second, learnt) = scan_and_keep(&again);
        let mut stopped = session();
        stopped.learnt = learnt.into();
        stopped.stop.set();
        let (nothing, learnt) = scan_and_keep(&stopped);
        assert_eq!(nothing.findings.len(), 0, "{story}");
        let mut last = session();
        last.learnt = learnt.into();
        last.timings = Timings::new(true);
        let third = scan(&last);
        // Empty files have nothing to learn from.
        let shown = last.timings.shown();
        let parsed: Vec<&str> =
            shown.lines().filter(|line| line.contains("time: file") && !line.contains("__init__.py")).collect();
        assert_eq!(parsed, Vec::<&str>::new(), "{story}");
        let bytes = |report: &Report| {
            let mut bytes = Vec::new();
            render(report, Format::Json, &Style::default(), &mut bytes).expect("a report");
            String::from_utf8(bytes).expect("text")
        };
        assert_eq!(bytes(&first), bytes(&second), "{story}");
        assert_eq!(bytes(&first), bytes(&third), "{story}");
    }
}

/// Once nobody waits any more, the link step and what asks the project look no further; the facts are given back all the same.
#[test]
fn stopped_projects_have_nothing_to_look_at() {
    let link = |stop: &Stop| {
        let options = Options { paths: vec![folder("flask-shop")], ..Options::default() };
        let files = Files::new(extract(&Session::new(&options).expect("a project")).files, Vec::new());
        let models = Models::built_in(|_| true, &Versions::read(files.manifests()));
        Project::link(files, models, link::Options { stop: stop.clone(), ..link::Options::default() })
    };
    let stop = Stop::default();
    let project = link(&stop);
    let calls = |project: &Project| project.sites(Role::HttpRequest).count();
    assert!(calls(&project) > 0 && project.functions().next().is_some());
    stop.set();
    assert!(calls(&project) == 0 && project.functions().next().is_none());
    let stopped = link(&stop);
    assert!(stopped.entry_points().len() < project.entry_points().len());
    assert_eq!(stopped.into_files().len(), project.into_files().len());
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
