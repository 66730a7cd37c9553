//! The loop: what comes in is dealt with one thing at a time and in its order. The longest of them, an analysis, is done elsewhere.

use super::actions::{self, OPEN_PAGE, SELECT};
use super::client::{Abilities, Client};
use super::diagnostics::Shown;
use super::documents::{Document, Documents};
use super::frames::Incoming;
use super::handshake::{self, Mode};
use super::projects::Projects;
use super::worker::{Job, Outcome, Worker};
use super::{Event, hover, uris};
use crate::error::Error;
use crate::finding::Finding;
use crate::session::Options;
use crate::walk::{Tree, root};
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId};
use lsp_types::notification::{
    Cancel, DidChangeConfiguration, DidChangeTextDocument, DidChangeWatchedFiles, DidChangeWorkspaceFolders,
    DidCloseTextDocument, DidOpenTextDocument, DidSaveTextDocument, Exit, Initialized, Notification as _,
};
use lsp_types::request::{
    CodeActionRequest, ExecuteCommand, HoverRequest, Initialize, RegisterCapability, Request as _, Shutdown,
};
use lsp_types::{
    CodeActionOrCommand, CodeActionParams, Diagnostic, DidChangeConfigurationParams, DidChangeTextDocumentParams,
    DidChangeWatchedFilesParams, DidChangeWorkspaceFoldersParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams,
    ExecuteCommandParams, Hover, HoverParams, InitializeParams, MessageType, Range, Uri,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// How long nothing changes before an analysis begins: between two keys of somebody who types.
const PAUSE: Duration = Duration::from_millis(150);

/// How far the two sides are with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// `initialize` has not come.
    New,
    Running,
    /// After `shutdown`.
    Ending,
}

/// Everything that is known.
pub(super) struct Server {
    options: Options,
    client: Client,
    phase: Phase,
    documents: Documents,
    projects: Projects,
    worker: Worker,
    /// Counts what changes the outcome of an analysis.
    state: u64,
    /// When to analyse; none when everything is analysed, or is being.
    due: Option<Instant>,
    /// Questions about what is not analysed yet.
    waiting: Vec<Request>,
    /// Pages that were shown, for as long as we run.
    pages: Option<tempfile::TempDir>,
}

/// Why a request is refused.
type Refusal = (ErrorCode, String);

impl Server {
    pub(super) fn new(options: Options, worker: Worker) -> Self {
        Self {
            options,
            client: Client::default(),
            phase: Phase::New,
            documents: Documents::default(),
            projects: Projects::default(),
            worker,
            state: 0,
            due: None,
            waiting: Vec::new(),
            pages: None,
        }
    }

    /// Run to the end, and give the exit code that the protocol asks for: 0 after `shutdown`, else 1.
    pub(super) fn run(mut self, inbox: &Receiver<Event>) -> Result<u8, Error> {
        while !self.client.is_gone() {
            let event = match self.due.filter(|_| !self.worker.is_busy()) {
                None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(due) => inbox.recv_timeout(due.saturating_duration_since(Instant::now())),
            };
            match event {
                Ok(Event::Incoming(Incoming::Message(Message::Notification(last)))) if last.method == Exit::METHOD => break,
                Ok(Event::Incoming(Incoming::End(None))) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(Event::Incoming(Incoming::End(Some(why)))) => {
                    return Err(Error::Usage {
                        message: format!(
                            "standard input does not speak the Language Server Protocol: {}",
                            crate::terminal::visible(&why)
                        ),
                        advice: "this command is started by an editor; docs/editors.md says how".into(),
                    });
                }
                Ok(Event::Incoming(incoming)) => self.incoming(incoming),
                Ok(Event::Analysed(outcome)) => self.analysed(outcome),
                Err(RecvTimeoutError::Timeout) => self.analyse(),
            }
        }
        Ok(u8::from(self.phase != Phase::Ending))
    }

