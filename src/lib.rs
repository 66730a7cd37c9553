//! scalelint: finds what breaks in a service when it runs on more than one instance or under ten times the load.

pub mod facts;
pub mod finding;
pub mod fingerprint;
pub mod lang;
pub mod models;
pub mod output;
pub mod rules;
pub mod source;
