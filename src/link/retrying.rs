//! Retrying: what is tried again, with what pause, how often, and what happens twice.
//!
//! | file | question |
//! |---|---|
//! | `guards` | does anything on the way to a call stop it, or send it again, when the other system fails? |
//! | `recursive` | what does a function try again by calling itself? |
//! | `repeated_effects` | what happens twice when it is tried again? |
//! | `retries`, `retry_loops`, `retry_pauses` | what is tried again after it failed, with what pause, and how often? |

pub(crate) mod guards;
pub(crate) mod recursive;
pub(crate) mod repeated_effects;
pub(crate) mod retries;
pub(crate) mod retry_loops;
pub(crate) mod retry_pauses;
