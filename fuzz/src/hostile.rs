//! A report from bytes in which every path, name, message and line of source is foreign: what the formats must make harmless.

use super::text::floor;
use arbitrary::{Result, Unstructured};
use scalelint::finding::{Confidence, FileId, Finding, Level, Note, Notice, NoticeKind, Place, Report, ReportFile, Summary};
use scalelint::rules::Rule;
use scalelint::source::{LineIndex, Span};

/// What terminals, logs, browsers and parsers give a meaning to.
#[rustfmt::skip]
const PIECES: &[&str] = &[
    "::error file=x::pwned", "::", ":", "::stop-commands::x", "##[error]", "##vso[task]", "##teamcity[x]", "##", "#", "[", "]", "\u{1b}[2J",
    "\u{1b}]0;T\u{7}", "\u{9b}2J", "\u{90}", "\r", "\n", "\r\n", "\t", "\u{b}", "\u{c}", "\0", "\u{7f}", "\u{85}", "\u{2028}", "\u{2029}",
    "\u{202e}", "\u{2066}", "\u{200b}", "\u{200d}", "\u{feff}", "\u{fffe}", "\u{ffff}", "\u{e0041}", "\u{61c}", "]]>", "<!--", "-->", "<x a='", "&amp;",
    "&#x1b;", "&", "<", ">", "\"", "'", "`", "```\n", "|", "*", "_", "~", "%", "%0A", "%0a::error::", "\\", "\\n", "\\u001b", "[x](http://y)", "![", "@team",
    "http://x", "www.x", "javascript:", "file:///", "../", "/", "//", "-", "--", "./", " ", "  ", ",", ";", "=", "{", "}", "{{", "${{ x }}", "$(", "é", "🦕",
    "e\u{301}", "ﷺ", "a", "b", "app", ".py", "x", "1", "café", "\u{1f468}\u{200d}\u{1f469}",
];

/// The report of an input.
pub fn report(data: &[u8]) -> Report {
    let mut choices = Unstructured::new(data);
    let mut report = Report::default();
    let files = choices.int_in_range(1..=4).unwrap_or(1);
    for _ in 0..files {
        let path = words(&mut choices, 8).unwrap_or_default();
        let text = words(&mut choices, 40).unwrap_or_default();
        let path = if path.is_empty() { "a".to_owned() } else { path };
        report.files.push(ReportFile { path, lines: LineIndex::new(&text), text: text.into() });
    }
    while !choices.is_empty() && report.findings.len() < 24 {
        let Ok(finding) = finding(&mut choices, &report) else { break };
        report.findings.push(finding);
        if let (Ok(true), Ok(path), Ok(message)) = (choices.ratio(1, 4), words(&mut choices, 4), words(&mut choices, 6)) {
            report.notices.push(Notice { path, kind: NoticeKind::Unreadable, message });
        }
    }
    report.rules = Rule::all().iter().map(|rule| rule.name).take(3).collect();
    report.summary = Summary { files, findings: report.findings.len(), ..Summary::default() };
    report
}

fn finding(choices: &mut Unstructured<'_>, report: &Report) -> Result<Finding> {
    let rule = choices.choose(Rule::all())?;
    let fingerprint = format!("{:032x}", choices.arbitrary::<u128>()?);
    // Numbered, since formats tell findings apart by it.
    let fingerprint = format!("{}{:02x}", &fingerprint[2..], report.findings.len());
    Ok(Finding {
        rule: rule.name,
        level: *choices.choose(&[Level::Note, Level::Warning, Level::Error])?,
        confidence: *choices.choose(&[Confidence::Low, Confidence::Medium, Confidence::High])?,
        place: place(choices, report)?,
        message: words(choices, 10)?,
        help: words(choices, 6)?,
        trace: notes(choices, report)?,
        related: notes(choices, report)?,
        deployment: notes(choices, report)?,
        fix: None,
        symbol: words(choices, 3)?,
        content: fingerprint[..16].to_owned(),
        fingerprint,
    })
}

fn notes(choices: &mut Unstructured<'_>, report: &Report) -> Result<Vec<Note>> {
    let count = choices.int_in_range(0..=3)?;
    (0..count).map(|_| Ok(Note { place: place(choices, report)?, message: words(choices, 4)? })).collect()
}

fn place(choices: &mut Unstructured<'_>, report: &Report) -> Result<Place> {
    let file = choices.choose_index(report.files.len())?;
    let text = &report.files[file].text;
    let start = floor(text, choices.int_in_range(0..=text.len())?);
    let end = floor(text, choices.int_in_range(start..=text.len())?).max(start);
    Ok(Place { file: FileId::from_index(file), span: Span::new(start, end) })
}

fn words(choices: &mut Unstructured<'_>, most: usize) -> Result<String> {
    let count = choices.int_in_range(0..=most)?;
    let mut text = String::new();
    for _ in 0..count {
        if choices.ratio(1, 10)? {
            text.push(choices.arbitrary()?);
        } else {
            text.push_str(choices.choose(PIECES)?);
        }
    }
    Ok(text)
}
