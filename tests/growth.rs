//! Ten times as much takes ten times as long, whatever there is more of. This is no measurement of speed: what counts is processor time
//! of this process, the least of a few tries, and the limit lies far below what anything quadratic would take.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stdout, reason = "what was measured is told to whoever reads it")]

mod common;

use clap::ValueEnum;
use common::Project;
use scalelint::finding::Confidence;
use scalelint::output::{Format, Style, render};
use scalelint::scan::scan;
use scalelint::session::{Options, Session};
use std::fs;

/// The most that ten times as much may cost; the promise. Linear is less than 10, since a start costs the same for all; there is enough of
/// each kind that something quadratic is far above it.
const MOST: f64 = 12.0;

/// How often a kind is tried before it counts as a fault: others use the machine too.
const TRIES: usize = 3;

/// Processor time of all threads of this process, those that ended as well, in seconds.
fn processor_time() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").expect("the system's figures");
    // Behind the name, which may hold anything: fields 3 and on; user and system time are 14 and 15, in hundredths.
    let fields: Vec<&str> = stat.rsplit(')').next().expect("fields").split_whitespace().collect();
    let ticks = |at: usize| fields[at - 3].parse::<u32>().expect("a number");
    f64::from(ticks(14) + ticks(15)) / 100.0
}

/// What it costs to analyse a project and to write all reports.
fn cost(project: &Project) -> f64 {
    let start = processor_time();
    let options = Options {
        paths: vec![project.root().into()],
        select: Some(vec!["all".into()]),
        min_confidence: Some(Confidence::Low),
        threads: Some(1),
        ..Options::default()
    };
    let mut session = Session::new(&options).expect("a project");
    session.unlimited();
    let report = scan(&session);
    assert!(report.notices.is_empty(), "a part is left out, which costs nothing: {:?}", report.notices);
    let mut out = Vec::new();
    for format in Format::value_variants() {
        render(&report, *format, &Style::default(), &mut out).expect("memory takes everything");
    }
    processor_time() - start
}

const HEAD: &str = "import requests\nfrom flask import Flask\n\napp = Flask(__name__)\n";

/// One file, a finding in each function.
fn findings(n: usize) -> Project {
    let one =
        |at: usize| format!("\n\n@app.get('/{at}')\ndef show{at}():\n    return requests.get('https://x.example/{at}').text\n");
    Project::new().file("app.py", HEAD.to_owned() + &(0..n).map(one).collect::<String>())
}

/// Functions of many lines, and as many lines without any function.
fn lines(n: usize) -> Project {
    let inside: String = (0..n).map(|at| format!("    v{at} = load(v{}) + {at}\n", at.saturating_sub(1))).collect();
    let outside: String = (0..n).map(|at| format!("W{at} = max({at}, 3)\n")).collect();
    let text = format!("{HEAD}\n\ndef work(v0):\n{inside}\n\n{outside}");
    (0..4).fold(Project::new(), |project, at| project.file(&format!("app{at}.py"), &text))
}

fn files(n: usize) -> Project {
    (0..n).fold(Project::new(), |project, at| project.file(&format!("p{}/m{at}.py", at % 10), common::FLASK))
}

/// Modules that each import the one before, and call it; and one that imports them all.
fn imports(n: usize) -> Project {
    let all: String = (0..n).map(|at| format!("from pkg.m{at} import work as work{at}\n")).collect();
    let last = n - 1;
    let route = format!("{HEAD}{all}\n\n@app.get('/')\ndef show():\n    return work{last}(1)\n");
    let first = "import requests\n\n\ndef work(x):\n    return requests.get(x)\n".to_owned();
    let project = Project::new().file("pkg/__init__.py", "").file("pkg/m0.py", first).file("app.py", route);
    (1..n).fold(project, |project, at| {
        let before = at - 1;
        project.file(
            &format!("pkg/m{at}.py"),
            format!("from pkg import m{before}\nfrom pkg.m{before} import *\n\n\ndef work(x):\n    return m{before}.work(x)\n"),
        )
    })
}

/// Patterns of every kind, and files that each of them is held against.
fn patterns(n: usize) -> Project {
    let excludes: String = (0..n).map(|at| format!("  \"gen{at}/**/*_pb{at}.py\",\n")).collect();
    let suppressions: String =
        (0..n).map(|at| format!("[[suppress]]\nrule = \"missing-timeout\"\npath = \"old{at}/**\"\nreason = \"old\"\n")).collect();
    let ignored: String = (0..n).map(|at| format!("build{at}/*.tmp\n")).collect();
    files(20).file("scalelint.toml", format!("exclude = [\n{excludes}]\n{suppressions}")).file(".gitignore", ignored)
}

/// Depth, within the limit; in code, brackets and manifests. Without indentation, which would grow with the square of the depth.
fn nesting(n: usize) -> Project {
    let python = |at: usize| format!("def f{at}(x):\n    return {}x{}\n\n\n", "h(".repeat(n), ")".repeat(n));
    let rust = |at: usize| format!("fn f{at}(x: bool) {{ {} g(x); {} }}\n", "if x { ".repeat(n), "}".repeat(n));
    let flow = |at: usize| {
        format!("---\nkind: Deployment\napiVersion: apps/v1\nname: d{at}\nspec: {}1{}\n", "{a: ".repeat(n), "}".repeat(n))
    };
    let many = |one: &dyn Fn(usize) -> String| (0..500).map(one).collect::<String>();
    // A file of manifests may hold only so many values.
    let manifests = (0..20).map(|file| (format!("deploy{file}.yaml"), (0..25).map(flow).collect::<String>()));
    let project = Project::new().file("app.py", many(&python)).file("main.rs", many(&rust));
    manifests.fold(project, |project, (path, text)| project.file(&path, text))
}

/// Makes a project with so much of something.
type Make = fn(usize) -> Project;

/// What there can be more of: how it is made, and how much is there to begin with.
const KINDS: [(&str, Make, usize); 6] = [
    ("findings", findings, 200),
    ("lines", lines, 1_000),
    ("files", files, 80),
    ("imports", imports, 120),
    ("patterns", patterns, 120),
    ("nesting", nesting, 10),
];

#[test]
fn ten_times_as_much_takes_ten_times_as_long() {
    for (name, make, n) in KINDS {
        let (one, ten) = (make(n), make(10 * n));
        let (mut least_one, mut least_ten) = (f64::INFINITY, f64::INFINITY);
        let mut fits = false;
        for _ in 0..TRIES {
            (least_one, least_ten) = (least_one.min(cost(&one)), least_ten.min(cost(&ten)));
            println!("{name}: {least_one:.2} s, ten times as much {least_ten:.2} s");
            fits = least_ten < MOST * least_one;
            if fits {
                break;
            }
        }
        assert!(fits, "{name}: {least_one:.2} s, and ten times as much {least_ten:.2} s");
    }
}
