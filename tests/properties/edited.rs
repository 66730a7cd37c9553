//! Edits of a working day: findings move with the code, and nothing else changes.

use super::common::edits::{Dice, EDITS, RENAMED, STORIES, Texts, changes, story};
use super::{Evidence, Seen, difference, look, none, pages};
use scalelint::lang::Language;
use scalelint::source::{Change, Span, changed};
use std::collections::BTreeMap;
use std::path::Path;

/// Mixtures of edits tried on each story.
const ROUNDS: u64 = 8;

/// A project that is being edited, and where everything in it went.
struct Desk {
    first: Texts,
    texts: Texts,
    /// What was changed in each file, edit by edit.
    steps: BTreeMap<String, Vec<Vec<Change>>>,
    done: Vec<String>,
}

impl Desk {
    fn new(texts: &Texts) -> Self {
        Self { first: texts.clone(), texts: texts.clone(), steps: BTreeMap::new(), done: Vec::new() }
    }

    fn edit(&mut self, path: &str, which: usize, dice: &mut Dice) {
        let (name, edit) = EDITS[which];
        let text = &self.texts[path];
        let changes = changes(edit, path, text, dice);
        let text = changed(text, &changes);
        self.texts.insert(path.into(), text);
        self.steps.entry(path.into()).or_default().push(changes);
        self.done.push(format!("{path}: {name}"));
    }

    /// Where a span of the first text is by now. What goes to the end of the file still does, and
    /// what is the whole file is.
    fn follow(&self, path: &str, span: Span) -> Span {
        let Some((text, steps)) = self.first.get(path).zip(self.steps.get(path)) else { return span };
        let is_last = length(text) == span.end;
        let is_whole = is_last && span.start == 0;
        steps.iter().fold(span, |span, changes| {
            let goes_on = is_last || span.end == span.start;
            Span { start: if is_whole { 0 } else { moved(span.start, changes, true) }, end: moved(span.end, changes, goes_on) }
        })
    }

    fn expected(&self, before: &[Seen]) -> Vec<Seen> {
        let follow = |seen: &Seen| {
            let evidence = seen.evidence.iter().map(|note| Evidence { span: self.follow(&note.path, note.span), ..note.clone() });
            Seen { span: self.follow(&seen.path, seen.span), evidence: evidence.collect(), ..seen.clone() }
        };
        let mut expected: Vec<Seen> = before.iter().map(follow).collect();
        expected.sort();
        expected
    }

    /// What is at fault, if the edited project does not hold the same findings at the places where the code went.
    fn fault(&self, before: &[Seen], what: &str) -> Option<String> {
        let (seen, notices) = look(&self.texts);
        let what = format!("{what}\nedits {:?}", self.done);
        if !notices.is_empty() {
            return Some(format!("{what}\nspoilt {notices:?}"));
        }
        // What a local is called stands in messages, as it should.
        let mut seen: Vec<Seen> = seen.into_iter().map(|seen| seen.with_texts(|text| text.replace(RENAMED, ""))).collect();
        seen.sort();
        difference(&self.expected(before), &seen, &what)
    }
}

/// Where a position went. What is put in exactly there comes before a start, and behind an end.
fn moved(at: u32, changes: &[Change], is_start: bool) -> u32 {
    let before = |change: &&Change| {
        let Span { start, end } = change.span;
        if start == end { start < at || is_start && start == at } else { end <= at }
    };
    changes.iter().filter(before).fold(at, |at, change| at + length(&change.text) - (change.span.end - change.span.start))
}

fn length(text: &str) -> u32 {
    u32::try_from(text.len()).expect("small")
}

/// What goes wrong when an edit is made on every file, for each edit.
fn each_edit(name: &str, texts: &Texts, before: &[Seen]) -> Vec<String> {
    let fault = |which: usize| {
        let (mut desk, mut dice) = (Desk::new(texts), Dice(which as u64));
        texts.keys().for_each(|path| desk.edit(path, which, &mut dice));
        desk.fault(before, &format!("{name}: {}", EDITS[which].0))
    };
    (0..EDITS.len()).filter_map(fault).collect()
}

/// Each edit on every file of a story, then mixtures of them, beside a file that has nothing to do with it.
#[test]
fn findings_move_with_the_code() {
    let mut faults = Vec::new();
    for name in STORIES {
        let texts = story(name);
        let (before, notices) = look(&texts);
        assert!(before.len() > 5 && notices.is_empty(), "{name} has findings and is sound: {notices:?}");
        faults.extend(each_edit(name, &texts, &before));
        for seed in 1..=ROUNDS {
            let (mut desk, mut dice) = (Desk::new(&texts), Dice(seed));
            for path in texts.keys() {
                for _ in 0..dice.throw(4) {
                    let which = usize::try_from(dice.throw(EDITS.len() as u64)).expect("small");
                    desk.edit(path, which, &mut dice);
                }
            }
            desk.texts.insert("a_first.py".into(), "def add(a, b):\n    return a + b\n".into());
            desk.texts.insert("tools/unrelated.py".into(), "def add(a, b):\n    return a + b\n".into());
            faults.extend(desk.fault(&before, &format!("{name}, seed {seed}")));
        }
    }
    none(&faults);
}

/// A byte order mark is no part of a text.
#[test]
fn a_byte_order_mark_changes_nothing() {
    let mut faults = Vec::new();
    for (name, texts) in STORIES.into_iter().map(|name| (name.to_owned(), story(name))).chain(pages()) {
        let (before, _) = look(&texts);
        let mark = |(path, text): (&String, &String)| {
            let is_read = Language::of_path(Path::new(path)).is_some();
            (path.clone(), if is_read { format!("\u{feff}{text}") } else { text.clone() })
        };
        let (seen, _) = look(&texts.iter().map(mark).collect());
        faults.extend(difference(&before, &seen, &name));
    }
    none(&faults);
}

/// The same on the examples of every page, each of which is there for some peculiarity of the code.
#[test]
fn findings_of_examples_move_with_the_code() {
    let mut faults = Vec::new();
    for (name, texts) in pages() {
        let (before, notices) = look(&texts);
        assert!(notices.is_empty(), "{name}: {notices:?}");
        faults.extend(each_edit(&name, &texts, &before));
    }
    none(&faults);
}

/// The edits are no empty ones: each changes some file of some story.
#[test]
fn every_edit_edits() {
    for (name, edit) in EDITS {
        let mut dice = Dice(7);
        let changed =
            STORIES.iter().flat_map(|name| story(name)).filter(|(path, text)| !changes(edit, path, text, &mut dice).is_empty());
        assert!(changed.count() > 5, "{name}");
    }
}

/// What is no empty edit gives other fingerprints: of the reported code itself, of the function around it.
#[test]
fn other_findings_have_other_names() {
    let fingerprints = |texts: &Texts| -> Vec<String> { look(texts).0.into_iter().map(|seen| seen.fingerprint).collect() };
    let texts = story("flask-shop");
    let before = fingerprints(&texts);
    for (from, to) in [("api.parcels.example", "api.other.example"), ("def ", "def new_")] {
        let mut edited = texts.clone();
        let text = edited.get_mut("shop/services/payments.py").expect("the file");
        let changed = text.replace(from, to);
        assert_ne!(*text, changed);
        *text = changed;
        let after = fingerprints(&edited);
        assert!(after.iter().any(|fingerprint| !before.contains(fingerprint)), "{from}");
    }
}
