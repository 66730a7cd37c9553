//! The reported code as fingerprints see it: its tokens without layout, comments, kind of quotes and names of locals. Apart from
//! the recipe since it is a small reader of many languages, and total: any text, cut anywhere, gives some answer.

use super::locals::Names;
use crate::lang::Language;

/// Strings inside of strings that are read as code (f-strings); deeper ones are read as text.
const MOST_NESTED: usize = 4;

/// Code in its normal form. Names in `locals` are numbered by where they first come up in it, so that renaming one changes nothing.
pub(super) fn normalise<'c>(code: &'c str, language: Option<Language>, locals: &'c [&'c Names<'c>]) -> String {
    let mut reader = Reader { language, locals, numbered: Vec::new(), normal: String::with_capacity(code.len()), blank: false };
    reader.read(code, 0);
    reader.normal
}

struct Reader<'c> {
    /// None for what is no source: manifests, configuration.
    language: Option<Language>,
    locals: &'c [&'c Names<'c>],
    /// Locals met so far, in order.
    numbered: Vec<&'c str>,
    normal: String,
    /// Something that separates words was left out.
    blank: bool,
}

impl<'c> Reader<'c> {
    fn read(&mut self, code: &'c str, nested: usize) {
        let (mut at, mut brackets) = (0, Vec::new());
        while let Some(c) = code[at..].chars().next() {
            let rest = &code[at..];
            let before = code[..at].chars().next_back();
            if let Some(length) = self.comment(rest, before) {
                self.blank = true;
                at += length;
            } else if c.is_whitespace() || c == '\\' && rest[1..].starts_with(['\n', '\r']) {
                self.blank = true;
                at += c.len_utf8();
            } else if let Some(string) = self.string(rest, before) {
                self.write_string(string, nested);
                at += string.length;
            } else if is_word(c) {
                let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                self.word(&rest[..length], &code[..at], &rest[length..], brackets.last().copied());
                at += length;
            } else {
                match c {
                    '(' | '[' | '{' => brackets.push(c),
                    ')' | ']' | '}' => {
                        brackets.pop();
                        if self.normal.ends_with(',') {
                            self.normal.pop();
                        }
                    }
                    _ => {}
                }
                self.blank = false;
                self.normal.push(c);
                at += c.len_utf8();
            }
        }
    }

    fn is(&self, language: Language) -> bool {
        self.language == Some(language)
    }

    /// The length of the comment that `rest` begins with.
    fn comment(&self, rest: &str, before: Option<char>) -> Option<usize> {
        let line = || rest.find(['\n', '\r']).unwrap_or(rest.len());
        let block = || rest.get(2..).and_then(|inner| inner.find("*/")).map_or(rest.len(), |end| end + 4);
        match self.language {
            Some(Language::Python) => rest.starts_with('#').then(line),
            Some(Language::Rust) if rest.starts_with("//") => Some(line()),
            Some(Language::Sql) if rest.starts_with("--") => Some(line()),
            Some(Language::Rust | Language::Sql) => rest.starts_with("/*").then(block),
            // In YAML and shell a `#` inside of a word is one of its letters.
            _ => (rest.starts_with('#') && before.is_none_or(char::is_whitespace)).then(line),
        }
    }

