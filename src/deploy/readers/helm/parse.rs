//! The language of templates: texts with actions between braces, made into a tree of pieces. Nothing is run here.

mod tokens;

use std::rc::Rc;
use tokens::{Token, tokens};

/// Deepest nesting of blocks and of brackets.
const DEEPEST: usize = 60;

/// Most actions of one template.
const MOST_ACTIONS: usize = 20_000;

/// A part of a template.
#[derive(Debug)]
pub(super) enum Piece {
    /// A text that is given out as it is, and the byte it begins at.
    Text(Box<str>, usize),
    /// A value that is filled in, and the bytes of the action.
    Action(Pipe, (usize, usize)),
    /// Other pieces, under a condition.
    Block(Block),
    /// Leave this round of the loop, or the loop altogether.
    Leave {
        /// Whether the loop ends.
        altogether: bool,
    },
}

/// What a block does with its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    If,
    With,
    Range,
}

/// Pieces under conditions.
#[derive(Debug)]
pub(super) struct Block {
    pub kind: Kind,
    /// Conditions in order; the last may have none.
    pub arms: Vec<Arm>,
}

/// One way through a block.
#[derive(Debug)]
pub(super) struct Arm {
    /// Under which condition; none for `else`.
    pub when: Option<Pipe>,
    /// Whether the condition becomes the dot: `with`, and `else with`.
    pub binds: bool,
    pub body: Body,
}

/// The pieces of a block or of a definition.
pub(super) type Body = Rc<Vec<Piece>>;

/// Commands, each given the value of the one before it.
#[derive(Debug, Default)]
pub(super) struct Pipe {
    /// Variables that take the value.
    pub names: Vec<Rc<str>>,
    /// Whether they are new.
    pub declares: bool,
    pub commands: Vec<Vec<Term>>,
}

/// A word of a command, and the fields that are asked of it.
#[derive(Debug)]
pub(super) struct Term {
    pub head: Head,
    pub fields: Vec<Rc<str>>,
}

#[derive(Debug)]
pub(super) enum Head {
    Dot,
    Variable(Rc<str>),
    Text(Rc<str>),
    Number(Rc<str>),
    /// `true`, `false`, `nil` or a function.
    Word(Rc<str>),
    Group(Box<Pipe>),
}

/// A template with what it defines for others.
#[derive(Debug, Default)]
pub(super) struct Template {
    pub body: Body,
    pub defined: Vec<(Rc<str>, Body)>,
}

/// Read a template; nothing when it breaks the grammar or a bound.
pub(super) fn template(text: &str) -> Option<Template> {
    let mut reader = Reader::default();
    let mut at = 0;
    let mut trims = false;
    while let Some(open) = text[at..].find("{{").map(|found| at + found) {
        let inner = &text[open + 2..];
        let left = inner.starts_with('-') && inner[1..].starts_with(char::is_whitespace);
        let comment = inner.trim_start_matches('-').trim_start().starts_with("/*");
        let close =
            open + 2 + if comment { inner.find("*/").and_then(|end| Some(end + inner[end..].find("}}")?))? } else { end(inner)? };
        reader.text(text, (at, open), (trims, left));
        let code = &text[open + 2..close];
        trims = code.ends_with('-') && (code.len() < 2 || code[..code.len() - 1].ends_with(char::is_whitespace) || comment);
        at = close + 2;
        if !comment {
            let code = code.strip_prefix('-').filter(|_| left).unwrap_or(code);
            reader.action(code.strip_suffix('-').filter(|_| trims).unwrap_or(code), (open, at))?;
        }
    }
    reader.text(text, (at, text.len()), (trims, false));
    reader.finish()
}

/// Where the braces close: behind texts in quotes.
fn end(code: &str) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    for (at, byte) in code.bytes().enumerate() {
        match (quote, byte) {
            (Some(b'"'), b'\\') if !escaped => {
                escaped = true;
                continue;
            }
            (Some(open), _) if byte == open && !escaped => quote = None,
            (None, b'"' | b'`') => quote = Some(byte),
            (None, b'}') if code.as_bytes().get(at + 1) == Some(&b'}') => return Some(at),
            _ => {}
        }
        escaped = false;
    }
    None
}

