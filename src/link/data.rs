//! Data: tables, relations and queries; how many rows come, who chooses that, and what is done with them.
//!
//! | file | question |
//! |---|---|
//! | `actions` | which methods of a view do its routes name? |
//! | `client_values`, `declared` | does the client choose this value, and how large may it be? |
//! | `entities` | which columns and indexes does the table of an entity have? |
//! | `growth` | does this table grow with use? |
//! | `handed` | which statements does a function run for its callers? |
//! | `listings` | which views answer with all rows, by attributes alone? |
//! | `lookups` | by which columns are rows looked up, and does an index find them? |
//! | `mirrors` | which tables are copies of a list kept elsewhere? |
//! | `pages` | where does a query say how many rows it wants and skips? |
//! | `queries` | how many rows can this bring, and who gets them? |
//! | `recomputed` | which handlers compute the same answer for every request? |
//! | `reductions`, `uses`, `columns` | what does the program compute of rows that the database could? |
//! | `rendered` | which relations does a serializer read for each row of a list? |
//! | `replicas`, `replica_reads` | which names lead to the primary and which to a copy, and who reads from the wrong one? |
//! | `schema`, `relations`, `reverse` | which tables are there, what do their rows lead to, and when is that loaded? |
//! | `searches` | does this look for a text that no index finds? |
//! | `tables` | which tables do statements of SQL define? |
//! | `stale_reads` | which reads go to a replica that may not have the rows yet? |
//! | `table_paths` | which table does a path name, and are whole rows asked for? |
//! | `transfers` | is an upload or body read whole, whatever its size? |
//! | `updates` | is a stored value changed in more than one step? |

pub(crate) mod actions;
pub(crate) mod client_values;
pub(crate) mod columns;
pub(crate) mod declared;
pub(crate) mod entities;
pub(crate) mod growth;
pub(crate) mod handed;
pub(crate) mod listings;
pub(crate) mod lookups;
pub(crate) mod mirrors;
pub(crate) mod pages;
pub(crate) mod queries;
pub(crate) mod recomputed;
pub(crate) mod reductions;
pub(crate) mod relations;
pub(crate) mod rendered;
pub(crate) mod replica_reads;
pub(crate) mod replicas;
pub(crate) mod reverse;
pub(crate) mod schema;
pub(crate) mod searches;
pub(crate) mod stale_reads;
pub(crate) mod table_paths;
pub(crate) mod tables;
pub(crate) mod transfers;
pub(crate) mod updates;
pub(crate) mod uses;
