//! Writing answers, whole and streamed.

mod error;
mod events;
mod item;
mod response;
mod whole;

pub(crate) use error::error_events;
pub(crate) use events::EventWriter;
pub(crate) use whole::write_whole;
