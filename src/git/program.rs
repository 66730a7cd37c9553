//! Calls the `git` program hardened: no setting of the repository and no variable around us can make it execute, fetch or write
//! anything, and it speaks English.

use crate::error::{Error, reason};
use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// What is put before every command. Values given here win over those in the repository.
const HARDENED: [&str; 14] = [
    "--no-pager",
    "--no-optional-locks",
    "--no-replace-objects",
    "--literal-pathspecs",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "protocol.allow=never",
    // A repository without work tree that somebody put into a folder is not taken for the one around it.
    "-c",
    "safe.bareRepository=explicit",
    "-c",
    "core.pager=cat",
];

/// Variables of git's that stay: they say where the user's own settings are, which hold the folders that the user trusts.
const KEPT: [&str; 3] = ["GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"];

/// The program, for one folder.
#[derive(Debug)]
pub(super) struct Program {
    path: PathBuf,
    folder: PathBuf,
}

/// Why git gave no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// It could not be run.
    Start(String),
    /// It ran and refused.
    Said(String),
}

impl Program {
    /// By the absolute folders of `PATH`: a relative one may be the stranger's.
    pub(super) fn find(folder: &Path) -> Result<Self, Error> {
        let name = format!("git{}", std::env::consts::EXE_SUFFIX);
        let folders = std::env::var_os("PATH").unwrap_or_default();
        let found = std::env::split_paths(&folders).filter(|path| path.is_absolute()).map(|path| path.join(&name));
        let path = found.into_iter().find(|path| path.is_file()).ok_or_else(|| Error::Git {
            message: "there is no git program".into(),
            advice: "install git, or check against a baseline, which needs none".into(),
        })?;
        Ok(Self { path, folder: folder.to_path_buf() })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        command.args(HARDENED).args(arguments).current_dir(&self.folder);
        for (name, _) in std::env::vars_os().filter(|(name, _)| is_gits(name)) {
            command.env_remove(name);
        }
        command.envs([
            ("GIT_ALLOW_PROTOCOL", "none"),
            ("GIT_NO_LAZY_FETCH", "1"),
            ("GIT_NO_REPLACE_OBJECTS", "1"),
            ("GIT_OPTIONAL_LOCKS", "0"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("LC_ALL", "C"),
        ]);
        // In a hook of `git commit -a` the index that will be committed is not the one in its usual place.
        if let Some(index) = index_of_hook() {
            command.env("GIT_INDEX_FILE", index);
        }
        command.stdin(Stdio::null());
        command
    }

    /// What it prints.
    pub(super) fn run(&self, arguments: &[&str]) -> Result<Vec<u8>, Failure> {
        let output = self.command(arguments).output().map_err(|error| Failure::Start(reason(&error)))?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(Failure::Said(said.trim().trim_start_matches("fatal: ").to_owned()))
    }

    /// A reader of objects that stays for many questions.
    pub(super) fn objects(&self) -> Result<Objects, Failure> {
        let mut command = self.command(&["cat-file", "--batch"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let start = |error: io::Error| Failure::Start(reason(&error));
        let mut child = command.spawn().map_err(start)?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (questions, answers) = pipes.ok_or_else(|| Failure::Start("it has no pipes".into()))?;
        Ok(Objects { child, questions, answers: BufReader::new(answers) })
    }
}

fn is_gits(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.to_ascii_uppercase().starts_with("GIT_") && !KEPT.contains(&&*name)
}

/// The index that a hook is about, as git tells it.
fn index_of_hook() -> Option<OsString> {
    let index = PathBuf::from(std::env::var_os("GIT_INDEX_FILE")?);
    std::path::absolute(index).ok().map(PathBuf::into_os_string)
}

/// A running `git cat-file --batch`: raw contents, without filters and conversions.
#[derive(Debug)]
pub(super) struct Objects {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// An object, or why not.
#[derive(Debug)]
pub(super) enum Object {
    Content(Vec<u8>),
    TooLarge,
    /// The repository does not hold it: a partial clone.
    Missing,
}

impl Objects {
    /// The object of this name, when it has at most `limit` bytes.
    pub(super) fn read(&mut self, name: &str, limit: u64) -> io::Result<Object> {
        writeln!(self.questions, "{name}")?;
        self.questions.flush()?;
        let mut head = String::new();
        self.answers.read_line(&mut head)?;
        // `<name> blob <size>`, or `<name> missing`.
        let size = head.trim_end().rsplit_once(' ').map(|(_, size)| size).unwrap_or_default();
        let Ok(size) = size.parse::<u64>() else { return Ok(Object::Missing) };
        if size > limit {
            io::copy(&mut (&mut self.answers).take(size + 1), &mut io::sink())?;
            return Ok(Object::TooLarge);
        }
        let mut content = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1);
        (&mut self.answers).take(size + 1).read_to_end(&mut content)?;
        if content.pop().is_none() || content.len() as u64 != size {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
        }
        Ok(Object::Content(content))
    }
}

impl Drop for Objects {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
