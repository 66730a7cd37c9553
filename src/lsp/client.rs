//! What the editor can do, and what is sent to it.

use super::frames::{self, Malformed};
use super::places::Encoding;
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::notification::{LogMessage, Notification as _, PublishDiagnostics, ShowMessage};
use lsp_types::request::{Request as _, ShowDocument};
use lsp_types::{
    ClientCapabilities, Diagnostic, LogMessageParams, MarkupKind, MessageType, PublishDiagnosticsParams, ShowDocumentParams,
    ShowMessageParams, Uri,
};
use serde::Serialize;
use serde_json::json;
use std::io;

/// What the editor says it can do, as far as it makes a difference here.
#[derive(Debug, Default)]
pub(super) struct Abilities {
    pub(super) encoding: Encoding,
    /// Hovers may be Markdown.
    pub(super) markdown: bool,
    /// Diagnostics may have other places.
    pub(super) related: bool,
    /// Edits may say for which version of a document they are.
    pub(super) versioned_edits: bool,
    /// It can be asked to show a file.
    pub(super) show_document: bool,
    /// It can be asked to watch files.
    pub(super) watches: bool,
    /// Code actions may be more than the names of commands.
    pub(super) literal_actions: bool,
}

impl Abilities {
    pub(super) fn new(said: &ClientCapabilities) -> Self {
        let document = said.text_document.as_ref();
        let workspace = said.workspace.as_ref();
        let hover = document.and_then(|document| document.hover.as_ref()?.content_format.as_ref());
        let offered = said.general.as_ref().and_then(|general| general.position_encodings.as_deref());
        Self {
            encoding: Encoding::negotiated(offered.unwrap_or_default()),
            markdown: hover.is_some_and(|formats| formats.contains(&MarkupKind::Markdown)),
            related: document.and_then(|document| document.publish_diagnostics.as_ref()?.related_information).unwrap_or_default(),
            versioned_edits: workspace
                .and_then(|workspace| workspace.workspace_edit.as_ref()?.document_changes)
                .unwrap_or_default(),
            show_document: said.window.as_ref().and_then(|window| window.show_document.as_ref()).is_some_and(|show| show.support),
            watches: workspace
                .and_then(|workspace| workspace.did_change_watched_files.as_ref()?.dynamic_registration)
                .unwrap_or_default(),
            literal_actions: document
                .and_then(|document| document.code_action.as_ref())
                .is_some_and(|action| action.code_action_literal_support.is_some()),
        }
    }
}

/// The editor at the other end.
#[derive(Debug, Default)]
pub(super) struct Client {
    pub(super) can: Abilities,
    asked: i32,
    is_gone: bool,
}

impl Client {
    /// Whether nothing can be sent any more.
    pub(super) fn is_gone(&self) -> bool {
        self.is_gone
    }

    fn send(&mut self, message: impl Into<Message>) {
        let sent = message.into().write(&mut io::stdout().lock());
        self.is_gone |= sent.is_err();
    }

    pub(super) fn answer(&mut self, id: RequestId, result: impl Serialize) {
        match serde_json::to_value(result) {
            Ok(result) => self.send(Response { id, response_result: Ok(result) }),
            Err(error) => self.refuse(id, ErrorCode::InternalError, &error.to_string()),
        }
    }

    pub(super) fn refuse(&mut self, id: RequestId, code: ErrorCode, why: &str) {
        self.send(Response::new_err(id, code as i32, why.to_owned()));
    }

    /// Answer what is no message.
    pub(super) fn refuse_malformed(&mut self, malformed: &Malformed) {
        match &malformed.id {
            Some(id) => self.refuse(id.clone(), malformed.code, &malformed.why),
            None => {
                let error = json!({"code": malformed.code as i32, "message": malformed.why});
                let answer = json!({"jsonrpc": "2.0", "id": null, "error": error});
                self.is_gone |= frames::write(&mut io::stdout().lock(), &answer).is_err();
            }
        }
    }

    fn notify(&mut self, method: &str, params: impl Serialize) {
        // What cannot be serialised is a fault of ours, and telling the editor would fail the same way.
        let params = serde_json::to_value(params).unwrap_or_default();
        self.send(Notification { method: method.to_owned(), params });
    }

    /// Ask the editor for something. Nothing depends on what it answers.
    pub(super) fn ask(&mut self, method: &str, params: impl Serialize) {
        self.asked += 1;
        let params = serde_json::to_value(params).unwrap_or_default();
        self.send(Request { id: self.asked.into(), method: method.to_owned(), params });
    }

    /// Show a file to the user.
    pub(super) fn show(&mut self, uri: Uri, selection: Option<lsp_types::Range>) {
        let params = ShowDocumentParams { uri, external: None, take_focus: Some(true), selection };
        self.ask(ShowDocument::METHOD, params);
    }

    /// Say something to the user.
    pub(super) fn say(&mut self, typ: MessageType, message: String) {
        self.notify(ShowMessage::METHOD, ShowMessageParams { typ, message });
    }

    /// Write something into the editor's log.
    pub(super) fn log(&mut self, typ: MessageType, message: String) {
        self.notify(LogMessage::METHOD, LogMessageParams { typ, message });
    }

    pub(super) fn publish(&mut self, uri: Uri, diagnostics: Vec<Diagnostic>, version: Option<i32>) {
        self.notify(PublishDiagnostics::METHOD, PublishDiagnosticsParams::new(uri, diagnostics, version));
    }
}
