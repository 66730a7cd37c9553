//! Work: what is started, queued, scheduled or claimed, by whom, and how much of it at once.
//!
//! | file | question |
//! |---|---|
//! | `claims` | who polls a table for work, and who else may take the same? |
//! | `elections` | what runs in one copy of the process alone, or speaks of its own copy? |
//! | `executors` | which threads or permits does work wait for that asks other systems, and who else needs the same? |
//! | `fan_out` | how much is started at once? |
//! | `process_types` | what other kind of process does the start of a service set going inside it? |
//! | `queues` | which queue inside the process has no bound, and who fills it? |
//! | `schedules` | what does the process do by itself? |
//! | `spawned`, `joins` | what does a request leave running beside it, and who waits for it? |
//! | `tasks` | what do the settings of a queue's workers say? |

pub(crate) mod claims;
pub(crate) mod elections;
pub(crate) mod executors;
pub(crate) mod fan_out;
pub(crate) mod joins;
pub(crate) mod process_types;
pub(crate) mod queues;
pub(crate) mod schedules;
pub(crate) mod spawned;
pub(crate) mod tasks;
