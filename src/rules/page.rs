//! STUB, replaced at merge: a rule's page as data.

use crate::finding::Level;

/// A rule's page, parsed.
#[derive(Debug, Clone)]
pub struct Page {
    /// Its name.
    pub name: String,
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
        let name = markdown.trim_start_matches('#').trim().lines().next().unwrap_or_default().to_string();
        let group = if name.contains("timeout") { "resilience" } else { "state" };
        Self {
            group: group.into(),
            set: "recommended".into(),
            level: Level::Warning,
            languages: vec!["python".into(), "rust".into()],
            summary: name.clone(),
            markdown: markdown.into(),
            name,
        }
    }

    /// The summary in one line.
    #[must_use]
    pub fn short(&self) -> &str {
        &self.summary
    }
}
