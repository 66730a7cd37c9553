//! Deployment: what files say about where, as what and how often the code runs.
//!
//! Extraction gives a [`Sheet`] for each file, by its syntax alone. Readers of platforms lower the sheets of a tree to one vocabulary,
//! and [`Deployment`] joins them. Rules see workloads, containers, processes; no rule has seen a manifest.
//!
//! | file | question |
//! |---|---|
//! | `sheets` | which files are deployment files, and what does extraction keep of one? |
//! | `tree`, `yaml`, `toml`, `ini`, `hcl`, `directives`, `dockerfile`, `shell` | what does a text say, syntax aside? |
//! | `commands`, `programs`, `images` | which words are run, what do such programs do, what is in such images? |
//! | `vocabulary`, `amount`, `stages`, `words` | what workloads, containers, volumes are; how many; for what stage |
//! | `kubernetes`, `compose`, `terraform`, `platforms`, `proxies` | what does this platform's file say of workloads? |
//! | `launch`, `assemble` | what does a container run in the end, and what do all files say together? |

pub mod amount;
mod assemble;
pub mod commands;
mod compose;
pub mod directives;
pub mod dockerfile;
pub mod hcl;
pub mod images;
mod ini;
mod kubernetes;
mod launch;
mod platforms;
pub mod programs;
mod proxies;
mod sheets;
mod shell;
pub mod stages;
mod terraform;
mod toml;
pub mod tree;
pub mod vocabulary;
mod words;
mod yaml;

pub use assemble::Deployment;
pub use sheets::{Entry, Format, Sheet, SheetFrontEnd};
