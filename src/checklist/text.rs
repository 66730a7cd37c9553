//! The checklist for people at a terminal.

use super::facts::many;
use super::{Checklist, Line, Shown, Verdict};
use crate::output::visible_text as visible;
use std::fmt::Write as _;

/// Findings that are listed with a line.
const MOST: usize = 5;

pub(super) fn render(checklist: &Checklist) -> String {
    let mut text = format!("Scaling checklist: {}\n", checklist.tally());
    if checklist.gaps > 0 {
        let _ = writeln!(text, "Not everything was analysed: `scalelint check -v` says what was not.");
    }
    for line in &checklist.lines {
        text.push('\n');
        text.push_str(&one(line));
    }
    text
}

fn one(line: &Line) -> String {
    let mark = match line.verdict {
        Verdict::Violated => "✗",
        Verdict::Unknown => "?",
        Verdict::Holds => "✓",
        Verdict::DoesNotApply => "–",
    };
    let mut text = format!("{mark} {}: {}\n", line.title, line.verdict.words());
    if !line.reason.is_empty() {
        let _ = writeln!(text, "    {}", visible(&line.reason));
    }
    for shown in line.findings.iter().take(MOST).chain(&line.facts) {
        let _ = writeln!(text, "    {}", evidence(shown));
    }
    if line.findings.len() > MOST {
        let _ = writeln!(text, "    and {}", many(line.findings.len() - MOST, "more finding"));
    }
    if line.accepted > 0 {
        let _ = writeln!(text, "    suppressed findings: {}", line.accepted);
    }
    text
}

fn evidence(shown: &Shown) -> String {
    let place = shown.place.as_ref().map(|(path, line)| format!("{}:{line}: ", visible(path)));
    let rule = shown.rule.map(|(rule, level)| format!("{}[{rule}] ", level.name()));
    format!("{}{}{}", place.unwrap_or_default(), rule.unwrap_or_default(), visible(&shown.text))
}
