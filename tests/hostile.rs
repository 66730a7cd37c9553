//! What strangers may put into a tree, as `hostile.py` describes it and further: nothing ends the run, the good file is reported,
//! the bad ones are named, and nothing they are called reaches a terminal or a log as it is.
#![cfg(unix)]

mod common;

use common::{FORMATS, Outcome, Project, found, json, noticed};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

/// One finding, of `missing-timeout`.
const BAD: &str = "import requests\ndef f(u):\n    return requests.get(u)\n";

/// Names with everything in them that terminals, logs and formats give a meaning to.
const NAMES: [&str; 10] = [
    "a\n::error file=x::pwned\nb.py",
    "\r::stop-commands::x.py",
    "c,line=9:d.py",
    "%0A.py",
    "e\u{1b}]0;T\u{7}\u{1b}[2J.py",
    "r\u{202e}tl.py",
    "sp ace#q?.py",
    "<script>.py",
    "-rf.py",
    "###[error]x ##vso[task.complete]y ##teamcity[z].py",
];

fn nested(open: &str, close: &str, depth: usize) -> String {
    format!("{}1{}", open.repeat(depth), close.repeat(depth))
}

fn check(project: &Project, more: &[&str]) -> Outcome {
    project.run(&[&["check", "--isolated", "--format", "json"], more].concat())
}

/// The run ends, and whatever else is in the tree, the good file is reported. Gives the notices.
fn survives(project: Project) -> Vec<(String, String)> {
    let run = check(&project.file("good.py", BAD), &[]);
    assert_eq!(run.code, Some(1), "{}", run.err);
    let report = json(&run.out);
    assert!(found(&report).contains(&("missing-timeout".into(), "good.py".into())), "{}", run.out);
    noticed(&report)
}

fn kinds<'n>(notices: &'n [(String, String)], path: &str) -> Vec<&'n str> {
    notices.iter().filter(|(of, _)| of == path).map(|(_, kind)| kind.as_str()).collect()
}

/// Terraform and settings of proxies: whatever they hold, the run ends; what was not read is named.
#[test]
fn infrastructure_and_proxies() {
    let chain: String = (0..400)
        .map(|at| format!("  v{at} = local.v{} + max(local.v{}, {})\n", at + 1, at + 1, nested("(1 + ", ")", 20)))
        .collect();
    let bombs: String = (1..40).map(|at| format!("  b{at} = [{}]\n", vec![format!("local.b{}", at - 1); 9].join(", "))).collect();
    let asked = "resource \"aws_ecs_service\" \"x\" {\n  desired_count = local.v0\n  name = length(local.b39)\n}\n";
    let project = Project::new()
        .file("nested.tf", format!("locals {{\n  a = {}\n}}\n", nested("[", "]", 100_000)))
        .file("filled.tf", format!("locals {{\n  a = {}\n}}\n", "\"${".repeat(100_000)))
        .file("open.tf", "locals {\n  a = <<EOT\nnever ended ${\n")
        .file("blocks.tf", "b {\n".repeat(100_000))
        .file("flags.tf", format!("locals {{\n  a = {}true\n}}\n", "!".repeat(100_000)))
        .file("fly.toml", format!("a = {}", "[".repeat(100_000)))
        .file("apart/main.tf", format!("locals {{\n  v400 = 1\n  b0 = [1]\n{chain}{bombs}}}\n{asked}"))
        .file("circle/main.tf", "module \"a\" {\n  source = \"../circle\"\n  count = 30\n}\n")
        .file("nginx.conf", format!("http {{{}", "server {".repeat(100_000)))
        .file("quoted.conf", format!("server {{ {}", "\"".repeat(100_001)))
        .file("haproxy.cfg", format!("backend a\n{}", " server b c\n".repeat(50_000)));
    let notices = survives(project);
    for path in ["nested.tf", "filled.tf", "open.tf", "blocks.tf", "flags.tf", "fly.toml"] {
        assert!(!kinds(&notices, path).is_empty(), "{path} is not named");
    }
}

