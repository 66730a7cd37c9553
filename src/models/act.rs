//! A behaviour as rules and evaluation read it.

use super::schema::{Behaviour, Role};
use super::spec::Spec;
use super::traits::Traits;

/// A behaviour, compiled.
#[derive(Debug)]
pub struct Act {
    /// As written.
    pub behaviour: std::sync::Arc<Behaviour>,
    /// Name for messages: `requests.get`, `Session.get`.
    pub name: String,
    /// What it returns, read.
    pub returns: Option<Spec>,
    /// Traits that the result gains.
    pub adds: Traits,
    /// Traits that the receiver gains.
    pub receiver_adds: Traits,
    /// The library's display name.
    pub library: String,
    /// What to do instead, for this role in this library.
    pub advice: Option<String>,
    /// The same for its further roles.
    pub further_advice: Vec<(Role, String)>,
    /// It keeps its thread until it is done: what code on an event loop does instead.
    pub blocks: Option<String>,
}

impl Act {
    /// What to do instead, asked for one of its roles.
    #[must_use]
    pub fn advice_for(&self, role: Role) -> Option<&str> {
        if self.behaviour.role.is_none_or(|first| first == role) && self.advice.is_some() {
            return self.advice.as_deref();
        }
        self.further_advice.iter().find(|(of, _)| *of == role).map(|(_, advice)| advice.as_str())
    }
}
