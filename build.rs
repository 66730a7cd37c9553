//! Checks every built-in library model against its schema and packs them, one file per language, into the program.
//!
//! Data only: nothing is generated but JSON with the same content, so that start-up need not read TOML.

#[path = "src/models/schema.rs"]
#[allow(dead_code, missing_docs, unreachable_pub)]
mod schema;

use std::error::Error;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    println!("cargo::rerun-if-changed=src/models/schema.rs");
    println!("cargo::rerun-if-changed=src/models/schema");
    for language in ["python", "rust"] {
        let folder = Path::new("src/lang").join(language).join("models");
        println!("cargo::rerun-if-changed={}", folder.display());
        let mut files: Vec<PathBuf> =
            std::fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
        files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
        files.sort();
        let models = files.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
        std::fs::write(out.join(format!("models-{language}.json")), serde_json::to_vec(&models)?)?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<schema::ModelFile, Box<dyn Error>> {
    let text = std::fs::read_to_string(path)?;
    toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()).into())
}
