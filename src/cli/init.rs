//! `scalelint init`: write a commented configuration, and print what a continuous integration needs.

use super::{InitArgs, print, say};
use crate::atomic;
use crate::config;
use crate::disk;
use crate::error::Error;
use crate::terminal::visible;
use std::path::Path;

/// What the main services run, with the placeholder for the way to the program left to the reader.
const SNIPPETS: &str = "\
GitHub Actions, .github/workflows/scalelint.yml:

  on: [push, pull_request]
  permissions:
    contents: read
    security-events: write
  jobs:
    scalelint:
      runs-on: ubuntu-latest
      steps:
        - uses: actions/checkout@v4
          with:
            fetch-depth: 0
        - run: pip install scalelint
        - run: scalelint check --output sarif=scalelint.sarif --output github --baseline scalelint-baseline.txt
        - if: always()
          uses: github/codeql-action/upload-sarif@v3
          with:
            sarif_file: scalelint.sarif

GitLab, .gitlab-ci.yml:

  scalelint:
    image: python:3.13-slim
    script:
      - pip install scalelint
      - scalelint check --output gitlab=scalelint.json --output text --baseline scalelint-baseline.txt
    artifacts:
      when: always
      reports:
        codequality: scalelint.json

A hook before each commit:

  scalelint check --staged

To begin with what is new only: `scalelint baseline create`, and commit the file.
";

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
    atomic::write(&path, config::starter().as_bytes())
        .map_err(|source| Error::Output { target: format!("`{}`", path.display()), source })?;
    say(&format!("wrote {shown}\n"));
    print(SNIPPETS.as_bytes())?;
    Ok(0)
}
