//! What an editor shows of a finding, and what it can do about it.

use crate::common::{FLASK, Project};
use crate::editor::{Editor, abilities, found, uri};
use serde_json::{Value, json};
use std::fs;

const CALL: &str = "requests.get('https://rates.example')";
const LIMITED: &str = "requests.get('https://rates.example', timeout=3)";

fn timeout_at(line: u64) -> Vec<(String, u64)> {
    vec![("missing-timeout".to_owned(), line)]
}

/// The text in the editor counts, saved or not: it removes a finding, adds one, and moves one.
#[test]
fn unsaved_texts_are_what_is_analysed() {
    let project = Project::with_finding();
    let path = project.path("app.py");
    let mut editor = Editor::open_folder(project.root());
    editor.open(&path, FLASK);
    assert_eq!(editor.found(&path), timeout_at(9));
    editor.replace(&path, &FLASK.replace(CALL, LIMITED));
    assert_eq!(editor.found(&path), []);
    // Back to what it was, by the keys that were pressed: one character at its place, counted in UTF-16.
    editor.replace(&path, &FLASK.replace(CALL, "'🦕', requests.get('https://rates.example', timeout=3)"));
    assert_eq!(editor.found(&path), []);
    let start = 11 + "'🦕', requests.get('https://rates.example'".encode_utf16().count();
    let range = json!({"start": {"line": 8, "character": start}, "end": {"line": 8, "character": start + 11}});
    editor.change(
        &path,
        json!([{"range": range, "text": ""}, {"range": {"start": {"line": 0, "character": 0},
        "end": {"line": 0, "character": 0}}, "text": "# first\r\n"}]),
    );
    let shown = editor.diagnostics(&path);
    assert_eq!(found(&shown), timeout_at(10));
    let columns = (&shown[0]["range"]["start"]["character"], &shown[0]["range"]["end"]["character"]);
    assert_eq!(columns, (&json!(11 + 6), &json!(11 + 6 + CALL.len())), "{shown:?}");
    assert_eq!(fs::read_to_string(&path).expect("the file"), FLASK, "nothing is written");
    assert_eq!(editor.quit(), Some(0));
}

/// A file that is not on disk, in a folder that is not, has findings too, and the disk speaks again when a file is closed.
#[test]
fn new_and_closed_files() {
    let project = Project::with_finding();
    let (new, path) = (project.path("new/deep/b.py"), project.path("app.py"));
    let mut editor = Editor::open_folder(project.root());
    editor.open(&new, FLASK);
    assert_eq!(editor.found(&new), timeout_at(9));
    editor.open(&path, "x = 1\n");
    assert_eq!(editor.found(&path), []);
    editor.tell("textDocument/didClose", json!({"textDocument": {"uri": uri(&path)}}));
    editor.open(&path, FLASK);
    assert_eq!(editor.found(&path), timeout_at(9));
    editor.tell("textDocument/didClose", json!({"textDocument": {"uri": uri(&new)}}));
    assert_eq!(editor.published(&uri(&new), |params| params.get("version").is_none()), [] as [Value; 0]);
}

/// An edit in one file changes what is found in another that is open and has not changed.
#[test]
fn an_edit_elsewhere_counts() {
    let store = "import psycopg2\n\n\ndef load():\n    return psycopg2.connect('dbname=shop')\n";
    let routes = "from flask import Flask\nimport store\n\napp = Flask(__name__)\n\n\n@app.get('/users')\ndef users():\n    \
                  return store.load().info\n";
    let project = Project::new().file("store.py", store).file("routes.py", routes);
    let (store_path, routes_path) = (project.path("store.py"), project.path("routes.py"));
    let mut editor = Editor::open_folder(project.root());
    editor.open(&store_path, store);
    let shown = editor.diagnostics(&store_path);
    assert!(found(&shown).contains(&("connection-per-request".into(), 5)), "{shown:?}");
    let finding = shown.iter().find(|shown| shown["code"] == "connection-per-request").expect("it is there");
    let related = finding["relatedInformation"].as_array().expect("other places");
    let steps = related.iter().map(|step| step["location"]["uri"].as_str().unwrap_or_default()).collect::<Vec<_>>();
    assert!(steps.contains(&uri(&routes_path).as_str()), "the path leads through the other file: {finding}");
    assert!(related[0]["message"].as_str().is_some_and(|message| message.contains("GET /users")), "{finding}");
    editor.open(&routes_path, &routes.replace("store.load().info", "'none'"));
    let shown = editor.diagnostics(&store_path);
    // Both files are published together; the first of them may still be from before.
    let shown = if found(&shown).is_empty() { shown } else { editor.diagnostics(&store_path) };
    assert!(!found(&shown).contains(&("connection-per-request".into(), 5)), "{shown:?}");
}

