//! The whole-project step: names, values, calls, entry points and paths, joined over files into one [`Project`] that rules ask.
//!
//! | file | question |
//! |---|---|
//! | `modules` | where does this name lead? |
//! | `classes` | which method, which field is this? |
//! | `eval` | what is this value, after this function ran? (one function, abstractly) |
//! | `rounds` | the same for the whole project: parameters, fields, results, to a bounded fixed point |
//! | `entries` | who calls this from outside, and when? |
//! | `paths` | on which path is this? |
//! | `guards`, `loops`, `state`, `queries`, `deadlines` | questions that several rules share |

mod classes;
mod entries;
mod eval;
mod files;
mod flows;
mod graph;
mod kept;
mod loops;
mod modules;
mod paths;
mod places;
mod project;
mod queries;
mod rounds;
mod schedules;
mod slots;
mod surroundings;
pub mod value;

pub use entries::EntryPoint;
pub use files::{FileData, Files};
pub use kept::{Kept, KeptAs};
pub use loops::{LoopAround, Over};
pub use paths::{Placement, Reached};
pub use project::{Deadlines, Options, Project, Site};
pub use queries::Rows;
pub use schedules::ScheduledJob;
pub use slots::{Slots, Use, UseKind};

pub(crate) use eval::Deadline;
