//! What can be done about a finding: the edit it comes with, a comment that silences it for a reason, and its page. Comments are written by the same hand as
//! those of `check --add-ignores`, which proves that they change nothing else. A further action is a line in [`Analysed::actions`]; if
//! it changes the text, [`Analysed::edit`] says so to the editor.

use super::client::Abilities;
use super::documents::Document;
use super::places::Lines;
use crate::finding::{Finding, Report};
use crate::fixes::Safety;
use crate::lang::Language;
use crate::session::Session;
use crate::source::{Change, LineIndex, Span};
use crate::suppress::{self, UNUSED_SUPPRESSION};
use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, Command, Diagnostic, DocumentChanges, OneOf,
    OptionalVersionedTextDocumentIdentifier, Range, TextDocumentEdit, TextEdit, WorkspaceEdit,
};
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

/// Show the page of a rule; its name follows.
pub(super) const OPEN_PAGE: &str = "scalelint.openPage";

/// Select a range of a file, to be typed over; its URI and the range follow.
pub(super) const SELECT: &str = "scalelint.select";

/// What the editor may ask us to do.
pub(super) const COMMANDS: [&str; 2] = [OPEN_PAGE, SELECT];

/// What stands for the reason until somebody writes one.
const REASON: &str = "TODO: say why this is fine here";

/// A document with what was found in it, as it stands.
pub(super) struct Analysed<'a> {
    pub(super) document: &'a Document,
    pub(super) session: &'a Session,
    pub(super) report: &'a Report,
    pub(super) can: &'a Abilities,
}

impl Analysed<'_> {
    /// What can be done about `findings`, each with its diagnostic.
    pub(super) fn actions(&self, findings: &[(&Finding, &Diagnostic)]) -> Vec<CodeActionOrCommand> {
        let mut actions = Vec::new();
        if self.can.literal_actions {
            let mut by_rule = BTreeSet::new();
            actions.extend(findings.iter().filter_map(|(finding, diagnostic)| self.repair(finding, diagnostic)));
            let first_of_rule = findings.iter().filter(|(finding, _)| by_rule.insert(finding.rule)).collect::<Vec<_>>();
            actions.extend(first_of_rule.iter().filter_map(|one| self.suppress(&[**one])));
            if first_of_rule.len() > 1 {
                actions.extend(self.suppress(findings));
            }
        }
        let rules = findings.iter().map(|(finding, _)| finding.rule).collect::<BTreeSet<_>>();
        actions.extend(rules.into_iter().map(|rule| self.open_page(rule, findings)));
        actions
    }

    /// Make the edit that a finding comes with. One that sets what somebody should choose is offered, and not preferred.
    fn repair(&self, finding: &Finding, diagnostic: &Diagnostic) -> Option<CodeActionOrCommand> {
        let fix = finding.fix.as_ref()?;
        let file = self.report.file(finding.place);
        if fix.file != finding.place.file || *file.text != *self.document.text {
            return None;
        }
        let lines = Lines::new(&file.text, &file.lines, self.can.encoding);
        let edit = |change: &Change| TextEdit { range: lines.range(change.span), new_text: change.text.clone() };
        Some(CodeActionOrCommand::CodeAction(CodeAction {
            title: format!("{}: {}", finding.rule, fix.message),
            kind: Some(CodeActionKind::QUICKFIX),
            diagnostics: Some(vec![diagnostic.clone()]),
            edit: Some(self.edit(fix.changes.iter().map(edit).collect())),
            is_preferred: Some(fix.safety == Safety::Safe),
            ..CodeAction::default()
        }))
    }

    /// Write a comment that silences `findings`, if one can.
    fn suppress(&self, findings: &[(&Finding, &Diagnostic)]) -> Option<CodeActionOrCommand> {
        let targets: Vec<Finding> = findings.iter().map(|(finding, _)| (*finding).clone()).collect();
        let first = targets.first()?;
        let file = self.report.file(first.place);
        // The same bytes as in the editor, or a place in one is none in the other.
        if targets.iter().any(|finding| finding.rule == UNUSED_SUPPRESSION) || *file.text != *self.document.text {
            return None;
        }
        let language = Language::of_path(Path::new(&file.path)).or_else(|| Language::of_shebang(file.text.as_bytes()))?;
        let title = match targets.as_slice() {
            [one] => format!("Ignore {} here, with a reason", one.rule),
            all => format!("Ignore all {} findings here, with a reason", all.len()),
        };
        let (text, left) = suppress::silence(&file.path, language, &file.text, targets, REASON, self.session);
        let (place, inserted) = left.is_empty().then(|| insertion(&file.text, &text))??;
        let lines = Lines::new(&file.text, &file.lines, self.can.encoding);
        let edit = self.edit(vec![TextEdit { range: lines.range(place), new_text: inserted.to_owned() }]);
        Some(CodeActionOrCommand::CodeAction(CodeAction {
            title,
            kind: Some(CodeActionKind::QUICKFIX),
            diagnostics: Some(findings.iter().map(|(_, diagnostic)| (*diagnostic).clone()).collect()),
            edit: Some(edit),
            command: self.select_reason(&text, place, inserted),
            ..CodeAction::default()
        }))
    }

    /// Edits of the document, for the version that was analysed where the editor can tell.
    fn edit(&self, edits: Vec<TextEdit>) -> WorkspaceEdit {
        let uri = self.document.uri.clone();
        if !self.can.versioned_edits {
            #[expect(clippy::mutable_key_type, reason = "the protocol's own type; nothing changes a URI")]
            let changes = HashMap::from([(uri, edits)]);
            return WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() };
        }
        let text_document = OptionalVersionedTextDocumentIdentifier { uri, version: Some(self.document.version) };
        let edit = TextDocumentEdit { text_document, edits: edits.into_iter().map(OneOf::Left).collect() };
        WorkspaceEdit { document_changes: Some(DocumentChanges::Edits(vec![edit])), ..WorkspaceEdit::default() }
    }

    /// Afterwards the reason is selected in the new text, so that a real one can be typed.
    fn select_reason(&self, text: &str, place: Span, inserted: &str) -> Option<Command> {
        let start = place.start as usize + inserted.find(REASON)?;
        let index = LineIndex::new(text);
        let range = Lines::new(text, &index, self.can.encoding).range(Span::new(start, start + REASON.len()));
        let arguments = vec![json!(self.document.uri), json!(range)];
        let command = Command { title: "Write the reason".into(), command: SELECT.into(), arguments: Some(arguments) };
        self.can.show_document.then_some(command)
    }

    fn open_page(&self, rule: &str, findings: &[(&Finding, &Diagnostic)]) -> CodeActionOrCommand {
        let title = format!("Open the page of {rule}");
        let command = Command { title: title.clone(), command: OPEN_PAGE.into(), arguments: Some(vec![json!(rule)]) };
        if !self.can.literal_actions {
            return CodeActionOrCommand::Command(command);
        }
        let of_rule = findings.iter().filter(|(finding, _)| finding.rule == rule);
        CodeActionOrCommand::CodeAction(CodeAction {
            title,
            kind: Some(CodeActionKind::QUICKFIX),
            diagnostics: Some(of_rule.map(|(_, diagnostic)| (*diagnostic).clone()).collect()),
            command: Some(command),
            ..CodeAction::default()
        })
    }
}

