//! How a run is told that nobody waits for it any more: a sign that another thread sets and the steps look at. Apart since every layer
//! from the session to the link step looks at it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A sign to stop. All clones are the same sign.
///
/// Whoever sees it set gives back something empty at once; what comes of the run means nothing then and is thrown away.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Tell the run to stop.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the run was told to stop.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
