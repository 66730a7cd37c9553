//! Deployed code: what of the tree a workload runs, and how many processes run a piece of code.
//!
//! | file | question |
//! |---|---|
//! | `capacity` | how many connections may all processes open, and does the database accept them? |
//! | `by_command` | which code does a command name by itself, where nothing says how its image is built? |
//! | `code` | which code does this container run? |
//! | `clients` | do the clients of a workload keep their connection? |
//! | `copies` | how many processes run this function, and who says so? |
//! | `ordinals` | by which number do copies share out work, and do they have one? |
//! | `processes` | which processes does production start, and where? |
//! | `programs` | which file does a program of this name start with? |
//! | `requests` | does the code of a workload show that nobody sends it requests? |
//! | `ties` | what would a client lose that reaches another copy? |

pub(crate) mod by_command;
pub(crate) mod capacity;
pub(crate) mod clients;
pub(crate) mod code;
pub(crate) mod copies;
pub(crate) mod ordinals;
pub(crate) mod processes;
pub(crate) mod programs;
pub(crate) mod requests;
pub(crate) mod ties;