#[test]
fn nesting() {
    let mut project = Project::new();
    let deep = [1_000, 10_000, 100_000];
    for depth in deep {
        for (name, open, close) in [("paren", "(", ")"), ("bracket", "[", "]")] {
            let value = nested(open, close, depth);
            project = project
                .file(&format!("{name}{depth}.py"), format!("x = {value}\n"))
                .file(&format!("{name}{depth}.rs"), format!("const X: u8 = {value};\n"))
                .file(&format!("open_{name}{depth}.py"), open.repeat(depth))
                .file(&format!("open_{name}{depth}.rs"), open.repeat(depth));
        }
    }
    let indented: String = (0..511).map(|depth| format!("{}if 1:\n", " ".repeat(depth))).collect();
    project = project.file("indent.py", format!("{indented}{}'a'\n", " ".repeat(511)));
    let notices = survives(project);
    for depth in deep {
        for name in ["paren", "bracket", "open_paren", "open_bracket"] {
            for extension in ["py", "rs"] {
                let path = format!("{name}{depth}.{extension}");
                assert!(!kinds(&notices, &path).is_empty(), "{path} is not named");
            }
        }
    }
    assert!(!kinds(&notices, "indent.py").is_empty());
}

#[test]
fn chains() {
    let mut project = Project::new();
    for length in [100, 1_000, 10_000, 100_000] {
        project = project
            .file(&format!("add{length}.py"), format!("x = {}\n", vec!["a"; length].join("+")))
            .file(&format!("dots{length}.py"), format!("x = {}b\n", "a.".repeat(length)))
            .file(&format!("calls{length}.py"), format!("x = a{}\n", "()".repeat(length)))
            .file(&format!("elif{length}.py"), format!("if a: b\n{}", "elif a: b\n".repeat(length)))
            .file(&format!("nots{length}.py"), format!("x = {}1\n", "not ".repeat(length)))
            .file(&format!("add{length}.rs"), format!("fn f() {{ let x = {}; }}\n", vec!["a"; length].join("+")))
            .file(&format!("dots{length}.rs"), format!("fn f() {{ a{}; }}\n", ".b()".repeat(length)))
            .file(&format!("else{length}.rs"), format!("fn f() {{ if a {{}} {} }}\n", "else if a {} ".repeat(length)))
            .file(&format!("refs{length}.rs"), format!("fn f() {{ let x = {}1; }}\n", "&".repeat(length)))
            .file(&format!("macro{length}.rs"), format!("fn f() {{ json!({}1); }}\n", "-".repeat(length)))
            .file(&format!("types{length}.rs"), format!("type T = {}u8{};\n", "Vec<".repeat(length), ">".repeat(length)));
    }
    survives(project);
}

