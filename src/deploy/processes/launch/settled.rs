//! What the branches of a script depend on, once the arguments have moved: `start) shift; exec serve "$@"` is still that of `start`.

use crate::deploy::processes::commands::{Test, Values};

/// Tests that held when arguments moved inside of their branch.
#[derive(Debug, Default)]
pub(super) struct Settled(Vec<Test>);

impl Settled {
    /// The arguments move in a branch of these tests.
    pub(super) fn keep(&mut self, tests: &[Test]) {
        self.0 = tests.to_vec();
    }

    /// Whether the tests hold, as far as is known; nothing when one surely does not.
    pub(super) fn hold(&mut self, tests: &[Test], values: Values<'_>) -> Option<bool> {
        // Behind the branches that look at the same thing, it is looked at anew.
        let same = |kept: &Test| tests.iter().any(|test| test.subject.pieces == kept.subject.pieces);
        if !self.0.iter().any(same) {
            self.0.clear();
        }
        tests.iter().try_fold(true, |sure, test| match self.of(test).or_else(|| test.holds(values)) {
            Some(true) => Some(sure),
            Some(false) => None,
            None => Some(false),
        })
    }

    fn of(&self, test: &Test) -> Option<bool> {
        let kept = self.0.iter().find(|kept| kept.subject.pieces == test.subject.pieces && kept.patterns == test.patterns)?;
        Some(kept.negated == test.negated)
    }
}