    /// The string that `rest` begins with, its prefix included.
    fn string<'t>(&self, rest: &'t str, before: Option<char>) -> Option<Quoted<'t>> {
        if before.is_some_and(is_word) {
            return None;
        }
        let quote_at = rest.find(['"', '\'']).filter(|&at| at <= 12)?;
        let (prefix, quoted) = rest.split_at(quote_at);
        let letters = prefix.trim_end_matches('#');
        let allowed = match self.language {
            Some(Language::Python) => "rRbBfFuUtT",
            Some(Language::Rust) => "rbc",
            _ => "",
        };
        let has_prefix = letters.len() <= 2 && letters.chars().all(|c| allowed.contains(c));
        if !has_prefix || (letters.len() < prefix.len() && !(self.is(Language::Rust) && letters.contains('r'))) {
            return None;
        }
        let quote = &quoted[..1];
        if self.is(Language::Rust) && quote == "'" && !is_character(&quoted[1..]) {
            return None;
        }
        let hashes = "#".repeat(prefix.len() - letters.len());
        let triple = self.is(Language::Python) && (quoted.starts_with("\"\"\"") || quoted.starts_with("'''"));
        let fence = if triple { quoted[..3].to_owned() } else { quote.to_owned() + &hashes };
        let raw = self.is(Language::Rust) && letters.contains('r');
        let opened = if triple { 3 } else { 1 };
        let body = &quoted[opened..];
        let end = end_of_string(body, &fence, raw);
        let length = prefix.len() + opened + end.map_or(body.len(), |end| end + fence.len());
        Some(Quoted { prefix: letters, body: &body[..end.unwrap_or(body.len())], length })
    }

    fn write_string(&mut self, string: Quoted<'c>, nested: usize) {
        let prefix = string.prefix.to_ascii_lowercase().replace('u', "");
        let filled = self.is(Language::Python) && prefix.contains(['f', 't']) || self.is(Language::Rust);
        self.glue(&prefix);
        self.normal.push_str(&prefix);
        self.normal.push('"');
        let mut rest = string.body;
        while let Some(c) = rest.chars().next() {
            let mut taken = c.len_utf8();
            match c {
                '{' if filled
                    && self.locals.iter().any(|names| !names.is_empty())
                    && !rest[1..].starts_with('{')
                    && nested < MOST_NESTED =>
                {
                    let inner = &rest[1..rest.find('}').unwrap_or(rest.len()).max(1)];
                    self.normal.push('{');
                    if self.is(Language::Python) {
                        self.read(inner, nested + 1);
                    } else {
                        let name = &inner[..inner.find(|c| !is_word(c)).unwrap_or(inner.len())];
                        self.word(name, "", "", None);
                        self.normal.push_str(&inner[name.len()..]);
                    }
                    taken += inner.len();
                }
                '{' if rest[1..].starts_with('{') => {
                    self.normal.push_str("{{");
                    taken = 2;
                }
                '\\' if rest[1..].starts_with(['\n', '\r']) => {}
                '\\' if rest[1..].starts_with(['\'', '"']) => {
                    self.normal.push('"');
                    taken = 2;
                }
                '\'' => self.normal.push('"'),
                c if c.is_whitespace() => {
                    if !self.normal.ends_with(' ') {
                        self.normal.push(' ');
                    }
                }
                c => self.normal.push(c),
            }
            rest = &rest[taken..];
        }
        self.normal.push('"');
        self.blank = false;
    }

    /// Write a word: a local by its number, everything else as it stands.
    fn word(&mut self, word: &'c str, before: &str, after: &str, bracket: Option<char>) {
        if !self.locals.iter().any(|names| names.contains(word))
            || self.is_other_name(before.trim_end(), after.trim_start(), bracket)
        {
            self.glue(word);
            self.normal.push_str(word);
            return;
        }
        let number = self.numbered.iter().position(|known| *known == word).unwrap_or_else(|| {
            self.numbered.push(word);
            self.numbered.len() - 1
        });
        self.glue(word);
        self.normal.push_str(&format!("${number}"));
    }

    /// Whether a word that a local has as its name stands for something else here: an attribute, an argument's name, a field.
    fn is_other_name(&self, before: &str, after: &str, bracket: Option<char>) -> bool {
        let attribute = before.ends_with('.') && !before.ends_with("..") || before.ends_with("::");
        let argument = self.is(Language::Python)
            && bracket == Some('(')
            && before.ends_with(['(', ','])
            && after.starts_with('=')
            && !after.starts_with("==");
        let field = self.is(Language::Rust)
            && bracket == Some('{')
            && before.ends_with(['{', ','])
            && after.starts_with(':')
            && !after.starts_with("::");
        attribute || argument || field || after.starts_with("::")
    }

    /// Keep two words apart that something stood between.
    fn glue(&mut self, next: &str) {
        if self.blank && next.starts_with(is_word) && self.normal.ends_with(is_word) {
            self.normal.push(' ');
        }
        self.blank = false;
    }
}

