//! A scripted editor: starts the server, speaks the protocol, keeps the texts of its buffers.

use crate::common::{scalelint, wait};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// No answer on these small inputs may take longer, whatever the machine.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Editor {
    child: Child,
    input: Option<ChildStdin>,
    inbox: Receiver<Value>,
    errors: Option<JoinHandle<String>>,
    /// What came while something else was waited for.
    held: VecDeque<Value>,
    next: i32,
    versions: BTreeMap<String, (i32, String)>,
}

/// What most editors of today can do.
pub(crate) fn abilities() -> Value {
    json!({
        "general": {"positionEncodings": ["utf-16"]},
        "window": {"showDocument": {"support": true}},
        "workspace": {
            "workspaceEdit": {"documentChanges": true},
            "didChangeWatchedFiles": {"dynamicRegistration": true},
            "workspaceFolders": true,
        },
        "textDocument": {
            "hover": {"contentFormat": ["markdown", "plaintext"]},
            "publishDiagnostics": {"relatedInformation": true, "versionSupport": true},
            "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}},
        },
    })
}

pub(crate) fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

impl Editor {
    /// The server, which has been told nothing yet.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut command = scalelint(&[&["lsp"], arguments].concat());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the server starts");
        let (sender, inbox) = channel();
        let output = child.stdout.take().expect("its output");
        std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            while let Some(message) = read(&mut output) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let mut errors = child.stderr.take().expect("its errors");
        let errors = std::thread::spawn(move || {
            let mut text = String::new();
            errors.read_to_string(&mut text).expect("text");
            text
        });
        let input = child.stdin.take();
        Self { child, input, inbox, errors: Some(errors), held: VecDeque::new(), next: 0, versions: BTreeMap::new() }
    }

    /// The server with these folders, ready for work.
    pub(crate) fn open_folders(folders: &[&Path], abilities: Value, settings: Value) -> Self {
        let mut editor = Self::start(&[]);
        let folders = folders.iter().map(|path| json!({"uri": uri(path), "name": "x"})).collect::<Vec<_>>();
        let params = json!({
            "processId": null, "rootUri": null, "capabilities": abilities, "workspaceFolders": folders,
            "initializationOptions": settings,
        });
        let answer = editor.ask("initialize", params);
        assert_eq!(answer["result"]["serverInfo"]["name"], "scalelint", "{answer}");
        editor.tell("initialized", json!({}));
        editor
    }

    pub(crate) fn open_folder(folder: &Path) -> Self {
        Self::open_folders(&[folder], abilities(), Value::Null)
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Send bytes as they are.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("an open input");
        // What the server thinks of them is seen in what it says.
        let _ = input.write_all(bytes).and_then(|()| input.flush());
    }

    pub(crate) fn send(&mut self, message: &Value) {
        self.raw(framed(&message.to_string()).as_bytes());
    }

    pub(crate) fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// Ask, and give the number of the question.
    pub(crate) fn begin(&mut self, method: &str, params: Value) -> i32 {
        self.next += 1;
        self.send(&json!({"jsonrpc": "2.0", "id": self.next, "method": method, "params": params}));
        self.next
    }

    /// Ask, and wait for the answer.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.begin(method, params);
        self.answer(id)
    }

    pub(crate) fn answer(&mut self, id: i32) -> Value {
        self.wait_for(&format!("the answer to {id}"), |message| message["id"] == id && message.get("method").is_none())
    }

    /// The next message that is `wanted`; others are kept for later.
    pub(crate) fn wait_for(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.held.iter().position(&wanted) {
            return self.held.remove(at).expect("it is there");
        }
        loop {
            match self.inbox.recv_timeout(PATIENCE) {
                Ok(message) if wanted(&message) => return message,
                Ok(message) => self.held.push_back(message),
                Err(error) => panic!("no {what} ({error}); there were {:?}", self.held),
            }
        }
    }

    /// The next request of the server's by this name, answered with nothing.
    pub(crate) fn asked(&mut self, method: &str) -> Value {
        let request = self.wait_for(method, |message| message["method"] == method && message.get("id").is_some());
        self.send(&json!({"jsonrpc": "2.0", "id": request["id"], "result": null}));
        request["params"].clone()
    }

    /// Open a file with this text, which need not be what is on disk.
    pub(crate) fn open(&mut self, path: &Path, text: &str) {
        let uri = uri(path);
        self.versions.insert(uri.clone(), (1, text.to_owned()));
        let document = json!({"uri": uri, "languageId": "python", "version": 1, "text": text});
        self.tell("textDocument/didOpen", json!({"textDocument": document}));
    }

    /// Replace the whole text of an open file.
    pub(crate) fn replace(&mut self, path: &Path, text: &str) {
        self.change(path, json!([{"text": text}]));
        self.versions.get_mut(&uri(path)).expect("an open file").1 = text.to_owned();
    }

    pub(crate) fn change(&mut self, path: &Path, changes: Value) {
        let uri = uri(path);
        let version = &mut self.versions.get_mut(&uri).expect("an open file").0;
        *version += 1;
        let document = json!({"uri": uri, "version": *version});
        self.tell("textDocument/didChange", json!({"textDocument": document, "contentChanges": changes}));
    }

    pub(crate) fn text(&self, path: &Path) -> &str {
        &self.versions[&uri(path)].1
    }

    /// What is shown in an open file, for its present text.
    pub(crate) fn diagnostics(&mut self, path: &Path) -> Vec<Value> {
        let uri = uri(path);
        let version = self.versions[&uri].0;
        self.published(&uri, |params| params["version"] == version)
    }

    /// The next that is said of a file.
    pub(crate) fn published(&mut self, uri: &str, wanted: impl Fn(&Value) -> bool) -> Vec<Value> {
        let is_it = |message: &Value| {
            let params = &message["params"];
            message["method"] == "textDocument/publishDiagnostics" && params["uri"] == uri && wanted(params)
        };
        let message = self.wait_for(&format!("diagnostics of {uri}"), is_it);
        message["params"]["diagnostics"].as_array().expect("a list").clone()
    }

    /// Rules and lines, counted from 1, of what is shown in an open file.
    pub(crate) fn found(&mut self, path: &Path) -> Vec<(String, u64)> {
        found(&self.diagnostics(path))
    }

    /// What can be done at a place.
    pub(crate) fn actions(&mut self, path: &Path, line: u64, column: u64) -> Vec<Value> {
        let here = json!({"line": line, "character": column});
        let params = json!({
            "textDocument": {"uri": uri(path)},
            "range": {"start": here, "end": here},
            "context": {"diagnostics": []},
        });
        let answer = self.ask("textDocument/codeAction", params);
        answer["result"].as_array().unwrap_or_else(|| panic!("no actions: {answer}")).clone()
    }

    /// What is said at a place.
    pub(crate) fn hover(&mut self, path: &Path, line: u64, column: u64) -> Value {
        let position = json!({"line": line, "character": column});
        let answer = self.ask("textDocument/hover", json!({"textDocument": {"uri": uri(path)}, "position": position}));
        answer["result"].clone()
    }

    /// Apply the one edit of a code action, tell the server, and give the new text.
    pub(crate) fn apply(&mut self, path: &Path, action: &Value) -> String {
        let change = &action["edit"]["documentChanges"][0];
        let uri = uri(path);
        assert_eq!(change["textDocument"]["uri"], uri, "{action}");
        assert_eq!(change["textDocument"]["version"], self.versions[&uri].0, "{action}");
        let edit = &change["edits"][0];
        let at = |end: &str| {
            let position = &edit["range"][end];
            offset(self.text(path), position["line"].as_u64().expect("a line"), position["character"].as_u64().expect("a column"))
        };
        let mut text = self.text(path).to_owned();
        text.replace_range(at("start")..at("end"), edit["newText"].as_str().expect("text"));
        self.change(path, json!([{"range": edit["range"], "text": edit["newText"]}]));
        self.versions.get_mut(&uri).expect("an open file").1.clone_from(&text);
        text
    }

    /// End as the protocol says, and give the exit code.
    pub(crate) fn quit(mut self) -> Option<i32> {
        let answer = self.ask("shutdown", Value::Null);
        assert!(answer.get("result").is_some_and(Value::is_null), "{answer}");
        self.tell("exit", Value::Null);
        self.end().0
    }

    /// Close the input; the exit code, and what was written to standard error.
    pub(crate) fn end(&mut self) -> (Option<i32>, String) {
        drop(self.input.take());
        let code = wait(&mut self.child);
        (code, self.errors.take().map(|errors| errors.join().expect("text")).unwrap_or_default())
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Rules and lines, counted from 1.
pub(crate) fn found(diagnostics: &[Value]) -> Vec<(String, u64)> {
    let one = |diagnostic: &Value| {
        let rule = diagnostic["code"].as_str().unwrap_or_default().to_owned();
        (rule, diagnostic["range"]["start"]["line"].as_u64().expect("a line") + 1)
    };
    diagnostics.iter().map(one).collect()
}

pub(crate) fn framed(body: &str) -> String {
    format!("Content-Length: {}\r\n\r\n{body}", body.len())
}

/// The byte at a position counted in UTF-16.
fn offset(text: &str, line: u64, column: u64) -> usize {
    let start: usize = text.split_inclusive('\n').take(usize::try_from(line).expect("small")).map(str::len).sum();
    let mut left = usize::try_from(column).expect("small");
    let before = text[start..].chars().take_while(|c| {
        let fits = left >= c.len_utf16();
        left -= if fits { c.len_utf16() } else { 0 };
        fits
    });
    start + before.map(char::len_utf8).sum::<usize>()
}

fn read(input: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if input.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim().is_empty() {
            break;
        }
        length = line.strip_prefix("Content-Length: ")?.trim().parse().ok()?;
    }
    let mut body = vec![0; length];
    input.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}
