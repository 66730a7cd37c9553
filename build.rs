//! Checks every built-in library model against its schema and packs them, by language, into the program.
//!
//! So it does with the tables of programs and images, and with what the pages of rules say of them in TOML.
//!
//! Data only: nothing is generated but tables and a text, in the layout of `src/models/layout.rs`, so that start-up need read neither TOML
//! nor what a project has no use for. What a model does not say is left out of it, as are the examples, which only tests read.

#[path = "src/models/layout.rs"]
#[allow(dead_code, missing_docs, unreachable_pub)]
mod layout;
#[path = "src/models/packing.rs"]
mod packing;
#[path = "src/models/schema.rs"]
#[allow(dead_code, missing_docs, unreachable_pub)]
mod schema;

use std::error::Error;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    for source in ["layout.rs", "packing.rs", "schema.rs", "schema"] {
        println!("cargo::rerun-if-changed=src/models/{source}");
    }
    for (language, separator) in [("python", "."), ("rust", "::")] {
        let folder = Path::new("src/lang").join(language).join("models");
        println!("cargo::rerun-if-changed={}", folder.display());
        let mut files: Vec<PathBuf> =
            std::fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
        files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
        files.sort();
        let models = files.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
        let (words, text) = packing::pack(&models, separator)?;
        std::fs::write(out.join(format!("models-{language}.words")), words)?;
        std::fs::write(out.join(format!("models-{language}.text")), text)?;
    }
    for table in ["src/deploy/processes/images.toml", "src/deploy/processes/programs.toml"] {
        println!("cargo::rerun-if-changed={table}");
        let path = Path::new(table).with_extension("json");
        std::fs::write(out.join(path.file_name().ok_or(table)?), json(table, &std::fs::read_to_string(table)?)?.to_string())?;
    }
    println!("cargo::rerun-if-changed=rules");
    std::fs::write(out.join("pages.json"), serde_json::Value::Object(metadata()?).to_string())?;
    Ok(())
}

/// What stands in the block of metadata of each rule's page, by rule. What it has to say, the program knows.
fn metadata() -> Result<serde_json::Map<String, serde_json::Value>, Box<dyn Error>> {
    let mut pages = serde_json::Map::new();
    for entry in std::fs::read_dir("rules")? {
        let path = entry?.path();
        let (Some(rule), "md") = (path.file_stem(), path.extension().unwrap_or_default().to_str().unwrap_or_default()) else {
            continue;
        };
        let page = std::fs::read_to_string(&path)?.replace("\r\n", "\n");
        let head = page.split("\n## ").next().unwrap_or_default();
        let written = head.split_once("\n```toml\n").and_then(|(_, below)| below.split_once("\n```"));
        if let (Some(rule), Some((written, _))) = (rule.to_str(), written) {
            pages.insert(rule.to_owned(), json(rule, written)?);
        }
    }
    Ok(pages)
}

fn json(what: &str, written: &str) -> Result<serde_json::Value, Box<dyn Error>> {
    let table: toml::Table = toml::from_str(written).map_err(|error| format!("{what}: {error}"))?;
    Ok(serde_json::to_value(table)?)
}

fn read(path: &Path) -> Result<schema::ModelFile, Box<dyn Error>> {
    let text = std::fs::read_to_string(path)?;
    let model: schema::ModelFile = toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(schema::ModelFile { example: Vec::new(), ..model })
}
