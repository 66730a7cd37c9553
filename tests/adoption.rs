//! Living with it, from outside: baselines, what is new against git, suppressions written for the user.

mod common;

use common::{FLASK, Outcome, Project, found, json, outcome};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Another route with a call that can wait for ever.
const SECOND: &str = "\n\n@app.get('/news')\ndef news():\n    return requests.get('https://news.example').json()\n";

impl Project {
    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    fn write(&self, path: &str, content: &str) {
        fs::create_dir_all(self.path(path).parent().expect("a folder above")).expect("a folder");
        fs::write(self.path(path), content).expect("a file");
    }

    /// Run git in the project, with nobody's settings.
    fn git(&self, arguments: &[&str]) -> String {
        git_in(self.root(), arguments)
    }

    /// A repository with everything in one commit.
    fn committed(self) -> Self {
        fs::remove_dir(self.path(".git")).expect("the mark of a root");
        self.git(&["init", "--quiet", "--initial-branch=main"]);
        self.commit();
        self
    }

    fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message=x"]);
    }

    /// Paths of the findings, in order, and the exit code.
    fn check(&self, more: &[&str]) -> (Option<i32>, Vec<String>) {
        let run =
            self.run_alone(&[&["check", "--format", "json", "--select", "missing-timeout,unused-suppression"], more].concat());
        assert!(!run.out.is_empty(), "{run:?}");
        (run.code, found(&json(&run.out)).into_iter().map(|(_, path)| path).collect())
    }

    /// Run the program with nobody's settings of git.
    fn run_alone(&self, arguments: &[&str]) -> Outcome {
        let mut command = self.command(arguments);
        hermetic(&mut command);
        outcome(command)
    }
}

fn hermetic(command: &mut Command) {
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    for variable in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"] {
        command.env_remove(variable);
    }
}

fn git_in(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=t", "-c", "user.email=t@example", "-c", "protocol.file.allow=always"]);
    hermetic(&mut command);
    let output = command.args(arguments).current_dir(folder).output().expect("git");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

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

#[test]
fn only_what_is_new_is_reported() {
    let project = Project::with_finding().committed();
    assert_eq!(project.check(&["--since", "HEAD"]), (Some(0), vec![]));
    project.write("app.py", &format!("import os\n{FLASK}"));
    assert_eq!(project.check(&["--since", "main"]), (Some(0), vec![]));
    let before = project.git(&["status", "--porcelain"]);
    project.write("other.py", FLASK);
    assert_eq!(project.check(&["--since", "main"]), (Some(1), vec!["other.py".into()]));
    let run = project.run_alone(&["check", "--select", "missing-timeout", "--since", "main"]);
    assert!(run.err.contains("1 new finding (1 warning) in 2 files; 1 known before"), "{}", run.err);
    fs::remove_file(project.path("other.py")).expect("a file");
    assert_eq!(project.git(&["status", "--porcelain"]), before, "the work tree is as it was");
    // Renamed files are followed; PATH filters what is reported and not what is known.
    fs::create_dir(project.path("web")).expect("a folder");
    fs::rename(project.path("app.py"), project.path("web/main.py")).expect("a renamed file");
    assert_eq!(project.check(&["--since", "main", "web"]), (Some(0), vec![]));
}

/// A change in one file causes a finding in another: nothing in `client.py` is touched.
#[test]
fn findings_caused_elsewhere_are_new() {
    let client = "import requests\n\n\ndef rates():\n    return requests.get('https://rates.example').json()\n";
    let quiet = "from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get('/healthz')\ndef healthz():\n    return 'ok'\n";
    let loud = "from flask import Flask\nimport client\n\napp = Flask(__name__)\n\n\n@app.get('/healthz')\ndef healthz():\n    return client.rates()\n";
    let project = Project::new().file("client.py", client).file("app.py", quiet).committed();
    let check = |more: &[&str]| project.check(&[&["--min-confidence", "high"], more].concat());
    assert_eq!(check(&[]).0, Some(0));
    project.write("app.py", loud);
    assert_eq!(check(&["--since", "HEAD"]), (Some(1), vec!["client.py".into()]));
    assert_eq!(check(&["--staged"]), (Some(0), vec![]), "it is not staged yet");
    project.git(&["add", "--all"]);
    assert_eq!(check(&["--staged"]), (Some(1), vec!["client.py".into()]));
    // The index counts, not the work tree.
    project.write("app.py", quiet);
    assert_eq!(check(&["--staged"]), (Some(1), vec!["client.py".into()]));
    assert_eq!(check(&["--since", "HEAD"]), (Some(0), vec![]));
}

/// In a hook of `git commit -a`, what will be committed stands in an index of its own.
#[cfg(unix)]
#[test]
fn staged_works_as_a_hook() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::clean().committed();
    let hook = project.path(".git/hooks/pre-commit");
    fs::create_dir_all(project.path(".git/hooks")).expect("a folder");
    let program = env!("CARGO_BIN_EXE_scalelint");
    fs::write(&hook, format!("#!/bin/sh\nexec '{program}' check --staged --select missing-timeout\n")).expect("a hook");
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).expect("a mode");
    let commit = |project: &Project| {
        let mut command = Command::new("git");
        hermetic(&mut command);
        let arguments = ["-c", "user.name=t", "-c", "user.email=t@example", "commit", "--quiet", "-a", "-m", "x"];
        command.args(arguments).current_dir(project.root()).output().expect("git").status.success()
    };
    project.write("app.py", FLASK);
    assert!(!commit(&project), "the hook stops it");
    project.write("app.py", &FLASK.replace("rates.example'", "rates.example', timeout=3"));
    assert!(commit(&project), "and lets it pass");
}

