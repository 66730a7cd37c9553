//! What the services that read our reports demand of them: published schemas where there are some, else what their documentation and
//! their own readers check. Apart from `output.rs`, which looks at reports for people.

mod made;

use made::{BILLING, Made, hostile, json, rendered, service};
use roxmltree::{Document, Node};
use scalelint::finding::Report;
use scalelint::output::Format;
use serde_json::Value;
use std::collections::BTreeSet;

fn reports() -> [Report; 3] {
    [service(), hostile(), Report::default()]
}

fn schema(text: &str) -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(text).expect("a schema");
    jsonschema::validator_for(&schema).expect("a schema")
}

fn errors(schema: &jsonschema::Validator, value: &Value) -> Vec<String> {
    schema.iter_errors(value).map(|error| format!("{error} at {}", error.instance_path())).collect()
}

/// The words of a field that may hold one of a few, in order of the findings.
fn words<'v>(list: &'v Value, pointer: &str) -> Vec<&'v str> {
    let list = list.as_array().expect("a list");
    list.iter().map(|item| item.pointer(pointer).and_then(Value::as_str).expect("a word")).collect()
}

/// <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>: a list, relative paths without `./`, one of five
/// severities, fingerprints that tell findings apart, no byte order mark.
#[test]
fn gitlab() {
    let schema = schema(include_str!("data/gitlab-code-quality.schema.json"));
    assert!(!schema.is_valid(&serde_json::json!({"description": "no fingerprint"})), "the canary must be alive");
    for report in reports() {
        let text = rendered(&report, Format::Gitlab);
        assert!(text.starts_with('['), "{text}");
        let issues: Value = serde_json::from_str(&text).expect("JSON");
        for issue in issues.as_array().expect("a list") {
            assert_eq!(errors(&schema, issue), [""; 0]);
            assert!(issue["location"]["lines"]["begin"].as_u64() <= issue["location"]["lines"]["end"].as_u64(), "{issue}");
        }
        let paths: Vec<&str> = report.findings.iter().map(|finding| report.file(finding.place).path.as_str()).collect();
        assert_eq!(words(&issues, "/location/path"), paths);
        let fingerprints: BTreeSet<&str> = words(&issues, "/fingerprint").into_iter().collect();
        assert_eq!(fingerprints.len(), report.findings.len());
    }
    let issues = json(&service(), Format::Gitlab);
    assert_eq!(words(&issues, "/severity"), ["major", "critical", "minor"]);
    assert_eq!(words(&issues, "/check_name"), ["missing-timeout", "global-mutable-state", "unbounded-query"]);
    assert_eq!(issues[2]["location"]["lines"], serde_json::json!({"begin": 2, "end": 4}));
}

/// The schema, and what the comments of `reviewdog.proto` say beyond it: lines and columns from 1, columns in bytes, ends exclusive.
#[test]
fn rdjson() {
    let schema = schema(include_str!("data/rdjson.schema.json"));
    assert!(!schema.is_valid(&serde_json::json!({"diagnostics": [{"severity": "FATAL"}]})), "the canary must be alive");
    for report in reports() {
        let result = json(&report, Format::Rdjson);
        assert_eq!(errors(&schema, &result), [""; 0]);
        let paths: Vec<&str> = report.findings.iter().map(|finding| report.file(finding.place).path.as_str()).collect();
        assert_eq!(words(&result["diagnostics"], "/location/path"), paths);
    }
    let result = json(&service(), Format::Rdjson);
    let range = &result["diagnostics"][0]["location"]["range"];
    let line = BILLING.lines().nth(7).expect("line 8");
    let (start, code) = (line.find("requests").expect("the call"), "requests.post(URL, json=order)");
    assert_eq!(range["start"], serde_json::json!({"line": 8, "column": start + 1}));
    assert_eq!(range["end"], serde_json::json!({"line": 8, "column": start + code.len() + 1}));
    assert_eq!(words(&result["diagnostics"], "/severity"), ["WARNING", "ERROR", "INFO"]);
    assert_eq!(result["diagnostics"][1]["related_locations"].as_array().map(Vec::len), Some(5));
}

