//! Reports made by hand, for the tests that look at output formats: a small service, and names that have broken other tools.
#![allow(dead_code, reason = "each test file uses its own part")]

use scalelint::finding::{Confidence, FileId, Finding, Level, Note, Notice, NoticeKind, Place, Report, ReportFile, Summary};
use scalelint::output::{Format, Style, render};
use scalelint::source::{LineIndex, Span};
use serde_json::Value;

/// A report under construction.
#[derive(Default)]
pub(crate) struct Made(pub(crate) Report);

impl Made {
    pub(crate) fn file(&mut self, path: &str, text: &str) -> FileId {
        self.0.files.push(ReportFile { path: path.into(), text: text.into(), lines: LineIndex::new(text) });
        FileId::from_index(self.0.files.len() - 1)
    }

    /// The first place of `code` in `file`.
    pub(crate) fn place(&self, file: FileId, code: &str) -> Place {
        let start = self.0.files[file.index()].text.find(code).unwrap_or_else(|| panic!("no {code:?}"));
        Place { file, span: Span::new(start, start + code.len()) }
    }

    pub(crate) fn note(&self, file: FileId, code: &str, message: &str) -> Note {
        Note { place: self.place(file, code), message: message.into() }
    }

    pub(crate) fn flag(&mut self, rule: &'static str, place: Place, message: &str) -> &mut Finding {
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
            fix: None,
            symbol: String::new(),
            fingerprint: String::new(),
            content: String::new(),
        });
        self.0.findings.last_mut().expect("just pushed")
    }

    pub(crate) fn finish(mut self) -> Report {
        scalelint::fingerprint::assign(&mut self.0.findings, &self.0.files, &[]);
        self.0.summary.findings = self.0.findings.len();
        self.0
    }
}

pub(crate) const BILLING: &str = "import requests\n\nsent = {}\n\n\ndef charge(order):\n\t# 🦕 tab above\n\tlabel = '🦕'; answer = requests.post(URL, json=order)\n\tsent[order.id] = answer\n\treturn answer\n";
const ROUTES: &str = "@app.post(\"/orders\")\r\ndef create_order(order: Order):\r\n    return charge(order)\r\n";

/// A service with three findings: a path over two files, deployment evidence, and a call over several lines.
pub(crate) fn service() -> Report {
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

pub(crate) fn rendered(report: &Report, format: Format) -> String {
    styled(report, format, &Style::default())
}

pub(crate) fn styled(report: &Report, format: Format, style: &Style) -> String {
    let mut out = Vec::new();
    render(report, format, style, &mut out).expect("writing to memory");
    String::from_utf8(out).expect("reports are UTF-8")
}

pub(crate) fn json(report: &Report, format: Format) -> Value {
    serde_json::from_str(&rendered(report, format)).expect("valid JSON")
}

/// Names and source that have broken other tools.
pub(crate) fn hostile() -> Report {
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
        "]]>&<!--\"'>.py",
        "a|b`c`*d*_e_[f](g) @team www.x.y https://x.y.py",
        "no\u{fffe}character\u{ffff}\u{0}.py",
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
