//! Checks every built-in library model against its schema and packs them, by language, into the program.
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
    Ok(())
}

fn read(path: &Path) -> Result<schema::ModelFile, Box<dyn Error>> {
    let text = std::fs::read_to_string(path)?;
    let model: schema::ModelFile = toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(schema::ModelFile { example: Vec::new(), ..model })
}
