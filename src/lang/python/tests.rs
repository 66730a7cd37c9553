//! What Python becomes, construct by construct: each test shows a source and its tapes.

mod definitions;
mod expressions;
mod hostile;
mod modules;
mod statements;
mod tapes;

use super::PythonFrontEnd;
use super::tolerant::Tolerant;
use crate::facts::{FileFacts, dump};
use crate::lang::{FrontEnd, Limits};

/// The facts of `source`.
fn facts(source: &str) -> FileFacts {
    match PythonFrontEnd::new().extract(source, &Limits::default()) {
        Ok(facts) => facts,
        Err(error) => panic!("{error}"),
    }
}

/// The facts of `source` as the tolerant parser has them.
fn tolerant_facts(source: &str) -> FileFacts {
    match Tolerant::new().facts(source, &Limits::default()) {
        Ok(facts) => facts,
        Err(error) => panic!("{error}"),
    }
}

/// Holds the dump of `source` by either parser against the lines of `expected`; the common indent of both does not count.
#[track_caller]
fn check(source: &str, expected: &str) {
    let (source, expected) = (unindented(source), unindented(expected));
    let (facts, tolerant) = (facts(&source), tolerant_facts(&source));
    let seen = dump(&facts);
    assert_eq!(seen, expected, "\n--- from\n{source}\n--- seen\n{seen}");
    assert_eq!(tolerant, facts, "\n--- from\n{source}\n--- by the tolerant parser\n{}", dump(&tolerant));
}

/// `text` without its first line break, its last line's blanks, and the indent of its first line on every line.
fn unindented(text: &str) -> String {
    let text = text.trim_start_matches('\n').trim_end_matches(' ');
    let indent = text.len() - text.trim_start_matches(' ').len();
    text.lines().map(|line| format!("{}\n", line.get(indent..).unwrap_or_default())).collect()
}
