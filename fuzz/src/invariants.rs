//! What must hold whatever the input was. Every check panics with what it saw.

use scalelint::facts::{FileFacts, Function, Op, OpId, OpKind, Target};
use scalelint::finding::{NoticeKind, Place, Report};
use scalelint::output::{Format, Style, render};
use scalelint::source::Span;
use serde_json::Value;

/// Every format.
const FORMATS: [Format; 13] = [
    Format::Text,
    Format::Concise,
    Format::Json,
    Format::JsonLines,
    Format::Sarif,
    Format::Github,
    Format::Gitlab,
    Format::Junit,
    Format::Checkstyle,
    Format::Rdjson,
    Format::Sonar,
    Format::Markdown,
    Format::Html,
];

#[track_caller]
fn inside(text: &str, span: Span, what: &str) {
    assert!(text.get(span.start as usize..span.end as usize).is_some(), "{what}: {span:?} of {} bytes", text.len());
}

/// Facts speak of places in their text, and each operation only of earlier ones.
#[track_caller]
pub fn facts(text: &str, facts: &FileFacts) {
    facts.imports.iter().for_each(|import| inside(text, import.span, "an import"));
    facts.classes.iter().for_each(|class| inside(text, class.span, "a class"));
    facts.definitions.iter().for_each(|definition| inside(text, definition.span, "a definition"));
    facts.gaps.iter().for_each(|gap| inside(text, gap.span, "a gap"));
    for comment in &facts.suppressions {
        inside(text, comment.span, "a suppression");
        assert!(comment.span.of(text).contains("scalelint:"), "{comment:?}");
    }
    for (at, function) in facts.functions.iter().enumerate() {
        inside(text, function.span, "a function");
        inside(text, function.name_span, "a name");
        assert!(function.parent.is_none_or(|parent| parent.index() < facts.functions.len()), "parent of f{at}");
        assert!(function.class.is_none_or(|class| class.index() < facts.classes.len()), "class of f{at}");
        function.params.iter().for_each(|param| inside(text, param.span, "a parameter"));
        tape(text, function, facts);
    }
}

#[track_caller]
fn tape(text: &str, function: &Function, facts: &FileFacts) {
    let count = function.ops.len();
    for (id, op) in function.tape() {
        inside(text, op.span, "an operation");
        let earlier = |of: OpId| assert!(of < id, "{id:?} {op:?} uses {of:?}");
        operands(function, op, earlier);
        match op.kind {
            OpKind::Closure(of) => assert!(of.index() < facts.functions.len(), "{op:?}"),
            OpKind::ClassDefinition(of) => assert!(of.index() < facts.classes.len(), "{op:?}"),
            _ => {}
        }
    }
    for region in &function.regions {
        assert!(region.start <= region.end && region.end.index() <= count, "{region:?} of {count}");
        inside(text, region.span, "a region");
        let parent = region.parent.map(|parent| &function.regions[parent.index()]);
        assert!(parent.is_none_or(|parent| parent.start <= region.start && region.end <= parent.end), "{region:?} in {parent:?}");
    }
}

/// What an operation is made of.
fn operands(function: &Function, op: &Op, mut see: impl FnMut(OpId)) {
    let mut list = |operands| function.list(operands).iter().for_each(|operand| see(operand.value));
    match op.kind {
        OpKind::Call { callee, args } => {
            list(args);
            see(callee);
        }
        OpKind::Construct(_, args) | OpKind::Choose(args) => list(args),
        OpKind::Index(one, two) | OpKind::Operate(_, one, two) => {
            see(one);
            see(two);
        }
        OpKind::Store { target, value, .. } => {
            see(value);
            match target {
                Target::Name(_) => {}
                Target::Attribute(of, _) | Target::Content(of) => see(of),
                Target::Item(of, key) => {
                    see(of);
                    see(key);
                }
            }
        }
        OpKind::Attribute(of, _)
        | OpKind::Element(of)
        | OpKind::Enter(of, _)
        | OpKind::Return(of)
        | OpKind::Yield(of)
        | OpKind::Await(of)
        | OpKind::Try(of)
        | OpKind::Raise(of) => see(of),
        OpKind::Param(_)
        | OpKind::Literal(_)
        | OpKind::Name(_)
        | OpKind::Closure(_)
        | OpKind::ClassDefinition(_)
        | OpKind::Jump(_)
        | OpKind::Opaque => {}
    }
}

