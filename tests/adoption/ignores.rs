//! `check --add-ignores`, and suppressions of every kind.

use super::common::{self, FLASK, Outcome, Project, outcome};
use std::fs;
use std::path::Path;
use std::process::Command;

const REASON: &str = "the proxy cuts at 30 s";

fn add_ignores(project: &Project, more: &[&str]) -> Outcome {
    let base = ["check", "--select", "missing-timeout,unused-suppression", "--add-ignores", "--reason", REASON];
    project.run_alone(&[&base, more].concat())
}

#[test]
fn ignores_are_written_and_silence() {
    let project = Project::with_finding();
    let before = FLASK.replace('\n', "\r\n");
    project.write("app.py", &format!("\u{feff}{before}"));
    let run = add_ignores(&project, &[]);
    assert_eq!((run.code, run.out.as_str()), (Some(0), ""), "{run:?}");
    assert!(run.err.contains("ignored 1 finding in 1 file\n") && run.err.contains("1 suppressed"), "{}", run.err);
    let comment = format!("  # scalelint: ignore[missing-timeout] {REASON}\r\n");
    let expected = before.replace("rates.example').json()\r\n", &format!("rates.example').json(){comment}"));
    let after = format!("\u{feff}{expected}");
    assert_eq!(project.read("app.py"), after, "byte for byte, but for the comment");
    // Again there is nothing to do.
    let run = add_ignores(&project, &[]);
    assert_eq!((run.code, project.read("app.py")), (Some(0), after), "{run:?}");
    // A reason is needed, and one that can be read back.
    for arguments in
        [&["check", "--add-ignores"][..], &["check", "--reason", "x"], &["check", "--add-ignores", "--staged", "--reason", "x"]]
    {
        assert_eq!(project.run(arguments).code, Some(2), "{arguments:?}");
    }
    for reason in ["", " ", "a\nb", "a # b", "until=2027-01-01", "why until=soon", "why until=2026-01-01"] {
        let run = project.run(&["check", "--add-ignores", "--reason", reason]);
        assert_eq!(run.code, Some(2), "{reason:?}: {run:?}");
    }
}

#[test]
fn ignores_go_where_they_are_safe() {
    let text = "import requests\nfrom flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get('/a')\ndef a():\n    return requests.post('https://a.example', data=\"\"\"\n  a\n\"\"\").json()\n\n\n@app.get('/b')\ndef b():\n    x = 1 + \\\n        requests.get('https://b.example').json()\n    return x\n";
    let project = Project::new().file("app.py", text).file("tool", format!("#!/usr/bin/env python3\n{FLASK}"));
    let run = add_ignores(&project, &[]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let comment = format!("# scalelint: ignore[missing-timeout] {REASON}");
    let safe = text.replace("    return requests.post", &format!("    {comment}\n    return requests.post"));
    let safe = safe.replace("b.example').json()\n", &format!("b.example').json()  {comment}\n"));
    assert_eq!(project.read("app.py"), safe);
    let python = Command::new("python3")
        .args(["-c", "compile(open('app.py').read(), 'app.py', 'exec')"])
        .current_dir(project.root())
        .status();
    assert!(python.is_ok_and(|status| status.success()), "it is still Python");
}

/// Deployment files take comments too; what can take none is left alone, and said.
#[test]
fn ignores_in_deployment_files() {
    let everything = ["check", "--select", "all", "--min-confidence", "low"];
    let project = Project::new();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    for entry in walkdir::WalkDir::new(fixtures).into_iter().filter_map(Result::ok).filter(|entry| entry.file_type().is_file()) {
        let path = entry.path().strip_prefix(env!("CARGO_MANIFEST_DIR")).expect("a path below");
        project.write(&path.to_string_lossy(), &fs::read_to_string(entry.path()).expect("a text"));
    }
    let story = |name: &str, more: &[&str]| {
        let mut command = common::scalelint(&[&everything[..], more].concat());
        command.current_dir(project.path("fixtures").join(name));
        outcome(command)
    };
    for name in ["axum-catalog", "django-library", "fastapi-orders", "flask-shop", "procfile-polls"] {
        assert_eq!(story(name, &[]).code, Some(1), "{name}");
        let run = story(name, &["--add-ignores", "--reason", REASON]);
        assert_eq!((run.code, run.out.as_str()), (Some(0), ""), "{name}: {run:?}");
        assert!(run.err.contains("ignored ") && !run.err.contains("notice"), "{name}: {}", run.err);
    }
    let lines =
        |path: &str| project.read(path).lines().filter(|line| line.contains("scalelint")).map(str::to_owned).collect::<Vec<_>>();
    let comment = |rules: &str| format!("# scalelint: ignore[{rules}] {REASON}");
    assert_eq!(lines("fixtures/flask-shop/Dockerfile"), [comment("missing-graceful-shutdown")]);
    let manifest = lines("fixtures/axum-catalog/deploy/overlays/production/scale.yaml");
    assert_eq!(manifest, [format!("kind: HorizontalPodAutoscaler  {}", comment("autoscaling-without-requests"))]);
    let terraform = lines("fixtures/django-library/infra/main.tf");
    assert!(terraform.contains(&format!("  stickiness {{  {}", comment("sticky-session"))), "{terraform:?}");
}

/// Only what is new gets comments when only what is new is asked for.
#[test]
fn ignores_for_what_is_new() {
    let project = Project::with_finding().committed();
    project.write("other.py", FLASK);
    let run = add_ignores(&project, &["--since", "HEAD"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(project.read("app.py"), FLASK);
    assert!(project.read("other.py").contains("ignore[missing-timeout]"));
}

#[test]
fn suppressions_work_in_rust_and_for_whole_files() {
    let rust = "use axum::{Router, routing::get};\n\nasync fn rates() -> String {\n    reqwest::get(\"https://rates.example\").await.unwrap().text().await.unwrap()\n}\n\npub fn app() -> Router {\n    Router::new().route(\"/rates\", get(rates))\n}\n";
    let manifest = "[package]\nname = \"x\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\naxum = \"0.8\"\nreqwest = \"0.12\"\n";
    let project = Project::new().file("Cargo.toml", manifest).file("src/lib.rs", rust);
    assert_eq!(project.check(&[]), (Some(1), vec!["src/lib.rs".into()]));
    let run = add_ignores(&project, &[]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(project.read("src/lib.rs").contains(&format!("// scalelint: ignore[missing-timeout] {REASON}")));
    project.write("src/lib.rs", &format!("// scalelint: ignore-file[missing-timeout] generated\n{rust}"));
    assert_eq!(project.check(&[]), (Some(0), vec![]));
    project.write("src/lib.rs", &format!("// scalelint: ignore-file[missing-timeout] until=2026-01-01 generated\n{rust}"));
    assert_eq!(project.check(&[]), (Some(1), vec!["src/lib.rs".into(), "src/lib.rs".into()]), "it has expired");
    let config = "[[suppress]]\nrule = \"missing-timeout\"\npath = \"src/\"\nreason = \"x\"\nuntil = ";
    project.write("src/lib.rs", rust);
    project.write("scalelint.toml", &format!("{config}\"2026-06-01\"\n"));
    assert_eq!(project.check(&[]), (Some(0), vec![]));
    project.write("scalelint.toml", &format!("{config}\"2026-05-31\"\n"));
    assert_eq!(project.check(&[]), (Some(1), vec!["scalelint.toml".into(), "src/lib.rs".into()]));
}
