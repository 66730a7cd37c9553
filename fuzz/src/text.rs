//! A text of some language from bytes. An input that begins with [`MADE`] is a list of choices: words of the language, nesting, pieces of
//! sound files. Any other is the text itself, which is what seeds are and what the fuzzer's own mutations work on.

use super::words::{self, Kind};
use arbitrary::{Result, Unstructured};

/// The first byte of an input that is a list of choices; no text begins so.
pub const MADE: u8 = 1;

/// Longest text that is made: what is slow on more is for benchmarks.
const MOST_BYTES: usize = 32 * 1024;

/// Deepest nesting: beyond every limit of ours.
const DEEPEST: usize = 600;

/// The text of an input.
pub fn text(data: &[u8], kind: Kind) -> String {
    match data.split_first() {
        Some((&MADE, choices)) => made(&mut Unstructured::new(choices), kind),
        _ => String::from_utf8_lossy(data).into_owned(),
    }
}

/// A text from choices, as long as there are any.
pub fn made(choices: &mut Unstructured<'_>, kind: Kind) -> String {
    let mut text = String::new();
    while !choices.is_empty() && text.len() < MOST_BYTES {
        // Choices that run out give zeros and end the loop.
        let _ = piece(choices, kind, &mut text);
    }
    text
}

/// One piece more.
fn piece(choices: &mut Unstructured<'_>, kind: Kind, text: &mut String) -> Result<()> {
    let words = words::of(kind);
    match choices.int_in_range(0..=11_u8)? {
        0 => {
            text.push('\n');
            text.push_str(&" ".repeat(choices.int_in_range(0..=4)? * kind.indent()));
        }
        1 => nested(choices, kind, text)?,
        2 | 3 => splice(choices, kind, text)?,
        4 => {
            let length = choices.int_in_range(0..=8)?;
            text.push_str(&String::from_utf8_lossy(choices.bytes(length)?));
        }
        5 => {
            let again = text.len() - floor(text, text.len().saturating_sub(choices.int_in_range(1..=80)?));
            let again = text[text.len() - again..].repeat(choices.int_in_range(1..=20)?);
            text.push_str(&again);
        }
        6 => text.push_str(choices.choose(&HAZARDS)?),
        _ => {
            text.push_str(choices.choose(words)?);
            text.push_str(choices.choose(&["", " ", " "])?);
        }
    }
    Ok(())
}

/// Characters that count otherwise than they look.
const HAZARDS: [&str; 16] = [
    "é",
    "🦕",
    "\u{feff}",
    "\r\n",
    "\r",
    "\0",
    "\u{2028}",
    "\u{85}",
    "\u{c}",
    "\t",
    "\u{1b}[2J",
    "\u{202e}",
    "ﬀ",
    "İ",
    "\\\n",
    "\u{a0}",
];

/// An opening word many times, something inside, and mostly as many closing words.
fn nested(choices: &mut Unstructured<'_>, kind: Kind, text: &mut String) -> Result<()> {
    let (open, close) = choices.choose(words::pairs(kind))?;
    let depth = match choices.int_in_range(0..=3_u8)? {
        0 => choices.int_in_range(1..=DEEPEST)?,
        _ => choices.int_in_range(1..=8)?,
    };
    text.push_str(&open.repeat(depth));
    text.push_str(choices.choose(words::of(kind))?);
    let closed = if choices.ratio(1, 8)? { choices.int_in_range(0..=depth)? } else { depth };
    text.push_str(&close.repeat(closed));
    Ok(())
}

/// Some lines, or some bytes, of a sound file.
fn splice(choices: &mut Unstructured<'_>, kind: Kind, text: &mut String) -> Result<()> {
    let seeds = super::seeds::texts(kind);
    if seeds.is_empty() {
        return Ok(());
    }
    let seed = choices.choose(seeds)?;
    if choices.ratio(1, 3)? {
        let start = floor(seed, choices.int_in_range(0..=seed.len())?);
        let end = floor(seed, (start + choices.int_in_range(0..=40)?).min(seed.len()));
        text.push_str(&seed[start..end.max(start)]);
    } else {
        let lines: Vec<&str> = seed.split_inclusive('\n').collect();
        let start = choices.int_in_range(0..=lines.len())?;
        let count = choices.int_in_range(1..=12)?;
        lines.iter().skip(start).take(count).for_each(|line| text.push_str(line));
    }
    Ok(())
}

/// The nearest character boundary at or before `at`.
pub fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}
