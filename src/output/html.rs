//! The findings as one page for a browser, and what all pages of ours have in common: no script, no network, nothing to load. Text gets in
//! escaped, by the language of the page.

use super::escape::prose as visible;
use super::markdown;
use super::places::Places;
use crate::finding::{Finding, Level, Note, Report};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use std::io::{self, Write};

/// The looks of a page: light and dark, and narrow enough for a phone.
const STYLE: &str = include_str!("html/style.css");

/// Nothing may be loaded, whatever gets into a page.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// Steps of a path that are listed, of those that come last.
const MOST_STEPS: usize = 20;

/// A whole page.
pub(crate) fn document(title: &str, head: &Markup, main: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header { h1 { (title) } (head) }
                main { (main) }
                footer { p { "Written by scalelint " (env!("CARGO_PKG_VERSION")) "." } }
            }
        }
    };
    page.into_string() + "\n"
}

/// How a level is called by the looks of a page.
pub(crate) fn level_class(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    }
}

pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let places = Places::new(report);
    let head = html! { p.tally { (markdown::headline(report)) } };
    let main = html! {
        @for finding in &report.findings { (one(&places, finding)) }
        @if !report.notices.is_empty() {
            h2 { "Not everything was analysed" }
            ul.evidence {
                @for notice in &report.notices { li { code { (visible(&notice.path)) } " " (visible(&notice.message)) } }
            }
        }
    };
    out.write_all(document("scalelint", &head, &main).as_bytes())
}

fn one(places: &Places<'_>, finding: &Finding) -> Markup {
    let skipped = finding.trace.len().saturating_sub(MOST_STEPS);
    html! {
        article class={ "line " (level_class(finding.level)) } {
            p.name { span class={ "level " (level_class(finding.level)) } { (finding.level.name()) } " " (finding.rule) }
            p { (visible(&finding.message)) }
            p.kind { code { (at(places, finding.place)) } }
            (list("path", places, &finding.trace[skipped..]))
            (list("see", places, &finding.related))
            (list("deployment", places, &finding.deployment))
            @if !finding.help.is_empty() { p.wanted { "To fix: " (visible(&finding.help)) } }
        }
    }
}

fn list(what: &str, places: &Places<'_>, notes: &[Note]) -> Markup {
    html! {
        @if !notes.is_empty() {
            ul.evidence aria-label=(what) {
                @for note in notes { li { (visible(&note.message)) " " code { (at(places, note.place)) } } }
            }
        }
    }
}

fn at(places: &Places<'_>, place: crate::finding::Place) -> String {
    format!("{}:{}", visible(&places.file(place).path), places.start(place).line)
}
