//! Reading and writing requests.

mod contents;
mod decode;
mod encode;
mod glance;
mod parts;
mod resolution;
mod tools;

pub(super) use contents::{call_members, media_part};
pub(crate) use decode::decode;
pub(crate) use encode::encode;
pub(crate) use glance::glance;

use crate::json::View;

/// A film that is told by its address, which needs no MIME type.
fn is_film_address(address: &str) -> bool {
    ["youtube.com/", "youtu.be/"].iter().any(|host| address.contains(host))
}

/// An object's `generationConfig`.
fn config(root: View<'_>) -> Option<View<'_>> {
    super::either(root, "generationConfig", "generation_config")
}

#[cfg(test)]
mod tests;
