//! The strings of one file, each stored once in one buffer, so that facts are small, plain and free of lifetimes.

use rustc_hash::FxHasher;
use serde::{Deserialize, Serialize};
use std::hash::Hasher;

/// A string of one file, in its [`NameTable`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NameId(pub u32);

/// Strings of one file: identifiers, string constants.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameTable {
    text: String,
    ends: Vec<u32>,
    #[serde(skip)]
    slots: Vec<u32>,
}

impl NameTable {
    /// The id of `name`, adding it when it is new.
    pub fn intern(&mut self, name: &str) -> NameId {
        if self.slots.len() < (self.ends.len() + 1) * 2 {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        let mut slot = hash(name) & mask;
        loop {
            match self.slots[slot] {
                0 => {
                    self.text.push_str(name);
                    self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
                    self.slots[slot] = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
                    return NameId(self.slots[slot] - 1);
                }
                filled if self.get(NameId(filled - 1)) == name => return NameId(filled - 1),
                _ => slot = (slot + 1) & mask,
            }
        }
    }

    fn grow(&mut self) {
        let size = (self.slots.len() * 2).max(64);
        let mut slots = vec![0; size];
        for id in 0..self.ends.len() {
            let id = u32::try_from(id).unwrap_or(u32::MAX);
            let mut slot = hash(self.get(NameId(id))) & (size - 1);
            while slots[slot] != 0 {
                slot = (slot + 1) & (size - 1);
            }
            slots[slot] = id + 1;
        }
        self.slots = slots;
    }

    /// Whether the file has this string anywhere.
    #[must_use]
    pub fn holds(&self, name: &str) -> bool {
        (0..self.ends.len()).any(|at| self.get(NameId(u32::try_from(at).unwrap_or(u32::MAX))) == name)
    }

    /// The string behind `id`.
    #[must_use]
    pub fn get(&self, id: NameId) -> &str {
        let index = id.0 as usize;
        let start = if index == 0 { 0 } else { self.ends[index - 1] as usize };
        &self.text[start..self.ends[index] as usize]
    }

    /// All strings, in order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = (NameId, &str)> {
        (0..self.ends.len()).map(|index| {
            let id = NameId(u32::try_from(index).unwrap_or(u32::MAX));
            (id, self.get(id))
        })
    }

    /// How many strings there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no string.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Drop what only adding needs, and spare room: facts outlive extraction.
    pub fn freeze(&mut self) {
        self.slots = Vec::new();
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

fn hash(name: &str) -> usize {
    let mut hasher = FxHasher::default();
    hasher.write(name.as_bytes());
    usize::try_from(hasher.finish() >> 7).unwrap_or(0)
}
