//! Gemini (`:generateContent` and `:streamGenerateContent`), to and from the common form.
//!
//! Its API takes every field of a request in camel case and in snake case; answers are in camel case.

mod answer;
mod request;
mod write;

pub(crate) use answer::{EventReader, read_whole};
pub(crate) use request::{decode, encode, glance};
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
