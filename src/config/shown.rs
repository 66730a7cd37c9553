//! What `--show-config` prints: every setting that holds, as TOML, with where it comes from.

use super::Config;
use super::keys::{KEYS, Kind};
use crate::rules::Rule;
use crate::session::{Options, Session};
use crate::terminal::visible;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The settings of `session`, which was made from `options`.
#[must_use]
pub fn shown(session: &Session, options: &Options) -> String {
    let config = &session.config;
    let files = config.files.iter().rev().map(|file| visible(&file.path)).collect::<Vec<_>>();
    let mut text = match files.as_slice() {
        [] => "# no configuration file\n".to_owned(),
        files => format!("# {}\n", files.join(", which extends ")),
    };
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
    single(&mut text, config, "fail-on", typed);
    for key in KEYS.iter().filter(|key| !matches!(key.path, "min-confidence" | "fail-on") && !key.path.starts_with("rules.")) {
        from_files(&mut text, config, key.path, key.default, matches!(key.kind, Kind::Selectors | Kind::Patterns));
    }
    text += &rules(session, options);
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
fn rules(session: &Session, options: &Options) -> String {
    let mut text = "\n[rules]\n".to_owned();
    let running: BTreeSet<&str> = session.selection.rules().map(|rule| rule.name).collect();
    for rule in Rule::all() {
        let path = format!("rules.{}.level", rule.name);
        let origin = session.config.origins.iter().rfind(|origin| origin.key == path);
        let level = session.selection.level(rule.name).map_or("off", |level| level.name());
        let page = rule.page();
        let by = match origin {
            Some(origin) if running.contains(rule.name) || options.select.is_none() => session.config.shown_place(origin),
            _ if running.contains(rule.name) => format!("default; {}, {}", page.set, page.group),
            _ => format!("not selected; {}, {}", page.set, page.group),
        };
        setting(&mut text, &format!("{}.level", rule.name), &format!("\"{level}\""), &by);
        let options =
            session.config.origins.iter().filter(|origin| {
                origin.key.strip_prefix(&format!("rules.{}.", rule.name)).is_some_and(|option| option != "level")
            });
        for origin in options {
            let name = origin.key.trim_start_matches("rules.");
            setting(&mut text, name, &session.config.text_of(origin), &session.config.shown_place(origin));
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
