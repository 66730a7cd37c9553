//! `check --watch`: the same check again whenever a file of the project changes. Changes are seen by asking for times and sizes: the
//! crates that let the system tell have a licence that is not among ours, and a system that cannot tell needs this anyway.

use super::{CheckArgs, Output, many, say};
use crate::disk;
use crate::error::Error;
use crate::scan::Learnt;
use crate::session::{Options, Session};
use crate::terminal::{ColorChoice, visible};
use crate::walk::{self, root};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

/// Shortest and longest time between two looks, and how much longer than a look it is: watching may cost a twentieth of a processor.
const SHORTEST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(5);
const RATIO: u32 = 20;

/// How long nothing more changes until a change is taken for whole: who saves all files saves one after the other.
const SETTLED: Duration = Duration::from_millis(60);

/// Files that can become the configuration.
const SETTINGS: [&str; 3] = ["scalelint.toml", "pyproject.toml", "Cargo.toml"];

/// When each file was changed, and how long it is.
type Stamp = BTreeMap<PathBuf, Option<(SystemTime, u64)>>;

/// Run `once`, and again after each change, until a signal ends the process or nobody reads what it prints any more. Then the exit code
/// is that of the last run.
pub(super) fn run(
    arguments: &CheckArgs,
    options: &Options,
    outputs: &[Output],
    color: ColorChoice,
    once: impl Fn(&Mutex<Learnt>) -> Result<u8, Error>,
) -> Result<u8, Error> {
    let written: BTreeSet<PathBuf> = outputs.iter().filter_map(|output| output.file.as_deref()).map(root::real).collect();
    let is_printed = outputs.iter().any(|output| output.file.is_none());
    let mut seen = stamp(options, &written, &Stamp::new());
    // What one run learns of the files, the next one need not learn again.
    let learnt = Mutex::default();
    loop {
        let code = match once(&learnt) {
            Err(error) if !can_be_mended(&error) => return Err(error),
            Err(error) => {
                say(&error.render(color.enabled(&io::stderr())));
                error.exit_code()
            }
            Ok(code) => code,
        };
        // Whoever reads only the beginning is not kept waiting for a change.
        let is_over = || is_printed && has_no_reader(&io::stdout());
        if !arguments.quiet && !is_over() {
            say(&format!("watching {}; Ctrl-C ends this\n", many(seen.len(), "file")));
        }
        let Some(now) = changed(options, &written, &seen, is_over) else { return Ok(code) };
        if !arguments.quiet {
            say(&format!("\n{} changed, checking again\n", named(&seen, &now, options)));
        }
        seen = now;
    }
}

/// Whether a change of some file can make it go away, so that watching on is of use.
fn can_be_mended(error: &Error) -> bool {
    match error {
        Error::Config(_) | Error::ConfigUnreadable { .. } | Error::Baseline(_) | Error::BaselineUnreadable { .. } => true,
        Error::Nothing { .. } | Error::Git { .. } => true,
        Error::Path { .. } | Error::Roots { .. } | Error::Selector { .. } | Error::Rule { .. } => false,
        Error::Usage { .. } | Error::Output { .. } | Error::HalfDone { .. } | Error::Internal(_) => false,
    }
}

/// Wait until something is other than in `seen`, and has stopped changing. Nothing when it `is_over` before that.
fn changed(options: &Options, written: &BTreeSet<PathBuf>, seen: &Stamp, is_over: impl Fn() -> bool) -> Option<Stamp> {
    let mut pause = SHORTEST;
    loop {
        if is_over() {
            return None;
        }
        std::thread::sleep(pause);
        let start = Instant::now();
        let mut now = stamp(options, written, seen);
        pause = (start.elapsed() * RATIO).clamp(SHORTEST, LONGEST);
        if now == *seen {
            continue;
        }
        loop {
            std::thread::sleep(SETTLED);
            let later = stamp(options, written, seen);
            if later == now {
                return Some(now);
            }
            now = later;
        }
    }
}

/// The files that a run reads, as they are now; not those that it writes. While the configuration is wrong, nobody can say which these
/// are, so that those `seen` before are taken.
fn stamp(options: &Options, written: &BTreeSet<PathBuf>, seen: &Stamp) -> Stamp {
    let mut files = BTreeSet::new();
    if let Ok((root, _)) = root::locate(&options.paths) {
        files.extend(SETTINGS.iter().map(|name| root.join(name)).filter(|path| path.exists()));
    }
    files.extend(options.config.clone());
    if let Ok(session) = Session::new(options) {
        let walked = walk::walk(&session);
        let named = walked.manifests.into_iter().chain(walked.models).map(|file| file.path);
        let settings = session.config.files.iter().map(|file| file.path.clone());
        let baseline = session.baseline.iter().map(|baseline| baseline.path.clone());
        files.extend(named.chain(settings).chain(baseline).map(|path| session.absolute(&path)));
        files.extend(walked.sources.into_iter().map(|source| source.real));
    } else {
        files.extend(seen.keys().cloned());
    }
    let of = |path: PathBuf| {
        let metadata = disk::metadata(&path).ok();
        let stamp = metadata.and_then(|metadata| Some((metadata.modified().ok()?, metadata.len())));
        (path, stamp)
    };
    files.into_iter().filter(|path| !written.contains(path)).map(of).collect()
}

/// Whether `stream` is a pipe whose other end was closed.
#[cfg(unix)]
fn has_no_reader(stream: &impl std::os::fd::AsFd) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let mut streams = [PollFd::new(stream, PollFlags::empty())];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut streams, Some(&at_once)).is_ok() && streams[0].revents().contains(PollFlags::ERR)
}

/// Whether `stream` is a pipe whose other end was closed: not known here, so that the next write fails instead.
#[cfg(not(unix))]
fn has_no_reader<T>(_: &T) -> bool {
    false
}

/// What differs, in a few words.
fn named(before: &Stamp, after: &Stamp, options: &Options) -> String {
    let differs = |path: &&PathBuf| before.get(*path) != after.get(*path);
    let paths: BTreeSet<&PathBuf> = before.keys().chain(after.keys()).filter(differs).collect();
    let root = root::locate(&options.paths).map(|(root, _)| root).unwrap_or_default();
    let shown = |path: &Path| visible(&path.strip_prefix(&root).unwrap_or(path).to_string_lossy()).into_owned();
    let first = paths.first().map(|path| shown(path)).unwrap_or_default();
    if paths.len() > 1 { format!("{first} and {}", many(paths.len() - 1, "more file")) } else { first }
}
