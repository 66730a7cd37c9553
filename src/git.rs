//! Asks git for files as they were. The repository may be a stranger's, so the `git` program is only asked for what executes nothing:
//! which object a name means, what a tree or the index lists, what a blob holds.
//!
//! | file | answers |
//! |---|---|
//! | `program` | how is git called so that no hook, filter, pager, monitor, transport or variable takes part? |
//! | `snapshot` | which files does a tree or the index hold, and what is in them? |

mod program;
mod snapshot;

pub use snapshot::{Node, Snapshot};

use crate::error::Error;
use program::{Failure, Program};
use std::path::{Path, PathBuf};

/// The repository around a project.
#[derive(Debug)]
pub struct Repository {
    program: Program,
    root: PathBuf,
}

/// The name of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oid(String);

impl Oid {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_hex = matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hex.then(|| Self(text.to_owned()))
    }
}

impl Repository {
    /// The repository in whose work tree `root` lies; it may be the top, a folder below it, a linked work tree or a submodule.
    ///
    /// # Errors
    /// When there is no git program, or `root` is in no work tree that git trusts.
    pub fn open(root: &Path) -> Result<Self, Error> {
        let program = Program::find(root)?;
        let shown = root.display().to_string();
        match program.run(&["rev-parse", "--is-inside-work-tree"]) {
            Ok(answer) if answer.starts_with(b"true") => Ok(Self { program, root: root.to_path_buf() }),
            Ok(_) => Err(Error::Git {
                message: format!("`{shown}` is in no work tree of git"),
                advice: "run it in a checkout, for example one made with `git worktree add`".into(),
            }),
            Err(Failure::Said(said)) if said.contains("dubious ownership") => Err(Error::Git {
                message: format!("git does not trust `{shown}`: it belongs to somebody else"),
                advice: format!("if you trust it: git config --global --add safe.directory {shown}"),
            }),
            Err(Failure::Said(said)) if said.contains("not a git repository") => Err(Error::Git {
                message: format!("`{shown}` is in no git repository"),
                advice: "--since and --staged compare with what git has stored; a baseline needs no git".into(),
            }),
            Err(failure) => Err(failure.into()),
        }
    }

    /// The tree of a revision: a commit, a branch, a tag, or `REV...` for where the work parted from REV.
    ///
    /// # Errors
    /// When the repository does not have it, with the fetch that may bring it.
    pub fn revision(&self, revision: &str) -> Result<Oid, Error> {
        if revision.is_empty() || revision.starts_with('-') || revision.contains(|c: char| c.is_control() || c == ' ') {
            return Err(Error::Git {
                message: format!("`{revision}` is no revision"),
                advice: "name a commit, a branch or a tag: --since origin/main".into(),
            });
        }
        let missing = |what: &str| self.missing(what, revision.trim_end_matches("..."));
        let Some(parted) = revision.strip_suffix("...") else {
            return self.resolve(&format!("{revision}^{{tree}}")).ok_or_else(|| missing("has no revision"));
        };
        self.resolve(&format!("{parted}^{{commit}}")).ok_or_else(|| missing("has no revision"))?;
        let base = self.program.run(&["merge-base", parted, "HEAD"]).ok();
        let base = base.and_then(|base| Oid::parse(&String::from_utf8_lossy(&base)));
        base.and_then(|base| self.resolve(&format!("{}^{{tree}}", base.0))).ok_or_else(|| missing("has no common history with"))
    }

    /// The tree of `HEAD`; none before the first commit.
    ///
    /// # Errors
    /// When `HEAD` names what is not there.
    pub fn head(&self) -> Result<Option<Oid>, Error> {
        let is_unborn = || self.resolve("HEAD").is_none() && self.program.run(&["symbolic-ref", "--quiet", "HEAD"]).is_ok();
        match self.resolve("HEAD^{tree}") {
            None if is_unborn() => Ok(None),
            None => Err(self.missing("has no revision", "HEAD")),
            tree => Ok(tree),
        }
    }

    fn resolve(&self, name: &str) -> Option<Oid> {
        let answer = self.program.run(&["rev-parse", "--verify", "--quiet", name]).ok()?;
        Oid::parse(&String::from_utf8_lossy(&answer))
    }

