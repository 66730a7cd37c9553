//! Fingerprints under the edits of a working day: whatever moves, reformats, comments or renames locals in the fixture services keeps
//! every fingerprint of the real engine. Edits are drawn by a seeded generator, so that a failure can be repeated.

use scalelint::deploy::Format;
use scalelint::facts::{FunctionKind, OpKind, Target};
use scalelint::finding::Confidence;
use scalelint::lang::{Language, Limits};
use scalelint::scan::scan;
use scalelint::session::{Options, Session};
use scalelint::source::Span;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

const STORIES: [&str; 5] = ["axum-catalog", "django-library", "fastapi-orders", "flask-shop", "procfile-polls"];

/// Mixtures of edits tried on each story.
const ROUNDS: u64 = 8;

/// The files of a story, by path.
type Texts = BTreeMap<String, String>;

fn story(name: &str) -> Texts {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name);
    let files = WalkDir::new(&folder).into_iter().filter_map(Result::ok).filter(|entry| entry.file_type().is_file());
    let text = |path: PathBuf| {
        let name = path.strip_prefix(&folder).expect("a path below").to_string_lossy().replace('\\', "/");
        (name, fs::read_to_string(path).expect("a text"))
    };
    files.map(|entry| text(entry.into_path())).collect()
}

/// Rule, path and fingerprint of everything that is found.
fn fingerprints(texts: &Texts) -> BTreeSet<(String, String, String)> {
    let root = tempfile::tempdir().expect("a folder");
    for (path, text) in texts {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder above")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    let options = Options {
        paths: vec![root.path().into()],
        select: Some(vec!["all".into()]),
        min_confidence: Some(Confidence::Low),
        ..Options::default()
    };
    let report = scan(&Session::new(&options).expect("a project"));
    assert!(report.notices.is_empty(), "the edits broke something: {:?}", report.notices);
    let name = |finding: &scalelint::finding::Finding| {
        (finding.rule.to_owned(), report.file(finding.place).path.clone(), finding.fingerprint.clone())
    };
    let names: BTreeSet<_> = report.findings.iter().map(name).collect();
    assert_eq!(names.len(), report.findings.len(), "every finding has its own");
    names
}

/// Numbers that only look random.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// An edit of one file that changes nothing in what it does.
type Edit = fn(&str, Language, &mut Dice) -> String;

const EDITS: [(&str, Edit); 9] = [
    ("moved", moved),
    ("windows", |text, _, _| text.replace("\r\n", "\n").replace('\n', "\r\n")),
    ("comments", comments),
    ("trailing comments", trailing_comments),
    ("renamed locals", renamed),
    ("quotes", quotes),
    ("spread", spread),
    ("indented", indented),
    ("more code", more_code),
];

#[test]
fn edits_that_change_nothing_keep_every_fingerprint() {
    for name in STORIES {
        let texts = story(name);
        let before = fingerprints(&texts);
        assert!(before.len() > 5, "{name} has findings");
        // Each edit on every file, then mixtures of them.
        for (edit_name, edit) in EDITS {
            let mut dice = Dice(7);
            let edited: Texts = texts.iter().map(|(path, text)| (path.clone(), apply(edit, path, text, &mut dice))).collect();
            assert_same(&before, &fingerprints(&edited), &format!("{name}: {edit_name}"));
        }
        for seed in 1..=ROUNDS {
            let mut dice = Dice(seed);
            let (mut edited, mut done) = (texts.clone(), Vec::new());
            for (path, text) in &mut edited {
                for _ in 0..dice.throw(4) {
                    let (edit_name, edit) = EDITS[usize::try_from(dice.throw(EDITS.len() as u64)).expect("small")];
                    *text = apply(edit, path, text, &mut dice);
                    done.push(format!("{path}: {edit_name}"));
                }
            }
            edited.insert("tools/unrelated.py".into(), "def add(a, b):\n    return a + b\n".into());
            assert_same(&before, &fingerprints(&edited), &format!("{name}, seed {seed}: {done:#?}"));
        }
    }
}