/// What SonarQube's reader checks before it takes a report (`ExternalIssueReportValidator` in github.com/SonarSource/sonarqube): one bad
/// field and the whole report is refused. And <https://docs.sonarsource.com/sonarqube-server/latest/analyzing-source-code/importing-external-issues/generic-issue-import-format/>.
#[test]
fn sonar() {
    for report in reports() {
        let document = json(&report, Format::Sonar);
        let mut known = BTreeSet::new();
        for rule in document["rules"].as_array().expect("rules") {
            for key in ["id", "name", "engineId", "cleanCodeAttribute", "type", "severity"] {
                assert!(rule[key].as_str().is_some_and(|text| !text.is_empty()), "{key} of {rule}");
            }
            assert!(["BUG", "VULNERABILITY", "CODE_SMELL"].contains(&rule["type"].as_str().expect("a type")), "{rule}");
            let impacts = rule["impacts"].as_array().expect("impacts");
            assert!(!impacts.is_empty(), "{rule}");
            for impact in impacts {
                assert_eq!(impact["softwareQuality"], "RELIABILITY");
                assert!(["HIGH", "MEDIUM", "LOW"].contains(&impact["severity"].as_str().expect("a severity")), "{rule}");
            }
            assert!(known.insert(rule["id"].as_str()), "two rules {rule}");
        }
        let issues = document["issues"].as_array().expect("issues");
        assert_eq!(issues.len(), report.findings.len());
        for (issue, finding) in issues.iter().zip(&report.findings) {
            assert!(known.contains(&issue["ruleId"].as_str()), "{issue}");
            assert!(["severity", "type", "engineId"].iter().all(|key| issue.get(key).is_none()), "of the old format: {issue}");
            assert_eq!(issue["primaryLocation"]["filePath"], *report.file(finding.place).path);
            let others = issue["secondaryLocations"].as_array().into_iter().flatten();
            others.chain([&issue["primaryLocation"]]).for_each(check_sonar_location);
        }
    }
    let document = json(&service(), Format::Sonar);
    assert_eq!(document["rules"].as_array().map(Vec::len), Some(4), "rules without findings are listed too");
    assert_eq!(document["issues"][0]["primaryLocation"]["textRange"]["startLine"], 8);
    // A tab, and before the call a letter that takes two units: counted from 0.
    let before = BILLING.lines().nth(7).and_then(|line| line.split("requests").next()).expect("a start");
    assert_eq!(document["issues"][0]["primaryLocation"]["textRange"]["startColumn"], before.encode_utf16().count());
}

/// An end must lie behind its start, and a message must be there.
fn check_sonar_location(location: &Value) {
    let number = |key: &str| location["textRange"][key].as_u64();
    assert!(location["message"].as_str().is_some_and(|message| !message.is_empty()), "{location}");
    assert!(number("startLine") >= Some(1), "{location}");
    if number("startColumn").is_some() {
        assert!((number("startLine"), number("startColumn")) < (number("endLine"), number("endColumn")), "{location}");
    }
}

/// A place without width, as files that lack something have: columns are left out, since an empty range is refused.
#[test]
fn sonar_takes_no_empty_range() {
    let mut made = Made::default();
    let file = made.file("empty.py", "\n");
    let place = made.place(file, "");
    made.flag("missing-timeout", place, "nothing here");
    let document = json(&made.finish(), Format::Sonar);
    assert_eq!(document["issues"][0]["primaryLocation"]["textRange"], serde_json::json!({"startLine": 1}));
}

/// An element of a JUnit report.
struct Element {
    name: &'static str,
    children: &'static [&'static str],
    attributes: &'static [&'static str],
    required: &'static [&'static str],
}

