//! Every output format, once, over reports made by hand: what it looks like, its schema, and that no file name or source line can do
//! harm. Apart from the other tests because it needs no analysis.

use scalelint::finding::{Confidence, FileId, Finding, Level, Note, Notice, NoticeKind, Place, Report, ReportFile, Summary};
use scalelint::output::{Format, Style, render};
use scalelint::source::{LineIndex, Span};
use serde_json::Value;

const FORMATS: [Format; 6] = [Format::Text, Format::Concise, Format::Json, Format::JsonLines, Format::Sarif, Format::Github];

/// A report under construction.
#[derive(Default)]
struct Made(Report);

impl Made {
    fn file(&mut self, path: &str, text: &str) -> FileId {
        self.0.files.push(ReportFile { path: path.into(), text: text.into(), lines: LineIndex::new(text) });
        FileId::from_index(self.0.files.len() - 1)
    }

    /// The first place of `code` in `file`.
    fn place(&self, file: FileId, code: &str) -> Place {
        let start = self.0.files[file.index()].text.find(code).unwrap_or_else(|| panic!("no {code:?}"));
        Place { file, span: Span::new(start, start + code.len()) }
    }

    fn note(&self, file: FileId, code: &str, message: &str) -> Note {
        Note { place: self.place(file, code), message: message.into() }
    }

    fn flag(&mut self, rule: &'static str, place: Place, message: &str) -> &mut Finding {
        self.0.findings.push(Finding {
            rule,
            level: Level::Warning,
            confidence: Confidence::High,
            place,
            message: message.into(),
            help: String::new(),
            trace: Vec::new(),
            related: Vec::new(),
            deployment: Vec::new(),
            symbol: String::new(),
            fingerprint: String::new(),
            content: String::new(),
        });
        self.0.findings.last_mut().expect("just pushed")
    }

    fn finish(mut self) -> Report {
        scalelint::fingerprint::assign(&mut self.0.findings, &self.0.files, &[]);
        self.0.summary.findings = self.0.findings.len();
        self.0
    }
}

const BILLING: &str = "import requests\n\nsent = {}\n\n\ndef charge(order):\n\t# 🦕 tab above\n\tlabel = '🦕'; answer = requests.post(URL, json=order)\n\tsent[order.id] = answer\n\treturn answer\n";
const ROUTES: &str = "@app.post(\"/orders\")\r\ndef create_order(order: Order):\r\n    return charge(order)\r\n";

/// A service with three findings: a path over two files, deployment evidence, and a call over several lines.
fn service() -> Report {
    let mut made = Made::default();
    let billing = made.file("app/billing.py", BILLING);
    let routes = made.file("app/routes.py", ROUTES);
    let web = made.file("deploy/web.yaml", "kind: Deployment\nspec:\n  replicas: 5\n");
    let users = made.file("app/users.py", "def users(db):\n    return db.query(\n        User,\n    ).all()\n");
    let path = vec![
        made.note(routes, "@app", "POST /orders is handled by create_order"),
        made.note(routes, "charge(order)", "create_order calls charge"),
    ];

    let place = made.place(billing, "requests.post(URL, json=order)");
    let finding = made.flag("missing-timeout", place, "requests.post waits without limit: requests has no default timeout");
    finding.help = "pass timeout=(connect, read), for example timeout=(3.05, 27)".into();
    finding.trace.clone_from(&path);
    finding.symbol = "charge".into();

    let place = made.place(billing, "sent[order.id] = answer");
    let related =
        vec![made.note(billing, "sent", "declared here"), made.note(routes, "create_order", "also written from [here](9)")];
    let deployment = vec![made.note(web, "replicas: 5", "replicas: 5")];
    let finding =
        made.flag("global-mutable-state", place, "sent is written by every request, and each of 5 replicas has its own");
    finding.help = "keep it in a store that all instances share, such as a database table or a key with an expiry in the \
                    cache that the project already uses"
        .into();
    (finding.level, finding.trace, finding.related, finding.deployment) = (Level::Error, path, related, deployment);

    let place = made.place(users, "db.query(\n        User,\n    ).all()");
    let finding = made.flag("unbounded-query", place, "the query returns every User");
    (finding.level, finding.confidence) = (Level::Note, Confidence::Medium);

    let notice = |path: &str, kind, message: &str| Notice { path: path.into(), kind, message: message.into() };
    made.0.notices = vec![
        notice("app/brok en.py", NoticeKind::PartlyParsed, "line 3 has a syntax error; the rest was analysed"),
        notice("", NoticeKind::Cut, "200 findings of missing-timeout in hits.py are listed, 24,800 more are not"),
    ];
    made.0.summary = Summary { files: 4, lines: 24, findings: 0, suppressed: 1, baselined: 2 };
    made.0.rules = vec!["global-mutable-state", "missing-timeout", "unbounded-query", "uncoordinated-cron"];
    made.finish()
}

fn rendered(report: &Report, format: Format) -> String {
    styled(report, format, &Style::default())
}

fn styled(report: &Report, format: Format, style: &Style) -> String {
    let mut out = Vec::new();
    render(report, format, style, &mut out).expect("writing to memory");
    String::from_utf8(out).expect("reports are UTF-8")
}

fn json(report: &Report, format: Format) -> Value {
    serde_json::from_str(&rendered(report, format)).expect("valid JSON")
}

#[test]
fn text() {
    insta::assert_snapshot!(rendered(&service(), Format::Text));
}

#[test]
fn text_in_colour() {
    let style = Style { colour: true, width: 80, links: true };
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

/// Names and source that have broken other tools.
fn hostile() -> Report {
    let mut made = Made::default();
    let names = [
        "a\n::error file=x::pwned\nb.py",
        "\r::stop-commands::x.py",
        "::error file=x::pwned.py",
        "##[error]pwned.py",
        "c,line=9:d.py",
        "%0A.py",
        "e\x1b]0;T\x07\x1b[2J.py",
        "c1\u{9b}31m\u{85}.py",
        "r\u{202e}tl\u{2066}.py",
        "sp ace#q?.py",
        "<script>.py",
        "-rf.py",
        "nonutf8-\u{fffd}.py",
        "tags\u{e0041}\u{200b}.py",
    ];
    for name in names {
        let source = format!("x = '\x1b]0;H\x07\x1b[31m\u{202e}\u{9b}'; call(u) # ##[error]x\r::error::y\n{name}\n");
        let file = made.file(name, &source);
        let place = made.place(file, "call(u)");
        let note = made.note(file, "x =", &format!("declared as {name}"));
        let finding = made.flag("missing-timeout", place, &format!("{name} ::warning::x is called by GET {name}"));
        finding.help = format!("{name} ::error::help").repeat(9);
        (finding.trace, finding.related, finding.deployment) = (vec![note.clone()], vec![note.clone()], vec![note]);
    }
    for name in names {
        made.0.notices.push(Notice { path: name.into(), kind: NoticeKind::NotParsed, message: format!("{name} is odd") });
    }
    made.finish()
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
    for format in FORMATS {
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
    let hits = |count: usize, separator: &str| {
        let mut made = Made::default();
        let text: String = (0..count).flat_map(|_| ["call(u)", separator]).collect();
        let file = made.file("hits.py", &text);
        for at in 0..count {
            let start = at * ("call(u)".len() + separator.len());
            made.flag("missing-timeout", Place { file, span: Span::new(start, start + 7) }, "call waits");
        }
        made.finish()
    };
    for separator in ["\n", ", "] {
        let (few, many) = (hits(1_000, separator), hits(10_000, separator));
        for format in FORMATS {
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
