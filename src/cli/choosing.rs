//! The options that several commands share: which rules and findings are meant, and which configuration holds.

use super::MinConfidence;
use crate::session::Options;
use clap::Args;
use std::path::PathBuf;

/// Which rules and findings are meant.
#[derive(Debug, Args)]
pub(super) struct Choosing {
    /// Run these rules, groups or sets, or `all`, instead of the configured ones
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub(super) select: Option<Vec<String>>,
    /// Run these rules, groups or sets too
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub(super) extend_select: Vec<String>,
    /// Do not run these rules, groups or sets
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub(super) ignore: Vec<String>,
    /// Findings of at least this confidence [default: medium]
    #[arg(long, value_name = "CONFIDENCE")]
    pub(super) min_confidence: Option<MinConfidence>,
    #[command(flatten)]
    pub(super) configured: Configured,
}

/// Which configuration holds.
#[derive(Debug, Args)]
pub(super) struct Configured {
    /// Use this configuration file
    #[arg(long, value_name = "FILE", conflicts_with = "isolated")]
    pub(super) config: Option<PathBuf>,
    /// Use no configuration file
    #[arg(long)]
    pub(super) isolated: bool,
}

impl Choosing {
    /// What they ask for; where is for the caller to say.
    pub(super) fn options(&self) -> Options {
        Options {
            select: self.select.clone(),
            extend_select: self.extend_select.clone(),
            ignore: self.ignore.clone(),
            min_confidence: self.min_confidence.map(Into::into),
            ..self.configured.options()
        }
    }
}

impl Configured {
    /// What they ask for.
    pub(super) fn options(&self) -> Options {
        Options { config: self.config.clone(), isolated: self.isolated, ..Options::default() }
    }
}
