//! The last step: what was found becomes a report. Suppress, filter, cut at the limits, sort.

use super::Extracted;
use crate::baseline;
use crate::config::{self, Scope};
use crate::finding::{FileId, Finding, Notice, NoticeKind, Report, ReportFile, Summary};
use crate::fingerprint;
use crate::known;
use crate::session::Session;
use crate::source::LineIndex;
use crate::suppress::{self, Met};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

/// Make the report of a run.
pub(super) fn report(extracted: &mut Extracted, mut findings: Vec<Finding>, session: &Session) -> Report {
    let mut files = table(extracted, session);
    findings.retain(|finding| scope(&files, finding, session).selection.level(finding.rule).is_some());
    set_levels(&mut findings, &files, session);
    sort(&mut findings, &files);
    show(&mut files, extracted, &findings, session);
    // Before anything is left out: a fingerprint counts its equals, and must not change with what is asked for.
    fingerprint::assign(&mut findings, &files, &extracted.files);
    let config_files = FileId::from_index(extracted.files.len() + extracted.manifests.len());
    let complete = extracted.notices.is_empty();
    let met = Met { excluded: &extracted.excluded, entered: &extracted.entered };
    let mut suppressed = suppress::apply(findings, &extracted.files, met, config_files, complete, session);
    suppressed.reports.retain(|report| scope(&files, report, session).selection.level(report.rule).is_some());
    set_levels(&mut suppressed.reports, &files, session);
    sort(&mut suppressed.reports, &files);
    show(&mut files, extracted, &suppressed.reports, session);
    fingerprint::assign(&mut suppressed.reports, &files, &extracted.files);
    let silenced = suppressed.silenced;
    let mut findings = suppressed.kept;
    findings.append(&mut suppressed.reports);
    let mut compared = baseline::apply(findings, &silenced, &files, extracted, session);
    show(&mut files, extracted, &compared.reports, session);
    fingerprint::assign(&mut compared.reports, &files, &extracted.files);

    let asked_for = |finding: &Finding| {
        finding.confidence >= scope(&files, finding, session).min_confidence
            && session.reports(&files[finding.place.file.index()].path)
    };
    let mut baselined = compared.baselined;
    baselined.retain(asked_for);
    sort(&mut baselined, &files);
    let mut findings = compared.new;
    findings.append(&mut compared.reports);
    findings.retain(asked_for);
    sort(&mut findings, &files);
    let (mut findings, known) = only_new(findings, &files, session);
    let silenced = silenced.iter().filter(|finding| asked_for(finding)).count();
    let mut notices = std::mem::take(&mut extracted.notices);
    drop_far(&mut findings, &files, session, &mut notices);
    cut(&mut findings, &files, session, &mut notices);
    notices.extend(config::unapplied(&session.nested, &session.config));
    notices.retain(|notice| session.reports(&notice.path));
    notices.sort_by(|a, b| (&a.path, a.kind, &a.message).cmp(&(&b.path, b.kind, &b.message)));
    notices.dedup();
    let reported = extracted.files.iter().filter(|file| session.reports(&file.path));
    let (count, lines) = reported.fold((0, 0), |(count, lines), file| (count + 1, lines + file.facts.lines as usize));
    let summary = Summary { files: count, lines, findings: findings.len(), suppressed: silenced, baselined: baselined.len() };
    let rules = session.rules().iter().map(|rule| rule.name).collect();
    Report { files, findings, notices, baselined, standings: compared.standings, known, summary, rules }
}

/// What governs the file of a finding.
fn scope<'s>(files: &[ReportFile], finding: &Finding, session: &'s Session) -> Scope<'s> {
    session.scope(&files[finding.place.file.index()].path)
}

/// Give findings the level that the configuration of their file sets for their rule.
pub(super) fn set_levels(findings: &mut [Finding], files: &[ReportFile], session: &Session) {
    for finding in findings {
        if let Some(Some(level)) = scope(files, finding, session).config.levels.get(finding.rule) {
            finding.level = *level;
        }
    }
}

/// What is new, when only that is asked for, and how much else there is.
fn only_new(findings: Vec<Finding>, files: &[ReportFile], session: &Session) -> (Vec<Finding>, usize) {
    let Some(before) = &session.known else { return (findings, 0) };
    let path_of = |finding: &Finding| files[finding.place.file.index()].path.clone();
    let paths: HashSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let (new, old) = known::only_new(findings, before, path_of, |path| baseline::is_gone(path, &paths, session));
    (new, old.len())
}

