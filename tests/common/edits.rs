//! Edits of a working day that change nothing in what a file does, drawn by a seeded generator so that a failure can be repeated. Each
//! is a list of changes, so that a test knows where every place went.

use scalelint::deploy::Format;
use scalelint::facts::{FunctionKind, OpKind, Target};
use scalelint::lang::{Language, Limits};
use scalelint::source::{Change, Span, changed};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// The fixture services with something to find.
pub(crate) const STORIES: [&str; 5] = ["axum-catalog", "django-library", "fastapi-orders", "flask-shop", "procfile-polls"];

/// The files of a project, by path.
pub(crate) type Texts = BTreeMap<String, String>;

/// The files of a story.
pub(crate) fn story(name: &str) -> Texts {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name);
    let files = WalkDir::new(&folder).into_iter().filter_map(Result::ok).filter(|entry| entry.file_type().is_file());
    let text = |path: PathBuf| {
        let name = path.strip_prefix(&folder).expect("a path below").to_string_lossy().replace('\\', "/");
        (name, fs::read_to_string(path).expect("a text"))
    };
    files.map(|entry| text(entry.into_path())).collect()
}

/// Numbers that only look random.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn throw(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// An edit of one file: changes that are sorted and do not overlap.
pub(crate) type Edit = fn(&str, Language, &mut Dice) -> Vec<Change>;

/// All of them, by name.
pub(crate) const EDITS: [(&str, Edit); 9] = [
    ("moved", moved),
    ("windows", windows),
    ("comments", comments),
    ("trailing comments", trailing_comments),
    ("renamed locals", renamed),
    ("quotes", quotes),
    ("spread", spread),
    ("indented", indented),
    ("more code", more_code),
];

/// What an edit changes in the file at `path`: nothing in a file that we do not read.
pub(crate) fn changes(edit: Edit, path: &str, text: &str, dice: &mut Dice) -> Vec<Change> {
    Language::of_path(Path::new(path)).map_or_else(Vec::new, |language| edit(text, language, dice))
}

/// The file at `path` after an edit.
pub(crate) fn apply(edit: Edit, path: &str, text: &str, dice: &mut Dice) -> String {
    changed(text, &changes(edit, path, text, dice))
}

/// For every byte, whether it stands in a string or a comment. Knows as much as the fixtures need.
fn shielded(text: &str, language: Language) -> Vec<bool> {
    let mut mask = vec![false; text.len()];
    let comment = if language == Language::Rust { "//" } else { "#" };
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let length = if rest.starts_with(comment) {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(fence) = ["\"\"\"", "'''", "\"", "'"].iter().find(|fence| rest.starts_with(**fence)) {
            let is_lifetime = language == Language::Rust && *fence == "'" && rest.chars().nth(2) != Some('\'');
            let inner = &rest[fence.len()..];
            let end = inner.match_indices(*fence).map(|(end, _)| end).find(|&end| !inner[..end].ends_with('\\'));
            if is_lifetime { 0 } else { end.map_or(rest.len(), |end| end + 2 * fence.len()) }
        } else {
            0
        };
        mask[at..at + length].fill(true);
        at += length.max(rest.chars().next().map_or(1, char::len_utf8));
    }
    mask
}

fn is_code(language: Language) -> bool {
    matches!(language, Language::Python | Language::Rust)
}

/// Lines at whose start a line may be put: the starts of items and of sections.
fn items(text: &str, language: Language) -> Vec<usize> {
    let words: &[&str] = match language {
        Language::Python => &["def ", "async def ", "class ", "import ", "@"],
        Language::Rust => &["use ", "pub ", "async fn ", "fn ", "impl ", "#[derive"],
        _ => &["apiVersion", "kind", "spec", "services", "FROM ", "CMD ", "web:", "worker:", "resource ", "http "],
    };
    let mask = shielded(text, language);
    let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
    let fits = |at: &usize| words.iter().any(|word| text[*at..].starts_with(word)) && !mask[*at];
    // A decorator and what it decorates stay together.
    let alone = |at: &usize| !text[..*at].trim_end().rsplit('\n').next().is_some_and(|line| line.starts_with(['@', '#']));
    starts.filter(|at| *at < text.len()).filter(|at| fits(at) && (!is_code(language) || alone(at))).collect()
}

