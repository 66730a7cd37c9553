//! Views: what is known of a project, shown to people who ask for it, whether anything is wrong there or not.
//!
//! | file | shows |
//! |---|---|
//! | `line` | what is known of one line, and what became of the findings there |
//! | `services` | what deployment files run, how often, and which code that is |
//! | `starts` | entry points and functions, by what people call them |
//! | `tree` | what an entry point calls, down to the operations that wait or keep something |
//! | `words` | roles, values, deadlines and loops in words that both use |

pub(crate) mod line;
pub(crate) mod services;
pub(crate) mod starts;
pub(crate) mod tree;
pub(crate) mod words;
