//! Messages as bytes: a header that says how long the body is, then JSON. `lsp_server` has the messages; it ends at a body that is no
//! JSON and takes any length, so that reading is done here.

use super::Event;
use lsp_server::{ErrorCode, Message, RequestId};
use serde_json::Value;
use std::io::{self, BufRead, Read, Write};
use std::sync::mpsc::Sender;

/// Longest header, and longest body: many times the largest file that is analysed.
const MAX_HEADER: u64 = 8 * 1024;
const MAX_BODY: u64 = 256 * 1024 * 1024;

/// What came in.
#[derive(Debug)]
pub(super) enum Incoming {
    /// A message.
    Message(Message),
    /// A body that is no message. What follows it can be read all the same.
    Malformed(Malformed),
    /// An answer to nothing that was asked. To answer an answer would never end.
    Stray,
    /// Nothing more; with a reason when that is not because the editor closed its end.
    End(Option<String>),
}

/// What is wrong with a body.
#[derive(Debug)]
pub(super) struct Malformed {
    /// Whose answer says so, where that can be told.
    pub(super) id: Option<RequestId>,
    pub(super) code: ErrorCode,
    pub(super) why: String,
}

/// Read standard input on a thread of its own, to its end.
pub(super) fn listen(events: Sender<Event>) {
    let read = move || {
        let mut input = io::stdin().lock();
        loop {
            let incoming = read(&mut input);
            let ends = matches!(incoming, Incoming::End(_));
            if events.send(Event::Incoming(incoming)).is_err() || ends {
                return;
            }
        }
    };
    let _ = std::thread::Builder::new().name("editor".into()).spawn(read);
}

/// The next message.
fn read(input: &mut impl BufRead) -> Incoming {
    let length = match header(input) {
        Ok(Some(length)) => length,
        Ok(None) => return Incoming::End(None),
        Err(why) => return Incoming::End(Some(why)),
    };
    let mut body = Vec::new();
    match input.take(length).read_to_end(&mut body) {
        Ok(read) if read as u64 == length => parse(&body),
        Ok(read) => Incoming::End(Some(format!("a message ends after {read} of {length} bytes"))),
        Err(error) => Incoming::End(Some(crate::error::reason(&error))),
    }
}

/// The length of the body, from the lines above it; none at the end of the input.
fn header(input: &mut impl BufRead) -> Result<Option<u64>, String> {
    let mut length = None;
    let mut input = input.take(MAX_HEADER);
    let mut is_first = true;
    loop {
        let mut line = Vec::new();
        input.read_until(b'\n', &mut line).map_err(|error| crate::error::reason(&error))?;
        if line.is_empty() && is_first {
            return Ok(None);
        }
        is_first = false;
        let shown = || String::from_utf8_lossy(&line[..line.len().min(60)]).trim_end().to_owned();
        let Some(text) = line.strip_suffix(b"\n") else { return Err(format!("the header ends in `{}`", shown())) };
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        if text.is_empty() {
            return length.map(Some).ok_or_else(|| "a message has no Content-Length".to_owned());
        }
        let text = std::str::from_utf8(text).ok().and_then(|text| text.split_once(':'));
        let (name, value) = text.ok_or_else(|| format!("`{}` is no line of a header", shown()))?;
        if name.trim().eq_ignore_ascii_case("content-length") {
            let bytes = value.trim().parse().ok().filter(|bytes| *bytes <= MAX_BODY);
            length = Some(bytes.ok_or_else(|| format!("`{}` is no length of a message", shown()))?);
        }
    }
}

fn parse(body: &[u8]) -> Incoming {
    let malformed = |id, code, why| Incoming::Malformed(Malformed { id, code, why });
    let value: Value = match serde_json::from_slice(body) {
        Ok(value) => value,
        Err(error) => return malformed(None, ErrorCode::ParseError, format!("the message is no JSON: {error}")),
    };
    let is_answer = value.get("method").is_none() && (value.get("result").is_some() || value.get("error").is_some());
    let id = value.get("id").filter(|id| !id.is_null()).cloned();
    match serde_json::from_value(value) {
        // An id that is neither number nor string makes a request look like a notification.
        Ok(Message::Notification(_)) if id.is_some() => {
            malformed(None, ErrorCode::InvalidRequest, "the id of a request is a number or a string".to_owned())
        }
        Err(_) if is_answer => Incoming::Stray,
        Ok(message) => Incoming::Message(message),
        Err(_) => {
            let id = id.and_then(|id| serde_json::from_value(id).ok());
            malformed(id, ErrorCode::InvalidRequest, "this is no request, notification or response".to_owned())
        }
    }
}

/// Write a body below its header.
pub(super) fn write(out: &mut impl Write, body: &Value) -> io::Result<()> {
    let text = body.to_string();
    write!(out, "Content-Length: {}\r\n\r\n{text}", text.len())?;
    out.flush()
}

/// Every message of an input in a few words, and why it ends.
pub(super) fn overheard(mut input: &[u8]) -> Vec<String> {
    let mut seen = Vec::new();
    loop {
        seen.push(match read(&mut input) {
            Incoming::Message(Message::Request(request)) => format!("{} {}", request.id, request.method),
            Incoming::Message(Message::Notification(notification)) => notification.method,
            Incoming::Message(Message::Response(response)) => format!("answer {}", response.id),
            Incoming::Malformed(malformed) => format!("{:?} {:?}", malformed.id.map(|id| id.to_string()), malformed.code),
            Incoming::Stray => "stray".to_owned(),
            Incoming::End(why) => {
                seen.push(why.unwrap_or_default());
                return seen;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(body: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    #[test]
    fn bodies_that_are_no_messages_are_passed_over() {
        let bodies = [
            r#"{"jsonrpc":"2.0","id":1,"method":"a"}"#,
            "{",
            "[]",
            r#"{"id":7,"params":{}}"#,
            r#"{"id":1.5,"method":"a"}"#,
            r#"{"id":null,"error":{"code":1,"message":"x"}}"#,
            &format!("{}1{}", "[".repeat(5000), "]".repeat(5000)),
            r#"{"method":"b"}"#,
            r#"{"id":"x","result":null}"#,
        ];
        let input = bodies.map(framed).concat();
        let none = |code: &str| format!("None {code}");
        let wanted = [
            "1 a".to_owned(),
            none("ParseError"),
            none("InvalidRequest"),
            "Some(\"7\") InvalidRequest".to_owned(),
            none("InvalidRequest"),
            "stray".to_owned(),
            none("ParseError"),
            "b".to_owned(),
            "answer \"x\"".to_owned(),
            String::new(),
        ];
        assert_eq!(overheard(input.as_bytes()), wanted);
    }

    #[test]
    fn without_a_length_nothing_more_can_be_read() {
        for (input, why) in [
            ("hello\n", "`hello` is no line of a header"),
            ("hello", "the header ends in `hello`"),
            ("Content-Type: x\r\n\r\n{}", "a message has no Content-Length"),
            ("Content-Length: 9999999999999\r\n\r\n", "`Content-Length: 9999999999999` is no length of a message"),
            ("Content-Length: -1\r\n\r\n", "`Content-Length: -1` is no length of a message"),
            ("content-length:9\n\n{}", "a message ends after 2 of 9 bytes"),
        ] {
            assert_eq!(overheard(input.as_bytes()), [why], "{input}");
        }
        let long = format!("X: {}", "x".repeat(100_000));
        assert!(overheard(long.as_bytes())[0].starts_with("the header ends in `X: xx"));
    }
}
