//! What the shells of a container do about signals, and about what they left to run: `trap`, `wait`.

use crate::deploy::processes::programs::{Process, Signal};

/// Whether anything in front of the processes hands signals on or waits for them.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Heed {
    /// Something hands signals to all processes.
    pub hands_on: bool,
    waits: bool,
}

impl Heed {
    /// A command of the shell itself: one that waits for signals hands them on, one that waits for its children does not leave them.
    pub(super) fn helper(&mut self, name: &str) {
        self.hands_on |= name == "trap";
        self.waits |= name == "wait";
    }

    /// What that means for what runs.
    pub(super) fn settle(self, processes: &mut [Process]) {
        for process in processes {
            if self.hands_on {
                process.signal = Signal::Reaches;
            }
            if process.background && (self.hands_on || self.waits) {
                process.detached = None;
            }
        }
    }
}
