//! Suppression comments: what each covers, and what is wrong with it.

use super::{is_whole, report};
use crate::facts::Suppression;
use crate::finding::{FileId, Finding, Level};
use crate::link::FileData;
use crate::session::{Session, known_rule, near_rule};
use crate::source::LineIndex;
use crate::terminal::visible;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// The comments of all files that have any.
pub(super) struct Comments {
    files: BTreeMap<FileId, FileComments>,
}

struct FileComments {
    lines: LineIndex,
    covers: Vec<Cover>,
}

/// One rule named by one comment, in force.
struct Cover {
    suppression: usize,
    rule: &'static str,
    reach: Reach,
    used: bool,
}

/// 0-based lines that a comment speaks for.
enum Reach {
    File,
    /// A comment after code: findings that begin or end here.
    Same(usize),
    /// A comment above code: findings that begin here.
    Next(usize),
}

impl Comments {
    pub(super) fn new(files: &[FileData], session: &Session) -> Self {
        let with_comments = files.iter().enumerate().filter(|(_, file)| !file.facts.suppressions.is_empty());
        let read = |(index, file): (usize, &FileData)| {
            let lines = LineIndex::new(&file.text);
            let covers = covers(file, &lines, session);
            (FileId::from_index(index), FileComments { lines, covers })
        };
        Self { files: with_comments.map(read).collect() }
    }

    /// Whether a comment silences `finding`. Every one that does counts as used.
    pub(super) fn covers(&mut self, finding: &Finding) -> bool {
        let Some(file) = self.files.get_mut(&finding.place.file) else { return false };
        let lines = lines_of(file, finding);
        let mut covered = false;
        for cover in file.covers.iter_mut().filter(|cover| cover.reaches(finding.rule, lines)) {
            cover.used = true;
            covered = true;
        }
        covered
    }

    /// The comments that silence `finding`, by their number in the file.
    pub(super) fn covering(&self, finding: &Finding) -> impl Iterator<Item = usize> {
        let file = self.files.get(&finding.place.file);
        file.into_iter().flat_map(move |file| {
            let lines = lines_of(file, finding);
            file.covers.iter().filter(move |cover| cover.reaches(finding.rule, lines)).map(|cover| cover.suppression)
        })
    }

    /// What is wrong with each comment.
    pub(super) fn reports(&self, files: &[FileData], level: Level, session: &Session) -> Vec<Finding> {
        let mut reports = Vec::new();
        for (id, comments) in &self.files {
            let Some(file) = files.get(id.index()) else { continue };
            for (index, suppression) in file.facts.suppressions.iter().enumerate() {
                let mut say = |(message, help): (String, &str)| {
                    reports.push(report(level, *id, suppression.span, message, help));
                };
                if let Some(fault) = fault(suppression, session) {
                    say(fault);
                    continue;
                }
                for name in suppression.rules.iter().filter(|name| known_rule(name).is_none()) {
                    say(unknown(name));
                }
                let of_this = comments.covers.iter().filter(|cover| cover.suppression == index && !cover.used);
                for cover in of_this
                    .filter(|cover| session.scope(&file.path).selection.level(cover.rule).is_some() && is_whole(&file.facts))
                {
                    let place = if suppression.whole_file { "in this file" } else { "here" };
                    say((format!("{} finds nothing {place} that this could silence", cover.rule), "remove the suppression"));
                }
            }
        }
        reports
    }
}

/// The 0-based lines on which a finding begins and ends.
fn lines_of(file: &FileComments, finding: &Finding) -> (usize, usize) {
    let span = finding.place.span;
    (file.lines.line(span.start), file.lines.line(span.end.saturating_sub(1).max(span.start)))
}

impl Cover {
    /// Whether it speaks for a finding of `rule` on these lines.
    fn reaches(&self, rule: &str, (first, last): (usize, usize)) -> bool {
        self.rule == rule
            && match self.reach {
                Reach::File => true,
                Reach::Same(line) => line == first || line == last,
                Reach::Next(line) => line == first,
            }
    }
}

fn covers(file: &FileData, lines: &LineIndex, session: &Session) -> Vec<Cover> {
    let mut covers = Vec::new();
    for (index, suppression) in file.facts.suppressions.iter().enumerate() {
        if fault(suppression, session).is_some() {
            continue;
        }
        let line = lines.line(suppression.span.start);
        for rule in suppression.rules.iter().filter_map(|name| known_rule(name)) {
            let reach = match (suppression.whole_file, suppression.own_line) {
                (true, _) => Reach::File,
                (false, false) => Reach::Same(line),
                (false, true) => Reach::Next(next_code(file, lines, lines.line(suppression.span.end.saturating_sub(1)))),
            };
            covers.push(Cover { suppression: index, rule, reach, used: false });
        }
    }
    covers
}

/// The first line after `line` that is more than a comment.
fn next_code(file: &FileData, lines: &LineIndex, line: usize) -> usize {
    let mark = file.language.comment();
    let is_comment = |line: &usize| lines.line_span(&file.text, *line).of(&file.text).trim_start().starts_with(mark);
    (line + 1..lines.lines()).find(|line| !is_comment(line)).unwrap_or(line + 1)
}

/// Why a comment silences nothing at all, with what to do.
fn fault(suppression: &Suppression, session: &Session) -> Option<(String, &'static str)> {
    if suppression.rules.is_empty() {
        return Some(("this suppression names no rule".into(), "write ignore[rule-name] and the reason"));
    }
    if let Some(until) = &suppression.until {
        match until.parse::<Date>() {
            Err(_) => {
                let shown = visible(until).chars().take(40).collect::<String>();
                return Some((
                    format!("`{shown}` is no date, so this suppression silences nothing"),
                    "write it as until=2027-03-01",
                ));
            }
            Ok(date) if date < session.today => {
                return Some((format!("this suppression expired on {date}"), "decide anew: mend the code, or set a later date"));
            }
            Ok(_) => {}
        }
    }
    if suppression.reason.trim().is_empty() {
        return Some(("this suppression gives no reason, so it silences nothing".into(), "say why after the bracket"));
    }
    None
}

fn unknown(name: &str) -> (String, &'static str) {
    let shown = visible(name).chars().take(80).collect::<String>();
    let near = near_rule(name).map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default();
    (format!("there is no rule `{shown}`{near}"), "`scalelint rules` lists them all")
}
