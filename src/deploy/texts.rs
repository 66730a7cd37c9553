//! Texts: what a file says, its syntax aside.
//!
//! | file | question |
//! |---|---|
//! | `tree` | what is a configuration file, whatever its syntax? |
//! | `yaml`, `toml`, `ini` | which tree is this text? |
//! | `hcl` | which blocks and expressions does a Terraform file hold? |
//! | `directives` | which directives does a proxy's file hold? |
//! | `dockerfile` | what does an image start, from which folder, and what was copied where? |
//! | `recipes` | what do `make` and `just` run under a name, and what do other build files run? |
//! | `shell` | which commands does this text run, and on what does that depend? |

pub mod directives;
pub mod dockerfile;
pub mod hcl;
pub(super) mod ini;
pub(super) mod recipes;
pub(super) mod shell;
pub(super) mod toml;
pub mod tree;
pub(super) mod yaml;
