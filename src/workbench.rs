//! A project from texts in memory: how tests of pages and models, and users who write models, see what the analysis sees.

use crate::facts::{Builder, FileFacts};
use crate::finding::{Finding, Level};
use crate::lang::{Language, Limits};
use crate::link::{FileData, Files, Options, Project};
use crate::models::{Models, Versions};
use crate::rules::{Findings, Rule};
use crate::source::Span;
use std::path::Path;

/// Link the given files: path and text. What is no source in a language we read counts as a manifest.
#[must_use]
pub fn project(texts: &[(String, String)], versions: Option<Versions>) -> Project {
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
    let models = Models::built_in(|_| true, &versions);
    let options = options(&files);
    Project::link(files, models, options)
}

/// What a `scalelint.toml` among the texts says.
fn options(files: &Files) -> Options {
    let written =
        files.manifests().find(|(path, _)| *path == "scalelint.toml").and_then(|(_, text)| text.parse::<toml::Table>().ok());
    let rule = written.as_ref().and_then(|table| table.get("rules")).and_then(|rules| rules.get("missing-timeout"));
    let seconds = rule
        .and_then(|rule| rule.get("max-seconds"))
        .and_then(|seconds| seconds.as_float().or(seconds.as_integer().map(as_seconds)));
    seconds.map_or_else(Options::default, |max_seconds| Options { max_seconds, ..Options::default() })
}

#[allow(clippy::cast_precision_loss, reason = "seconds that people write are small")]
fn as_seconds(whole: i64) -> f64 {
    whole as f64
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
