//! macro_calls