#[test]
fn sub_folders_work_trees_and_submodules() {
    // A project below the repository's top, in a linked work tree of a bare repository, beside a submodule.
    let library = Project::new().file("lib.py", FLASK).committed();
    let project =
        Project::new().file("shop/scalelint.toml", "").file("shop/app.py", FLASK).file("other/app.py", FLASK).committed();
    project.git(&["submodule", "--quiet", "add", library.root().to_str().expect("a path"), "shop/lib"]);
    project.commit();
    let shop = |folder: &Path, more: &[&str]| {
        let mut command = common::scalelint(&[&["check", "--format", "json", "--select", "missing-timeout"], more].concat());
        hermetic(&mut command);
        command.current_dir(folder);
        let run = outcome(command);
        let report = json(&run.out);
        (run.code, found(&report).into_iter().map(|(_, path)| path).collect::<Vec<_>>(), common::noticed(&report))
    };
    let apart = ("lib".to_owned(), "not-regular".to_owned());
    assert_eq!(shop(&project.path("shop"), &["--since", "HEAD"]), (Some(0), vec![], vec![apart.clone()]));
    project.write("shop/new.py", FLASK);
    assert_eq!(shop(&project.path("shop"), &["--since", "HEAD~1"]), (Some(1), vec!["new.py".into()], vec![apart.clone()]));
    project.commit();
    let bare = tempfile::tempdir().expect("a folder");
    git_in(bare.path(), &["clone", "--quiet", "--bare", project.root().to_str().expect("a path"), "bare.git"]);
    git_in(&bare.path().join("bare.git"), &["worktree", "add", "--quiet", "../tree", "main"]);
    let tree = bare.path().join("tree/shop");
    assert_eq!(shop(&tree, &["--since", "HEAD"]), (Some(0), vec![], vec![]), "the submodule is not checked out");
    assert_eq!(shop(&tree, &["--since", "HEAD~1"]), (Some(1), vec!["new.py".into()], vec![]));
    assert_eq!(shop(&tree, &["--staged"]).0, Some(0));
}

#[test]
fn what_git_does_not_have_is_an_error_that_helps() {
    let says = |project: &Project, arguments: &[&str], words: &[&str]| {
        let run = project.run_alone(&[&["check"], arguments].concat());
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{arguments:?}: {run:?}");
        for word in words {
            assert!(run.err.contains(word), "{word}: {}", run.err);
        }
    };
    let project = Project::with_finding().committed();
    project.commit();
    says(&project, &["--since", "nowhere"], &["has no revision `nowhere`", "check the spelling"]);
    says(&project, &["--since", "--output=x"], &[]);
    says(&project, &["--since", "main", "--staged"], &["cannot be used with"]);
    let clone = Project::new();
    let source = format!("file://{}", project.root().display());
    git_in(clone.root(), &["clone", "--quiet", "--depth=1", &source, "c"]);
    let shallow = |arguments: &[&str], words: &[&str]| {
        let mut command = common::scalelint(&[&["check"], arguments].concat());
        hermetic(&mut command);
        let run = outcome({
            command.current_dir(clone.path("c"));
            command
        });
        assert_eq!(run.code, Some(2), "{run:?}");
        for word in words {
            assert!(run.err.contains(word), "{word}: {}", run.err);
        }
    };
    shallow(&["--since", "HEAD~1"], &["this shallow clone has no revision `HEAD~1`", "git fetch --unshallow origin"]);
    shallow(&["--since", "origin/dev"], &["git fetch --depth=1 origin dev:refs/remotes/origin/dev"]);
    let plain = tempfile::tempdir().expect("a folder");
    fs::write(plain.path().join("app.py"), FLASK).expect("a file");
    let mut command = common::scalelint(&["check", "--since", "HEAD"]);
    hermetic(&mut command);
    command.current_dir(plain.path());
    let run = outcome(command);
    assert!(run.code == Some(2) && run.err.contains("is in no git repository"), "{run:?}");
    let mut command = project.command(&["check", "--since", "HEAD"]);
    command.env("PATH", "");
    let run = outcome(command);
    assert!(run.code == Some(2) && run.err.contains("there is no git program"), "{run:?}");
}

