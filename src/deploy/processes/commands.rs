//! Commands as deployment files write them: words with their places, variables unresolved. What a command does is for `programs`.

use crate::finding::{FileId, Place};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A piece of a word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Piece {
    /// As written.
    Text(Box<str>),
    /// A variable, with what holds where it is not set.
    Variable {
        /// Its name.
        name: Box<str>,
        /// `${PORT:-8000}`.
        otherwise: Option<Box<str>>,
    },
    /// All arguments of the script: `"$@"`.
    Arguments,
    /// What only running it could tell: `$(nproc)`. As written, so that what counts processors is known again.
    Unknown(Box<str>),
}

/// A word of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// Its pieces, in order.
    pub pieces: Vec<Piece>,
    /// Where it is written.
    pub place: Place,
}

/// What a command waits for: that a word is worth one of these patterns, or none of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Test {
    /// What is looked at: a variable, an argument.
    pub subject: Word,
    /// What it is compared with; `*` stands for anything.
    pub patterns: Vec<Box<str>>,
    /// It must be none of them.
    pub negated: bool,
}

/// One command: a program and its arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// The program and its arguments.
    pub words: Vec<Word>,
    /// Variables that are set for it alone.
    pub settings: Vec<(Box<str>, Word)>,
    /// Whether the shell goes on without waiting for it: `&`.
    pub background: bool,
    /// Whether it takes the shell's place: `exec`.
    pub replaces: bool,
    /// Tests that must hold for it to run.
    pub tests: Vec<Test>,
    /// Whether nothing else decides that it runs.
    pub certain: bool,
    /// All of it.
    pub place: Place,
}

/// What a shell does, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// A variable gets a value.
    Set {
        /// Its name.
        name: Box<str>,
        /// Its value.
        value: Word,
        /// Tests that must hold for it to happen.
        tests: Vec<Test>,
        /// Whether nothing else decides that it happens.
        certain: bool,
    },
    /// A command runs.
    Run(Command),
    /// The arguments of the script change.
    Move {
        /// How.
        how: Move,
        /// Tests that must hold for it to happen.
        tests: Vec<Test>,
        /// Whether nothing else decides that it happens.
        certain: bool,
    },
}

/// A script: what it does, and the functions that it defines for itself and for those who read it in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    /// What it does, its own functions standing where they are called.
    pub steps: Vec<Step>,
    /// Its functions by name.
    pub functions: BTreeMap<String, Vec<Step>>,
}

impl Script {
    /// Say which file it came from, once files are numbered.
    pub fn set_file(&mut self, file: FileId) {
        let all = self.steps.iter_mut().chain(self.functions.values_mut().flatten());
        all.for_each(|step| step.set_file(file));
    }
}

/// A change of a script's arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Move {
    /// They become these: `set -- ...`.
    Become(Vec<Word>),
    /// The first one is dropped: `shift`.
    Shift,
}

/// How a line is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    /// The words are the program and its arguments.
    Exec,
    /// A shell reads it.
    Shell,
}

/// What a file says is to be run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Who starts it.
    pub form: Form,
    /// What it does.
    pub steps: Vec<Step>,
    /// All of it.
    pub place: Place,
}

/// What variables are worth: none for one that is not known to be set or not.
pub type Values<'v> = &'v dyn Fn(&str) -> Option<String>;

impl Word {
    /// A word without variables.
    #[must_use]
    pub fn plain(text: &str, place: Place) -> Self {
        Self { pieces: vec![Piece::Text(text.into())], place }
    }

    /// Its text, when every variable in it is known.
    #[must_use]
    pub fn resolve(&self, values: Values<'_>) -> Option<String> {
        self.pieces.iter().map(|piece| piece.resolve(values)).collect()
    }

    /// Its text, when nothing in it depends on anything.
    #[must_use]
    pub fn literal(&self) -> Option<String> {
        self.resolve(&|_| None)
    }