    /// The files of a tree that lie in the project; none at all for no tree.
    ///
    /// # Errors
    /// When git cannot list it.
    pub fn snapshot(&self, tree: Option<&Oid>) -> Result<Snapshot, Error> {
        // Run in the project's folder, git lists that folder alone, by names relative to it.
        let listed = match tree {
            Some(tree) => self.program.run(&["ls-tree", "-r", "-z", &tree.0])?,
            None => Vec::new(),
        };
        Snapshot::of_tree(&self.root, &listed, self.program.objects()?)
    }

    /// The files of the index that lie in the project: what the next commit would hold.
    ///
    /// # Errors
    /// When git cannot list it, or a merge is not finished.
    pub fn index(&self) -> Result<Snapshot, Error> {
        Snapshot::of_index(&self.root, &self.program.run(&["ls-files", "--stage", "-z"])?, self.program.objects()?)
    }

    /// Folders of the index that are commits of other repositories.
    ///
    /// # Errors
    /// When git cannot list it.
    pub fn submodules(&self) -> Result<Vec<PathBuf>, Error> {
        let listed = self.program.run(&["ls-files", "--stage", "-z"])?;
        let submodules = snapshot::records(&listed).filter(|(fields, _)| fields.starts_with("160000 "));
        Ok(submodules.map(|(_, path)| self.root.join(path)).collect())
    }

    /// What to do about a revision that is not here. Clones of build services often hold one commit.
    fn missing(&self, what: &str, revision: &str) -> Error {
        let is_shallow = self.program.run(&["rev-parse", "--is-shallow-repository"]).is_ok_and(|yes| yes.starts_with(b"true"));
        let remotes = self.program.run(&["remote"]).unwrap_or_default();
        let remotes = String::from_utf8_lossy(&remotes).into_owned();
        let remote = remotes.lines().find(|remote| *remote == "origin").or(remotes.lines().next());
        let place = if is_shallow { "this shallow clone" } else { "this repository" };
        Error::Git {
            message: format!("{place} {what} `{revision}`"),
            advice: advice(revision, is_shallow, remote, what.contains("history")),
        }
    }
}

/// The fetch that brings a revision.
fn advice(revision: &str, is_shallow: bool, remote: Option<&str>, needs_history: bool) -> String {
    let is_plain = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c));
    let Some(remote) = remote.filter(|remote| is_plain(remote)) else {
        return "check the spelling: `git branch --all` and `git log` list what is here".into();
    };
    // How many commits `HEAD~3` or a merge base is away nobody knows beforehand.
    if !is_plain(revision) || revision == "HEAD" || needs_history {
        let deepen = if is_shallow { "git fetch --unshallow" } else { "git fetch" };
        return format!("fetch the history: {deepen} {remote}");
    }
    let depth = if is_shallow { "--depth=1 " } else { "" };
    let is_hash = revision.len() >= 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
    match revision.strip_prefix(remote).and_then(|rest| rest.strip_prefix('/')) {
        Some(branch) => format!("fetch it: git fetch {depth}{remote} {branch}:refs/remotes/{remote}/{branch}"),
        None if is_hash => format!("fetch it: git fetch {depth}{remote} {revision}"),
        None => format!("check the spelling, or fetch it: git fetch {depth}{remote} {revision}, then --since FETCH_HEAD"),
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let message = match failure {
            Failure::Start(why) => format!("git cannot be run: {why}"),
            Failure::Said(said) => format!("git failed: {}", said.lines().next().unwrap_or("without a word")),
        };
        Self::Git { message, advice: "run `git status` to see whether the repository is sound".into() }
    }
}

#[cfg(test)]
mod tests {
    use super::advice;

    #[test]
    fn the_fetch_is_named() {
        let fetch = "git fetch --depth=1 origin main:refs/remotes/origin/main";
        assert!(advice("origin/main", true, Some("origin"), false).contains(fetch));
        assert!(advice("origin/main", false, Some("origin"), false).contains("git fetch origin main:refs"));
        assert!(advice("HEAD~3", true, Some("origin"), false).contains("git fetch --unshallow origin"));
        assert!(advice("v1.0", true, Some("up"), false).contains("git fetch --depth=1 up v1.0, then --since FETCH_HEAD"));
        assert!(advice(&"a".repeat(40), true, Some("origin"), false).ends_with(&"a".repeat(40)));
        assert!(advice("origin/main", true, Some("origin"), true).contains("--unshallow"));
        assert!(advice("x", false, None, false).contains("spelling"));
        assert!(!advice("$(id)", false, Some("origin"), false).contains("id"));
    }
}
