//! The deployment vocabulary: every platform is lowered to it, and rules know nothing else. A value that could not be resolved is absent
//! or unknown, never a guess.
//!
//! | file | question |
//! |---|---|
//! | `deployment` | what do all files of a tree say together? |
//! | `workloads` | what are workloads, containers, volumes, autoscalers, databases? |
//! | `platform` | which platform runs a workload, and what does it do by itself? |
//! | `amount` | how many, and who says so? |
//! | `stages` | is a file for production, or for somebody's desk? |
//! | `schedules` | how soon does one run follow another? |
//! | `mounts` | what is a mounted path of the machine for? |
//! | `asked` | what do several rules ask of workloads? |
//! | `advice` | how does each platform call the remedy? |

pub mod advice;
pub mod amount;
pub(crate) mod asked;
pub(super) mod deployment;
pub(super) mod mounts;
mod platform;
pub mod schedules;
pub mod stages;
pub mod workloads;
