//! scalelint: finds what breaks in a service when it runs on more than one instance or under ten times the load.

pub mod atomic;
pub mod cli;
pub mod config;
pub mod error;
pub mod facts;
pub mod finding;
pub mod fingerprint;
pub mod guard;
pub mod lang;
pub mod link;
pub mod models;
pub mod output;
pub mod rules;
pub mod scan;
pub mod session;
pub mod signals;
pub mod source;
pub mod suppress;
pub mod terminal;
pub mod walk;
pub mod workbench;
