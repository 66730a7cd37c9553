//! The progress line of long runs: only where somebody watches, and only after half a second, so that short runs do not flicker.

use crate::session::Progress;
use indicatif::{ProgressBar, ProgressStyle};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_millis(500);
const TICK: Duration = Duration::from_millis(100);

/// Do `work`, showing how far it is when `shown`.
pub(super) fn during<T>(progress: &Progress, shown: bool, work: impl FnOnce() -> T) -> T {
    if !shown {
        return work();
    }
    std::thread::scope(|scope| {
        // Dropped when the work ends, panics included, which ends the line.
        let (alive, ended) = channel::<()>();
        scope.spawn(move || draw(progress, &ended));
        let result = work();
        drop(alive);
        result
    })
}

fn draw(progress: &Progress, ended: &Receiver<()>) {
    if ended.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
        return;
    }
    let style = ProgressStyle::with_template("{spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner());
    let line = ProgressBar::new_spinner().with_style(style);
    loop {
        let (done, total) = (progress.done.load(Ordering::Relaxed), progress.total.load(Ordering::Relaxed));
        line.set_message(match total {
            0 => "looking for files".to_string(),
            _ if done < total => format!("reading {done} of {total} files"),
            _ => format!("following calls through {total} files"),
        });
        line.tick();
        if ended.recv_timeout(TICK) != Err(RecvTimeoutError::Timeout) {
            break;
        }
    }
    line.finish_and_clear();
}
