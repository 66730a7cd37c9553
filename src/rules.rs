//! The registry of rules: one line a rule. A rule is its page under `rules/` and a small module here that makes the page true.

pub mod findings;
pub mod page;

pub use findings::Findings;
pub use page::Page;

use crate::link::Project;
use std::sync::LazyLock;

/// A rule.
#[derive(Debug)]
pub struct Rule {
    /// Its name: what users write in configuration and suppressions.
    pub name: &'static str,
    /// Finds what its page describes.
    pub check: fn(&Project, &mut Findings<'_>),
    page: LazyLock<Page>,
}

macro_rules! registry {
    ($($name:literal => $module:ident),* $(,)?) => {
        $(mod $module;)*

        static RULES: [Rule; [$($name),*].len()] = [$(Rule {
            name: $name,
            check: $module::check,
            page: LazyLock::new(|| Page::built_in($name, include_str!(concat!("../rules/", $name, ".md")))),
        }),*];
    };
}

registry! {
    "autoscaling-without-requests" => autoscaling_without_requests,
    "blocking-call-in-async" => blocking_call_in_async,
    "blocking-key-scan" => blocking_key_scan,
    "buffered-transfer" => buffered_transfer,
    "cache-without-expiry" => cache_without_expiry,
    "cache-without-invalidation" => cache_without_invalidation,
    "connection-per-request" => connection_per_request,
    "daemonized-process" => daemonized_process,
    "dangling-autoscaler" => dangling_autoscaler,
    "dev-server-in-production" => dev_server_in_production,
    "duplicate-pool" => duplicate_pool,
    "ephemeral-datastore" => ephemeral_datastore,
    "filter-in-application" => filter_in_application,
    "global-mutable-state" => global_mutable_state,
    "heavy-work-in-request" => heavy_work_in_request,
    "http-client-per-request" => http_client_per_request,
    "in-memory-rate-limit" => in_memory_rate_limit,
    "in-memory-session" => in_memory_session,
    "in-process-cache" => in_process_cache,
    "in-process-job" => in_process_job,
    "ineffective-setting" => ineffective_setting,
    "instance-local-volume" => instance_local_volume,
    "leading-wildcard-search" => leading_wildcard_search,
    "local-connection-registry" => local_connection_registry,
    "local-file-storage" => local_file_storage,
    "local-lock" => local_lock,
    "log-to-local-file" => log_to_local_file,
    "lost-update" => lost_update,
    "migration-on-startup" => migration_on_startup,
    "missing-autoscaling" => missing_autoscaling,
    "missing-circuit-breaker" => missing_circuit_breaker,
    "missing-graceful-shutdown" => missing_graceful_shutdown,
    "missing-health-check" => missing_health_check,
    "missing-index" => missing_index,
    "missing-rate-limit" => missing_rate_limit,
    "missing-request-context" => missing_request_context,
    "missing-retry" => missing_retry,
    "missing-timeout" => missing_timeout,
    "mixed-process-types" => mixed_process_types,
    "n-plus-one-query" => n_plus_one_query,
    "non-idempotent-retry" => non_idempotent_retry,
    "offset-pagination" => offset_pagination,
    "ordinal-identity" => ordinal_identity,
    "per-item-call" => per_item_call,
    "pinned-instance" => pinned_instance,
    "pool-exceeds-capacity" => pool_exceeds_capacity,
    "reads-on-primary" => reads_on_primary,
    "replicated-scheduler" => replicated_scheduler,
    "retry-without-backoff" => retry_without_backoff,
    "sensitive-data-in-log" => sensitive_data_in_log,
    "shared-executor" => shared_executor,
    "single-database-instance" => single_database_instance,
    "single-replica" => single_replica,
    "singleton-service" => singleton_service,
    "slow-startup" => slow_startup,
    "stale-pool-connection" => stale_pool_connection,
    "stale-replica-read" => stale_replica_read,
    "sticky-session" => sticky_session,
    "task-lost-on-crash" => task_lost_on_crash,
    "task-without-time-limit" => task_without_time_limit,
    "unbounded-cache" => unbounded_cache,
    "unbounded-concurrency" => unbounded_concurrency,
    "unbounded-page-size" => unbounded_page_size,
    "unbounded-query" => unbounded_query,
    "unbounded-queue" => unbounded_queue,
    "unbounded-retry" => unbounded_retry,
    "uncached-hot-read" => uncached_hot_read,
    "unclaimed-job" => unclaimed_job,
    "uncoordinated-cron" => uncoordinated_cron,
    "unpaginated-endpoint" => unpaginated_endpoint,
    "unpooled-connection" => unpooled_connection,
    "unstructured-logging" => unstructured_logging,
}

impl Rule {
    /// Every rule, sorted by name.
    #[must_use]
    pub fn all() -> &'static [Rule] {
        &RULES
    }

    /// The rule of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Rule> {
        RULES.iter().find(|rule| rule.name == name)
    }

    /// Its page, read on first use.
    pub fn page(&self) -> &Page {
        &self.page
    }
}
