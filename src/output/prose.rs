//! Markdown as a terminal shows it: prose wrapped, lists hung, code indented, tables in columns. Apart from the page of a rule, which
//! only says what is shown.

mod table;
mod words;

use super::{Style, escape};
use clap::builder::styling as ansi;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use table::Table;
use words::Words;

pub(super) const HEADING: ansi::Style = ansi::Style::new().bold();
pub(super) const QUIET: ansi::Style = ansi::Style::new().dimmed();
const CODE: ansi::Style = ansi::Style::new().fg_color(Some(ansi::Color::Ansi(ansi::AnsiColor::Cyan)));
const PLAIN: ansi::Style = ansi::Style::new();

/// `markdown` as text for a terminal. A heading below the second keeps its marks where weight cannot show what it is.
pub(super) fn render(markdown: &str, style: &Style) -> String {
    let mut writer = Writer::new(style);
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        writer.event(event);
    }
    writer.paragraph();
    writer.out
}

/// A list that is open: the number of its next item, when it is numbered.
struct List {
    next: Option<u64>,
}

struct Writer<'s> {
    style: &'s Style,
    out: String,
    words: Words,
    lists: Vec<List>,
    /// What stands before the first line of the next paragraph.
    mark: Option<String>,
    in_code: bool,
    heading: Option<usize>,
    strong: bool,
    /// The target of an open link.
    link: Option<String>,
    table: Option<Table>,
}

impl<'s> Writer<'s> {
    fn new(style: &'s Style) -> Self {
        Self {
            style,
            out: String::new(),
            words: Words::default(),
            lists: Vec::new(),
            mark: None,
            in_code: false,
            heading: None,
            strong: false,
            link: None,
            table: None,
        }
    }

    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.in_code => self.code_lines(&text),
            Event::Text(text) => {
                let style = if self.strong || self.heading.is_some() { HEADING } else { PLAIN };
                self.say(&text, style);
            }
            Event::Code(code) => match self.style.colour {
                true => self.say(&code, CODE),
                false => self.say(&format!("`{code}`"), PLAIN),
            },
            Event::Html(text) | Event::InlineHtml(text) => self.say(&text, PLAIN),
            Event::SoftBreak | Event::HardBreak => self.words.space(),
            Event::Rule => self.blank(),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph => self.blank_between(),
            Tag::Heading { level, .. } => {
                self.paragraph();
                self.blank();
                self.heading = Some(level as usize);
            }
            Tag::List(first) => {
                self.paragraph();
                if self.lists.is_empty() {
                    self.blank();
                }
                self.lists.push(List { next: first });
            }
            Tag::Item => {
                self.paragraph();
                let mark = match self.lists.last_mut().and_then(|list| list.next.as_mut()) {
                    Some(number) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    None => "- ".to_owned(),
                };
                self.mark = Some(mark);
            }
            Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented) => {
                self.paragraph();
                self.blank();
                self.in_code = true;
            }
            Tag::Strong => self.strong = true,
            Tag::Link { dest_url, .. } => self.link = Some(dest_url.into_string()),
            Tag::Table(_) => {
                self.blank();
                self.table = Some(Table::default());
            }
            Tag::TableHead | Tag::TableRow => {
                if let Some(table) = &mut self.table {
                    table.row();
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::Item => self.paragraph(),
            TagEnd::Heading(_) => self.paragraph(),
            TagEnd::List(_) => {
                self.paragraph();
                self.lists.pop();
            }
            TagEnd::CodeBlock => self.in_code = false,
            TagEnd::Strong => self.strong = false,
            TagEnd::Link => {
                // A page beside this one goes by the name that the link shows.
                if let Some(target) = self.link.take().filter(|target| target.contains("://")) {
                    self.words.space();
                    self.say(&format!("({target})"), QUIET);
                }
            }
            TagEnd::TableCell => {
                let words = std::mem::take(&mut self.words);
                if let Some(table) = &mut self.table {
                    table.cell(words);
                }
            }
            TagEnd::Table => {
                if let Some(table) = self.table.take() {
                    self.out.push_str(&table.render(self.style));
                }
            }
            _ => {}
        }
    }

    fn say(&mut self, text: &str, style: ansi::Style) {
        let text = escape::prose(text);
        self.words.say(&text, if self.style.colour { style } else { PLAIN });
    }

    fn code_lines(&mut self, code: &str) {
        let indent = self.indent() + 4;
        for line in code.lines() {
            let line = escape::prose(line);
            let shown = if line.is_empty() { String::new() } else { format!("{:indent$}{line}", "") };
            match self.style.colour {
                true => self.out.push_str(&format!("{QUIET}{shown}{QUIET:#}\n")),
                false => self.out.extend([shown.as_str(), "\n"]),
            }
        }
    }

    /// Columns that belong to the lists around.
    fn indent(&self) -> usize {
        self.lists.iter().map(|list| if list.next.is_some() { 3 } else { 2 }).sum()
    }

    /// Write what was gathered.
    fn paragraph(&mut self) {
        let words = std::mem::take(&mut self.words);
        if words.is_empty() {
            return;
        }
        let marks = match self.heading.take() {
            Some(level) if !self.style.colour => format!("{} ", "#".repeat(level)),
            _ => String::new(),
        };
        let indent = self.indent();
        let first = match self.mark.take() {
            Some(mark) => format!("{:>indent$}", mark),
            None => " ".repeat(indent) + &marks,
        };
        let width = self.style.width.saturating_sub(indent).max(20);
        for (at, line) in words.wrap(width).into_iter().enumerate() {
            let before = if at == 0 { first.clone() } else { " ".repeat(indent) };
            self.out.push_str(&format!("{before}{line}\n"));
        }
    }

    /// A blank line before a paragraph, but not before that of an item.
    fn blank_between(&mut self) {
        if self.mark.is_none() {
            self.blank();
        }
    }

    fn blank(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(markdown: &str, width: usize) -> String {
        render(markdown, &Style { width, ..Style::default() })
    }

    #[test]
    fn prose_is_wrapped_and_lists_hang() {
        let shown = plain("One two three four five\nsix seven.\n\n- **a** `b c`, and more words here\n- second\n\nEnd.\n", 24);
        let expected = "One two three four five\nsix seven.\n\n- a `b c`, and more\n  words here\n- second\n\nEnd.\n";
        assert_eq!(shown, expected);
    }

    #[test]
    fn code_keeps_its_lines() {
        let code = "x = [\n    very_long_name_that_is_longer_than_the_line,\n\n]\n";
        let expected = "Before:\n\n    x = [\n        very_long_name_that_is_longer_than_the_line,\n\n    ]\n\nAfter.\n";
        assert_eq!(plain(&format!("Before:\n```python\n{code}```\nAfter.\n"), 20), expected);
    }

    #[test]
    fn tables_fit() {
        let shown = plain("| key | what it says |\n|---|---|\n| a | one two three four five six |\n| bb | `x` |\n", 24);
        let expected = "key  what it says\n───  ───────────────────\na    one two three four\n     five six\nbb   `x`\n";
        assert_eq!(shown, expected);
    }

    #[test]
    fn colour_replaces_marks() {
        let style = Style { colour: true, width: 80, ..Style::default() };
        let shown = render("### Head\n\nUse `x`, [see](other.md).\n", &style);
        assert_eq!(shown, "\x1b[1mHead\x1b[0m\n\nUse \x1b[36mx\x1b[0m, see.\n");
    }
}
