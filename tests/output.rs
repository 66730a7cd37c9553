//! Every output format, once, over reports made by hand: what it looks like, its schema, and that no file name or source line can do
//! harm. Apart from the other tests because it needs no analysis.

mod made;

use clap::ValueEnum;
use made::{BILLING, Made, hostile, json, rendered, service, styled};
use scalelint::finding::{Level, Place, Report};
use scalelint::output::{Format, Style};
use scalelint::source::Span;
use serde_json::Value;

#[test]
fn text() {
    insta::assert_snapshot!(rendered(&service(), Format::Text));
}

#[test]
fn text_in_colour() {
    let style = Style { colour: true, width: 80, links: true, whole: false };
    insta::assert_snapshot!(styled(&service(), Format::Text, &style).replace('\x1b', "ESC"));
}

#[test]
fn concise() {
    insta::assert_snapshot!(rendered(&service(), Format::Concise));
}

#[test]
fn json_document() {
    let document = rendered(&service(), Format::Json);
    let of_page = |line: &&str| line.trim_start().starts_with("\"group\":");
    // The group comes from the rule's page, which is not the matter of this test.
    assert_eq!(document.lines().filter(of_page).count(), 3);
    insta::assert_snapshot!(document.lines().filter(|line| !of_page(line)).collect::<Vec<_>>().join("\n"));
}

#[test]
fn json_lines() {
    let report = service();
    let lines: Vec<Value> = rendered(&report, Format::JsonLines)
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line is a document"))
        .collect();
    assert_eq!(Value::from(lines), json(&report, Format::Json)["findings"]);
}

#[test]
fn sarif() {
    let mut log = json(&service(), Format::Sarif);
    // The text of the pages is not the matter of this test.
    for rule in log["runs"][0]["tool"]["driver"]["rules"].as_array_mut().expect("rules") {
        for (key, value) in rule.as_object_mut().expect("a rule") {
            if matches!(key.as_str(), "shortDescription" | "fullDescription" | "help" | "properties" | "defaultConfiguration") {
                *value = Value::from("from the page");
            }
        }
    }
    insta::assert_snapshot!(serde_json::to_string_pretty(&log).expect("JSON"));
}

#[test]
fn explained_page() {
    let example = |name: &str| format!("### {name}\n\n```python\ncall(u)  # flagged\n```\n\n");
    let examples: String = ["first", "second", "third"].into_iter().map(example).collect();
    let markdown = format!(
        "# a-rule\n\nSomething waits. It waits long.\n\n```toml\ngroup = \"state\"\nset = \"strict\"\nlevel = \"error\"\n\
         languages = [\"python\"]\n```\n\n## Why it does not scale\n\nBecause.\n\n## Examples\n\n{examples}## Known gaps\n\n- Many.\n"
    );
    let page = scalelint::rules::Page::parse(&markdown);
    insta::assert_snapshot!(scalelint::output::page(&page, &Style::default()));
    let coloured = scalelint::output::page(&page, &Style { colour: true, ..Style::default() });
    assert!(coloured.starts_with("\x1b[1ma-rule\x1b[0m\n"), "{coloured}");
}

#[test]
fn github() {
    insta::assert_snapshot!(rendered(&service(), Format::Github));
}

/// Whether `c` must never reach a terminal or a log raw.
fn is_dangerous(c: char) -> bool {
    let is_bidi = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    (c.is_control() && c != '\n') || is_bidi
}

#[test]
fn nothing_foreign_reaches_terminal_or_log() {
    let report = hostile();
    assert!(report.files.iter().any(|file| file.path.contains(is_dangerous)), "the canary must be alive");
    for &format in Format::value_variants() {
        let out = rendered(&report, format);
        for line in out.lines() {
            assert_eq!(line.find(is_dangerous), None, "{format:?}: {line:?}");
            let is_ours = format == Format::Github && line.starts_with("::warning file=");
            assert!(is_ours || !line.trim_start().starts_with("::"), "{format:?}: {line:?}");
            assert!(!line.contains("##["), "{format:?}: {line:?}");
        }
    }
}

#[test]
fn one_line_a_finding() {
    let report = hostile();
    for format in [Format::Concise, Format::JsonLines, Format::Github] {
        assert_eq!(rendered(&report, format).lines().count(), report.findings.len(), "{format:?}");
    }
}

