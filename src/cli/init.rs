//! `scalelint init`: write a commented configuration, and print what a continuous integration needs.

use super::{InitArgs, print, say};
use crate::atomic;
use crate::config;
use crate::disk;
use crate::error::Error;
use crate::terminal::visible;
use std::path::Path;

/// What the main services run. `docs/ci.md` and the README show the same; a test compares them.
const GITHUB: &str = include_str!("init/github.yml");
const GITLAB: &str = include_str!("init/gitlab.yml");

/// The baseline that is named where there is one.
const BASELINE: &str = "scalelint-baseline.txt";

/// What is printed: what continuous integration runs, and what is to be done next.
fn advice(has_baseline: bool) -> String {
    let indented = |text: &str| text.lines().map(|line| format!("  {line}\n")).collect::<String>();
    let next = match has_baseline {
        true => "commit scalelint.toml and scalelint-baseline.txt: the check fails for what is not in the baseline",
        false => {
            "`scalelint baseline create` takes in what is found today, and \
             `baseline = \"scalelint-baseline.txt\"` in scalelint.toml has\n  the check fail only for what is not in it"
        }
    };
    format!(
        "GitHub Actions; git.example.com stands for where you keep scalelint:\n\n{}\nGitLab:\n\n{}\nA hook before each commit, .git/hooks/pre-commit:\n\n  \
         #!/bin/sh\n  exec scalelint check --staged\n\nNext:\n\n  {next}.\n",
        indented(GITHUB),
        indented(GITLAB)
    )
}

/// Run `init`.
pub(super) fn run(arguments: &InitArgs) -> Result<u8, Error> {
    if arguments.schema {
        let schema = serde_json::to_string_pretty(&config::schema()).unwrap_or_default() + "\n";
        print(schema.as_bytes())?;
        return Ok(0);
    }
    let folder = arguments.folder.as_deref().unwrap_or(Path::new("."));
    if !folder.is_dir() {
        let source = disk::list(folder).err().unwrap_or_else(|| std::io::Error::from(std::io::ErrorKind::NotADirectory));
        return Err(Error::Path { path: folder.to_path_buf(), source });
    }
    let path = folder.join("scalelint.toml");
    let shown = visible(&path.to_string_lossy()).into_owned();
    if disk::may_hold(&path) {
        return Err(Error::Usage {
            message: format!("`{shown}` is there already and is left as it is"),
            advice: "edit it, or remove it first; `scalelint check --show-config` prints what holds".into(),
        });
    }
    let has_baseline = folder.join(BASELINE).is_file();
    atomic::write(&path, config::starter(has_baseline).as_bytes())
        .map_err(|source| Error::Output { target: format!("`{}`", path.display()), source })?;
    say(&format!("wrote {shown}{}\n", if has_baseline { ", which names scalelint-baseline.txt" } else { "" }));
    print(advice(has_baseline).as_bytes())?;
    Ok(0)
}
