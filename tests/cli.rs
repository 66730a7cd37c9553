//! The command line from outside: exit codes in every format, closed pipes, colours, outputs, the words of errors.

mod common;

use common::{FLASK, FORMATS, Project, found, json, noticed, outcome, scalelint, wait};
use std::fs;
use std::process::Stdio;

#[test]
fn findings_fail_the_run_in_every_format() {
    let project = Project::with_finding();
    for format in FORMATS {
        let check = |more: &[&str]| project.run(&[&["check", "--format", format], more].concat()).code;
        assert_eq!(check(&[]), Some(1), "{format}");
        assert_eq!(check(&["--exit-zero"]), Some(0), "{format}");
        assert_eq!(check(&["--fail-on", "error"]), Some(0), "{format}");
        assert_eq!(check(&["--fail-on", "never"]), Some(0), "{format}");
        assert_eq!(check(&["--ignore", "missing-timeout"]), Some(0), "{format}");
    }
}

#[test]
fn clean_code_passes_in_every_format() {
    let project = Project::clean();
    for format in FORMATS {
        assert_eq!(project.run(&["check", "--format", format]).code, Some(0), "{format}");
    }
}

#[test]
fn nothing_to_analyse_is_an_error_in_every_format() {
    let project = Project::new().file("README.md", "no code");
    for format in FORMATS {
        let run = project.run(&["check", "--format", format]);
        assert_eq!(run.code, Some(3), "{format}: {run:?}");
        assert!(run.err.contains("nothing to analyse"), "{}", run.err);
        assert_eq!(project.run(&["check", "--format", format, "--allow-empty"]).code, Some(0), "{format}");
    }
    // The documents are valid all the same.
    json(&project.run(&["check", "--format", "json"]).out);
    json(&project.run(&["check", "--format", "sarif"]).out);
}

#[test]
fn an_incomplete_analysis_fails_when_strict() {
    let project = Project::clean().file("big.py", "x = 1\n".repeat(400_000));
    for format in FORMATS {
        assert_eq!(project.run(&["check", "--format", format]).code, Some(0), "{format}");
        assert_eq!(project.run(&["check", "--format", format, "--strict"]).code, Some(4), "{format}");
        // Only what is reported on counts.
        assert_eq!(project.run(&["check", "--format", format, "--strict", "app.py"]).code, Some(0), "{format}");
    }
}

#[test]
fn wrong_usage() {
    let project = Project::clean();
    for arguments in [
        &["check", "--bogus"][..],
        &["check", "nowhere.py"],
        &["check", "--select", "mising-timeout"],
        &["check", "--threads", "0"],
        &["check", "--output", "yaml"],
        &["check", "--output", "json", "--output", "sarif"],
        &["check", "--config", "nowhere.toml"],
        &["explain", "mising-timeout"],
        &["bogus"],
        &[],
    ] {
        let run = project.run(arguments);
        assert_eq!(run.code, Some(2), "{arguments:?}: {run:?}");
        assert!(run.out.is_empty() && !run.err.is_empty(), "{arguments:?}: {run:?}");
    }
    let run = project.run(&["check", "--select", "mising-timeout"]);
    assert!(run.err.contains("did you mean `missing-timeout`"), "{}", run.err);
}

#[test]
fn help_and_version_are_no_errors() {
    for arguments in [&["--help"][..], &["--version"], &["check", "--help"], &["rules"], &["explain", "missing-timeout"]] {
        let run = outcome(scalelint(arguments));
        assert_eq!(run.code, Some(0), "{arguments:?}");
        assert!(!run.out.is_empty() && run.err.is_empty(), "{arguments:?}");
    }
}

#[test]
fn every_rule_is_listed_and_explained() {
    let listed = outcome(scalelint(&["rules"])).out;
    assert_eq!(listed.lines().count(), scalelint::rules::Rule::all().len());
    for rule in scalelint::rules::Rule::all() {
        assert!(listed.lines().any(|line| line.split_whitespace().next() == Some(rule.name)), "{}", rule.name);
        assert!(outcome(scalelint(&["explain", rule.name])).out.contains(rule.name), "{}", rule.name);
    }
    let near = outcome(scalelint(&["explain", "timeout"]));
    assert!(near.err.contains("did you mean `missing-timeout`"), "{}", near.err);
    assert!(outcome(scalelint(&["explain", "unused-suppression"])).out.contains("unused-suppression"));
}

/// Options that other commands of the contract may bring along: there is no cache, so none is used, made or left.
#[test]
fn there_is_no_cache() {
    let project = Project::with_finding();
    let plain = project.run(&["check"]);
    let run = project.run(&["check", "--no-cache", "--cache-dir", "cache"]);
    assert_eq!((run.code, &run.out), (plain.code, &plain.out));
    assert!(!project.path("cache").exists());
}

