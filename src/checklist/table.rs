//! The lines of the checklist: data, and for each the question whose facts prove that it holds. A new line is an entry here.

use super::facts::{Answer, Asker};
use super::{code, operation, state};

/// A line.
pub(super) struct Entry {
    pub title: &'static str,
    /// What it asks for, in one sentence.
    pub wanted: &'static str,
    /// The rules whose findings violate it.
    pub rules: &'static [&'static str],
    /// What proves that it holds.
    pub question: fn(&Asker<'_>) -> Answer,
}

pub(super) const TABLE: &[Entry] = &[
    Entry {
        title: "Stateless processes",
        wanted: "Any instance can answer any request: nothing that another needs is kept in the memory of one.",
        rules: &["global-mutable-state", "local-connection-registry", "local-lock", "ordinal-identity"],
        question: state::stateless,
    },
    Entry {
        title: "External sessions",
        wanted: "Who is logged in is known to every instance: sessions lie in a shared store or in signed cookies.",
        rules: &["in-memory-session", "sticky-session"],
        question: state::sessions,
    },
    Entry {
        title: "Files",
        wanted: "Files that outlive a request lie where every instance finds them, and pass through memory in pieces.",
        rules: &["local-file-storage", "instance-local-volume", "buffered-transfer"],
        question: state::files,
    },
    Entry {
        title: "Pooled connections",
        wanted: "Connections are made once and shared, and all instances together ask for no more than the server gives.",
        rules: &[
            "connection-per-request",
            "duplicate-pool",
            "http-client-per-request",
            "ineffective-setting",
            "pool-exceeds-capacity",
            "stale-pool-connection",
            "unpooled-connection",
        ],
        question: code::pools,
    },
    Entry {
        title: "Timeouts everywhere",
        wanted: "Whoever waits for another system stops waiting in time.",
        rules: &["missing-timeout", "task-without-time-limit"],
        question: code::timeouts,
    },
    Entry {
        title: "Contained failures",
        wanted: "What fails is tried again a few times, later each time, and is left alone when it stays down.",
        rules: &["missing-circuit-breaker", "missing-retry", "non-idempotent-retry", "retry-without-backoff", "unbounded-retry"],
        question: code::failures,
    },
    Entry {
        title: "Bounded queries",
        wanted: "No query grows with the data: rows are limited, paged, indexed and fetched together.",
        rules: &[
            "filter-in-application",
            "leading-wildcard-search",
            "missing-index",
            "n-plus-one-query",
            "offset-pagination",
            "per-item-call",
            "unbounded-page-size",
            "unbounded-query",
            "unpaginated-endpoint",
        ],
        question: code::queries,
    },
    Entry {
        title: "Data stores",
        wanted: "Stores keep their data, stand in for each other, and stay right when many write at once.",
        rules: &[
            "blocking-key-scan",
            "ephemeral-datastore",
            "lost-update",
            "reads-on-primary",
            "single-database-instance",
            "stale-replica-read",
        ],
        question: operation::stores,
    },
    Entry {
        title: "Caching with expiry",
        wanted: "What is cached is seen by all instances, goes after some time, and is taken out when it changes.",
        rules: &[
            "cache-without-expiry",
            "cache-without-invalidation",
            "in-process-cache",
            "unbounded-cache",
            "uncached-hot-read",
        ],
        question: state::caches,
    },
    Entry {
        title: "Queues for heavy work",
        wanted: "Heavy work is done by workers from a queue that survives a crash, with a bound on how much runs at once.",
        rules: &[
            "blocking-call-in-async",
            "heavy-work-in-request",
            "in-process-job",
            "shared-executor",
            "task-lost-on-crash",
            "unbounded-concurrency",
            "unbounded-queue",
        ],
        question: code::heavy_work,
    },
    Entry {
        title: "Rate limiting",
        wanted: "Nobody may ask as often as they like, and all instances count together.",
        rules: &["in-memory-rate-limit", "missing-rate-limit"],
        question: operation::limits,
    },
    Entry {
        title: "Coordinated schedules",
        wanted: "What runs at set times runs once, however many instances there are.",
        rules: &["replicated-scheduler", "unclaimed-job", "uncoordinated-cron"],
        question: operation::schedules,
    },
    Entry {
        title: "Health",
        wanted: "The platform can ask each instance whether it takes requests, and does.",
        rules: &["missing-health-check"],
        question: operation::health,
    },
    Entry {
        title: "Graceful shutdown",
        wanted: "An instance that is told to end finishes what it has begun.",
        rules: &["daemonized-process", "missing-graceful-shutdown"],
        question: operation::shutdown,
    },
    Entry {
        title: "Logs as streams",
        wanted: "Logs go to standard output as lines with fields, tell requests apart and hold no secrets.",
        rules: &["log-to-local-file", "missing-request-context", "sensitive-data-in-log", "unstructured-logging"],
        question: operation::logs,
    },
    Entry {
        title: "Process types that scale apart",
        wanted: "Web, workers, schedulers and migrations are processes of their own.",
        rules: &["dev-server-in-production", "migration-on-startup", "mixed-process-types"],
        question: operation::process_types,
    },
    Entry {
        title: "Replicas and autoscaling",
        wanted: "There is more than one instance, more come with the load, and each is ready soon.",
        rules: &[
            "autoscaling-without-requests",
            "dangling-autoscaler",
            "missing-autoscaling",
            "pinned-instance",
            "single-replica",
            "singleton-service",
            "slow-startup",
        ],
        question: operation::replicas,
    },
];