/// Findings point into their files, edits too, no part of ours failed, and every format takes it all.
#[track_caller]
pub fn report(report: &Report) {
    for notice in &report.notices {
        let is_ours = notice.kind == NoticeKind::RuleFailed || notice.message.contains("which is a fault of ours");
        assert!(!is_ours, "{notice:?}");
    }
    for finding in report.findings.iter().chain(&report.baselined) {
        let check = |place: Place, what: &str| {
            let file = report.file(place);
            // Places of evidence may lie in files whose text the report has no need of.
            if !file.text.is_empty() {
                inside(&file.text, place.span, &format!("{what} of {} in {}", finding.rule, file.path));
            }
        };
        check(finding.place, "the place");
        let notes = finding.trace.iter().chain(&finding.related).chain(&finding.deployment);
        notes.for_each(|note| check(note.place, "a note"));
        assert!(!finding.message.is_empty() && !finding.message.contains('\n'), "{finding:?}");
        if let Some(fix) = &finding.fix {
            let text = &report.files[fix.file.index()].text;
            fix.changes.iter().for_each(|change| inside(text, change.span, "an edit"));
            assert!(fix.changes.is_sorted_by(|a, b| a.span.end <= b.span.start), "{fix:?}");
        }
    }
    rendered(report);
}

/// Every format of a report: nothing foreign acts, and machines can read it.
#[track_caller]
pub fn rendered(report: &Report) {
    for format in FORMATS {
        let mut bytes = Vec::new();
        render(report, format, &Style::default(), &mut bytes).expect("writing to memory");
        let text = String::from_utf8(bytes).expect("reports are UTF-8");
        harmless(&text, format == Format::Github);
        match format {
            Format::Json | Format::Sarif | Format::Gitlab | Format::Sonar | Format::Rdjson => {
                let value: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{format:?}: {error}: {text}"));
                if format == Format::Json {
                    same_names(report, &value);
                }
            }
            Format::JsonLines => {
                assert_eq!(text.lines().count(), report.findings.len(), "{text}");
                text.lines().for_each(|line| drop(serde_json::from_str::<Value>(line).expect("each line is a document")));
            }
            Format::Junit | Format::Checkstyle => {
                roxmltree::Document::parse(&text).unwrap_or_else(|error| panic!("{format:?}: {error}: {text}"));
            }
            Format::Concise | Format::Github => assert_eq!(text.lines().count(), report.findings.len(), "{format:?}: {text}"),
            // Of markup there is only ours.
            Format::Html => assert_eq!(text.matches("<script").count() + text.matches("<img").count(), 0, "{text}"),
            Format::Text | Format::Markdown => {}
        }
    }
}

/// A program that reads JSON gets names and messages as they are.
#[track_caller]
fn same_names(report: &Report, value: &Value) {
    let findings = value["findings"].as_array().expect("a list");
    assert_eq!(findings.len(), report.findings.len());
    for (seen, finding) in findings.iter().zip(&report.findings) {
        assert_eq!(seen["path"], *report.file(finding.place).path);
        assert_eq!(seen["message"], *finding.message);
    }
}

/// No character moves a cursor, reorders a line or is not seen; no line is a command of a build service, but for `commands` that are ours.
#[track_caller]
pub fn harmless(text: &str, commands: bool) {
    for line in text.split('\n') {
        let hazard = line.find(|c: char| {
            c.is_control()
                || matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
                || matches!(c, '\u{feff}' | '\u{e0000}'..='\u{e007f}')
        });
        assert_eq!(hazard, None, "{line:?}");
        let is_ours =
            commands && ["::error file=", "::warning file=", "::notice file="].iter().any(|head| line.starts_with(head));
        assert!(is_ours || !line.trim_start().starts_with("::"), "{line:?}");
        assert!(!["##[", "##vso[", "##teamcity["].iter().any(|command| line.contains(command)), "{line:?}");
    }
}
