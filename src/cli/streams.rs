//! Standard output and standard error. In tests of this crate both are kept instead of printed, so that a test sees what was said.

use crate::error::Error;
use std::io;
#[cfg(not(test))]
use std::io::Write;

/// Write to standard output. A reader that has gone away is no error: whatever it wanted, it has.
pub(super) fn print(bytes: &[u8]) -> Result<(), Error> {
    match to_stdout(bytes) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::Output { target: "to standard output".into(), source: error })
        }
        _ => Ok(()),
    }
}

/// Write to standard error. When even that fails there is nobody left to tell.
pub fn say(text: &str) {
    let _ = to_stderr(text.as_bytes());
}

#[cfg(not(test))]
fn to_stdout(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush())
}

#[cfg(not(test))]
fn to_stderr(bytes: &[u8]) -> io::Result<()> {
    io::stderr().lock().write_all(bytes)
}

#[cfg(test)]
pub(crate) use kept::said;
#[cfg(test)]
use kept::{to_stderr, to_stdout};

#[cfg(test)]
mod kept {
    use std::cell::RefCell;
    use std::io::{self, Write};

    thread_local! {
        /// What the commands of this thread printed and said.
        static KEPT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }

    pub(super) fn to_stdout(bytes: &[u8]) -> io::Result<()> {
        KEPT.with_borrow_mut(|kept| kept.write_all(bytes))
    }

    pub(super) use to_stdout as to_stderr;

    /// What was printed and said since this was asked last.
    pub(crate) fn said() -> String {
        String::from_utf8(KEPT.take()).unwrap_or_default()
    }
}
