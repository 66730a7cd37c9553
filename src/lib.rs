//! scalelint: finds what breaks in a service when it runs on more than one instance or under ten times the load.

pub mod facts;
pub mod finding;
pub mod lang;
pub mod link;
pub mod models;
pub mod rules;
pub mod source;
pub mod workbench;