    fn incoming(&mut self, incoming: Incoming) {
        match incoming {
            Incoming::Message(Message::Request(request)) => self.request(request),
            Incoming::Message(Message::Notification(notification)) if self.phase == Phase::Running => {
                let method = notification.method.clone();
                if let Err(why) = self.notification(notification) {
                    self.client.log(MessageType::ERROR, format!("{method} was not understood: {why}"));
                }
            }
            Incoming::Malformed(malformed) => self.client.refuse_malformed(&malformed),
            // Notifications out of their time are dropped, as the protocol says. Nothing depends on what the editor answers.
            Incoming::Message(_) | Incoming::Stray | Incoming::End(_) => {}
        }
    }

    fn request(&mut self, request: Request) {
        let refused = match (self.phase, request.method.as_str()) {
            (Phase::New, Initialize::METHOD) => return self.initialize(request),
            (Phase::New, _) => (ErrorCode::ServerNotInitialized, "`initialize` comes first".to_owned()),
            (Phase::Ending, _) => (ErrorCode::InvalidRequest, "nothing but `exit` comes after `shutdown`".to_owned()),
            (Phase::Running, Initialize::METHOD) => (ErrorCode::InvalidRequest, "`initialize` has come already".to_owned()),
            (Phase::Running, Shutdown::METHOD) => return self.shutdown(request.id),
            (Phase::Running, HoverRequest::METHOD | CodeActionRequest::METHOD) => {
                if self.due.is_some() || self.worker.is_busy() {
                    self.waiting.push(request);
                } else {
                    self.answer(request);
                }
                return;
            }
            (Phase::Running, ExecuteCommand::METHOD) => match params(request.params).and_then(|params| self.execute(params)) {
                Ok(()) => return self.client.answer(request.id, Value::Null),
                Err(refusal) => refusal,
            },
            (Phase::Running, method) => (ErrorCode::MethodNotFound, format!("there is no method `{method}` here")),
        };
        self.client.refuse(request.id, refused.0, &refused.1);
    }

    fn initialize(&mut self, request: Request) {
        let params: InitializeParams = match params(request.params) {
            Ok(params) => params,
            Err((code, why)) => return self.client.refuse(request.id, code, &why),
        };
        self.client.can = Abilities::new(&params.capabilities);
        self.projects.folders = handshake::folders(&params).into_iter().collect();
        self.phase = Phase::Running;
        self.client.answer(request.id, handshake::answer(self.client.can.encoding));
        self.configure(&params.initialization_options.unwrap_or_default());
    }

    /// What the editor is set to; what it does not speak of stays as it is.
    fn configure(&mut self, settings: &Value) {
        match Mode::of_settings(settings) {
            Ok(mode) => self.projects.mode = mode.unwrap_or(self.projects.mode),
            Err(why) => self.client.say(MessageType::WARNING, why),
        }
    }

    fn shutdown(&mut self, id: RequestId) {
        self.phase = Phase::Ending;
        self.worker.stop();
        self.due = None;
        for request in std::mem::take(&mut self.waiting) {
            self.client.refuse(request.id, ErrorCode::RequestCanceled, "the server is shutting down");
        }
        self.client.answer(id, Value::Null);
    }

