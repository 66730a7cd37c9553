//! How many: a number, a range or unknown, with the places that say so. Nothing here is ever guessed: an open end stays open.

use crate::finding::Note;

/// How many, as far as files say. Either end may be unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Amount {
    /// At least so many.
    pub least: Option<u32>,
    /// At most so many.
    pub most: Option<u32>,
}

impl Amount {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self { least: None, most: None };

    /// Exactly `number`.
    #[must_use]
    pub fn exactly(number: u32) -> Self {
        Self::between(number, number)
    }

    /// From `least` to `most`.
    #[must_use]
    pub fn between(least: u32, most: u32) -> Self {
        Self { least: Some(least), most: Some(most.max(least)) }
    }

    /// `least` or more, nobody says how many more.
    #[must_use]
    pub fn at_least(least: u32) -> Self {
        Self { least: Some(least), most: None }
    }

    /// The number, when there is only one possible.
    #[must_use]
    pub fn exact(self) -> Option<u32> {
        self.least.filter(|_| self.least == self.most)
    }

    /// Surely one at most.
    #[must_use]
    pub fn is_single(self) -> bool {
        self.most.is_some_and(|most| most <= 1)
    }

    /// The files allow for more than one.
    #[must_use]
    pub fn may_be_many(self) -> bool {
        self.most.or(self.least).is_some_and(|number| number > 1)
    }

    /// So many of each of those.
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        let product = |a: Option<u32>, b: Option<u32>| Some(a?.saturating_mul(b?));
        Self { least: product(self.least, other.least), most: product(self.most, other.most) }
    }

    /// What covers both.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let both = |pick: fn(u32, u32) -> u32, a: Option<u32>, b: Option<u32>| Some(pick(a?, b?));
        Self { least: both(u32::min, self.least, other.least), most: both(u32::max, self.most, other.most) }
    }
}

impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.least, self.most) {
            (Some(least), Some(most)) if least == most => write!(f, "{least}"),
            (Some(least), Some(most)) => write!(f, "{least} to {most}"),
            (Some(least), None) => write!(f, "{least} or more"),
            (None, Some(most)) => write!(f, "up to {most}"),
            (None, None) => write!(f, "unknown"),
        }
    }
}

/// An amount with the places that say so.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counted {
    /// How many.
    pub amount: Amount,
    /// Where that is said, each place with its words; empty where a default holds.
    pub evidence: Vec<Note>,
}

impl Counted {
    /// An amount that a default says.
    #[must_use]
    pub fn by_default(amount: Amount) -> Self {
        Self { amount, evidence: Vec::new() }
    }

    /// An amount and the one place that says so.
    #[must_use]
    pub fn stated(amount: Amount, note: Note) -> Self {
        Self { amount, evidence: vec![note] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_ends_stay_open() {
        assert_eq!(Amount::between(2, 5).times(Amount::exactly(4)), Amount::between(8, 20));
        assert_eq!(Amount::at_least(2).times(Amount::exactly(4)), Amount::at_least(8));
        assert_eq!(Amount::exactly(3).times(Amount::UNKNOWN), Amount::UNKNOWN);
        assert!(Amount::at_least(2).may_be_many() && !Amount::at_least(1).may_be_many());
        assert!(Amount::exactly(1).is_single() && !Amount::UNKNOWN.is_single());
        assert_eq!(Amount::exactly(1).or(Amount::between(2, 4)), Amount::between(1, 4));
        assert_eq!(Amount::between(2, 4).to_string(), "2 to 4");
    }
}
