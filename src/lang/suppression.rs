//! Reads suppression comments, the same in every language.
