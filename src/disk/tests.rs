//! Every command on a file system that fails at its n-th touch, for every n until a run gets through: the exit code says so, what was
//! there before is there in whole or replaced in whole, nothing lies about, and the other files are still reported.
#![cfg(unix)]

use super::Deed;
use super::failing::{self, Plan};
use crate::cli::{run, said};
use rustix::io::Errno;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

/// Outputs of one run; `tests/cli.rs` has every format refused.
const FORMATS: [&str; 3] = ["json", "sarif", "text"];

/// What disks say.
const ERRORS: [Errno; 5] = [Errno::NOSPC, Errno::IO, Errno::ACCESS, Errno::ROFS, Errno::MFILE];

const CALL: &str = "import requests\n\n\ndef load(key):\n    return requests.get(key)\n";

/// What is in the project before each run.
const FILES: [(&str, &str); 9] = [
    (".git/HEAD", ""),
    (".gitignore", "*.tmp\n"),
    ("Dockerfile", "FROM python:3.13\nCMD python main.py\n"),
    ("app/good.py", CALL),
    (
        "app/main.py",
        "from flask import Flask\nfrom stock import load\n\napp = Flask(__name__)\n\n\n@app.get('/<key>')\ndef show(key):\n    \
         return load(key).text\n",
    ),
    ("app/stock.py", CALL),
    ("requirements.txt", "requests==2.32.0\nflask==3.0.0\n"),
    (
        "scalelint.toml",
        "min-confidence = \"low\"\nselect = [\"missing-timeout\", \"missing-graceful-shutdown\", \"unused-suppression\"]\n",
    ),
    ("tool", "#!/usr/bin/env python3\nimport requests\n\n\ndef load(key):\n    return requests.get(key)\n"),
];

/// Bytes and mode of every file, by path.
type Files = BTreeMap<String, (Vec<u8>, u32)>;

struct Case {
    name: &'static str,
    arguments: Vec<String>,
    /// Files besides [`FILES`].
    more: Vec<(String, String)>,
    /// Whether all files are replaced, or none.
    as_one: bool,
    /// Which touches are made to fail, once and from then on.
    counts: [fn(Deed) -> bool; 2],
}

/// How a run went.
struct Outcome {
    code: u8,
    said: String,
    files: Files,
}

struct Scene {
    /// Removed at the end.
    _folder: tempfile::TempDir,
    root: PathBuf,
    case: Case,
}

impl Scene {
    fn new(case: Case) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().canonicalize().expect("a path").join("p");
        Self { _folder: folder, root, case }
    }

    /// The project as it is before each run.
    fn set(&self) {
        let _ = fs::remove_dir_all(&self.root);
        let more = self.case.more.iter().map(|(path, text)| (path.as_str(), text.as_str()));
        for (path, text) in FILES.into_iter().chain(more) {
            let path = self.root.join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(&path, text).expect("a file");
            fs::set_permissions(path, fs::Permissions::from_mode(0o640)).expect("a mode");
        }
        // One of the outputs is reached by a link.
        if self.root.join("out/real").exists() {
            symlink("real", self.root.join("out/json")).expect("a link");
        }
    }

    fn files(&self) -> Files {
        let entries = walkdir::WalkDir::new(&self.root).into_iter().filter_map(Result::ok);
        let file = |entry: walkdir::DirEntry| {
            let path = entry.path().strip_prefix(&self.root).expect("a path below").to_string_lossy().into_owned();
            let target = fs::read_link(entry.path()).map(|target| target.into_os_string().into_encoded_bytes());
            let bytes = target.or_else(|_| fs::read(entry.path())).expect("a file");
            (path, (bytes, entry.metadata().expect("a file").permissions().mode()))
        };
        entries.filter(|entry| !entry.file_type().is_dir()).map(file).collect()
    }

    fn run(&self, plan: Option<Plan>) -> (Outcome, Vec<(Deed, PathBuf)>) {
        self.set();
        let arguments: Vec<OsString> =
            self.case.arguments.iter().map(|word| word.replace("ROOT", &self.root.to_string_lossy()).into()).collect();
        let work = || run(std::iter::once("scalelint".into()).chain(arguments));
        said();
        let (code, failed) = match plan {
            Some(plan) => failing::during(plan, work),
            None => (work(), Vec::new()),
        };
        (Outcome { code, said: said(), files: self.files() }, failed)
    }
}

