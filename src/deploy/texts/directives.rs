//! Settings of proxies as directives: words, and other directives inside of braces or sections. Enough to find what balances requests;
//! no proxy's full grammar.

use crate::deploy::texts::tree::Key;
use crate::finding::{FileId, Place};
use crate::source::Span;
use serde::{Deserialize, Serialize};

/// Deepest nesting that is followed.
const DEEPEST: usize = 50;

/// Most words of one file.
const MOST_WORDS: usize = 200_000;

/// Whose settings they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Dialect {
    /// `upstream app { ip_hash; }`
    Nginx,
    /// `backend app`, its settings on the lines below.
    Haproxy,
    /// `reverse_proxy app:80 { lb_policy ip_hash }`, a line each.
    Caddy,
}

/// A directive.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directive {
    /// Its words, each with its place.
    pub words: Vec<Key>,
    /// What stands inside of it.
    pub inside: Vec<Directive>,
}

impl Directive {
    /// The text of one of its words.
    #[must_use]
    pub fn word(&self, at: usize) -> &str {
        self.words.get(at).map_or("", |word| &word.name)
    }

    /// From its first to its last word.
    #[must_use]
    pub fn place(&self) -> Place {
        let Some((first, last)) = self.words.first().zip(self.words.last()) else {
            return Place { file: FileId::default(), span: Span::default() };
        };
        crate::deploy::readers::words::joined(first.place, last.place)
    }

    /// As written, one blank between words.
    #[must_use]
    pub fn shown(&self) -> String {
        self.words.iter().map(|word| &*word.name).collect::<Vec<_>>().join(" ")
    }

    /// Say which file it came from, once files are numbered.
    pub fn set_file(&mut self, file: FileId) {
        let mut stack = vec![self];
        while let Some(next) = stack.pop() {
            next.words.iter_mut().for_each(|word| word.place.file = file);
            stack.extend(&mut next.inside);
        }
    }
}

/// The directives of a text, when it is one of these files.
pub(in crate::deploy) fn read(text: &str) -> Option<(Dialect, Vec<Directive>)> {
    let dialect = dialect(text)?;
    let list = match dialect {
        Dialect::Haproxy => sections(text),
        Dialect::Nginx | Dialect::Caddy => Reader::new(text, dialect).read(),
    };
    Some((dialect, list))
}

fn dialect(text: &str) -> Option<Dialect> {
    let section = |line: &str| {
        ["backend", "frontend", "listen"].iter().any(|word| line.starts_with(word) && line[word.len()..].starts_with([' ', '\t']))
            && !line.trim_end().ends_with(['{', ';'])
    };
    let block = |line: &str| {
        let line = line.trim();
        let opens = |word: &str| line.strip_prefix(word).is_some_and(|rest| rest.trim_start().starts_with('{'));
        opens("server") || opens("http") || line.starts_with("upstream ") || line.starts_with("location ")
    };
    if text.lines().any(section) {
        Some(Dialect::Haproxy)
    } else if text.lines().any(block) {
        Some(Dialect::Nginx)
    } else {
        text.lines().any(|line| line.trim_start().starts_with("reverse_proxy")).then_some(Dialect::Caddy)
    }
}

/// Lines below a line that begins at the margin belong to it.
fn sections(text: &str) -> Vec<Directive> {
    let mut list: Vec<Directive> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let code = line.split(" #").next().unwrap_or(line);
        let words = words_of(code, start);
        if words.is_empty() || words[0].name.starts_with('#') {
            continue;
        }
        let directive = Directive { words, inside: Vec::new() };
        let heads = ["global", "defaults", "frontend", "backend", "listen", "peers", "resolvers", "userlist", "cache", "program"];
        match list.last_mut() {
            Some(section) if !heads.contains(&directive.word(0)) => section.inside.push(directive),
            _ => list.push(directive),
        }
    }
    list
}

fn words_of(line: &str, start: usize) -> Vec<Key> {
    let mut words = Vec::new();
    let mut rest = line;
    while let Some(begin) = rest.find(|c: char| !c.is_whitespace()) {
        let word = &rest[begin..];
        let end = word.find(char::is_whitespace).unwrap_or(word.len());
        let at = start + (line.len() - rest.len()) + begin;
        words.push(word_at(&word[..end], at, end));
        rest = &word[end..];
    }
    words
}

fn word_at(text: &str, at: usize, length: usize) -> Key {
    Key { name: text.into(), place: Place { file: FileId::default(), span: Span::new(at, at + length) } }
}

