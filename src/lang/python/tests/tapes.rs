//! Holds the two lowerings equal: whatever the typed one accepts must give the very facts of the tolerant one.

use crate::facts::{FileFacts, dump};
use crate::lang::Limits;
use crate::lang::python::{depth, tolerant::Tolerant, typed};
use std::fs;
use std::path::{Path, PathBuf};

/// Where the first difference between two dumps is.
fn difference(tolerant: &FileFacts, typed: &FileFacts) -> Option<String> {
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

/// What became of one file.
#[derive(Debug, PartialEq)]
enum Held {
    Equal,
    /// The tolerant parser has gaps in what the typed one reads whole.
    Broken,
    /// A line that the grammar of the tolerant parser is known to misread.
    Misread,
    /// Left to the tolerant parser.
    Refused,
    Differs(String),
}

/// Whether the tolerant parser reads this line otherwise than Python does, without an error that would show it.
fn is_misread(line: &str) -> bool {
    let line = line.trim_start();
    let has = |words: &[&str]| words.iter().all(|word| line.contains(word));
    // A call of `type` is taken for a statement that names a type: `type(x).name = value`.
    line.starts_with("type(")
        // The name belongs to the last arm only: `with a if b else c as d`.
        || (has(&["with ", " else ", " as "]))
        // The name is bound to the first arm only: `(a := b if c else d)`.
        || (has(&[":=", " if ", " else "]))
}

fn held(parser: &mut Tolerant, text: &str) -> Held {
    let limits = Limits::default();
    if text.len() > limits.file_bytes || depth::too_deep(text, limits.nesting).is_some() {
        return Held::Refused;
    }
    let Some(typed) = typed::facts(text) else { return Held::Refused };
    match parser.facts(text, &limits) {
        Err(_) => Held::Refused,
        Ok(tolerant) if !tolerant.gaps.is_empty() => Held::Broken,
        Ok(tolerant) => match difference(&tolerant, &typed) {
            None => Held::Equal,
            Some(_) if text.lines().any(is_misread) => Held::Misread,
            Some(how) => Held::Differs(how),
        },
    }
}

/// Python files below a folder, in order.
fn python_files(folder: &Path) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().filter_map(Result::ok);
    let files = entries.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path);
    files.filter(|path| path.extension().is_some_and(|end| end == "py" || end == "pyw")).collect()
}

#[test]
fn real_code_has_one_tape() {
    let Ok(folders) = std::env::var("SCALELINT_TAPES") else { return };
    let mut parser = Tolerant::new();
    let (mut equal, mut broken, mut misread, mut refused, mut differing) = (0, 0, 0, 0, 0);
    let folders = folders.strip_prefix('@').map(|list| fs::read_to_string(list).unwrap().replace('\n', ":")).unwrap_or(folders);
    for path in folders.split(':').flat_map(|folder| python_files(Path::new(folder))) {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        match held(&mut parser, &text) {
            Held::Equal => equal += 1,
            Held::Broken => {
                broken += 1;
                println!("BROKEN {}", path.display());
            }
            Held::Misread => misread += 1,
            Held::Refused => {
                refused += 1;
                println!("REFUSED {}", path.display());
            }
            Held::Differs(how) => {
                differing += 1;
                println!("DIFFERS {}\n{how}\n", path.display());
            }
        }
    }
    println!("{equal} equal, {broken} broken, {misread} misread, {refused} refused, {differing} differ");
    assert_eq!(differing, 0);
}
