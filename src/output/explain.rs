//! A rule's page for the terminal: what `scalelint explain` prints, and which parts of the page that is.

use super::prose::{self, HEADING, QUIET};
use super::{Style, docs, escape};
use crate::rules::Page;
use clap::builder::styling as ansi;

/// Examples shown; the page has many more, most of them for the sake of testing.
const MOST_EXAMPLES: usize = 2;

/// `page` as text for a terminal.
#[must_use]
pub fn page(page: &Page, style: &Style) -> String {
    let mut text = Text { out: String::new(), style };
    text.heading(1, &page.name);
    let languages = page.languages.join(", ");
    text.line(QUIET, &format!("{}, {}, {} by default, for {languages}", page.group, page.set, page.level.name()));
    text.blank();
    text.markdown(&page.summary);
    for section in page.sections() {
        text.blank();
        text.heading(2, &section.title);
        text.blank();
        let body = if section.title == "Examples" { first_examples(&section.body) } else { section.body.trim() };
        text.markdown(body);
    }
    text.blank();
    text.line(QUIET, &format!("The whole page, with all {} examples: {}", page.examples().len(), docs(&page.name)));
    text.out
}

/// The body of the examples up to the heading after the last that is shown.
fn first_examples(body: &str) -> &str {
    let end = body.match_indices("\n### ").nth(MOST_EXAMPLES).map_or(body.len(), |(at, _)| at);
    body[..end].trim()
}

struct Text<'s> {
    out: String,
    style: &'s Style,
}

impl Text<'_> {
    fn blank(&mut self) {
        self.out.push('\n');
    }

    /// Where weight cannot show what a heading is, its marks stay.
    fn heading(&mut self, depth: usize, text: &str) {
        match self.style.colour {
            true => self.line(HEADING, text),
            false => self.line(HEADING, &format!("{} {text}", "#".repeat(depth))),
        }
    }

    fn line(&mut self, with: ansi::Style, text: &str) {
        let text = escape::prose(text);
        match self.style.colour {
            true => self.out.push_str(&format!("{with}{text}{with:#}\n")),
            false => self.out.extend([&*text, "\n"]),
        }
    }

    fn markdown(&mut self, markdown: &str) {
        self.out.push_str(&prose::render(markdown, self.style));
    }
}

/// Any Markdown for the terminal, such as the page on suppressions, which is no rule.
#[must_use]
pub fn markdown_page(text: &str, style: &Style) -> String {
    prose::render(text, style)
}
