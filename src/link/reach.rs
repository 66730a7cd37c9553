//! Reach: who runs this code, when, on which path, how often, and what its surroundings say it is for.
//!
//! | file | question |
//! |---|---|
//! | `adapters` | which calls run what they are given for each element? |
//! | `addresses` | what is the whole path of a route? |
//! | `crates` | which crates are built, and which end up in one program? |
//! | `decided` | does something decide whether this runs at all? |
//! | `declared` | what does the configuration declare to be called from outside? |
//! | `ending` | which programs run through to their end? |
//! | `entries` | who calls this from outside, and when? |
//! | `event_loop` | does this run on an event loop, or while a client waits, and does it block? |
//! | `factories` | which functions make the application that a server is told to serve? |
//! | `graph`, `paths` | who calls whom, and on which path is this? |
//! | `guards` | who may call this? |
//! | `loops`, `items` | is this repeated? |
//! | `macros` | which macros of the project decide where something runs? |
//! | `overridden` | which methods may run where one of a base is called? |
//! | `programs` | do people run this by hand? |
//! | `registrars` | what do callers hand to functions that register it? |
//! | `settings` | what do constants under known names say? |
//! | `startup` | does each instance do this when it starts? |
//! | `subcommands` | which commands of a serving program run through to their end? |
//! | `surroundings` | what do its file and name say it is for? |
//! | `test_crates` | which crates and modules are no part of what runs? |
//! | `unloaded` | which modules does nothing load? |
//! | `unsent` | which tasks does nobody send, and which classes does nobody mount? |
//! | `unused` | is this code dead? |
//! | `worker_loops` | which programs take work in a loop of their own? |
//! | `worked_off` | does a loop work its rows off? |
//! | `wrappers` | what runs around a decorated function, and does a call of it run it? |
//! | `words` | what do the names of routes and modules say? |

pub(crate) mod adapters;
mod addresses;
pub(crate) mod crates;
pub(crate) mod decided;
pub(crate) mod declared;
pub(crate) mod ending;
pub(crate) mod entries;
pub(crate) mod event_loop;
mod factories;
pub(crate) mod graph;
pub(crate) mod guards;
pub(crate) mod items;
pub(crate) mod loops;
mod macros;
mod overridden;
pub(crate) mod paths;
pub(crate) mod programs;
mod registrars;
pub(crate) mod settings;
pub(crate) mod startup;
pub(crate) mod subcommands;
pub(crate) mod surroundings;
pub(crate) mod test_crates;
mod unloaded;
pub(crate) mod unsent;
pub(crate) mod unused;
pub(crate) mod words;
mod worked_off;
mod worker_loops;
mod wrappers;
