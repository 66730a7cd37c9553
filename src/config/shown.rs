//! What `--show-config` prints: every setting that holds, as TOML, with where it comes from.

use super::Config;
use super::keys::{KEYS, Kind, RUN_WIDE};
use super::scopes::Scope;
use crate::rules::Rule;
use crate::session::{Options, Session, is_within};
use crate::terminal::visible;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The settings of `session`, which was made from `options`: for each path that was asked about, those of the configuration that governs
/// it, and for a whole run those of the root.
#[must_use]
pub fn shown(session: &Session, options: &Options) -> String {
    // A folder is governed by its own configuration.
    let folder = |path: &str| session.scope_folder(&format!("{path}/")).to_owned();
    let of = |path: &String| {
        if session.absolute(path).is_dir() && !path.is_empty() { folder(path) } else { session.scope_folder(path).to_owned() }
    };
    let asked: BTreeSet<String> = session.filter.iter().map(of).collect();
    let scopes = session.scopes().filter(|(folder, _)| asked.contains(*folder));
    let texts: Vec<String> = scopes.map(|(folder, scope)| of_scope(session, options, folder, scope)).collect();
    texts.join("\n")
}

fn of_scope(session: &Session, options: &Options, folder: &str, scope: Scope<'_>) -> String {
    let config = scope.config;
    let files = config.files.iter().rev().map(|file| visible(&file.path)).collect::<Vec<_>>();
    let mut text = match files.as_slice() {
        [] => "# no configuration file\n".to_owned(),
        files => format!("# {}\n", files.join(", which extends ")),
    };
    let below = session.nested.iter().filter(|nested| nested.folder != folder && is_within(&nested.folder, folder));
    for nested in below {
        let _ = writeln!(text, "# {} has settings of its own", visible(&nested.folder));
    }
    let typed = |words: &[String]| (!words.is_empty()).then(|| words.to_vec());
    for (key, words) in
        [("select", options.select.clone()), ("extend-select", typed(&options.extend_select)), ("ignore", typed(&options.ignore))]
    {
        if let Some(words) = words {
            setting(&mut text, key, &list(words.iter()), "command line");
        }
    }
    let choice = |word: String| format!("\"{}\"", word.to_lowercase());
    let typed = options.min_confidence.map(|value| choice(format!("{value:?}")));
    single(&mut text, config, "min-confidence", typed);
    let typed = options.fail_on.map(|value| choice(format!("{value:?}")));
    single(&mut text, &session.config, "fail-on", typed);
    for key in KEYS.iter().filter(|key| !matches!(key.path, "min-confidence" | "fail-on") && !key.path.starts_with("rules.")) {
        let is_run_wide = RUN_WIDE
            .iter()
            .any(|wide| key.path.strip_prefix(wide).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '['])));
        let config = if is_run_wide { &session.config } else { config };
        from_files(&mut text, config, key.path, key.default, matches!(key.kind, Kind::Selectors | Kind::Patterns));
    }
    text += &rules(scope, options);
    text
}

/// A key of which the last value holds: the command line's, a file's, the default.
fn single(text: &mut String, config: &Config, path: &str, typed: Option<String>) {
    match typed {
        Some(value) => setting(text, path, &value, "command line"),
        None => from_files(text, config, path, default_of(path), false),
    }
}

fn default_of(path: &str) -> &'static str {
    KEYS.iter().find(|key| key.path == path).map_or("", |key| key.default)
}

/// A key as the files give it: each place of a list, the last place of a value; else its default.
fn from_files(text: &mut String, config: &Config, path: &str, default: &str, every: bool) {
    let plain = path.replace("[]", "");
    let given = config.origins.iter().filter(|origin| origin.key == plain).collect::<Vec<_>>();
    let repeated = every || path.contains("[]");
    let from = if repeated { 0 } else { given.len().saturating_sub(1) };
    // A file that a configuration extends gives way in `select` as a whole.
    let from = if path == "select" { given.len().saturating_sub(1) } else { from };
    for origin in &given[from..] {
        setting(text, &plain, &config.text_of(origin), &config.shown_place(origin));
    }
    if given.is_empty() && !default.is_empty() {
        setting(text, &plain, default, "default");
    }
}

/// Every rule with its level, and who says so; rules that do not run are `off`.
fn rules(scope: Scope<'_>, options: &Options) -> String {
    let mut text = "\n[rules]\n".to_owned();
    let running: BTreeSet<&str> = scope.selection.rules().map(|rule| rule.name).collect();
    for rule in Rule::all() {
        let path = format!("rules.{}.level", rule.name);
        let origin = scope.config.origins.iter().rfind(|origin| origin.key == path);
        let level = scope.selection.level(rule.name).map_or("off", |level| level.name());
        let page = rule.page();
        let by = match origin {
            Some(origin) if running.contains(rule.name) || options.select.is_none() => scope.config.shown_place(origin),
            _ if running.contains(rule.name) => format!("default; {}, {}", page.set, page.group),
            _ => format!("not selected; {}, {}", page.set, page.group),
        };
        setting(&mut text, &format!("{}.level", rule.name), &format!("\"{level}\""), &by);
        let options =
            scope.config.origins.iter().filter(|origin| {
                origin.key.strip_prefix(&format!("rules.{}.", rule.name)).is_some_and(|option| option != "level")
            });
        for origin in options {
            let name = origin.key.trim_start_matches("rules.");
            setting(&mut text, name, &scope.config.text_of(origin), &scope.config.shown_place(origin));
        }
    }
    text
}

fn setting(text: &mut String, key: &str, value: &str, by: &str) {
    let given = format!("{key} = {value}");
    let _ = writeln!(text, "{given:<48}  # {by}");
}

fn list<'w>(words: impl Iterator<Item = &'w String>) -> String {
    let words = words.map(|word| format!("\"{}\"", visible(word))).collect::<Vec<_>>();
    format!("[{}]", words.join(", "))
}

impl Config {
    /// A value as written, on one line.
    fn text_of(&self, origin: &super::Origin) -> String {
        let text = &self.files[origin.file].text;
        let value = text.get(origin.span.start as usize..origin.span.end as usize).unwrap_or_default();
        let line = value.split_whitespace().collect::<Vec<_>>().join(" ");
        visible(&line).into_owned()
    }

    /// `scalelint.toml:3`.
    fn shown_place(&self, origin: &super::Origin) -> String {
        let (path, line) = self.line_of_span(origin.file, origin.span).unwrap_or_default();
        format!("{}:{line}", visible(path))
    }
}
