//! The file that `scalelint init` writes: every key with its default and what it is for, all of it commented out but for a baseline that
//! is there.

use super::keys::{KEYS, Key, Kind, TABLES};
use std::fmt::Write as _;

/// Columns at which its comments end.
const WIDTH: usize = 100;

/// The text of a first `scalelint.toml`.
#[must_use]
pub fn starter(has_baseline: bool) -> String {
    let mut text = String::from(
        "# Configuration of scalelint. Nothing in it is needed: each line shows what holds without it, or an example.\n\
         # `scalelint check --show-config` prints what holds and why; an unknown key is an error.\n\n",
    );
    for key in KEYS.iter().filter(|key| !key.path.contains(['.', '['])) {
        line(&mut text, key.path, key);
    }
    if has_baseline {
        text = text.replace("\n# baseline = ", "\nbaseline = ");
    }
    for (name, says) in TABLES {
        let _ = writeln!(text, "\n# {says}");
        let inside = |prefix: &str| KEYS.iter().filter(|key| key.path.starts_with(prefix)).collect::<Vec<_>>();
        let (head, keys) = match *name {
            "rules" => ("[rules.missing-timeout]".to_owned(), inside("rules.")),
            "entry-points" => {
                // One of the three ways to name it; the others are errors beside it.
                let given = |key: &&Key| !key.path.ends_with(".function") && !key.path.ends_with(".name");
                ("[[entry-points]]".to_owned(), inside("entry-points[]").into_iter().filter(given).collect())
            }
            "suppress" => ("[[suppress]]".to_owned(), inside("suppress[]")),
            name => (format!("[{name}]"), inside(&format!("{name}."))),
        };
        let _ = writeln!(text, "# {head}");
        for key in keys {
            line(&mut text, key.path.rsplit('.').next().unwrap_or_default(), key);
        }
    }
    text
}

/// One key, commented out, with what it is for behind it or, where there is no room, above it.
fn line(text: &mut String, name: &str, key: &Key) {
    let value = if key.default.is_empty() { example(key) } else { key.default.to_owned() };
    let given = format!("# {name} = {value}");
    if given.len().max(36) + 4 + key.says.len() <= WIDTH {
        let _ = writeln!(text, "{given:<36}  # {}", key.says);
    } else {
        let _ = writeln!(text, "# # {}\n{given}", key.says);
    }
}

/// A value to start from, for a key without a default.
fn example(key: &Key) -> String {
    match (key.path, key.kind) {
        ("extends", _) => "\"shared/scalelint.toml\"".into(),
        ("baseline", _) => "\"scalelint-baseline.txt\"".into(),
        ("entry-points[].decorator", _) => "\"ourlib.endpoint\"".into(),
        ("suppress[].path", _) => "\"reports/\"".into(),
        ("suppress[].reason", _) => "\"runs on a copy of the database, once a month\"".into(),
        (_, Kind::Rule) => "\"unbounded-query\"".into(),
        (_, Kind::Date) => "\"2027-03-01\"".into(),
        (_, Kind::Choice(words)) => format!("\"{}\"", words.first().copied().unwrap_or_default()),
        (_, Kind::Integer(..) | Kind::Number) => "2".into(),
        _ => "\"\"".into(),
    }
}
