//! A session that lasts: ten thousand edits, and no more memory at the end than after the first of them.

use crate::common::{FLASK, Project};
use crate::editor::Editor;
use serde_json::json;
use std::fs;

/// Edits between two pauses in which an analysis is waited for.
const BURST: usize = 250;

/// The process's memory, in KiB.
fn resident(id: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).expect("the process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[cfg(target_os = "linux")]
#[test]
fn ten_thousand_edits() {
    let project = Project::with_finding();
    let path = project.path("app.py");
    let mut editor = Editor::open_folder(project.root());
    editor.open(&path, FLASK);
    assert_eq!(editor.found(&path), [("missing-timeout".to_owned(), 9)]);
    let line = |at: u32, end: u32| json!({"start": {"line": 0, "character": at}, "end": {"line": 0, "character": end}});
    editor.change(&path, json!([{"range": line(0, 0), "text": "# \n"}]));
    let mut after_first = 0;
    for burst in 0..10_000 / BURST {
        for key in 0..BURST {
            // A key is pressed, and taken back.
            let change =
                if key % 2 == 0 { json!({"range": line(2, 2), "text": "é"}) } else { json!({"range": line(2, 3), "text": ""}) };
            editor.change(&path, json!([change]));
        }
        assert_eq!(editor.found(&path), [("missing-timeout".to_owned(), 10)], "the edits left the text as it was");
        if burst == 3 {
            after_first = resident(editor.id());
        }
    }
    let at_the_end = resident(editor.id());
    assert!(at_the_end < after_first + after_first / 4 + 8 * 1024, "{after_first} KiB became {at_the_end} KiB");
    assert_eq!(editor.quit(), Some(0));
}
