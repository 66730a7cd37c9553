//! Reads the simple commands of a shell text: command lines and entry scripts. No shell grammar: what is asked is which programs run
//! with which words, and on what that depends. Grammars written in C abort on hostile input, and one pass is enough for this.

mod blocks;
mod expansions;

pub(in crate::deploy) use expansions::expansion;

use crate::deploy::processes::commands::{Command, Move, Piece, Script, Step, Word};
use crate::finding::Place;
use crate::source::Span;
use blocks::Blocks;

/// Most commands of one text; longer scripts install things.
const MOST_STEPS: usize = 2_000;

/// Where the text stands, for the places of words.
#[derive(Debug, Clone, Copy)]
pub(in crate::deploy) enum Origin {
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

/// The steps of `text`, in order; functions stand where they are called.
#[must_use]
pub(in crate::deploy) fn steps(text: &str, origin: Origin) -> Vec<Step> {
    let mut reader = Reader::new(text, origin);
    reader.read();
    reader.blocks.finish(MOST_STEPS)
}

/// The same of a script, with the functions that others may call who read it in.
#[must_use]
pub(in crate::deploy) fn script(text: &str, origin: Origin) -> Script {
    let mut reader = Reader::new(text, origin);
    reader.read();
    let functions = reader.blocks.functions().clone();
    Script { steps: reader.blocks.finish(MOST_STEPS), functions }
}

/// How a command ends, which says on what the next one depends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// A new line, `;`, the end of the text.
    Line,
    /// `&`
    Background,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `|`
    Pipe,
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    origin: Origin,
    /// Words of the command that is being read.
    words: Vec<Word>,
    /// Ends of here-documents that begin with the next line.
    heredocs: Vec<String>,
    /// The next word is the file of a redirection.
    skips_target: bool,
    blocks: Blocks,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str, origin: Origin) -> Self {
        Self { text, at: 0, origin, words: Vec::new(), heredocs: Vec::new(), skips_target: false, blocks: Blocks::default() }
    }

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
            if self.blocks.count() >= MOST_STEPS {
                return;
            }
            if self.words.is_empty() && self.blocks.awaits_pattern() {
                self.pattern();
                continue;
            }
            if self.is_in_test() && "()|&<>;".contains(next) {
                self.sign_of_test(next);
                continue;
            }
            let rest = self.rest();
            match next {
                '\\' if rest.starts_with("\\\n") => self.skip(2),
                '\\' if rest.starts_with("\\\r\n") => self.skip(3),
                '\n' => {
                    self.end(End::Line, 1);
                    self.pass_heredocs();
                }
                ' ' | '\t' | '\r' => self.skip(1),
                '#' => self.pass_line(),
                ';' if rest.starts_with(";;") => {
                    self.end(End::Line, 2);
                    self.blocks.next_arm();
                }
                ';' => self.end(End::Line, 1),
                '&' if rest.starts_with("&&") => self.end(End::And, 2),
                '&' if rest.starts_with("&>") => {
                    self.skip(2);
                    self.skips_target = true;
                }
                '&' => self.end(End::Background, 1),
                '|' if rest.starts_with("||") => self.end(End::Or, 2),
                '|' => self.end(End::Pipe, 1),
                '(' | ')' => self.parenthesis(next),
                '<' | '>' => self.redirection(),
                _ => self.word(),
            }
        }
        self.end(End::Line, 0);
    }

    /// Whether `[[` is open, in which signs of the shell mean something else.
    fn is_in_test(&self) -> bool {
        let is = |word: Option<&Word>, sign: &str| word.and_then(Word::literal).as_deref() == Some(sign);
        is(self.words.first(), "[[") && !is(self.words.last(), "]]")
    }

    fn sign_of_test(&mut self, sign: char) {
        let place = self.origin.place(self.at, self.at + sign.len_utf8());
        self.words.push(Word::plain(&sign.to_string(), place));
        self.skip(sign.len_utf8());
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

    /// The patterns of an arm of a `case`, up to `)`; or its end.
    fn pattern(&mut self) {
        let blanks = self.rest().len() - self.rest().trim_start().len();
        self.skip(blanks);
        if self.rest().starts_with('#') {
            self.pass_line();
            return;
        }
        if self.rest().starts_with("esac") {
            self.skip(4);
            self.blocks.close();
            return;
        }
        let end = self.rest().find([')', '\n']).unwrap_or(self.rest().len());
        let text = self.rest()[..end].trim_start_matches('(');
        let patterns = text.split('|').map(|pattern| pattern.trim().trim_matches(['"', '\'']).into()).collect();
        self.skip((end + 1).min(self.rest().len()));
        self.blocks.arm(patterns);
    }

    fn parenthesis(&mut self, next: char) {
        let array = self.words.last().and_then(Word::literal).is_some_and(|word| word.ends_with('='));
        if next == '(' && !array && self.rest().starts_with("()") {
            // A function: its name was read as a command.
            let name = std::mem::take(&mut self.words).first().and_then(Word::literal);
            self.blocks.function(name.unwrap_or_default());
            self.skip(2);
            return;
        }
        if next == '(' && array {
            // An array: `ARGS+=(a b)`, which is a setting of no interest.
            self.words.clear();
            let length = self.rest().find(')').map_or(self.rest().len(), |end| end + 1);
            self.skip(length);
            return;
        }
        if self.rest().starts_with("((") {
            let length = self.rest().find("))").map_or(self.rest().len(), |end| end + 2);
            self.skip(length);
            self.blocks.unknown_condition();
            return;
        }
        self.end(End::Line, 1);
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
        self.take(word, quoted);
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

    /// A word is read: it may be a keyword, the file of a redirection, or part of a command.
    fn take(&mut self, word: Word, quoted: bool) {
        if std::mem::take(&mut self.skips_target) {
            return;
        }
        if self.words.is_empty()
            && !quoted
            && let [Piece::Text(text)] = word.pieces.as_slice()
            && self.keyword(&text.clone())
        {
            return;
        }
        self.words.push(word);
    }

    /// Whether a word at the start of a command shapes what follows.
    fn keyword(&mut self, text: &str) -> bool {
        match text {
            "if" => self.blocks.open_if(),
            "then" => self.blocks.then(),
            "elif" => self.blocks.elif(),
            "else" => self.blocks.otherwise(),
            "while" | "until" => self.blocks.open_loop(),
            "do" => self.blocks.begin_loop(),
            "for" | "select" => {
                // Its words up to the end of the line are no command, nor are the three parts of `((i = 0; i < n; i++))`.
                let counts = self.rest().trim_start().starts_with("((").then(|| self.rest().find("))")).flatten();
                let from = counts.map_or(0, |end| end + 2);
                let end = self.rest()[from..].find([';', '\n']).map_or(self.rest().len(), |end| from + end);
                self.skip(end);
                self.blocks.open_loop();
            }
            "case" => self.case(),
            "function" => {
                let line = self.rest().split('\n').next().unwrap_or_default();
                let (name, length) = line.split_once('{').map_or((line, line.len()), |(name, _)| (name, name.len()));
                let name = name.trim().trim_end_matches("()").trim().to_owned();
                self.skip(length);
                self.blocks.function(name);
            }
            "{" => self.blocks.open_braces(),
            "fi" | "done" | "esac" | "}" => self.blocks.close(),
            "!" => self.blocks.negate(),
            "time" => {}
            _ => return false,
        }
        true
    }

    /// `case "$1" in`: the word it looks at.
    fn case(&mut self) {
        let line = self.rest().split('\n').next().unwrap_or_default();
        let length = line.find(" in").map_or(line.len(), |at| at + 3);
        let subject = line[..length].trim_end_matches(" in").trim().trim_matches('"');
        let place = self.origin.place(self.at, self.at + length);
        let (piece, used) = if subject.starts_with('$') { expansion(subject, '$') } else { (None, 0) };
        let subject = piece.filter(|_| used == subject.len()).map(|piece| Word { pieces: vec![piece], place });
        self.skip(length);
        self.blocks.open_case(subject);
    }

    /// The command ends here, with a sign of this many bytes.
    fn end(&mut self, how: End, sign: usize) {
        self.skip(sign);
        self.skips_target = false;
        let mut words = std::mem::take(&mut self.words);
        let settings_end = words.iter().position(|word| assignment(word).is_none()).unwrap_or(words.len());
        let mut rest = words.split_off(settings_end);
        let settings: Vec<(Box<str>, Word)> = words.iter().filter_map(assignment).collect();
        let first = rest.first().and_then(Word::literal);
        match first.as_deref() {
            None if rest.is_empty() => self.blocks.set(settings),
            Some("export" | "readonly" | "local" | "declare") => self.blocks.set(rest.iter().filter_map(assignment).collect()),
            Some("set") if rest.get(1).and_then(Word::literal).as_deref() == Some("--") => {
                self.blocks.moved(Move::Become(rest.split_off(2)));
            }
            Some("shift") => self.blocks.moved(Move::Shift),
            Some("[" | "[[" | "test") => self.blocks.test(&rest),
            _ => {
                let replaces = rest.len() > 1 && first.as_deref() == Some("exec");
                if replaces {
                    rest.remove(0);
                }
                let place = match (self.origin, rest.first(), rest.last()) {
                    (Origin::Exact(_), Some(first), Some(last)) => {
                        Place { file: first.place.file, span: Span { start: first.place.span.start, end: last.place.span.end } }
                    }
                    (origin, ..) => origin.place(self.at, self.at),
                };
                let background = how == End::Background;
                let command = Command { words: rest, settings, background, replaces, tests: Vec::new(), certain: true, place };
                self.blocks.run(command);
            }
        }
        self.blocks.ended(how);
    }
}

/// `NAME=value`, as name and value.
fn assignment(word: &Word) -> Option<(Box<str>, Word)> {
    let (Piece::Text(first), rest) = word.pieces.split_first()? else { return None };
    let (name, value) = first.split_once('=')?;
    let name = name.strip_suffix('+').unwrap_or(name);
    let is_name = !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit());
    let pieces = std::iter::once(Piece::Text(value.into())).filter(|piece| *piece != Piece::Text("".into()) || rest.is_empty());
    is_name.then(|| (name.into(), Word { pieces: pieces.chain(rest.iter().cloned()).collect(), place: word.place }))
}

#[cfg(test)]
mod tests;
