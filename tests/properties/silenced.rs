//! What is silenced and given its voice back is as it was, byte for byte.

use super::common::edits::{Dice, EDITS, STORIES, Texts, apply, story};
use super::common::{Project, json};
use super::write;
use std::fs;

const REASON: &str = "lived with until the move";

const EVERYTHING: [&str; 7] = ["check", "--select", "all", "--min-confidence", "low", "--format", "json"];

/// The files of a project as they are on disk.
fn read(project: &Project, texts: &Texts) -> Texts {
    texts.keys().map(|path| (path.clone(), fs::read_to_string(project.path(path)).expect("a text"))).collect()
}

/// A text without the comments that silence for our reason.
fn unsilenced(text: &str) -> String {
    let line = |line: &str| {
        let Some((before, comment)) = line.split_once("scalelint: ignore") else { return line.to_owned() };
        let Some((_, after)) = comment.split_once(REASON) else { return line.to_owned() };
        let code = before.trim_end().trim_end_matches(['#', '/', '-', ';']);
        // A comment on a line of its own goes with the line.
        if code.trim().is_empty() { String::new() } else { format!("{}{after}", code.strip_suffix("  ").unwrap_or(code)) }
    };
    text.split_inclusive('\n').map(line).collect()
}

#[test]
fn silencing_and_unsilencing_changes_nothing() {
    for name in STORIES {
        for (edited, seed) in [("as it is", 0), ("with Windows line ends", 1), ("edited", 2), ("with byte order marks", 3)] {
            let mut dice = Dice(seed);
            let edit = |(path, text): (String, String)| {
                let text = match seed {
                    1 => apply(EDITS[1].1, &path, &text, &mut dice),
                    2 => EDITS.iter().fold(text, |text, (_, edit)| apply(*edit, &path, &text, &mut dice)),
                    3 if path.ends_with(".py") || path.ends_with(".rs") => format!("\u{feff}{text}"),
                    _ => text,
                };
                (path, text)
            };
            let texts: Texts = story(name).into_iter().map(edit).collect();
            let project = Project::new();
            write(&texts, project.root());
            let before = project.run(&EVERYTHING);
            let found = json(&before.out)["summary"]["findings"].as_u64().expect("a number");
            assert!(found > 5, "{name} {edited}: {}", before.err);

            let run = project.run(&[&EVERYTHING[..], &["--add-ignores", "--reason", REASON]].concat());
            let silenced = read(&project, &texts);
            assert!(silenced != texts, "{name} {edited}: {}", run.err);
            let report = json(&run.out);
            let summary = |key: &str| report["summary"][key].as_u64().expect("a number");
            let already = json(&before.out)["summary"]["suppressed"].as_u64().expect("a number");
            assert_eq!(summary("findings") + summary("suppressed"), found + already, "{name} {edited}: {}", run.err);
            // What was silenced stays so, and again there is nothing to do.
            assert_eq!(json(&project.run(&EVERYTHING).out), report, "{name} {edited}");

            let back: Texts = silenced.iter().map(|(path, text)| (path.clone(), unsilenced(text))).collect();
            for (path, text) in &back {
                assert_eq!(*text, texts[path], "{name} {edited}: {path}");
            }
            write(&back, project.root());
            assert_eq!(project.run(&EVERYTHING).out, before.out, "{name} {edited}");
        }
    }
}
