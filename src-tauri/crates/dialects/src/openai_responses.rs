//! OpenAI Responses (`POST /v1/responses`), to and from the common form.

mod answer;
mod request;
mod write;

pub(crate) use answer::{EventReader, read_whole};
pub(crate) use request::{decode, encode, glance};
pub(crate) use write::{EventWriter, error_events, write_whole};
