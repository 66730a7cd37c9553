//! The language server, `scalelint lsp`: findings while typing, over the same five steps as every other command. Apart from the
//! command line, since it lives as long as an editor and speaks a protocol of its own.
//!
//! | file | about |
//! |---|---|
//! | `actions` | what can be done about a finding: a comment with a reason, its page |
//! | `client` | what the editor can do, and what is sent to it |
//! | `diagnostics` | findings, and errors of the configuration, as the editor shows them |
//! | `documents` | what is open, as it stands in the editor |
//! | `frames` | messages as bytes, and what becomes of those that are none |
//! | `handshake` | what both sides tell each other at the start |
//! | `hover` | the page of a rule, beside the finding |
//! | `places` | lines and columns as the protocol counts them |
//! | `projects` | which projects are analysed, what is known of each, what the editor has been told |
//! | `server` | the loop: one thing at a time, in the order in which it came |
//! | `uris` | paths as the protocol writes them |
//! | `worker` | analyses, one at a time, beside the loop |
//!
//! An edit changes a document at once and the findings a moment later: an analysis begins when nothing has changed for a short while,
//! and what it gives is dropped when something has changed since. A question about a text that is not analysed yet waits for the
//! answer to be right, and can be taken back until then.

mod actions;
mod client;
mod diagnostics;
mod documents;
mod frames;
mod handshake;
mod hover;
mod places;
mod projects;
mod server;
mod uris;
mod worker;

use crate::error::Error;
use crate::session::Options;
use frames::Incoming;
use std::sync::mpsc::channel;
use worker::{Outcome, Worker};

/// What the loop waits for.
enum Event {
    /// From the editor.
    Incoming(Incoming),
    /// From the worker.
    Analysed(Outcome),
}

/// What an editor would have said with these bytes: for those who try any.
pub(crate) fn overheard(input: &[u8]) -> Vec<String> {
    frames::overheard(input)
}

/// Serve the editor at the other end of standard input and output until it says that it is done. `options` hold for every project.
///
/// # Errors
/// When what comes in is no message, so that nothing after it can be understood either.
pub(crate) fn serve(options: Options) -> Result<u8, Error> {
    let (events, inbox) = channel();
    let worker = Worker::start(events.clone());
    frames::listen(events);
    server::Server::new(options, worker).run(&inbox)
}