/// The one place at which `after` has more than `before`, and what it has there. None when they differ otherwise.
fn insertion<'t>(before: &str, after: &'t str) -> Option<(Span, &'t str)> {
    let same = before.bytes().zip(after.bytes()).take_while(|(a, b)| a == b).count();
    let mut at = (0..=same).rev().find(|at| before.is_char_boundary(*at) && after.is_char_boundary(*at))?;
    let length = after.len().checked_sub(before.len())?;
    // A comment on its own line begins with the indentation of the line below: either place is right, the first is a whole line.
    let line = after[..at].rfind('\n').map_or(0, |end| end + 1);
    if after[line..at].bytes().all(|byte| matches!(byte, b' ' | b'\t')) && after.get(line + length..) == Some(&before[line..]) {
        at = line;
    }
    let inserted = after.get(at..at + length)?;
    (after.get(at + length..)? == &before[at..]).then_some((Span::new(at, at), inserted))
}

/// Whether two ranges touch: a cursor at the end of a place is still at it.
pub(super) fn touch(a: Range, b: Range) -> bool {
    a.start <= b.end && b.start <= a.end
}

/// Whether actions of our kind are wanted.
pub(super) fn are_wanted(only: Option<&[CodeActionKind]>) -> bool {
    let quick = CodeActionKind::QUICKFIX;
    only.is_none_or(|only| only.iter().any(|kind| *kind == CodeActionKind::EMPTY || *kind == quick))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn insertions_are_found() {
        let at = |before: &str, after: &'static str| insertion(before, after).map(|(span, text)| (span.start, text));
        assert_eq!(at("a\nb\n", "a  # x\nb\n"), Some((1, "  # x")));
        assert_eq!(at("a\n    b\n", "a\n    # x\n    b\n"), Some((2, "    # x\n")));
        assert_eq!(at("é\n", "éé\n"), Some((2, "é")));
        assert_eq!(at("", "x"), Some((0, "x")));
        assert_eq!(at("ab", "a"), None);
        assert_eq!(at("ab", "xbc"), None);
    }
}