/// The findings as a page that stands alone, whatever names are in it.
#[test]
fn findings_are_a_page() {
    let hostile = "<script>alert(1)</script>&.py";
    let project = Project::with_finding().file(hostile, FLASK).file("broken.py", "def f(:\n");
    let run = project.run(&["check", "--output", "html=report.html", "--output", "concise"]);
    assert!(run.code == Some(1) && run.out.contains("app.py:9:12"), "{run:?}");
    let page = fs::read_to_string(project.path("report.html")).expect("the page");
    assert!(page.starts_with("<!DOCTYPE html><html lang=\"en\">") && page.contains("content=\"default-src 'none';"), "{page}");
    for shown in
        ["2 warnings in 3 files", "missing-timeout", "/rates is handled by rates", "app.py:9", "&lt;script&gt;", "broken.py"]
    {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    for foreign in ["<script", "<link", "<img", "src=", "href="] {
        assert!(!page.contains(foreign), "{foreign}: {page}");
    }
}

#[test]
fn a_closed_pipe_keeps_the_earned_code() {
    for (project, code) in [(Project::clean(), 0), (Project::with_finding(), 1)] {
        for format in FORMATS {
            let mut child = project
                .command(&["check", "--format", format])
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .expect("a start");
            drop(child.stdout.take());
            assert_eq!(wait(&mut child), Some(code), "{format}");
        }
    }
    let mut child = scalelint(&["--help"]).stdout(Stdio::piped()).spawn().expect("a start");
    drop(child.stdout.take());
    assert_eq!(wait(&mut child), Some(0));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_reported() {
    let project = Project::with_finding();
    let full = || fs::File::options().write(true).open("/dev/full").expect("/dev/full");
    for format in FORMATS {
        let mut command = project.command(&["check", "--format", format]);
        let output = command.stdout(full()).output().expect("a run");
        assert_eq!(output.status.code(), Some(5), "{format}");
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(err.contains("cannot write to standard output"), "{format}: {err}");
    }
    for arguments in [&["rules"][..], &["--help"], &["explain", "missing-timeout"], &["check", "--show-files"]] {
        let output = project.command(arguments).stdout(full()).output().expect("a run");
        assert_eq!(output.status.code(), Some(5), "{arguments:?}");
    }
    let run = project.run(&["check", "--output", "json=/dev/full"]);
    assert_eq!(run.code, Some(5), "{run:?}");
    assert!(run.err.contains("`/dev/full`"), "{}", run.err);
}

#[test]
fn outputs_go_where_they_are_told() {
    let project = Project::clean().file("old.json", "old");
    let run = project.run(&["check", "--output", "json=old.json", "--output", "sarif=new.sarif", "--output", "concise"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    json(&fs::read_to_string(project.path("old.json")).expect("the report"));
    json(&fs::read_to_string(project.path("new.sarif")).expect("the report"));
    // Nothing is left lying about.
    let names = fs::read_dir(project.root()).expect("a listing").map(|entry| entry.expect("an entry").file_name());
    let mut names = names.map(|name| name.to_string_lossy().into_owned()).collect::<Vec<_>>();
    names.sort();
    assert_eq!(names, [".git", "app.py", "new.sarif", "old.json"]);

    let run = project.run(&["check", "--output", "json=nowhere/out.json", "--output", "sarif=second.sarif"]);
    assert_eq!(run.code, Some(5), "{run:?}");
    json(&fs::read_to_string(project.path("second.sarif")).expect("the second output is written all the same"));
}

#[cfg(target_os = "linux")]
#[test]
fn signals_end_the_run() {
    let project = Project::clean();
    // Opening a pipe that nobody reads waits for ever.
    let made = std::process::Command::new("mkfifo").arg(project.path("pipe")).status().expect("mkfifo");
    assert!(made.success());
    for (signal, number, code) in [("INT", 2, 130), ("TERM", 15, 143)] {
        let mut child = project.command(&["check", "--output", "json=pipe"]).stderr(Stdio::null()).spawn().expect("a start");
        let status = format!("/proc/{}/status", child.id());
        let caught = || {
            let text = fs::read_to_string(&status).unwrap_or_default();
            let mask = text.lines().find_map(|line| line.strip_prefix("SigCgt:")).map(str::trim);
            mask.and_then(|mask| u64::from_str_radix(mask, 16).ok()).is_some_and(|mask| mask & (1 << (number - 1)) != 0)
        };
        while !caught() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        common::signal(&child, signal);
        assert_eq!(wait(&mut child), Some(code), "{signal}");
    }
}

#[test]
fn colours_follow_the_environment() {
    let project = Project::clean().file("scalelint.toml", "selct = []\n");
    let colored = |variables: &[(&str, &str)], more: &[&str]| {
        let mut command = project.command(&[&["check"], more].concat());
        command.envs(variables.iter().copied());
        outcome(command).err.contains('\u{1b}')
    };
    assert!(!colored(&[], &[]), "no terminal, no colour");
    assert!(colored(&[("FORCE_COLOR", "1")], &[]));
    assert!(colored(&[("CLICOLOR_FORCE", "1")], &[]));
    assert!(!colored(&[("FORCE_COLOR", "0")], &[]));
    assert!(!colored(&[("NO_COLOR", "1"), ("FORCE_COLOR", "1")], &[]));
    assert!(colored(&[], &["--color", "always"]));
    assert!(!colored(&[("FORCE_COLOR", "1")], &["--color", "never"]));
    assert!(!colored(&[("TERM", "dumb")], &[]));
    let mut usage = scalelint(&["check", "--bogus"]);
    usage.env("FORCE_COLOR", "1");
    assert!(outcome(usage).err.contains('\u{1b}'));
}

#[test]
fn findings_are_coloured_when_asked() {
    let project = Project::with_finding();
    assert!(project.run(&["check", "--color", "always"]).out.contains('\u{1b}'));
    assert!(!project.run(&["check"]).out.contains('\u{1b}'));
    for format in ["json", "json-lines", "sarif", "github", "concise"] {
        let run = project.run(&["check", "--format", format]);
        assert!(!run.out.contains('\u{1b}'), "{format}");
    }
}

#[test]
fn paths_filter_what_is_reported() {
    let project = Project::new().file("a/one.py", FLASK).file("b/two.py", FLASK).file("c.py", "x = 1\n");
    let files = |arguments: &[&str]| project.run(&[&["check", "--show-files"], arguments].concat()).out;
    assert_eq!(files(&[]), "a/one.py\nb/two.py\nc.py\n");
    assert_eq!(files(&["a", "c.py"]), "a/one.py\nc.py\n");
    let mut elsewhere = scalelint(&["check", "--show-files", "."]);
    elsewhere.current_dir(project.path("b"));
    assert_eq!(outcome(elsewhere).out, "b/two.py\n", "paths are relative to the root");
    let run = project.run(&["check", "--show-files", "--format", "json", ".git"]);
    assert_eq!(run.code, Some(3), "{run:?}");
}

#[test]
fn findings_outside_the_paths_are_not_reported() {
    let project = Project::new().file("a/one.py", FLASK).file("b/two.py", FLASK);
    let report = json(&project.run(&["check", "--format", "json", "b"]).out);
    assert_eq!(found(&report), [("missing-timeout".into(), "b/two.py".into())]);
}

/// Without a `.git` or a configuration, the folder that somebody works in is the project of the files and parts below it; elsewhere it is
/// the folder that was named.
#[test]
fn without_a_repository_the_current_folder_is_the_project() {
    let routed = "from flask import Flask\nfrom svc.app import store\napp = Flask(__name__)\n\n\n@app.get('/x')\ndef x():\n    return store.load().text\n";
    let called = "import requests\n\n\ndef load():\n    return requests.get('https://x.example')\n";
    let project = Project::new().file("svc/app/main.py", routed).file("svc/app/store.py", called).file("svc/Cargo.toml", "");
    fs::remove_dir(project.path(".git")).expect("the mark of a root");
    let steps = |folder: &std::path::Path, path: &str| {
        let mut command = scalelint(&["check", "--format", "json", "--select", "missing-timeout", path]);
        command.current_dir(folder);
        let report = json(&outcome(command).out);
        let finding = &report["findings"][0];
        (finding["path"].as_str().unwrap_or_default().to_owned(), finding["trace"].as_array().map_or(0, Vec::len))
    };
    let whole = ("svc/app/store.py".to_owned(), 2);
    assert_eq!(steps(project.root(), "svc/app/store.py"), whole);
    assert_eq!(steps(project.root(), "."), whole);
    let explained = project.run(&["explain", "svc/app/store.py:5"]).out;
    assert!(explained.starts_with("svc/app/store.py:5\n") && explained.contains("GET /x is handled by x"), "{explained}");
    // A folder may be a project of its own, unless what it lies in looks like one.
    let parted = Project::new().file("svc/app/store.py", called).file("other/main.py", routed);
    fs::remove_dir(parted.path(".git")).expect("the mark of a root");
    assert_eq!(steps(parted.root(), "svc"), ("app/store.py".to_owned(), 0));
    fs::write(parted.path("Procfile"), "web: gunicorn other.main:app\n").expect("a file");
    assert_eq!(steps(parted.root(), "svc"), whole);
    // From within, the nearest folder that looks like a project counts.
    assert_eq!(steps(&project.path("svc/app"), ".").0, "app/store.py");
    // Nobody's project: everything there is.
    assert_eq!(steps(std::path::Path::new("/"), &project.path("svc/app/store.py").to_string_lossy()).0, "app/store.py");
}

#[test]
fn the_walk_sees_what_git_sees() {
    let project = Project::new()
        .file(".gitignore", "build/\n*.gen.py\n!kept.gen.py\n")
        .file("sub/.gitignore", "/local.py\n")
        .file("scalelint.toml", "exclude = [\"legacy/\", \"*_pb2.py\"]\n")
        .file("tool", "#!/usr/bin/env python3\n")
        .file("notes", "no script\n")
        .file("target/models.py", "")
        .file("crate/Cargo.toml", "")
        .file("crate/src/lib.rs", "")
        .file("crate/target/debug/out.rs", "")
        .file("env/pyvenv.cfg", "")
        .file("env/lib/x.py", "");
    let listed = [
        "app.py",
        "build/x.py",
        "x.gen.py",
        "kept.gen.py",
        "sub/local.py",
        "sub/deep/local.py",
        "legacy/x.py",
        "a_pb2.py",
        ".hidden/x.py",
        "node_modules/x.py",
        "venv/x.py",
        "a/__pycache__/x.py",
    ];
    let project = listed.iter().fold(project, |project, path| project.file(path, ""));
    let shown = project.run(&["check", "--show-files"]).out;
    let expected = ["app.py", "crate/src/lib.rs", "kept.gen.py", "sub/deep/local.py", "target/models.py", "tool"];
    assert_eq!(shown.lines().collect::<Vec<_>>(), expected);
    assert!(project.run(&["check", "--isolated", "--show-files"]).out.contains("legacy/x.py"));
}

#[test]
fn summaries_go_to_standard_error() {
    let project = Project::clean().file("big.py", "x = 1\n".repeat(400_000));
    let run = project.run(&["check"]);
    assert!(run.out.is_empty(), "{}", run.out);
    assert!(run.err.contains("big.py: larger than the limit of 2 MiB [too-large]"), "{}", run.err);
    assert!(run.err.contains("no findings in 1 file; the analysis is incomplete: 1 notice\n"), "{}", run.err);
    assert!(!project.run(&["check", "-q"]).err.contains("no findings"));
    assert!(project.run(&["check", "-v"]).err.contains("time: walk "));
}

#[test]
fn suppressions_count_and_are_checked() {
    let silenced = FLASK.replace(".json()", ".json()  # scalelint: ignore[missing-timeout] the proxy cuts at 30 s");
    let report = json(&Project::new().file("app.py", &silenced).run(&["check", "--format", "json"]).out);
    assert_eq!(found(&report), []);
    assert_eq!(report["summary"]["suppressed"], 1);

    let unused = "x = 1  # scalelint: ignore[missing-timeout] no reason to be here\n";
    let run = Project::new().file("app.py", unused).run(&["check", "--format", "json"]);
    assert_eq!(run.code, Some(1));
    assert_eq!(found(&json(&run.out)), [("unused-suppression".into(), "app.py".into())]);

    let configured = "[[suppress]]\nrule = \"missing-timeout\"\npath = \"app.py\"\nreason = \"the proxy cuts\"\n";
    let report = json(&Project::with_finding().file("scalelint.toml", configured).run(&["check", "--format", "json"]).out);
    assert_eq!(found(&report), []);
    let expired = format!("{configured}until = 2026-05-31\n").replace("2026-05-31", "\"2026-05-31\"");
    let report = json(&Project::with_finding().file("scalelint.toml", expired).run(&["check", "--format", "json"]).out);
    let both = [("missing-timeout".into(), "app.py".into()), ("unused-suppression".into(), "scalelint.toml".into())];
    assert_eq!(found(&report), both);
}

#[test]
fn unused_configured_suppressions_are_reported() {
    let configured = "[[suppress]]\nrule = \"missing-timeout\"\nreason = \"none\"\n";
    let project = Project::clean().file("scalelint.toml", configured);
    let run = project.run(&["check", "--format", "json"]);
    assert_eq!(found(&json(&run.out)), [("unused-suppression".into(), "scalelint.toml".into())], "{run:?}");
    let run = project.run(&["check", "--format", "json", "--ignore", "unused-suppression"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let run = project.run(&["check", "--format", "json", "app.py"]);
    assert_eq!(run.code, Some(0), "not what was asked about: {run:?}");
}

#[test]
fn configuration_is_found_and_inherited() {
    let off = "[rules.missing-timeout]\nlevel = \"off\"\n";
    let level = |project: Project| json(&project.run(&["check", "--format", "json"]).out)["findings"][0]["level"].clone();
    assert_eq!(level(Project::with_finding().file("scalelint.toml", off)), serde_json::Value::Null);
    let error = "[rules.missing-timeout]\nlevel = \"error\"\n";
    let tool = error.replace("[rules", "[tool.scalelint.rules");
    let metadata = format!("[package]\nname = \"x\"\n{}", error.replace("[rules", "[package.metadata.scalelint.rules"));
    assert_eq!(level(Project::with_finding().file("pyproject.toml", tool)), "error");
    assert_eq!(level(Project::with_finding().file("Cargo.toml", metadata)), "error");
    let child = "extends = \"shared/base.toml\"\nselect = [\"missing-timeout\"]\n";
    assert_eq!(level(Project::with_finding().file("shared/base.toml", error).file("scalelint.toml", child)), "error");
}

#[test]
fn configuration_errors_point_into_the_file() {
    let cases = [
        ("unknown-key", "exclude = []\nselct = [\"missing-timeout\"]\n"),
        ("unknown-rule", "[rules.mising-timeout]\nlevel = \"off\"\n"),
        ("unknown-selector", "select = [\"recommended\", \"resiliance\"]\n"),
        ("unknown-option", "[rules.missing-timeout]\nmax-second = 3\n"),
        ("wrong-type", "[rules.missing-timeout]\nmax-seconds = \"3\"\n"),
        ("wrong-level", "[rules.missing-timeout]\nlevel = \"warn\"\n"),
        ("no-reason", "[[suppress]]\nrule = \"missing-timeout\"\n"),
        ("no-date", "[[suppress]]\nrule = \"missing-timeout\"\nreason = \"x\"\nuntil = \"1st of May\"\n"),
        ("no-toml", "select = [\n\nfail-on = 3\n"),
        ("entry-point", "[[entry-points]]\nkind = \"request\"\n"),
        ("extends-outside", "extends = \"/etc/hostname\"\n"),
        ("extends-itself", "extends = \"scalelint.toml\"\n"),
        ("limit", "[limits]\nnesting = 1000\n"),
    ];
    for (name, text) in cases {
        let run = Project::clean().file("scalelint.toml", text).run(&["check"]);
        assert_eq!(run.code, Some(2), "{name}: {run:?}");
        assert!(run.out.is_empty(), "{name}");
        insta::assert_snapshot!(name, run.err);
    }
}

#[test]
fn somebody_elses_manifest_is_no_error() {
    for text in ["[project\n", "[tool.ruff]\nselect = 3\n", "tool = 3\n"] {
        let run = Project::clean().file("pyproject.toml", text).run(&["check"]);
        assert_eq!(run.code, Some(0), "{text}: {run:?}");
    }
    let run = Project::clean().file("pyproject.toml", "[tool.scalelint\n").run(&["check"]);
    assert_eq!(run.code, Some(2), "{run:?}");
}

#[test]
fn unmatched_model_patterns_are_noticed() {
    let project = Project::clean().file("scalelint.toml", "models = [\"ops/*.toml\"]\n");
    let report = json(&project.run(&["check", "--format", "json"]).out);
    assert_eq!(noticed(&report), [("scalelint.toml".into(), "unreadable".into())]);
}

/// Entries of the configuration that meet nothing are reported at their place.
#[test]
fn dead_entries_are_reported() {
    let config = "exclude = [\"old/\", \"nowhere/\"]\n\n[[entry-points]]\nkind = \"job\"\nfunction = \"app.nothing\"\n\n\
                  [[entry-points]]\nkind = \"job\"\nfunction = \"jobs.nightly.Report.run\"\n\n[[entry-points]]\nkind = \"job\"\n\
                  decorator = \"ourlib.missing\"\n";
    let job = "import requests\n\n\nclass Report:\n    def run(self):\n        requests.get('https://example.org')\n";
    let project = Project::new().file("old/a.py", "").file("services/jobs/nightly.py", job).file("scalelint.toml", config);
    let report = json(&project.run(&["check", "--format", "json"]).out);
    let messages = report["findings"].as_array().expect("findings").iter();
    let messages: Vec<_> = messages.map(|finding| (finding["line"].clone(), finding["message"].clone())).collect();
    let expected = [
        (1.into(), "`nowhere/` under `exclude` keeps nothing out".into()),
        (3.into(), "the project has no function `app.nothing`".into()),
        (11.into(), "nothing in the project is decorated with `ourlib.missing`".into()),
    ];
    assert_eq!(messages[..3], expected, "{report}");
    // The one that is there counts: the call is on a job's path, and the trace says so.
    assert_eq!(report["findings"][3]["rule"], "missing-timeout", "{report}");
    assert_eq!(report["findings"][3]["trace"].as_array().map(Vec::len), Some(1), "{report}");
}

/// A method of another class with the same last name is not meant.
#[test]
fn declared_functions_are_told_apart() {
    let code = "import requests\n\n\nclass A:\n    def run(self):\n        requests.get('https://example.org')\n\n\n\
                class B:\n    def run(self):\n        requests.get('https://example.org')\n";
    let lines = |entry: &str| {
        let config = format!("[[entry-points]]\nkind = \"request\"\n{entry}\n");
        let project = Project::new().file("app/work.py", code).file("scalelint.toml", config);
        let report =
            json(&project.run(&["check", "--format", "json", "--select", "missing-timeout", "--min-confidence", "low"]).out);
        let traced = report["findings"].as_array().expect("findings").iter();
        let traced = traced.filter(|finding| finding["trace"].as_array().is_some_and(|trace| !trace.is_empty()));
        traced.filter_map(|finding| finding["line"].as_u64()).collect::<Vec<_>>()
    };
    assert_eq!(lines("function = \"work.B.run\""), [11]);
    assert_eq!(lines("function = \"run\""), [6, 11]);
    assert_eq!(lines("name = \"run\""), [6, 11]);
}

#[test]
fn a_project_is_begun() {
    let project = Project::with_finding();
    let run = project.run(&["init"]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), "wrote ./scalelint.toml\n"));
    for service in ["github/codeql-action", "codequality:", "check --staged", "`scalelint baseline create` takes in"] {
        assert!(run.out.contains(service), "{}", run.out);
    }
    assert_eq!(project.run(&["check"]).code, Some(1), "all of it is commented out");
    let again = project.run(&["init"]);
    assert!(again.code == Some(2) && again.err.contains("left as it is"), "{again:?}");
    let nowhere = project.run(&["init", "nowhere"]);
    assert_eq!(nowhere.code, Some(2), "{nowhere:?}");
    let schema = json(&project.run(&["init", "--schema"]).out);
    assert_eq!(schema["title"], "scalelint.toml");
}

/// What the README says, by the letter: from nothing to a check that passes, and fails for what a branch adds.
#[test]
fn the_readme_leads_to_a_failing_check() {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).expect("the README");
    let section = readme.split("\n## Adopting it\n").nth(1).expect("the section");
    let steps = section.split("```sh\n").nth(1).and_then(|block| block.split("```").next()).expect("the steps");
    let project = Project::with_finding();
    fs::remove_dir(project.path(".git")).expect("the mark of a root");
    let git = |arguments: &[&str]| {
        let mut git = std::process::Command::new("git");
        git.args(["-c", "user.name=t", "-c", "user.email=t@example"]).args(arguments).current_dir(project.root());
        assert!(git.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("git").success(), "{arguments:?}");
    };
    git(&["init"]);
    for step in steps.lines() {
        let words: Vec<&str> = step.split(' ').collect();
        match words.split_first().expect("a step") {
            (&"scalelint", arguments) => {
                let run = project.run(arguments);
                assert_eq!(run.code, Some(0), "{step}: {run:?}");
            }
            (&"git", arguments) => git(arguments),
            (other, _) => panic!("nobody can run {other} here"),
        }
    }
    git(&["commit", "--quiet", "--message=baseline"]);
    fs::write(project.path("new.py"), FLASK).expect("a file");
    let run = project.run(&["check", "--format", "concise"]);
    assert!(run.code == Some(1) && run.out.starts_with("new.py:9:12: warning[missing-timeout]"), "{run:?}");
    assert!(run.err.contains("1 finding (1 warning) in 2 files; 1 in the baseline"), "{run:?}");
}

/// What `init` prints is what the documentation shows.
#[test]
fn snippets_are_written_once() {
    let read = |path: &str| fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect(path);
    let printed = Project::new().run(&["init"]).out;
    for (snippet, pages) in
        [("src/cli/init/github.yml", &["README.md", "docs/ci.md"][..]), ("src/cli/init/gitlab.yml", &["docs/ci.md"])]
    {
        let snippet = read(snippet);
        assert!(printed.contains(&snippet.lines().map(|line| format!("  {line}\n")).collect::<String>()), "{printed}");
        pages.iter().for_each(|page| assert!(read(page).contains(&format!("```yaml\n{snippet}```")), "{page}"));
    }
}

/// A configuration that the system does not tell about is none to go on without: the run would be another one.
#[cfg(unix)]
#[test]
fn a_configuration_that_cannot_be_read_is_an_error() {
    for name in ["pyproject.toml", "Cargo.toml", "scalelint.toml", "web/pyproject.toml"] {
        let project = Project::with_finding().file("web/app.py", FLASK);
        std::os::unix::fs::symlink("round.toml", project.path("round.toml")).expect("a link");
        std::os::unix::fs::symlink(project.path("round.toml"), project.path(name)).expect("a link");
        let run = project.run(&["check"]);
        assert!(run.code == Some(2) && run.out.is_empty() && run.err.contains(name), "{name}: {run:?}");
    }
}

/// Each value with where it comes from, and TOML that says the same again.
#[test]
fn settings_are_shown_with_their_origin() {
    let base = "min-confidence = \"high\"\nignore = [\"in-process-cache\"]\n";
    let child = "extends = \"base.toml\"\nfail-on = \"error\"\n[rules.missing-timeout]\nlevel = \"note\"\nmax-seconds = 30\n";
    let project = Project::clean().file("base.toml", base).file("scalelint.toml", child);
    let run = project.run(&["check", "--show-config", "--fail-on", "never"]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    let settings: Vec<Vec<&str>> =
        run.out.lines().map(|line| line.split("  ").map(str::trim).filter(|part| !part.is_empty()).collect()).collect();
    for expected in [
        vec!["# scalelint.toml, which extends base.toml"],
        vec!["min-confidence = \"high\"", "# base.toml:1"],
        vec!["fail-on = \"never\"", "# command line"],
        vec!["ignore = [\"in-process-cache\"]", "# base.toml:2"],
        vec!["select = [\"recommended\"]", "# default"],
        vec!["missing-timeout.level = \"note\"", "# scalelint.toml:4"],
        vec!["missing-timeout.max-seconds = 30", "# scalelint.toml:5"],
        vec!["in-process-cache.level = \"off\"", "# not selected; recommended, state"],
    ] {
        assert!(settings.contains(&expected), "{expected:?}\n{}", run.out);
    }
    assert!(toml::from_str::<toml::Table>(&run.out).is_ok(), "{}", run.out);
}

/// What is slow is seen by who made it slow.
#[test]
fn times_are_shown_when_asked_for() {
    let run = Project::with_finding().run(&["check", "--timings", "--format", "json"]);
    for what in ["time: walk ", "time: link ", "time: front end python ", "time: rule missing-timeout ", "time: file "] {
        assert!(run.err.contains(what), "{what}\n{}", run.err);
    }
    assert!(!Project::with_finding().run(&["check"]).err.contains("time:"));
}

#[test]
fn shells_and_man_are_served() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = Project::new().run(&["completions", shell]);
        assert!(run.code == Some(0), "{shell}: {run:?}");
        for word in ["min-confidence", "stdin-filename", "watch", "lsp"] {
            assert!(run.out.contains(word), "{word} in {shell}: {run:?}");
        }
    }
    let run = Project::new().run(&["man"]);
    assert!(run.code == Some(0) && run.out.contains(".TH scalelint") && run.out.contains("fail"), "{run:?}");
    for part in [".TH scalelint-lsp", "Language Server Protocol", "\\-\\-stdin\\-filename", "\\-\\-watch"] {
        assert!(run.out.contains(part), "{part}: {run:?}");
    }
}

/// What is run, how often, and which code that is; nothing to say is said too.
#[test]
fn services_are_shown() {
    let project = Project::new()
        .file("Procfile", "web: gunicorn --workers 2 shop.main:app\nrelease: alembic upgrade head\n")
        .file("shop/__init__.py", "")
        .file("shop/main.py", "from flask import Flask\napp = Flask(__name__)\n");
    let run = project.run(&["graph", "--services", "--isolated"]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    assert!(run.out.starts_with("web  process  Procfile:1  unclear\n  copies: 1 or more\n"), "{}", run.out);
    assert!(run.out.contains("web: gunicorn --workers 2 shop.main:app x 2 -> shop/main.py"), "{}", run.out);
    assert!(run.out.contains("job: alembic upgrade head x 1 -> no code known"), "{}", run.out);
    let run = Project::new().file("a.py", "").run(&["graph", "--services"]);
    assert_eq!((run.code, run.out.as_str()), (Some(0), "no deployment file says what is run\n"));
    assert_eq!(Project::new().file("a.py", "").run(&["graph"]).code, Some(2));
}

/// Files are followed through stages, links, arguments of a build, scripts without an ending and what a service lays over its image.
#[test]
fn services_are_followed_to_their_files() {
    let dockerfile = "FROM python:3.12 AS build\nARG PART\nWORKDIR /src\nCOPY parts/${PART} .\nFROM python:3.12-slim\nWORKDIR /app\n\
                      COPY --from=build /src /app\nCOPY ops/start /usr/local/bin/start-app\nCOPY tools/sweep.py /opt/sweep.py\n\
                      RUN ln -s /opt/sweep.py /usr/local/bin/sweep\nENTRYPOINT [\"start-app\"]\nCMD [\"python\", \"main.py\"]\n";
    let compose = "services:\n  mail:\n    build: {context: ., args: {PART: mail}}\n  sweep:\n    build: .\n    command: sweep\n\
                   \x20 laid:\n    build: .\n    command: python run.py\n    volumes: ['./desk:/app']\n  cache:\n    build: cache\n";
    let project = Project::new()
        .file("Dockerfile", dockerfile)
        .file("docker-compose.yml", compose)
        .file("cache/Dockerfile", "FROM redis:7\nCOPY redis.conf /etc/\n")
        .file("ops/start", "#!/bin/sh\nwait_for() {\n  for ((i=0; i<3; i++)); do probe && return 0; done\n  exit 1\n}\nwait_for &\nexec \"$@\"\n")
        .file("parts/mail/main.py", "")
        .file("parts/web/main.py", "")
        .file("desk/run.py", "")
        .file("tools/run.py", "")
        .file("tools/sweep.py", "");
    let run = project.run(&["graph", "--services", "--isolated"]);
    for line in [
        "command: python main.py x 1 or more -> parts/mail/main.py (compose `build`; script of the command)",
        "command: sweep x 1 -> tools/sweep.py (compose `build`; script of the command)",
        "command: python run.py x 1 or more -> desk/run.py (compose `build`; script of the command)",
        "container cache  built from cache/Dockerfile (compose `build`)  cache of others\n",
    ] {
        assert!(run.out.contains(line), "{line}\n{}", run.out);
    }
}

/// Facts that are not in the tree come from the configuration.
#[test]
fn the_configuration_says_how_many_processes_there_are() {
    let state = "from flask import Flask\napp = Flask(__name__)\nseen = []\n\n\n@app.get('/<who>')\ndef see(who):\n    seen.append(who)\n    \
                 return str(len(seen))\n";
    let levels = |config: &str| {
        let project = Project::new().file("app.py", state).file("scalelint.toml", config);
        let report = json(&project.run(&["check", "--format", "json", "--select", "global-mutable-state"]).out);
        let finding = &report["findings"][0];
        (finding["level"].clone(), finding["deployment"].as_array().map_or(0, Vec::len))
    };
    assert_eq!(levels(""), ("warning".into(), 0));
    assert_eq!(levels("[deployment]\nreplicas = 3\nworkers = 2\n"), ("error".into(), 2));
    assert_eq!(levels("[deployment]\nreplicas = 1\nworkers = 1\n"), ("note".into(), 2));
}

/// Standard input takes the place of one file, there or not, and only that file is reported on.
#[test]
fn a_file_comes_in_on_standard_input() {
    let project = Project::with_finding().file("sub/other.py", FLASK).file("scalelint.toml", "exclude = [\"made\"]\n");
    let check = |file: &str, text: &str, more: &[&str]| {
        let arguments = [&["check", "--format", "json", "--stdin-filename", file], more].concat();
        common::outcome_of(project.command(&arguments), text.as_bytes())
    };
    let run = check("app.py", "x = 1\n", &[]);
    assert_eq!((run.code, found(&json(&run.out)).len()), (Some(0), 0), "{run:?}");
    let run = check("sub/../app.py", &FLASK.replace("import requests", "import requests\n"), &[]);
    let report = json(&run.out);
    assert_eq!(found(&report), [("missing-timeout".to_owned(), "app.py".to_owned())], "{run:?}");
    assert_eq!((run.code, &report["findings"][0]["line"]), (Some(1), &serde_json::json!(10)));
    let run = check("sub/new.py", FLASK, &[]);
    assert_eq!(found(&json(&run.out)), [("missing-timeout".to_owned(), "sub/new.py".to_owned())], "{run:?}");
    // The rest of the project counts: what it calls is what the text says.
    let calls = "import psycopg2\n\n\ndef load():\n    return psycopg2.connect('dbname=shop')\n";
    let routed = "from flask import Flask\nimport store\napp = Flask(__name__)\n\n\n@app.get('/x')\ndef x():\n    return store.load().info\n";
    let project = Project::new().file("routes.py", routed);
    let run =
        common::outcome_of(project.command(&["check", "--format", "json", "--stdin-filename", "store.py"]), calls.as_bytes());
    let rules = found(&json(&run.out));
    assert!(rules.contains(&("connection-per-request".into(), "store.py".into())), "{run:?}");
    assert!(rules.iter().all(|(_, path)| path == "store.py"), "{run:?}");
}

#[test]
fn standard_input_that_stands_for_nothing() {
    let project = Project::with_finding().file("scalelint.toml", "exclude = [\"made\"]\n").file("made/a.py", "x = 1\n");
    for (file, code, text) in [
        ("made/a.py", 3, "nothing to analyse in"),
        ("notes.txt", 3, "nothing to analyse in"),
        ("made", 2, "`made` is no file"),
        ("none/a.py", 2, "cannot check `none`"),
    ] {
        let run = common::outcome_of(project.command(&["check", "--stdin-filename", file]), FLASK.as_bytes());
        assert_eq!(run.code, Some(code), "{run:?}");
        assert!(run.err.contains(text), "{run:?}");
    }
    let run = common::outcome_of(project.command(&["check", "--strict", "--stdin-filename", "app.py"]), b"x = '\0'\n");
    assert!(run.code == Some(4) && run.err.contains("contains NUL bytes"), "{run:?}");
    assert_eq!(project.run(&["check", "--stdin-filename", "app.py", "sub"]).code, Some(2));
}

/// The check is made again after each change: of a file, of the configuration, of what there is. An interrupt ends it as any run.
#[cfg(target_os = "linux")]
#[test]
fn changes_are_watched() {
    let project = Project::clean();
    let arguments = ["check", "--watch", "--format", "concise", "--output", "json=report.json"];
    let mut child = project.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a start");
    let (out, err) = (common::lines(child.stdout.take()), common::lines(child.stderr.take()));
    let next = |lines: &std::sync::mpsc::Receiver<String>, part: &str| {
        loop {
            let line =
                lines.recv_timeout(std::time::Duration::from_secs(60)).unwrap_or_else(|error| panic!("no {part}: {error}"));
            if line.contains(part) {
                return line;
            }
        }
    };
    next(&err, "watching 1 file; Ctrl-C ends this");
    fs::write(project.path("app.py"), FLASK).expect("a file");
    next(&err, "app.py changed, checking again");
    next(&out, "app.py:9:12: warning[missing-timeout]");
    next(&err, "watching 1 file;");
    assert_eq!(found(&json(&fs::read_to_string(project.path("report.json")).expect("the report"))).len(), 1);
    fs::write(project.path("scalelint.toml"), "selct = []\n").expect("a file");
    next(&err, "scalelint.toml changed, checking again");
    next(&err, "unknown key `selct`");
    fs::write(project.path("scalelint.toml"), "ignore = [\"missing-timeout\"]\n").expect("a file");
    next(&err, "no findings in 1 file");
    fs::write(project.path("new.py"), FLASK).expect("a file");
    next(&err, "new.py changed, checking again");
    next(&err, "no findings in 2 files");
    next(&err, "watching");
    common::signal(&child, "INT");
    assert_eq!(wait(&mut child), Some(130));
    assert_eq!(project.run(&["check", "--watch", "nowhere"]).code, Some(2), "what no change can mend ends it");
    assert_eq!(project.run(&["check", "--watch", "--staged"]).code, Some(2));
}

/// What is as it was is not parsed again, whatever it is that changed.
#[cfg(target_os = "linux")]
#[test]
fn watching_parses_what_changed() {
    let project = Project::with_finding().file("other.py", "x = 1\n").file("Dockerfile", "FROM scratch\n");
    let parsed = |more: &[&str], change: &dyn Fn()| {
        let arguments = [&["check", "--watch", "--timings", "--exit-zero"], more].concat();
        let mut child = project.command(&arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("a start");
        let err = common::lines(child.stderr.take());
        let until_watching = || {
            let mut files = Vec::new();
            loop {
                let line = err.recv_timeout(std::time::Duration::from_secs(60)).expect("a line");
                files.extend(line.strip_prefix("time: file ").and_then(|line| line.split(' ').next()).map(str::to_owned));
                if line.starts_with("watching ") {
                    files.sort();
                    return files;
                }
            }
        };
        let first = until_watching();
        change();
        let second = until_watching();
        common::signal(&child, "INT");
        wait(&mut child);
        (first, second)
    };
    let (first, second) = parsed(&[], &|| fs::write(project.path("other.py"), "x = 12\n").expect("a file"));
    assert_eq!((first.len(), second), (3, vec!["other.py".to_owned()]));
    let (_, second) = parsed(&[], &|| fs::write(project.path("scalelint.toml"), "").expect("a file"));
    assert_eq!(second, Vec::<String>::new(), "the configuration alone");
}

/// `check --watch | head`: who reads only the beginning is not kept waiting for a change that does not come.
#[cfg(target_os = "linux")]
#[test]
fn watching_ends_with_its_reader() {
    let project = Project::with_finding();
    let arguments = ["check", "--watch", "--format", "concise", "--output", "json=report.json"];
    let mut child = project.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("a start");
    let mut out = std::io::BufReader::new(child.stdout.take().expect("a stream"));
    let mut line = String::new();
    std::io::BufRead::read_line(&mut out, &mut line).expect("a line");
    assert!(line.contains("missing-timeout"), "{line}");
    assert_eq!(child.try_wait().expect("a status"), None, "it goes on while somebody reads");
    drop(out);
    assert_eq!(wait(&mut child), Some(1), "the code of the last run");
}
