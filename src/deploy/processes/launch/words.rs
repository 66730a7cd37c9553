//! What becomes of words before a command runs: variables that hold several, arguments of a script, folders.

use super::{Run, join};
use crate::deploy::processes::commands::{Command, Piece, Word};
use crate::deploy::processes::programs;

impl Run<'_, '_> {
    /// `cd` to a folder, if that is known; `$(dirname "$0")` is where the script lies.
    pub(super) fn change_to(&mut self, folder: Option<&Word>, arguments: &[Word]) {
        let Some(word) = folder else { return };
        if let Some(to) = word.resolve(&|name| self.look(name, arguments)) {
            self.folder = join(&self.folder, &to);
        } else if let [Piece::Unknown(text), rest @ ..] = word.pieces.as_slice()
            && text.starts_with("$(dirname ")
            && let Some(beside) = &self.beside
            && let Some(rest) = (Word { pieces: rest.to_vec(), place: word.place }).literal()
        {
            self.folder = join(beside, rest.trim_start_matches('/'));
        }
    }

    /// `$SERVER_COMMAND` where a program stands is several words.
    pub(super) fn split_variable(&self, command: &mut Command, arguments: &[Word]) {
        let Some(Word { pieces, place }) = command.words.first() else { return };
        let ([Piece::Variable { .. }], place) = (pieces.as_slice(), *place) else { return };
        let known = command.words[0].resolve(&|name| self.look(name, arguments));
        let partly = || match command.words[0].pieces.as_slice() {
            [Piece::Variable { name, .. }] => self.texts.get(&**name).cloned(),
            _ => None,
        };
        let Some(text) = known.or_else(partly) else { return };
        let words = text.split_whitespace().map(|word| Word::plain(word, place));
        command.words.splice(..1, words.collect::<Vec<_>>());
    }

    /// `${PREFIX} gunicorn`, where nobody says what the prefix is: whatever it is, it runs what stands behind it.
    pub(super) fn is_wrapped(&self, command: &Command, arguments: &[Word]) -> bool {
        let [first, second, ..] = command.words.as_slice() else { return false };
        let unsaid = |name: &str| name.parse::<usize>().is_err() && self.look(name, arguments).is_none();
        matches!(first.pieces.as_slice(), [Piece::Variable { name, otherwise: None }] if unsaid(name))
            && second.literal().is_some_and(|second| programs::is_known(&second))
    }

    /// A variable that stands alone and holds nothing is no word, or flags where it holds several.
    pub(super) fn drop_empty(&self, command: &mut Command, arguments: &[Word]) {
        let look = |name: &str| self.look(name, arguments);
        let split = |word: &Word| match word.pieces.as_slice() {
            [Piece::Variable { .. }] => word.resolve(&look).filter(|text| text.is_empty() || text.starts_with('-')),
            _ => None,
        };
        if command.words.iter().skip(1).any(|word| split(word).is_some()) {
            let words = command.words.iter().flat_map(|word| match split(word) {
                Some(text) => text.split_whitespace().map(|part| Word::plain(part, word.place)).collect(),
                None => vec![word.clone()],
            });
            command.words = words.collect();
        }
    }
}

/// Words with the arguments where `"$@"` stands, alone or inside of a text.
pub(super) fn spliced(words: &[Word], arguments: &[Word]) -> Vec<Word> {
    let inside = |word: &Word| {
        let all = || arguments.iter().map(Word::shown).collect::<Vec<_>>().join(" ");
        let piece = |piece: &Piece| if *piece == Piece::Arguments { Piece::Text(all().into()) } else { piece.clone() };
        Word { pieces: word.pieces.iter().map(piece).collect(), place: word.place }
    };
    words.iter().flat_map(|word| if word.is_arguments() { arguments.to_vec() } else { vec![inside(word)] }).collect()
}
