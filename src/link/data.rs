//! Data: tables, relations and queries; how many rows come, who chooses that, and what is done with them.
//!
//! | file | question |
//! |---|---|
//! | `client_values`, `declared` | does the client choose this value, and how large may it be? |
//! | `growth` | does this table grow with use? |
//! | `listings` | which views answer with all rows, by attributes alone? |
//! | `pages` | where does a query say how many rows it wants and skips? |
//! | `queries` | how many rows can this bring, and who gets them? |
//! | `reductions`, `uses`, `columns` | what does the program compute of rows that the database could? |
//! | `schema`, `relations`, `reverse` | which tables are there, what do their rows lead to, and when is that loaded? |
//! | `searches` | does this look for a text that no index finds? |
//! | `transfers` | is an upload or body read whole, whatever its size? |
//! | `updates` | is a stored value changed in more than one step? |

pub(crate) mod client_values;
pub(crate) mod columns;
pub(crate) mod declared;
pub(crate) mod growth;
pub(crate) mod listings;
pub(crate) mod pages;
pub(crate) mod queries;
pub(crate) mod reductions;
pub(crate) mod relations;
pub(crate) mod reverse;
pub(crate) mod schema;
pub(crate) mod searches;
pub(crate) mod transfers;
pub(crate) mod updates;
pub(crate) mod uses;