/// The comment is written where it silences the finding, the reason is selected, and the finding is gone.
#[test]
fn a_finding_is_suppressed_with_a_reason() {
    let project = Project::with_finding();
    let path = project.path("app.py");
    let mut editor = Editor::open_folder(project.root());
    editor.open(&path, FLASK);
    assert_eq!(editor.found(&path), timeout_at(9));
    let actions = editor.actions(&path, 8, 15);
    let titles = actions.iter().map(|action| action["title"].as_str().unwrap_or_default()).collect::<Vec<_>>();
    assert_eq!(titles[1..], ["Ignore missing-timeout here, with a reason", "Open the page of missing-timeout"]);
    let actions = &actions[1..];
    assert_eq!(actions[0]["kind"], "quickfix");
    assert_eq!(actions[0]["diagnostics"][0]["code"], "missing-timeout");
    let text = editor.apply(&path, &actions[0]);
    let comment = "# scalelint: ignore[missing-timeout] TODO: say why this is fine here";
    assert_eq!(text.lines().nth(8), Some(&*format!("    return {CALL}.json()  {comment}")));
    assert_eq!(editor.found(&path), []);
    let command = &actions[0]["command"];
    editor.ask("workspace/executeCommand", json!({"command": command["command"], "arguments": command["arguments"]}));
    let shown = editor.asked("window/showDocument");
    let columns = (&shown["selection"]["start"]["character"], &shown["selection"]["end"]["character"]);
    let line = text.lines().nth(8).expect("the line");
    let start = line.find("TODO").expect("the reason");
    assert_eq!((&shown["uri"], columns), (&json!(uri(&path)), (&json!(start), &json!(line.len()))), "{shown}");
    // Elsewhere there is nothing to do.
    assert_eq!(editor.actions(&path, 0, 0), [] as [Value; 0]);
}

/// The edit that a finding comes with is made in the text as it stands in the editor.
#[test]
fn a_finding_is_mended() {
    let project = Project::with_finding();
    let path = project.path("app.py");
    let mut editor = Editor::open_folder(project.root());
    editor.open(&path, FLASK);
    assert_eq!(editor.found(&path), timeout_at(9));
    let actions = editor.actions(&path, 8, 15);
    let title = actions[0]["title"].as_str().unwrap_or_default();
    assert!(title.starts_with("missing-timeout: "), "{title}");
    // A number that nobody chose is for somebody to look at.
    assert_eq!(actions[0]["isPreferred"], false);
    let text = editor.apply(&path, &actions[0]);
    assert!(text.lines().nth(8).is_some_and(|line| line.contains("timeout=")), "{text}");
    assert_eq!(editor.found(&path), []);
}

/// What cannot hold a comment gets none; actions of other kinds are not ours.
#[test]
fn actions_that_are_not_offered() {
    let project = Project::new();
    let path = project.path("app.py");
    let text = FLASK.replace(CALL, "requests.get(\n        'a' \\\n        'b')");
    let mut editor = Editor::open_folder(project.root());
    editor.open(&path, &text);
    assert_eq!(editor.found(&path), timeout_at(9));
    let range = json!({"start": {"line": 8, "character": 11}, "end": {"line": 8, "character": 11}});
    let context = json!({"diagnostics": [], "only": ["refactor"]});
    let answer =
        editor.ask("textDocument/codeAction", json!({"textDocument": {"uri": uri(&path)}, "range": range, "context": context}));
    assert_eq!(answer["result"], json!([]));
    // Wherever the comment goes, the text with it says the same and the finding is gone.
    let actions = editor.actions(&path, 8, 11);
    let suppress = actions.iter().find(|action| action["title"].as_str().is_some_and(|title| title.starts_with("Ignore")));
    let text = editor.apply(&path, suppress.expect("a suppression"));
    assert!(text.contains("# scalelint: ignore[missing-timeout]"), "{text}");
    assert_eq!(editor.found(&path), []);
}

/// The page is at the finding, as Markdown or as plain text, and can be opened whole without a network.
#[test]
fn pages_are_at_hand() {
    let project = Project::with_finding();
    let path = project.path("app.py");
    let mut editor = Editor::open_folder(project.root());
    editor.open(&path, FLASK);
    let hover = editor.hover(&path, 8, 20);
    let text = hover["contents"]["value"].as_str().expect("a page");
    assert_eq!(hover["contents"]["kind"], "markdown");
    assert_eq!(hover["range"]["start"], json!({"line": 8, "character": 11}));
    for part in ["**missing-timeout**: requests.get", "### Why it does not scale", "### What to do instead", "help:"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(editor.hover(&path, 0, 0), Value::Null);
    editor.ask("workspace/executeCommand", json!({"command": "scalelint.openPage", "arguments": ["missing-timeout"]}));
    let shown = editor.asked("window/showDocument");
    let file = shown["uri"].as_str().and_then(|uri| uri.strip_prefix("file://")).expect("a file").to_owned();
    let page = fs::read_to_string(&file).expect("the page");
    assert_eq!(page, include_str!("../../rules/missing-timeout.md"));
    assert_eq!(editor.quit(), Some(0));
    assert!(fs::metadata(&file).is_err(), "pages go when the server does");

    let mut plain = abilities();
    plain["textDocument"]["hover"]["contentFormat"] = json!(["plaintext"]);
    plain["window"] = json!({});
    plain["general"] = json!({"positionEncodings": ["utf-32", "utf-8", "utf-16"]});
    let mut editor = Editor::open_folders(&[project.root()], plain, Value::Null);
    editor.open(&path, &FLASK.replace(CALL, &format!("'🦕é', {CALL}")));
    let shown = editor.diagnostics(&path);
    assert_eq!(shown[0]["range"]["start"]["character"], 11 + "'🦕é', ".len(), "columns are bytes when that was agreed on");
    let hover = editor.hover(&path, 8, 30);
    assert_eq!(hover["contents"]["kind"], "plaintext");
    assert!(hover["contents"]["value"].as_str().is_some_and(|text| text.contains("requests.get waits")), "{hover}");
    editor.ask("workspace/executeCommand", json!({"command": "scalelint.openPage", "arguments": ["missing-timeout"]}));
    let said = editor.wait_for("a message", |message| message["method"] == "window/showMessage");
    assert!(said["params"]["message"].as_str().is_some_and(|text| text.contains("scalelint explain missing-timeout")), "{said}");
}