/// Before the first commit everything that is staged is new.
#[test]
fn the_first_commit_is_all_new() {
    let project = Project::with_finding();
    fs::remove_dir(project.path(".git")).expect("the mark of a root");
    project.git(&["init", "--quiet"]);
    project.git(&["add", "--all"]);
    assert_eq!(project.check(&["--staged"]), (Some(1), vec!["app.py".into()]));
}

/// Settings of a stranger's repository that would have git run something.
#[cfg(unix)]
#[test]
fn nothing_of_the_repository_is_run() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::with_finding().file(".gitattributes", "* filter=evil diff=evil\n").committed();
    let evil = project.path("evil");
    fs::write(&evil, format!("#!/bin/sh\ntouch '{}'\ncat\n", project.path("ran").display())).expect("a script");
    fs::set_permissions(&evil, fs::Permissions::from_mode(0o755)).expect("a mode");
    let evil = evil.to_str().expect("a path");
    for (key, value) in [
        ("core.fsmonitor", evil),
        ("core.pager", evil),
        ("pager.ls-tree", evil),
        ("core.sshCommand", evil),
        ("core.editor", evil),
        ("filter.evil.smudge", evil),
        ("filter.evil.clean", evil),
        ("filter.evil.process", evil),
        ("diff.evil.command", evil),
        ("diff.evil.textconv", evil),
        ("diff.external", evil),
        ("alias.ls-tree", &format!("!{evil}")),
    ] {
        project.git(&["config", key, value]);
    }
    fs::create_dir_all(project.path(".git/hooks")).expect("a folder");
    for hook in ["post-checkout", "post-index-change", "reference-transaction", "fsmonitor-watchman"] {
        fs::copy(evil, project.path(&format!(".git/hooks/{hook}"))).expect("a hook");
    }
    for arguments in [&["--since", "HEAD"][..], &["--since", "HEAD..."], &["--staged"]] {
        let mut command = project.command(&[&["check"], arguments].concat());
        hermetic(&mut command);
        for (name, value) in [
            ("GIT_EXTERNAL_DIFF", evil),
            ("GIT_PAGER", evil),
            ("GIT_SSH_COMMAND", evil),
            ("GIT_DIR", "/nowhere"),
            ("GIT_TRACE", evil),
        ] {
            command.env(name, value);
        }
        let run = outcome(command);
        assert_eq!(run.code, Some(0), "{arguments:?}: {run:?}");
    }
    assert!(!project.path("ran").exists());
}

/// The same walk over git as over the disk: excludes, ignored files, links, scripts, limits.
#[cfg(unix)]
#[test]
fn both_sides_see_the_same_files() {
    let project = Project::new()
        .file("scalelint.toml", "exclude = [\"legacy/\"]\n[limits]\nfile-bytes = 100000\n")
        .file("legacy/a.py", FLASK)
        .file(".shared/b.py", FLASK)
        .file("node_modules/c.py", FLASK)
        .file("build/d.py", FLASK)
        .file("tool", format!("#!/usr/bin/env python3\n{FLASK}"))
        .file("big.py", format!("{FLASK}{}", "x = 1\n".repeat(20_000)))
        .file("öä ü.py", FLASK)
        .file("app.py", FLASK);
    std::os::unix::fs::symlink("../.shared/b.py", project.path("build/link.py")).expect("a link");
    std::os::unix::fs::symlink("/etc/hostname", project.path("out.py")).expect("a link");
    let project = project.committed();
    project.write(".gitignore", "build/d.py\n");
    project.commit();
    let (_, all) = project.check(&[]);
    assert_eq!(all, ["app.py", "build/link.py", "tool", "öä ü.py"]);
    assert_eq!(project.check(&["--since", "HEAD"]), (Some(0), vec![]));
    assert_eq!(project.check(&["--staged"]), (Some(0), vec![]));
    project.git(&["rm", "--quiet", "--cached", "app.py", "build/link.py", "tool", "öä ü.py"]);
    assert_eq!(project.check(&["--since", "HEAD"]), (Some(0), vec![]));
    project.commit();
    project.git(&["rm", "--quiet", "-r", "--cached", "."]);
    project.git(&["commit", "--quiet", "--message=empty"]);
    project.git(&["add", "--all"]);
    let (code, staged) = project.check(&["--staged"]);
    assert_eq!((code, staged), (Some(1), all));
}

/// What a change made worse is new: more copies turn a note into a warning.
#[test]
fn what_became_worse_is_reported_again() {
    let state = "from flask import Flask\napp = Flask(__name__)\nseen = []\n\n\n@app.get('/<who>')\ndef see(who):\n    seen.append(who)\n    return str(len(seen))\n";
    let procfile = |workers: u32| format!("web: gunicorn --workers {workers} app:app\n");
    let project = Project::new().file("app.py", state).file("Procfile", procfile(1)).committed();
    let check = || {
        let run = project.run_alone(&["check", "--format", "json", "--select", "global-mutable-state", "--since", "HEAD"]);
        found(&json(&run.out)).len()
    };
    assert_eq!(check(), 0);
    project.write("Procfile", &procfile(4));
    assert_eq!(check(), 1);
}

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