/// The elements and attributes that Jenkins' own schema knows
/// (github.com/jenkinsci/xunit-plugin, `src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd`, MIT), with
/// which of them must be there. `skipped` at the root is newer than that schema; every reader passes it over.
const JUNIT: [Element; 5] = [
    Element {
        name: "testsuites",
        children: &["testsuite"],
        attributes: &["name", "time", "tests", "failures", "errors", "skipped"],
        required: &[],
    },
    Element {
        name: "testsuite",
        children: &["testcase", "properties", "system-out", "system-err"],
        attributes: &["name", "tests", "failures", "errors", "skipped", "file"],
        required: &["name", "tests", "failures", "errors"],
    },
    Element {
        name: "testcase",
        children: &["failure", "error", "skipped"],
        attributes: &["name", "classname", "time", "group"],
        required: &["name"],
    },
    Element { name: "failure", children: &[], attributes: &["type", "message"], required: &["type", "message"] },
    Element { name: "skipped", children: &[], attributes: &["type", "message"], required: &[] },
];

fn check_junit(node: Node<'_, '_>) {
    let name = node.tag_name().name();
    let element = JUNIT.iter().find(|element| element.name == name).unwrap_or_else(|| panic!("no {name}"));
    for attribute in node.attributes() {
        assert!(element.attributes.contains(&attribute.name()), "{name} has no {}", attribute.name());
    }
    assert!(element.required.iter().all(|wanted| node.has_attribute(*wanted)), "{node:?}");
    for child in node.children().filter(Node::is_element) {
        assert!(element.children.contains(&child.tag_name().name()), "{name} holds no {child:?}");
        check_junit(child);
    }
}

fn count(node: Node<'_, '_>, name: &str) -> usize {
    node.descendants().filter(|inner| inner.has_tag_name(name)).count()
}

#[test]
fn junit() {
    for report in reports() {
        let text = rendered(&report, Format::Junit);
        // The reader is as strict as XML 1.0: a control character, even as a reference, is an error to it.
        let document = Document::parse(&text).expect("XML");
        let root = document.root_element();
        check_junit(root);
        let number = |key: &str| root.attribute(key).and_then(|text| text.parse::<usize>().ok());
        assert_eq!(number("failures"), Some(report.findings.len()));
        assert_eq!(number("tests"), Some(count(root, "testcase")));
        assert_eq!((count(root, "failure"), count(root, "skipped")), (report.findings.len(), report.notices.len()));
        assert!(count(root, "testcase") > 0, "no tests at all would be an error to Jenkins");
    }
    let text = rendered(&service(), Format::Junit);
    assert!(text.contains("name=\"missing-timeout at 8:") && text.contains("classname=\"app/billing.py\""), "{text}");
    assert!(text.contains("via POST /orders is handled by create_order\n"), "{text}");
}

/// No schema is published; `CheckstyleParser` of Jenkins' analysis-model and the `checkstyle` format of reviewdog read these.
#[test]
fn checkstyle() {
    for report in reports() {
        let text = rendered(&report, Format::Checkstyle);
        let document = Document::parse(&text).expect("XML");
        let root = document.root_element();
        assert!(root.has_tag_name("checkstyle") && root.has_attribute("version"), "{text}");
        let names: Vec<&str> = root.children().filter(Node::is_element).filter_map(|file| file.attribute("name")).collect();
        let mut shown: Vec<&str> = names.clone();
        shown.dedup();
        assert_eq!(names, shown, "a file's findings stand together");
        let errors: Vec<Node<'_, '_>> = root.descendants().filter(|node| node.has_tag_name("error")).collect();
        assert_eq!(errors.len(), report.findings.len());
        for error in errors {
            assert!(error.parent().is_some_and(|file| file.has_tag_name("file")));
            let positive = |key: &str| error.attribute(key).and_then(|text| text.parse::<u32>().ok()) >= Some(1);
            assert!(positive("line") && positive("column"), "{error:?}");
            assert!(["error", "warning", "info"].contains(&error.attribute("severity").expect("a severity")), "{error:?}");
            assert!(error.attribute("source").is_some_and(|source| source.starts_with("scalelint.")), "{error:?}");
        }
    }
    let text = rendered(&service(), Format::Checkstyle);
    let document = Document::parse(&text).expect("XML");
    let severities: Vec<_> = document.descendants().filter_map(|node| node.attribute("severity")).collect();
    assert_eq!(severities, ["warning", "error", "info"]);
}

