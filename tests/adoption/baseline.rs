//! `baseline create|update|prune|explain` and `check --baseline`.

use super::SECOND;
use super::common::{FLASK, Project, json};
use std::fs;

const BASELINE: &str = "scalelint-baseline.txt";

/// A project with one finding that its baseline holds, the baseline being configured.
fn with_baseline() -> Project {
    let project = Project::with_finding()
        .file("scalelint.toml", format!("baseline = \"{BASELINE}\"\nselect = [\"missing-timeout\", \"unused-suppression\"]\n"));
    let run = project.run(&["baseline", "create"]);
    assert_eq!((run.code, run.out.as_str()), (Some(0), ""), "{run:?}");
    project
}

#[test]
fn a_baseline_holds_what_is_there() {
    let project = Project::with_finding();
    let run = project.run(&["baseline", "create", "--select", "missing-timeout"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.err.contains("wrote 1 finding to scalelint-baseline.txt"), "{}", run.err);
    assert!(run.err.contains("baseline = \"scalelint-baseline.txt\""), "{}", run.err);
    let text = project.read(BASELINE);
    assert!(text.starts_with("# scalelint baseline, version 1\n"), "{text}");
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let fields: Vec<&str> = lines.first().expect("a line").split('\t').collect();
    assert_eq!((lines.len(), fields.len(), &fields[2..5]), (1, 6, &["missing-timeout", "app.py", "rates"][..]), "{text}");
    // Not used without being told to; never overwritten without being told to.
    assert_eq!(project.check(&[]).0, Some(1));
    assert_eq!(project.check(&["--baseline", BASELINE]), (Some(0), vec![]));
    assert_eq!(project.run(&["baseline", "create"]).code, Some(2));
    let run = project.run(&["check", "--format", "json", "--select", "missing-timeout", "--baseline", BASELINE]);
    assert_eq!(json(&run.out)["summary"]["baselined"], 1);
    assert!(run.err.contains("no findings in 1 file; 1 in the baseline"), "{}", run.err);
    let run = project.run(&["check", "--baseline", "nowhere.txt"]);
    assert_eq!((run.code, run.err.contains("baseline create")), (Some(2), true), "{run:?}");
}

#[test]
fn fixing_one_and_adding_one_still_fails() {
    let project = with_baseline();
    assert_eq!(project.check(&[]), (Some(0), vec![]));
    // Moved and reformatted, it is the same.
    project.write(
        "app.py",
        &FLASK
            .replace("import requests\n", "import requests\nimport os\n\n")
            .replace("'https://rates.example'", "\n        \"https://rates.example\",  # why\n    "),
    );
    assert_eq!(project.check(&[]), (Some(0), vec![]));
    project.write("app.py", &(FLASK.replace("rates.example'", "rates.example', timeout=3") + SECOND));
    let (code, paths) = project.check(&[]);
    assert_eq!((code, paths), (Some(1), vec!["app.py".into(), BASELINE.into()]), "the new one, and the entry that is of no use");
    // What is not analysed whole says nothing about its entries.
    project.write("app.py", "def broken(:\n");
    assert_eq!(project.check(&[]), (Some(0), vec![]));
    assert_eq!(project.check(&["--ignore", "missing-timeout"]), (Some(0), vec![]));
}

#[test]
fn update_never_swallows_a_new_finding() {
    let project = with_baseline();
    let before = project.read(BASELINE);
    project.write("app.py", &(FLASK.to_owned() + SECOND));
    let run = project.run(&["baseline", "update"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.out.starts_with("new      app.py in news: [missing-timeout] "), "{}", run.out);
    assert!(run.err.contains("1 new finding left out") && run.err.contains("--accept-new"), "{}", run.err);
    assert_eq!(project.read(BASELINE), before);
    let run = project.run(&["baseline", "update", "--accept-new"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.out.starts_with("added    app.py in news"), "{}", run.out);
    assert_eq!(project.check(&[]), (Some(0), vec![]));
    // Lines that were there stay as they were: git merges them.
    let after = project.read(BASELINE);
    assert!(before.lines().all(|line| after.contains(line)), "{before}{after}");
    assert_eq!(after.lines().count(), before.lines().count() + 1);
    assert_eq!(project.run(&["baseline", "update"]).out, "");
}

#[test]
fn prune_removes_what_was_fixed_and_nothing_else() {
    let project = with_baseline();
    project.write("other.py", FLASK);
    assert_eq!(project.run(&["baseline", "update", "--accept-new"]).code, Some(0));
    project.write("app.py", "x = 1\n");
    let before = project.read(BASELINE);
    let run = project.run(&["baseline", "prune", "other.py"]);
    assert_eq!((run.code, run.out.as_str(), project.read(BASELINE)), (Some(0), "", before), "only the paths that were named");
    let run = project.run(&["baseline", "explain"]);
    assert!(run.out.contains("fixed    app.py in rates: ") && run.out.contains("stands   other.py in rates: "), "{}", run.out);
    assert!(run.err.contains("1 stand, 0 moved, 1 fixed, 0 unknown; 0 findings not in it"), "{}", run.err);
    let run = project.run(&["baseline", "prune"]);
    assert!(run.out.starts_with("removed  app.py in rates"), "{}", run.out);
    assert_eq!(project.check(&[]), (Some(0), vec![]));
    // A rule that did not run has not been looked for.
    let before = project.read(BASELINE);
    assert_eq!(project.run(&["baseline", "prune", "--select", "unbounded-query"]).code, Some(0));
    assert_eq!(project.read(BASELINE), before);
    let run = project.run(&["baseline", "explain", "--select", "unbounded-query"]);
    assert!(run.out.contains("unknown  other.py") && run.out.contains("its rule did not run"), "{}", run.out);
}

#[test]
fn renamed_files_are_followed() {
    let project = with_baseline();
    fs::create_dir(project.path("web")).expect("a folder");
    fs::rename(project.path("app.py"), project.path("web/rates.py")).expect("a renamed file");
    assert_eq!(project.check(&[]), (Some(0), vec![]));
    let run = project.run(&["baseline", "explain"]);
    assert!(run.out.contains("moved    app.py in rates") && run.out.contains("(now in web/rates.py)"), "{}", run.out);
    assert_eq!(project.run(&["baseline", "prune"]).out, "", "it still stands");
    let run = project.run(&["baseline", "update"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(project.read(BASELINE).contains("\tweb/rates.py\t"));
    // A copy is no renamed file.
    project.write("copy.py", FLASK);
    assert_eq!(project.check(&[]), (Some(1), vec!["copy.py".into()]));
}

#[test]
fn a_spoilt_baseline_is_shown_at_its_line() {
    let project = with_baseline();
    let good = project.read(BASELINE);
    let line = good.lines().last().expect("an entry").to_owned();
    for (text, at, word) in [
        (good.replace(&line, &format!("<<<<<<< ours\n{line}\n=======\n>>>>>>> theirs")), 5, "merge conflict"),
        (format!("{good}{line}\n"), 6, "line 5 already"),
        (good.replace('\t', " "), 5, "6 fields"),
        ("not a baseline\n".into(), 1, "no baseline"),
    ] {
        project.write(BASELINE, &text);
        for arguments in [&["check"][..], &["baseline", "update"], &["baseline", "prune"], &["baseline", "explain"]] {
            let run = project.run(arguments);
            assert_eq!(run.code, Some(2), "{arguments:?}: {run:?}");
            assert!(run.err.contains(word) && run.err.contains(&format!("{BASELINE}:{at}")), "{word}: {}", run.err);
        }
        assert_eq!(project.read(BASELINE), text, "nothing is written");
    }
    project.write("scalelint.toml", "baseline = \"../elsewhere.txt\"\n");
    let run = project.run(&["check"]);
    assert_eq!((run.code, run.err.contains("no file inside of the project")), (Some(2), true), "{run:?}");
}

/// Two branches add findings; git merges the baseline by itself.
#[test]
fn baselines_merge() {
    let union = format!("{BASELINE} merge=union\n");
    let project = with_baseline().file("z.py", "z = 1\n").file(".gitattributes", union).committed();
    for (branch, file) in [("one", "b.py"), ("two", "c.py")] {
        project.git(&["checkout", "--quiet", "-b", branch, "main"]);
        project.write(file, FLASK);
        assert_eq!(project.run(&["baseline", "update", "--accept-new"]).code, Some(0));
        project.commit();
    }
    project.git(&["merge", "--quiet", "one", "--message=merged"]);
    assert_eq!(project.check(&[]), (Some(0), vec![]));
    assert_eq!(project.read(BASELINE).lines().filter(|line| !line.starts_with('#')).count(), 3);
}
