//! What both sides tell each other at the start: what we can do, which folders there are, what is to be shown, which files are watched.

use super::actions;
use super::places::Encoding;
use super::uris;
use crate::walk::root;
use lsp_types::notification::{DidChangeWatchedFiles, Notification as _};
use lsp_types::{
    CodeActionKind, CodeActionOptions, CodeActionProviderCapability, DidChangeWatchedFilesRegistrationOptions,
    ExecuteCommandOptions, FileSystemWatcher, GlobPattern, HoverProviderCapability, InitializeParams, InitializeResult, OneOf,
    Registration, RegistrationParams, ServerCapabilities, ServerInfo, TextDocumentSyncCapability, TextDocumentSyncKind,
    TextDocumentSyncOptions, TextDocumentSyncSaveOptions, WorkspaceFoldersServerCapabilities, WorkspaceServerCapabilities,
};
use serde_json::Value;
use std::path::PathBuf;

/// Files that an analysis may read: those of `Language::of_path`, and what says how to read them.
const WATCHED: [&str; 2] = [
    "**/*.{py,pyw,rs,sql,yaml,yml,toml,tf,tofu,tfvars,hcl,tpl,tmpl,template,conf,cfg,ini,sh,bash,service,timer,txt,lock}",
    "**/{Dockerfile,Containerfile,Procfile,Caddyfile,app.json,.gitignore,.ignore}*",
];

/// For which files findings are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Mode {
    /// For those that are open.
    #[default]
    OpenFiles,
    /// For all in the folders of the workspace.
    Workspace,
}

impl Mode {
    /// `diagnosticMode` in what the editor was configured with, on its own or below our name.
    ///
    /// # Errors
    /// When it is neither of the two.
    pub(super) fn of_settings(settings: &Value) -> Result<Option<Self>, String> {
        let ours = settings.get("scalelint").unwrap_or(settings);
        match ours.get("diagnosticMode") {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(mode)) if mode == "openFilesOnly" => Ok(Some(Self::OpenFiles)),
            Some(Value::String(mode)) if mode == "workspace" => Ok(Some(Self::Workspace)),
            Some(other) => Err(format!("diagnosticMode is \"openFilesOnly\" or \"workspace\", not {other}")),
        }
    }
}

/// What we can do.
pub(super) fn answer(encoding: Encoding) -> InitializeResult {
    let sync = TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(TextDocumentSyncKind::INCREMENTAL),
        save: Some(TextDocumentSyncSaveOptions::Supported(true)),
        ..TextDocumentSyncOptions::default()
    };
    let folders = WorkspaceFoldersServerCapabilities { supported: Some(true), change_notifications: Some(OneOf::Left(true)) };
    let actions = CodeActionOptions { code_action_kinds: Some(vec![CodeActionKind::QUICKFIX]), ..CodeActionOptions::default() };
    let commands = actions::COMMANDS.map(ToOwned::to_owned).to_vec();
    let capabilities = ServerCapabilities {
        position_encoding: Some(encoding.kind()),
        text_document_sync: Some(TextDocumentSyncCapability::Options(sync)),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        code_action_provider: Some(CodeActionProviderCapability::Options(actions)),
        execute_command_provider: Some(ExecuteCommandOptions { commands, ..ExecuteCommandOptions::default() }),
        workspace: Some(WorkspaceServerCapabilities { workspace_folders: Some(folders), file_operations: None }),
        ..ServerCapabilities::default()
    };
    let info = ServerInfo { name: "scalelint".into(), version: Some(env!("CARGO_PKG_VERSION").into()) };
    InitializeResult { capabilities, server_info: Some(info) }
}

/// The folders of the workspace. Old editors name one, in one of two ways that are out of use.
#[expect(deprecated, reason = "editors in use still send them")]
pub(super) fn folders(params: &InitializeParams) -> Vec<PathBuf> {
    let paths = match &params.workspace_folders {
        Some(folders) => folders.iter().filter_map(|folder| uris::path_of(&folder.uri)).collect(),
        None => {
            let by_path = || params.root_path.as_ref().map(PathBuf::from).filter(|path| path.is_absolute());
            params.root_uri.as_ref().and_then(uris::path_of).or_else(by_path).into_iter().collect::<Vec<_>>()
        }
    };
    paths.iter().map(|path| root::real(path)).collect()
}

/// What to ask an editor that can watch files.
pub(super) fn watchers() -> RegistrationParams {
    let watcher = |glob: &str| FileSystemWatcher { glob_pattern: GlobPattern::String(glob.to_owned()), kind: None };
    let options = DidChangeWatchedFilesRegistrationOptions { watchers: WATCHED.map(watcher).to_vec() };
    let registration = Registration {
        id: "scalelint-files".into(),
        method: DidChangeWatchedFiles::METHOD.to_owned(),
        register_options: serde_json::to_value(options).ok(),
    };
    RegistrationParams { registrations: vec![registration] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn modes_are_read_in_both_forms() {
        let of = |settings: Value| Mode::of_settings(&settings);
        assert_eq!(of(json!(null)), Ok(None));
        assert_eq!(of(json!({"scalelint": {"diagnosticMode": "workspace"}})), Ok(Some(Mode::Workspace)));
        assert_eq!(of(json!({"diagnosticMode": "openFilesOnly"})), Ok(Some(Mode::OpenFiles)));
        assert!(of(json!({"diagnosticMode": "all"})).is_err_and(|why| why.contains("not \"all\"")));
    }
}
