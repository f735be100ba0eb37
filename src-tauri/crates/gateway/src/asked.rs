//! What a client asks, read once.

use crate::caller::CallersOwn;
use crate::held::HeldBody;
use bytes::Bytes;
use http::HeaderMap;
use mainstay_balancer::{Conversation, Millis};
use mainstay_dialects::{Checked, Dialect, Framing, Glance};
use std::sync::Arc;
use tokio::time::Instant;

/// One request, as every attempt needs it.
pub(crate) struct Asked {
    pub(crate) id: String,
    pub(crate) purpose: Purpose,
    pub(crate) dialect: Dialect,
    pub(crate) framing: Framing,
    pub(crate) stream: bool,
    /// The model that the client names, unless that is the name of a balancer or a profile.
    pub(crate) named_model: Option<String>,
    pub(crate) body: Checked<Bytes>,
    /// The body's share of the memory allowance, kept as long as the body may be sent again.
    pub(crate) _held: HeldBody,
    pub(crate) glance: Glance,
    pub(crate) conversation: Option<Conversation>,
    pub(crate) headers: HeaderMap,
    /// What the caller brought of its own.
    pub(crate) own: Arc<CallersOwn>,
    /// The client called Anthropic's `?beta=true`.
    pub(crate) beta: bool,
    pub(crate) started_wall: Millis,
    pub(crate) deadline: Instant,
}

/// What an exchange is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// An answer of a model.
    Generate,
    /// Vectors, by the name of the method. They compare only with those of the same model (failover §3.7).
    Embed(&'static str),
}