/// Every file by its number, as yet without text: sources, manifests, configuration, the baseline last.
fn table(extracted: &Extracted, session: &Session) -> Vec<ReportFile> {
    let sources = extracted.files.iter().map(|file| &file.path);
    let manifests = extracted.manifests.iter().map(|file| &file.path);
    let configuration = session.config_files().map(|file| &file.path);
    let empty: Arc<str> = Arc::from("");
    let entry = |path: &String| ReportFile { path: path.clone(), text: Arc::clone(&empty), lines: LineIndex::new("") };
    let baseline = session.baseline.iter().map(|baseline| &baseline.path);
    sources.chain(manifests).chain(configuration).chain(baseline).map(entry).collect()
}

/// Give text and lines to the files that `findings` speak of.
fn show(files: &mut [ReportFile], extracted: &Extracted, findings: &[Finding], session: &Session) {
    let notes = |finding: &Finding| {
        let notes = finding.trace.iter().chain(&finding.related).chain(&finding.deployment);
        notes.map(|note| note.place.file).chain([finding.place.file]).collect::<Vec<_>>()
    };
    let wanted: BTreeSet<FileId> = findings.iter().flat_map(notes).collect();
    let (sources, manifests) = (extracted.files.len(), extracted.manifests.len());
    for id in wanted {
        let index = id.index();
        let text = if index < sources {
            &extracted.files[index].text
        } else if index < sources + manifests {
            &extracted.manifests[index - sources].text
        } else {
            let configuration = session.config_files().map(|file| &file.text);
            let baseline = session.baseline.iter().map(|baseline| &baseline.text);
            let Some(text) = configuration.chain(baseline).nth(index - sources - manifests) else { continue };
            text
        };
        if files[index].text.is_empty() {
            files[index].text = Arc::clone(text);
            files[index].lines = LineIndex::new(text);
        }
    }
}

/// By path, position, rule.
fn sort(findings: &mut [Finding], files: &[ReportFile]) {
    findings.sort_by(|a, b| {
        let key = |finding: &Finding| (finding.place.file, finding.place.span.start, finding.place.span.end);
        let path = |finding: &Finding| files[finding.place.file.index()].path.as_str();
        let start = |finding: &Finding| finding.place.span.start;
        path(a)
            .cmp(path(b))
            .then(start(a).cmp(&start(b)))
            .then(a.rule.cmp(b.rule))
            .then(key(a).cmp(&key(b)))
            .then(a.message.cmp(&b.message))
    });
}

/// Drop what lies beyond the columns that are reported on: tools that show reports fail there.
fn drop_far(findings: &mut Vec<Finding>, files: &[ReportFile], session: &Session, notices: &mut Vec<Notice>) {
    let mut dropped: BTreeMap<FileId, usize> = BTreeMap::new();
    findings.retain(|finding| {
        let file = &files[finding.place.file.index()];
        let line = file.lines.line(finding.place.span.start);
        let column = finding.place.span.end.saturating_sub(file.lines.line_span(&file.text, line).start) as usize;
        let single_line = file.lines.line(finding.place.span.end) == line;
        let start = (finding.place.span.start - file.lines.line_span(&file.text, line).start) as usize;
        let is_far = start > session.limits.line_columns || (single_line && column > session.limits.line_columns);
        if is_far {
            *dropped.entry(finding.place.file).or_default() += 1;
        }
        !is_far
    });
    for (id, count) in dropped {
        let message = format!("{count} findings beyond column {} are not reported", session.limits.line_columns);
        notices.push(Notice { path: files[id.index()].path.clone(), kind: NoticeKind::PartlyParsed, message });
    }
}

/// Cut at the limits: for one file and rule the first ones stay, in a run the most severe.
fn cut(findings: &mut Vec<Finding>, files: &[ReportFile], session: &Session, notices: &mut Vec<Notice>) {
    let mut counts: BTreeMap<(FileId, &'static str), usize> = BTreeMap::new();
    findings.retain(|finding| {
        let count = counts.entry((finding.place.file, finding.rule)).or_default();
        *count += 1;
        *count <= session.limits.findings_per_rule
    });
    for ((id, rule), count) in counts.into_iter().filter(|(_, count)| *count > session.limits.findings_per_rule) {
        let message = format!("only the first {} of {count} findings of {rule} are reported", session.limits.findings_per_rule);
        notices.push(Notice { path: files[id.index()].path.clone(), kind: NoticeKind::Cut, message });
    }
    let limit = session.limits.findings;
    if findings.len() > limit {
        let message = format!("only the {limit} most severe of {} findings are reported", findings.len());
        notices.push(Notice { path: String::new(), kind: NoticeKind::Cut, message });
        findings.sort_by_key(|finding| Reverse((finding.level, finding.confidence)));
        findings.truncate(limit);
        sort(findings, files);
    }
}
