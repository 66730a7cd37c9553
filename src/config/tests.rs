//! The table of keys against the reader: what one accepts, the other does.

use super::keys::{KEYS, Kind};
use super::{Config, ConfigFile, schema, starter, validate};
use crate::session::Limits;
use crate::walk::Tree;
use std::path::Path;

const PLACE: fn() -> validate::Place<'static> = || validate::Place { root: Path::new("/"), folder: "", tree: &Tree::Disk };

fn read(text: &str) -> Result<Config, String> {
    let file = ConfigFile { path: "scalelint.toml".into(), text: text.into() };
    let config = validate::read(file, &PLACE(), 0).map_err(|error| error.to_string())?;
    Ok(config.unwrap_or_default())
}

fn valid_by_schema(text: &str) -> bool {
    let document: serde_json::Value = toml::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let validator = jsonschema::validator_for(&schema()).unwrap_or_else(|error| panic!("{error}"));
    validator.is_valid(&document)
}

/// A file that gives one key, with what must stand beside it.
fn file_with(path: &str, value: &str) -> String {
    let path = path.replace('*', "unbounded-query");
    match path.split_once("[].") {
        Some(("entry-points", "kind")) => format!("[[entry-points]]\nname = \"x\"\nkind = {value}\n"),
        Some(("entry-points", key)) => format!("[[entry-points]]\nkind = \"job\"\n{key} = {value}\n"),
        Some((_, "rule")) => format!("[[suppress]]\nreason = \"x\"\nrule = {value}\n"),
        Some((_, "reason")) => format!("[[suppress]]\nrule = \"unbounded-query\"\nreason = {value}\n"),
        Some((_, key)) => format!("[[suppress]]\nrule = \"unbounded-query\"\nreason = \"x\"\n{key} = {value}\n"),
        None => format!("{path} = {value}\n"),
    }
}

/// Values that are right for a kind, and values that are wrong.
fn samples(kind: Kind) -> (Vec<String>, Vec<String>) {
    let strings = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    match kind {
        Kind::Text => (strings(&["\"a.b\""]), strings(&["3", "[]", "true"])),
        Kind::Rule => (strings(&["\"unbounded-query\""]), strings(&["\"recommended\"", "\"nothing\"", "3"])),
        Kind::Selectors => (
            strings(&["\"all\"", "[\"resilience\", \"strict\", \"unbounded-query\"]", "[]"]),
            strings(&["\"nothing\"", "[\"all\", 3]", "3"]),
        ),
        Kind::Patterns => (strings(&["\"a/\"", "[\"a\", \"!b\"]"]), strings(&["3", "[3]", "{}"])),
        Kind::Date => (strings(&["\"2027-03-01\""]), strings(&["\"1st of May\"", "3"])),
        Kind::Choice(words) => (words.iter().map(|word| format!("\"{word}\"")).collect(), strings(&["\"nothing\"", "3"])),
        Kind::Integer(least, most) => {
            let below = least.checked_sub(1).map(|below| below.to_string());
            let wrong = below.into_iter().chain([(most + 1).to_string(), "-1".into(), "\"3\"".into()]);
            (vec![least.to_string(), most.to_string()], wrong.collect())
        }
        Kind::Number => (strings(&["3", "0.5"]), strings(&["0", "-1.5", "\"3\""])),
    }
}

#[test]
fn schema_and_reader_agree() {
    for key in KEYS.iter().filter(|key| key.path != "extends") {
        let (right, wrong) = samples(key.kind);
        for value in right {
            let text = file_with(key.path, &value);
            assert!(read(&text).is_ok() && valid_by_schema(&text), "{text}{:?}", read(&text).err());
        }
        for value in wrong {
            let text = file_with(key.path, &value);
            assert!(read(&text).is_err() && !valid_by_schema(&text), "{text}");
        }
    }
    for text in ["unknown = 3\n", "[limits]\nunknown = 3\n", "[[suppress]]\nrule = \"unbounded-query\"\n", "[rules.nothing]\n"] {
        assert!(read(text).is_err() && !valid_by_schema(text), "{text}");
    }
    let both = "[[entry-points]]\nkind = \"job\"\nname = \"x\"\nfunction = \"y\"\n";
    assert!(read(both).is_err() && !valid_by_schema(both));
}

/// Whatever the reader asks for is in the table: each unknown key's error lists those it knows.
#[test]
fn the_table_is_whole() {
    let known = |text: &str| {
        let error = read(text).expect_err("an unknown key");
        assert!(error.contains("unknown key"), "{error}");
        let file = ConfigFile { path: "scalelint.toml".into(), text: text.into() };
        let advice = validate::read(file, &PLACE(), 0).err().and_then(|error| error.advice()).unwrap_or_default();
        advice.trim_start_matches("known keys are ").split(", ").map(str::to_owned).collect::<Vec<_>>()
    };
    let listed = |prefix: &str| {
        let below = KEYS.iter().filter_map(|key| key.path.strip_prefix(prefix));
        let mut names = below.map(|rest| rest.split(['.', '[']).next().unwrap_or_default().to_owned()).collect::<Vec<_>>();
        names.dedup();
        names
    };
    let same = |prefix: &str, text: &str| {
        let (mut ours, mut theirs) = (listed(prefix), known(text));
        ours.sort();
        ours.dedup();
        theirs.sort();
        theirs.dedup();
        assert_eq!(ours, theirs, "{prefix}");
    };
    same("", "qqq = 1\n");
    same("deployment.", "[deployment]\nqqq = 1\n");
    same("limits.", "[limits]\nqqq = 1\n");
    same("suppress[].", "[[suppress]]\nrule = \"unbounded-query\"\nreason = \"x\"\nqqq = 1\n");
    same("entry-points[].", "[[entry-points]]\nkind = \"job\"\nname = \"x\"\nqqq = 1\n");
    same("rules.*.", "[rules.unbounded-query]\nqqq = 1\n");
}

/// A line of the starter file that is freed of its comment sign says what held anyway, or is a valid example.
#[test]
fn the_starter_says_what_holds() {
    let text = starter(false);
    assert!(text.lines().all(|line| line.is_empty() || line.starts_with('#')), "{text}");
    let freed: String = text
        .lines()
        .filter_map(|line| line.strip_prefix("# "))
        .filter(|line| (line.contains(" = ") || line.starts_with('[')) && !line.starts_with('#') && !line.starts_with("extends"))
        .flat_map(|line| [line, "\n"])
        .collect();
    let config = read(&freed).unwrap_or_else(|error| panic!("{error}\n{freed}"));
    assert!(valid_by_schema(&freed));
    assert_eq!(config.limits, Limits::default(), "{freed}");
    assert_eq!((config.suppressions.len(), config.entry_points.len()), (1, 1));
    assert!(config.min_confidence.is_some() && config.fail_on.is_some());
}

/// The schema that is shipped is the one the program makes. `SCALELINT_UPDATE=1 cargo test` writes it anew.
#[test]
fn the_shipped_schema_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/scalelint.schema.json");
    let made = serde_json::to_string_pretty(&schema()).unwrap_or_default() + "\n";
    if std::env::var_os("SCALELINT_UPDATE").is_some() {
        std::fs::write(&path, &made).unwrap_or_else(|error| panic!("{error}"));
    }
    let shipped = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(shipped == made, "schema/scalelint.schema.json is out of date: SCALELINT_UPDATE=1 cargo test --lib config");
}