/// A string of the source.
#[derive(Clone, Copy)]
struct Quoted<'c> {
    prefix: &'c str,
    body: &'c str,
    /// Bytes of all of it.
    length: usize,
}

/// Where the string ends that `fence` closes; none when the text ends first.
fn end_of_string(body: &str, fence: &str, raw: bool) -> Option<usize> {
    let mut at = 0;
    while at < body.len() {
        if body[at..].starts_with(fence) {
            return Some(at);
        }
        let escaped = !raw && body[at..].starts_with('\\');
        let skipped = body[at..].chars().take(1 + usize::from(escaped));
        at += skipped.map(char::len_utf8).sum::<usize>();
    }
    None
}

/// Whether what follows a single quote in Rust is a character and not a lifetime.
fn is_character(after: &str) -> bool {
    after.starts_with('\\') || after.chars().nth(1) == Some('\'')
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn python(code: &str) -> String {
        normalise(code, Some(Language::Python), &[&HashSet::from(["url", "user", "x"])])
    }

    fn rust(code: &str) -> String {
        normalise(code, Some(Language::Rust), &[&HashSet::from(["url", "user"])])
    }

    #[test]
    fn words_stay_apart() {
        assert_eq!(python("not  y"), "not y");
        assert_eq!(python("a \\\n  . b ( c , )"), "a.b(c)");
        assert_eq!(python("a(b,  # why\n  # more\n  c)"), "a(b,c)");
        assert_eq!(python("f('# no comment')"), "f(\"# no comment\")");
        assert_ne!(python("f(a, b)"), python("f(ab)"));
        assert_ne!(python("f('a b')"), python("f('ab')"));
    }

    #[test]
    fn quotes_and_prefixes() {
        assert_eq!(python("f(u'it\\'s', '''a''')"), python("f(\"it's\", \"\"\"a\"\"\")"));
        assert_eq!(python("f(F'{y}')"), python("f(f\"{y}\")"));
        assert_eq!(python("f('a\r\n   b')"), python("f('a\n b')"));
        assert_eq!(rust("f(r#\"a \"b\" // c\"#) // d"), "f(r\"a \"b\" // c\")");
        assert_eq!(rust("f::<'a>('\\'', 'x', /* c */ y)"), "f::<'a>(\"\"\",\"x\",y)");
        assert_eq!(normalise("it's a # b\nc: 'd # e'", None, &[]), "it's a c:\"d # e\"");
    }

    #[test]
    fn locals_go_by_their_place() {
        assert_eq!(python("get(url, x.url, url=url, a=user)"), "get($0,$1.url,url=$0,a=$2)");
        assert_eq!(python("x = get(f'{user.id}/x/{{x}}', 'x')"), "$0=get(f\"{$1.id}/x/{{x}}\",\"x\")");
        assert_eq!(rust("get(&url).send(A { url: user, n: format!(\"{user:?} url\") })"), {
            "get(&$0).send(A{url:$1,n:format!(\"{$1:?} url\")})"
        });
        assert_eq!(rust("url::get(..url, user.url)"), "url::get(..$0,$1.url)");
    }

    /// Cut anywhere, changed anywhere: an answer and no panic.
    #[test]
    fn any_text_will_do() {
        let code = "f(f'{x!r:>{user}}é', r#\"é\"#, '\\', \"\"\"é\\\n\"\"\") # é /* é */ -- {{ { ' \\";
        let languages = [Some(Language::Python), Some(Language::Rust), Some(Language::Sql), None];
        for (start, _) in code.char_indices() {
            for (end, _) in code.char_indices().filter(|(end, _)| *end >= start) {
                for language in languages {
                    normalise(&code[start..end], language, &[&HashSet::from(["x", "user", "f"])]);
                }
            }
        }
    }
}
