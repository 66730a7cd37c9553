//! Fingerprints under the edits of a working day: whatever moves, reformats, comments or renames locals in the fixture services keeps
//! every fingerprint of the real engine. Edits are drawn by a seeded generator, so that a failure can be repeated.

mod common;

use common::edits::{Dice, EDITS, STORIES, Texts, apply, story};
use scalelint::finding::Confidence;
use scalelint::scan::scan;
use scalelint::session::{Options, Session};
use std::collections::BTreeSet;
use std::fs;

/// Mixtures of edits tried on each story.
const ROUNDS: u64 = 8;

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

fn assert_same(before: &BTreeSet<(String, String, String)>, after: &BTreeSet<(String, String, String)>, what: &str) {
    let lost: Vec<_> = before.difference(after).collect();
    let new: Vec<_> = after.difference(before).collect();
    assert!(lost.is_empty() && new.is_empty(), "{what}\nlost {lost:#?}\nnew {new:#?}");
}
