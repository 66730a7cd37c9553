//! A behaviour as rules and evaluation read it.

use super::schema::{Behaviour, Role};
use super::spec::Spec;
use super::traits::Traits;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A behaviour, compiled.
#[derive(Debug, Default)]
pub struct Act {
    /// As written.
    pub behaviour: Arc<Behaviour>,
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
    /// A behaviour of the library of this name and with this advice.
    pub(super) fn new(
        name: &str,
        (library, advice): (&str, &BTreeMap<Role, String>),
        blocks: Option<&str>,
        returns: Option<Spec>,
        behaviour: Arc<Behaviour>,
    ) -> Self {
        let further = behaviour.also.iter().filter_map(|role| Some((*role, advice.get(role)?.clone())));
        Self {
            further_advice: further.collect(),
            name: name.to_owned(),
            returns,
            adds: behaviour.adds.iter().copied().collect(),
            receiver_adds: behaviour.receiver_adds.iter().copied().collect(),
            library: library.to_owned(),
            advice: behaviour.advice.clone().or_else(|| advice.get(&behaviour.role?).cloned()),
            blocks: blocks.map(str::to_owned),
            behaviour,
        }
    }

    /// What to do instead, asked for one of its roles.
    #[must_use]
    pub fn advice_for(&self, role: Role) -> Option<&str> {
        if self.behaviour.role.is_none_or(|first| first == role) && self.advice.is_some() {
            return self.advice.as_deref();
        }
        self.further_advice.iter().find(|(of, _)| *of == role).map(|(_, advice)| advice.as_str())
    }
}
