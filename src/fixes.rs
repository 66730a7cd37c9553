//! Edits that mend what a rule found, where there is one way to write them. A rule says what it wants; how that is written is for
//! the language or format of the file, and what is written for the library's model.
//!
//! An edit is *safe* when the program does the same as before but for what the finding is about. One that sets a number nobody chose (a
//! time limit, a capacity, a time to live) is not: somebody should look at it, and it is only applied when asked for.

mod apply;
mod diff;
mod merge;
mod wanted;

pub use apply::{Applied, Choice, apply};
pub use diff::unified;
pub use wanted::Wanted;

use crate::finding::FileId;
use crate::source::Change;

/// An edit of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as a command: `add timeout=10`.
    pub message: String,
    /// Whether it is applied without being looked at.
    pub safety: Safety,
    /// The file it changes: that of the finding.
    pub file: FileId,
    /// What it changes there, sorted by place; none overlaps another.
    pub changes: Vec<Change>,
}

/// Whether an edit may change what the program does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Safety {
    /// The program does the same, but for what the finding is about.
    Safe,
    /// It sets what somebody should choose.
    Unsafe,
}