    fn notification(&mut self, notification: Notification) -> Result<(), String> {
        let mut given = notification.params;
        mend(&mut given);
        match notification.method.as_str() {
            Initialized::METHOD => {
                if self.client.can.watches {
                    self.client.ask(RegisterCapability::METHOD, handshake::watchers());
                }
                self.touch(None);
            }
            Cancel::METHOD => self.cancel(&given),
            DidOpenTextDocument::METHOD => {
                let params: DidOpenTextDocumentParams = read(given)?;
                let path = self.documents.open(params.text_document);
                path.into_iter().for_each(|path| self.touch(Some(&path)));
            }
            DidChangeTextDocument::METHOD => {
                let params: DidChangeTextDocumentParams = read(given)?;
                let encoding = self.client.can.encoding;
                let path = self.documents.change(&params.text_document, params.content_changes, encoding);
                let path = path.ok_or("the document is not open")?.to_path_buf();
                self.touch(Some(&path));
            }
            DidCloseTextDocument::METHOD => {
                let params: DidCloseTextDocumentParams = read(given)?;
                let path = self.documents.close(&params.text_document.uri);
                path.into_iter().for_each(|path| self.touch(Some(&path)));
            }
            // What is open is known already. An editor that does not watch files says in this way that something has happened.
            DidSaveTextDocument::METHOD if !self.client.can.watches => self.touch(None),
            DidChangeWatchedFiles::METHOD => self.files_changed(read(given)?),
            DidChangeConfiguration::METHOD => {
                let params: DidChangeConfigurationParams = read(given)?;
                self.configure(&params.settings);
                self.touch(None);
            }
            DidChangeWorkspaceFolders::METHOD => {
                let DidChangeWorkspaceFoldersParams { event } = read(given)?;
                let real = |uri: &Uri| uris::path_of(uri).map(|path| root::real(&path));
                for folder in event.removed.iter().filter_map(|folder| real(&folder.uri)) {
                    self.projects.folders.remove(&folder);
                }
                self.projects.folders.extend(event.added.iter().filter_map(|folder| real(&folder.uri)));
                self.touch(None);
            }
            _ => {}
        }
        Ok(())
    }

    /// Files have changed on disk. That of an open one does not count: the editor's text does.
    fn files_changed(&mut self, params: DidChangeWatchedFilesParams) {
        for path in params.changes.iter().filter_map(|change| uris::path_of(&change.uri)).map(|path| root::real(&path)) {
            if self.documents.at(&path).is_none() {
                self.touch(Some(&path));
            }
        }
    }

    /// Something has changed at `path`; anywhere when there is none. The present analysis is of what was before.
    fn touch(&mut self, path: Option<&std::path::Path>) {
        self.projects.change(path);
        self.state += 1;
        self.worker.stop();
        self.due = Some(Instant::now() + PAUSE);
    }

    fn cancel(&mut self, given: &Value) {
        let id: Option<RequestId> = given.get("id").cloned().and_then(|id| serde_json::from_value(id).ok());
        // One that is answered already is none of our business any more.
        let at = self.waiting.iter().position(|request| Some(&request.id) == id.as_ref());
        if let Some(request) = at.map(|at| self.waiting.remove(at)) {
            self.client.refuse(request.id, ErrorCode::RequestCanceled, "cancelled");
        }
    }

    fn tree(&self) -> Tree {
        Tree::Buffers(Arc::new(self.documents.buffers()))
    }

    /// Begin to analyse what has changed.
    fn analyse(&mut self) {
        self.due = None;
        let roots = self.projects.due(&self.documents);
        if roots.is_empty() {
            return self.settle();
        }
        let options = Options { tree: self.tree(), ..self.options.clone() };
        self.worker.begin(Job { state: self.state, known: self.projects.roots(&roots), roots, options });
    }

    fn analysed(&mut self, outcome: Outcome) {
        self.worker.finished();
        // Something has changed since: there is a time set for the next one.
        if outcome.state != self.state || self.phase != Phase::Running {
            return;
        }
        let tree = self.tree();
        for (root, analysed) in outcome.projects {
            self.projects.learn(root, analysed, &tree, &self.documents, &mut self.client);
        }
        self.settle();
    }

    /// Everything is analysed: say what there is, and answer what waits for it.
    fn settle(&mut self) {
        self.projects.publish(&self.documents, &mut self.client);
        for request in std::mem::take(&mut self.waiting) {
            self.answer(request);
        }
    }

    /// Answer a question about what is analysed.
    fn answer(&mut self, request: Request) {
        let mut given = request.params;
        mend(&mut given);
        let answer = match request.method.as_str() {
            HoverRequest::METHOD => params(given).map(|params| serde_json::to_value(self.hover(&params))),
            _ => params(given).map(|params| serde_json::to_value(self.actions(&params))),
        };
        match answer {
            Ok(answer) => self.client.answer(request.id, answer.unwrap_or_default()),
            Err((code, why)) => self.client.refuse(request.id, code, &why),
        }
    }

