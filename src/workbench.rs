//! A project from texts in memory: how tests of pages and models, and users who write models, see what the analysis sees.

use crate::facts::{Builder, FileFacts};
use crate::finding::{Finding, Level};
use crate::lang::{Language, Limits};
use crate::link::{FileData, Files, Options, Project};
use crate::models::{self, ModelError, Models, Versions};
use crate::rules::{Findings, Rule};
use crate::source::Span;
use std::path::Path;

/// Link the given files: path and text. What is no source in a language we read counts as a manifest.
///
/// # Errors
/// When a built-in model is at fault.
pub fn project(texts: &[(String, String)], versions: Option<Versions>) -> Result<Project, ModelError> {
    let mut sources: Vec<&(String, String)> = texts.iter().collect();
    sources.sort();
    let (mut files, mut manifests) = (Vec::new(), Vec::new());
    for (path, text) in sources {
        match Language::of_path(Path::new(path)) {
            Some(language) => {
                let facts = extract(language, text);
                files.push(FileData { path: path.clone(), language, text: text.as_str().into(), facts });
            }
            None => manifests.push((path.clone(), text.as_str().into())),
        }
    }
    let files = Files::new(files, manifests);
    let versions = versions.unwrap_or_else(|| Versions::read(files.manifests()));
    let models = Models::compile(&models::built_in(), &versions)?;
    Ok(Project::link(files, models, Options::default()))
}

fn extract(language: Language, text: &str) -> FileFacts {
    let nothing = || Builder::new(Span::default()).finish(0);
    language.front_end().extract(text, &Limits::default()).unwrap_or_else(|_| nothing())
}

/// What one rule finds in a project, as it reports it.
#[must_use]
pub fn check(project: &Project, rule: &'static Rule) -> Vec<Finding> {
    let mut findings = Findings::new(project, rule, Level::Warning);
    (rule.check)(project, &mut findings);
    findings.into_list()
}
