//! Reading and writing requests.

use crate::form::Request;
use crate::glance::{BodyError, Sights};
use crate::json::View;
use crate::translate::{Draft, Order};

/// Looks at what a request asks for.
pub(crate) fn glance(root: View<'_>, sights: &mut Sights) -> Result<(), BodyError> {
    let [model, stream] = root.pick(["model", "stream"]);
    sights.model_and_stream(model, stream)
}

/// Reads a request.
pub(crate) fn decode(_: View<'_>) -> Request<'_> {
    Request::default()
}

/// Writes a request.
pub(crate) fn encode(_: &Order<'_>, _: &mut Draft) -> String {
    String::new()
}