#[test]
fn long_lines() {
    let numbers: String = (0..200_000).map(|n| format!("f({n},\"s{n}\"),")).collect();
    let many = vec!["requests.get(u)"; 25_000].join(",");
    let project = Project::new()
        .file("one_line.py", format!("x = [{numbers}]\n"))
        .file("far.py", format!("import requests\ndef f(u): return [{}requests.get(u)]\n", "0,".repeat(40_000)))
        .file("hits.py", format!("import requests\ndef f(u): return [{many}]\n"))
        .file("good.py", BAD);
    let run = check(&project, &[]);
    let report = json(&run.out);
    let notices = noticed(&report);
    assert_eq!(kinds(&notices, "one_line.py"), ["too-large"]);
    assert_eq!(kinds(&notices, "far.py"), ["partly-parsed"]);
    assert!(kinds(&notices, "hits.py").contains(&"cut"), "{notices:?}");
    let count = |path: &str| found(&report).iter().filter(|(_, of)| of == path).count();
    assert_eq!((count("good.py"), count("far.py"), count("hits.py")), (1, 0, 200));
    let outputs: Vec<String> = FORMATS.iter().map(|format| format!("--output={format}=out.{format}")).collect();
    let run = check(&project, &outputs.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(run.code, Some(1));
    for format in FORMATS {
        let written = fs::metadata(project.path(&format!("out.{format}"))).expect("a report").len();
        assert!(written < 4_000_000, "{format}: {written} bytes");
    }
}

#[test]
fn encodings() {
    let utf16: Vec<u8> = format!("\u{feff}{BAD}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let project = Project::new()
        .file("bom.py", [b"\xef\xbb\xbf", BAD.as_bytes()].concat())
        .file("cookie.py", [b"# coding: latin-1\n# \xe9\n", BAD.as_bytes()].concat())
        .file("cr.py", BAD.replace('\n', "\r"))
        .file("crlf.py", BAD.replace('\n', "\r\n"))
        .file("emoji.py", "import requests\ndef f(s): t = '\u{1f995}'; requests.get(s)\n")
        .file("good.py", BAD)
        .file("latin.py", [BAD.as_bytes(), b"# \xe9\n"].concat())
        .file("nul.py", [BAD.as_bytes(), b"\0\n"].concat())
        .file("u16.py", utf16);
    let report = json(&check(&project, &[]).out);
    let at = |path: &str| {
        let findings = report["findings"].as_array().expect("findings").iter();
        let mut places = findings
            .filter(|finding| finding["path"] == path)
            .map(|finding| (finding["line"].clone(), finding["column"].clone()));
        places.next().map(|(line, column)| (line.as_u64().unwrap_or(0), column.as_u64().unwrap_or(0)))
    };
    for path in ["bom.py", "crlf.py", "good.py", "u16.py"] {
        assert_eq!(at(path), Some((3, 12)), "{path}");
    }
    assert_eq!(at("cookie.py"), Some((5, 12)));
    assert_eq!(at("emoji.py"), Some((2, 21)));
    let notices = noticed(&report);
    assert_eq!(kinds(&notices, "latin.py"), ["not-text"]);
    assert_eq!(kinds(&notices, "nul.py"), ["not-text"]);
    // Right, or said to be missing; never in a wrong place.
    assert!(at("cr.py") == Some((3, 12)) || (at("cr.py").is_none() && !kinds(&notices, "cr.py").is_empty()), "{:?}", at("cr.py"));
}

#[test]
fn names_are_made_harmless_in_every_format() {
    let mut project = Project::new().file("esc_src.py", format!("{BAD}x = \"\u{1b}]0;H\u{7}\u{1b}[31m\"\n")).file("good.py", BAD);
    for name in NAMES {
        project = project.file(name, BAD);
        project = project.file(&format!("broken/{name}"), "x = \0");
    }
    fs::write(project.root().join(OsStr::from_bytes(b"nonutf8-\xff.py")), BAD).expect("a file");
    assert_eq!(found(&json(&check(&project, &[]).out)).len(), NAMES.len() + 3);
    let wrong = "[rules.\"##vso[x]\"]\nlevel = \"##[error]::error ::x\"\n";
    fs::write(project.path("wrong.toml"), wrong).expect("a file");
    let formats = FORMATS.map(|format| (vec!["check", "--isolated", "-v", "--format", format], 1));
    let others = [(vec!["check", "--isolated", "--show-files"], 0), (vec!["check", "--config", "wrong.toml"], 2)];
    for (arguments, code) in formats.into_iter().chain(others) {
        let (run, format) = (project.run(&arguments), arguments.join(" "));
        assert_eq!(run.code, Some(code), "{format}");
        for (stream, text) in [("out", &run.out), ("err", &run.err)] {
            let raw = text
                .chars()
                .find(|&c| c != '\n' && (c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')));
            assert_eq!(raw, None, "{format} {stream}: {text}");
            let ours = ["::error ", "::warning ", "::notice "];
            let foreign =
                |line: &&str| line.trim_start().starts_with("::") && !ours.iter().any(|command| line.starts_with(command));
            assert_eq!(text.lines().find(foreign), None, "{format} {stream}");
            let anywhere = ["##[", "##vso[", "##teamcity["].iter().find(|command| text.contains(**command));
            assert_eq!(anywhere, None, "{format} {stream}: {text}");
            assert_eq!(text.lines().find(|line| line.starts_with("::error file=x::pwned")), None, "{format} {stream}");
        }
    }
}

#[test]
fn links_pipes_and_sockets() {
    let project = Project::new().file("good.py", BAD).file(".real/hidden.py", BAD);
    let made = std::process::Command::new("mkfifo").arg(project.path("fifo.py")).status().expect("mkfifo");
    assert!(made.success());
    let _socket = UnixListener::bind(project.path("sock.py")).expect("a socket");
    let links =
        [("zero.py", "/dev/zero"), ("outside.py", "/etc/hostname"), ("dangling.py", "/nowhere"), ("loop", "."), ("root", "/")];
    for (name, target) in links {
        symlink(target, project.path(name)).expect("a link");
    }
    fs::create_dir(project.path("farm")).expect("a folder");
    for number in 0..2_000 {
        symlink("../good.py", project.path(&format!("farm/l{number}.py"))).expect("a link");
    }
    symlink(".real", project.path("shown")).expect("a link");
    let report = json(&check(&project, &[]).out);
    assert_eq!(found(&report).iter().map(|(_, path)| path.as_str()).collect::<Vec<_>>(), ["good.py", "shown/hidden.py"]);
    let notices = noticed(&report);
    for path in ["fifo.py", "sock.py", "zero.py", "outside.py", "root"] {
        assert_eq!(kinds(&notices, path), ["not-regular"], "{path}");
    }
    assert_eq!(kinds(&notices, "dangling.py"), ["unreadable"]);
    assert_eq!(kinds(&notices, "loop"), Vec::<&str>::new());
    assert_eq!(check(&project, &["--strict"]).code, Some(4));
}

#[test]
fn control_files_that_are_no_files() {
    for name in [".gitignore", ".ignore", "pyproject.toml", "Cargo.lock", "requirements.txt", "tool"] {
        for target in [None, Some("/dev/zero"), Some("/dev/stdin"), Some("/nowhere")] {
            let project = Project::new();
            match target {
                Some(target) => symlink(target, project.path(name)).expect("a link"),
                None => assert!(std::process::Command::new("mkfifo").arg(project.path(name)).status().expect("mkfifo").success()),
            }
            let run = project.file("good.py", BAD).run(&["check", "--format", "json"]);
            assert_eq!(run.code, Some(1), "{name} {target:?}: {}", run.err);
        }
    }
    let project = Project::new();
    symlink("/dev/zero", project.path("scalelint.toml")).expect("a link");
    let run = project.file("good.py", BAD).run(&["check"]);
    assert_eq!(run.code, Some(2), "{}", run.err);
    let project = Project::new().file("shared/base.toml", "fail-on = \"never\"\n");
    symlink("shared/base.toml", project.path("scalelint.toml")).expect("a link");
    let run = project.file("good.py", BAD).run(&["check"]);
    assert_eq!(run.code, Some(0), "a link inside the project is followed: {}", run.err);
}

#[test]
fn configuration_reads_nothing_outside() {
    let canary = Project::new().file("secret.toml", "canary = 1\n");
    let secret = canary.path("secret.toml");
    let project = Project::new().file("app.py", BAD).file("scalelint.toml", "extends = \"base.toml\"\nmodels = [\"*.toml\"]\n");
    // Without the protection the canary would be quoted: it is no known key.
    fs::copy(&secret, project.path("base.toml")).expect("a copy");
    assert!(project.run(&["check"]).err.contains("canary"));
    fs::remove_file(project.path("base.toml")).expect("removed");
    symlink(&secret, project.path("base.toml")).expect("a link");
    let run = project.run(&["check"]);
    assert_eq!(run.code, Some(2));
    assert!(!run.err.contains("canary"), "{}", run.err);
    let hostile = project.file("scalelint.toml", format!("a = \"{}\"\n\"\u{1b}[2J\u{202e}\" = 1\n", "x".repeat(100_000)));
    let run = hostile.run(&["check"]);
    assert_eq!(run.code, Some(2));
    assert!(run.err.len() < 4_000 && !run.err.contains(['\u{1b}', '\u{202e}']), "{}", run.err);
}

#[test]
fn deep_folders() {
    let project = Project::new();
    let mut folder = project.root().to_path_buf();
    for _ in 0..400 {
        folder.push("d");
    }
    fs::create_dir_all(&folder).expect("folders");
    fs::write(folder.join("deep.py"), BAD).expect("a file");
    survives(project);
}

#[test]
fn threads_change_nothing() {
    let mut project = Project::new().file("nul.py", "\0").file("deep.py", nested("(", ")", 1_000));
    for number in 0..60 {
        project = project.file(&format!("p{}/m{number}.py", number % 7), BAD);
    }
    for format in FORMATS {
        let with = |threads: &str| project.run(&["check", "--isolated", "--format", format, "--threads", threads]);
        let one = with("1");
        for threads in ["2", "8", "64"] {
            let more = with(threads);
            assert!(one.out == more.out && one.err == more.err, "{format} differs with {threads} threads");
        }
    }
}

/// Deployment files made to break their readers: nesting, aliases, cycles, texts without end.
#[test]
fn deployment_files() {
    let bomb: String = (0..12)
        .map(|level| {
            let inside = if level == 0 { "x, ".repeat(9) } else { format!("*a{}, ", level - 1).repeat(9) };
            format!("a{level}: &a{level} [{}]\n", inside.trim_end_matches(", "))
        })
        .collect();
    let manifest = |body: &str| format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x}}\ndata: {body}\n");
    let project = Project::new()
        .file("deep/list.yaml", manifest(&format!("\n{}x", "- ".repeat(100_000))))
        .file("deep/flow.yaml", manifest(&"[".repeat(100_000)))
        .file("deep/map.yaml", manifest(&"{a: ".repeat(50_000)))
        .file("bomb.yaml", format!("kind: List\napiVersion: v1\n{bomb}"))
        .file("long.yaml", manifest(&format!("\n{}", "  k: v\n".repeat(100_000))))
        .file("broken.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: 'open\n")
        .file(
            "cycle/docker-compose.yml",
            "services:\n  a: {extends: b}\n  b: {extends: {service: a}}\n  c: {extends: {file: other.yml, service: c}}\n",
        )
        .file("cycle/other.yml", "services:\n  c: {extends: {file: docker-compose.yml, service: c}}\n")
        .file(
            "Dockerfile",
            format!("FROM x\nCOPY run.sh /run.sh\nENTRYPOINT [\"/run.sh\"]\nCMD [{}]\n", "\"a\", ".repeat(50_000)),
        )
        .file(
            "run.sh",
            format!("#!/bin/sh\nf() {{ g; g; }}\ng() {{ f; f; }}\nf\n./run.sh\nexec \"$@\"\n{}", "case x in\n".repeat(20_000)),
        )
        .file("a/Dockerfile", format!("FROM x\nCMD {}\n", "(".repeat(100_000)))
        .file("b/Dockerfile", format!("FROM x AS x\nFROM x AS x\nRUN <<EOF\n{}", "y\n".repeat(10_000)))
        .file("c/Dockerfile", "FROM \\\n".repeat(50_000))
        .file("d/Dockerfile", "FROM x\nCOPY . /\nCMD [\"/s.sh\"]\n")
        .file("d/s.sh", format!("#!/bin/sh\n{}f() {{ f; . ./s.sh; }}\n", ". ./s.sh\nf\n./s.sh\n".repeat(500)))
        .file(
            "template.yaml",
            format!("apiVersion: v1\nkind: Template\nobjects:\n- {{apiVersion: v1, kind: ConfigMap, data: {{a: '{}'}}}}\nparameters:\n{}", "${{A".repeat(50_000), "- {name: A, value: '${A}${A}'}\n".repeat(10_000)),
        )
        .file("Procfile", format!("web: {}\nworker: {}\n", "${A:-".repeat(50_000), "$(".repeat(50_000)))
        .file("supervisord.conf", format!("[{}\n[program:x]\ncommand=supervisord -c supervisord.conf\n", "[".repeat(100_000)));
    let notices = survives(project);
    for path in ["deep/list.yaml", "deep/flow.yaml", "deep/map.yaml", "bomb.yaml", "broken.yaml"] {
        assert_eq!(kinds(&notices, path), ["partly-parsed"], "{path}");
    }
}
