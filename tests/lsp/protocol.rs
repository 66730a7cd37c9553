//! The protocol's own rules: order, errors, cancellation, malformed messages, exit codes.

use crate::common::{FLASK, Project};
use crate::editor::{Editor, abilities, framed, uri};
use serde_json::{Value, json};

#[test]
fn what_comes_at_the_wrong_time_is_refused() {
    let mut editor = Editor::start(&["--stdio"]);
    assert_eq!(editor.ask("textDocument/hover", json!({}))["error"]["code"], -32002);
    assert_eq!(editor.ask("shutdown", Value::Null)["error"]["code"], -32002);
    editor.tell("textDocument/didOpen", json!({"textDocument": {"uri": "file:///x.py"}}));
    assert_eq!(editor.ask("initialize", json!({"capabilities": 1}))["error"]["code"], -32602);
    let answer = editor.ask("initialize", json!({"processId": null, "rootUri": null, "capabilities": {}}));
    let able = &answer["result"]["capabilities"];
    assert_eq!(able["positionEncoding"], "utf-16", "{answer}");
    assert_eq!((&able["textDocumentSync"]["change"], &able["hoverProvider"]), (&json!(2), &json!(true)), "{answer}");
    assert_eq!(able["workspace"]["workspaceFolders"]["supported"], true, "{answer}");
    assert_eq!(editor.ask("initialize", json!({"capabilities": {}}))["error"]["code"], -32600);
    assert_eq!(editor.ask("textDocument/rename", json!({}))["error"]["code"], -32601);
    assert_eq!(editor.ask("$/nothing", json!({}))["error"]["code"], -32601);
    assert_eq!(editor.ask("textDocument/hover", json!({"textDocument": 1}))["error"]["code"], -32602);
    assert_eq!(editor.ask("workspace/executeCommand", json!({"command": "rm"}))["error"]["code"], -32602);
    editor.tell("$/setTrace", json!({"value": "off"}));
    assert!(editor.ask("shutdown", Value::Null)["result"].is_null());
    assert_eq!(editor.ask("textDocument/hover", json!({}))["error"]["code"], -32600);
    editor.tell("exit", Value::Null);
    assert_eq!(editor.end(), (Some(0), String::new()));
}

/// `exit` without `shutdown`, and an input that simply ends, are no orderly ends.
#[test]
fn ends_without_shutdown() {
    let mut editor = Editor::start(&[]);
    editor.tell("exit", Value::Null);
    assert_eq!(editor.end().0, Some(1));
    let mut editor = Editor::start(&[]);
    assert_eq!(editor.end(), (Some(1), String::new()));
}

/// A body that is no message is answered and passed over; what comes after it is served.
#[test]
fn malformed_bodies_are_survived() {
    let project = Project::with_finding();
    let path = project.path("app.py");
    let mut editor = Editor::open_folder(project.root());
    for (body, code) in [("{\"jsonrpc\":", -32700), ("[1, 2]", -32600), ("\"text\"", -32600), ("\u{1}\u{2}", -32700)] {
        editor.raw(framed(body).as_bytes());
        let answer = editor.wait_for("an error", |message| message.get("error").is_some());
        assert_eq!((&answer["id"], &answer["error"]["code"]), (&Value::Null, &json!(code)), "{body}");
    }
    editor.raw(b"Content-Length: 2\r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n\xff\xfe");
    assert_eq!(editor.wait_for("an error", |message| message.get("error").is_some())["error"]["code"], -32700);
    // A notification has no answer, so that what is wrong with it goes to the log.
    editor.tell("textDocument/didOpen", json!({"textDocument": {"uri": "no uri"}}));
    editor
        .tell("textDocument/didChange", json!({"textDocument": {"uri": "file:///none.py", "version": 2}, "contentChanges": []}));
    for _ in 0..2 {
        let said = editor.wait_for("a line of the log", |message| message["method"] == "window/logMessage");
        assert!(said["params"]["message"].as_str().is_some_and(|text| text.contains("was not understood")), "{said}");
    }
    editor.open(&path, FLASK);
    // A range that is nowhere is at the end.
    let far = json!({"start": {"line": 900, "character": 7}, "end": {"line": 901, "character": 7}});
    editor.change(&path, json!([{"range": far, "text": "# end\n"}]));
    assert_eq!(editor.found(&path), [("missing-timeout".to_owned(), 9)]);
    assert_eq!(editor.quit(), Some(0));
}

/// Without a length nobody knows where the next message begins.
#[test]
fn a_broken_header_is_a_clear_end() {
    for (bytes, why) in [
        (&b"check app.py\r\n"[..], "`check app.py` is no line of a header"),
        (b"Content-Length: 10\r\n\r\n{}", "a message ends after 2 of 10 bytes"),
        (b"Content-Length: 99999999999\r\n\r\n", "is no length of a message"),
        (b"Content-Type: \x1b[2J\r\n\r\n", "a message has no Content-Length"),
    ] {
        let mut editor = Editor::start(&[]);
        editor.raw(bytes);
        let (code, text) = editor.end();
        assert_eq!(code, Some(2), "{text}");
        assert!(text.contains(why) && text.contains("started by an editor") && !text.contains('\u{1b}'), "{text}");
    }
}

/// A question about a text that is not analysed yet waits, and can be taken back; one that is not taken back is answered for the new
/// text.
#[test]
fn questions_are_cancelled() {
    let project = Project::with_finding();
    let path = project.path("app.py");
    let mut editor = Editor::open_folder(project.root());
    editor.open(&path, "x = 1\n");
    assert_eq!(editor.found(&path), []);
    editor.replace(&path, FLASK);
    let params = json!({"textDocument": {"uri": uri(&path)}, "position": {"line": 8, "character": 12}});
    let taken_back = editor.begin("textDocument/hover", params.clone());
    let kept = editor.begin("textDocument/hover", params);
    editor.tell("$/cancelRequest", json!({"id": taken_back}));
    editor.tell("$/cancelRequest", json!({"id": "nobody's"}));
    assert_eq!(editor.answer(taken_back)["error"]["code"], -32800);
    let answer = editor.answer(kept);
    assert!(answer["result"]["contents"]["value"].as_str().is_some_and(|text| text.contains("missing-timeout")), "{answer}");
    // One that is answered cannot be taken back, and that is no error.
    editor.tell("$/cancelRequest", json!({"id": kept}));
    // What still waits at the end is refused, not forgotten.
    editor.replace(&path, "x = 2\n");
    let open =
        editor.begin("textDocument/hover", json!({"textDocument": {"uri": uri(&path)}, "position": {"line": 0, "character": 0}}));
    let end = editor.begin("shutdown", Value::Null);
    assert_eq!(editor.answer(open)["error"]["code"], -32800);
    assert!(editor.answer(end)["result"].is_null());
}

/// An editor of few abilities gets what it can use.
#[test]
fn old_editors_are_served() {
    let project = Project::with_finding();
    let path = project.path("app.py");
    let mut able = abilities();
    able["textDocument"] = json!({});
    able["workspace"] = json!({});
    let mut editor = Editor::start(&[]);
    editor.ask("initialize", json!({"processId": 1, "rootPath": project.root(), "capabilities": able}));
    editor.tell("initialized", json!({}));
    editor.open(&path, FLASK);
    let shown = editor.diagnostics(&path);
    assert!(shown.len() == 1 && shown[0].get("relatedInformation").is_none(), "{shown:?}");
    let actions = editor.actions(&path, 8, 12);
    assert_eq!(actions.len(), 1, "{actions:?}");
    assert_eq!(actions[0]["command"], "scalelint.openPage");
}
