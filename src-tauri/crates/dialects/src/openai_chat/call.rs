//! A tool call as a message holds it, the client's in its history and the model's in an answer.

use crate::form::Call;
use crate::json::Writer;

/// Writes a call's members. `custom`: as one of a custom tool, whose input is free text.
pub(super) fn write_call(w: &mut Writer, call: &Call<'_>, custom: bool) {
    w.key("id").str(&call.id);
    if custom {
        w.key("type").str("custom");
        w.key("custom").object(|w| {
            w.key("name").str(&call.name);
            w.key("input").str(&call.arguments);
        });
    } else {
        w.key("type").str("function");
        w.key("function").object(|w| {
            w.key("name").str(&call.name);
            w.key("arguments").str(&call.text());
        });
    }
}
