//! What fixes would change, as a patch: what `--diff` prints, and `git apply` takes.

use similar::TextDiff;

/// Lines around a change.
const CONTEXT: usize = 3;

/// The difference of two texts of the file at `path` as a unified diff; empty when there is none.
#[must_use]
pub fn unified(path: &str, before: &str, after: &str) -> String {
    let diff = TextDiff::from_lines(before, after);
    let names = (format!("a/{path}"), format!("b/{path}"));
    diff.unified_diff().context_radius(CONTEXT).header(&names.0, &names.1).to_string()
}
