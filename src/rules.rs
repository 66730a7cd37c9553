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
            page: LazyLock::new(|| Page::parse(include_str!(concat!("../rules/", $name, ".md")))),
        }),*];
    };
}

registry! {
    "connection-per-request" => connection_per_request,
    "daemonized-process" => daemonized_process,
    "global-mutable-state" => global_mutable_state,
    "http-client-per-request" => http_client_per_request,
    "in-memory-session" => in_memory_session,
    "in-process-cache" => in_process_cache,
    "log-to-local-file" => log_to_local_file,
    "migration-on-startup" => migration_on_startup,
    "missing-timeout" => missing_timeout,
    "n-plus-one-query" => n_plus_one_query,
    "sensitive-data-in-log" => sensitive_data_in_log,
    "unbounded-query" => unbounded_query,
    "uncoordinated-cron" => uncoordinated_cron,
    "unpaginated-endpoint" => unpaginated_endpoint,
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
