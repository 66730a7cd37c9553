//! Reads suppression comments, the same in every language: a front end finds the comments, this says what they silence.

use crate::facts::Suppression;
use crate::source::Span;

/// What every suppression comment contains; a text without it has none.
pub(super) const MARK: &str = "scalelint:";

/// The suppression in a comment, if it is one. `comment` is its text, with or without the marker of the language; `own_line`
/// says that nothing else stands on its line ([`stands_alone`]). A comment that is meant as a suppression but names no rule
/// comes back without rules, so that it can be reported.
pub(crate) fn parse(comment: &str, span: Span, own_line: bool) -> Option<Suppression> {
    let (before, rest) = comment.split_once(MARK)?;
    // Between backticks it is spoken of.
    if before.contains('`') {
        return None;
    }
    // Only at the start, or behind another directive of the same line: `# noqa # scalelint: ignore[..]`.
    if !matches!(before.trim_end().chars().next_back(), None | Some('#' | '/' | '*' | '!')) {
        return None;
    }
    let rest = rest.trim_start().strip_prefix("ignore")?;
    let (whole_file, rest) = match rest.strip_prefix("-file") {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    if rest.starts_with(|next: char| next.is_alphanumeric() || next == '-' || next == '_') {
        return None;
    }
    let (rules, rest) = rule_list(rest.trim_start());
    let (reason, until) = reason_and_date(rest);
    Some(Suppression { rules, reason, until, whole_file, own_line, span })
}

/// Every suppression comment of a text whose comments run from `mark` to the end of their line.
pub(crate) fn all_in(text: &str, mark: &str) -> Vec<Suppression> {
    let comment_of = |(at, _): (usize, &str)| {
        let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
        let start = line + text[line..at].rfind(mark)?;
        let comment = text[start..].lines().next().unwrap_or_default();
        let words = comment.trim_start_matches(mark).trim();
        parse(words, Span::new(start, start + comment.len()), stands_alone(text, start))
    };
    text.match_indices(MARK).filter_map(comment_of).collect()
}

/// Whether only blanks stand before byte `start` on its line.
pub(super) fn stands_alone(text: &str, start: usize) -> bool {
    let before = text.as_bytes().get(..start).unwrap_or_default();
    !matches!(before.iter().rev().find(|byte| !matches!(byte, b' ' | b'\t' | 0x0c)), Some(byte) if !matches!(byte, b'\n' | b'\r'))
}

fn rule_list(text: &str) -> (Vec<String>, &str) {
    let Some((list, rest)) = text.strip_prefix('[').and_then(|text| text.split_once(']')) else { return (Vec::new(), text) };
    (list.split(',').map(str::trim).filter(|rule| !rule.is_empty()).map(str::to_owned).collect(), rest)
}

fn reason_and_date(text: &str) -> (String, Option<String>) {
    // A later comment on the same line is not part of the reason.
    let text = text.split(" # ").next().unwrap_or_default().trim().trim_end_matches("*/");
    let mut until = None;
    let mut words = Vec::new();
    for word in text.split_whitespace() {
        match word.strip_prefix("until=") {
            Some(date) if until.is_none() => until = Some(date.to_owned()),
            _ => words.push(word),
        }
    }
    (words.join(" "), until)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(comment: &str) -> Option<Suppression> {
        parse(comment, Span::default(), false)
    }

    #[test]
    fn rules_reason_and_date() {
        let read = read("# scalelint: ignore[some-rule, other-rule] the proxy cuts until=2027-03-01 at 30 s");
        let read = read.unwrap_or_else(|| panic!("no suppression"));
        assert_eq!(read.rules, ["some-rule", "other-rule"]);
        assert_eq!(read.reason, "the proxy cuts at 30 s");
        assert_eq!(read.until.as_deref(), Some("2027-03-01"));
        assert!(!read.whole_file);
    }

    #[test]
    fn whole_file_and_malformed() {
        let file = read("scalelint: ignore-file[x] generated").unwrap_or_else(|| panic!("no suppression"));
        assert!(file.whole_file && file.rules == ["x"] && file.reason == "generated");
        let bare = read("scalelint: ignore").unwrap_or_else(|| panic!("no suppression"));
        assert!(bare.rules.is_empty());
        assert!(read("scalelint: ignore[x").is_some_and(|read| read.rules.is_empty()));
        assert!(read("noqa # scalelint: ignore[x] why").is_some());
        assert!(read("see scalelint: ignore[x] in the docs").is_none());
        assert!(read("behind another: `# noqa # scalelint: ignore[x] why`").is_none());
        assert!(read("scalelint: ignored").is_none());
    }

    #[test]
    fn alone_on_its_line() {
        let text = "x = 1 # a\n  # b\r# c";
        assert!(!stands_alone(text, 6));
        assert!(stands_alone(text, 12));
        assert!(stands_alone(text, 16));
        assert!(stands_alone(text, 0));
    }
}
