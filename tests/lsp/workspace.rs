//! Folders, configuration and files that change on disk.

use crate::common::{FLASK, Project};
use crate::editor::{Editor, abilities, found, uri};
use serde_json::{Value, json};
use std::fs;

fn timeout() -> Vec<(String, u64)> {
    vec![("missing-timeout".to_owned(), 9)]
}

/// Each folder is a project with its own configuration; they come and go.
#[test]
fn two_folders() {
    let quiet = Project::with_finding().file("scalelint.toml", "ignore = [\"missing-timeout\"]\n");
    let (plain, third) = (Project::with_finding(), Project::with_finding());
    let everywhere = json!({"diagnosticMode": "workspace"});
    let mut editor = Editor::open_folders(&[quiet.root(), plain.root()], abilities(), everywhere);
    let plain_uri = uri(&plain.path("app.py"));
    assert_eq!(found(&editor.published(&plain_uri, |_| true)), timeout());
    editor.open(&quiet.path("app.py"), FLASK);
    assert_eq!(editor.found(&quiet.path("app.py")), []);
    let folder = |project: &Project| json!({"uri": uri(project.root()), "name": "x"});
    let event = json!({"added": [folder(&third)], "removed": [folder(&plain)]});
    editor.tell("workspace/didChangeWorkspaceFolders", json!({"event": event}));
    assert_eq!(editor.published(&plain_uri, |_| true), [] as [Value; 0], "what is not in the workspace is not shown");
    assert_eq!(found(&editor.published(&uri(&third.path("app.py")), |_| true)), timeout());
    editor.tell("workspace/didChangeConfiguration", json!({"settings": {"scalelint": {"diagnosticMode": "openFilesOnly"}}}));
    assert_eq!(editor.published(&uri(&third.path("app.py")), |_| true), [] as [Value; 0]);
    assert_eq!(editor.quit(), Some(0));
}

/// A project inside of another speaks for its own files, with its own configuration.
#[test]
fn a_project_inside_of_another() {
    let project = Project::with_finding()
        .file("inner/app.py", FLASK)
        .file("inner/scalelint.toml", "[rules.missing-timeout]\nlevel = \"error\"\n");
    let mut editor = Editor::open_folder(project.root());
    let (outer, inner) = (project.path("app.py"), project.path("inner/app.py"));
    editor.open(&outer, FLASK);
    editor.open(&inner, FLASK);
    assert_eq!(editor.diagnostics(&outer)[0]["severity"], 2);
    let shown = editor.diagnostics(&inner);
    assert!(shown.len() == 1 && shown[0]["severity"] == 1, "{shown:?}");
}

/// An error of the configuration is shown in the file it is in, saved or not, and goes when it is mended.
#[test]
fn the_configuration_is_checked_and_read_again() {
    let project = Project::with_finding().file("scalelint.toml", "min-confidence = \"medium\"\nselct = [\"all\"]\n");
    let (path, settings) = (project.path("app.py"), project.path("scalelint.toml"));
    let mut editor = Editor::open_folder(project.root());
    editor.open(&path, FLASK);
    assert_eq!(editor.found(&path), []);
    let shown = editor.published(&uri(&settings), |_| true);
    assert_eq!(shown[0]["range"], json!({"start": {"line": 1, "character": 0}, "end": {"line": 1, "character": 5}}), "{shown:?}");
    let message = shown[0]["message"].as_str().expect("a message");
    assert!(message.contains("unknown key `selct`") && message.contains("help: did you mean `select`?"), "{message}");
    // Mended in the editor, and not saved.
    editor.open(&settings, "ignore = [\"missing-timeout\"]\n");
    assert_eq!(editor.found(&settings), []);
    editor.replace(&settings, "ignore = []\n");
    assert_eq!(editor.found(&settings), []);
    let shown = editor.published(&uri(&path), |params| params["diagnostics"] != json!([]));
    assert_eq!(found(&shown), timeout());
    // Closed: what is on disk holds again, which is another file by now.
    fs::write(&settings, "[rules.missing-timeout]\nlevel = \"note\"\n").expect("a file");
    editor.tell("textDocument/didClose", json!({"textDocument": {"uri": uri(&settings)}}));
    let shown = editor.published(&uri(&path), |params| params["diagnostics"][0]["severity"] == 3);
    assert_eq!(shown[0]["severity"], 3, "{shown:?}");
}

/// Files that are not open are watched by the editor, which is asked to.
#[test]
fn changes_on_disk_are_seen() {
    let project = Project::with_finding();
    let (path, settings) = (project.path("app.py"), project.path("scalelint.toml"));
    let mut editor = Editor::open_folder(project.root());
    let asked = editor.asked("client/registerCapability");
    let registration = &asked["registrations"][0];
    assert_eq!(registration["method"], "workspace/didChangeWatchedFiles");
    let globs = registration["registerOptions"]["watchers"].to_string();
    assert!(globs.contains("toml") && globs.contains("Dockerfile"), "{globs}");
    editor.open(&path, FLASK);
    assert_eq!(editor.found(&path), timeout());
    fs::write(&settings, "ignore = [\"missing-timeout\"]\n").expect("a file");
    editor.tell("workspace/didChangeWatchedFiles", json!({"changes": [{"uri": uri(&settings), "type": 1}]}));
    assert_eq!(editor.found(&path), []);
}

/// What belongs to no project, and what is no file, is left alone; names are escaped in one way or the other.
#[test]
fn odd_documents() {
    let project = Project::new().file("[id]/a b.py", FLASK);
    let mut editor = Editor::open_folder(project.root());
    for other in ["untitled:Untitled-1", "git:/x/app.py", "file:///nowhere/app.py"] {
        let document = json!({"uri": other, "languageId": "python", "version": 1, "text": FLASK});
        editor.tell("textDocument/didOpen", json!({"textDocument": document}));
    }
    let raw = format!("file://{}/[id]/a%20b.py", project.root().display());
    let document = json!({"uri": raw, "languageId": "python", "version": 1, "text": FLASK});
    editor.tell("textDocument/didOpen", json!({"textDocument": document}));
    let escaped = raw.replace('[', "%5B").replace(']', "%5D");
    assert_eq!(found(&editor.published(&escaped, |_| true)), timeout());
    let position = json!({"line": 8, "character": 12});
    for name in [&raw, &escaped] {
        let answer = editor.ask("textDocument/hover", json!({"textDocument": {"uri": name}, "position": position}));
        assert!(answer["result"]["contents"]["value"].is_string(), "{answer}");
    }
}

/// A folder that was opened through a link is the folder it leads to, and the editor hears of its files by the names it knows.
#[cfg(unix)]
#[test]
fn folders_behind_links() {
    let (project, links) = (Project::with_finding(), Project::new());
    let link = links.path("service");
    std::os::unix::fs::symlink(project.root(), &link).expect("a link");
    let mut editor = Editor::open_folder(&link);
    let path = link.join("app.py");
    editor.open(&path, &FLASK.replace("'https://rates.example'", "'https://rates.example', timeout=1"));
    assert_eq!(editor.found(&path), []);
    editor.replace(&path, FLASK);
    assert_eq!(editor.found(&path), timeout());
    let actions = editor.actions(&path, 8, 12);
    editor.apply(&path, &actions[0]);
    assert_eq!(editor.found(&path), []);
}
