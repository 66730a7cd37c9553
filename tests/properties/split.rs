//! A file is split in two, imports mended: what was found in the part that went is found where it is now, and all else as before.

use super::common::edits::{STORIES, Texts, story};
use super::{Seen, difference, look, none, pages};
use scalelint::source::Span;
use std::collections::BTreeSet;

/// Rules of which a finding stands for all of their kind in a file, a service or a host: which of them it is depends on their order.
const GROUPED: [&str; 4] = ["missing-circuit-breaker", "missing-retry", "unbounded-queue", "unstructured-logging"];

/// The module that takes what leaves a file: its name is of its own, for there are several projects side by side.
fn apart(path: &str) -> String {
    path.replace(|c: char| !is_word(c), "_")
}

/// A function that could stand in a file of its own.
struct Part {
    path: String,
    name: String,
    /// Where it is in its file, from its first line to before the next statement.
    span: Span,
    /// What takes its place.
    import: String,
    /// The file it goes to, up to the function.
    new_path: String,
    head: String,
}

/// The functions of a file that can be taken out of it.
fn parts(path: &str, texts: &Texts) -> Vec<Part> {
    let text = &texts[path];
    let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
    let is_top = |at: &usize| text[*at..].starts_with(|c: char| !c.is_whitespace() && !matches!(c, ')' | ']' | '}'));
    let tops: Vec<usize> = starts.filter(is_top).chain([text.len()]).collect();
    let statements: Vec<&str> = tops.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect();
    let part = |(at, code): (usize, &&str)| {
        // What is written above a function belongs to it.
        let is_attached = at > 0 && statements[at - 1].starts_with(['@', '#', '/']);
        let span = Span::new(tops[at], tops[at + 1]);
        let is_free = !is_attached && !["scalelint:", "__name__", "global "].iter().any(|word| code.contains(word));
        is_free
            .then(|| if path.ends_with(".rs") { rust(path, code, span) } else { python(path, code, span, &statements, texts) })?
    };
    statements.iter().enumerate().filter_map(part).collect()
}

/// The name behind one of some words with which a statement begins.
fn named<'c>(statement: &'c str, words: &[&str]) -> Option<&'c str> {
    let rest = words.iter().find_map(|word| statement.strip_prefix(word))?;
    rest.split(|c: char| !is_word(c)).next().filter(|name| !name.is_empty())
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// A plain function of a Python file that uses nothing of it but its imports.
fn python(path: &str, code: &str, span: Span, statements: &[&str], texts: &Texts) -> Option<Part> {
    let stem = path.strip_suffix(".py").filter(|stem| !stem.ends_with("__init__"))?;
    let name = named(code, &["async def ", "def "])?;
    let apart = apart(path);
    let is_import = |statement: &&&str| ["import ", "from "].iter().any(|word| statement.starts_with(word));
    let own = statements.iter().filter(|statement| !is_import(statement));
    let own: BTreeSet<&str> = own.filter_map(|statement| named(statement, &["async def ", "def ", "class ", ""])).collect();
    if code.split(|c: char| !is_word(c)).any(|word| word != name && own.contains(word)) {
        return None;
    }
    let folder = stem.rsplit_once('/').map_or("", |(folder, _)| folder);
    let in_folder = |file: &str| if folder.is_empty() { file.to_owned() } else { format!("{folder}/{file}") };
    let dot = if texts.contains_key(&in_folder("__init__.py")) { "." } else { "" };
    let imports: String = statements.iter().filter(is_import).map(|import| format!("{}\n", import.trim_end())).collect();
    Some(Part {
        path: path.into(),
        name: name.into(),
        span,
        import: format!("from {dot}{apart} import {name}\n"),
        new_path: in_folder(&format!("{apart}.py")),
        head: format!("{imports}\n\n"),
    })
}

