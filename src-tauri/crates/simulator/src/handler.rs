//! From a request to an answer.
use crate::{
    answer::Answer,
    state::State,
    wire::{Line, Severed},
};
use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Incoming;
use std::sync::Arc;
pub(crate) struct Provider {
    state: Arc<State>,
    port: u16,
    control_token: String,
}
impl Provider {
    pub(crate) fn new(state: Arc<State>, port: u16, control_token: String) -> Self {
        Self { state, port, control_token }
    }
    pub(crate) async fn handle(&self, _request: Request<Incoming>, line: Line) -> Result<Response<Answer>, Severed> {
        Ok(Response::new(Answer::whole(Bytes::from_static(b"{}"), None, line)))
    }
}
