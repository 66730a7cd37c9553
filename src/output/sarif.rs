//! SARIF 2.1.0 for code-scanning services, within the limits of the strictest. The few objects we need are written out here: a crate
//! generated from the whole format would be a hundred times their size.

use super::line_hash::LineHashes;
use super::places::Places;
use super::{HOME, MOST_CHARACTERS, docs, escape, excerpted as cut, json};
use crate::finding::{FileId, Finding, Level, Note, Notice, NoticeKind, Place, Report};
use crate::fixes::Fix;
use crate::rules::Rule;
use crate::source::{Change, Span};
use crate::suppress::UNUSED_SUPPRESSION_PAGE;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{self, Write};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// What relative addresses are relative to; its own address is left to the reader, since ours must not leak.
const ROOT: &str = "%SRCROOT%";

/// Limits of code-scanning services.
const MOST_RESULTS: usize = 25_000;
const MOST_STEPS: usize = 1_000;
const MOST_RELATED: usize = 100;

pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let places = Places::new(report);
    let findings = super::most_severe_first(report);
    let rules = super::listed_rules(report);
    let mut hashes = HashMap::new();
    let results: Vec<Value> =
        findings.iter().take(MOST_RESULTS).map(|finding| result(&places, &rules, &mut hashes, finding)).collect();
    let mut notifications: Vec<Value> = report.notices.iter().map(notification).collect();
    if findings.len() > MOST_RESULTS {
        let message = format!("{} findings, of which the {MOST_RESULTS} most severe are listed", findings.len());
        notifications.push(notification(&Notice { path: String::new(), kind: NoticeKind::Cut, message }));
    }
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": driver(&rules)},
            "automationDetails": {"id": "scalelint/"},
            "columnKind": "utf16CodeUnits",
            "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the analysed project."}}},
            "invocations": [{"executionSuccessful": true, "toolExecutionNotifications": notifications}],
            "results": results,
        }],
    });
    json::write_document(&serde_json::to_string_pretty(&log)?, out)
}

fn driver(rules: &[&'static str]) -> Value {
    json!({
        "name": env!("CARGO_PKG_NAME"),
        "fullName": concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")),
        "version": env!("CARGO_PKG_VERSION"),
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "informationUri": HOME,
        "rules": rules.iter().map(|name| rule(name)).collect::<Vec<_>>(),
    })
}

fn rule(name: &str) -> Value {
    let Some(page) = Rule::named(name).map(Rule::page) else { return own_rule(name) };
    let languages = page.languages.iter().map(String::as_str);
    let tags = ["scalability", &page.group, &page.set].into_iter().chain(languages).filter(|tag| !tag.is_empty());
    described(name, page.short(), &page.summary, &page.advice(), page.level, &page.set, &tags.take(10).collect::<Vec<_>>())
}

/// What is reported by the tool itself, which has a page all the same.
fn own_rule(name: &str) -> Value {
    let mut paragraphs = UNUSED_SUPPRESSION_PAGE.split("\n\n").skip(1).map(|paragraph| paragraph.replace('\n', " "));
    let summary = paragraphs.next().unwrap_or_default();
    let short = summary.split_inclusive(". ").next().unwrap_or_default().trim_end();
    let advice = paragraphs.collect::<Vec<_>>().join("\n\n");
    described(name, short, &summary, &advice, Level::Warning, "recommended", &["scalability", "suppressions", "recommended"])
}

fn described(name: &str, short: &str, summary: &str, advice: &str, level: Level, set: &str, tags: &[&str]) -> Value {
    json!({
        "id": name,
        "name": pascal_case(name),
        "shortDescription": {"text": cut(short)},
        "fullDescription": {"text": cut(summary)},
        "helpUri": docs(name),
        "help": {"text": advice, "markdown": advice},
        "defaultConfiguration": {"level": level.name()},
        "properties": {"tags": tags, "precision": precision(set), "problem.severity": severity(level)},
    })
}

/// What the recommended set is held to, and the strict one is not.
fn precision(set: &str) -> &'static str {
    match set {
        "recommended" => "high",
        _ => "medium",
    }
}

fn severity(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "recommendation",
    }
}

