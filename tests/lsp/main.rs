//! The language server through the real binary, spoken to as an editor does.

#[path = "../common/mod.rs"]
mod common;
mod editor;
mod findings;
mod lasting;
mod protocol;
mod workspace;
