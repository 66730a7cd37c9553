//! Values: what an expression is, where it came from, where it goes; one function abstractly, then the whole project to a bounded
//! fixed point.
//!
//! | file | question |
//! |---|---|
//! | `arguments` | what does this call choose for a parameter that its model names? |
//! | `client_uses` | what is this client used for? |
//! | `deadlines` | what bounds the time of this call? |
//! | `eval` | what is this value, after this function ran? (one function, abstractly) |
//! | `flows` | where does this value go? |
//! | `handles` | which places hold what only this process can use? |
//! | `origins` | do these two values come from the same place? |
//! | `passed_limits` | does a caller pass a limit on? |
//! | `remembered` | what rules ask of functions again and again, made once |
//! | `rounds` | the same for the whole project: parameters, fields, results, to a bounded fixed point |
//! | `value` | what can be known of a value at all? |

pub(crate) mod arguments;
pub(crate) mod client_uses;
pub(crate) mod deadlines;
pub(crate) mod eval;
pub(crate) mod flows;
pub(crate) mod handles;
pub(crate) mod origins;
pub(crate) mod passed_limits;
pub(crate) mod remembered;
pub(crate) mod rounds;
pub mod value;
