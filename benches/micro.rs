//! Micro benchmarks over the fixtures: what extract, link, the rules and rendering cost on small services. `cargo bench` runs them;
//! `compare.py` beside them measures the whole program on large trees.

use divan::Bencher;
use divan::counter::BytesCount;
use scalelint::facts::{Builder, FileFacts};
use scalelint::finding::{Report, ReportFile};
use scalelint::lang::{Language, Limits};
use scalelint::link::{FileData, Files, Options, Project};
use scalelint::models::{Models, Versions};
use scalelint::output::{Format, Style, render};
use scalelint::rules::Rule;
use scalelint::source::{LineIndex, Span};
use scalelint::workbench;
use std::path::Path;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Services of the fixtures: the first is Rust, the others are Python with their deployment.
const SERVICES: [&str; 4] = ["axum-catalog", "django-library", "fastapi-orders", "flask-shop"];

fn main() {
    divan::main();
}

/// The files of a fixture, as path and text.
fn texts(service: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(service);
    let files = walkdir::WalkDir::new(&root).into_iter().filter_map(Result::ok);
    let read = |entry: walkdir::DirEntry| {
        let path = entry.path().strip_prefix(&root).ok()?.to_str()?.replace('\\', "/");
        Some((path, std::fs::read_to_string(entry.path()).ok()?))
    };
    let mut texts: Vec<_> = files.filter(|entry| entry.file_type().is_file()).filter_map(read).collect();
    texts.sort();
    texts
}

/// All code of one language in the fixtures.
fn code(language: Language) -> Vec<String> {
    let all = SERVICES.iter().flat_map(|service| texts(service));
    all.filter(|(path, _)| Language::of_path(Path::new(path)) == Some(language)).map(|(_, text)| text).collect()
}

fn extract(language: Language, text: &str) -> FileFacts {
    let nothing = || Builder::new(Span::default()).finish(0);
    language.front_end().extract(text, &Limits::default()).unwrap_or_else(|_| nothing())
}

fn project(service: &str) -> Project {
    workbench::project(&texts(service), None)
}

fn report_file(data: FileData) -> ReportFile {
    ReportFile { lines: LineIndex::new(&data.text), path: data.path, text: data.text }
}

#[divan::bench(args = [Language::Python, Language::Rust])]
fn extract_language(bencher: Bencher, language: Language) {
    let code = code(language);
    let bytes: usize = code.iter().map(String::len).sum();
    let mut front_end = language.front_end();
    bencher.counter(BytesCount::new(bytes)).bench_local(|| {
        code.iter().map(|text| front_end.extract(text, &Limits::default()).is_ok()).filter(|sound| *sound).count()
    });
}

#[divan::bench]
fn read_models(bencher: Bencher) {
    bencher.bench(|| Models::built_in(|_| true, &Versions::default()).act_count());
}

#[divan::bench(args = SERVICES)]
fn link(bencher: Bencher, service: &str) {
    let texts = texts(service);
    let files = || {
        let sources = texts.iter().filter_map(|(path, text)| Some((path, text, Language::of_path(Path::new(path))?)));
        let data = sources.map(|(path, text, language)| {
            let facts = extract(language, text);
            FileData { path: path.clone(), language, text: text.as_str().into(), facts }
        });
        let models = Models::built_in(|_| true, &Versions::default());
        (Files::new(data.collect(), Vec::new()), models)
    };
    bencher.with_inputs(files).bench_values(|(files, models)| Project::link(files, models, Options::default()));
}

#[divan::bench(args = SERVICES)]
fn rules(bencher: Bencher, service: &str) {
    // What rules keep for each other is kept in the project: each round starts with a new one.
    bencher
        .with_inputs(|| project(service))
        .bench_refs(|project| Rule::all().iter().map(|rule| workbench::check(project, rule).len()).sum::<usize>());
}

#[divan::bench(args = [Format::Text, Format::Json, Format::Sarif])]
fn render_report(bencher: Bencher, format: Format) {
    let project = project("django-library");
    let findings = Rule::all().iter().flat_map(|rule| workbench::check(&project, rule)).collect();
    let files = project.into_files().into_iter().map(report_file).collect();
    let report = Report { files, findings, ..Report::default() };
    bencher.bench(|| {
        let mut out = Vec::new();
        render(&report, format, &Style::default(), &mut out).map(|()| out.len())
    });
}