struct Reader<'t> {
    text: &'t str,
    dialect: Dialect,
    at: usize,
    words: Vec<Key>,
    /// Blocks that are not closed yet; the first is the file.
    open: Vec<Directive>,
    left: usize,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str, dialect: Dialect) -> Self {
        Self { text, dialect, at: 0, words: Vec::new(), open: vec![Directive::default()], left: MOST_WORDS }
    }

    fn read(mut self) -> Vec<Directive> {
        while let Some(c) = self.text[self.at..].chars().next() {
            if self.left == 0 || self.open.len() > DEEPEST {
                break;
            }
            let rest = &self.text[self.at..];
            let starts_word = !rest[c.len_utf8()..].starts_with(char::is_whitespace) && rest.len() > c.len_utf8();
            match c {
                '\n' if self.dialect == Dialect::Caddy => {
                    self.end();
                    self.at += 1;
                }
                _ if c.is_whitespace() => self.at += c.len_utf8(),
                '#' => self.at += rest.find('\n').unwrap_or(rest.len()),
                ';' if self.dialect == Dialect::Nginx => {
                    self.end();
                    self.at += 1;
                }
                // Marks of templates are no blocks.
                '{' if rest.starts_with("{%") => self.at += rest.find("%}").map_or(rest.len(), |end| end + 2),
                '{' if rest.starts_with("{{") => self.word(),
                '{' if self.dialect == Dialect::Nginx || !starts_word => {
                    self.at += 1;
                    self.begin();
                }
                '}' => {
                    self.end();
                    self.at += 1;
                    self.close();
                }
                _ => self.word(),
            }
        }
        self.end();
        while self.open.len() > 1 {
            self.close();
        }
        self.open.pop().map_or_else(Vec::new, |file| file.inside)
    }

    fn end(&mut self) {
        if self.words.is_empty() {
            return;
        }
        let words = std::mem::take(&mut self.words);
        if let Some(open) = self.open.last_mut() {
            open.inside.push(Directive { words, inside: Vec::new() });
        }
    }

    fn begin(&mut self) {
        let words = std::mem::take(&mut self.words);
        if words.first().is_some_and(|word| word.name.ends_with("_by_lua_block")) {
            return self.skip();
        }
        self.open.push(Directive { words, inside: Vec::new() });
    }

    /// Code of another language up to its closing brace.
    fn skip(&mut self) {
        let mut depth = 1_usize;
        for (at, byte) in self.text[self.at..].bytes().enumerate() {
            match byte {
                b'{' => depth += 1,
                b'}' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                self.at += at + 1;
                return;
            }
        }
        self.at = self.text.len();
    }

    fn close(&mut self) {
        if self.open.len() > 1
            && let Some(done) = self.open.pop()
            && let Some(open) = self.open.last_mut()
        {
            open.inside.push(done);
        }
    }

    fn word(&mut self) {
        self.left -= 1;
        let rest = &self.text[self.at..];
        if let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) {
            let end = rest[1..].find(quote).map_or(rest.len(), |end| end + 2);
            let inner = rest[1..end].trim_end_matches(quote);
            self.words.push(word_at(inner, self.at, end));
            self.at += end;
            return;
        }
        let mut end = 0;
        while let Some(c) = rest[end..].chars().next() {
            let inside = rest[end..].starts_with("{{").then_some("}}").or_else(|| {
                let variable = self.dialect == Dialect::Caddy || rest[..end].ends_with('$');
                (c == '{' && variable).then_some("}")
            });
            if let Some(close) = inside {
                end += rest[end..].find(close).map_or(rest.len() - end, |at| at + close.len());
                continue;
            }
            let ends = match self.dialect {
                Dialect::Nginx => matches!(c, ';' | '{' | '}'),
                Dialect::Caddy | Dialect::Haproxy => c == '}',
            };
            if c.is_whitespace() || ends {
                break;
            }
            end += c.len_utf8();
        }
        self.words.push(word_at(&rest[..end], self.at, end));
        self.at += end.max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_comments_and_variables() {
        let text = "# main\nhttp {\n  upstream app { ip_hash; server web:${PORT}; }\n  log_format x '{a;b}';\n  server { listen 80; {% if x %} proxy_pass http://{{ host }}; {% endif %} }\n}\n";
        let (dialect, list) = read(text).unwrap_or_else(|| panic!("nothing"));
        assert_eq!((dialect, list.len()), (Dialect::Nginx, 1));
        let shown: Vec<String> = list[0].inside[0].inside.iter().map(Directive::shown).collect();
        assert_eq!(shown, ["ip_hash", "server web:${PORT}"]);
        assert_eq!(list[0].inside[0].inside[0].place().span.of(text), "ip_hash");
        assert_eq!(list[0].inside[2].inside[1].shown(), "proxy_pass http://{{ host }}");
    }

    #[test]
    fn sections_and_lines() {
        let (_, list) = read("defaults\n  mode http\nbackend app # it\n  balance source\n  cookie SRV insert\n")
            .unwrap_or_else(|| panic!("nothing"));
        assert_eq!((list.len(), list[1].inside[1].shown()), (2, "cookie SRV insert".to_owned()));
        let caddy = "shop.example {\n  reverse_proxy {$HOST:web}:80 api:80 {\n    lb_policy cookie\n  }\n}\n";
        let (dialect, list) = read(caddy).unwrap_or_else(|| panic!("nothing"));
        assert_eq!(dialect, Dialect::Caddy);
        let proxy = &list[0].inside[0];
        assert_eq!(
            (proxy.shown(), proxy.inside[0].shown()),
            ("reverse_proxy {$HOST:web}:80 api:80".into(), "lb_policy cookie".into())
        );
        assert_eq!(read("[Unit]\nDescription=x\n"), None);
    }

    #[test]
    fn hostile_texts_end() {
        for text in [
            format!("http {{{}", "{".repeat(100_000)),
            format!("server {{{}", "\"".repeat(99_999)),
            format!("server {{ a {}", "{{".repeat(50_000)),
            format!("server {{ {}", "{%".repeat(50_000)),
            format!("reverse_proxy {}", "{".repeat(50_000)),
            format!("server {{}}{}", "}".repeat(50_000)),
            "server { é{ü} 'ß".to_owned(),
            "backend é\n ü  é #".to_owned(),
        ] {
            let _ = read(&text);
        }
    }
}
