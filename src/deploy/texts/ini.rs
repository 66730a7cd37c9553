//! Sections of keys as a tree: supervisord, systemd units, uWSGI. A key that is repeated keeps its last value, as the tree's maps do.

use crate::deploy::texts::tree::{Key, Node, Value};
use crate::finding::{FileId, Place};
use crate::source::Span;

/// The sections of `text` as a map of maps; keys before the first section stand in the map itself.
#[must_use]
pub(in crate::deploy) fn read(text: &str) -> Node {
    let mut root = Vec::new();
    let mut section: Option<(Key, Vec<(Key, Node)>)> = None;
    let mut at = 0;
    // The sign at the end of a line that the value goes on in the next one, wherever that begins.
    let mut goes_on = false;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let trimmed = line.trim();
        let indented = line.starts_with([' ', '\t']) || goes_on;
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        goes_on = trimmed.ends_with('\\');
        let begin = start + (line.len() - line.trim_start().len());
        let entries = section.as_mut().map_or(&mut root, |(_, entries)| entries);
        if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            root.extend(section.take().map(close));
            section = Some((key(name, begin + 1), Vec::new()));
        } else if indented && let Some((_, node)) = entries.last_mut() {
            // A value goes on in the next line.
            if let Value::Scalar(value) = &mut node.value {
                let more = without_comment(trimmed).trim_end_matches('\\').trim_end();
                *value = if value.is_empty() { more.into() } else { format!("{value} {more}").into() };
                node.place.span.end = Span::new(0, begin + trimmed.len()).end;
            }
        } else if let Some((name, value)) = trimmed.split_once('=') {
            let value_at = begin + name.len() + 1 + (value.len() - value.trim_start().len());
            let value = without_comment(value.trim()).trim_end_matches('\\').trim_end();
            let node = Node::new(Span::new(value_at, value_at + value.len()), Value::Scalar(value.into()));
            entries.push((key(name.trim(), begin), node));
        }
    }
    root.extend(section.take().map(close));
    Node::new(Span::new(0, text.len()), Value::Map(root))
}

/// A value of a supervisor's file as a shell would write it: `%(ENV_PORT)s` is `${PORT}`, `%%` one sign.
#[must_use]
pub(in crate::deploy) fn with_variables(value: &str) -> String {
    let mut written = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('%') {
        written.push_str(before);
        let (name, end) = after.strip_prefix('(').and_then(|after| after.split_once(')')).unwrap_or_default();
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let digits = end.len() - end.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        match end.get(digits..).and_then(|end| end.strip_prefix(['s', 'd'])).filter(|_| is_name) {
            Some(end) => {
                // What the supervisor knows by itself is no variable of the environment, and has no value that is known.
                let name = name.strip_prefix("ENV_").map_or_else(|| format!("supervisor_{name}"), str::to_owned);
                written.push_str(&format!("${{{name}}}"));
                rest = end;
            }
            None => {
                written.push('%');
                rest = after.strip_prefix('%').unwrap_or(after);
            }
        }
    }
    written + rest
}

/// `;` after a blank begins a comment.
fn without_comment(value: &str) -> &str {
    value.find(" ;").map_or(value, |at| value[..at].trim_end())
}

fn key(name: &str, at: usize) -> Key {
    Key { name: name.into(), place: Place { file: FileId::default(), span: Span::new(at, at + name.len()) } }
}

fn close((key, entries): (Key, Vec<(Key, Node)>)) -> (Key, Node) {
    let end = entries.last().map_or(key.place.span.end, |(_, node)| node.place.span.end);
    let span = Span { start: key.place.span.start, end };
    (key, Node::new(span, Value::Map(entries)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_keys_and_long_values() {
        let text = "[supervisord]\nnodaemon=true\n\n[program:web]\n; how it starts\ncommand = gunicorn app:app\n    --workers 4\nnumprocs=2 ; two\n";
        let node = read(text);
        assert_eq!(node.text_at("supervisord.nodaemon"), Some("true"));
        let (key, web) = node.entry("program:web").unwrap_or_else(|| panic!("no section"));
        assert_eq!(key.place.span.of(text), "program:web");
        assert_eq!(web.text_at("command"), Some("gunicorn app:app --workers 4"));
        assert_eq!(web.get("numprocs").and_then(Node::number), Some(2));
        let unit = read("[Service]\nExecStart=/bin/gunicorn \\\n--workers 2 \\\n  app:app\nRestart=always\n");
        assert_eq!(unit.text_at("Service.ExecStart"), Some("/bin/gunicorn --workers 2 app:app"));
        assert_eq!(unit.text_at("Service.Restart"), Some("always"));
    }

    #[test]
    fn variables_of_a_supervisor() {
        let filled = with_variables("run --port %(ENV_PORT)s --name x%(process_num)02d --share 50%% %(here %s");
        assert_eq!(filled, "run --port ${PORT} --name x${supervisor_process_num} --share 50% %(here %s");
    }
}
