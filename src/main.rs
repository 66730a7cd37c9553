//! The program: take over signals, run the command line, give its exit code. Apart from the library, which does neither.

use scalelint::{cli, guard, signals};
use std::process::ExitCode;

/// The exit code for a run that failed by a fault of ours.
const FAILED: u8 = 5;

/// Facts are many small pieces, made on several threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    signals::listen();
    guard::quiet_when_guarded();
    let code = std::panic::catch_unwind(|| cli::run(std::env::args_os())).unwrap_or_else(|_| {
        cli::say("error: the run failed\n  help: please report this with the message above\n");
        FAILED
    });
    ExitCode::from(code)
}
