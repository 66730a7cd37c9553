//! `scalelint check --fix` and `--diff`: makes the fixes that were found, or shows them.

use super::{CheckArgs, many, say};
use crate::atomic::{self, Replacement};
use crate::error::Error;
use crate::finding::Report;
use crate::fixes::{self, Applied, Choice, Safety, unified};
use crate::scan::{on_workers, scan};
use crate::session::{Session, known_rule, near_rule};
use crate::terminal::visible;
use std::fmt::Write as _;

/// How often what is left is looked at again: fixes that touch the same text are made one after the other.
const ROUNDS: usize = 10;

/// What was asked for; none when nothing is to be fixed.
pub(super) fn choice(arguments: &CheckArgs) -> Result<Option<Choice>, Error> {
    if !arguments.fix && !arguments.diff && arguments.fix_only.is_empty() {
        return Ok(None);
    }
    for rule in &arguments.fix_only {
        if known_rule(rule).is_none() {
            return Err(Error::Selector { name: rule.clone(), near: near_rule(rule).map(Into::into) });
        }
    }
    Ok(Some(Choice { with_unsafe: arguments.unsafe_fixes, rules: arguments.fix_only.iter().cloned().collect() }))
}

/// Make the fixes of `report`, check again, and give the report of that.
pub(super) fn make(mut report: Report, choice: &Choice, session: &Session) -> Result<Report, Error> {
    let (mut made, mut files) = (0, std::collections::BTreeSet::new());
    let mut left = Vec::new();
    for _ in 0..ROUNDS {
        let Applied { files: fixed, left: not_made } = on_workers(session, || fixes::apply(&report, choice, session));
        left = not_made;
        if fixed.is_empty() {
            break;
        }
        let replacements = fixed.iter().map(|file| {
            let (before, after) = &file.bytes;
            Replacement { name: &file.path, path: &file.real, before, after }
        });
        atomic::replace(&replacements.collect::<Vec<_>>())?;
        made += fixed.iter().map(|file| file.fixes).sum::<usize>();
        files.extend(fixed.into_iter().map(|file| file.path));
        report = scan(session).after(report.notices);
    }
    say(&format!("fixed {} in {}\n{}", many(made, "finding"), many(files.len(), "file"), reasons(&left)));
    Ok(report)
}

/// What the fixes of `report` would change: a patch, whose lines are those of the files to the last byte, unless a person reads it.
pub(super) fn show(report: &Report, choice: &Choice, session: &Session, for_terminal: bool) -> String {
    let Applied { files, left } = on_workers(session, || fixes::apply(report, choice, session));
    let count = files.iter().map(|file| file.fixes).sum();
    let diff: String = files.iter().map(|file| unified(&file.path, &file.text, &file.new_text)).collect();
    say(&format!("would fix {} in {}\n{}", many(count, "finding"), many(files.len(), "file"), reasons(&left)));
    if for_terminal { harmless(&diff) } else { diff }
}

/// The lines of a patch with all made visible that would drive the terminal; tabs are blanks there and stay.
fn harmless(diff: &str) -> String {
    let line = |line: &str| line.split('\t').map(visible).collect::<Vec<_>>().join("\t") + "\n";
    diff.lines().map(line).collect()
}

fn reasons(left: &[(String, usize, &'static str)]) -> String {
    left.iter().fold(String::new(), |mut text, (path, count, why)| {
        let _ = writeln!(text, "notice: {}: {} left: {why}", visible(path), many(*count, "fix").replace("fixs", "fixes"));
        text
    })
}

/// How many findings can be fixed, and what to type for that; empty when there are none.
pub(super) fn hint(report: &Report, asked: Option<&Choice>) -> String {
    let count = |safety: Safety| {
        report.findings.iter().filter(|finding| finding.fix.as_ref().is_some_and(|fix| fix.safety == safety)).count()
    };
    let (safe, other) = (count(Safety::Safe), count(Safety::Unsafe));
    let other = if asked.is_some_and(|asked| asked.with_unsafe) { 0 } else { other };
    let safe = if asked.is_some() { 0 } else { safe };
    match (safe, other) {
        (0, 0) => String::new(),
        (safe, 0) => format!("{safe} can be fixed with --fix\n"),
        (0, other) => format!("{other} can be fixed with --fix --unsafe-fixes, which sets limits that somebody should look at\n"),
        (safe, other) => format!(
            "{safe} can be fixed with --fix, {other} more with --unsafe-fixes, which sets limits that somebody should look at\n"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn a_patch_does_not_drive_the_terminal() {
        assert_eq!(harmless("+\tx = '\u{1b}[2J'\r\n y\n"), "+\tx = '\\u{1b}[2J'\n y\n");
    }
}
