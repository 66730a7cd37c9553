//! Processes: from the words of a command to what runs.
//!
//! | file | question |
//! |---|---|
//! | `commands` | which words are run, and which of them are not known? |
//! | `programs` | what does such a program do, with which code, in how many processes? |
//! | `images` | what is in an image that others make, and which image of the tree is meant? |
//! | `launch` | what does a container run in the end, shells and scripts followed? |
//! | `scripts` | how many copies do commands in scripts ask for? |

pub mod commands;
pub mod images;
pub(super) mod launch;
pub mod programs;
pub mod scripts;
