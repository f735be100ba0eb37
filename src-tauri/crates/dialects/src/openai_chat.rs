//! OpenAI Chat Completions (`POST /v1/chat/completions`), to and from the common form.
//!
//! Many providers speak this dialect with an accent; what the readers here allow for is noted where they do.

mod answer;
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
#[cfg_attr(not(test), expect(unused_imports, reason = "for bodies that pass in their own dialect"))]
pub(crate) use foreign::strip_foreign;
pub(crate) use glance::glance;
#[cfg_attr(not(test), expect(unused_imports, reason = "for bodies that pass in their own dialect"))]
pub(crate) use reasoning::reasoning_members;
pub(crate) use write::{EventWriter, write_whole};

use crate::form::Reasoning;
use crate::json::{Patch, View};
use crate::notes::Notes;
use crate::terms::ReasoningScale;

pub(crate) fn reasoning_members(
    _: &Reasoning,
    _: Option<ReasoningScale>,
    _: &str,
    _: Option<u64>,
    _: &mut Notes,
) -> Vec<(&'static str, String)> {
    Vec::new()
}

pub(crate) fn strip_foreign(_: View<'_>, _: &mut Patch, _: &mut Notes) {}