/// What is no control character survives the way through an XML reader.
#[test]
fn xml_keeps_names() {
    let report = hostile();
    let name = "]]>&<!--\"'>.py";
    for (format, attribute) in [(Format::Junit, "classname"), (Format::Checkstyle, "name")] {
        let text = rendered(&report, format);
        let document = Document::parse(&text).expect("XML");
        assert!(document.descendants().any(|node| node.attribute(attribute) == Some(name)), "{format:?}");
    }
}

/// <https://github.github.com/gfm/>: one row a finding, in which nothing of a name or message is markup;
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#adding-a-job-summary>: at most 1 MiB.
#[test]
fn markdown() {
    let report = hostile();
    let text = rendered(&report, Format::Markdown);
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| warning |")).collect();
    assert_eq!(rows.len(), report.findings.len());
    for row in rows {
        assert_eq!(row.matches('|').count(), 4, "{row}");
        let ours = ["<code>", "</code>", "<br>", "<!-- -->"].iter().fold(row.to_owned(), |row, tag| row.replace(tag, ""));
        assert!(!ours.contains(['<', '>', '`', '_', '@']), "{row}");
        assert_eq!(row.matches("](").count(), 1, "only the link to the rule: {row}");
        assert!(!row.contains("www.") && row.matches("://").count() == 1, "only the link to the rule: {row}");
    }
    insta::assert_snapshot!(rendered(&service(), Format::Markdown));
    assert!(rendered(&Report::default(), Format::Markdown).starts_with("## scalelint: no findings in 0 files\n"));
}

#[test]
fn a_summary_fits() {
    let mut made = Made::default();
    let file = made.file("hits.py", "call(u)\n");
    let place = made.place(file, "call");
    for _ in 0..3_000 {
        made.flag("missing-timeout", place, &"call waits | ".repeat(100));
    }
    let text = rendered(&made.finish(), Format::Markdown);
    assert!(text.len() < 1024 * 1024, "{}", text.len());
    let rows = text.lines().filter(|line| line.starts_with("| warning |")).count();
    assert!(rows > 100 && text.contains(&format!("\n{} more are not listed here.\n", 3_000 - rows)), "{rows}");
}

/// <https://docs.github.com/en/rest/checks/runs>: 64 KiB a message, columns only on one line. The limit of ten annotations a step is
/// the service's; what it then shows are the most severe.
#[test]
fn github_keeps_within_the_limits_of_annotations() {
    let mut made = Made::default();
    let file = made.file("hits.py", "call(\n  u)\n");
    let place = made.place(file, "call(\n  u)");
    let step = made.note(file, "u", &"é".repeat(3_000));
    let finding = made.flag("missing-timeout", place, &"é%\n".repeat(30_000));
    finding.help = "é".repeat(30_000);
    finding.trace = vec![step; 3_000];
    let text = rendered(&made.finish(), Format::Github);
    assert!(text.starts_with("::warning file=hits.py,line=1,endLine=2,title=missing-timeout::"), "{}", &text[..99]);
    assert!(text.len() < 64 * 1024, "{}", text.len());
    assert!(text.contains("%0Avia 2990 more%0A"), "{text}");
    assert_eq!(text.lines().count(), 1);
    let service = rendered(&service(), Format::Github);
    assert!(service.starts_with("::error file=app/billing.py,line=9,endLine=9,col=2,endColumn=25,title="), "{service}");
}
