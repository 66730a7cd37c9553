//! Writes suppression comments into a text, where they change nothing else. Whether a place is safe is not guessed from syntax: the
//! text with the comment is read again, and must hold the same facts as before and the comment as a suppression that reaches the
//! finding. So a comment never ends up inside of a string, in any language.

use super::comments::Comments;
use crate::deploy::{Format, Sheet};
use crate::facts::FileFacts;
use crate::finding::{FileId, Finding, Place};
use crate::guard::guard;
use crate::lang::{FrontEnd, Language};
use crate::link::FileData;
use crate::session::Session;
use crate::source::{LineIndex, Span};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Where a comment may go.
#[derive(Debug, Clone, Copy)]
enum Spot {
    /// After the code of this line.
    End(usize),
    /// On a line of its own above this line.
    Above(usize),
    /// For the whole file, above all code.
    Top,
}

/// A text that gets comments.
struct Writer<'s> {
    session: &'s Session,
    path: &'s str,
    language: Language,
    reason: &'s str,
    front_end: Box<dyn FrontEnd>,
    /// A template of a chart: what it means is known when it is rendered, and reading it again proves nothing.
    is_template: bool,
    /// What the text says, places aside.
    meaning: Value,
    text: String,
    comments: usize,
    /// All findings, at their places in the text as it is by now.
    findings: Vec<Finding>,
}

/// `text` with comments that silence `findings`, and those that no comment can silence.
pub(crate) fn silence(
    path: &str,
    language: Language,
    text: &str,
    findings: Vec<Finding>,
    reason: &str,
    session: &Session,
) -> (String, Vec<Finding>) {
    let mut front_end = language.front_end();
    // JSON has no comments, whatever reads it here.
    let facts = if path.ends_with(".json") { None } else { extract(&mut *front_end, text, session) };
    let Some(facts) = facts else { return (text.to_owned(), findings) };
    let is_template = matches!(facts.sheet.as_deref(), Some(Sheet::Template));
    let (meaning, comments) = (meaning(&facts), facts.suppressions.len());
    let mut writer =
        Writer { session, path, language, reason, front_end, is_template, meaning, text: text.to_owned(), comments, findings };
    let mut left = Vec::new();
    // From below, so that lines above keep their numbers.
    let lines = LineIndex::new(text);
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, finding) in writer.findings.iter().enumerate() {
        groups.entry(lines.line(finding.place.span.start)).or_default().push(at);
    }
    for (line, group) in groups.into_iter().rev() {
        if !writer.spots(&group, line).into_iter().any(|spot| writer.put(&group, spot)) {
            left.extend(group);
        }
    }
    left.sort_unstable();
    if !left.is_empty() && writer.put(&left, Spot::Top) {
        left.clear();
    }
    let left = left.into_iter().map(|at| writer.findings[at].clone()).collect();
    (writer.text, left)
}

impl Writer<'_> {
    /// Where to try, best first.
    fn spots(&self, group: &[usize], line: usize) -> Vec<Spot> {
        let lines = LineIndex::new(&self.text);
        let spans = group.iter().map(|&at| self.findings[at].place.span);
        let lasts: BTreeSet<usize> = spans.map(|span| lines.line(span.end.saturating_sub(1).max(span.start))).collect();
        let last = lasts.first().copied().filter(|last| lasts.len() == 1 && *last != line);
        match self.language {
            // Its pieces are put into other files, between quotes as well.
            Language::Deployment(Format::Template) => Vec::new(),
            _ if self.is_template => is_plain(&self.text, line).then_some(Spot::End(line)).into_iter().collect(),
            // Here a comment needs a line of its own, though our reader may be more lenient.
            Language::Deployment(Format::Dockerfile | Format::Procfile | Format::Ini) => vec![Spot::Above(line)],
            _ => [Spot::End(line), Spot::Above(line)].into_iter().chain(last.map(Spot::End)).collect(),
        }
    }

    /// Put one comment for the findings of `group`, if it is safe there and silences them all.
    fn put(&mut self, group: &[usize], spot: Spot) -> bool {
        // `{{- if .. -}}` would draw the first line of code into the comment.
        let opens = self.text.trim_start().starts_with("{{") && self.language != Language::Deployment(Format::Template);
        if self.is_template && matches!(spot, Spot::Top) && opens {
            return false;
        }
        let rules: BTreeSet<&str> = group.iter().map(|&at| self.findings[at].rule).collect();
        let rules = rules.into_iter().collect::<Vec<_>>().join(", ");
        let (mark, scope) = (self.language.comment(), if matches!(spot, Spot::Top) { "ignore-file" } else { "ignore" });
        let comment = format!("{mark} scalelint: {scope}[{rules}] {}", self.reason);
        let (at, inserted) = self.insertion(spot, &comment);
        let text = format!("{}{inserted}{}", &self.text[..at], &self.text[at..]);
        let Some(facts) = extract(&mut *self.front_end, &text, self.session) else { return false };
        if facts.suppressions.len() != self.comments + 1 || meaning(&facts) != self.meaning {
            return false;
        }
        let mut findings = self.findings.clone();
        for finding in &mut findings {
            finding.place = Place { file: FileId(0), span: shifted(finding.place.span, at, inserted.len()) };
        }
        let file = [FileData { path: self.path.to_owned(), language: self.language, text: text.as_str().into(), facts }];
        let mut covers = Comments::new(&file, self.session);
        if !group.iter().all(|&at| covers.covers(&findings[at])) {
            return false;
        }
        (self.text, self.findings, self.comments) = (text, findings, self.comments + 1);
        true
    }

    /// The byte to insert at, and what, with the line's own indentation and line end.
    fn insertion(&self, spot: Spot, comment: &str) -> (usize, String) {
        let lines = LineIndex::new(&self.text);
        let line_of = |line: usize| lines.line_span(&self.text, line);
        let end = |line: usize| match line_of(line).of(&self.text) {
            text if text.ends_with("\r\n") => "\r\n",
            text if text.ends_with('\r') => "\r",
            _ => "\n",
        };
        match spot {
            Spot::End(line) => {
                let span = line_of(line);
                (span.start as usize + span.of(&self.text).trim_end().len(), format!("  {comment}"))
            }
            Spot::Above(line) => {
                let text = line_of(line).of(&self.text);
                let indent = &text[..text.len() - text.trim_start_matches([' ', '\t']).len()];
                (line_of(line).start as usize, format!("{indent}{comment}{}", end(line)))
            }
            Spot::Top => {
                let line = (0..lines.lines()).find(|&line| !must_be_first(line, line_of(line).of(&self.text))).unwrap_or(0);
                (line_of(line).start as usize, format!("{comment}{}", end(0)))
            }
        }
    }
}

