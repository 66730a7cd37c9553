//! JUnit's XML, for build servers that show test results: a suite a file, a failed test a finding. Apart because a build server must
//! see a run without findings as a test that passed, and a file that was not analysed whole as one that was skipped.

use super::escape;
use super::places::Places;
use crate::finding::{Finding, Notice, Report};
use quick_junit::{NonSuccessKind, Report as Tests, TestCase, TestCaseStatus, TestSuite};
use std::io::{self, Write};

pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let places = Places::new(report);
    let mut tests = Tests::new(env!("CARGO_PKG_NAME"));
    // Sorted by path, so a file's findings stand together.
    for findings in report.findings.chunk_by(|a, b| a.place.file == b.place.file) {
        let path = escape::visible(&places.file(findings[0].place).path);
        let mut suite = TestSuite::new(path.as_ref());
        suite.extra.insert("file".into(), path.as_ref().into());
        suite.add_test_cases(findings.iter().map(|finding| failed(&places, finding, &path)));
        tests.add_test_suite(suite);
    }
    if report.findings.is_empty() {
        let mut suite = TestSuite::new("findings");
        suite.add_test_case(TestCase::new("no findings", TestCaseStatus::success()));
        tests.add_test_suite(suite);
    }
    if !report.notices.is_empty() {
        let mut suite = TestSuite::new("notices");
        suite.add_test_cases(report.notices.iter().map(skipped));
        tests.add_test_suite(suite);
    }
    tests.serialize(out).map_err(io::Error::other)
}

fn failed(places: &Places<'_>, finding: &Finding, path: &str) -> TestCase {
    let at = places.start(finding.place);
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_message(escape::visible(&finding.message).as_ref());
    status.set_type(finding.level.name());
    status.set_description(description(finding, &format!("{path}:{}:{}", at.line, at.column)));
    let mut test = TestCase::new(format!("{} at {}:{}", finding.rule, at.line, at.column), status);
    test.set_classname(path);
    test
}

/// The message with its place, the path and the help, each on a line.
fn description(finding: &Finding, place: &str) -> String {
    let steps = finding.trace.iter().map(|step| format!("via {}", step.message));
    let help = (!finding.help.is_empty()).then(|| format!("help: {}", finding.help));
    let lines: Vec<String> = [format!("{place}: {}", finding.message)].into_iter().chain(steps).chain(help).collect();
    lines.iter().map(|line| escape::prose(line)).collect::<Vec<_>>().join("\n")
}

fn skipped(notice: &Notice) -> TestCase {
    let mut status = TestCaseStatus::skipped();
    status.set_message(escape::visible(&notice.message).as_ref());
    status.set_type(notice.kind.name());
    let name = if notice.path.is_empty() { "the run" } else { &notice.path };
    let mut test = TestCase::new(escape::visible(name).as_ref(), status);
    test.set_classname("notices");
    test
}
