//! Words of a paragraph with their weight, and the lines that they make: apart since what a terminal is told takes no columns.

use clap::builder::styling as ansi;

/// Words in order.
#[derive(Debug, Default)]
pub(super) struct Words {
    list: Vec<Word>,
    /// The next piece begins a word of its own.
    apart: bool,
}

/// A word: its text with sequences, and the columns it takes.
#[derive(Debug)]
struct Word {
    text: String,
    width: usize,
}

impl Words {
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// What follows is no part of the last word.
    pub(super) fn space(&mut self) {
        self.apart = true;
    }

    /// Add text: where it begins without a blank, it goes on with the last word.
    pub(super) fn say(&mut self, text: &str, style: ansi::Style) {
        self.apart |= text.starts_with(char::is_whitespace);
        for word in text.split_whitespace() {
            let width = word.chars().count();
            let shown = if style.is_plain() { word.to_owned() } else { format!("{style}{word}{style:#}") };
            match self.list.last_mut().filter(|_| !self.apart) {
                Some(last) => {
                    last.text.push_str(&shown);
                    last.width += width;
                }
                None => self.list.push(Word { text: shown, width }),
            }
            self.apart = true;
        }
        self.apart = text.ends_with(char::is_whitespace) || self.apart && text.trim().is_empty();
    }

    /// Columns of all of it on one line.
    pub(super) fn width(&self) -> usize {
        self.list.iter().map(|word| word.width + 1).sum::<usize>().saturating_sub(1)
    }

    /// Lines no wider than `width`; a longer word has a line of its own.
    pub(super) fn wrap(&self, width: usize) -> Vec<String> {
        self.wrapped(width).into_iter().map(|(line, _)| line).collect()
    }

    /// The same, each with the columns it takes.
    pub(super) fn wrapped(&self, width: usize) -> Vec<(String, usize)> {
        let mut lines: Vec<(String, usize)> = Vec::new();
        for word in &self.list {
            match lines.last_mut().filter(|(_, used)| used + 1 + word.width <= width) {
                Some((line, used)) => {
                    line.push(' ');
                    line.push_str(&word.text);
                    *used += 1 + word.width;
                }
                None => lines.push((word.text.clone(), word.width)),
            }
        }
        lines
    }
}
