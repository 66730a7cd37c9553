//! The checklist as one page for a browser: no script, no network, nothing to load. Text gets in escaped, by the language of the page.

use super::facts::many;
use super::picture::{EntryBox, Picture, WorkloadBox};
use super::{Checklist, Line, Shown, Verdict};
use crate::output::html::{document, level_class};
use crate::output::visible_text as visible;
use maud::{Markup, html};

/// Findings that are listed in one place.
const MOST: usize = 25;

pub(super) fn render(checklist: &Checklist) -> String {
    let head = html! {
        p.tally { @for verdict in Verdict::ALL { (count(checklist, verdict)) } }
        @if checklist.gaps > 0 {
            p.gap { "Not everything was analysed: " code { "scalelint check -v" } " says what was not." }
        }
    };
    let main = html! {
        section aria-label="Checklist" { @for line in &checklist.lines { (one(line)) } }
        (picture(&checklist.picture))
    };
    document("Scaling checklist", &head, &main)
}

fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Violated => "violated",
        Verdict::Unknown => "unknown",
        Verdict::Holds => "holds",
        Verdict::DoesNotApply => "without",
    }
}

fn count(checklist: &Checklist, verdict: Verdict) -> Markup {
    let count = checklist.lines.iter().filter(|line| line.verdict == verdict).count();
    html! { @if count > 0 { span class=(class(verdict)) { b { (count) } " " (verdict.counted(count)) } " " } }
}

/// A line: open where something is to be done.
fn one(line: &Line) -> Markup {
    html! {
        details class={ "line " (class(line.verdict)) } open[line.verdict == Verdict::Violated] {
            summary { span.verdict { (line.verdict.words()) } " " span.title { (line.title) } }
            p.wanted { (line.wanted) }
            @if !line.reason.is_empty() { p.reason { (visible(&line.reason)) } }
            (evidence(&line.findings))
            (evidence(&line.facts))
            @if line.accepted > 0 { p.reason { "Suppressed findings: " (line.accepted) } }
        }
    }
}

fn evidence(list: &[Shown]) -> Markup {
    html! {
        @if !list.is_empty() {
            ul.evidence {
                @for shown in list.iter().take(MOST) { (piece(shown)) }
                @if list.len() > MOST { li { "and " (list.len() - MOST) " more" } }
            }
        }
    }
}

fn piece(shown: &Shown) -> Markup {
    html! {
        li {
            @if let Some((rule, level)) = shown.rule {
                span class={ "level " (level_class(level)) } { (level.name()) } " " b { (rule) } " "
            }
            (visible(&shown.text))
            @if let Some((path, line)) = &shown.place { " " code { (visible(path)) ":" (line) } }
        }
    }
}

/// Three columns, which stand below each other where there is no room.
fn picture(picture: &Picture) -> Markup {
    html! {
        section.picture aria-label="The service" {
            h2 { "The service" }
            div.columns {
                div.column {
                    h3 { "What runs" }
                    @if picture.workloads.is_empty() { p.none { "No deployment file says what is run." } }
                    @for workload in &picture.workloads { (workload_box(workload)) }
                }
                div.column {
                    h3 { "What comes in, and what it calls" }
                    @if picture.entries.is_empty() { p.none { "No entry point is known." } }
                    @for entry in &picture.entries { (entry_box(entry, picture)) }
                    @if picture.more_entries > 0 { p.none { "and " (picture.more_entries) " more: " code { "scalelint graph --entries" } } }
                }
                div.column {
                    h3 { "What it needs" }
                    @if picture.stores.is_empty() { p.none { "No call of another system is known." } }
                    @for (at, store) in picture.stores.iter().enumerate() {
                        div.box.store id=(format!("store-{at}")) {
                            p.name { (visible(&store.store.name)) }
                            p.kind { (store.store.sort) " · " (callers(store.callers)) }
                        }
                    }
                }
            }
        }
    }
}

fn callers(count: usize) -> String {
    match count {
        0 => "called from no entry point that is known".to_owned(),
        count => format!("called from {}", many(count, "entry point")),
    }
}

fn workload_box(workload: &WorkloadBox) -> Markup {
    html! {
        div.box.workload {
            p.name { (visible(&workload.name)) " " span.count { "× " (workload.copies) } }
            p.kind { (visible(&workload.kind)) " " code { (visible(&workload.place.0)) ":" (workload.place.1) } }
            @for process in &workload.processes {
                div.process {
                    span.does { (process.does) } " " code { (visible(&process.shown)) }
                    p.kind {
                        (process.count) @if process.count == "1" { " process" } @else { " processes" }
                        @if let Some(code) = &process.code { ", runs " code { (visible(code)) } }
                    }
                }
            }
            (folded(&workload.findings))
        }
    }
}

fn entry_box(entry: &EntryBox, picture: &Picture) -> Markup {
    html! {
        div.box.entry {
            p.name { (visible(&entry.label)) }
            p.kind {
                (entry.kind.name()) " "
                @if entry.name != entry.label { code { (visible(&entry.name)) } " " }
                code { (visible(&entry.place.0)) ":" (entry.place.1) }
            }
            @if !entry.calls.is_empty() {
                p.calls {
                    @for &at in &entry.calls {
                        a href=(format!("#store-{at}")) { (picture.stores[at].store.sort) ": " (visible(&picture.stores[at].store.name)) } " "
                    }
                }
            }
            (folded(&entry.findings))
        }
    }
}

/// Findings on a box, one line until somebody looks.
fn folded(findings: &[Shown]) -> Markup {
    let worst = findings.iter().filter_map(|shown| shown.rule).map(|(_, level)| level).max();
    html! {
        @if let Some(worst) = worst {
            details.found {
                summary class=(level_class(worst)) {
                    (many(findings.len(), "finding"))
                }
                (evidence(findings))
            }
        }
    }
}
