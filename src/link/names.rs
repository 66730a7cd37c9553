//! Names: where they lead, which class or method they mean, and how people call what they name.
//!
//! | file | question |
//! |---|---|
//! | `bases` | which classes does this class extend? |
//! | `classes` | which method, which field is this? |
//! | `contexts` | which constants do its callers pass? |
//! | `contracts` | which methods stand in for one of another class? |
//! | `extensions` | which extension methods may a file call?
//! | `files` | which files are there, and which functions and classes have they? |
//! | `modules` | where does this name lead? |
//! | `places` | how do people call it? |

pub(crate) mod bases;
pub(crate) mod classes;
pub(crate) mod contexts;
pub(crate) mod contracts;
pub(crate) mod extensions;
pub(crate) mod files;
pub(crate) mod modules;
pub(crate) mod places;
