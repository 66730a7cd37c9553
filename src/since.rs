//! Only what is new: the project as it was at another revision is analysed as well, from what git has stored and without touching the
//! work tree, and the session is told what was found there. Finding sets are compared, not lines: a finding that a change elsewhere
//! caused is new too.

use crate::error::Error;
use crate::finding::Report;
use crate::git::Repository;
use crate::known::Known;
use crate::scan::scan_and_keep;
use crate::session::{Options, Session};
use crate::walk::{Tree, root, slashed};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// What to compare with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Comparison {
    /// The work tree with a revision.
    Since(String),
    /// What the next commit would hold with `HEAD`.
    Staged,
}

/// The options of a comparison. What the next commit would hold is judged by the configuration and the baseline that it would hold,
/// as whoever checks it out will judge it; what the work tree holds, by those of the work tree.
///
/// # Errors
/// When git cannot be asked, or a merge is not finished: there is no next commit yet.
pub fn options(options: &Options, comparison: &Comparison) -> Result<Options, Error> {
    let mut options = options.clone();
    if *comparison == Comparison::Staged {
        let (root, _) = root::locate(&options.paths)?;
        options.tree = Tree::Git(Arc::new(Repository::open(&root)?.index()?));
    }
    Ok(options)
}

/// Analyse the base of a comparison and tell `session`, which was made of its [`options`], what was found in it. The configuration and
/// the baseline are the same for both: a rule that is switched on is no reason to report what it finds in old code.
///
/// # Errors
/// When git does not have the revision, or not all of its content.
pub fn compare(session: &mut Session, comparison: &Comparison) -> Result<(), Error> {
    let repository = Repository::open(&session.root)?;
    let tree = match comparison {
        Comparison::Since(revision) => Some(repository.revision(revision)?),
        Comparison::Staged => repository.head()?,
    };
    let before = Arc::new(repository.snapshot(tree.as_ref())?);
    // Submodules have a history of their own: they are in neither.
    let now = repository.submodules()?;
    let submodules = before.submodules().chain(now.iter().map(PathBuf::as_path));
    session.apart = submodules.filter_map(|path| shown(path, &session.root)).collect();

    let mut base = session.again();
    base.tree = Tree::Git(Arc::clone(&before));
    // Everywhere and without limits: what is not reported on or cut was there all the same.
    base.filter = vec![String::new()];
    base.unlimited();
    base.learnt = std::mem::take(&mut session.learnt);
    let (found, learnt) = session.timed("base", || scan_and_keep(&base));
    before.complete()?;
    session.known = Some(known(&found));
    session.learnt = Mutex::new(learnt);
    Ok(())
}

/// A path as the walk writes it.
fn shown(path: &Path, root: &Path) -> Option<String> {
    path.strip_prefix(root).ok().map(slashed)
}

/// Everything that was found, what a baseline holds included.
fn known(found: &Report) -> Vec<Known> {
    let known = |finding: &crate::finding::Finding| Known {
        fingerprint: finding.fingerprint.clone(),
        content: finding.content.clone(),
        path: found.file(finding.place).path.clone(),
        level: Some(finding.level),
    };
    found.findings.iter().chain(&found.baselined).map(known).collect()
}
