//! Gemini (`:generateContent` and `:streamGenerateContent`), to and from the common form.
//!
//! Its API takes every field of a request in camel case and in snake case; answers are in camel case.

mod answer;
mod request;
mod write;

pub(crate) use answer::{EventReader, read_whole};
pub(crate) use request::{decode, encode, glance};
pub(crate) use write::{EventWriter, write_whole};