    fn hover(&self, params: &HoverParams) -> Option<Hover> {
        let at = &params.text_document_position_params;
        let here = Range::new(at.position, at.position);
        let (_, findings) = self.found(&at.text_document.uri, here)?;
        let range = findings.first()?.1.range;
        let findings = findings.iter().map(|(finding, _)| *finding).collect::<Vec<_>>();
        hover::of(&findings, range, &self.client.can)
    }

    fn actions(&self, params: &CodeActionParams) -> Vec<CodeActionOrCommand> {
        if !actions::are_wanted(params.context.only.as_deref()) {
            return Vec::new();
        }
        let Some((analysed, findings)) = self.found(&params.text_document.uri, params.range) else { return Vec::new() };
        analysed.actions(&findings)
    }

    /// The findings of a document that touch a range.
    fn found(&self, uri: &Uri, range: Range) -> Option<(actions::Analysed<'_>, Vec<(&Finding, &Diagnostic)>)> {
        let document: &Document = self.documents.get(uri)?;
        let (project, shown) = self.projects.of(&document.path)?;
        let (session, report) = project.analysis.as_ref()?;
        let here = shown.iter().filter(|shown| actions::touch(shown.diagnostic.range, range));
        let finding = |shown: &'_ Shown| shown.finding.and_then(|at| report.findings.get(at));
        let findings = here.filter_map(|shown| Some((finding(shown)?, &shown.diagnostic))).collect();
        Some((actions::Analysed { document, session, report, can: &self.client.can }, findings))
    }

    fn execute(&mut self, params: ExecuteCommandParams) -> Result<(), Refusal> {
        let wrong = |why: &str| (ErrorCode::InvalidParams, why.to_owned());
        match (params.command.as_str(), params.arguments.as_slice()) {
            (OPEN_PAGE, [Value::String(rule)]) => {
                let page = hover::page(rule).ok_or_else(|| wrong("there is no such rule"))?;
                self.open_page(rule, page).map_err(|error| (ErrorCode::RequestFailed, crate::error::reason(&error)))
            }
            (SELECT, [uri, range]) => {
                let uri: Uri = self::params(uri.clone())?;
                let range: Range = self::params(range.clone())?;
                if self.client.can.show_document {
                    self.client.show(uri, Some(range));
                }
                Ok(())
            }
            (OPEN_PAGE | SELECT, _) => Err(wrong("these are not the arguments of this command")),
            (other, _) => Err(wrong(&format!("there is no command `{other}`"))),
        }
    }

    /// Show the page of a rule: as a file, so that no network is needed.
    fn open_page(&mut self, rule: &str, page: &str) -> std::io::Result<()> {
        if !self.client.can.show_document {
            self.client.say(MessageType::INFO, format!("`scalelint explain {rule}` prints the page in a terminal"));
            return Ok(());
        }
        let folder = match self.pages.take() {
            Some(folder) => folder,
            None => tempfile::Builder::new().prefix("scalelint-pages-").tempdir()?,
        };
        let path = folder.path().join(format!("{rule}.md"));
        self.pages = Some(folder);
        crate::atomic::write(&path, page.as_bytes())?;
        uris::uri_of(&path).into_iter().for_each(|uri| self.client.show(uri, None));
        Ok(())
    }
}

/// The document of a message, by a URI that can be read.
fn mend(given: &mut Value) {
    let Some(uri) = given.pointer_mut("/textDocument/uri") else { return };
    if let Some(mended) = uri.as_str().and_then(uris::mended) {
        *uri = mended.into();
    }
}

fn params<T: DeserializeOwned>(given: Value) -> Result<T, Refusal> {
    read(given).map_err(|why| (ErrorCode::InvalidParams, why))
}

fn read<T: DeserializeOwned>(given: Value) -> Result<T, String> {
    serde_json::from_value(given).map_err(|error| error.to_string())
}
