//! What became of each finding on a line: reported, or what silences it and where that was said.

use super::Line;
use crate::config::Scope;
use crate::finding::Finding;
use crate::rules::Rule;
use crate::scan::{Examined, Silence};
use crate::session::Origin;
use crate::terminal::visible;
use std::fmt::Write as _;

/// Every finding of every rule that lies on the line, and what is wrong with suppressions there.
pub(super) fn shown(examined: &Examined<'_>, line: &Line<'_>, threshold: &str) -> String {
    let mut text = String::new();
    let scope = examined.session.scope(&line.project.files().get(line.file).path);
    let here = |finding: &Finding| {
        let span = finding.place.span;
        let last = line.lines.line(span.end.saturating_sub(1).max(span.start)) + 1;
        finding.place.file == line.file && (line.lines.line(span.start) + 1..=last).contains(&line.number)
    };
    for judged in examined.findings.iter().filter(|judged| here(&judged.finding)) {
        let finding = &judged.finding;
        let _ = writeln!(text, "  {}: {}, confidence {}", finding.rule, finding.level.name(), finding.confidence.name());
        let _ = writeln!(text, "    {}", visible(&finding.message));
        if judged.is_reported() {
            let _ = writeln!(text, "    reported; the rule runs {}", said_by(scope, &scope.selection.origin(finding.rule)));
        }
        for silence in &judged.silences {
            let _ = writeln!(text, "    not reported: {}", because(examined, scope, finding, silence, threshold));
        }
        text.push_str(&settings(scope, finding.rule));
    }
    for report in examined.suppressions.iter().filter(|report| here(report)) {
        let _ = writeln!(text, "  {}: {}, confidence {}", report.rule, report.level.name(), report.confidence.name());
        let _ = writeln!(text, "    {}", visible(&report.message));
    }
    if text.is_empty() {
        let _ = writeln!(text, "  nothing, at any confidence; {} rules looked", Rule::all().len());
    }
    text
}

fn because(examined: &Examined<'_>, scope: Scope<'_>, finding: &Finding, silence: &Silence, threshold: &str) -> String {
    match silence {
        Silence::Unselected(origin) => format!("the rule does not run {}", said_by(scope, origin)),
        Silence::Suppressed(place) => {
            let (path, line) = examined.line(*place);
            format!("suppressed at {}:{line}", visible(path))
        }
        Silence::Baselined(path, line) => format!("known before: the baseline has it at {}:{line}", visible(path)),
        Silence::Unsure => {
            let least = scope.min_confidence.name();
            format!("confidence {} is less than {least}, {threshold}", finding.confidence.name())
        }
        Silence::Elsewhere => "it lies outside the paths that were asked about".to_owned(),
    }
}

/// Where a decision was made.
fn said_by(scope: Scope<'_>, origin: &Origin) -> String {
    match origin {
        Origin::Typed(option, word) => format!("by {option} {} on the command line", visible(word)),
        Origin::Configured(key) => format!("by {}", configured(scope, key)),
        Origin::Default => "by default: the rules of the recommended set do".to_owned(),
    }
}

/// A key of the configuration, with where it is set.
pub(super) fn configured(scope: Scope<'_>, key: &str) -> String {
    let place = scope.config.place_of(key).map(|(path, line)| format!(" at {}:{line}", visible(path)));
    format!("`{key}`{}", place.unwrap_or_default())
}

/// What the configuration sets for a rule: its level and its options.
fn settings(scope: Scope<'_>, rule: &str) -> String {
    let config = scope.config;
    let level = config.levels.get(rule).into_iter().flatten().map(|level| ("level", level.name().to_owned()));
    let options = config.options.iter().filter(|((of, _), _)| *of == rule).map(|((_, name), value)| (*name, value.to_string()));
    level.chain(options).fold(String::new(), |mut text, (name, value)| {
        let key = format!("rules.{rule}.{name}");
        let _ = writeln!(text, "    {name} {value}, set by {}", configured(scope, &key));
        text
    })
}
