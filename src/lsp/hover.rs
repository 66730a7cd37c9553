//! The page of a rule, beside the finding: what was found, why it does not scale, what to do instead.

use super::client::Abilities;
use crate::finding::Finding;
use crate::output::{self, Style};
use crate::rules::Rule;
use crate::suppress::{UNUSED_SUPPRESSION, UNUSED_SUPPRESSION_PAGE};
use crate::terminal::visible;
use lsp_types::{Hover, HoverContents, MarkupContent, MarkupKind, Range};
use std::fmt::Write as _;

/// The sections of a page that help somebody who looks at the code: examples are for tests, gaps for maintainers.
const SECTIONS: [&str; 3] = ["Why it does not scale", "What to do instead", "When to ignore it"];

/// What is said of findings at one place.
pub(super) fn of(findings: &[&Finding], range: Range, can: &Abilities) -> Option<Hover> {
    let (kind, one): (_, fn(&Finding) -> String) =
        if can.markdown { (MarkupKind::Markdown, markdown) } else { (MarkupKind::PlainText, plain) };
    let pages = findings.iter().map(|finding| one(finding)).collect::<Vec<_>>();
    let contents = HoverContents::Markup(MarkupContent { kind, value: pages.join("\n\n---\n\n") });
    (!findings.is_empty()).then_some(Hover { contents, range: Some(range) })
}

fn markdown(finding: &Finding) -> String {
    let mut text = format!("**{}**: {}", finding.rule, output::markdown_text(&finding.message));
    if !finding.help.is_empty() {
        let _ = write!(text, "\n\n*help:* {}", output::markdown_text(&finding.help));
    }
    let _ = write!(text, "\n\n{} confidence · [the whole page]({})", finding.confidence.name(), output::docs(finding.rule));
    let Some(rule) = Rule::named(finding.rule) else { return text + "\n\n" + page_without_rule(finding.rule) };
    let _ = write!(text, "\n\n{}", rule.page().summary);
    for section in rule.page().sections().iter().filter(|section| SECTIONS.contains(&section.title.as_str())) {
        let _ = write!(text, "\n\n### {}\n\n{}", section.title, section.body.trim());
    }
    text
}

fn plain(finding: &Finding) -> String {
    let style = Style::default();
    let page = match Rule::named(finding.rule) {
        Some(rule) => output::page(rule.page(), &style),
        None => output::markdown_page(page_without_rule(finding.rule), &style),
    };
    let help = if finding.help.is_empty() { String::new() } else { format!("help: {}\n", visible(&finding.help)) };
    format!("{}\n{help}\n{page}", visible(&finding.message))
}

/// What the tool reports itself, by no rule.
fn page_without_rule(name: &str) -> &'static str {
    if name == UNUSED_SUPPRESSION { UNUSED_SUPPRESSION_PAGE } else { "" }
}

/// The page of `name`, whole and as written.
pub(super) fn page(name: &str) -> Option<&'static str> {
    match Rule::named(name) {
        Some(rule) => Some(&rule.page().markdown),
        None => Some(page_without_rule(name)).filter(|page| !page.is_empty()),
    }
}
