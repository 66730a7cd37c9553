//! What libraries do, as data: one TOML file per library under `lang/*/models/`, checked and packed by `build.rs`.
//!
//! # Adding a library
//!
//! Write `src/lang/<language>/models/<library>.toml` and build. Nothing else names the library.
//!
//! ```toml
//! package = "requests"                      # its name in lock files
//!
//! [advice]                                  # what to do instead, by role: the help of findings
//! "http.request" = "pass timeout=(connect, read), for example timeout=(3.05, 27)"
//!
//! [[call]]                                  # functions, by the names that users import
//! name = ["requests.get", "requests.post"]
//! role = "http.request"
//! timeout = { argument = "timeout", default = "none" }
//!
//! [[type]]
//! name = ["requests.Session", "requests.session"]
//! new = { role = "http.client" }            # what constructing it does
//! method."get|post" = { role = "http.request", timeout = { argument = "timeout", default = "none" }, returns = "requests.Response" }
//!
//! [[example]]                               # every entry at work; run by tests/models.rs
//! code = """
//! import requests
//! s = requests.Session()      # http.client
//! s.get("https://x")          # http.request, timeout none
//! """
//! ```
//!
//! # Arguments that rules ask about (`parameter`), and further roles (`also`)
//!
//! `parameter.capacity = { argument = "maxsize", position = 0, default = 0 }` names an argument by what it decides
//! ([`Parameter`]); a rule asks `project.parameter(&site, Parameter::Capacity)`. A call that is more than one thing has one
//! `role` and lists the others under `also`.
//!
//! `suggest = "10"` beside an argument or a timeout says what a fix writes where it is missing: `timeout=10`. A suggestion that
//! begins with a dot is a call that goes before this one: `.timeout(..)` before `.send()`.
//!
//! # Routes (`entry`, `mount`, `gathers`)
//!
//! `entry` registers code that the platform calls, `mount` puts routes into what it is called on (`include_router(users, prefix="/users")`)
//! or, as a plain function, into what it makes, and `gathers` makes something that routes are put into (`APIRouter(prefix="/users")`).
//! The whole path of a route is put together from all of them.
//!
//! # Values (`returns`, `field`, `enter`)
//!
//! | written | the value |
//! |---|---|
//! | `self` | the receiver, with its traits |
//! | `T`, `U` | first, second type argument of the receiver, as an instance |
//! | `arg0` | argument 0 itself |
//! | `new arg0` | an instance of the class given as argument 0 |
//! | `call arg0` | what calling the function given as argument 0 returns |
//! | `element arg0` | an element of argument 0 |
//! | `pkg.Type` | an instance of a modelled type |
//! | `pkg.Type<T>`, `pkg.Type<new arg0>`, `pkg.Type<self>` | the same with type arguments |
//! | `class pkg.Type` | the class itself, to be inherited or constructed |
//! | `list<..>` | a collection in memory with elements of that value |
//!
//! A method on a class whose first type argument is unset has `T` unknown, and unknown never fires a rule.

pub mod schema;

pub use schema::{EntryKind, Holding, Parameter, Resource, Role, Setting, Trait};

mod act;
mod compile;
mod index;
mod layout;
mod pack;
mod spec;
mod traits;
mod ty;
mod versions;

pub use act::Act;
pub use index::{ActId, Extension, ModelError, ModelTypeId, Models, NodeId};
pub use spec::Spec;
pub use traits::Traits;
pub use ty::ModelType;
pub use versions::Versions;
