//! Logging: what is written to the log, where the log goes, and whether it shows a secret.
//!
//! | file | question |
//! |---|---|
//! | `logs`, `log_settings` | what is written to the log, and where does the log go? |
//! | `secrets`, `secret_names`, `shown_fields` | does this value, written out, show a secret? |

pub(crate) mod log_settings;
pub(crate) mod logs;
pub(crate) mod secret_names;
pub(crate) mod secrets;
pub(crate) mod shown_fields;
