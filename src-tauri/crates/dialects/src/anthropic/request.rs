//! Reading and writing requests.

mod content;
mod decode;
mod encode;
mod foreign;
mod glance;
mod history;
mod media;
mod model;
#[cfg(test)]
mod roundtrip;
#[cfg(test)]
mod rules;
mod schema;
mod thinking;
mod tools;

pub(crate) use decode::decode;
pub(crate) use encode::encode;
pub(crate) use foreign::strip_foreign;
pub(crate) use glance::glance;
pub(crate) use thinking::{reasoning_members, thinks};
