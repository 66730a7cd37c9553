//! A file system that fails when a test says so: the n-th touch of one folder, once or from then on. Other folders are as they are, so
//! that tests run beside each other.

use super::Deed;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// What is to fail.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// Only what is done to this folder and below it counts.
    pub(crate) below: PathBuf,
    /// Which deeds count.
    pub(crate) counts: fn(Deed) -> bool,
    /// The number of the deed that fails, from 1.
    pub(crate) nth: usize,
    /// What the system is to say.
    pub(crate) error: rustix::io::Errno,
    /// Whether all later ones fail as well.
    pub(crate) lasting: bool,
}

struct Running {
    plan: Plan,
    met: usize,
    failed: Vec<(Deed, PathBuf)>,
}

static RUNNING: Mutex<Vec<Running>> = Mutex::new(Vec::new());

/// Let `plan` hold during `work`; gives what was made to fail as well.
pub(crate) fn during<T>(plan: Plan, work: impl FnOnce() -> T) -> (T, Vec<(Deed, PathBuf)>) {
    let below = plan.below.clone();
    lock().push(Running { plan, met: 0, failed: Vec::new() });
    let done = work();
    let mut running = lock();
    let at = running.iter().position(|running| running.plan.below == below);
    (done, at.map(|at| running.remove(at).failed).unwrap_or_default())
}

/// Whether this deed is one that fails.
pub(super) fn attempt(deed: Deed, path: &Path) -> io::Result<()> {
    let mut all = lock();
    let concerned = all.iter_mut().find(|running| path.starts_with(&running.plan.below) && (running.plan.counts)(deed));
    let Some(running) = concerned else { return Ok(()) };
    running.met += 1;
    let Plan { nth, error, lasting, .. } = running.plan;
    if running.met == nth || lasting && running.met > nth {
        running.failed.push((deed, path.to_path_buf()));
        return Err(error.into());
    }
    Ok(())
}

fn lock() -> std::sync::MutexGuard<'static, Vec<Running>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}
