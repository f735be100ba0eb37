//! Anthropic Messages (`POST /v1/messages`), to and from the common form.

mod answer;
mod request;
mod write;

pub(crate) use answer::{EventReader, read_whole};
pub(crate) use request::{decode, encode, glance, thinks};
pub(crate) use request::{reasoning_members, strip_foreign};
pub(crate) use write::{EventWriter, write_whole};
