//! Services: the programs of a tree that answer requests, and what keeps each of them safe.
//!
//! | file | question |
//! |---|---|
//! | `services`, `safeguards` | which programs answer requests, and what keeps each of them safe under load and at its end? |

pub(crate) mod safeguards;
pub(crate) mod services;