/// `insert` at some of `places`.
fn put(places: &[usize], insert: &str, dice: &mut Dice) -> Vec<Change> {
    places.iter().filter(|_| dice.throw(3) > 0).map(|&at| Change::insert(at, insert)).collect()
}

fn line_end(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

fn moved(text: &str, language: Language, dice: &mut Dice) -> Vec<Change> {
    put(&items(text, language), &line_end(text).repeat(3), dice)
}

fn windows(text: &str, _: Language, _: &mut Dice) -> Vec<Change> {
    let ends = text.match_indices('\n').map(|(at, _)| at);
    ends.filter(|&at| !text[..at].ends_with('\r')).map(|at| Change::insert(at, "\r")).collect()
}

fn comments(text: &str, language: Language, dice: &mut Dice) -> Vec<Change> {
    let mark = if language == Language::Rust { "//" } else { "#" };
    put(&items(text, language), &format!("{mark} it's \"so\" (and more{}", line_end(text)), dice)
}

/// Behind a comma or an open bracket, where a statement goes on: inside of the reported code as well.
fn trailing_comments(text: &str, language: Language, dice: &mut Dice) -> Vec<Change> {
    if !is_code(language) {
        return Vec::new();
    }
    let mark = if language == Language::Rust { "//" } else { "#" };
    let mask = shielded(text, language);
    let ends = text.match_indices('\n').map(|(at, _)| text[..at].trim_end_matches('\r').len());
    let open: Vec<usize> = ends.filter(|&at| at > 0 && !mask[at - 1] && text[..at].ends_with([',', '(', '{', '['])).collect();
    put(&open, &format!("  {mark} why 'not"), dice)
}

/// Variables of functions, all uses of each.
fn renamed(text: &str, language: Language, dice: &mut Dice) -> Vec<Change> {
    let Some(facts) = is_code(language).then(|| language.front_end().extract(text, &Limits::default()).expect("facts")) else {
        return Vec::new();
    };
    let is_named = |kind| matches!(kind, FunctionKind::Function | FunctionKind::Method);
    let spans: Vec<Span> =
        facts.functions.iter().filter(|function| is_named(function.kind)).map(|function| function.span).collect();
    let outermost = facts.functions.iter().filter(|function| {
        is_named(function.kind) && !spans.iter().any(|around| around.contains(function.span) && *around != function.span)
    });
    // What has the name of a function may be that.
    let functions: BTreeSet<&str> = facts.functions.iter().filter_map(|function| Some(facts.names.get(function.name?))).collect();
    let mut changes = Vec::new();
    for function in outermost {
        let stored = function.ops.iter().filter_map(|op| match op.kind {
            OpKind::Store { target: Target::Name(name), .. } if !function.globals.contains(&name) => Some(facts.names.get(name)),
            _ => None,
        });
        let is_plain = |name: &&str| name.len() > 2 && !name.starts_with('_') && !functions.contains(name);
        let locals: BTreeSet<&str> = stored.filter(is_plain).collect();
        for local in locals.into_iter().filter(|_| dice.throw(4) > 0) {
            let start = function.span.start as usize;
            let uses = uses(function.span.of(text), local, language)
                .into_iter()
                .map(|at| Span::new(start + at, start + at + local.len()));
            changes.extend(uses.map(|span| Change::replace(span, format!("{RENAMED}{local}"))));
        }
    }
    changes.sort();
    changes
}

/// What the new names of locals begin with.
pub(crate) const RENAMED: &str = "my_";

/// Where a function uses a local; nowhere when one of its uses is not certain to be one.
fn uses(function: &str, local: &str, language: Language) -> Vec<usize> {
    let mask = shielded(function, language);
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut places = Vec::new();
    for (at, _) in function.match_indices(local) {
        let (before, after) = (&function[..at], &function[at + local.len()..]);
        if before.ends_with(is_word) || after.starts_with(is_word) {
            continue;
        }
        let filled = before.ends_with('{') && !before.ends_with("{{");
        let named = after.trim_start().starts_with('=')
            && !after.trim_start().starts_with("==")
            && before.trim_end().ends_with(['(', ',']);
        let field =
            language == Language::Rust && (after.starts_with(':') || before.trim_end().ends_with(['{', ',']) && !mask[at]);
        let defined = before.ends_with("fn ") || before.ends_with("def ");
        if defined || before.ends_with(['.', ':']) || named || field || mask[at] && after.starts_with("\"") {
            return Vec::new();
        }
        if !mask[at] || filled {
            places.push(at);
        }
    }
    places
}

/// The other kind of quotes.
fn quotes(text: &str, language: Language, _: &mut Dice) -> Vec<Change> {
    let mut changes = Vec::new();
    if language != Language::Python {
        return changes;
    }
    let mut at = 0;
    let mask = shielded(text, language);
    while let Some(start) = mask[at..].iter().position(|&inside| inside).map(|start| at + start) {
        let end = start + mask[start..].iter().position(|&inside| !inside).unwrap_or(mask.len() - start);
        at = end;
        let string = &text[start..end];
        let is_plain = string.starts_with('"')
            && string.ends_with('"')
            && string.len() > 1
            && !string[1..string.len() - 1].contains(['"', '\'', '\\', '\n']);
        if is_plain && !string.starts_with("\"\"") {
            changes.extend([start, end - 1].map(|at| Change::replace(Span::new(at, at + 1), "'")));
        }
        if at >= text.len() {
            break;
        }
    }
    changes
}

/// Over more lines, as formatters do with long ones.
fn spread(text: &str, language: Language, dice: &mut Dice) -> Vec<Change> {
    let mask = shielded(text, language);
    let end = line_end(text);
    let bracketed = |at: usize| !mask[at] && !text[..at].rsplit('\n').next().unwrap_or_default().trim_start().starts_with("def ");
    match language {
        Language::Python => {
            let brackets = text.match_indices('(').map(|(at, _)| at).filter(|&at| bracketed(at));
            put(&brackets.map(|at| at + 1).collect::<Vec<_>>(), &format!("{end}            "), dice)
        }
        Language::Rust => {
            let dots = [".await", ".send(", ".fetch", ".get("].iter().flat_map(|word| text.match_indices(word));
            let mut dots: Vec<usize> = dots.map(|(at, _)| at).filter(|&at| !mask[at]).collect();
            dots.sort_unstable();
            put(&dots, &format!("{end}            "), dice)
        }
        _ => Vec::new(),
    }
}

/// Tabs, or twice as deep; in YAML indentation has a meaning.
fn indented(text: &str, language: Language, _: &mut Dice) -> Vec<Change> {
    let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
    let change = |start: usize| {
        let indent = text[start..].len() - text[start..].trim_start_matches(' ').len();
        let new = match language {
            Language::Python | Language::Rust => "\t".repeat(indent / 4) + &" ".repeat(indent % 4),
            Language::Deployment(Format::Hcl | Format::Proxy) => " ".repeat(indent * 2),
            Language::Deployment(_) | Language::Sql => " ".repeat(indent),
        };
        let old = Span::new(start, start + indent);
        (old.of(text) != new).then(|| Change::replace(old, new))
    };
    starts.filter_map(change).collect()
}

/// Elsewhere in the file.
fn more_code(text: &str, language: Language, _: &mut Dice) -> Vec<Change> {
    let end = line_end(text);
    let more = match language {
        Language::Python => "\n\ndef added_by_nobody(left, right):\n    total = left + right\n    return total\n",
        Language::Rust => {
            "\npub fn added_by_nobody(left: u32, right: u32) -> u32 {\n    let total = left + right;\n    total\n}\n"
        }
        _ => "",
    };
    vec![Change::insert(text.len(), more.replace('\n', end))]
}
