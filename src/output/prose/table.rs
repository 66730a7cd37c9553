//! Tables in columns that fit the terminal: the widest column gives way first, and its cells go on over several lines.

use super::words::Words;
use super::{HEADING, Style};

/// Blanks between columns.
const GAP: usize = 2;

/// No column is made narrower.
const LEAST: usize = 8;

/// Rows of cells; the first is the head.
#[derive(Debug, Default)]
pub(super) struct Table {
    rows: Vec<Vec<Words>>,
}

impl Table {
    /// Begin a row.
    pub(super) fn row(&mut self) {
        self.rows.push(Vec::new());
    }

    /// Add a cell to the last row.
    pub(super) fn cell(&mut self, words: Words) {
        if let Some(row) = self.rows.last_mut() {
            row.push(words);
        }
    }

    pub(super) fn render(&self, style: &Style) -> String {
        let widths = self.widths(style.width);
        let mut out = String::new();
        for (at, row) in self.rows.iter().enumerate() {
            let cells: Vec<Vec<(String, usize)>> = row.iter().zip(&widths).map(|(cell, &width)| cell.wrapped(width)).collect();
            let height = cells.iter().map(Vec::len).max().unwrap_or(0);
            for line in 0..height {
                let parts = cells.iter().zip(&widths).map(|(cell, &width)| match cell.get(line) {
                    Some((text, used)) => format!("{text}{:pad$}", "", pad = width.saturating_sub(*used) + GAP),
                    None => " ".repeat(width + GAP),
                });
                let text = parts.collect::<String>();
                match style.colour && at == 0 {
                    true => out.push_str(&format!("{HEADING}{}{HEADING:#}\n", text.trim_end())),
                    false => out.push_str(&format!("{}\n", text.trim_end())),
                }
            }
            if at == 0 {
                let rule = widths.iter().map(|&width| "─".repeat(width)).collect::<Vec<_>>().join(&" ".repeat(GAP));
                out.push_str(&format!("{rule}\n"));
            }
        }
        out
    }

    /// The width of each column, together no wider than `width` where that can be.
    fn widths(&self, width: usize) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widest = |column: usize| self.rows.iter().filter_map(|row| row.get(column)).map(Words::width).max().unwrap_or(0);
        let mut widths: Vec<usize> = (0..columns).map(widest).collect();
        let room = width.saturating_sub(GAP * columns.saturating_sub(1));
        while widths.iter().sum::<usize>() > room {
            let Some(broadest) = widths.iter_mut().max().filter(|broadest| **broadest > LEAST) else { break };
            *broadest -= 1;
        }
        widths
    }
}