    /// As people would write it.
    #[must_use]
    pub fn shown(&self) -> String {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) | Piece::Unknown(text) => text.to_string(),
                Piece::Variable { name, otherwise: None } => format!("${name}"),
                Piece::Variable { name, otherwise: Some(otherwise) } => format!("${{{name}:-{otherwise}}}"),
                Piece::Arguments => "$@".to_owned(),
            })
            .collect()
    }

    /// Its text with every variable that is known filled in.
    #[must_use]
    pub fn filled(&self, values: Values<'_>) -> String {
        let piece = |piece: &Piece| {
            piece.resolve(values).unwrap_or_else(|| Self { pieces: vec![piece.clone()], place: self.place }.shown())
        };
        self.pieces.iter().map(piece).collect()
    }

    /// Whether it stands for the arguments of the script.
    #[must_use]
    pub fn is_arguments(&self) -> bool {
        matches!(self.pieces.as_slice(), [Piece::Arguments])
    }
}

impl Piece {
    fn resolve(&self, values: Values<'_>) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.to_string()),
            // An empty value is as good as none where something else is said to hold then.
            Self::Variable { name, otherwise } => {
                let set = values(name).filter(|value| !value.is_empty() || otherwise.is_none());
                set.or_else(|| otherwise.as_deref().map(str::to_owned))
            }
            Self::Arguments | Self::Unknown(_) => None,
        }
    }
}

impl Test {
    /// Whether it holds, when the subject is known.
    #[must_use]
    pub fn holds(&self, values: Values<'_>) -> Option<bool> {
        let subject = self.subject.resolve(values)?;
        let holds = self.patterns.iter().any(|pattern| fits(pattern, &subject)) != self.negated;
        // `"${TOKEN:-}"` is written so that it may be left out: what is done with one is done where somebody sets it.
        let may_be_set = |piece: &Piece| match piece {
            Piece::Variable { name, otherwise } => otherwise.as_deref() == Some("") && values(name).is_none(),
            _ => false,
        };
        (holds || !self.subject.pieces.iter().any(may_be_set)).then_some(holds)
    }
}

/// Whether a pattern of a shell fits: text, with `*` at either end for anything.
fn fits(pattern: &str, text: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(rest), Some(_)) if rest.is_empty() || rest == "*" => true,
        (Some(rest), Some(_)) => text.contains(rest.trim_end_matches('*')),
        (Some(end), None) => text.ends_with(end),
        (None, Some(start)) => text.starts_with(start),
        (None, None) => text == pattern,
    }
}

impl Command {
    /// A command of plain words, as a platform starts it without a shell.
    #[must_use]
    pub fn of_words(words: Vec<Word>, place: Place) -> Self {
        Self { words, settings: Vec::new(), background: false, replaces: true, tests: Vec::new(), certain: true, place }
    }

    /// As people would write it.
    #[must_use]
    pub fn shown(&self) -> String {
        self.words.iter().map(Word::shown).collect::<Vec<_>>().join(" ")
    }
}

impl Step {
    /// Say which file it came from, once files are numbered.
    pub fn set_file(&mut self, file: FileId) {
        match self {
            Self::Set { value, .. } => value.place.file = file,
            Self::Run(command) => {
                command.place.file = file;
                let set = command.settings.iter_mut().map(|(_, word)| word);
                let tested = command.tests.iter_mut().map(|test| &mut test.subject);
                command.words.iter_mut().chain(set).chain(tested).for_each(|word| word.place.file = file);
            }
            Self::Move { how: Move::Become(words), .. } => words.iter_mut().for_each(|word| word.place.file = file),
            Self::Move { how: Move::Shift, .. } => {}
        }
    }
}

impl Line {
    /// What starts without a shell; a program that is a shell itself is seen through by `programs`.
    #[must_use]
    pub fn exec(words: Vec<Word>, place: Place) -> Self {
        Self { form: Form::Exec, steps: vec![Step::Run(Command::of_words(words, place))], place }
    }

    /// Say which file it came from, once files are numbered.
    pub fn set_file(&mut self, file: FileId) {
        self.place.file = file;
        self.steps.iter_mut().for_each(|step| step.set_file(file));
    }

    /// The commands in it.
    pub fn commands(&self) -> impl Iterator<Item = &Command> {
        self.steps.iter().filter_map(|step| match step {
            Step::Run(command) => Some(command),
            Step::Set { .. } | Step::Move { .. } => None,
        })
    }
}