/// The edits are no empty ones: each changes some file of some story.
#[test]
fn every_edit_edits() {
    for (name, edit) in EDITS {
        let mut dice = Dice(7);
        let changed =
            STORIES.iter().flat_map(|name| story(name)).filter(|(path, text)| apply(edit, path, text, &mut dice) != *text);
        assert!(changed.count() > 5, "{name}");
    }
}

/// What is no empty edit gives another name: the reported code itself, the function around it, the file.
#[test]
fn other_findings_have_other_names() {
    let texts = story("flask-shop");
    let before = fingerprints(&texts);
    let path = "shop/services/payments.py";
    for (from, to) in [("api.parcels.example", "api.other.example"), ("def ", "def new_")] {
        let mut edited = texts.clone();
        let text = edited.get_mut(path).expect("the file");
        let changed = text.replace(from, to);
        assert_ne!(*text, changed);
        *text = changed;
        assert_ne!(fingerprints(&edited), before, "{from}");
    }
}

fn apply(edit: Edit, path: &str, text: &str, dice: &mut Dice) -> String {
    Language::of_path(Path::new(path)).map_or_else(|| text.to_owned(), |language| edit(text, language, dice))
}

fn assert_same(before: &BTreeSet<(String, String, String)>, after: &BTreeSet<(String, String, String)>, what: &str) {
    let lost: Vec<_> = before.difference(after).collect();
    let new: Vec<_> = after.difference(before).collect();
    assert!(lost.is_empty() && new.is_empty(), "{what}\nlost {lost:#?}\nnew {new:#?}");
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

/// `text` with `insert` at some of `places`.
fn put(text: &str, places: &[usize], insert: &str, dice: &mut Dice) -> String {
    let mut edited = text.to_owned();
    for &at in places.iter().rev().filter(|_| dice.throw(3) > 0) {
        edited.insert_str(at, insert);
    }
    edited
}

fn line_end(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

fn moved(text: &str, language: Language, dice: &mut Dice) -> String {
    put(text, &items(text, language), &line_end(text).repeat(3), dice)
}

fn comments(text: &str, language: Language, dice: &mut Dice) -> String {
    let mark = if language == Language::Rust { "//" } else { "#" };
    put(text, &items(text, language), &format!("{mark} it's \"so\" (and more{}", line_end(text)), dice)
}

/// Behind a comma or an open bracket, where a statement goes on: inside of the reported code as well.
fn trailing_comments(text: &str, language: Language, dice: &mut Dice) -> String {
    if !is_code(language) {
        return text.to_owned();
    }
    let mark = if language == Language::Rust { "//" } else { "#" };
    let mask = shielded(text, language);
    let ends = text.match_indices('\n').map(|(at, _)| text[..at].trim_end_matches('\r').len());
    let open: Vec<usize> = ends.filter(|&at| at > 0 && !mask[at - 1] && text[..at].ends_with([',', '(', '{', '['])).collect();
    put(text, &open, &format!("  {mark} why 'not"), dice)
}

/// Variables of functions, all uses of each.
fn renamed(text: &str, language: Language, dice: &mut Dice) -> String {
    let Some(facts) = is_code(language).then(|| language.front_end().extract(text, &Limits::default()).expect("facts")) else {
        return text.to_owned();
    };
    let mut edited = text.to_owned();
    let is_named = |kind| matches!(kind, FunctionKind::Function | FunctionKind::Method);
    let spans: Vec<Span> =
        facts.functions.iter().filter(|function| is_named(function.kind)).map(|function| function.span).collect();
    let outermost = facts.functions.iter().filter(|function| {
        is_named(function.kind) && !spans.iter().any(|around| around.contains(function.span) && *around != function.span)
    });
    // From the last function on, so that places above stay.
    let mut functions: Vec<_> = outermost.collect();
    functions.sort_by_key(|function| std::cmp::Reverse(function.span.start));
    for function in functions {
        let stored = function.ops.iter().filter_map(|op| match op.kind {
            OpKind::Store { target: Target::Name(name), .. } if !function.globals.contains(&name) => Some(facts.names.get(name)),
            _ => None,
        });
        let locals: BTreeSet<&str> = stored.filter(|name| name.len() > 2 && !name.starts_with('_')).collect();
        let chosen: Vec<&str> = locals.into_iter().filter(|_| dice.throw(4) > 0).collect();
        let new = chosen.into_iter().fold(function.span.of(text).to_owned(), |new, local| rename(&new, local, language));
        edited.replace_range(function.span.start as usize..function.span.end as usize, &new);
    }
    edited
}

/// A function with a local renamed; as it was when one of its uses is not certain to be one.
fn rename(function: &str, local: &str, language: Language) -> String {
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
        if defined || before.ends_with('.') || named || field || mask[at] && after.starts_with("\"") {
            return function.to_owned();
        }
        if !mask[at] || filled {
            places.push(at);
        }
    }
    places.into_iter().rev().fold(function.to_owned(), |mut text, at| {
        text.insert_str(at, "my_");
        text
    })
}

/// The other kind of quotes.
fn quotes(text: &str, language: Language, _: &mut Dice) -> String {
    if language != Language::Python {
        return text.to_owned();
    }
    let mut edited = text.to_owned();
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
            edited.replace_range(start..=start, "'");
            edited.replace_range(end - 1..end, "'");
        }
        if at >= text.len() {
            break;
        }
    }
    edited
}

