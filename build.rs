//! Checks every built-in library model against its schema and packs them, one file per language, into the program.
//!
//! Data only: nothing is generated but JSON with the same content, so that start-up need not read TOML. What a model does not say is
//! left out of it, as are the examples, which only tests read: every run reads the rest.

#[path = "src/models/schema.rs"]
#[allow(dead_code, missing_docs, unreachable_pub)]
mod schema;

use serde_json::Value;
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
        let whole = serde_json::to_value(&models)?;
        let mut packed = whole.clone();
        leave_out_defaults(&mut packed);
        let packed = serde_json::to_vec(&packed)?;
        let read_again: Vec<schema::ModelFile> = serde_json::from_slice(&packed)?;
        if serde_json::to_value(&read_again)? != whole {
            return Err(
                format!("a model for {language} says something by a value that is left out when models are packed").into()
            );
        }
        std::fs::write(out.join(format!("models-{language}.json")), packed)?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<schema::ModelFile, Box<dyn Error>> {
    let text = std::fs::read_to_string(path)?;
    let model: schema::ModelFile = toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(schema::ModelFile { example: Vec::new(), ..model })
}

/// Leave out what a key that is not there says as well.
fn leave_out_defaults(value: &mut Value) {
    match value {
        Value::Object(map) => {
            // First, since an entry of which every key is left out still says that it is there.
            map.retain(|key, value| !value.is_null() && (FREE.contains(&key.as_str()) || !is_default(value)));
            map.iter_mut().filter(|(key, _)| !FREE.contains(&key.as_str())).for_each(|(_, value)| leave_out_defaults(value));
        }
        Value::Array(items) => items.iter_mut().for_each(leave_out_defaults),
        _ => {}
    }
}

/// Where `false` or nothing says something.
const FREE: [&str; 5] = ["default", "import", "off", "shows", "unless-value"];

fn is_default(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Number(_) | Value::String(_) | Value::Bool(true) => false,
    }
}