/// A function of a Rust file: a module below sees all that is in the one above.
fn rust(path: &str, code: &str, span: Span) -> Option<Part> {
    let name = named(code, &["async fn ", "fn "]).filter(|name| *name != "main")?;
    let (stem, apart) = (path.strip_suffix(".rs")?, apart(path));
    let (folder, file) = stem.rsplit_once('/').unwrap_or(("", stem));
    let is_root = matches!(file, "main" | "lib" | "mod");
    let folder = if is_root { folder } else { stem };
    Some(Part {
        path: path.into(),
        name: name.into(),
        span,
        import: format!("mod {apart};\nuse {apart}::{name};\n"),
        new_path: format!("{folder}/{apart}.rs"),
        head: "use super::*;\n\npub(super) ".into(),
    })
}

impl Part {
    /// The project with the function in a file of its own.
    fn taken_out(&self, texts: &Texts) -> Texts {
        let mut split = texts.clone();
        let text = &texts[&self.path];
        let Span { start, end } = self.span;
        split.insert(self.path.clone(), format!("{}{}{}", &text[..start as usize], self.import, &text[end as usize..]));
        split.insert(self.new_path.clone(), format!("{}{}", self.head, self.span.of(text)));
        split
    }
}

/// A finding without its place, but with the text that stands there and the file that it is in; and the length of its path.
type Said = (String, &'static str, String, usize);

fn said(seen: &Seen, texts: &Texts, place: impl Fn(&str, Span) -> String) -> Said {
    let at = format!("{}: {}", place(&seen.path, seen.span), texts.get(&seen.path).map_or("", |text| seen.span.of(text)));
    // Of several shortest paths, and of other places of one kind, the first is shown, and which is first may change.
    let steps = seen.evidence.iter().filter(|note| note.what == "trace").count();
    let what = format!("{:?} {:?} {} {} {}", seen.level, seen.confidence, seen.message, seen.help, seen.symbol);
    (at, seen.rule, what, steps)
}

/// Parts that can be taken out together: no two go to the same file.
fn rounds(parts: Vec<Part>) -> Vec<Vec<Part>> {
    let mut rounds: Vec<Vec<Part>> = Vec::new();
    for part in parts {
        match rounds.iter_mut().find(|round| round.iter().all(|taken| taken.new_path != part.new_path)) {
            Some(round) => round.push(part),
            None => rounds.push(vec![part]),
        }
    }
    rounds
}

#[test]
fn files_can_be_split() {
    let (mut tried, mut faults) = (0, Vec::new());
    for (name, texts) in STORIES.into_iter().map(|name| (name.to_owned(), story(name))).chain(pages()) {
        let (before, notices) = look(&texts);
        let is_code = |path: &&String| path.ends_with(".py") || path.ends_with(".rs");
        // Those in which something is found.
        let has = |part: &Part| before.iter().any(|seen| seen.path == part.path && part.span.contains(seen.span));
        let parts = texts.keys().filter(is_code).flat_map(|path| parts(path, &texts)).filter(has).collect();
        for round in rounds(parts) {
            let split = round.iter().fold(texts.clone(), |texts, part| part.taken_out(&texts));
            let what = format!("{name}: {:?}", round.iter().map(|part| (&part.name, &part.path)).collect::<Vec<_>>());
            let (after, after_notices) = look(&split);
            assert_eq!(after_notices, notices, "{what}");
            let follow = |path: &str, span| {
                let part = round.iter().find(|part| part.path == path && part.span.contains(span));
                part.map_or(path, |part| &part.new_path).to_owned()
            };
            let is_single = |seen: &&Seen| !GROUPED.contains(&seen.rule);
            let mut expected: Vec<Said> = before.iter().filter(is_single).map(|seen| said(seen, &texts, follow)).collect();
            let mut found: Vec<Said> =
                after.iter().filter(is_single).map(|seen| said(seen, &split, |path, _| path.to_owned())).collect();
            expected.sort();
            found.sort();
            faults.extend(difference(&expected, &found, &what));
            tried += round.len();
        }
    }
    none(&faults);
    assert!(tried > 100, "{tried}");
}
