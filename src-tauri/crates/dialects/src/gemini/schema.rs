//! Schemas, between JSON Schema and the subset of OpenAPI's that Gemini's `Schema` is.

mod narrow;
mod widen;

pub(super) use narrow::narrow;
pub(super) use widen::widen;
