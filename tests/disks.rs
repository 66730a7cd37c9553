//! Real file systems that are full or may not be written to: exit 5, the reason, the old files as they were, nothing lying about. What
//! becomes of every single call that fails is tried inside of the program, in `src/disk/tests.rs`.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stderr, reason = "what is skipped is said")]

mod common;

use common::{FORMATS, Outcome, Project, outcome};
use std::process::Command;

/// Make `disk` in the project a file system of its own, of 1 MiB, put `before` and the sources there, and run the program on it. None
/// where nobody may mount, which is said aloud: a test that was not made has shown nothing.
fn on_disk(state: &str, arguments: &str) -> Option<Outcome> {
    let project = Project::new().file("app.py", common::FLASK).file("disk/keep", "");
    let formats = FORMATS.join(" ");
    let script = format!(
        "mount -t tmpfs -o size=1m none disk || exit 99
         mkdir disk/.git && cp app.py disk/app.py
         for format in {formats}; do printf old > disk/out.$format; done
         printf '# scalelint baseline, version 1\\n' > disk/scalelint-baseline.txt
         {state}
         cd disk && \"$0\" {arguments} >/dev/null
         echo \"code $?\"
         LC_ALL=C ls -A; cat out.* scalelint-baseline.txt app.py"
    );
    let mut command = Command::new("unshare");
    let program = env!("CARGO_BIN_EXE_scalelint");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", &script, program]).current_dir(project.root());
    let run = outcome(command);
    if run.code == Some(99) || run.err.contains("unshare:") {
        eprintln!("SKIPPED, nobody may mount a file system here: {}", run.err);
        return None;
    }
    Some(run)
}

/// Everything on the disk is as it was, and the run says why it failed.
fn assert_unchanged(run: &Outcome, reason: &str, what: &str) {
    assert!(run.out.starts_with("code 5\n"), "{what}: {run:?}");
    assert!(run.err.contains("error: cannot write `") && run.err.contains(reason), "{what}: {run:?}");
    let (names, content) = run.out.split_once("scalelint-baseline.txt\n").expect("the listing");
    let names: Vec<&str> = names.lines().skip(1).filter(|name| *name != "filler").collect();
    let outputs = FORMATS.map(|format| format!("out.{format}"));
    let mut expected: Vec<&str> = [".git", "app.py"].into_iter().chain(outputs.iter().map(String::as_str)).collect();
    expected.sort_unstable();
    assert_eq!(names, expected, "{what}");
    let old = format!("{}# scalelint baseline, version 1\n{}", "old".repeat(FORMATS.len()), common::FLASK);
    assert_eq!(content, old, "{what}");
}

const FULL: &str = "head -c 2000000 /dev/zero > disk/filler 2>/dev/null";

const READ_ONLY: &str = "mount -o remount,ro disk";

#[test]
fn full_and_read_only_disks() {
    let outputs: String = FORMATS.iter().map(|format| format!(" --output {format}=out.{format}")).collect();
    for arguments in [
        format!("check{outputs}"),
        "baseline create --force".into(),
        "baseline update --accept-new".into(),
        "check --fix --unsafe-fixes".into(),
        "check --add-ignores --reason later".into(),
        "init".into(),
    ] {
        for (state, reason) in [(FULL, "no space left on device"), (READ_ONLY, "read-only file system")] {
            let Some(run) = on_disk(state, &arguments) else { return };
            assert_unchanged(&run, reason, &format!("{arguments}, {reason}"));
        }
        // The canary: on the same disk with room, everything is written.
        let Some(run) = on_disk("", &arguments) else { return };
        assert!(!run.out.starts_with("code 5\n"), "{arguments}: {run:?}");
    }
}

/// Output by output: what cannot be written to stays, the others are written.
#[test]
fn one_refused_output_keeps_no_other_from_being_written() {
    for format in FORMATS {
        let arguments = format!("check --output {format}=/dev/full --output json=out.text");
        let Some(run) = on_disk("", &arguments) else { return };
        assert!(run.out.starts_with("code 5\n") && run.err.contains("cannot write `/dev/full`"), "{format}: {run:?}");
        assert!(run.out.contains("\"version\": 1"), "{format}: {run:?}");
    }
}

/// A reader that has gone away is no failure, by whatever name standard output goes.
#[test]
fn closed_pipes_by_name() {
    let project = Project::with_finding();
    for format in FORMATS {
        let output = format!("{format}=/dev/stdout");
        let mut command = project.command(&["check", "--output", &output]);
        let mut child =
            command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null()).spawn().expect("a start");
        drop(child.stdout.take());
        assert_eq!(common::wait(&mut child), Some(1), "{format}");
    }
}
