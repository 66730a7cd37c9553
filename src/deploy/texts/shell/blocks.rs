//! Blocks of a shell text: on which tests a command depends, and which functions it calls.

mod calls;

use super::End;
use crate::deploy::processes::commands::{Command, Move, Step, Test, Word};
use std::collections::BTreeMap;

/// How deep functions are followed into each other.
const DEEPEST: usize = 4;

/// A block that is open.
#[derive(Debug)]
struct Block {
    kind: Kind,
    /// What decides the part we are in.
    now: Condition,
    /// What decided the parts before: they did not hold.
    before: Vec<Condition>,
}

#[derive(Debug, PartialEq)]
enum Kind {
    If,
    Loop,
    /// With the word that is looked at.
    Case(Option<Word>),
    Braces,
    /// With its name.
    Function(String),
}

/// What decides whether a part runs.
#[derive(Debug, Clone, PartialEq)]
enum Condition {
    /// It is being read.
    Awaited,
    /// Nothing.
    Always,
    /// A test that we can read.
    Test(Test),
    /// Anything else.
    Unknown,
}

/// The blocks around what is being read, and the steps so far.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    open: Vec<Block>,
    main: Vec<Step>,
    functions: BTreeMap<String, Vec<Step>>,
    /// `!` stands before what is being read.
    negated: bool,
    /// What the command after `&&` or `||` depends on.
    chained: Option<Condition>,
    /// The test that was read last on this line.
    last: Option<Condition>,
}

impl Blocks {
    /// What the text defines so far, by name.
    pub(super) fn functions(&self) -> &BTreeMap<String, Vec<Step>> {
        &self.functions
    }

    /// How many steps there are.
    pub(super) fn count(&self) -> usize {
        self.main.len() + self.functions.values().map(Vec::len).sum::<usize>() + self.open.len()
    }

    fn open(&mut self, kind: Kind, now: Condition) {
        self.chained = None;
        self.open.push(Block { kind, now, before: Vec::new() });
    }

    pub(super) fn open_if(&mut self) {
        self.open(Kind::If, Condition::Awaited);
    }

    pub(super) fn open_loop(&mut self) {
        self.open(Kind::Loop, Condition::Unknown);
    }

    pub(super) fn open_braces(&mut self) {
        // The body of a function opens with a brace of its own.
        if !matches!(self.open.last(), Some(Block { kind: Kind::Function(_), now: Condition::Awaited, .. })) {
            return self.open(Kind::Braces, Condition::Always);
        }
        if let Some(block) = self.open.last_mut() {
            block.now = Condition::Always;
        }
    }

    pub(super) fn open_case(&mut self, subject: Option<Word>) {
        self.open(Kind::Case(subject), Condition::Awaited);
    }

    pub(super) fn function(&mut self, name: String) {
        self.open(Kind::Function(name), Condition::Awaited);
    }

    pub(super) fn begin_loop(&mut self) {
        self.last = None;
    }

    /// The condition of the innermost `if` has been read.
    pub(super) fn then(&mut self) {
        let read = self.last.take().unwrap_or(Condition::Unknown);
        if let Some(block) = self.open.last_mut().filter(|block| block.kind == Kind::If && block.now == Condition::Awaited) {
            block.now = read;
        }
    }

    pub(super) fn elif(&mut self) {
        self.turn(Condition::Awaited);
    }

    pub(super) fn otherwise(&mut self) {
        self.turn(Condition::Always);
    }

    fn turn(&mut self, now: Condition) {
        if let Some(block) = self.open.last_mut().filter(|block| block.kind == Kind::If) {
            let over = std::mem::replace(&mut block.now, now);
            block.before.push(over);
        }
    }

    /// Whether the patterns of an arm come next.
    pub(super) fn awaits_pattern(&self) -> bool {
        matches!(self.open.last(), Some(Block { kind: Kind::Case(_), now: Condition::Awaited, .. }))
    }

    /// An arm with these patterns begins.
    pub(super) fn arm(&mut self, patterns: Vec<Box<str>>) {
        let Some(Block { kind: Kind::Case(subject), now, .. }) = self.open.last_mut() else { return };
        *now = match subject {
            Some(subject) => Condition::Test(Test { subject: subject.clone(), patterns, negated: false }),
            None => Condition::Unknown,
        };
    }

    /// `;;`
    pub(super) fn next_arm(&mut self) {
        if let Some(block) = self.open.last_mut().filter(|block| matches!(block.kind, Kind::Case(_))) {
            let over = std::mem::replace(&mut block.now, Condition::Awaited);
            block.before.push(over);
        }
    }

    /// `fi`, `done`, `esac`, `}`.
    pub(super) fn close(&mut self) {
        self.open.pop();
        self.chained = None;
    }

    pub(super) fn negate(&mut self) {
        self.negated = !self.negated;
    }

    /// Something is tested that we do not read.
    pub(super) fn unknown_condition(&mut self) {
        self.last = Some(Condition::Unknown);
    }

    /// `[ "$1" = worker ]`
    pub(super) fn test(&mut self, words: &[Word]) {
        let negated = std::mem::take(&mut self.negated);
        let read = condition(words, negated);
        // Two tests in one condition: only both together would tell.
        self.last = Some(if self.last.is_some() { Condition::Unknown } else { read });
    }

    pub(super) fn set(&mut self, settings: Vec<(Box<str>, Word)>) {
        for (name, value) in settings {
            let (tests, certain) = self.surroundings();
            self.add(Step::Set { name, value, tests, certain });
        }
    }

    pub(super) fn moved(&mut self, how: Move) {
        let (tests, certain) = self.surroundings();
        self.add(Step::Move { how, tests, certain });
    }

