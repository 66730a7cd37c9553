//! The checklist as Markdown: a table to look over, then the evidence.

use super::facts::many;
use super::{Checklist, Line, Shown, Verdict};
use crate::output::markdown_text as escaped;
use std::fmt::Write as _;

/// Findings that are listed with a line.
const MOST: usize = 20;

pub(super) fn render(checklist: &Checklist) -> String {
    let mut text = format!("# Scaling checklist\n\n{}\n", checklist.tally());
    if checklist.gaps > 0 {
        text.push_str("\nNot everything was analysed: `scalelint check -v` says what was not.\n");
    }
    text.push_str("\n| | Line | |\n|---|---|---|\n");
    for line in &checklist.lines {
        let _ = writeln!(text, "| {} | {} | {} |", mark(line.verdict), line.title, line.verdict.words());
    }
    for line in &checklist.lines {
        text.push_str(&section(line));
    }
    text
}

fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Violated => "❌",
        Verdict::Unknown => "❔",
        Verdict::Holds => "✅",
        Verdict::DoesNotApply => "➖",
    }
}

fn section(line: &Line) -> String {
    let mut text = format!("\n## {} {}: {}\n\n{}\n\n", mark(line.verdict), line.title, line.verdict.words(), line.wanted);
    if !line.reason.is_empty() {
        let _ = writeln!(text, "- {}", escaped(&line.reason));
    }
    for shown in line.findings.iter().take(MOST).chain(&line.facts) {
        let _ = writeln!(text, "- {}", evidence(shown));
    }
    if line.findings.len() > MOST {
        let _ = writeln!(text, "- and {}", many(line.findings.len() - MOST, "more finding"));
    }
    if line.accepted > 0 {
        let _ = writeln!(text, "- suppressed findings: {}", line.accepted);
    }
    text
}

fn evidence(shown: &Shown) -> String {
    let place = shown.place.as_ref().map(|(path, line)| format!("<code>{}:{line}</code> ", escaped(path)));
    let rule = shown.rule.map(|(rule, level)| format!(" ({}, {rule})", level.name()));
    format!("{}{}{}", place.unwrap_or_default(), escaped(&shown.text), rule.unwrap_or_default())
}