fn result(places: &Places<'_>, rules: &[&'static str], hashes: &mut HashMap<FileId, LineHashes>, finding: &Finding) -> Value {
    let related: Vec<&Note> = finding.related.iter().chain(&finding.deployment).take(MOST_RELATED).collect();
    let mut result = json!({
        "ruleId": finding.rule,
        "ruleIndex": rules.partition_point(|&name| name < finding.rule),
        "level": finding.level.name(),
        "message": {"text": message(finding, &related)},
        "locations": [location(places, finding.place)],
    });
    if !finding.trace.is_empty() {
        result["codeFlows"] = json!([{"threadFlows": [{"locations": steps(places, finding)}]}]);
    }
    if !related.is_empty() {
        let locations = related.iter().enumerate().map(|(id, note)| {
            let mut location = noted(places, note);
            location["id"] = json!(id + 1);
            location
        });
        result["relatedLocations"] = locations.collect();
    }
    let file_hashes = hashes.entry(finding.place.file).or_insert_with(|| LineHashes::new(&places.file(finding.place).text));
    result["partialFingerprints"] = json!({"scalelint/v1": finding.fingerprint});
    if let Some(hash) = file_hashes.of(places.start(finding.place).line) {
        result["partialFingerprints"]["primaryLocationLineHash"] = json!(hash);
    }
    if let Some(fix) = &finding.fix {
        result["fixes"] = json!([self::fix(places, fix)]);
    }
    result["properties"] = json!({"confidence": finding.confidence.name()});
    result
}

/// The edit that mends it: what goes, by its place, and what comes.
fn fix(places: &Places<'_>, fix: &Fix) -> Value {
    let replacement = |change: &Change| {
        let place = Place { file: fix.file, span: change.span };
        json!({"deletedRegion": region(places, place), "insertedContent": {"text": change.text}})
    };
    json!({
        "description": {"text": format!("{}.", capitalised(&fix.message))},
        "artifactChanges": [{
            "artifactLocation": artifact(&places.file(Place { file: fix.file, span: Span::default() }).path),
            "replacements": fix.changes.iter().map(replacement).collect::<Vec<_>>(),
        }],
    })
}

/// As a sentence begins.
fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars).collect()
}

/// The reason, then links to the other places, then what to do instead; what does not fit is left out in the opposite order.
fn message(finding: &Finding, related: &[&Note]) -> String {
    let reason = finding.message.as_str();
    let mut message = format!("{}.", if reason.contains("](") { escape::link_text(reason) } else { reason.to_owned() });
    if message.chars().count() > MOST_CHARACTERS {
        return cut(&message).into_owned();
    }
    let links = related.iter().enumerate().map(|(id, note)| format!(" See [{}]({}).", escape::link_text(&note.message), id + 1));
    let help = (!finding.help.is_empty()).then(|| format!(" To fix: {}.", finding.help));
    let mut length = message.chars().count();
    for part in links.chain(help) {
        length += part.chars().count();
        if length > MOST_CHARACTERS {
            break;
        }
        message.push_str(&part);
    }
    message
}

/// The path as a code flow: the steps that lead there, then the finding itself. The end of a path says most, so it is the start that
/// is cut.
fn steps(places: &Places<'_>, finding: &Finding) -> Vec<Value> {
    let skipped = finding.trace.len().saturating_sub(MOST_STEPS - 1);
    let last = Note { place: finding.place, message: finding.message.clone() };
    finding.trace[skipped..].iter().chain([&last]).map(|step| json!({"location": noted(places, step)})).collect()
}

fn noted(places: &Places<'_>, note: &Note) -> Value {
    let mut location = location(places, note.place);
    location["message"] = json!({"text": cut(&note.message)});
    location
}

fn location(places: &Places<'_>, place: Place) -> Value {
    json!({"physicalLocation": {"artifactLocation": artifact(&places.file(place).path), "region": region(places, place)}})
}

fn region(places: &Places<'_>, place: Place) -> Value {
    let (start, end) = (places.start(place), places.end(place));
    json!({"startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column})
}

fn artifact(path: &str) -> Value {
    json!({"uri": escape::uri(path), "uriBaseId": ROOT})
}

fn notification(notice: &Notice) -> Value {
    let mut notification = json!({
        "descriptor": {"id": notice.kind.name()},
        "level": "warning",
        "message": {"text": cut(&format!("{}.", notice.message))},
    });
    if !notice.path.is_empty() {
        notification["locations"] = json!([{"physicalLocation": {"artifactLocation": artifact(&notice.path)}}]);
    }
    notification
}

/// The name that viewers show. A letter by itself is written together with the next word, since two capitals in a row are not taken
/// for Pascal case: `NplusOneQuery`.
fn pascal_case(name: &str) -> String {
    let mut pascal = String::new();
    let mut after_letter = false;
    for word in name.split('-').filter(|word| word.is_ascii() && !word.is_empty()) {
        pascal += &if after_letter { word.to_owned() } else { word[..1].to_ascii_uppercase() + &word[1..] };
        after_letter = word.len() == 1;
    }
    pascal
}
