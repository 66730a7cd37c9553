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
//! | `places` | how do people call it? |
//! | `logs`, `log_settings` | what is written to the log, and where does the log go? |
//! | `secrets`, `secret_names`, `shown_fields` | does this value, written out, show a secret? |
//! | `startup` | does each instance do this when it starts? |

mod arguments;
mod bases;
mod classes;
mod contexts;
mod copies;
mod entries;
mod eval;
mod files;
mod flows;
mod graph;
mod growth;
mod guards;
mod handles;
mod kept;
mod listings;
mod log_settings;
mod logs;
mod loops;
mod modules;
mod paths;
mod places;
mod programs;
mod project;
mod queries;
mod rounds;
mod schedules;
mod secret_names;
mod secrets;
mod settings;
mod shown_fields;
mod slots;
mod startup;
mod surroundings;
mod unused;
pub mod value;

pub use arguments::Chosen;
pub use entries::EntryPoint;
pub use files::{FileData, Files};
pub use kept::{Kept, KeptAs};
pub use logs::{LogCall, LogFile};
pub use loops::{LoopAround, Over};
pub use paths::{Placement, Reached};
pub use project::{Deadlines, Options, Project, Site};
pub use queries::Rows;
pub use schedules::ScheduledJob;
pub use secrets::Shown;
pub use slots::{Slots, Use, UseKind};
pub use startup::StartUp;

pub(crate) use eval::Deadline;
