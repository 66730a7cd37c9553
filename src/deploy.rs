//! Deployment: what files say about where, as what and how often the code runs.
//!
//! Extraction gives a [`Sheet`] for each file, by its syntax alone. Readers of platforms lower the sheets of a tree to one vocabulary,
//! and [`Deployment`] joins them. Rules see workloads, containers, processes; no rule has seen a manifest.
//!
//! | room | about |
//! |---|---|
//! | `texts` | what a text says, syntax aside: trees, blocks, commands of a shell |
//! | `sheets` | which files are deployment files, and what extraction keeps of one |
//! | `vocabulary` | what workloads, containers, volumes and databases are; how many, for what stage, how often |
//! | `processes` | which words are run, what such programs and images do, and what a container runs in the end |
//! | `readers` | what each platform's files say, in that vocabulary |
//! | `releases` | which of several versions beside each other is the newest |
//! | `assemble` | what all files of a tree say together |
//! | `edits` | how such a file is changed: a key more, a command without its shell |

mod assemble;
pub(crate) mod edits;
mod processes;
mod readers;
mod releases;
mod sheets;
mod texts;
mod vocabulary;

pub use processes::{commands, images, programs, scripts};
pub use sheets::{Entry, Format, Sheet, SheetFrontEnd};
pub use texts::{directives, dockerfile, hcl, tree};
pub use vocabulary::deployment::Deployment;
pub use vocabulary::{advice, amount, schedules, stages, workloads};

pub(crate) use vocabulary::asked::foremost;
