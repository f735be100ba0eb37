//! OpenAI Chat Completions (`POST /v1/chat/completions`), to and from the common form.
//!
//! Many providers speak this dialect with an accent; what the readers here allow for is noted where they do.

mod answer;
mod request;
mod write;

pub(crate) use answer::{EventReader, read_whole};
pub(crate) use request::{decode, encode, glance};
pub(crate) use write::{EventWriter, write_whole};
