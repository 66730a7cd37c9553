//! The whole-project step: names, values, calls, entry points and paths, joined over files into one [`Project`] that rules ask.
//!
//! A room for each kind of question; its first page says which file answers which. Rooms further down ask those above.
//!
//! | room | about |
//! |---|---|
//! | `names` | where they lead, which class or method they mean, and how people call what they name |
//! | `values` | what an expression is, where it came from, where it goes; one function abstractly, then the whole project to a bounded fixed point |
//! | `reach` | who runs this code, when, on which path, how often, and what its surroundings say it is for |
//! | `state` | what outlives a request inside the process or on its disk, and what other instances cannot see of it |
//! | `deployed` | what of the tree a workload runs, and how many processes run it |
//! | `data` | tables, relations and queries; how many rows come, who chooses that, and what is done with them |
//! | `retrying` | what is tried again, with what pause, how often, and what happens twice |
//! | `work` | what is started, queued, scheduled or claimed, by whom, and how much of it at once |
//! | `service` | the programs of a tree that answer requests, and what keeps each of them safe |
//! | `logging` | what is written to the log, where the log goes, and whether it shows a secret |
//! | `indexes` | what only a walk over everything finds, made once for all that ask |
//! | `options` | what the configuration says about it |
//! | `project` | the linked project, built once |

mod data;
mod deployed;
mod indexes;
mod logging;
mod names;
mod options;
mod project;
mod reach;
mod retrying;
mod service;
mod state;
mod values;
mod work;

pub use data::client_values::ByClient;
pub use data::lookups::Unindexed;
pub use data::pages::Cut;
pub use data::queries::Rows;
pub use data::recomputed::Recomputed;
pub use data::reductions::{Reduced, Reduction};
pub use data::relations::LazyRead;
pub use data::rendered::RenderedRead;
pub use data::searches::Search;
pub use data::transfers::WholeRead;
pub use data::updates::LostUpdate;
pub use deployed::capacity::Exceeded;
pub use deployed::code::Link;
pub use deployed::copies::{Copied, Each};
pub use deployed::ordinals::FalseOrdinal;
pub use deployed::processes::Started;
pub use deployed::ties::Behind;
pub use logging::logs::{LogCall, LogFile};
pub use logging::secrets::Shown;
pub use names::files::{FileData, Files};
pub use options::Options;
pub use project::{Deadlines, Project, Site};
pub use reach::declared::DeclaredEntry;
pub use reach::entries::EntryPoint;
pub use reach::event_loop::Walk;
pub use reach::loops::{LoopAround, Over};
pub use reach::paths::{Placement, Reached};
pub use reach::startup::StartUp;
pub use retrying::guards::Guards;
pub use retrying::repeated_effects::RepeatedEffect;
pub use retrying::retries::{Bound, Delay, Retrier, Retry};
pub use service::dependencies::{Asked, Dependency, KnownBy};
pub use service::safeguards::{Limits, Undrained};
pub use service::services::{Route, Service, Services};
pub use state::caches::{CacheAct, CacheUse, Cached};
pub use state::disk::{KeptDatabase, WrittenFile};
pub use state::inert::Inert;
pub use state::invalidation::Stale;
pub use state::kept::{Kept, KeptAs};
pub use state::locks::WeakLock;
pub use state::memos::Memo;
pub use state::pools::Doubled;
pub use state::singletons::Singleton;
pub use state::slots::{Slots, Use, UseKind};
pub use values::arguments::Chosen;
pub use values::value;
pub use work::claims::Poll;
pub use work::executors::{Bench, Benched};
pub use work::fan_out::FanOut;
pub use work::process_types::SecondKind;
pub use work::queues::{Filler, UnboundedQueue};
pub use work::schedules::ScheduledJob;
pub use work::spawned::StartedWork;
pub use work::tasks::Task;

pub(crate) use values::arguments::Given;
pub(crate) use values::eval::{Deadline, Event};
