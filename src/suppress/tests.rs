//! What suppressions cover and when they are reported, on findings made by hand: no parser and no rule takes part.

use super::*;
use crate::error::Error;
use crate::facts::Suppression;
use crate::lang::Language;
use crate::session::Options;

const RULE: &str = "missing-timeout";

/// A file in which every `# ignore[..] reason` is a suppression and every `call(..)` a finding.
fn file(text: &str) -> (FileData, Vec<Finding>) {
    let mut facts = FileFacts::default();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if let Some((code, comment)) = line.split_once("# ignore") {
            let (whole_file, comment) = comment.strip_prefix("-file").map_or((false, comment), |rest| (true, rest));
            let (rules, rest) = comment.trim_start_matches('[').split_once(']').unwrap_or_default();
            let (until, reason) = match rest.trim().strip_prefix("until=") {
                Some(rest) => rest.split_once(' ').map(|(until, reason)| (Some(until.into()), reason)).unwrap_or_default(),
                None => (None, rest),
            };
            facts.suppressions.push(Suppression {
                rules: rules.split(',').filter(|rule| !rule.is_empty()).map(Into::into).collect(),
                reason: reason.trim().into(),
                until,
                whole_file,
                own_line: code.trim().is_empty(),
                span: Span::new(at + code.len(), at + line.trim_end().len()),
            });
        }
        at += line.len();
    }
    let finding = |(start, _): (usize, &str)| {
        let end = text[start..].find(')').map_or(text.len(), |length| start + length + 1);
        Finding { rule: RULE, ..report(Level::Warning, FileId(0), Span::new(start, end), "waits".into(), "") }
    };
    let findings = text.match_indices("call(").map(finding).collect();
    (FileData { path: "app.py".into(), language: Language::Python, text: text.into(), facts }, findings)
}

/// How many findings stay, and what is said about the suppressions.
fn judge(text: &str) -> Result<(usize, Vec<String>), Error> {
    let root = tempfile::tempdir().map_err(|error| Error::Internal(error.to_string()))?;
    let options = Options { paths: vec![root.path().into()], isolated: true, ..Options::default() };
    let mut session = Session::new(&options)?;
    session.today = jiff::civil::date(2026, 6, 1);
    let (file, findings) = file(text);
    let result = apply(findings, &[file], Met { excluded: &[], entered: &[] }, FileId(1), true, &session);
    Ok((result.kept.len(), result.reports.into_iter().map(|finding| finding.message).collect()))
}

#[test]
fn comments_cover_their_line_or_the_next() -> Result<(), Error> {
    for covered in [
        "call()  # ignore[missing-timeout] short\n",
        "# ignore[missing-timeout] short\ncall()\n",
        "# ignore[missing-timeout] short\n# and more words\ncall()\n",
        "# first\n# ignore[missing-timeout] short\n# ignore[unbounded-query] other\ncall()\n",
        "call(  # ignore[missing-timeout] short\n    1,\n)\n",
        "call(\n    1,\n)  # ignore[missing-timeout] short\n",
        "# ignore-file[missing-timeout] short\n\n\ncall()\ncall()\n",
        "call() + call()  # ignore[missing-timeout] short\n",
    ] {
        assert_eq!(judge(covered)?.0, 0, "{covered}");
    }
    for open in [
        "# ignore[missing-timeout] short\n\ncall()\n",
        "x = 1  # ignore[missing-timeout] short\ncall()\n",
        "call()\n# ignore[missing-timeout] short\n",
        "call()  # ignore[unbounded-query] short\n",
        "call(\n    1,  # ignore[missing-timeout] short\n    2,\n)\n",
    ] {
        assert_eq!(judge(open)?.0, 1, "{open}");
    }
    Ok(())
}

#[test]
fn useless_suppressions_are_reported() -> Result<(), Error> {
    let said = |text: &str| judge(text).map(|(kept, reports)| (kept, reports.join("; ")));
    assert_eq!(said("call()  # ignore[missing-timeout] short\n")?, (0, String::new()));
    assert_eq!(
        said("x  # ignore[missing-timeout] why\n")?,
        (0, "missing-timeout finds nothing here that this could silence".into())
    );
    let reason = "this suppression gives no reason, so it silences nothing";
    assert_eq!(said("call()  # ignore[missing-timeout]\n")?, (1, reason.into()));
    assert_eq!(said("call()  # ignore[] why\n")?, (1, "this suppression names no rule".into()));
    let unknown = "there is no rule `mising-timeout` (did you mean `missing-timeout`?)";
    assert_eq!(said("call()  # ignore[mising-timeout] why\n")?, (1, unknown.into()));
    let expired = "this suppression expired on 2026-05-31";
    assert_eq!(said("call()  # ignore[missing-timeout] until=2026-05-31 why\n")?, (1, expired.into()));
    assert_eq!(said("call()  # ignore[missing-timeout] until=2026-06-01 why\n")?, (0, String::new()));
    let date = "`soon` is no date, so this suppression silences nothing";
    assert_eq!(said("call()  # ignore[missing-timeout] until=soon why\n")?, (1, date.into()));
    Ok(())
}
