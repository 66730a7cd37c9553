//! The models that hold for one project: the built-in ones for its versions, the user's own, and the entry points it declares.

use super::Extracted;
use crate::config::{EntryPattern, EntryPoint};
use crate::finding::{Notice, NoticeKind};
use crate::lang::Language;
use crate::link::{DeclaredEntry, Files, Project};
use crate::models::schema::{Behaviour, Entry, ModelFile};
use crate::models::{Models, Versions};
use crate::session::Session;
use std::sync::Arc;

/// Compile the models of a project. A model of the user's that is at fault is left out and noticed.
pub(super) fn of_project(files: &Files, extracted: &mut Extracted, session: &Session) -> Models {
    let versions = Versions::read(files.manifests());
    // Models of a language that the project has nothing in would only cost.
    let any = !extracted.models.is_empty();
    let used = |language: Language| any || files.iter().any(|(_, data)| data.language == language);
    let mut own = declared_entry_points(session);
    for manifest in std::mem::take(&mut extracted.models) {
        match toml::from_str::<ModelFile>(&manifest.text) {
            Ok(file) => {
                let language = Language::ALL.into_iter().find(|language| Some(language.name()) == file.language.as_deref());
                match language {
                    Some(language) => own.push((language, file)),
                    None => extracted.notices.push(fault(&manifest.path, "add `language = \"python\"` or `\"rust\"` at its top")),
                }
            }
            Err(error) => extracted.notices.push(fault(&manifest.path, error.message())),
        }
    }
    loop {
        match Models::built_in(used, &versions).and(&own, &versions) {
            Ok(models) => return models,
            Err(error) => {
                extracted.notices.push(fault("", &error.to_string()));
                // The user's last one first; without any of them there is nothing to be at fault.
                own.pop();
            }
        }
    }
}

fn fault(path: &str, message: &str) -> Notice {
    Notice { path: path.to_owned(), kind: NoticeKind::NotParsed, message: format!("the model is left out: {message}") }
}

/// Decorators that the configuration names as making entry points.
fn declared_entry_points(session: &Session) -> Vec<(Language, ModelFile)> {
    let mut file = ModelFile { package: "scalelint.toml".to_owned(), ..ModelFile::default() };
    for point in &session.config.entry_points {
        if let EntryPattern::Decorator(name) = &point.pattern {
            let entry = Entry {
                kind: point.kind,
                handler: None,
                path: None,
                verb: None,
                alone: false,
                verbs: None,
                relative: false,
                actions: false,
                gives: None,
                class: None,
            };
            file.call.push(Arc::new(Behaviour {
                name: vec![name.clone()],
                entry: Some(Box::new(entry)),
                ..Behaviour::default()
            }));
        }
    }
    Language::ALL.into_iter().map(|language| (language, file.clone())).collect()
}

/// Functions that the configuration names as called by the platform.
pub(super) fn declared_functions(session: &Session) -> Vec<DeclaredEntry> {
    let declared = |point: &EntryPoint| match &point.pattern {
        EntryPattern::Decorator(_) => None,
        EntryPattern::Function(name) => {
            let plain = name.replace("::", ".");
            let name = plain.strip_prefix("crate.").unwrap_or(&plain).to_owned();
            Some(DeclaredEntry { name, qualified: true, kind: point.kind })
        }
        EntryPattern::Name(name) => Some(DeclaredEntry { name: name.clone(), qualified: false, kind: point.kind }),
    };
    session.config.entry_points.iter().filter_map(declared).collect()
}

/// For each entry point of the configuration, whether the project has such code. Of a decorator its last name is looked for.
pub(super) fn entered(project: &Project, session: &Session) -> Vec<bool> {
    let mut functions = project.declared_entries_found().iter();
    let named = |name: &str| {
        let last = name.rsplit(['.', ':']).next().unwrap_or(name);
        project.files().iter().any(|(_, file)| file.facts.names.iter().any(|(_, known)| known == last))
    };
    let found = |point: &EntryPoint| match &point.pattern {
        EntryPattern::Decorator(name) => named(name),
        EntryPattern::Function(_) | EntryPattern::Name(_) => functions.next().copied().unwrap_or_default(),
    };
    session.config.entry_points.iter().map(found).collect()
}
