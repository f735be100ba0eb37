//! Errors in the client's own shape.

use crate::dialect::{Dialect, Framing};

/// An error for a client: one of our own, or an upstream's retold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientError<'a> {
    /// The HTTP status; it decides the dialect's error type.
    pub status: u16,
    /// A stable code, such as `no_active_profile`.
    pub code: &'a str,
    /// What happened, and what to do about it.
    pub message: &'a str,
    /// The id of this request here.
    pub request_id: &'a str,
}

/// The body of an error response.
pub fn write_error(dialect: Dialect, error: &ClientError<'_>) -> Vec<u8> {
    let _ = (dialect, error);
    todo!()
}

/// An error inside a stream whose status has gone out, when nothing but filler has been sent in it.
///
/// Once frames of a [`Relay`](crate::Relay) have gone out, use [`Relay::error_event`](crate::Relay::error_event). They
/// differ for [`Framing::JsonArray`] alone: here the array is opened and closed around the error.
pub fn write_error_event(dialect: Dialect, framing: Framing, error: &ClientError<'_>) -> Vec<u8> {
    let _ = (dialect, framing, error);
    todo!()
}