/// Over more lines, as formatters do with long ones.
fn spread(text: &str, language: Language, dice: &mut Dice) -> String {
    let mask = shielded(text, language);
    let end = line_end(text);
    let bracketed = |at: usize| !mask[at] && !text[..at].rsplit('\n').next().unwrap_or_default().trim_start().starts_with("def ");
    match language {
        Language::Python => {
            let brackets = text.match_indices('(').map(|(at, _)| at).filter(|&at| bracketed(at));
            put(text, &brackets.map(|at| at + 1).collect::<Vec<_>>(), &format!("{end}            "), dice)
        }
        Language::Rust => {
            let dots = [".await", ".send(", ".fetch", ".get("].iter().flat_map(|word| text.match_indices(word));
            let mut dots: Vec<usize> = dots.map(|(at, _)| at).filter(|&at| !mask[at]).collect();
            dots.sort_unstable();
            put(text, &dots, &format!("{end}            "), dice)
        }
        _ => text.to_owned(),
    }
}

/// Tabs, or twice as deep; in YAML indentation has a meaning.
fn indented(text: &str, language: Language, _: &mut Dice) -> String {
    let line = |line: &str| {
        let indent = line.len() - line.trim_start_matches(' ').len();
        let new = match language {
            Language::Python | Language::Rust => "\t".repeat(indent / 4) + &" ".repeat(indent % 4),
            Language::Deployment(Format::Hcl | Format::Proxy) => " ".repeat(indent * 2),
            Language::Deployment(_) | Language::Sql => " ".repeat(indent),
        };
        new + &line[indent..]
    };
    text.split_inclusive('\n').map(line).collect()
}

/// Elsewhere in the file.
fn more_code(text: &str, language: Language, _: &mut Dice) -> String {
    let end = line_end(text);
    let more = match language {
        Language::Python => "\n\ndef added_by_nobody(left, right):\n    total = left + right\n    return total\n",
        Language::Rust => {
            "\npub fn added_by_nobody(left: u32, right: u32) -> u32 {\n    let total = left + right;\n    total\n}\n"
        }
        _ => "",
    };
    text.to_owned() + &more.replace('\n', end)
}
