//! Holds what the two parsers make of one text against each other: for the tests that keep them equal, on real code and on made-up.

use super::depth;
use super::tolerant::Tolerant;
use super::typed;
use crate::facts::{FileFacts, dump};
use crate::lang::{ExtractError, Limits};

/// What both make of a text.
#[derive(Debug)]
pub struct Both {
    /// By the typed one; none when it leaves the text to the other.
    pub typed: Option<FileFacts>,
    /// By the tolerant one.
    pub tolerant: Result<FileFacts, ExtractError>,
}

/// What became of a text.
#[derive(Debug, PartialEq)]
pub enum Held {
    /// Both make the same of it.
    Equal,
    /// The tolerant parser has gaps in what the typed one reads whole.
    Broken,
    /// A line that the grammar of the tolerant parser is known to misread.
    Misread,
    /// Left to the tolerant parser, or to none.
    Refused,
    /// They differ, and here.
    Differs(String),
}

impl Both {
    /// Read `text` by both; none when neither is to see it.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let limits = Limits::default();
        if text.len() > limits.file_bytes || depth::too_deep(text, limits.nesting).is_some() {
            return None;
        }
        Some(Self { typed: typed::facts(text), tolerant: Tolerant::new().facts(text, &limits) })
    }

    /// Hold the two against each other. `text` is what they were made of.
    #[must_use]
    pub fn held(&self, text: &str) -> Held {
        let (Some(typed), Ok(tolerant)) = (&self.typed, &self.tolerant) else { return Held::Refused };
        if !tolerant.gaps.is_empty() {
            return Held::Broken;
        }
        match difference(tolerant, typed) {
            None => Held::Equal,
            Some(_) if text.lines().any(is_misread) => Held::Misread,
            Some(how) => Held::Differs(how),
        }
    }
}

/// Where the first difference between two dumps is.
pub(super) fn difference(tolerant: &FileFacts, typed: &FileFacts) -> Option<String> {
    if tolerant == typed {
        return None;
    }
    let (left, right) = (dump(tolerant), dump(typed));
    let at = left.lines().zip(right.lines()).position(|(left, right)| left != right);
    Some(match at {
        Some(at) => {
            let around = |text: &str| text.lines().skip(at.saturating_sub(3)).take(7).collect::<Vec<_>>().join("\n");
            format!("tolerant:\n{}\ntyped:\n{}", around(&left), around(&right))
        }
        None => first_span(tolerant, typed).unwrap_or_else(|| "names or tables".to_owned()),
    })
}

/// The first place that differs, where all else is equal.
fn first_span(tolerant: &FileFacts, typed: &FileFacts) -> Option<String> {
    for (index, (left, right)) in tolerant.functions.iter().zip(&typed.functions).enumerate() {
        if left.span != right.span || left.name_span != right.name_span {
            return Some(format!("span of f{index}: {:?} {:?}", left.span, right.span));
        }
        let op = left.ops.iter().zip(&right.ops).position(|(left, right)| left != right);
        if let Some(op) = op {
            return Some(format!("f{index} op {op}: {:?} {:?}", left.ops[op], right.ops[op]));
        }
        let region = left.regions.iter().zip(&right.regions).find(|(left, right)| left != right);
        if let Some(region) = region {
            return Some(format!("f{index} region {region:?}"));
        }
        if left != right {
            return Some(format!("f{index}: {:?} {:?}", left.params, right.params));
        }
    }
    let import = tolerant.imports.iter().zip(&typed.imports).find(|(left, right)| left != right);
    import.map(|import| format!("{import:?}")).or_else(|| {
        let names = tolerant.names.iter().zip(typed.names.iter()).find(|(left, right)| left != right);
        names.map(|names| format!("{names:?}"))
    })
}

/// Whether the tolerant parser reads this line otherwise than Python does, without an error that would show it.
fn is_misread(line: &str) -> bool {
    let line = line.trim_start();
    let has = |words: &[&str]| words.iter().all(|word| line.contains(word));
    // A call of `type` is taken for a statement that names a type: `type(x).name = value`.
    line.starts_with("type(")
        // The name belongs to the last arm only: `with a if b else c as d`.
        || has(&["with ", " else ", " as "])
        // The name is bound to the first arm only: `(a := b if c else d)`.
        || has(&[":=", " if ", " else "])
        // A format is taken for a binding: `f"{a:=10}"`.
        || has(&["{", ":="])
        // The power is taken for what is awaited: `await a ** b`.
        || has(&["await ", " ** "])
}
