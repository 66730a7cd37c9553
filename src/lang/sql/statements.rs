//! Cuts SQL into statements: by semicolons outside of strings, comments and bodies. Only those that define something are given.

use std::ops::Range;

/// The statements of `text` that begin with a word that defines something, as ranges of bytes.
pub(super) fn of(text: &str) -> Vec<Range<usize>> {
    let mut list = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while let Some(offset) = text[at..].find(['\'', '"', '`', '-', '/', '$', ';', '\n']) {
        at += offset;
        at = match text.as_bytes()[at] {
            b';' => {
                add(text, start, at, &mut list);
                start = at + 1;
                start
            }
            // What a migration tool reads in the other direction.
            b'-' if is_way_back(&text[at..]) => return list,
            b'\n' if is_data(text, start, at) => {
                start = text[at..].find("\n\\.").map_or(text.len(), |end| at + end + 3);
                start
            }
            _ => past(text, at),
        };
    }
    add(text, start, text.len(), &mut list);
    list
}

fn add(text: &str, start: usize, end: usize, list: &mut Vec<Range<usize>>) {
    let skipped = blank(&text[start..end]);
    let (start, end) = (start + skipped, end);
    let head: String = text[start..end].chars().take(8).collect::<String>().to_lowercase();
    if ["create ", "create\n", "create\t", "create\r", "alter ", "alter\n", "drop ", "alter\t"]
        .iter()
        .any(|word| head.starts_with(word))
        && is_ours(&text[start..end])
    {
        list.push(start..end);
    }
}

/// Whether a statement is about tables or their keys: the second or third word says so.
fn is_ours(statement: &str) -> bool {
    let mut words = statement.split_whitespace().skip(1).take(5).map(str::to_lowercase);
    words.any(|word| ["table", "index", "columnstore"].iter().any(|ours| word.starts_with(ours)))
}

/// Blanks, comments and commands of the shell before a statement, in bytes.
fn blank(text: &str) -> usize {
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let trimmed = rest.trim_start();
        at += rest.len() - trimmed.len();
        let comment = if trimmed.starts_with("--") || trimmed.starts_with('#') || trimmed.starts_with('\\') {
            trimmed.find('\n')
        } else if trimmed.starts_with("/*") {
            trimmed.find("*/").map(|end| end + 2)
        } else {
            return at;
        };
        match comment {
            Some(length) => at += length,
            None => return text.len(),
        }
    }
}

/// One past the string, comment or body that begins at `at`, or past the character.
fn past(text: &str, at: usize) -> usize {
    let rest = &text[at..];
    let closed = |open: usize, close: &str| rest[open..].find(close).map_or(text.len(), |end| at + open + end + close.len());
    match rest.as_bytes()[0] {
        b'\'' => closed(1, "'"),
        b'"' => closed(1, "\""),
        b'`' => closed(1, "`"),
        b'-' if rest.starts_with("--") => closed(2, "\n"),
        b'/' if rest.starts_with("/*") => closed(2, "*/"),
        b'$' => {
            let tag = rest[1..].find('$').map(|end| &rest[..end + 2]);
            match tag.filter(|tag| tag[1..tag.len() - 1].chars().all(|c| c.is_alphanumeric() || c == '_')) {
                Some(tag) => closed(tag.len(), tag),
                None => at + 1,
            }
        }
        _ => at + 1,
    }
}

/// `-- migrate:down`, `-- +goose Down`, `-- !Downs`: what follows undoes what stands before.
fn is_way_back(text: &str) -> bool {
    if !text.starts_with("--") {
        return false;
    }
    // Only the head of the line: its length is not ours to choose.
    let head: String = text.chars().take(MARK).take_while(|&c| c != '\n').collect();
    let said = head.to_lowercase();
    let said = said.trim_start_matches('-').trim();
    ["migrate:down", "+goose down", "+migrate down", "!downs", "rollback:", "//@undo"].iter().any(|mark| said.starts_with(mark))
}

/// So many characters of a line are looked at for a mark.
const MARK: usize = 48;

/// Rows that a dump holds between `COPY .. FROM stdin;` and `\.`: the statement before `start` ended on the line of `at`.
fn is_data(text: &str, start: usize, at: usize) -> bool {
    let ends_line = start > 0 && text[start..].find('\n') == Some(at - start) && text[start..at].trim().is_empty();
    let end = "from stdin".len();
    // The statement is cut already, so `start` stands behind its semicolon.
    let before = || text.get(start.checked_sub(end + 1)?..start - 1);
    ends_line && before().is_some_and(|words| words.eq_ignore_ascii_case("from stdin"))
}
