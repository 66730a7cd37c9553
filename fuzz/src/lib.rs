//! What the fuzz targets do with an input, apart from the fuzzer: `tests/fuzz_seeds.rs` does the same on stable Rust.
//!
//! | file | about |
//! |---|---|
//! | `targets` | what is run on an input, a function a target |
//! | `invariants` | what must hold of facts, reports and rendered text, whatever the input was |
//! | `text`, `words` | a text of some language from bytes: as it is, or made of its words, nesting and pieces of sound files |
//! | `grammar` | sound Python from bytes |
//! | `tree` | a small project from bytes: files split from the input, or examples of the pages, mangled |
//! | `hostile` | a report from bytes, in which every name and message is foreign |
//! | `seeds` | inputs to begin with: examples of the pages, fixtures |

pub mod grammar;
pub mod hostile;
pub mod invariants;
pub mod seeds;
pub mod targets;
pub mod text;
pub mod tree;
pub mod words;
