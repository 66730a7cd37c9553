//! What the configuration says about linking: apart from the project, which only reads it.

use super::DeclaredEntry;
use crate::deploy::amount::Counted;
use crate::session::is_within;
use crate::stop::Stop;

/// What configuration says about linking.
#[derive(Debug, Clone)]
pub struct Options {
    /// Longest acceptable wait for an outside answer, in seconds.
    pub max_seconds: f64,
    /// The same where a folder has another one, sorted by folder.
    pub max_seconds_in: Vec<(String, f64)>,
    /// How many processes run the service, where no deployment file says.
    pub processes: Option<Counted>,
    /// Functions that the platform calls although nothing in the code says so.
    pub entry_points: Vec<DeclaredEntry>,
    /// Set by another thread when nobody waits for the project any more.
    pub stop: Stop,
}

impl Options {
    /// The longest acceptable wait in the file at `path`.
    #[must_use]
    pub(super) fn max_seconds_for(&self, path: &str) -> f64 {
        let nearest = self.max_seconds_in.iter().rev().find(|(folder, _)| is_within(path, folder));
        nearest.map_or(self.max_seconds, |(_, seconds)| *seconds)
    }
}

impl Default for Options {
    fn default() -> Self {
        Self { max_seconds: 60.0, max_seconds_in: Vec::new(), processes: None, entry_points: Vec::new(), stop: Stop::default() }
    }
}
