//! State: what outlives a request inside the process or on its disk, and what other instances cannot see of it.
//!
//! | file | question |
//! |---|---|
//! | `caches` | who reads, fills, clears which entry of a shared cache? |
//! | `copies` | does it matter that every process has its own? |
//! | `disk` | which files must somebody find again? |
//! | `in_flight` | which numbers go up and down with the work of this process? |
//! | `inert` | which settings have no effect? |
//! | `invalidation` | which copies outlive what they were made of? |
//! | `locks` | what does a lock of this process guard? |
//! | `lookers` | who looks at a place from another file, and which calls send an answer? |
//! | `memos` | which functions keep their results, and for how many arguments? |
//! | `pools` | what pools does a process make, and where do they lead? |
//! | `registries` | is it a register of open connections, or a limiter written by hand? |
//! | `singletons` | which classes keep the one instance of themselves, and where? |
//! | `roots` | on which disk does a path begin? |
//! | `renewed` | which writes bring nothing new? |
//! | `slots`, `kept` | what outlives a request inside the process, and as what is it kept? |

pub(crate) mod caches;
pub(crate) mod copies;
pub(crate) mod disk;
pub(crate) mod in_flight;
pub(crate) mod inert;
pub(crate) mod invalidation;
pub(crate) mod kept;
pub(crate) mod locks;
mod lookers;
pub(crate) mod memos;
pub(crate) mod pools;
pub(crate) mod registries;
pub(crate) mod renewed;
mod roots;
pub(crate) mod singletons;
pub(crate) mod slots;
