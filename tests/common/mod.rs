//! Runs the program on projects made for one test; shared by the tests that look at it from outside.
#![allow(dead_code, reason = "each test file uses its own part")]

pub(crate) mod edits;

use std::fs;
use std::io::{BufRead, BufReader, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// No run on these small inputs may come near it, whatever the machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Formats of `--format`, all of them.
pub(crate) const FORMATS: [&str; 13] = [
    "text",
    "concise",
    "json",
    "json-lines",
    "sarif",
    "github",
    "gitlab",
    "junit",
    "checkstyle",
    "rdjson",
    "sonar",
    "markdown",
    "html",
];

/// A folder with files, removed at the end of the test.
pub(crate) struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    /// An empty project: a root of its own, wherever temporary folders are.
    pub(crate) fn new() -> Self {
        let project = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        fs::create_dir(project.path(".git")).expect("a folder");
        project
    }

    /// With one warning, of `missing-timeout`, on a request path.
    pub(crate) fn with_finding() -> Self {
        Self::new().file("app.py", FLASK)
    }

    /// With code in which there is nothing to find.
    pub(crate) fn clean() -> Self {
        Self::new().file("app.py", "def add(a, b):\n    return a + b\n")
    }

    /// With one more file.
    pub(crate) fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a folder above")).expect("a folder");
        fs::write(path, content).expect("a file");
        self
    }

    /// Where a file of the project is.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// The folder itself.
    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Run the program in the project.
    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        outcome(self.command(arguments))
    }

    /// The program, to be run in the project.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = scalelint(arguments);
        command.current_dir(self.root());
        command
    }
}

/// A route with a call that can wait for ever.
pub(crate) const FLASK: &str = "\
import requests
from flask import Flask

app = Flask(__name__)


@app.route('/rates')
def rates():
    return requests.get('https://rates.example').json()


@app.get('/healthz')
def healthz():
    return 'ok'
";

/// What a run gave.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// The program, in an environment that says nothing about colours.
pub(crate) fn scalelint(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scalelint"));
    command.args(arguments).stdin(Stdio::null());
    for variable in ["NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM", "COLUMNS"] {
        command.env_remove(variable);
    }
    command.env("SCALELINT_TODAY", "2026-06-01");
    command
}

/// Run to the end, or fail: a run that hangs is a fault too.
pub(crate) fn outcome(mut command: Command) -> Outcome {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let out = child.stdout.take().map(reader);
    let err = child.stderr.take().map(reader);
    let code = wait(&mut child);
    let text = |reader: Option<thread::JoinHandle<String>>| reader.map(|reader| reader.join().expect("text")).unwrap_or_default();
    Outcome { code, out: text(out), err: text(err) }
}

/// Run to the end with this on standard input.
pub(crate) fn outcome_of(mut command: Command, input: &[u8]) -> Outcome {
    let mut file = tempfile::tempfile().expect("a temporary file");
    file.write_all(input).and_then(|()| file.rewind()).expect("the input is written");
    command.stdin(file);
    outcome(command)
}

/// The lines of a stream, as they come.
pub(crate) fn lines(stream: Option<impl Read + Send + 'static>) -> Receiver<String> {
    let (sender, lines) = channel();
    let stream = BufReader::new(stream.expect("a stream"));
    thread::spawn(move || stream.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    lines
}

/// Wait for the end, or fail. Gives the exit code, if there is one.
pub(crate) fn wait(child: &mut Child) -> Option<i32> {
    end(child).code()
}

/// Wait for the end, or fail.
pub(crate) fn end(child: &mut Child) -> ExitStatus {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("a status") {
            return status;
        }
        if start.elapsed() > PATIENCE {
            let _ = child.kill();
            panic!("the run does not end");
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// Send a signal, by its name.
pub(crate) fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).stderr(Stdio::null()).status();
    // It may have ended meanwhile.
    sent.expect("there is a program to send signals");
}

fn reader(mut stream: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("output");
        String::from_utf8(bytes).expect("output is UTF-8")
    })
}

/// The JSON report in `text`.
pub(crate) fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("no JSON ({error}): {text}"))
}

/// Rules and paths of the findings in a JSON report.
pub(crate) fn found(report: &serde_json::Value) -> Vec<(String, String)> {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_string();
    let findings = report["findings"].as_array().expect("findings");
    findings.iter().map(|finding| (text(&finding["rule"]), text(&finding["path"]))).collect()
}

/// Paths and kinds of the notices in a JSON report.
pub(crate) fn noticed(report: &serde_json::Value) -> Vec<(String, String)> {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_string();
    let notices = report["notices"].as_array().expect("notices");
    notices.iter().map(|notice| (text(&notice["path"]), text(&notice["kind"]))).collect()
}
