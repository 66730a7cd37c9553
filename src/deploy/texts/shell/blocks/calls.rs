//! Calls of a shell's functions: the words that they are given, and where they are left before their end.

use crate::deploy::processes::commands::{Command, Piece, Step, Word};
use crate::deploy::readers::words::joined;

/// What a function is given: the words of its call, its own name first. None where it moves them, so that a number is not known.
pub(super) struct Given<'s>(Option<&'s [Word]>);

impl<'s> Given<'s> {
    pub(super) fn of(call: &'s Step, body: &[Step]) -> Self {
        let moves = body.iter().any(|step| matches!(step, Step::Move { .. }));
        match call {
            Step::Run(command) if !moves => Self(Some(&command.words)),
            _ => Self(None),
        }
    }

    /// A step of the function with what it is given filled in.
    pub(super) fn filled(&self, step: &Step) -> Step {
        let mut step = step.clone();
        match &mut step {
            Step::Set { value, tests, .. } => {
                self.fill(value);
                tests.iter_mut().for_each(|test| self.fill(&mut test.subject));
            }
            Step::Run(Command { words, settings, tests, place, .. }) => {
                if let Self(Some([_, given @ ..])) = self {
                    if let (Some(first), Some(last), true) =
                        (given.first(), given.last(), words.first().is_some_and(Word::is_arguments))
                    {
                        *place = joined(first.place, last.place);
                    }
                    let all = |word: Word| if word.is_arguments() { given.to_vec() } else { vec![word] };
                    *words = std::mem::take(words).into_iter().flat_map(all).collect();
                }
                words.iter_mut().chain(settings.iter_mut().map(|(_, word)| word)).for_each(|word| self.fill(word));
                tests.iter_mut().for_each(|test| self.fill(&mut test.subject));
            }
            Step::Move { .. } => {}
        }
        step
    }

    /// A word with the arguments that it names by their number.
    fn fill(&self, word: &mut Word) {
        let Self(Some(words)) = self else { return };
        let known = words.iter().position(Word::is_arguments).unwrap_or(usize::MAX);
        let pieces = std::mem::take(&mut word.pieces).into_iter().flat_map(|piece| {
            let number = match &piece {
                Piece::Variable { name, .. } => name.parse::<usize>().ok().filter(|at| *at > 0),
                _ => None,
            };
            match number {
                // Behind all arguments of the script, nobody knows which one it is.
                Some(at) if at >= known => vec![Piece::Unknown(format!("${at}").into())],
                Some(at) => match (words.get(at), piece) {
                    (Some(given), _) => given.pieces.clone(),
                    (None, Piece::Variable { otherwise: Some(otherwise), .. }) => vec![Piece::Text(otherwise)],
                    (None, _) => vec![Piece::Text("".into())],
                },
                None => vec![piece],
            }
        });
        word.pieces = pieces.collect();
    }
}

/// Whether a function is left there: by `return`, and where it runs beside the script, by `exit` as well.
pub(super) fn leaves(step: &Step, beside: bool) -> bool {
    let Step::Run(command) = step else { return false };
    let first = command.words.first().and_then(Word::literal);
    matches!(first.as_deref(), Some("return")) || beside && matches!(first.as_deref(), Some("exit"))
}
