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
//! | `vocabulary`, `amount`, `stages`, `schedules`, `words` | what workloads, containers, volumes are; how many; for what stage; how often |
//! | `mounts` | what is a mounted path of the machine for? |
//! | `helm`, `kustomize` | which Kubernetes objects do a chart and an overlay make? |
//! | `mapped` | where was each value of a made-up text written? |
//! | `kubernetes`, `compose`, `terraform`, `platforms`, `proxies` | what does this platform's file say of workloads? |
//! | `launch`, `assemble` | what does a container run in the end, and what do all files say together? |
//! | `scripts` | how many copies do commands in scripts ask for? |
//! | `asked`, `advice` | what do rules ask of workloads, and how does each platform call the remedy? |

pub mod advice;
pub mod amount;
mod asked;
mod assemble;
pub mod commands;
mod compose;
pub mod directives;
pub mod dockerfile;
pub mod hcl;
mod helm;
pub mod images;
mod ini;
mod kubernetes;
mod kustomize;
mod launch;
mod mapped;
mod mounts;
mod platforms;
pub mod programs;
mod proxies;
pub mod schedules;
pub mod scripts;
mod sheets;
mod shell;
pub mod stages;
mod terraform;
mod toml;
pub mod tree;
pub mod vocabulary;
mod words;
mod yaml;

pub(crate) use asked::foremost;
pub use assemble::Deployment;
pub use sheets::{Entry, Format, Sheet, SheetFrontEnd};
