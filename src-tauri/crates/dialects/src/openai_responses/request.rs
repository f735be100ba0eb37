//! Reading and writing requests.

mod decode;
mod encode;
mod glance;
mod input;
mod items;
mod part;
mod reasoning;
mod strip;
mod tools;

pub(crate) use decode::decode;
pub(crate) use encode::encode;
pub(crate) use glance::glance;
pub(crate) use reasoning::reasoning_members;
pub(crate) use strip::strip_foreign;

/// The name under which the search for deferred tools is offered to other dialects' models.
const TOOL_SEARCH: &str = "tool_search";
