//! The scaling checklist of a service: each line holds, is violated, is unknown or does not apply, with the evidence.
//!
//! A line is data: its rules, whose findings violate it, and a question, whose facts prove that it holds. What nobody can prove is
//! unknown, however quiet the rules are.
//!
//! | file | holds |
//! |---|---|
//! | `table` | the lines |
//! | `facts` | what questions ask with: sites that count, places, words |
//! | `code`, `state`, `operation` | the questions: of calls and queries, of what is kept, of how the service is run |
//! | `picture` | the service as boxes: entry points, what they call, stores, workloads |
//! | `text`, `markdown`, `html` | how it is shown |

mod code;
mod facts;
mod html;
mod markdown;
mod operation;
mod picture;
mod state;
mod table;
mod text;

use crate::finding::{Finding, Level, NoticeKind};
use crate::scan::{Examined, Judged, Silence};
use crate::session::Origin;
use facts::{Answer, Asker, Fact};
use picture::Picture;
use table::{Entry, TABLE};

/// How to write a checklist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Shape {
    /// For people at a terminal
    Text,
    /// For pull requests and wikis
    Markdown,
    /// One page for a browser, with a picture of the service
    Html,
}

/// The checklist of a service.
#[derive(Debug)]
pub(crate) struct Checklist {
    pub lines: Vec<Line>,
    pub picture: Picture,
    /// Files that were not analysed, or not whole.
    pub gaps: usize,
}

/// A line with its answer.
#[derive(Debug)]
pub(crate) struct Line {
    pub title: &'static str,
    /// What it asks for, in one sentence.
    pub wanted: &'static str,
    pub verdict: Verdict,
    /// What violates it, worst first.
    pub findings: Vec<Shown>,
    /// What proves that it holds, or is known besides.
    pub facts: Vec<Shown>,
    /// Why it is not known, or does not apply.
    pub reason: String,
    /// Findings that somebody has decided to live with.
    pub accepted: usize,
}

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    Violated,
    Unknown,
    Holds,
    DoesNotApply,
}

impl Verdict {
    pub(crate) const ALL: [Self; 4] = [Self::Violated, Self::Unknown, Self::Holds, Self::DoesNotApply];

    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Violated => "violated",
            Self::Unknown => "unknown",
            Self::Holds => "holds",
            Self::DoesNotApply => "does not apply",
        }
    }

    /// The same of several lines.
    fn counted(self, count: usize) -> &'static str {
        match self {
            Self::Holds if count > 1 => "hold",
            Self::DoesNotApply if count > 1 => "do not apply",
            _ => self.words(),
        }
    }
}

/// A piece of evidence: not yet safe to print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    pub text: String,
    /// Path and 1-based line.
    pub place: Option<(String, usize)>,
    /// The rule, for a finding, and its level.
    pub rule: Option<(&'static str, Level)>,
}

/// Answer every line.
pub(crate) fn make(examined: &Examined<'_>) -> Checklist {
    let asker = Asker::new(examined.project, examined.session);
    let gaps = examined.notices.iter().filter(|notice| !matches!(notice.kind, NoticeKind::Cut)).count();
    let lines = TABLE.iter().map(|entry| line(examined, &asker, entry, gaps)).collect();
    Checklist { lines, picture: picture::draw(examined, &asker), gaps }
}

fn line(examined: &Examined<'_>, asker: &Asker<'_>, entry: &'static Entry, gaps: usize) -> Line {
    let own = |judged: &&Judged| entry.rules.contains(&judged.finding.rule);
    let mut findings: Vec<&Finding> =
        examined.findings.iter().filter(own).filter(|judged| counts(judged)).map(|judged| &judged.finding).collect();
    findings.sort_by_key(|finding| (std::cmp::Reverse((finding.level, finding.confidence)), finding.place));
    let is_accepted = |judged: &&Judged| {
        judged.silences.iter().any(|silence| matches!(silence, Silence::Suppressed(_)))
            && !judged.silences.iter().any(|silence| matches!(silence, Silence::Unsure | Silence::Elsewhere))
    };
    let accepted = examined.findings.iter().filter(own).filter(is_accepted).count();
    let answer = (entry.question)(asker);
    let (verdict, facts, reason) = match answer {
        _ if !findings.is_empty() => (Verdict::Violated, Vec::new(), String::new()),
        _ if accepted > 0 => (Verdict::Unknown, Vec::new(), "findings about it are suppressed".to_owned()),
        Answer::All(facts) if gaps > 0 => {
            (Verdict::Unknown, facts, "all that was analysed speaks for it, but not everything was".to_owned())
        }
        Answer::All(facts) | Answer::Found(facts) => (Verdict::Holds, facts, String::new()),
        Answer::Unknown(reason, facts) => (Verdict::Unknown, facts, reason),
        Answer::Nothing(reason) if gaps > 0 => {
            (Verdict::Unknown, Vec::new(), format!("{reason}, but not everything was analysed"))
        }
        Answer::Nothing(reason) => (Verdict::DoesNotApply, Vec::new(), reason),
    };
    Line {
        title: entry.title,
        wanted: entry.wanted,
        verdict,
        findings: findings.into_iter().map(|finding| shown(examined, finding)).collect(),
        facts: facts.into_iter().map(|Fact { text, place }| Shown { text, place, rule: None }).collect(),
        reason,
        accepted,
    }
}

/// Whether a finding violates a line: also one of a rule that merely does not run by default, and one that a baseline holds. To live
/// with something for now does not make it hold; a suppression says why it is none.
fn counts(judged: &Judged) -> bool {
    judged.silences.iter().all(|silence| matches!(silence, Silence::Unselected(Origin::Default) | Silence::Baselined(..)))
}

fn shown(examined: &Examined<'_>, finding: &Finding) -> Shown {
    let (path, line) = examined.line(finding.place);
    Shown { text: finding.message.clone(), place: Some((path.to_owned(), line)), rule: Some((finding.rule, finding.level)) }
}

impl Checklist {
    /// The checklist in a shape, complete.
    pub(crate) fn render(&self, shape: Shape) -> String {
        match shape {
            Shape::Text => text::render(self),
            Shape::Markdown => markdown::render(self),
            Shape::Html => html::render(self),
        }
    }

    /// `7 violated, 3 unknown, 4 hold, 1 does not apply`.
    pub(crate) fn tally(&self) -> String {
        let of = |verdict: Verdict| self.lines.iter().filter(|line| line.verdict == verdict).count();
        let counts = Verdict::ALL.map(|verdict| (of(verdict), verdict));
        let words = counts.into_iter().filter(|(count, _)| *count > 0);
        words.map(|(count, verdict)| format!("{count} {}", verdict.counted(count))).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Rule;
    use std::collections::BTreeMap;

    /// A finding belongs to one line, and none is lost.
    #[test]
    fn every_rule_belongs_to_one_line() {
        let mut lines: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for entry in TABLE {
            entry.rules.iter().for_each(|rule| lines.entry(rule).or_default().push(entry.title));
        }
        for rule in Rule::all() {
            let of = lines.remove(rule.name).unwrap_or_default();
            assert_eq!(of.len(), 1, "{} belongs to {of:?}", rule.name);
        }
        assert!(lines.is_empty(), "no such rules: {lines:?}");
    }
}
