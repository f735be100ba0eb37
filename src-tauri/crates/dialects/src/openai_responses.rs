//! OpenAI Responses (`POST /v1/responses`), to and from the common form.
//!
//! Its conversation is a list of items: messages, reasoning, calls and what they gave lie side by side.

mod answer;
mod request;
mod write;

pub(crate) use answer::{EventReader, read_whole};
pub(crate) use request::{decode, encode, glance};
#[allow(unused_imports, reason = "passing in the same dialect is to call them")]
pub(crate) use request::{reasoning_members, strip_foreign};
pub(crate) use write::{EventWriter, error_events, write_whole};

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
