//! Services: the programs of a tree that answer requests, and what keeps each of them safe.
//!
//! | file | question |
//! |---|---|
//! | `dependencies` | which other system does this call wait for? |
//! | `services`, `safeguards` | which programs answer requests, and what keeps each of them safe under load and at its end? |

pub(crate) mod dependencies;
pub(crate) mod safeguards;
pub(crate) mod services;
