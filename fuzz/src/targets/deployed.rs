//! Targets on deployment files and on SQL: each reader by itself, and all that a tree says together.

use super::super::seeds;
use super::super::text::{MADE, text};
use super::super::tree;
use super::super::words::Kind;
use super::front_end;
use scalelint::deploy::Format;
use scalelint::lang::{Language, sql as reader};
use scalelint::link::{FileData, Files, Options, Project};
use scalelint::models::{Models, Versions};
use scalelint::rules::Rule;
use scalelint::workbench;
use std::path::Path;

/// SQL as a file and as a string in code.
pub fn sql(data: &[u8]) {
    let text = text(data, Kind::Sql);
    front_end(Language::Sql, &text);
    for definition in reader::definitions(&text) {
        assert!(text.get(definition.span.start as usize..definition.span.end as usize).is_some(), "{definition:?}");
    }
    let quoted = text.replace('\\', "\\\\").replace('"', "\\\"").replace(['\n', '\r', '\0'], " ");
    let code = format!(
        "import psycopg2\nc = psycopg2.connect('a')\ndef f(x):\n  k = c.cursor()\n  k.execute(\"{quoted}\", x)\n  return k.fetchall()\n"
    );
    check(vec![("app.py".to_owned(), code)]);
}

/// Deployment files: any format from one text, or a tree of them.
pub fn deployment(data: &[u8]) {
    match data {
        // A list of choices is for one format, chosen by its second byte, or for a tree.
        [MADE, format, choices @ ..] if usize::from(*format) % (Format::ALL.len() + 2) < Format::ALL.len() => {
            let (path, kind) = NAMES[usize::from(*format) % (Format::ALL.len() + 2)];
            one(path, &text(&[&[MADE], choices].concat(), kind));
        }
        [MADE, _, choices @ ..] => {
            let mut tree = tree::tree(&[&[MADE], choices].concat());
            tree.retain(|(path, _)| seeds::kind_of(path) != Some(Kind::Python) && seeds::kind_of(path) != Some(Kind::Rust));
            check(tree);
        }
        _ => check(tree::tree(data)),
    }
}

/// A name for each format, in their order.
const NAMES: [(&str, Kind); Format::ALL.len()] = [
    ("app.yaml", Kind::Yaml),
    ("values.yaml", Kind::Yaml),
    ("prod.yaml", Kind::Yaml),
    ("_helpers.tpl", Kind::Yaml),
    ("Dockerfile", Kind::Dockerfile),
    ("Procfile", Kind::Shell),
    ("supervisord.conf", Kind::Ini),
    ("entrypoint.sh", Kind::Shell),
    ("main.tf", Kind::Hcl),
    ("fly.toml", Kind::Toml),
    ("nginx.conf", Kind::Proxy),
    (".github/workflows/ci.yml", Kind::Yaml),
    ("Makefile", Kind::Shell),
];

fn one(path: &str, text: &str) {
    let language = Language::of_path(Path::new(path)).expect("a format");
    front_end(language, text);
    let file = (path.to_owned(), text.to_owned());
    let chart = [("Chart.yaml", "name: a\n"), ("values.yaml", "a: {b: [1, {c: é}], d: 3}\n")];
    let chart = chart.map(|(path, text)| (format!("chart/{path}"), text.to_owned()));
    let template = (format!("chart/templates/{path}"), text.to_owned());
    check(chart.into_iter().chain([file, template]).collect());
}

/// Link the files without any library's model, and run every rule.
fn check(files: tree::Tree) {
    let (mut sources, mut manifests) = (Vec::new(), Vec::new());
    let mut files = files;
    files.sort();
    for (path, text) in files {
        let language = if path.contains(".github/workflows/") {
            Some(Language::Deployment(Format::Workflow))
        } else {
            Language::of_path(Path::new(&path))
        };
        match language {
            Some(language) => {
                let Ok(facts) = language.front_end().extract(&text, &Default::default()) else { continue };
                sources.push(FileData { path, language, text: text.into(), facts });
            }
            None => manifests.push((path, text.into())),
        }
    }
    let versions = Versions::default();
    let models = Models::built_in(|language| language == Language::Python, &versions);
    let project = Project::link(Files::new(sources, manifests), models, Options::default());
    for rule in Rule::all() {
        for finding in workbench::check(&project, rule) {
            let file = project.files().get(finding.place.file);
            let span = finding.place.span;
            assert!(file.text.get(span.start as usize..span.end as usize).is_some(), "{finding:?}");
            assert!(!finding.message.is_empty());
        }
    }
}