#[test]
fn odd_names_survive_where_machines_read() {
    let report = hostile();
    let document = json(&report, Format::Json);
    let log = json(&report, Format::Sarif);
    for (at, file) in report.files.iter().enumerate() {
        assert_eq!(document["findings"][at]["path"], *file.path);
        let uri = log["runs"][0]["results"][at]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str();
        let uri = uri.expect("a URI");
        assert!(uri.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/%".contains(&byte)), "{uri}");
        assert_eq!(decoded(uri), file.path);
    }
}

fn decoded(uri: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = uri.bytes();
    while let Some(byte) = rest.next() {
        let hex: Vec<u8> = if byte == b'%' { rest.by_ref().take(2).collect() } else { Vec::new() };
        let code = std::str::from_utf8(&hex).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(code.unwrap_or(byte));
    }
    String::from_utf8(bytes).expect("UTF-8")
}

#[test]
fn documents_match_their_schemas() {
    let schema = |text: &str| {
        let schema: Value = serde_json::from_str(text).expect("a schema");
        jsonschema::validator_for(&schema).expect("a schema")
    };
    let ours = schema(include_str!("../schema/report.schema.json"));
    let sarif = schema(include_str!("data/sarif-2.1.0.schema.json"));
    for report in [service(), hostile(), Report::default()] {
        for (validator, format) in [(&ours, Format::Json), (&sarif, Format::Sarif)] {
            let document = json(&report, format);
            let errors: Vec<String> =
                validator.iter_errors(&document).map(|error| format!("{error} at {}", error.instance_path())).collect();
            assert_eq!(errors, [""; 0], "{format:?}");
        }
    }
    assert!(!ours.is_valid(&serde_json::json!({"version": 2})), "the canary must be alive");
    assert!(!sarif.is_valid(&serde_json::json!({"version": "2.1.0", "runs": [{}]})), "the canary must be alive");
}

#[test]
fn columns_count_utf16_units() {
    let report = service();
    let document = json(&report, Format::Json);
    let line = BILLING.lines().nth(7).expect("line 8");
    let before = line.split("requests").next().expect("a start");
    assert_eq!(document["findings"][0]["line"], 8);
    assert_eq!(document["findings"][0]["column"], before.encode_utf16().count() + 1);
    assert_eq!(document["findings"][0]["trace"][1]["line"], 3, "CRLF is one line break");
    let region = &json(&report, Format::Sarif)["runs"][0]["results"][1]["locations"][0]["physicalLocation"]["region"];
    assert_eq!(region["startColumn"], document["findings"][0]["column"]);
    assert_eq!(region["endColumn"], document["findings"][0]["end_column"]);
}

#[test]
fn far_columns_are_shown() {
    let mut made = Made::default();
    let file = made.file("far.py", &format!("x = [{}call(u)] + y\n", "é,".repeat(70_000)));
    let place = made.place(file, "call(u)");
    made.flag("missing-timeout", place, "call waits");
    let report = made.finish();
    let text = rendered(&report, Format::Text);
    assert!(text.contains("far.py:1:140006") && text.contains("call(u)] + y"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 210), "{text}");
    assert!(rendered(&report, Format::Concise).starts_with("far.py:1:140006: "));
}

/// Not timed: what is written for a finding does not depend on how many there are, nor on how long its line is.
#[test]
fn output_grows_with_the_findings_only() {
    for separator in ["\n", ", "] {
        let (few, many) = (hits(1_000, separator), hits(10_000, separator));
        for &format in Format::value_variants() {
            let (few, many) = (rendered(&few, format).len(), rendered(&many, format).len());
            assert!(many < 12 * few, "{format:?}: {few} bytes became {many}");
        }
    }
}

#[test]
fn sarif_keeps_within_the_limits_of_services() {
    let mut made = Made::default();
    let file = made.file("hits.py", "call(u)\n");
    let place = made.place(file, "call");
    let step = made.note(file, "u", &"é".repeat(3_000));
    for _ in 0..25_001 {
        made.flag("missing-timeout", place, "call waits");
    }
    let last = made.flag("missing-timeout", place, &"é".repeat(3_000));
    (last.level, last.trace, last.related) = (Level::Error, vec![step.clone(); 3_000], vec![step; 500]);
    let run = &json(&made.finish(), Format::Sarif)["runs"][0];
    let results = run["results"].as_array().expect("results");
    assert_eq!((results.len(), &results[0]["level"]), (25_000, &Value::from("error")));
    assert_eq!(results[0]["message"]["text"].as_str().map(|text| text.chars().count()), Some(1_024));
    assert_eq!(results[0]["codeFlows"][0]["threadFlows"][0]["locations"].as_array().map(Vec::len), Some(1_000));
    let notification = run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].as_str();
    assert_eq!(notification, Some("25002 findings, of which the 25000 most severe are listed."));
}

/// Ninety findings of one kind are five to read and a list, unless all of them are asked for.
#[test]
fn findings_alike_take_a_line_each() {
    let report = hits(12, "\n");
    let drawn = |whole| styled(&report, Format::Text, &Style { whole, ..Style::default() });
    assert_eq!(drawn(true).matches('╭').count(), 12, "excerpts");
    let text = drawn(false);
    assert_eq!(text.matches('╭').count(), 5, "excerpts");
    assert_eq!(text.lines().filter(|line| line.starts_with("  warning[missing-timeout] hits.py:")).count(), 7, "{text}");
    assert!(text.contains("\n7 findings take one line: "), "{text}");
}

fn hits(count: usize, separator: &str) -> Report {
    let mut made = Made::default();
    let text: String = (0..count).flat_map(|_| ["call(u)", separator]).collect();
    let file = made.file("hits.py", &text);
    for at in 0..count {
        let start = at * ("call(u)".len() + separator.len());
        made.flag("missing-timeout", Place { file, span: Span::new(start, start + 7) }, "call waits");
    }
    made.finish()
}
