//! Parses every Python and Rust file below a folder with tree-sitter and does nothing else: the peer that a run is measured against.
//!
//! `cargo run --release --example bare_parse -- FOLDER THREADS`

#![allow(clippy::print_stderr, reason = "a program of one line of output")]

use rayon::prelude::*;
use scalelint::lang::Language;
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use tree_sitter::Parser;

thread_local! {
    static PARSERS: RefCell<[Option<Parser>; 2]> = const { RefCell::new([None, None]) };
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().unwrap_or_else(|| ".".to_owned());
    let threads = arguments.next().and_then(|threads| threads.parse().ok()).unwrap_or(1);
    let files: Vec<(PathBuf, Language)> = ignore::Walk::new(folder)
        .filter_map(Result::ok)
        .filter_map(|entry| Language::of_path(entry.path()).map(|language| (entry.into_path(), language)))
        .filter(|(_, language)| *language != Language::Sql)
        .collect();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    let nodes: usize = pool.install(|| files.par_iter().map(|(path, language)| parse(path, *language)).sum());
    eprintln!("{} files, {nodes} top-level nodes", files.len());
}

fn parse(path: &Path, language: Language) -> usize {
    let Ok(text) = std::fs::read(path) else { return 0 };
    PARSERS.with_borrow_mut(|parsers| {
        let (slot, grammar) = match language {
            Language::Python => (0, tree_sitter_python::LANGUAGE),
            Language::Rust => (1, tree_sitter_rust::LANGUAGE),
            // We read these with other parsers.
            Language::Sql | Language::Deployment(_) => return 0,
        };
        let parser = parsers[slot].get_or_insert_with(|| {
            let mut parser = Parser::new();
            parser.set_language(&grammar.into()).expect("a grammar of this version");
            parser
        });
        parser.parse(&text, None).map_or(0, |tree| usize::try_from(tree.root_node().child_count()).unwrap_or(usize::MAX))
    })
}
