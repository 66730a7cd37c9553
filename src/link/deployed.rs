//! Deployed code: what of the tree a workload runs, and how many processes run a piece of code.
//!
//! | file | question |
//! |---|---|
//! | `code` | which code does this container run? |
//! | `clients` | do the clients of a workload keep their connection? |
//! | `copies` | how many processes run this function, and who says so? |

pub(crate) mod clients;
pub(crate) mod code;
pub(crate) mod copies;
