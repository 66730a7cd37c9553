//! Ends the run on SIGINT and SIGTERM with the exit codes that shells expect, leaving no temporary file; apart from the command
//! line because only a program, not a library user, may take over signals.

use crate::atomic;

/// Start to listen, from now to the end of the process. A system that refuses keeps its own behaviour, which is to end at once.
#[cfg(unix)]
pub fn listen() {
    use signal_hook::consts::{SIGINT, SIGTERM};
    let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGINT, SIGTERM]) else { return };
    let waiting = move || {
        if let Some(signal) = signals.forever().next() {
            atomic::abandon();
            std::process::exit(128 + signal);
        }
    };
    let _ = std::thread::Builder::new().name("signals".into()).spawn(waiting);
}

/// Start to listen: nothing to do here, the system's own behaviour is right.
#[cfg(not(unix))]
pub fn listen() {}
