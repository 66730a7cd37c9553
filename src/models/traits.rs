//! Sets of traits: what is known of a value, in one word of the machine.

use super::schema::Trait;

/// A set of [`Trait`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Traits(u64);

impl Traits {
    /// No trait.
    pub const NONE: Self = Self(0);

    /// Whether `which` is in it.
    #[must_use]
    pub fn has(self, which: Trait) -> bool {
        self.0 & (1 << which as u16) != 0
    }

    /// With `which` in it.
    #[must_use]
    pub fn with(self, which: Trait) -> Self {
        Self(self.0 | (1 << which as u16))
    }

    /// Without `which`.
    #[must_use]
    pub fn without(self, which: Trait) -> Self {
        Self(self.0 & !(1 << which as u16))
    }

    /// All of both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl FromIterator<Trait> for Traits {
    fn from_iter<I: IntoIterator<Item = Trait>>(traits: I) -> Self {
        traits.into_iter().fold(Self::NONE, Self::with)
    }
}