    pub(super) fn run(&mut self, mut command: Command) {
        let negated = std::mem::take(&mut self.negated);
        if self.is_condition() {
            // A program decides: what it runs, it runs, but what depends on it is not known.
            self.last = Some(Condition::Unknown);
        }
        let (tests, certain) = self.surroundings();
        command.tests = tests;
        command.certain = certain && !negated;
        self.add(Step::Run(command));
    }

    fn is_condition(&self) -> bool {
        matches!(self.open.last(), Some(Block { kind: Kind::If | Kind::Loop, now: Condition::Awaited, .. }))
    }

    /// A command has ended: what does the next one depend on?
    pub(super) fn ended(&mut self, how: End) {
        let condition = self.is_condition();
        self.chained = match how {
            End::And if !condition => match self.last.take() {
                Some(test) => Some(test),
                None => self.chained.take(),
            },
            End::Or if !condition => Some(match self.last.take() {
                Some(Condition::Test(test)) => Condition::Test(Test { negated: !test.negated, ..test }),
                _ => Condition::Unknown,
            }),
            End::Or | End::And => {
                self.last = Some(Condition::Unknown);
                None
            }
            End::Line | End::Background | End::Pipe => {
                if !condition {
                    self.last = None;
                }
                None
            }
        };
    }

    /// The tests around, and whether nothing but them decides.
    fn surroundings(&self) -> (Vec<Test>, bool) {
        let mut tests = Vec::new();
        let mut certain = true;
        let mut add = |condition: &Condition, holds: bool| match condition {
            Condition::Test(test) => tests.push(Test { negated: test.negated == holds, ..test.clone() }),
            Condition::Unknown => certain = false,
            // A part before that always ran leaves nothing to this one.
            Condition::Always | Condition::Awaited => certain &= holds,
        };
        for block in &self.open {
            block.before.iter().for_each(|condition| add(condition, false));
            add(&block.now, true);
        }
        if let Some(condition) = &self.chained {
            add(condition, true);
        }
        (tests, certain)
    }

    pub(super) fn add(&mut self, step: Step) {
        let function = self.open.iter().rev().find_map(|block| match &block.kind {
            Kind::Function(name) => Some(name.clone()),
            _ => None,
        });
        match function {
            Some(name) => self.functions.entry(name).or_default().push(step),
            None => self.main.push(step),
        }
    }

    /// The steps, with functions where they are called.
    pub(super) fn finish(self, most: usize) -> Vec<Step> {
        let mut steps = self.main;
        for _ in 0..DEEPEST {
            let calls = |step: &Step| function_of(step, &self.functions).is_some();
            if self.functions.is_empty() || !steps.iter().any(calls) || steps.len() > most {
                break;
            }
            steps = steps.into_iter().flat_map(|step| called(step, &self.functions)).take(most).collect();
        }
        // What still calls functions calls itself.
        steps.retain(|step| function_of(step, &self.functions).is_none());
        steps
    }
}

/// The body of the function that a step calls.
fn function_of<'f>(step: &Step, functions: &'f BTreeMap<String, Vec<Step>>) -> Option<(&'f [Step], Vec<Test>, bool, bool)> {
    let Step::Run(command) = step else { return None };
    let body = functions.get(&command.words.first()?.literal()?)?;
    Some((body, command.tests.clone(), command.certain, command.background))
}

/// The steps of a called function, as certain as the call; any other step alone.
fn called(step: Step, functions: &BTreeMap<String, Vec<Step>>) -> Vec<Step> {
    let Some((body, around, sure, goes_on)) = function_of(&step, functions) else { return vec![step] };
    let given = calls::Given::of(&step, body);
    let mut found = Vec::new();
    // What stands behind a `return` that only some runs reach is run by the others.
    let mut reached = true;
    for step in body {
        if calls::leaves(step, goes_on) {
            match step {
                Step::Run(Command { tests, certain: true, .. }) if tests.is_empty() => break,
                _ => reached = false,
            }
            continue;
        }
        let mut step = given.filled(step);
        match &mut step {
            Step::Run(Command { tests, certain, background, .. }) => {
                tests.extend(around.iter().cloned());
                *certain &= sure && reached;
                *background |= goes_on;
            }
            Step::Set { tests, certain, .. } | Step::Move { tests, certain, .. } => {
                tests.extend(around.iter().cloned());
                *certain &= sure && reached;
            }
        }
        found.push(step);
    }
    found
}

/// What `[ .. ]` tests, when it compares one word.
fn condition(words: &[Word], negated: bool) -> Condition {
    let closed = |word: &&Word| !matches!(word.literal().as_deref(), Some("]" | "]]"));
    let words: Vec<&Word> = words.iter().skip(1).filter(closed).collect();
    let texts: Vec<Option<String>> = words.iter().map(|word| word.literal()).collect();
    let (words, texts, negated) = match texts.first() {
        Some(Some(sign)) if sign == "!" => (&words[1..], &texts[1..], !negated),
        _ => (&words[..], &texts[..], negated),
    };
    let test = |subject: &Word, pattern: &str, negated: bool| {
        Condition::Test(Test { subject: subject.clone(), patterns: vec![pattern.into()], negated })
    };
    match (words, texts) {
        ([_, subject], [Some(sign), _]) if sign == "-z" => test(subject, "", negated),
        ([_, subject], [Some(sign), _]) if sign == "-n" => test(subject, "", !negated),
        ([subject, _, _], [_, Some(sign), Some(pattern)]) if sign == "=" || sign == "==" => test(subject, pattern, negated),
        ([subject, _, _], [_, Some(sign), Some(pattern)]) if sign == "!=" => test(subject, pattern, !negated),
        _ => Condition::Unknown,
    }
}
