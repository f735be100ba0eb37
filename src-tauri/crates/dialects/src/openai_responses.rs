//! OpenAI Responses (`POST /v1/responses`), to and from the common form.
//!
//! Its conversation is a list of items: messages, reasoning, calls and what they gave lie side by side.

mod answer;
mod request;
#[cfg(test)]
mod tests;
mod write;

pub(crate) use answer::{EventReader, read_whole};
pub(crate) use request::{decode, encode, glance};
pub(crate) use request::{reasoning_members, strip_foreign};
pub(crate) use write::{EventWriter, error_events, write_whole};
