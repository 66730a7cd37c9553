//! Configurations below the root, from outside: the nearest one above a file governs it.

mod common;

use common::{Outcome, Project, found, json};
use std::fs;

const ROUTE: &str = "import requests\nfrom flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get('/')\ndef a():\n    return requests.get('https://a.example').text\n";

/// Two services and what they share.
fn services() -> Project {
    Project::new().file("services/a/app.py", ROUTE).file("services/a/gen/made.py", ROUTE).file("services/b/app.py", ROUTE).file(
        "scalelint.toml",
        "select = [\"missing-timeout\", \"unused-suppression\"]\nrules.missing-timeout.level = \"error\"\n",
    )
}

fn check(project: &Project, more: &[&str]) -> Outcome {
    project.run(&[&["check", "--format", "json"], more].concat())
}

/// Path and level of each finding.
fn levels(run: &Outcome) -> Vec<(String, String)> {
    let report = json(&run.out);
    let findings = report["findings"].as_array().expect("findings");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    findings.iter().map(|finding| (text(&finding["path"]), text(&finding["level"]))).collect()
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

#[test]
fn the_nearest_one_governs() {
    let everything = [("services/a/app.py", "error"), ("services/a/gen/made.py", "error"), ("services/b/app.py", "error")];
    let project = services();
    assert_eq!(levels(&check(&project, &[])), pairs(&everything));
    // Not a word of the root's holds there: not its level, not its choice of rules.
    let project = project.file("services/a/scalelint.toml", "exclude = [\"/gen\"]\n");
    let run = check(&project, &["services/../"]);
    assert_eq!(levels(&run), pairs(&[("services/a/app.py", "warning"), ("services/b/app.py", "error")]));
    // Its parent's do when it says so, and its own single values win.
    let project = project.file("services/a/scalelint.toml", "extends = \"../../scalelint.toml\"\n");
    assert_eq!(levels(&check(&project, &[])), pairs(&everything));
    let project = project.file(
        "services/a/scalelint.toml",
        "extends = \"../../scalelint.toml\"\nrules.missing-timeout.level = \"note\"\nexclude = [\"gen/\"]\n",
    );
    assert_eq!(levels(&check(&project, &[])), pairs(&[("services/a/app.py", "note"), ("services/b/app.py", "error")]));
    // From within the folder it is the same project, since it goes on from above.
    let mut command = project.command(&["check", "--format", "json"]);
    command.current_dir(project.path("services/a"));
    assert_eq!(levels(&common::outcome(command)), pairs(&[("services/a/app.py", "note")]));
    // Off in one service alone, in a section of its manifest.
    let project = services().file(
        "services/b/pyproject.toml",
        "[project]\nname = \"b\"\n\n[tool.scalelint]\nrules.missing-timeout.level = \"off\"\n",
    );
    assert_eq!(levels(&check(&project, &[])), pairs(&everything[..2]));
    // What is typed wins over all of them.
    assert_eq!(levels(&check(&project, &["--select", "missing-timeout"])).len(), 3);
    assert_eq!(levels(&check(&project, &["--isolated"])).len(), 3);
    assert_eq!(levels(&check(&project, &["--config", "scalelint.toml"])), pairs(&everything));
}

#[test]
fn options_and_suppressions_hold_in_their_folder() {
    let slow = ROUTE.replace("example')", "example', timeout=20)");
    let project = services()
        .file("services/b/app.py", &slow)
        .file("services/b/scalelint.toml", "extends = \"../../scalelint.toml\"\nrules.missing-timeout.max-seconds = 10\n")
        .file("services/a/gen/made.py", &slow)
        .file("services/a/scalelint.toml", "[[suppress]]\nrule = \"missing-timeout\"\npath = \"/app.py\"\nreason = \"x\"\n");
    let run = check(&project, &[]);
    assert_eq!(levels(&run), pairs(&[("services/b/app.py", "error")]), "{run:?}");
    assert_eq!(json(&run.out)["summary"]["suppressed"], 1);
    // Of no use: said at its place, as at the root.
    fs::write(project.path("services/a/app.py"), "").expect("a file");
    let run = check(&project, &[]);
    assert!(found(&json(&run.out)).contains(&("unused-suppression".into(), "services/a/scalelint.toml".into())), "{}", run.out);
    // A parent's entry is of use when it is to one of those that extend it.
    let project = services()
        .file("scalelint.toml", "select = [\"missing-timeout\", \"unused-suppression\"]\nexclude = [\"gen/\"]\n[[suppress]]\nrule = \"missing-timeout\"\npath = \"services/a/\"\nreason = \"x\"\n")
        .file("services/a/scalelint.toml", "extends = \"../../scalelint.toml\"\n");
    assert_eq!(levels(&check(&project, &[])), pairs(&[("services/b/app.py", "warning")]));
}

#[test]
fn what_holds_for_a_run_is_read_at_the_root() {
    let project = services()
        .file("services/a/scalelint.toml", "fail-on = \"never\"\nmin-confidence = \"high\"\n\n[deployment]\nreplicas = 3\n");
    let run = check(&project, &["--strict"]);
    assert_eq!(run.code, Some(1), "nothing is left out: {}", run.err);
    let report = json(&run.out);
    let messages: Vec<&str> =
        report["notices"].as_array().expect("notices").iter().filter_map(|notice| notice["message"].as_str()).collect();
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(messages[0].starts_with("line 1: `fail-on` holds for a whole run"), "{messages:?}");
    assert!(
        messages[1].starts_with("line 4: `deployment` holds for a whole run") || messages[1].contains("`deployment`"),
        "{messages:?}"
    );
    assert_eq!(report["notices"][0]["kind"], "unapplied");
    let schema =
        json(&fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/schema/report.schema.json")).expect("the schema"));
    assert!(jsonschema::validator_for(&schema).expect("a schema").is_valid(&report));
    // A mistake is one wherever it is, and is pointed at.
    let project = services().file("services/a/scalelint.toml", "selct = [\"all\"]\n");
    let run = check(&project, &[]);
    assert!(run.code == Some(2) && run.err.contains("services/a/scalelint.toml:1"), "{run:?}");
    // Where nobody looks, nobody minds.
    let project = project.file(".gitignore", "services/a/\n");
    assert_eq!(check(&project, &[]).code, Some(1));
}

#[test]
fn settings_are_shown_for_a_path() {
    let project = services()
        .file("services/a/scalelint.toml", "extends = \"../../scalelint.toml\"\nmin-confidence = \"low\"\nignore = [\"all\"]\n");
    let shown = |path: &str| project.run(&["check", "--show-config", path]).out;
    for path in ["services/a", "services/a/app.py", "services/a/gen"] {
        let text = shown(path);
        assert!(text.starts_with("# services/a/scalelint.toml, which extends scalelint.toml\n"), "{path}: {text}");
        assert!(text.contains("min-confidence = \"low\"") && text.contains("# services/a/scalelint.toml:2"), "{text}");
    }
    let text = shown(".");
    assert!(text.starts_with("# scalelint.toml\n# services/a has settings of its own\n"), "{text}");
    assert!(shown("services/b").starts_with("# scalelint.toml\n"));
    let run = project.run(&["explain", "services/a/app.py:9"]);
    assert!(run.out.contains("`ignore` at services/a/scalelint.toml:3") || run.out.contains("missing-timeout"), "{run:?}");
}
