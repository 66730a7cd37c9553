//! Every example of every page, that page's rule alone: marked lines are flagged, all others are silent.

use scalelint::finding::{Confidence, Finding};
use scalelint::link::Project;
use scalelint::rules::Rule;
use scalelint::source::LineIndex;
use scalelint::workbench;
use std::collections::BTreeMap;

#[test]
fn every_example_of_every_page_is_true() {
    // `PAGE=missing-timeout cargo test --test pages` looks at one page while it is being written; names may be joined by commas.
    let only = std::env::var("PAGE").ok();
    let mut faults = Vec::new();
    let mut examples = 0;
    for rule in Rule::all().iter().filter(|rule| only.as_deref().is_none_or(|only| only.split(',').any(|name| rule.name == name)))
    {
        for example in rule.page().examples() {
            let texts: Vec<_> = example.files.iter().map(|file| (file.path.clone(), file.text())).collect();
            let project = workbench::project(&texts, None);
            examples += 1;
            let wrong = differences(rule, &project, &texts, &example.marks());
            faults.extend(wrong.into_iter().map(|fault| format!("{}: {}: {fault}", rule.name, example.name)));
        }
    }
    assert!(faults.is_empty(), "{} faults in {examples} examples\n{}", faults.len(), faults.join("\n"));
}

fn differences(
    rule: &'static Rule,
    project: &Project,
    texts: &[(String, String)],
    marks: &[scalelint::rules::page::Mark<'_>],
) -> Vec<String> {
    let mut found: BTreeMap<(String, usize), Vec<Finding>> = BTreeMap::new();
    for finding in workbench::check(project, rule) {
        let path = &project.files().get(finding.place.file).path;
        let text = texts.iter().find(|(of, _)| of == path).map_or("", |(_, text)| text);
        let line = LineIndex::new(text).line(finding.place.span.start) + 1;
        found.entry((path.clone(), line)).or_default().push(finding);
    }
    let mut faults = Vec::new();
    for mark in marks {
        let key = (mark.path.to_owned(), mark.line);
        match found.remove(&key) {
            None => faults.push(format!("{}:{} should be flagged", mark.path, mark.line)),
            Some(findings) => {
                if findings.len() > 1 {
                    faults.push(format!("{}:{} is flagged {} times", mark.path, mark.line, findings.len()));
                }
                let text = mark.text.unwrap_or_default();
                let message = &findings[0].message;
                if (findings[0].confidence == Confidence::Low) != mark.low {
                    faults.push(format!("{}:{} should be flagged, with another confidence", mark.path, mark.line));
                }
                if !message.contains(text) {
                    faults.push(format!("{}:{} says `{message}`, not `{text}`", mark.path, mark.line));
                }
            }
        }
    }
    let sure = |finding: &&Finding| finding.confidence >= Confidence::Medium;
    for ((path, line), findings) in found.into_iter().filter(|(_, findings)| findings.iter().any(|finding| sure(&finding))) {
        faults.push(format!("{path}:{line} should be silent, but: {}", findings[0].message));
    }
    faults
}
