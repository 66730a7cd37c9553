//! The models that hold for one project: the built-in ones for its versions, the user's own, and the entry points it declares.

use super::Extracted;
use crate::config::EntryPattern;
use crate::finding::{Notice, NoticeKind};
use crate::lang::Language;
use crate::link::Files;
use crate::models::schema::{Behaviour, ConventionModel, Entry, ModelFile};
use crate::models::{Models, Versions, built_in};
use crate::session::Session;

/// Compile the models of a project. A model of the user's that is at fault is left out and noticed.
pub(super) fn of_project(files: &Files, extracted: &mut Extracted, session: &Session) -> Models {
    let versions = Versions::read(files.manifests());
    let mut all = built_in();
    all.extend(declared_entry_points(session));
    for manifest in std::mem::take(&mut extracted.models) {
        match toml::from_str::<ModelFile>(&manifest.text) {
            Ok(file) => {
                let language = Language::ALL.into_iter().find(|language| Some(language.name()) == file.language.as_deref());
                match language {
                    Some(language) => all.push((language, file)),
                    None => extracted.notices.push(fault(&manifest.path, "add `language = \"python\"` or `\"rust\"` at its top")),
                }
            }
            Err(error) => extracted.notices.push(fault(&manifest.path, error.message())),
        }
    }
    loop {
        match Models::compile(&all, &versions) {
            Ok(models) => return models,
            Err(error) => {
                extracted.notices.push(fault("", &error.to_string()));
                // The user's models come last: without them the built-in ones remain, which tests hold sound.
                if all.pop().is_none() {
                    return Models::default();
                }
            }
        }
    }
}

fn fault(path: &str, message: &str) -> Notice {
    Notice { path: path.to_owned(), kind: NoticeKind::NotParsed, message: format!("the model is left out: {message}") }
}

/// Decorators and functions that the configuration names as called by the platform.
fn declared_entry_points(session: &Session) -> Vec<(Language, ModelFile)> {
    let mut file = ModelFile { package: "scalelint.toml".to_owned(), ..ModelFile::default() };
    for point in &session.config.entry_points {
        let entry = Entry { kind: point.kind, handler: None, path: None, verb: None, alone: false, verbs: None };
        match &point.pattern {
            EntryPattern::Decorator(name) => {
                file.call.push(Behaviour { name: vec![name.clone()], entry: Some(entry), ..Behaviour::default() });
            }
            EntryPattern::Function(name) | EntryPattern::Name(name) => {
                let function = name.rsplit(['.', ':']).next().unwrap_or(name).to_owned();
                file.convention.push(ConventionModel {
                    function: vec![function],
                    parameters: Vec::new(),
                    kind: point.kind,
                    bounded: false,
                });
            }
        }
    }
    Language::ALL.into_iter().map(|language| (language, file.clone())).collect()
}
