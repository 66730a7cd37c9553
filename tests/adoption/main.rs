//! Living with it, from outside: baselines, what is new against git, suppressions written for the user. A file for each; here is what
//! they share.

#[path = "../common/mod.rs"]
mod common;

mod baseline;
mod ignores;
mod since;

use common::{Outcome, Project, found, json, outcome};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Another route with a call that can wait for ever.
const SECOND: &str = "\n\n@app.get('/news')\ndef news():\n    return requests.get('https://news.example').json()\n";

impl Project {
    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    fn write(&self, path: &str, content: &str) {
        fs::create_dir_all(self.path(path).parent().expect("a folder above")).expect("a folder");
        fs::write(self.path(path), content).expect("a file");
    }

    /// Run git in the project, with nobody's settings.
    fn git(&self, arguments: &[&str]) -> String {
        git_in(self.root(), arguments)
    }

    /// A repository with everything in one commit.
    fn committed(self) -> Self {
        fs::remove_dir(self.path(".git")).expect("the mark of a root");
        self.git(&["init", "--quiet", "--initial-branch=main"]);
        self.commit();
        self
    }

    fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message=x"]);
    }

    /// Paths of the findings, in order, and the exit code.
    fn check(&self, more: &[&str]) -> (Option<i32>, Vec<String>) {
        let run =
            self.run_alone(&[&["check", "--format", "json", "--select", "missing-timeout,unused-suppression"], more].concat());
        assert!(!run.out.is_empty(), "{run:?}");
        (run.code, found(&json(&run.out)).into_iter().map(|(_, path)| path).collect())
    }

    /// Run the program with nobody's settings of git.
    fn run_alone(&self, arguments: &[&str]) -> Outcome {
        let mut command = self.command(arguments);
        hermetic(&mut command);
        outcome(command)
    }
}

fn hermetic(command: &mut Command) {
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    for variable in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"] {
        command.env_remove(variable);
    }
}

fn git_in(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=t", "-c", "user.email=t@example", "-c", "protocol.file.allow=always"]);
    hermetic(&mut command);
    let output = command.args(arguments).current_dir(folder).output().expect("git");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
