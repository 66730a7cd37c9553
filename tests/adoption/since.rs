//! `check --since` and `--staged`, in real repositories.

use super::common::{self, FLASK, Project, found, json, outcome};
use super::{SECOND, git_in, hermetic};
use std::fs;
use std::path::Path;
use std::process::Command;

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

/// In the middle of a merge there is no next commit yet; the work tree can be looked at all the same.
#[test]
fn unfinished_merges() {
    let project = Project::with_finding().file("notes.py", "a = 1\n").committed();
    project.git(&["checkout", "--quiet", "-b", "other"]);
    project.write("notes.py", "a = 2\n");
    project.commit();
    project.git(&["checkout", "--quiet", "main"]);
    project.write("notes.py", "a = 3\n");
    project.commit();
    let mut merge = Command::new("git");
    hermetic(&mut merge);
    merge.args(["-c", "user.name=t", "-c", "user.email=t@example", "merge", "--quiet", "other"]).current_dir(project.root());
    assert!(!merge.output().expect("git").status.success(), "it conflicts");
    project.write("notes.py", "a = 4\n");
    assert_eq!(project.check(&["--since", "main"]), (Some(0), vec![]));
    let run = project.run_alone(&["check", "--staged"]);
    assert!(run.code == Some(2) && run.err.contains("`notes.py` is in the middle of a merge"), "{run:?}");
}

/// A clone without contents: nothing is fetched behind the user's back, and the fetch is named.
#[test]
fn partial_clones() {
    let project = Project::with_finding().committed();
    project.write("app.py", &(FLASK.to_owned() + SECOND));
    project.commit();
    project.git(&["config", "uploadpack.allowFilter", "true"]);
    let clone = Project::new();
    let source = format!("file://{}", project.root().display());
    git_in(clone.root(), &["clone", "--quiet", "--filter=blob:none", &source, "c"]);
    let check = |revision: &str| {
        let mut command = common::scalelint(&["check", "--select", "missing-timeout", "--since", revision]);
        hermetic(&mut command);
        command.current_dir(clone.path("c"));
        outcome(command)
    };
    assert_eq!(check("HEAD").code, Some(0));
    let run = check("HEAD~1");
    assert!(run.code == Some(2) && run.err.contains("git fetch --refetch --no-filter"), "{run:?}");
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

/// What the next commit would hold is judged by the configuration and the baseline that it would hold: as after `git stash --keep-index`.
#[test]
fn what_is_staged_is_judged_by_what_is_staged() {
    let project = Project::clean().file("scalelint.toml", "").committed();
    let code = |arguments: &[&str]| project.run_alone(&[&["check", "--staged"], arguments].concat()).code;
    project.write("app.py", FLASK);
    project.git(&["add", "app.py"]);
    assert_eq!(code(&[]), Some(1));
    // Of the work tree alone, and so of no account: also when it is at fault.
    project.write("scalelint.toml", "ignore = [\"missing-timeout\"]\n");
    assert_eq!(code(&[]), Some(1));
    project.write("scalelint.toml", "ignroe = []\n");
    assert_eq!((code(&[]), code(&["--config", "scalelint.toml"])), (Some(1), Some(2)), "a file named by hand is meant as it is");
    project.write("scalelint.toml", "extends = \"sub/../shared.toml\"\n");
    project.write("shared.toml", "ignore = [\"missing-timeout\"]\n");
    project.git(&["add", "--all"]);
    fs::remove_file(project.path("shared.toml")).expect("a file");
    assert_eq!((code(&[]), project.run_alone(&["check"]).code), (Some(0), Some(2)), "what it extends is staged as well");
    let shown = project.run_alone(&["check", "--staged", "--show-config"]);
    assert!(shown.out.contains("missing-timeout") && shown.out.contains("shared.toml"), "{shown:?}");
    // The baseline as well.
    project.write("scalelint.toml", "baseline = \"known.txt\"\n");
    project.git(&["add", "--all"]);
    let run = project.run_alone(&["check", "--staged"]);
    assert!(run.code == Some(2) && run.err.contains("`known.txt`: it is not in git's index"), "{run:?}");
    assert_eq!(project.run_alone(&["baseline", "create"]).code, Some(0));
    assert_eq!((code(&[]), code(&["--baseline", "known.txt"])), (Some(2), Some(0)));
    project.git(&["add", "--all"]);
    fs::remove_file(project.path("known.txt")).expect("a file");
    assert_eq!(code(&[]), Some(0));
    // Below the root, where a configuration governs its folder.
    project.write("web/app.py", FLASK);
    project.write("web/scalelint.toml", "ignore = [\"missing-timeout\"]\n");
    project.git(&["add", "web/app.py"]);
    assert_eq!(code(&[]), Some(1));
    project.git(&["add", "web"]);
    assert_eq!(code(&[]), Some(0));
}

/// A file that is the same on both sides is parsed once.
#[test]
fn what_is_as_it_was_is_not_parsed_again() {
    let project = Project::with_finding().file("other.py", SECOND).file("Dockerfile", "FROM scratch\n").committed();
    let parsed = || {
        let run = project.run_alone(&["check", "--since", "HEAD", "--timings", "--quiet"]);
        let files = run.err.lines().filter_map(|line| line.strip_prefix("time: file "));
        files.map(|line| line.split(' ').next().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(parsed(), Vec::<String>::new());
    project.write("other.py", &format!("# new\n{SECOND}"));
    // The same as another file: facts are given once, to whichever of the two asks first, and the other is parsed.
    project.write("copy.py", FLASK);
    let (of_twins, others): (Vec<_>, Vec<_>) = parsed().into_iter().partition(|path| path != "other.py");
    assert_eq!((of_twins.len(), others.len()), (1, 1), "{of_twins:?} {others:?}");
    assert!(["app.py", "copy.py"].contains(&of_twins[0].as_str()), "{of_twins:?}");
}
