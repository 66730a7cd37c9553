//! scalelint: finds what breaks in a service when it runs on more than one instance or under ten times the load.
//!
//! # The tour
//!
//! A run is five steps, each a function in [`scan`]; the command line and the tests call the same five.
//!
//! 1. **walk** ([`walk`]): the files of the project as git sees them, each with its language; manifests for versions.
//! 2. **extract** ([`lang`]): one file at a time, bytes in, plain [`facts`] out. A function body becomes a *tape* of operations in
//!    evaluation order with regions over it (loops, branches, handlers). Only here has anybody seen a syntax tree.
//!    A deployment file becomes a sheet in the same way: by its syntax alone.
//! 3. **link** ([`mod@link`]): the facts of all files joined into one [`link::Project`]. Names are resolved over files, every value is
//!    interpreted abstractly to a bounded fixed point, calls make a graph, entry points are found, and every function knows on which
//!    path it lies. What deployment files say together ([`mod@deploy`]) is tied to the code that they run. What libraries do comes from [`models`]: data, one TOML file a library, and the only place that names one.
//! 4. **check** ([`rules`]): each rule asks the project a few questions ("on which path is this?", "what is this value?") and reports
//!    findings with their evidence ([`finding`]). A rule is a page under `rules/`, a small module, and a line in the registry.
//! 5. **report** ([`output`], [`suppress`], [`fingerprint`]): silence, sort, name and render. What a [`baseline`] holds or another
//!    revision had ([`since`], from [`git`]) is recognised by its name ([`known`]) and not reported again.
//!
//! Beside a report stand the views: what is known of a line or a request path, wrong or not (`views`), and the scaling checklist of a
//! service, in which every line needs evidence (`checklist`). The language server (`lsp`) makes the same five steps over what an editor
//! holds unsaved ([`walk::Buffers`]).
//!
//! # Where to put things
//!
//! | you want to | go to |
//! |---|---|
//! | teach it a library | `src/lang/<language>/models/<library>.toml`; the notation is in [`models`] |
//! | add a rule | `rules/<name>.md`, `src/rules/<name>.rs`, one line in `src/rules.rs` |
//! | teach it a program or an image that deployment files name | `src/deploy/processes/programs.toml`, `src/deploy/processes/images.toml` |
//! | read another format or platform | a file in `src/deploy/readers/`, lowered to the `vocabulary` |
//! | lower more syntax | `src/lang/<language>/`, onto the vocabulary of [`facts`] |
//! | answer a question that several rules have | a method on [`link::Project`], in the room and file of `src/link/` whose question it is |
//! | write another output format | a file in `src/output/`, a line in [`output::Format`], its readers' demands in `tests/consumers.rs` |
//! | mend what a rule finds | `Draft::fix` in the rule, `suggest` in the model; a new kind of edit in [`fixes`] |
//! | ask for more in the scaling checklist | an entry in `src/checklist/table.rs`, and a question beside it |
//! | show or do more in an editor | a file in `src/lsp/`, its traffic in `tests/lsp/` |
//! | try a rule or a model on a few lines | [`workbench`] |
//!
//! Unknown is a value: what cannot be resolved never makes a finding.

pub mod atomic;
pub mod baseline;
mod checklist;
pub mod cli;
pub mod config;
pub mod deploy;
mod disk;
pub mod error;
pub mod facts;
pub mod finding;
pub mod fingerprint;
pub mod fixes;
#[doc(hidden)]
pub mod fuzzing;
pub mod git;
pub mod guard;
pub mod known;
pub mod lang;
pub mod link;
mod lsp;
pub mod models;
pub mod output;
pub mod rules;
pub mod scan;
pub mod session;
pub mod signals;
pub mod since;
pub mod source;
pub mod stop;
pub mod suppress;
pub mod terminal;
mod views;
pub mod walk;
pub mod workbench;
