//! The whole-project step: names, values, calls, entry points and paths, joined over files into one [`Project`] that rules ask.
//!
//! | file | question |
//! |---|---|
//! | `modules` | where does this name lead? |
//! | `classes` | which method, which field is this? |
//! | `eval` | what is this value, after this function ran? (one function, abstractly) |
//! | `rounds` | the same for the whole project: parameters, fields, results, to a bounded fixed point |
//! | `entries` | who calls this from outside, and when? |
//! | `surroundings` | what do its file and name say it is for? |
//! | `graph`, `paths` | who calls whom, and on which path is this? |
//! | `slots`, `kept` | what outlives a request inside the process, and as what is it kept? |
//! | `arguments` | what does this call choose for a parameter that its model names? |
//! | `loops` | is this repeated? |
//! | `queries` | how many rows can this bring, and who gets them? |
//! | `flows` | where does this value go, and what bounds its time? |
//! | `schedules` | what does the process do by itself? |
//! | `registries` | is it a register of open connections, or a limiter written by hand? |
//! | `locks` | what does a lock of this process guard? |
//! | `disk` | which files must somebody find again? |
//! | `spawned`, `joins` | what does a request leave running beside it, and who waits for it? |
//! | `places` | how do people call it? |

mod arguments;
mod bases;
mod classes;
mod contexts;
mod copies;
mod disk;
mod entries;
mod eval;
mod files;
mod flows;
mod graph;
mod growth;
mod guards;
mod handles;
mod joins;
mod kept;
mod listings;
mod locks;
mod loops;
mod modules;
mod paths;
mod places;
mod programs;
mod project;
mod queries;
mod registries;
mod rounds;
mod schedules;
mod settings;
mod slots;
mod spawned;
mod surroundings;
mod unused;
pub mod value;

pub use arguments::Chosen;
pub use disk::WrittenFile;
pub use entries::EntryPoint;
pub use files::{FileData, Files};
pub use kept::{Kept, KeptAs};
pub use locks::WeakLock;
pub use loops::{LoopAround, Over};
pub use paths::{Placement, Reached};
pub use project::{Deadlines, Options, Project, Site};
pub use queries::Rows;
pub use schedules::ScheduledJob;
pub use slots::{Slots, Use, UseKind};
pub use spawned::StartedWork;

pub(crate) use eval::Deadline;