fn all(_: Deed) -> bool {
    true
}

fn is_write(deed: Deed) -> bool {
    matches!(deed, Deed::Create | Deed::Write | Deed::Mode | Deed::Sync | Deed::Rename)
}

/// A case in which only writing fails: reading is the same for all commands.
fn case(name: &'static str, arguments: &[&str]) -> Case {
    let arguments = arguments.iter().map(|word| (*word).to_owned()).collect();
    Case { name, arguments, more: Vec::new(), as_one: false, counts: [is_write, is_write] }
}

fn check(name: &'static str, more: &[&str]) -> Case {
    case(name, &[&["check", "ROOT", "--threads", "1", "--exit-zero"], more].concat())
}

fn one_output() -> Case {
    Case { counts: [all, all], ..check("an output", &["--output", "json=ROOT/out.json"]) }
}

fn fix() -> Case {
    Case { as_one: true, ..check("fix", &["--fix", "--unsafe-fixes", "--format", "concise"]) }
}

/// An action on a baseline with an entry that is of no use, and without what is found.
fn baseline(name: &'static str, more: &[&str]) -> Case {
    let gone = format!("{}\t{}\tmissing-timeout\tapp/good.py\tf\tgone\n", "a".repeat(32), "b".repeat(16));
    let text = format!("# scalelint baseline, version 1\n{gone}");
    Case { more: vec![("scalelint-baseline.txt".to_owned(), text)], ..case(name, &[&["baseline"], more, &["ROOT"]].concat()) }
}

#[test]
fn outputs() {
    let outputs: Vec<String> = FORMATS.iter().map(|format| format!("--output={format}=ROOT/out/{format}")).collect();
    let old =
        FORMATS.map(|format| (if format == "json" { "out/real".to_owned() } else { format!("out/{format}") }, "old".to_owned()));
    let several = check("outputs", &outputs.iter().map(String::as_str).collect::<Vec<_>>());
    fails_well(Case { more: old.to_vec(), ..several });
    assert_eq!(fails_well(one_output()).len(), 8, "everything but setting a mode");
}

#[test]
fn baselines() {
    fails_well(case("baseline create", &["baseline", "create", "ROOT"]));
    fails_well(baseline("baseline create --force", &["create", "--force"]));
    fails_well(Case { counts: [all, is_write], ..baseline("baseline update", &["update", "--accept-new"]) });
    fails_well(baseline("baseline prune", &["prune"]));
}

#[test]
fn sources() {
    fails_well(fix());
    let ignores = check("add ignores", &["--add-ignores", "--reason", "later", "--format", "concise"]);
    fails_well(Case { as_one: true, counts: [all, is_write], ..ignores });
}

#[test]
fn configuration() {
    fails_well(Case { counts: [all, all], ..case("init", &["init", "ROOT/app"]) });
}

/// A call that was interrupted is made again, and nobody notices.
#[test]
fn interrupted_calls_are_made_again() {
    for case in [one_output(), fix()] {
        let scene = Scene::new(case);
        let (sound, _) = scene.run(None);
        let mut reached = 0;
        for nth in 1.. {
            let counts = |deed| matches!(deed, Deed::Read | Deed::Write);
            let (outcome, failed) =
                scene.run(Some(Plan { below: scene.root.clone(), counts, nth, error: Errno::INTR, lasting: false }));
            let what = format!("{}, number {nth}: {}", scene.case.name, outcome.said);
            assert_eq!((outcome.code, &outcome.said, &outcome.files), (sound.code, &sound.said, &sound.files), "{what}");
            if failed.is_empty() {
                break;
            }
            reached = nth;
        }
        assert!(reached > 5, "{}", scene.case.name);
    }
}

