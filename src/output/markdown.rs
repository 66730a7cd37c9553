//! Markdown for the summary of a job and for comments, in the dialect of GitHub and GitLab. Apart because it must fit: a summary that
//! is too large is not shown at all.

use super::escape::markdown as escaped;
use super::places::Places;
use super::{docs, excerpted};
use crate::finding::{Finding, Level, Note, Report};
use std::fmt::Write as _;
use std::io::{self, Write};

/// Bytes of findings; GitHub takes 1 MiB for all steps of a job.
const MOST_BYTES: usize = 900 * 1024;

/// Notices that are listed.
const MOST_NOTICES: usize = 50;

/// Steps of a path that are listed, of those that come last.
const MOST_STEPS: usize = 20;

pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let places = Places::new(report);
    let mut text = format!("## scalelint: {}\n\n", headline(report));
    let findings = super::most_severe_first(report);
    if !findings.is_empty() {
        text.push_str("| Level | Where | What |\n|---|---|---|\n");
    }
    let mut shown = 0;
    for finding in &findings {
        let row = row(&places, finding);
        if text.len() + row.len() > MOST_BYTES {
            break;
        }
        text.push_str(&row);
        shown += 1;
    }
    if shown < findings.len() {
        let _ = writeln!(text, "\n{} more are not listed here.", findings.len() - shown);
    }
    notices(report, &mut text);
    out.write_all(text.as_bytes())
}

pub(super) fn headline(report: &Report) -> String {
    let many = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let of = |level: Level| report.findings.iter().filter(|finding| finding.level == level).count();
    let levels = [Level::Error, Level::Warning, Level::Note].map(|level| (of(level), level.name()));
    let found: Vec<String> = levels.into_iter().filter(|(count, _)| *count > 0).map(|(count, name)| many(count, name)).collect();
    let found = if found.is_empty() { "no findings".to_owned() } else { found.join(", ") };
    format!("{found} in {}", many(report.summary.files, "file"))
}

/// One row: everything on one line, as tables want it.
fn row(places: &Places<'_>, finding: &Finding) -> String {
    let at = places.start(finding.place);
    let place = format!("{}:{}:{}", places.file(finding.place).path, at.line, at.column);
    let mut what = format!("{} [{}]({})", escaped(&excerpted(&finding.message)), finding.rule, docs(finding.rule));
    let skipped = finding.trace.len().saturating_sub(MOST_STEPS);
    for Note { message, .. } in &finding.trace[skipped..] {
        let _ = write!(what, "<br>via {}", escaped(&excerpted(message)));
    }
    if !finding.help.is_empty() {
        let _ = write!(what, "<br>**To fix:** {}", escaped(&excerpted(&finding.help)));
    }
    format!("| {} | <code>{}</code> | {what} |\n", finding.level.name(), escaped(&place))
}

fn notices(report: &Report, text: &mut String) {
    if report.notices.is_empty() {
        return;
    }
    text.push_str("\n<details><summary>Not everything was analysed</summary>\n\n");
    for notice in report.notices.iter().take(MOST_NOTICES) {
        let place = if notice.path.is_empty() { String::new() } else { format!("<code>{}</code>: ", escaped(&notice.path)) };
        let _ = writeln!(text, "- {place}{}", escaped(&excerpted(&notice.message)));
    }
    if report.notices.len() > MOST_NOTICES {
        let _ = writeln!(text, "- {} more", report.notices.len() - MOST_NOTICES);
    }
    text.push_str("\n</details>\n");
}
