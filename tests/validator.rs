//! Holds SARIF against Microsoft's own validator, with the rules of code scanning. It is a program of its own (`.ci/run` installs it);
//! without it this is skipped, and says so.

mod common;

use common::{Project, scalelint};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What the validator remarks on and we leave as it is. Errors and warnings are never left.
const LEFT: [&str; 6] = [
    // Messages by number with arguments: each of ours is written for its finding.
    "SARIF2002",
    // Where the code comes from: the bytes of a report must not depend on a machine's remotes.
    "SARIF2003",
    // Asks the network for the schema.
    "SARIF2006",
    // Rules are called by what they find, not by numbers.
    "SARIF2009",
    // Code beside the place, and around it: whoever shows the report has the code, and it need not go further.
    "SARIF2010",
    "SARIF2011",
];

/// The validator: what `SARIF_MULTITOOL` says, or a program on the path.
fn multitool() -> Option<PathBuf> {
    let named = std::env::var_os("SARIF_MULTITOOL").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    named.into_iter().chain(std::env::split_paths(&path).map(|folder| folder.join("Sarif.Multitool"))).find(|path| path.is_file())
}

/// What it says of a report: its rule, the level, and the rest in words.
type Said = (String, String, String);

/// What it says of each of the reports. All in one run: it takes long to start.
fn verdicts(multitool: &Path, reports: &BTreeMap<String, Value>) -> BTreeMap<String, Vec<Said>> {
    let folder = tempfile::tempdir().expect("a folder");
    let verdict = folder.path().join("verdict");
    let mut command = Command::new(multitool);
    command.arg("validate").arg("--output").arg(&verdict);
    for (name, report) in reports {
        let path = folder.path().join(format!("{name}.sarif"));
        fs::write(&path, report.to_string()).expect("a file");
        command.arg(path);
    }
    command.args(["--rule-kind", "Sarif;Ghas", "--level", "Error;Warning;Note", "--log", "ForceOverwrite", "--quiet"]);
    // Its language data is a library of the system's that need not be there.
    command.env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // Somebody else's program, and a slow one: how long it takes is no fault of ours.
    assert!(command.status().expect("the validator starts").success(), "the validator runs");
    let verdict = fs::read_to_string(&verdict).expect("a verdict");
    let verdict: Value = serde_json::from_str(verdict.trim_start_matches('\u{feff}')).expect("JSON");
    let invocation = &verdict["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], true, "{invocation}");
    let mut said: BTreeMap<String, Vec<Said>> = BTreeMap::new();
    for result in verdict["runs"][0]["results"].as_array().expect("results") {
        let place = &result["locations"][0]["physicalLocation"];
        let file = place["artifactLocation"]["uri"].as_str().expect("a file").rsplit('/').next().unwrap_or_default();
        let rule = result["ruleId"].as_str().expect("a rule").split('/').next().unwrap_or_default();
        let level = result["level"].as_str().unwrap_or("warning");
        let words = format!("{} {}", result["message"], place["region"]);
        said.entry(file.trim_end_matches(".sarif").to_owned()).or_default().push((rule.to_owned(), level.to_owned(), words));
    }
    said
}

fn sarif(folder: &Path) -> Value {
    let mut command = scalelint(&["check", "--exit-zero", "--select", "all", "--min-confidence", "low", "--format", "sarif"]);
    command.current_dir(folder);
    serde_json::from_str(&common::outcome(command).out).expect("JSON")
}

#[test]
fn microsofts_validator_finds_no_fault() {
    let Some(multitool) = multitool() else {
        // Straight to the stream: the harness keeps what else a test that passes prints.
        let _ = writeln!(
            io::stderr(),
            "skipped: there is no Sarif.Multitool; .ci/run installs it from npm, or SARIF_MULTITOOL names it"
        );
        return;
    };
    // Odd names, columns beyond the basic plane, a file that does not parse, fixes, a suppression that silences nothing.
    let odd = Project::with_finding()
        .file("a b/ü%20[1]#?.py", common::FLASK.replace("rates'", "🦕rates'"))
        .file("broken.py", "def f(:\n  \"")
        .file("idle.py", "x = 1  # scalelint: ignore[missing-timeout] no reason\n");
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let stories = fs::read_dir(fixtures).expect("a folder").map(|entry| entry.expect("an entry"));
    let mut reports: BTreeMap<String, Value> =
        stories.map(|story| (story.file_name().to_string_lossy().into_owned(), sarif(&story.path()))).collect();
    let odd = sarif(odd.root());
    // Two that it must refuse: by the format, and by what code scanning asks for besides.
    let (mut broken, mut placeless) = (odd.clone(), odd.clone());
    broken["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = json!(0);
    placeless["runs"][0]["results"][0].as_object_mut().expect("a result").remove("locations");
    reports.extend([("odd".to_owned(), odd), ("broken".to_owned(), broken), ("placeless".to_owned(), placeless)]);
    let mut said = verdicts(&multitool, &reports);
    for (name, refusal) in [("broken", "SARIF1007"), ("placeless", "GH1015")] {
        let said = said.remove(name).expect("something to say");
        assert!(said.iter().any(|(rule, level, _)| rule == refusal && level == "error"), "{name}: {said:?}");
    }
    assert_eq!(said.len(), reports.len() - 2, "it has remarks on each: {:?}", said.keys());
    let is_left = |(rule, level, _): &Said| level == "note" && LEFT.contains(&rule.as_str());
    let faults: Vec<_> =
        said.iter().flat_map(|(name, said)| said.iter().filter(|said| !is_left(said)).map(move |said| (name, said))).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}
