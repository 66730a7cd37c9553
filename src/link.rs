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
//! | `caches` | who reads, fills, clears which entry of a shared cache? |
//! | `invalidation` | which copies outlive what they were made of? |
//! | `memos` | which functions keep their results, and for how many arguments? |
//! | `origins` | do these two values come from the same place? |
//! | `pools` | what pools does a process make, and where do they lead? |
//! | `inert` | which settings have no effect? |
//! | `arguments` | what does this call choose for a parameter that its model names? |
//! | `event_loop` | does this run on an event loop, or while a client waits, and does it block? |
//! | `schema`, `relations`, `reverse` | which tables are there, what do their rows lead to, and when is that loaded? |
//! | `queries` | how many rows can this bring, and who gets them? |
//! | `searches` | does this look for a text that no index finds? |
//! | `queues` | which queue inside the process has no bound, and who fills it? |
//! | `fan_out` | how much is started at once? |
//! | `loops`, `items` | is this repeated? |
//! | `reductions`, `uses`, `columns` | what does the program compute of rows that the database could? |
//! | `client_values`, `declared` | does the client choose this value, and how large may it be? |
//! | `pages` | where does a query say how many rows it wants and skips? |
//! | `updates` | is a stored value changed in more than one step? |
//! | `flows` | where does this value go, and what bounds its time? |
//! | `schedules` | what does the process do by itself? |
//! | `services`, `safeguards` | which programs answer requests, and what keeps each of them safe under load and at its end? |
//! | `claims` | who polls a table for work, and who else may take the same? |
//! | `words` | what do the names of routes and modules say? |
//! | `retries`, `retry_loops`, `retry_pauses` | what is tried again after it failed, with what pause, and how often? |
//! | `tasks` | what do the settings of a queue's workers say? |
//! | `repeated_effects` | what happens twice when it is tried again? |
//! | `registries` | is it a register of open connections, or a limiter written by hand? |
//! | `locks` | what does a lock of this process guard? |
//! | `disk` | which files must somebody find again? |
//! | `spawned`, `joins` | what does a request leave running beside it, and who waits for it? |
//! | `places` | how do people call it? |
//! | `logs`, `log_settings` | what is written to the log, and where does the log go? |
//! | `secrets`, `secret_names`, `shown_fields` | does this value, written out, show a secret? |
//! | `startup` | does each instance do this when it starts? |
//! | `transfers` | is an upload or body read whole, whatever its size? |

mod arguments;
mod bases;
mod caches;
mod claims;
mod classes;
mod client_values;
mod columns;
mod contexts;
mod copies;
mod declared;
mod disk;
mod entries;
mod eval;
mod event_loop;
mod fan_out;
mod files;
mod flows;
mod graph;
mod growth;
mod guards;
mod handles;
mod inert;
mod invalidation;
mod items;
mod joins;
mod kept;
mod listings;
mod locks;
mod log_settings;
mod logs;
mod loops;
mod memos;
mod modules;
mod origins;
mod pages;
mod paths;
mod places;
mod pools;
mod programs;
mod project;
mod queries;
mod queues;
mod reductions;
mod registries;
mod relations;
mod repeated_effects;
mod retries;
mod retry_loops;
mod retry_pauses;
mod reverse;
mod rounds;
mod safeguards;
mod schedules;
mod schema;
mod searches;
mod secret_names;
mod secrets;
mod services;
mod settings;
mod shown_fields;
mod slots;
mod spawned;
mod startup;
mod surroundings;
mod tasks;
mod transfers;
mod unused;
mod updates;
mod uses;
pub mod value;
mod words;

pub use arguments::Chosen;
pub use caches::{CacheAct, CacheUse, Cached};
pub use claims::Poll;
pub use client_values::ByClient;
pub use disk::WrittenFile;
pub use entries::EntryPoint;
pub use event_loop::Walk;
pub use fan_out::FanOut;
pub use files::{FileData, Files};
pub use inert::Inert;
pub use invalidation::Stale;
pub use kept::{Kept, KeptAs};
pub use locks::WeakLock;
pub use logs::{LogCall, LogFile};
pub use loops::{LoopAround, Over};
pub use memos::Memo;
pub use pages::Cut;
pub use paths::{Placement, Reached};
pub use pools::Doubled;
pub use project::{Deadlines, Options, Project, Site};
pub use queries::Rows;
pub use queues::{Filler, UnboundedQueue};
pub use reductions::{Reduced, Reduction};
pub use relations::LazyRead;
pub use repeated_effects::RepeatedEffect;
pub use retries::{Bound, Delay, Retrier, Retry};
pub use safeguards::{Limits, Undrained};
pub use schedules::ScheduledJob;
pub use searches::Search;
pub use secrets::Shown;
pub use services::{Route, Service, Services};
pub use slots::{Slots, Use, UseKind};
pub use spawned::StartedWork;
pub use startup::StartUp;
pub use tasks::Task;
pub use transfers::WholeRead;
pub use updates::LostUpdate;

pub(crate) use eval::Deadline;
