//! OpenAI Chat Completions (`POST /v1/chat/completions`), to and from the common form.
//!
//! Many providers speak this dialect with an accent; what the readers here allow for is noted where they do.

mod answer;
mod call;
mod decode;
mod details;
mod encode;
mod foreign;
mod glance;
mod model;
mod reasoning;
#[cfg(test)]
mod round_trip;
mod write;

pub(crate) use answer::{EventReader, read_whole};
pub(crate) use decode::decode;
pub(crate) use encode::encode;
pub(crate) use foreign::strip_foreign;
pub(crate) use glance::glance;
pub(crate) use reasoning::reasoning_members;
/// Whether a model takes system messages within a conversation. OpenAI's own do; others may refuse, or forget, all but the
/// first.
pub(crate) fn takes_instructions(model: &str) -> bool {
    model::Model::of(model).is_openais()
}

pub(crate) use write::{EventWriter, write_whole};
