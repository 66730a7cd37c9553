//! The closed words of models: what calls do, what values are, when code runs. A new word is a new line here.

use serde::{Deserialize, Serialize};

macro_rules! closed {
    ($(#[$doc:meta])* $name:ident { $($(#[$item_doc:meta])* $item:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$item_doc])* #[serde(rename = $text)] $item),* }
        impl $name {
            #[doc = "Every one, in order."] pub const ALL: &'static [Self] = &[$(Self::$item),*];
            #[doc = "Their names in files, in the same order."] pub const NAMES: &'static [&'static str] = &[$($text),*];
            #[doc = "As written in models."] #[must_use]
            pub fn name(self) -> &'static str { match self { $(Self::$item => $text),* } }
        }
    };
}

#[path = "vocabulary/parameters.rs"]
mod parameters;

pub use parameters::Parameter;

closed! {
    /// What a call does. Rules speak in these; which API has which role is data.
    Role {
        /// Makes an HTTP client or session that pools connections.
        HttpClient = "http.client",
        /// Sends an HTTP request and waits for the answer.
        HttpRequest = "http.request",
        /// Makes a client of a cloud SDK.
        SdkClient = "sdk.client",
        /// Opens one connection to a database, cache, broker or RPC server.
        Connect = "connect",
        /// Makes an engine, pool or client that owns connections.
        Pool = "pool",
        /// Borrows a connection or makes a cheap handle on a pool.
        Borrow = "borrow",
        /// Runs a statement whose text decides what it is.
        Execute = "db.execute",
        /// Runs a query and materialises every row.
        FetchMany = "db.fetch.many",
        /// Runs a query and takes one row or value.
        FetchOne = "db.fetch.one",
        /// Runs a query that returns rows piece by piece.
        FetchStream = "db.fetch.stream",
        /// Takes rows of a result that an earlier call on the same cursor computed, all of them.
        CursorAll = "db.cursor.all",
        /// Takes one row of such a result.
        CursorOne = "db.cursor.one",
        /// Changes rows.
        Write = "db.write",
        /// Changes many rows in one statement.
        WriteBatch = "db.write.batch",
        /// Ends a transaction.
        Commit = "db.commit",
        /// Reads one key of a shared cache.
        CacheRead = "cache.read",
        /// Writes one key of a shared cache.
        CacheWrite = "cache.write",
        /// Reads or writes many keys of a shared cache at once.
        CacheBatch = "cache.batch",
        /// Stores a whole value under a key of a shared cache.
        CacheFill = "cache.fill",
        /// Removes entries from a cache.
        CacheClear = "cache.clear",
        /// Gives a key of a shared cache a time to live.
        CacheExpire = "cache.expire",
        /// Adds an item to a container that a shared cache holds under a key.
        CacheAdd = "cache.add",
        /// Cuts a container in a shared store down to a size.
        CacheTrim = "cache.trim",
        /// Keeps what the decorated function returned, where the configuration says.
        CacheMemo = "cache.memo",
        /// Makes a pool that keeps no connection.
        Unpooled = "pool.none",
        /// Calls a remote procedure that reads or acts.
        RpcCall = "rpc.call",
        /// Sends mail.
        MailSend = "mail.send",
        /// Puts a message or job into a queue outside this process.
        Enqueue = "queue.enqueue",
        /// Bounds the time of what runs inside it or is passed to it.
        Deadline = "deadline",
        /// Ends requests that take too long, on all routes behind it.
        RequestDeadline = "deadline.request",
        /// Declares an index that finds a text anywhere in a column, or a search vector.
        TextIndex = "index.text",
        /// Declares an index, or a key that comes with one, of a table that its arguments name.
        SchemaIndex = "schema.index",
        /// Declares that no two rows of a table have the same in some columns.
        UniqueKey = "schema.unique",
        /// Puts a row among those that the next commit writes.
        AddRow = "db.add",
        /// Goes on to the handler, from inside a middleware.
        NextHandler = "middleware.next",
        /// Sets how long every socket of the process waits.
        SocketDeadline = "deadline.socket",
        /// Interrupts the main thread of the process after a time, whatever it does.
        AlarmDeadline = "deadline.alarm",
        /// Makes a value that says how long something may take (`httpx.Timeout`).
        Duration = "duration",
        /// Waits.
        Sleep = "sleep",
        /// Applies a page and a limit to a query or list.
        Paginate = "paginate",
        /// Takes a lock that every instance sees.
        LockShared = "lock.shared",
        /// Takes a lock that only this process or host sees.
        LockLocal = "lock.local",
        /// Registers a job with a scheduler inside this process.
        Schedule = "schedule.add",
        /// Makes or starts such a scheduler.
        Scheduler = "schedule.start",
        /// Makes a session store in the memory of this process or on its disk.
        MemorySessionStore = "session.store.memory",
        /// Draws a random secret.
        RandomSecret = "secret.random",
        /// Draws a key that signs sessions or tokens.
        SigningKey = "secret.key",
        /// Makes a bounded cache with expiry in this process.
        BoundedCache = "cache.local.bounded",
        /// Makes an unbounded cache in this process.
        LocalCache = "cache.local",
        /// Changes data held by a collection or cell: adds or replaces.
        StateWrite = "state.write",
        /// Removes data from it.
        StateRemove = "state.remove",
        /// Reads it.
        StateRead = "state.read",
        /// Reads one key, or makes and keeps it when missing (`setdefault`, `entry().or_insert`).
        StateGetOrAdd = "state.get-or-add",
        /// Names what runs whenever a row is written.
        RowHook = "row.hook",
        /// Splits a collection into batches.
        Chunk = "chunk",
        /// Starts work that goes on by itself inside this process.
        Spawn = "spawn",
        /// Runs another program and waits for it.
        RunProgram = "work.program",
        /// Renders a document: PDF, spreadsheet, a page in a browser.
        RenderDocument = "work.document",
        /// Computes on an image.
        ProcessImage = "work.image",
        /// Computes on sound or video, or reads text from pictures.
        ProcessMedia = "work.media",
        /// Packs or unpacks archives.
        PackArchive = "work.archive",
        /// Reads, writes or joins whole tables of data in memory.
        ProcessTable = "work.table",
        /// Waits for what a job of a queue gives.
        AwaitJob = "queue.result",
        /// Runs asynchronous work to its end on the thread of its caller.
        RunLoop = "loop.run",
        /// Declares a parameter that a header of the request fills.
        RequestHeader = "request.header",
        /// Declares a parameter that a cookie of the request fills.
        RequestCookie = "request.cookie",
        /// Loads a trained model.
        LoadModel = "work.model.load",
        /// Trains a model.
        TrainModel = "work.model.train",
        /// Hashes a password: slow on purpose.
        HashPassword = "work.hash",
        /// Calls a cloud service through its SDK and waits for the answer.
        SdkCall = "sdk.call",
        /// Makes a signed address or form by itself, without asking anybody.
        Sign = "sdk.sign",
        /// Makes a queue between tasks or threads of this process.
        LocalQueue = "queue.local",
        /// Puts something into such a queue.
        LocalSend = "queue.local.send",
        /// Starts everything it is given at once and waits for it, or gives it out as it ends.
        FanOut = "fan-out",
        /// Makes as many threads or processes as it is told.
        Workers = "workers.new",
        /// Starts one branch of a group that is waited for as a whole.
        Branch = "fan-out.branch",
        /// Bounds how much runs at once in this process.
        LimitConcurrency = "concurrency.limit",
        /// Reads an upload, download or file whole into memory.
        ReadWhole = "read.whole",
        /// Takes the next piece of an answer's body, of whatever length that is.
        ReadPieces = "read.pieces",
        /// Refuses requests that send more than a set size.
        LimitBodies = "limit.body",
        /// Waits for such work, or ends it.
        Join = "join",
        /// Makes a channel, queue or event between tasks of this process.
        Channel = "channel",
        /// Writes a line of the log at a level that deployed builds leave out or switch off.
        LogVerbose = "log.verbose",
        /// Makes something that counts for monitoring.
        Metric = "metric",
        /// Publishes to other instances.
        Publish = "publish",
        /// Turns a connection into one on which messages come when they come.
        Subscribe = "subscribe",
        /// Runs schema changes.
        Migrate = "migrate",
        /// Makes an application that answers requests.
        Application = "application",
        /// Starts a server and answers requests until the process ends.
        Serve = "serve",
        /// Starts a server that is made for development; production may start the same application by another.
        ServeDevelopment = "serve.development",
        /// Starts a server that ends its open requests by itself when the process is told to stop.
        ServeDrained = "serve.drained",
        /// Hands an application to a platform that gives each of its processes one request at a time.
        ServeAlone = "serve.alone",
        /// Lets a server end its open requests when the process is told to stop.
        Drain = "serve.drain",
        /// Hears the signal with which platforms stop a process.
        StopSignal = "signal.stop",
        /// Hears only the signal that a keyboard sends.
        Interrupt = "signal.interrupt",
        /// Adds routes by which a platform asks whether the process is well.
        HealthRoute = "route.health",
        /// Bounds how often a client may ask.
        Limiter = "limiter",
        /// Gives all that is logged during a request an id of that request.
        RequestContext = "context.request",
        /// Calls what it decorates, wraps or is given again until it succeeds, or is a policy by which a client does.
        Retry = "retry",
        /// Asks the queue to run the present job once more.
        RetryJob = "queue.retry",
        /// Registers a job with the workers of a queue.
        Task = "queue.task",
        /// Makes the application whose workers run the jobs of a queue.
        TaskApp = "queue.app",
        /// Takes messages from a broker.
        Consume = "queue.consume",
        /// Moves money.
        Charge = "payment.charge",
        /// Opens a file; how it is opened decides whether it is written.
        FileOpen = "file.open",
        /// Writes, makes or moves a file on this machine.
        FileWrite = "file.write",
        /// Removes a file of this machine.
        FileRemove = "file.remove",
        /// Makes a file or folder that is meant to be thrown away, or names the place of such.
        FileTemporary = "file.temporary",
        /// Makes a limiter of requests that counts in this process unless a shared store is given.
        LocalLimiter = "rate-limit.local",
        /// Writes a line to the log.
        Log = "log.write",
        /// Writes a line to standard output or standard error.
        Print = "log.print",
        /// Writes the arguments of the function that it decorates to the log.
        LogArguments = "log.arguments",
        /// Sends the log to a local file.
        LogFile = "log.file",
        /// Sends the log to standard output or standard error.
        LogStream = "log.stream",
        /// Gives a log that goes to standard output by itself another destination, or takes that one away.
        LogRedirect = "log.redirect",
        /// Puts the process into the background.
        Daemonize = "process.daemonize",
        /// Makes a second process with the same program.
        Fork = "process.fork",
        /// Takes jobs of a queue and does them, until the process ends.
        Work = "queue.work",
        /// Waits for the next message of a queue outside this process.
        Receive = "queue.receive",
        /// Gives the name of the machine, which is that of the copy in a container.
        HostName = "host.name",
        /// Leaves the terminal and the process group.
        NewSession = "process.session",
        /// Stops calling a system that fails, and lets it recover.
        Breaker = "breaker",
        /// Hands work to threads that other work waits for as well.
        Offload = "offload",
        /// Makes a server that keeps the connections of its clients, and sends to those it knows unless a bus is given.
        ClientServer = "clients.server",
    }
}

closed! {
    /// What a client or connection leads to.
    Resource {
        /// A relational or other database.
        Database = "database",
        /// A database of documents.
        DocumentDatabase = "document-database",
        /// A database in a local file.
        FileDatabase = "file-database",
        /// A cache or key-value server.
        Cache = "cache",
        /// A message broker.
        Broker = "broker",
        /// An RPC server.
        Rpc = "rpc",
        /// A mail server.
        Mail = "mail",
        /// An HTTP server.
        Http = "http",
        /// A cloud service's SDK.
        Cloud = "cloud",
        /// A search engine.
        Search = "search",
    }
}

closed! {
    /// What is known of a value.
    Trait {
        /// A query that returns a bounded number of rows.
        Limited = "limited",
        /// A query filtered by a unique key, so at most one row.
        Keyed = "keyed",
        /// A query with some condition.
        Filtered = "filtered",
        /// A query whose rows arrive piece by piece.
        Streamed = "streamed",
        /// A query that yields an aggregate.
        Aggregated = "aggregated",
        /// A query cut down to some columns: an aggregate added to it groups by them.
        Projected = "projected",
        /// A query cut down to one column.
        OneColumn = "one-column",
        /// A query with one row for each value of some columns.
        Grouped = "grouped",
        /// A query that loads relations with it.
        Eager = "eager",
        /// Bounded in time, by an acceptable limit.
        Timed = "timed",
        /// Known to wait for ever.
        Untimed = "untimed",
        /// Perhaps bounded in time: something we cannot read may set it.
        MaybeTimed = "maybe-timed",
        /// Claimed by a lock or conditional update that all instances see.
        Claimed = "claimed",
        /// A batch taken from a longer collection.
        Batch = "batch",
        /// A transaction or lock makes each step depend on the one before.
        Serial = "serial",
        /// Bounded in time, but by more than is acceptable.
        Slow = "slow",
        /// What is kept with it goes after some time.
        Expiring = "expiring",
        /// A command that looks at, or removes, every key of a server.
        Scans = "scans",
        /// A command that reads a whole container.
        Whole = "whole",
        /// A call for one thing where the same service takes many in one call.
        OneOfMany = "one-of-many",
        /// A pool whose connections are not tried before they are handed out.
        Unchecked = "unchecked",
        /// A pool whose connections are replaced at some age.
        Recycled = "recycled",
        /// A statement whose text was understood.
        Understood = "understood",
        /// The relation of one object: few rows, and perhaps loaded already.
        Related = "related",
        /// A column that refers to a row of another table.
        Refers = "refers",
        /// Rows of which a unique key leaves one at most.
        One = "one",
        /// A statement whose text could not be read.
        Unread = "unread",
        /// A statement that changes data.
        Writes = "writes",
        /// A statement or call that needs a connection of its own: it listens, copies, locks for the session.
        Dedicated = "dedicated",
        /// A call that makes new rows of what it is called on or given.
        Creates = "creates",
        /// A call that removes what it is called on, one row or entry.
        Removes = "removes",
        /// A statement that removes all rows of the query that it is called on.
        Sweeps = "sweeps",
        /// A query that names the rows it does not want; with no other condition it brings all but those.
        Excludes = "excludes",
        /// A query that names the rows it wants, where its library tells that from naming those it does not.
        Picks = "picks",
        /// A statement that changes data by its own old value: twice is not once.
        Accumulates = "accumulates",
        /// A pattern that begins with any text, or a query that looks for a text anywhere in a column: no ordinary index helps.
        Unanchored = "unanchored",
        /// A wait that is longer, or other, each time.
        Growing = "growing",
        /// A wait that is the same each time.
        Steady = "steady",
        /// Tries that nothing ends, unless it is bounded as well.
        Endless = "endless",
        /// Tries that end.
        Bounded = "bounded",
        /// Waits for a state and not for the end of an error.
        Polling = "polling",
        /// A call that puts a value in the place of the old one, whatever that was by then.
        Replaces = "replaces",
        /// Started work that no handle leads to: nobody can wait for it.
        Detached = "detached",
        /// Joins what is there already: the log goes to its default destination as well.
        Additional = "additional",
        /// Perhaps sent again after it failed: its library does so, or something that we cannot read may.
        MaybeRetried = "maybe-retried",
        /// Takes as long as what it works on is large.
        Proportional = "proportional",
        /// Adds one part to what is made: how much it is, the loop around says.
        OnePart = "one-part",
    }
}

closed! {
    /// When the platform runs an entry point.
    EntryKind {
        /// Once per request, message of a websocket, or call.
        Request = "request",
        /// Once per queue message or task.
        Job = "job",
        /// At set times.
        Scheduled = "scheduled",
        /// Once when the process starts, or on first use.
        Startup = "startup",
        /// As a program of its own, by hand or from outside.
        Command = "command",
        /// As a schema migration.
        Migration = "migration",
        /// As a test.
        Test = "test",
    }
}

impl EntryKind {
    /// The ways that load comes: requests, queue messages, the clock.
    pub const SERVING: [Self; 3] = [Self::Request, Self::Job, Self::Scheduled];

    /// Whether load comes this way.
    #[must_use]
    pub fn serves(self) -> bool {
        Self::SERVING.contains(&self)
    }
}

closed! {
    /// Data held in the process that code can change.
    Holding {
        /// A list, vector, deque.
        List = "list",
        /// A map.
        Map = "map",
        /// A set.
        Set = "set",
        /// A number that is counted up.
        Counter = "counter",
        /// Anything else that is replaced as a whole (`Mutex<T>`, `RwLock<T>`).
        Cell = "cell",
    }
}