/// A block that is not closed yet.
struct Open {
    kind: Option<Kind>,
    /// The name, for a definition.
    defines: Option<Rc<str>>,
    arms: Vec<Arm>,
    when: Option<Pipe>,
    binds: bool,
    body: Vec<Piece>,
}

#[derive(Default)]
struct Reader {
    body: Vec<Piece>,
    open: Vec<Open>,
    defined: Vec<(Rc<str>, Body)>,
    actions: usize,
}

impl Reader {
    fn text(&mut self, text: &str, (start, end): (usize, usize), (left, right): (bool, bool)) {
        let mut piece = &text[start..end];
        let mut from = start;
        if left {
            piece = piece.trim_start();
            from = end - piece.len();
        }
        if right {
            let trimmed = piece.trim_end();
            // A mark between documents stays on a line of its own: the language glues the next line to it, and its tools split there.
            let mark = trimmed == "---" || trimmed.ends_with("\n---");
            piece = &piece[..trimmed.len() + usize::from(mark && trimmed.len() < piece.len())];
        }
        if !piece.is_empty() {
            self.push(Piece::Text(piece.into(), from));
        }
    }

    fn push(&mut self, piece: Piece) {
        self.open.last_mut().map_or(&mut self.body, |open| &mut open.body).push(piece);
    }

    fn start(&mut self, kind: Option<Kind>, defines: Option<Rc<str>>, when: Option<Pipe>) -> Option<()> {
        let binds = kind == Some(Kind::With);
        self.open.push(Open { kind, defines, arms: Vec::new(), when, binds, body: Vec::new() });
        (self.open.len() <= DEEPEST).then_some(())
    }

    fn action(&mut self, code: &str, span: (usize, usize)) -> Option<()> {
        self.actions += 1;
        if self.actions > MOST_ACTIONS {
            return None;
        }
        let code = code.trim();
        let length = code.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(code.len());
        let (word, rest) = (&code[..length], code[length..].trim_start());
        // `range.Values` is a word and what follows it; `rangeOf` and `end_of` are words of their own.
        let word = if code[length..].starts_with(|c: char| c.is_alphanumeric() || c == '_') { "function" } else { word };
        match word {
            "if" => self.start(Some(Kind::If), None, Some(pipe(rest)?)),
            "with" => self.start(Some(Kind::With), None, Some(pipe(rest)?)),
            "range" => self.start(Some(Kind::Range), None, Some(pipe(rest)?)),
            "define" => self.start(None, Some(name(rest)?), None),
            "block" => {
                let (title, given) = rest.get(1..)?.split_once('"')?;
                self.push(Piece::Action(called(title, pipe(given)?), span));
                self.start(None, Some(title.into()), None)
            }
            "template" => {
                let title = name(rest)?;
                let given = rest.get(title.len() + 2..)?.trim();
                let given = if given.is_empty() {
                    Pipe { commands: vec![vec![word_of("nil")]], ..Pipe::default() }
                } else {
                    pipe(given)?
                };
                self.push(Piece::Action(called(&title, given), span));
                Some(())
            }
            "else" => self.otherwise(rest),
            "end" => self.close(),
            "break" | "continue" => {
                self.push(Piece::Leave { altogether: word == "break" });
                Some(())
            }
            "" if code.is_empty() => Some(()),
            _ => {
                self.push(Piece::Action(pipe(code)?, span));
                Some(())
            }
        }
    }

