//! Killed at any moment, by what can be caught and by what cannot: every file is the old or the new one in whole, what can be cleaned up
//! is, and the next run works.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stdout, reason = "what a run met is told to whoever reads it")]

mod common;

use common::edits::Dice;
use common::{FORMATS, Project, end, json, signal};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Runs of each command that are killed.
const KILLS: u64 = 50;

/// Signals with the exit code that the contract gives to them; nobody can catch the first.
const SIGNALS: [(&str, i32, Option<i32>); 3] = [("KILL", 9, None), ("TERM", 15, Some(143)), ("INT", 2, Some(130))];

/// Source files of the project.
const FILES: usize = 24;

/// What the names of temporary files begin with.
const TEMPORARY: &str = ".scalelint-";

/// Content of all files, by path.
type Files = BTreeMap<String, Vec<u8>>;

/// A project in which every command has much to write.
fn project() -> Project {
    let routes = |file: usize| {
        let route = |number: usize| {
            format!(
                "\n\n@app.get('/{file}/{number}')\ndef show{number}():\n    return requests.get('https://x.example/{number}').text\n"
            )
        };
        format!("import requests\nfrom flask import Flask\n\napp = Flask(__name__)\n{}", (0..6).map(route).collect::<String>())
    };
    let project = Project::new().file("scalelint.toml", "select = [\"missing-timeout\"]\nbaseline = \"base.txt\"\n");
    let project = project.file("base.txt", "# scalelint baseline, version 1\n");
    (0..FILES).fold(project, |project, file| project.file(&format!("shop/part{file}.py"), routes(file)))
}

fn files(project: &Project) -> Files {
    let entries = walkdir::WalkDir::new(project.root()).into_iter().filter_map(Result::ok);
    let paths = entries.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path);
    let read = |path: std::path::PathBuf| {
        let name = path.strip_prefix(project.root()).expect("a path below").to_string_lossy().into_owned();
        (name, fs::read(path).expect("a file"))
    };
    paths.map(read).collect()
}

/// Make the project what it was.
fn restore(project: &Project, old: &Files) {
    for (path, content) in files(project) {
        match old.get(&path) {
            None => fs::remove_file(project.path(&path)).expect("removed"),
            Some(before) if *before != content => fs::write(project.path(&path), before).expect("a file"),
            Some(_) => {}
        }
    }
}

/// Whether a temporary file is there, or something was replaced already.
fn has_begun(project: &Project) -> bool {
    ["", "shop"].iter().any(|folder| {
        let mut entries = fs::read_dir(project.path(folder)).expect("a folder").filter_map(Result::ok);
        entries.any(|entry| entry.file_name().to_string_lossy().starts_with(TEMPORARY))
    })
}

/// Run a command and kill it, again and again.
fn killed(arguments: &[&str], seed: u64) -> String {
    let project = project();
    let old = files(&project);
    let start = Instant::now();
    let sound = project.run(arguments);
    let duration = start.elapsed();
    let new = files(&project);
    assert!(new != old && sound.code < Some(2), "{sound:?}");
    let mut dice = Dice(seed);
    let (mut interrupted, mut left_behind, mut between) = (0, 0, 0);
    for number in 0..KILLS {
        restore(&project, &old);
        let (name, raised, code) = SIGNALS[usize::try_from(number % 3).expect("small")];
        let mut child = project.command(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a start");
        let begun = Instant::now();
        if number % 2 == 0 {
            std::thread::sleep(duration * u32::try_from(dice.throw(1_000)).expect("small") / 1_000);
        } else {
            // The moments that matter most are those of writing.
            while !has_begun(&project) && begun.elapsed() < duration * 2 && child.try_wait().expect("a status").is_none() {
                std::thread::sleep(Duration::from_micros(200));
            }
            std::thread::sleep(Duration::from_micros(dice.throw(20_000)));
        }
        signal(&child, name);
        let status = end(&mut child);
        let now = files(&project);
        let what = format!("{arguments:?}, {name} at {:?}: {status:?}", begun.elapsed());
        let temporaries = now.keys().filter(|path| path.contains(TEMPORARY)).count();
        interrupted += usize::from(is_killed(status, raised, code));
        left_behind += temporaries;
        between += usize::from(temporaries == 0 && now != old && now != new);
        assert!(is_killed(status, raised, code) || status.code() == sound.code && now == new, "{what}");
        assert!(temporaries == 0 || code.is_none(), "{what}: {:?}", now.keys());
        for (path, content) in now.iter().filter(|(path, _)| !path.contains(TEMPORARY)) {
            assert!(old.get(path) == Some(content) || new.get(path) == Some(content), "{path} is half-written; {what}");
        }
        assert!(old.keys().all(|path| now.contains_key(path)), "a file is gone; {what}");
        if temporaries > 0 && left_behind < 200 || number % 20 == 0 {
            works_afterwards(&project, &what);
        }
    }
    assert!(interrupted >= 10, "only {interrupted} runs were interrupted, which shows little");
    format!("{interrupted} of {KILLS} interrupted, {left_behind} temporary files left by SIGKILL, {between} between old and new")
}

/// By the signal itself before it is caught, else with its exit code.
fn is_killed(status: ExitStatus, raised: i32, code: Option<i32>) -> bool {
    status.signal() == Some(raised) || code.is_some() && status.code() == code
}

/// What was left behind disturbs nobody.
fn works_afterwards(project: &Project, what: &str) {
    let check = || project.run(&["check", "--format", "json", "--exit-zero"]);
    let run = check();
    assert_eq!((run.code, json(&run.out)["notices"].as_array().map(Vec::len)), (Some(0), Some(0)), "{what}: {run:?}");
    for path in files(project).into_keys().filter(|path| path.contains(TEMPORARY)) {
        fs::remove_file(project.path(&path)).expect("removed");
    }
    assert_eq!(check().out, run.out, "{what}");
}

#[test]
fn reports() {
    let outputs: Vec<String> = FORMATS.iter().map(|format| format!("--output={format}=out.{format}")).collect();
    println!("{}", killed(&[&["check"], &*outputs.iter().map(String::as_str).collect::<Vec<_>>()].concat(), 1));
}

#[test]
fn baselines() {
    println!("{}", killed(&["baseline", "create", "--force"], 2));
}

#[test]
fn fixes() {
    println!("{}", killed(&["check", "--fix", "--unsafe-fixes", "--output", "concise=out.txt"], 3));
}

#[test]
fn ignores() {
    println!("{}", killed(&["check", "--add-ignores", "--reason", "later", "--output", "concise=out.txt"], 4));
}
