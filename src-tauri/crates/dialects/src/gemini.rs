//! Gemini (`:generateContent` and `:streamGenerateContent`), to and from the common form.
//!
//! Its API takes every field of a request in camel case and in snake case; answers are in camel case.

mod answer;
mod carried;
mod grounding;
mod model;
mod partial;
mod reasoning;
mod request;
mod schema;
mod strip;
mod write;

pub(crate) use answer::{EventReader, read_whole};
pub(crate) use reasoning::reasoning_members;
pub(crate) use request::{decode, encode, glance};
pub(crate) use strip::strip_foreign;
pub(crate) use write::{EventWriter, write_whole};

use crate::json::View;

/// A member in either of its spellings.
fn either<'a>(object: View<'a>, camel: &str, snake: &str) -> Option<View<'a>> {
    let [camel, snake] = object.pick([camel, snake]);
    camel.or(snake)
}

/// A key's spelling in camel case, as this module's tables have it.
fn camel(key: &str) -> String {
    let mut camel = String::with_capacity(key.len());
    let mut raise = false;
    for c in key.chars() {
        match c {
            '_' if !camel.is_empty() => raise = true,
            c if std::mem::take(&mut raise) => camel.extend(c.to_uppercase()),
            c => camel.push(c),
        }
    }
    camel
}