/// Every run of a case with one touch that fails leaves whole files and says so. Gives what failed.
fn fails_well(case: Case) -> BTreeSet<String> {
    let scene = Scene::new(case);
    let name = scene.case.name;
    scene.set();
    let before = scene.files();
    let (sound, _) = scene.run(None);
    assert!(sound.code == 0 && sound.files != before, "{name}: {}", sound.said);
    let mut deeds = BTreeSet::new();
    for (counts, lasting) in scene.case.counts.into_iter().zip([false, true]) {
        for nth in 1.. {
            let plan = Plan { below: scene.root.clone(), counts, nth, error: ERRORS[nth % ERRORS.len()], lasting };
            let (outcome, failed) = scene.run(Some(plan));
            let Some((deed, path)) = failed.first() else {
                assert_eq!((outcome.code, &outcome.files), (sound.code, &sound.files), "{name}");
                assert!(nth > 3, "{name}: {nth}");
                break;
            };
            deeds.insert(format!("{deed:?}"));
            let what = format!("{name}, {deed:?} number {nth} of {} fails, lasting: {lasting}\n{}", path.display(), outcome.said);
            judge(&scene, &before, &sound, &outcome, (*deed, path), lasting, &what);
        }
    }
    deeds
}

fn judge(
    scene: &Scene,
    before: &Files,
    sound: &Outcome,
    outcome: &Outcome,
    (deed, path): (Deed, &Path),
    lasting: bool,
    what: &str,
) {
    let Outcome { code, said, files } = outcome;
    for (path, content) in files {
        assert!(!path.contains(".scalelint-"), "{path} lies about; {what}");
        let is_whole = before.get(path) == Some(content) || sound.files.get(path) == Some(content);
        // What could not be read is not in a report, which is then another one, and whole as well.
        let is_other = !is_write(deed) && path.starts_with("out") && content.0 != b"old";
        assert!(is_whole || is_other || is_baseline(path, deed), "{path} is half-written; {what}");
    }
    assert!(before.keys().all(|path| files.contains_key(path)), "a file is gone; {what}");
    let changes = |to: &Files| to.iter().filter(|(path, content)| before.get(*path) != Some(content)).count();
    let (done, wanted) = (changes(files), changes(&sound.files));
    if is_write(deed) {
        assert_eq!(*code, 5, "{what}");
        assert!(said.contains("error: cannot write `"), "{what}");
        let stays = if scene.case.as_one || lasting { 0 } else { wanted - 1 };
        let stuck = said.contains("changed already");
        assert!(
            done == stays || stuck && lasting || lasting && !scene.case.as_one && done < wanted,
            "{done} of {wanted} changed; {what}"
        );
    } else {
        // Nothing is left out in silence.
        let is_same = (code, said, files) == (&sound.code, &sound.said, &sound.files);
        assert!(is_same || said.contains("notice") || said.contains("error:"), "not a word; {what}");
        assert!([0, 2, 3, 5].contains(code), "{code}; {what}");
        assert_eq!(*code == 5, said.contains("error: cannot write `"), "{what}");
        let report = files.get("out.json").filter(|_| *code == 0 && !lasting && !path.ends_with("good.py"));
        if let Some((report, _)) = report.filter(|_| deed != Deed::List) {
            assert!(String::from_utf8_lossy(report).contains("app/good.py"), "the good file is not reported; {what}");
        }
    }
}

/// A baseline is another one when something could not be read.
fn is_baseline(path: &str, deed: Deed) -> bool {
    path == "scalelint-baseline.txt" && !is_write(deed)
}
