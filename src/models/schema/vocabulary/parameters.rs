//! What arguments of calls decide: of the closed words of models the ones that rules ask calls about.

use serde::{Deserialize, Serialize};

closed! {
    /// What an argument of a call decides.
    Parameter {
        /// How many entries or messages something may hold; 0 or none where the library says so is no bound.
        Capacity = "capacity",
        /// How long an entry lives.
        Expiry = "expiry",
        /// How much it reads at most.
        Size = "size",
        /// Under which key an entry is kept.
        Key = "key",
        /// What is kept under it.
        Entry = "entry",
        /// The first position that is taken, for ranges.
        First = "first",
        /// The last position that is taken, for ranges.
        Last = "last",
        /// What a pool or call leads to: an address.
        Target = "target",
        /// What is sent with a request, where one without it only asks for something.
        Body = "body",
        /// Which of several databases at that address.
        Database = "database",
        /// How many connections a pool may open beyond its capacity.
        Overflow = "overflow",
        /// The class of a pool.
        PoolClass = "pool-class",
        /// Whether a connection is tried before it is handed out.
        Liveness = "liveness",
        /// How old a connection may become.
        Lifetime = "lifetime",
        /// How often a client may ask where a route says nothing of its own.
        DefaultLimit = "default-limit",
        /// How often something is tried; none where the library says so is for ever.
        Tries = "tries",
        /// After which time trying ends.
        Elapsed = "elapsed",
        /// How long it waits, in seconds; before a next try also what computes it.
        Delay = "delay",
        /// By what factor that wait grows; 1 and less do not.
        Growth = "growth",
        /// What makes the wait grow, unless it is 0, false or none.
        Backoff = "backoff",
        /// An object that decides how often and after what wait something is tried again; a number is a count with no wait.
        Policy = "policy",
        /// Which errors are tried again; false or none is no retry at all.
        Errors = "errors",
        /// What is tried again until a state is reached, not after an error.
        State = "state",
        /// Whether the broker forgets a message when it hands it out.
        EarlyAck = "early-ack",
        /// Whether a message counts as done only after its job has run.
        LateAck = "late-ack",
        /// How long a job may run.
        Limit = "limit",
        /// Whether the decorated function gets what the decorator made of it as its first parameter.
        Binds = "binds",
        /// What tells a repeated call from a second one.
        IdempotencyKey = "idempotency-key",
        /// How many rows a query lets through.
        PageSize = "page-size",
        /// How many rows a query skips before the first that it returns.
        Offset = "offset",
        /// The greatest value that a declaration admits.
        Greatest = "greatest",
        /// How a file is opened: to read, to write.
        Mode = "mode",
        /// Where counters are kept.
        Storage = "storage",
        /// The local file.
        Path = "path",
        /// When a log file is replaced by the next one.
        Rotation = "rotation",
        /// On which of several databases a query runs, by its name.
        Connection = "connection",
        /// The text of a log line.
        Message = "message",
        /// The name of the command that is run.
        Command = "command",
        /// Whether a server watches its files and starts anew: then it is one for developers.
        Reload = "reload",
        /// The entity whose rows it is about.
        Rows = "rows",
        /// Which threads run the work; none is the pool that everything shares which names no other.
        Executor = "executor",
    }
}
