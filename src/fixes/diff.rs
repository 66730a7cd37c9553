//! What fixes would change, as a patch: what `--diff` prints, and `git apply` takes.

use crate::terminal::visible;
use similar::TextDiff;
use std::fmt::Write;

/// Lines around a change.
const CONTEXT: usize = 3;

/// The difference of two texts of the file at `path` as a unified diff; empty when there is none.
#[must_use]
pub fn unified(path: &str, before: &str, after: &str) -> String {
    let diff = TextDiff::from_lines(before, after);
    let names = (quoted(&format!("a/{path}")), quoted(&format!("b/{path}")));
    diff.unified_diff().context_radius(CONTEXT).header(&names.0, &names.1).to_string()
}

/// A name as git writes it in a patch: one that could end its line, and begin another that names another file, stands between quotes.
fn quoted(name: &str) -> String {
    if visible(name) == name && !name.contains(['"', '\\']) {
        return name.to_owned();
    }
    let mut quoted = String::from('"');
    for byte in name.bytes() {
        match byte {
            b'"' | b'\\' => quoted.extend(['\\', char::from(byte)]),
            b' '..=b'~' => quoted.push(char::from(byte)),
            _ => {
                // Writing to a string cannot fail.
                let _ = write!(quoted, "\\{byte:03o}");
            }
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_names_one_file() {
        assert!(unified("größe b.py", "a\n", "b\n").starts_with("--- a/größe b.py\n+++ b/größe b.py\n@@ "));
        let odd = unified("x\n+++ b/\"y\u{202e}.py", "a\n", "b\n");
        assert!(odd.starts_with("--- \"a/x\\012+++ b/\\\"y\\342\\200\\256.py\"\n+++ \"b/x"), "{odd}");
        assert_eq!(odd.matches("\n+++ ").count(), 1);
    }
}
