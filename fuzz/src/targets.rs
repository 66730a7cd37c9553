//! What is run on an input, a function a target. Each panics when something does not hold.

mod deployed;
mod whole;

pub use deployed::{deployment, sql};
pub use whole::{fixes, project};

use super::text::{MADE, text};
use super::words::Kind;
use super::{grammar, hostile, invariants};
use arbitrary::Unstructured;
use scalelint::baseline::{self, Baseline};
use scalelint::config;
use scalelint::facts::dump;
use scalelint::fuzzing::{self, Both, Held};
use scalelint::lang::{Language, Limits};
use scalelint::link::{FileData, Files, Options, Project};
use scalelint::models::schema::ModelFile;
use scalelint::models::{Models, Versions};
use scalelint::rules::Rule;
use scalelint::walk::{Buffers, Tree};
use scalelint::workbench;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A target: what is run on an input.
pub type Target = fn(&[u8]);

/// Every target, by the name of its binary.
pub const ALL: [(&str, Target); 13] = [
    ("python", python),
    ("tapes", tapes),
    ("rust", rust),
    ("sql", sql),
    ("deployment", deployment),
    ("models", models),
    ("configuration", configuration),
    ("comments", comments),
    ("baseline", baseline),
    ("editor", editor),
    ("output", output),
    ("fixes", fixes),
    ("project", project),
];

/// Either parser of Python on any text.
pub fn python(data: &[u8]) {
    let text = text(data, Kind::Python);
    front_end(Language::Python, &text);
    if let Some(both) = Both::read(&text) {
        [both.typed.as_ref(), both.tolerant.as_ref().ok()]
            .into_iter()
            .flatten()
            .for_each(|facts| invariants::facts(&text, facts));
    }
}

/// Where the typed parser of Python reads a text, the tolerant one makes the same facts of it.
pub fn tapes(data: &[u8]) {
    let text = match data.split_first() {
        Some((&MADE, choices)) => grammar::python(&mut Unstructured::new(choices)),
        _ => text(data, Kind::Python),
    };
    if let Some(Held::Differs(how)) = Both::read(&text).map(|both| both.held(&text)) {
        panic!("{how}\nof\n{text}");
    }
}

/// The parsers of Rust on any text.
pub fn rust(data: &[u8]) {
    front_end(Language::Rust, &text(data, Kind::Rust));
}

/// What a front end makes of a text holds, can be shown, and is the same the second time.
pub(super) fn front_end(language: Language, text: &str) {
    let mut front_end = language.front_end();
    let first = front_end.extract(text, &Limits::default());
    if let Ok(facts) = &first {
        invariants::facts(text, facts);
        drop(dump(facts));
    }
    assert!(first == front_end.extract(text, &Limits::default()), "read twice, two things are seen");
}

/// A user's models: read, compiled, at work on an example.
pub fn models(data: &[u8]) {
    let text = text(data, Kind::Toml);
    let Ok(file) = toml::from_str::<ModelFile>(&text) else { return };
    let language = if file.language.as_deref() == Some("rust") { Language::Rust } else { Language::Python };
    let Ok(models) = Models::compile(&[(language, file)], &Versions::default()) else { return };
    let (path, code) = match language {
        Language::Rust => ("main.rs", "use a::b; fn f() { b(1); a::c().b().await; let x: a::B = T::new(); x.a()[0]; }"),
        _ => (
            "app.py",
            "import a\n@a.b\ndef f(x: a.B):\n  with a.B() as y:\n    y.a(x.b(), t=None)\n  for z in a.c(x): z.a()[0]\n",
        ),
    };
    let facts = language.front_end().extract(code, &Limits::default()).expect("sound code");
    let files = Files::new(vec![FileData { path: path.into(), language, text: code.into(), facts }], Vec::new());
    let project = Project::link(files, models, Options::default());
    Rule::all().iter().for_each(|rule| drop(workbench::check(&project, rule)));
}

/// A configuration, as a file of its own and as a section of a manifest: what is wrong with it can be shown.
pub fn configuration(data: &[u8]) {
    let text = text(data, Kind::Toml);
    let root = Path::new("/no/such/project");
    for name in ["scalelint.toml", "pyproject.toml", "Cargo.toml"] {
        let content: Arc<[u8]> = text.as_bytes().into();
        let tree = Tree::Buffers(Arc::new(Buffers::from_iter([(root.join(name), content)])));
        match config::discover(root, &tree) {
            Err(error) => invariants::harmless(&error.render(false), false),
            Ok(config) => {
                let keys: Vec<String> = config.origins.iter().map(|origin| origin.key.clone()).collect();
                keys.iter().for_each(|key| assert!(config.place_of(key).is_some(), "{key}"));
            }
        }
    }
}

/// Comments that silence, in every language's way of writing them.
pub fn comments(data: &[u8]) {
    let text = text(data, Kind::Comment);
    for path in ["a.py", "a.rs", "a.sql", "Procfile", "values.yaml", "Dockerfile"] {
        let language = Language::of_path(Path::new(path)).expect("a language");
        let written: String = text.split('\n').map(|line| format!("{} {line}\n", language.comment())).collect();
        front_end(language, &text);
        front_end(language, &written);
    }
}

/// A baseline: what is wrong with it can be shown, and what is read and written again is the same.
pub fn baseline(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match Baseline::parse("base\u{1b}line", &text) {
        Err(error) => invariants::harmless(&error.render(false), false),
        Ok(read) => {
            let again = baseline::render(&read.entries);
            let twice = Baseline::parse("baseline", &again).unwrap_or_else(|error| panic!("{error}: {again}"));
            assert_eq!(baseline::render(&twice.entries), again);
            assert_eq!(twice.entries.len(), read.entries.len());
        }
    }
}

/// Messages of an editor: any bytes; and a sound message before them is understood.
pub fn editor(data: &[u8]) {
    drop(fuzzing::editor_messages(data));
    let body = r#"{"jsonrpc":"2.0","id":7,"method":"a"}"#;
    let sound = format!("Content-Length: {}\r\n\r\n{body}", body.len());
    let seen = fuzzing::editor_messages(&[sound.as_bytes(), data].concat());
    assert_eq!(seen.first().map(String::as_str), Some("7 a"));
    // The bytes as a body: whatever they are, the next message is seen.
    let framed = [format!("Content-Length: {}\r\n\r\n", data.len()).as_bytes(), data, sound.as_bytes()].concat();
    let seen = fuzzing::editor_messages(&framed);
    assert_eq!(seen.get(1).map(String::as_str), Some("7 a"), "{seen:?}");
}

/// Every format on a report whose words are all foreign.
pub fn output(data: &[u8]) {
    invariants::rendered(&hostile::report(data));
}

/// An empty folder that is the root of a project.
pub(super) fn root() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir(folder.path().join(".git")).expect("a folder");
    let real = folder.path().canonicalize().expect("the folder");
    (folder, real)
}
