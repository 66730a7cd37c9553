//! Prints the facts of one file, as the link step sees them: what to look at when a rule is silent and should not be.
//!
//! `cargo run --release --example facts -- FILE`

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints")]

use scalelint::facts::dump;
use scalelint::lang::{FrontEnd, Language, Limits, python::PythonFrontEnd, rust::RustFrontEnd};
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(path) = std::env::args().nth(1).map(PathBuf::from) else {
        eprintln!("usage: facts FILE");
        return ExitCode::from(2);
    };
    let source = match std::fs::read_to_string(&path) {
        Ok(source) => source,
        Err(error) => {
            eprintln!("{}: {error}", path.display());
            return ExitCode::FAILURE;
        }
    };
    let facts = match Language::of_path(&path) {
        Some(Language::Python) => PythonFrontEnd::new().extract(&source, &Limits::default()),
        Some(Language::Rust) => RustFrontEnd::new().extract(&source, &Limits::default()),
        Some(Language::Sql | Language::Deployment(_)) | None => {
            eprintln!("{}: neither Python nor Rust by its name", path.display());
            return ExitCode::FAILURE;
        }
    };
    match facts {
        Ok(facts) => {
            println!("{}", dump(&facts));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
