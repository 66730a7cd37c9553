//! Lines of a rendered text: where documents part, and what a line is that nobody knows, by the lines around it.

/// Where documents begin and end.
pub(super) fn splits(text: &str) -> Vec<(usize, usize)> {
    let (mut found, mut start, mut at) = (Vec::new(), 0, 0);
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "---" || line.starts_with("--- ") {
            found.push((start, at));
            start = at + line.len();
        }
        at += line.len();
    }
    found.push((start, text.len()));
    found
}

pub(super) fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// What a line stands for.
pub(super) enum Role {
    Item,
    Entry,
    /// An item in brackets, with others behind it.
    Between,
    Scalar,
}

/// What the line at `at` is, by the lines around it.
pub(super) fn role(lines: &[&str], at: usize) -> Role {
    let own = indent(lines[at]);
    let tells = |line: &&&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let is_item = |line: &str| line.trim() == "-" || line.trim_start().starts_with("- ");
    let behind = lines[at + 1..].iter().find(tells).map_or("", |line| line.trim());
    let ahead = lines[..at].iter().rev().find(tells).map_or("", |line| line.trim());
    if ahead.ends_with(['[', ',']) && !ahead.starts_with('#') {
        return if behind.starts_with(']') { Role::Scalar } else { Role::Between };
    }
    let next = lines[at + 1..].iter().find(tells).filter(|line| indent(line) == own && line.trim_end() != "---");
    let before = lines[..at].iter().rev().take(400).filter(|line| tells(line)).find(|line| indent(line) <= own);
    match (before, next) {
        (Some(line), _) if indent(line) == own && is_item(line) => Role::Item,
        (Some(line), next)
            if line.trim_end().ends_with(':') && (indent(line) < own || next.is_some_and(|next| is_item(next))) =>
        {
            match next {
                Some(next) if is_item(next) => Role::Item,
                Some(_) => Role::Entry,
                None => Role::Scalar,
            }
        }
        (_, Some(next)) if is_item(next) => Role::Item,
        (None, None) => Role::Scalar,
        _ => Role::Entry,
    }
}
