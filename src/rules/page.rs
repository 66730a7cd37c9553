//! A rule's page as data.

use crate::finding::Level;

/// A rule's page, parsed.
#[derive(Debug, Clone)]
pub struct Page {
    /// `state`, `connections`, ...
    pub group: String,
    /// `recommended` or `strict`.
    pub set: String,
    /// Default level.
    pub level: Level,
    /// Languages it speaks about.
    pub languages: Vec<String>,
    /// First paragraph.
    pub summary: String,
    /// The whole page, as written.
    pub markdown: String,
}

impl Page {
    pub(super) fn parse(markdown: &str) -> Self {
        Self {
            group: String::new(),
            set: String::new(),
            level: Level::Warning,
            languages: Vec::new(),
            summary: String::new(),
            markdown: markdown.into(),
        }
    }
}
