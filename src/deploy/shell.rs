//! Reads the simple commands of a shell text: command lines and entry scripts. No shell grammar: what is asked is which programs run
//! with which words, and whether that depends on a test. Grammars written in C abort on hostile input, and one pass is enough for this.

mod expansions;

pub(super) use expansions::expansion;

use super::commands::{Command, Piece, Step, Word};
use crate::finding::Place;
use crate::source::Span;

/// Most commands of one text; longer scripts install things.
const MOST_STEPS: usize = 2_000;

/// Where the text stands, for the places of words.
#[derive(Debug, Clone, Copy)]
pub(super) enum Origin {
    /// Its bytes stand in a file from this place on, as they are.
    Exact(Place),
    /// It was unescaped or folded, so every word has the place of the whole.
    Whole(Place),
}

impl Origin {
    fn place(self, start: usize, end: usize) -> Place {
        match self {
            Self::Exact(place) => {
                let at = place.span.start as usize;
                Place { file: place.file, span: Span::new(at + start, at + end) }
            }
            Self::Whole(place) => place,
        }
    }
}

/// The steps of `text`, in order.
#[must_use]
pub(super) fn steps(text: &str, origin: Origin) -> Vec<Step> {
    let mut reader = Reader {
        text,
        at: 0,
        origin,
        steps: Vec::new(),
        words: Vec::new(),
        depth: 0,
        heredocs: Vec::new(),
        started: 0,
        skips_target: false,
        in_case: 0,
    };
    reader.read();
    reader.steps
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    origin: Origin,
    steps: Vec<Step>,
    /// Words of the command that is being read.
    words: Vec<Word>,
    /// How many tests, loops and functions are around.
    depth: usize,
    /// Ends of here-documents that begin with the next line.
    heredocs: Vec<String>,
    /// Where the command began.
    started: usize,
    /// The next word is the file of a redirection.
    skips_target: bool,
    /// How many `case` are open: their patterns end with `)`.
    in_case: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }

    fn read(&mut self) {
        while let Some(next) = self.peek() {
            if self.steps.len() >= MOST_STEPS {
                return;
            }
            match next {
                '\\' if self.rest().starts_with("\\\n") => self.skip(2),
                '\\' if self.rest().starts_with("\\\r\n") => self.skip(3),
                '\n' => {
                    self.end(false);
                    self.skip(1);
                    self.pass_heredocs();
                }
                ' ' | '\t' | '\r' => self.skip(1),
                '#' => self.pass_line(),
                ';' => {
                    self.end(false);
                    self.skip(1);
                }
                '&' if self.rest().starts_with("&&") => {
                    self.end(false);
                    self.skip(2);
                }
                '&' if self.rest().starts_with("&>") => {
                    self.skip(2);
                    self.skips_target = true;
                }
                '&' => {
                    self.end(true);
                    self.skip(1);
                }
                '|' => {
                    // What follows `||` runs only when something failed.
                    let or = self.rest().starts_with("||");
                    self.end(false);
                    self.skip(if or { 2 } else { 1 });
                }
                '(' | ')' => self.parenthesis(next),
                '<' | '>' => self.redirection(),
                _ => self.word(),
            }
        }
        self.end(false);
    }

    fn pass_line(&mut self) {
        self.at = self.rest().find('\n').map_or(self.text.len(), |end| self.at + end);
    }

    fn pass_heredocs(&mut self) {
        for end in std::mem::take(&mut self.heredocs) {
            while self.at < self.text.len() {
                let line = self.rest().split_inclusive('\n').next().unwrap_or_default();
                let (length, is_end) = (line.len(), line.trim() == end);
                self.skip(length);
                if is_end {
                    break;
                }
            }
        }
    }

    fn parenthesis(&mut self, next: char) {
        if next == ')' && self.in_case > 0 {
            // The pattern of a case is no command.
            self.words.clear();
        } else if next == '(' && self.rest().starts_with("()") {
            // A function: what it is called was read as a command.
            self.words.clear();
            self.skip(2);
            return;
        } else {
            self.end(false);
        }
        self.skip(1);
    }

    /// `> file`, `2>&1`, `<< EOF`.
    fn redirection(&mut self) {
        if self.rest().starts_with("<<<") {
            self.skip(3);
            self.skips_target = true;
        } else if self.rest().starts_with("<<") {
            self.skip(2);
            if self.peek() == Some('-') {
                self.skip(1);
            }
            let line = self.rest().trim_start_matches([' ', '\t']);
            let end = line.split(|c: char| c.is_whitespace() || ";|&<>)".contains(c)).next().unwrap_or_default();
            self.heredocs.push(end.trim_matches(['\'', '"', '\\']).to_owned());
            self.skips_target = true;
        } else {
            let signs = self.rest().bytes().take_while(|byte| b"<>&|".contains(byte)).count();
            self.skip(signs);
            self.skips_target = true;
        }
    }

    fn word(&mut self) {
        let start = self.at;
        let mut pieces: Vec<Piece> = Vec::new();
        let mut text = String::new();
        let mut quoted = false;
        while let Some(next) = self.peek() {
            match next {
                '\'' => {
                    quoted = true;
                    let end = self.text[self.at + 1..].find('\'').map_or(self.text.len(), |end| self.at + 1 + end);
                    text.push_str(&self.text[self.at + 1..end]);
                    self.at = (end + 1).min(self.text.len());
                }
                '"' => {
                    quoted = true;
                    self.skip(1);
                    self.double_quoted(&mut text, &mut pieces);
                }
                '\\' => {
                    self.skip(1);
                    if let Some(escaped) = self.peek() {
                        if escaped != '\n' {
                            text.push(escaped);
                        }
                        self.skip(escaped.len_utf8());
                    }
                }
                '$' | '`' => self.expansion(next, &mut text, &mut pieces),
                ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '(' | ')' => break,
                '<' | '>' => {
                    // `2>`: the number belongs to the redirection.
                    if text.bytes().all(|byte| byte.is_ascii_digit()) && pieces.is_empty() {
                        self.redirection();
                        return;
                    }
                    break;
                }
                _ => {
                    text.push(next);
                    self.skip(next.len_utf8());
                }
            }
        }
        if !text.is_empty() || pieces.is_empty() {
            pieces.push(Piece::Text(text.into()));
        }
        let word = Word { pieces, place: self.origin.place(start, self.at) };
        self.take(word, start, quoted);
    }

    fn double_quoted(&mut self, text: &mut String, pieces: &mut Vec<Piece>) {
        while let Some(next) = self.peek() {
            match next {
                '"' => {
                    self.skip(1);
                    return;
                }
                '\\' => {
                    self.skip(1);
                    if let Some(escaped) = self.peek() {
                        if !matches!(escaped, '"' | '\\' | '$' | '`' | '\n') {
                            text.push('\\');
                        }
                        if escaped != '\n' {
                            text.push(escaped);
                        }
                        self.skip(escaped.len_utf8());
                    }
                }
                '$' | '`' => self.expansion(next, text, pieces),
                _ => {
                    text.push(next);
                    self.skip(next.len_utf8());
                }
            }
        }
    }

    /// `$NAME`, `${NAME:-default}`, `$(command)`, `` `command` ``, `$@`.
    fn expansion(&mut self, sign: char, text: &mut String, pieces: &mut Vec<Piece>) {
        let (piece, length) = expansion(self.rest(), sign);
        self.skip(length);
        match piece {
            None => text.push(sign),
            Some(piece) => {
                if !text.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(text).into()));
                }
                pieces.push(piece);
            }
        }
    }

    /// A word is read: it may be a keyword, a setting, the file of a redirection, or part of a command.
    fn take(&mut self, word: Word, start: usize, quoted: bool) {
        if std::mem::take(&mut self.skips_target) {
            return;
        }
        if self.words.is_empty() {
            self.started = start;
            if !quoted && let [Piece::Text(text)] = word.pieces.as_slice() {
                match &**text {
                    "if" | "while" | "until" | "for" | "case" | "{" | "[[" | "[" | "function" | "select" => {
                        return self.open(&text.clone());
                    }
                    "then" | "do" | "else" | "elif" | "!" | "time" => return,
                    "fi" | "done" | "esac" | "}" => {
                        if &**text == "esac" {
                            self.in_case = self.in_case.saturating_sub(1);
                        }
                        self.depth = self.depth.saturating_sub(1);
                        return;
                    }
                    _ => {}
                }
            }
        }
        self.words.push(word);
    }

    fn open(&mut self, keyword: &str) {
        match keyword {
            // A test: its words are no program of interest.
            "[" | "[[" => self.pass_test(),
            "for" | "case" | "select" | "function" => {
                if keyword == "case" {
                    self.in_case += 1;
                }
                if keyword != "function" {
                    self.depth += 1;
                }
                // `for x in ...` and `case $1 in` are no commands: their words end with the line, `;`, `do`, `in` or `{`.
                self.pass_head(keyword);
            }
            _ => self.depth += 1,
        }
    }

    fn pass_test(&mut self) {
        let end = self.rest().find(['\n', ';']).unwrap_or(self.rest().len());
        let line = &self.rest()[..end];
        let end = line.find(" ]").map_or(line.len(), |at| at + 2);
        self.skip(end);
        while self.peek() == Some(']') {
            self.skip(1);
        }
    }

    fn pass_head(&mut self, keyword: &str) {
        let line = self.rest().split('\n').next().unwrap_or_default();
        let end = match keyword {
            "case" => line.find(" in").map(|at| at + 3),
            "function" => line.find('{'),
            _ => line.find(';'),
        };
        let end = end.unwrap_or(line.len());
        self.skip(end);
    }

    /// The command ends here.
    fn end(&mut self, background: bool) {
        self.skips_target = false;
        let mut words = std::mem::take(&mut self.words);
        let certain = self.depth == 0;
        let settings_end = words.iter().position(|word| assignment(word).is_none()).unwrap_or(words.len());
        let rest = words.split_off(settings_end);
        let settings: Vec<(Box<str>, Word)> = words.iter().filter_map(assignment).collect();
        if rest.is_empty() {
            self.steps.extend(settings.into_iter().map(|(name, value)| Step::Set { name, value, certain }));
            return;
        }
        let mut rest = rest;
        let mut replaces = false;
        if rest.len() > 1 && rest[0].literal().as_deref() == Some("exec") {
            rest.remove(0);
            replaces = true;
        }
        if rest[0].literal().as_deref() == Some("export") {
            let set = rest[1..].iter().filter_map(assignment);
            self.steps.extend(set.map(|(name, value)| Step::Set { name, value, certain }));
            return;
        }
        let place = match (self.origin, rest.last()) {
            (Origin::Exact(_), Some(last)) => {
                let first = rest[0].place;
                Place { file: first.file, span: Span { start: first.span.start, end: last.place.span.end } }
            }
            _ => self.origin.place(self.started, self.at),
        };
        self.steps.push(Step::Run(Command { words: rest, settings, background, replaces, certain, place }));
    }
}

/// `NAME=value`, as name and value.
fn assignment(word: &Word) -> Option<(Box<str>, Word)> {
    let (Piece::Text(first), rest) = word.pieces.split_first()? else { return None };
    let (name, value) = first.split_once('=')?;
    let is_name = !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit());
    let pieces = std::iter::once(Piece::Text(value.into())).filter(|piece| *piece != Piece::Text("".into()) || rest.is_empty());
    is_name.then(|| (name.into(), Word { pieces: pieces.chain(rest.iter().cloned()).collect(), place: word.place }))
}

#[cfg(test)]
mod tests;