/// Whether a line of a template stands in no action, no quoted text and no block of text, as far as its words tell.
fn is_plain(text: &str, line: usize) -> bool {
    let lines: Vec<&str> = text.lines().take(line + 1).collect();
    let Some((last, before)) = lines.split_last() else { return false };
    let is_closed = |text: &str| text.matches("{{").count() == text.matches("}}").count();
    let is_quoted = ['"', '\''].iter().any(|quote| last.matches(*quote).count() % 2 == 1);
    let mut indent = indent_of(last);
    let heads = before.iter().rev().filter(|line| !line.trim().is_empty()).filter(|line| {
        let is_head = indent_of(line) < indent;
        indent = indent.min(indent_of(line));
        is_head
    });
    let opens_block = |head: &&&str| {
        let value = head.rsplit_once(": ").map_or(**head, |(_, value)| value).trim().trim_start_matches("- ");
        value.starts_with(['|', '>'])
    };
    let in_block = heads.filter(opens_block).count() > 0;
    lines.iter().all(|line| is_closed(line)) && !is_quoted && !in_block
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// Lines that only count at the very top: `#!`, the encoding, a parser's directive.
fn must_be_first(line: usize, text: &str) -> bool {
    let directive = text.strip_prefix('#').map(str::trim_start).unwrap_or_default().to_ascii_lowercase();
    let encoding = line < 2 && text.starts_with('#') && text.contains("coding");
    text.starts_with("#!") && !text.starts_with("#![")
        || encoding
        || ["syntax=", "escape=", "check="].iter().any(|word| directive.replace(' ', "").starts_with(word))
}

fn extract(front_end: &mut dyn FrontEnd, text: &str, session: &Session) -> Option<FileFacts> {
    if text.len() > session.limits.file.file_bytes {
        return None;
    }
    guard(|| front_end.extract(text, &session.limits.file)).ok()?.ok()
}

/// A span after `length` bytes were inserted at `at`.
fn shifted(span: Span, at: usize, length: usize) -> Span {
    let moved = |byte: u32, by: bool| byte as usize + if by { length } else { 0 };
    Span::new(moved(span.start, span.start as usize >= at), moved(span.end, span.end as usize > at))
}

/// The facts without places, lines and suppressions.
fn meaning(facts: &FileFacts) -> Value {
    let mut value = serde_json::to_value(facts).unwrap_or_default();
    if let Some(facts) = value.as_object_mut() {
        facts.remove("suppressions");
        facts.remove("lines");
    }
    forget_places(&mut value);
    value
}

/// Facts are nested as deep as the limits allow and no deeper.
fn forget_places(value: &mut Value) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(forget_places),
        Value::Object(table) if table.len() == 2 && table.contains_key("start") && table.contains_key("end") => {
            *value = Value::Null;
        }
        Value::Object(table) => table.values_mut().for_each(forget_places),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::finding::Level;
    use crate::session::Options;
    use std::path::Path;

    /// `text` with a comment for each place of `code`, and how many places are left.
    fn written(path: &str, text: &str, code: &str, rules: &[&'static str]) -> Result<(String, usize), Error> {
        let root = tempfile::tempdir().map_err(|error| Error::Internal(error.to_string()))?;
        let options = Options { paths: vec![root.path().into()], isolated: true, ..Options::default() };
        let session = Session::new(&options)?;
        let finding = |at: usize, rule| {
            let place = Span::new(at, at + code.len());
            Finding { rule, ..super::super::report(Level::Warning, FileId(0), place, String::new(), "") }
        };
        let places = text.match_indices(code).map(|(at, _)| at);
        let findings = places.flat_map(|at| rules.iter().map(move |rule| finding(at, *rule))).collect();
        let language = Language::of_path(Path::new(path)).unwrap_or(Language::Python);
        let (text, left) = silence(path, language, text, findings, "later", &session);
        Ok((text, left.len()))
    }

    const ONE: &[&str] = &["missing-timeout"];

    #[test]
    fn at_the_end_of_the_line() -> Result<(), Error> {
        let (text, left) =
            written("a.py", "def f():\n    g(1)\n    g(2)  # noqa\n    g(1)", "g(1)", &["unbounded-query", "missing-timeout"])?;
        let comment = "# scalelint: ignore[missing-timeout, unbounded-query] later";
        assert_eq!((text, left), (format!("def f():\n    g(1)  {comment}\n    g(2)  # noqa\n    g(1)  {comment}"), 0));
        let (text, _) = written("a.rs", "fn f() {\r\n    g(1); // why\r\n}\r\n", "g(1)", ONE)?;
        assert_eq!(text, "fn f() {\r\n    g(1); // why  // scalelint: ignore[missing-timeout] later\r\n}\r\n");
        let (text, _) = written("c.yaml", "kind: Deployment\nspec:\n  replicas: 1   \n", "1", ONE)?;
        assert_eq!(text, "kind: Deployment\nspec:\n  replicas: 1  # scalelint: ignore[missing-timeout] later   \n");
        Ok(())
    }

    #[test]
    fn never_inside_of_a_string() -> Result<(), Error> {
        let above = "# scalelint: ignore[missing-timeout] later";
        for (path, before, code, after) in [
            (
                "a.py",
                "def f():\n    g(1, \"\"\"\n  x\n\"\"\")\n",
                "g(1",
                format!("def f():\n    {above}\n    g(1, \"\"\"\n  x\n\"\"\")\n"),
            ),
            (
                "a.py",
                "x = 1 + \\\n    g(1) + \\\n    2\n",
                "x = 1 + \\\n    g(1)",
                format!("{above}\nx = 1 + \\\n    g(1) + \\\n    2\n"),
            ),
            (
                "Dockerfile",
                "# syntax=docker/dockerfile:1\nFROM a\nCMD [\"b\"]\n",
                "CMD",
                format!("# syntax=docker/dockerfile:1\nFROM a\n{above}\nCMD [\"b\"]\n"),
            ),
            ("Procfile", "web: b\n", "web: b", format!("{above}\nweb: b\n")),
            (
                "c.yaml",
                "kind: Pod\nspec:\n  args: |\n    b\n",
                "args: |",
                format!("kind: Pod\nspec:\n  args: |  {above}\n    b\n"),
            ),
            ("c.yaml", "kind: Pod\na: 'b\n  c'\n", "a: 'b", format!("kind: Pod\n{above}\na: 'b\n  c'\n")),
        ] {
            assert_eq!(written(path, before, code, ONE)?, (after, 0), "{path}");
        }
        Ok(())
    }

    #[test]
    fn for_the_whole_file_where_nothing_else_will_do() -> Result<(), Error> {
        let top = "# scalelint: ignore-file[missing-timeout] later\n";
        let text = "#!/usr/bin/env python3\n# coding: utf-8\nx = '''\n{g(1)}\n'''\n";
        let (new, left) = written("a.py", text, "{g(1)}", ONE)?;
        assert_eq!((new, left), (text.replace("x =", &format!("{top}x =")), 0));
        let text = "kind: Deployment\nspec:\n  replicas: {{ .Values.replicas }}\n  args: |\n    replicas: 1\n";
        assert_eq!(written("x.tpl", text, "replicas: {", ONE)?, (format!("{top}{text}"), 0));
        let (new, left) = written("x.yaml", text, "replicas: {", ONE)?;
        let end = "replicas }}  # scalelint: ignore[missing-timeout] later\n";
        assert_eq!((new, left), (text.replace("replicas }}\n", end), 0));
        assert_eq!(written("x.yaml", text, "replicas: 1", ONE)?, (format!("{top}{text}"), 0));
        let text = format!("{{{{- if .Values.web -}}}}\n{text}");
        assert_eq!(written("x.yaml", &text, "replicas: 1", ONE)?, (text, 1));
        let text = "{\"apiVersion\": 1,\n\"kind\": \"x\"}\n";
        assert_eq!(written("app.json", text, "kind", ONE)?, (text.to_owned(), 1));
        Ok(())
    }
}
