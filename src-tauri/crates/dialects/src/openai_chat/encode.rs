//! Writing requests.

mod format;
mod messages;
#[cfg(test)]
mod tests;
mod tools;

use crate::json::{View, Writer};
use crate::translate::{Draft, Order};

use super::model::Model;
use super::reasoning::reasoning_members;

/// The most characters of a `user` or `prompt_cache_key` (OpenAI answers "string too long" to more).
const MOST_OF_AN_ID: usize = 64;

/// Writes a request.
pub(crate) fn encode(order: &Order<'_>, draft: &mut Draft) -> String {
    let model = Model::of(&order.terms.model);
    let json_is_asked_for = format::needs_the_word(order);
    Writer::write(|w| {
        w.key("model").str(&order.terms.model);
        messages::write(w, order, &model, json_is_asked_for, draft);
        order.write_params(w, |_| true);
        tools::write(w, order, &model, draft);
        format::write(w, order, draft);
        reasoning(w, order, draft);
        options(w, order, &model, draft);
        if order.stream {
            w.key("stream").raw("true");
        }
        if order.include_usage {
            w.key("stream_options").raw(r#"{"include_usage":true}"#);
        }
    })
}

/// Whether a member may be written that not every model takes, and that the profile doesn't write by itself.
fn may(order: &Order<'_>, draft: &mut Draft, field: &str) -> bool {
    !order.has_extra(field) && draft.may(order, field)
}

fn reasoning(w: &mut Writer, order: &Order<'_>, draft: &mut Draft) {
    // A profile that asks in a provider's own way has said all there is to say.
    let own = ["reasoning_effort", "reasoning", "thinking", "enable_thinking"];
    let Some(reasoning) = order.request.reasoning.as_ref().filter(|_| !own.iter().any(|own| order.has_extra(own)))
    else {
        return;
    };
    let terms = order.terms;
    for (name, json) in reasoning_members(reasoning, terms.reasoning_scale, &terms.model, None, &mut draft.notes) {
        if may(order, draft, name) {
            w.key(name).raw(&json);
        }
    }
}

fn options(w: &mut Writer, order: &Order<'_>, model: &Model, draft: &mut Draft) {
    let request = &order.request;
    if let Some(verbosity) = &request.verbosity {
        if model.is_plain_gpt() {
            draft.notes.left_out("verbosity");
        } else if may(order, draft, "verbosity") {
            w.key("verbosity").str(verbosity);
        }
    }
    for (name, value) in [("user", &request.user), ("prompt_cache_key", &request.cache_key)] {
        let Some(value) = value else { continue };
        if value.chars().count() > MOST_OF_AN_ID {
            draft.notes.add("not-carried", name, format!("is longer than {MOST_OF_AN_ID} characters"));
        } else if may(order, draft, name) {
            w.key(name).str(value);
        }
    }
    if let Some(tier) = &request.service_tier
        && may(order, draft, "service_tier")
    {
        w.key("service_tier").str(tier);
    }
    if let Some(retention) = &request.cache_retention
        && may(order, draft, "prompt_cache_retention")
    {
        w.key("prompt_cache_retention").str(retention);
    }
    if let Some(metadata) = request.metadata {
        write_metadata(w, order, metadata, draft);
    }
}

/// OpenAI takes metadata only with answers that it stores ("The 'metadata' parameter is only allowed when 'store' is
/// enabled"), and an answer isn't stored unless the profile says so.
fn write_metadata(w: &mut Writer, order: &Order<'_>, metadata: View<'_>, draft: &mut Draft) {
    let stores = order.extras.iter().any(|param| param.name == "store" && param.value == serde_json::Value::Bool(true));
    if !stores {
        draft.notes.add("not-carried", "metadata", "is taken only with answers that the provider stores");
    } else if may(order, draft, "metadata") {
        w.key("metadata").raw(metadata.raw());
    }
}