    fn otherwise(&mut self, rest: &str) -> Option<()> {
        let (when, binds) = match rest.split_once(char::is_whitespace) {
            Some(("if", condition)) => (Some(pipe(condition)?), false),
            Some(("with", value)) => (Some(pipe(value)?), true),
            _ if rest.is_empty() => (None, false),
            _ => return None,
        };
        let open = self.open.last_mut()?;
        open.kind?;
        let arm = Arm { when: open.when.take(), binds: open.binds, body: Rc::new(std::mem::take(&mut open.body)) };
        open.arms.push(arm);
        (open.when, open.binds) = (when, binds);
        Some(())
    }

    fn close(&mut self) -> Option<()> {
        let mut open = self.open.pop()?;
        let body = Rc::new(open.body);
        match (open.kind, open.defines) {
            (Some(kind), _) => {
                open.arms.push(Arm { when: open.when, binds: open.binds, body });
                self.push(Piece::Block(Block { kind, arms: open.arms }));
            }
            (None, Some(name)) => self.defined.push((name, body)),
            (None, None) => {}
        }
        Some(())
    }

    fn finish(self) -> Option<Template> {
        self.open.is_empty().then(|| Template { body: Rc::new(self.body), defined: self.defined })
    }
}

/// The text in quotes that `code` begins with.
fn name(code: &str) -> Option<Rc<str>> {
    let quote = code.chars().next().filter(|c| matches!(c, '"' | '`'))?;
    code[1..].split_once(quote).map(|(name, _)| name.into())
}

fn word_of(word: &str) -> Term {
    Term { head: Head::Word(word.into()), fields: Vec::new() }
}

/// `include "title" (given)`.
fn called(title: &str, given: Pipe) -> Pipe {
    let title = Term { head: Head::Text(title.into()), fields: Vec::new() };
    let given = Term { head: Head::Group(Box::new(given)), fields: Vec::new() };
    Pipe { commands: vec![vec![word_of("include"), title, given]], ..Pipe::default() }
}

/// Read a pipeline.
fn pipe(code: &str) -> Option<Pipe> {
    // Brackets wait on a stack of our own, each with its pipeline so far.
    let mut open = vec![Pipe { commands: vec![Vec::new()], ..Pipe::default() }];
    for token in tokens(code)? {
        let depth = open.len();
        let top = open.last_mut()?;
        let command = top.commands.last_mut()?;
        match token {
            Token::Open if depth > DEEPEST => return None,
            Token::Open => open.push(Pipe { commands: vec![Vec::new()], ..Pipe::default() }),
            Token::Close => {
                let inner = open.pop()?;
                let term = Term { head: Head::Group(Box::new(inner)), fields: Vec::new() };
                open.last_mut()?.commands.last_mut()?.push(term);
            }
            Token::Bar => top.commands.push(Vec::new()),
            Token::Comma => {}
            Token::Declare | Token::Assign => {
                top.declares = token == Token::Declare;
                for term in command.drain(..) {
                    let Head::Variable(name) = term.head else { return None };
                    top.names.push(name);
                }
            }
            Token::Text(text) => command.push(Term { head: Head::Text((*text).into()), fields: Vec::new() }),
            Token::Number(text) => command.push(Term { head: Head::Number((*text).into()), fields: Vec::new() }),
            Token::Start(text, spaced) => start(command, &text, spaced)?,
        }
    }
    let pipe = open.pop()?;
    (open.is_empty() && pipe.commands.iter().all(|command| !command.is_empty())).then_some(pipe)
}

/// A term begins, or a field is asked of the term before.
fn start(command: &mut Vec<Term>, text: &str, spaced: bool) -> Option<()> {
    let term = |head, fields| Term { head, fields };
    match text.strip_prefix('.') {
        Some(field) if !spaced && !command.is_empty() => command.last_mut()?.fields.push(field.into()),
        Some("") => command.push(term(Head::Dot, Vec::new())),
        Some(field) => command.push(term(Head::Dot, vec![field.into()])),
        None if text.starts_with('$') => command.push(term(Head::Variable(text.into()), Vec::new())),
        None => command.push(term(Head::Word(text.into()), Vec::new())),
    }
    Some(())
}
