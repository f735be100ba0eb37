//! Writing a request from the common form.

use crate::form::{Effort, Format, Request, Schema};
use crate::glance::is_filled;
use crate::json::{View, Writer};
use crate::notes::Notes;
use crate::setting::{Choice, Setting};
use crate::translate::{Draft, Order};

use super::history::{self, History};
use super::model;
use super::schema::Enforceable;
use super::thinking::{Plan, Thinking, thinks};
use super::tools::Offer;

/// The output limit for a model of which none is known; the API demands one.
const DEFAULT_MAX_TOKENS: u64 = 4096;

/// The longest id of an end user that the API takes, in characters.
const LONGEST_USER: usize = 256;

/// Writes a request.
pub(crate) fn encode(order: &Order<'_>, draft: &mut Draft) -> String {
    let request = &order.request;
    let mut history = History::of(request, &order.terms.maker, &mut draft.notes);
    let plan = plan(order, &history, draft);
    let thinks = if order.has_extra("thinking") {
        profile_thinks(order)
    } else {
        plan.thinking.as_ref().is_some_and(Thinking::is_on)
    };
    if !thinks {
        history.without_thinking(&mut draft.notes);
    }
    let offer = Offer::of(order, thinks, draft);
    let default_limit = default_limit(order, &plan, draft);
    let excluded = excluded_settings(order, thinks, draft);
    let output_config = output_config(order, &plan, draft);
    let more = Members::of(order, draft);
    note_uncarried(request, &mut draft.notes);
    Writer::write(|w| {
        w.key("model").str(&order.terms.model);
        history::write_system(&request.system, w);
        w.key("messages");
        history.write(w);
        offer.write(order, w);
        if let Some(thinking) = &plan.thinking {
            w.key("thinking").raw(&thinking.json());
        }
        if let Some(config) = &output_config {
            w.key("output_config").raw(config);
        }
        more.write(w);
        order.write_params(w, |name| !excluded.contains(&name));
        if let Some(limit) = default_limit {
            w.key("max_tokens").number(limit);
        }
        if order.stream {
            w.key("stream").raw("true");
        }
    })
}

/// The fields of settings that are left out.
fn excluded_settings(order: &Order<'_>, thinks: bool, draft: &mut Draft) -> Vec<&'static str> {
    let mut left_out = Vec::new();
    let excluded = |choice: &Choice, has_temperature| {
        model::excludes(&order.terms.model, thinks, choice.setting, &choice.json, has_temperature)
    };
    let has_temperature =
        order.choices.iter().any(|choice| choice.setting == Setting::Temperature && excluded(choice, false).is_none());
    for choice in order.choices {
        if let Some(reason) = excluded(choice, has_temperature) {
            draft.notes.add("not-carried", choice.field, reason);
            draft.ours.retain(|own| own != choice.field);
            left_out.push(choice.field);
        }
    }
    left_out
}

/// Whether thinking is on in a field `thinking` that the profile sets as it is.
fn profile_thinks(order: &Order<'_>) -> bool {
    let field = order.extras.iter().find(|param| param.name == "thinking");
    let json = field.map(|param| param.value.to_string()).unwrap_or_default();
    thinks(View::parse(json.as_bytes()).ok())
}

/// What the request says about thinking and effort.
fn plan(order: &Order<'_>, history: &History<'_>, draft: &mut Draft) -> Plan {
    let Some(reasoning) = &order.request.reasoning else { return Plan::default() };
    let terms = order.terms;
    let limit = order.setting(Setting::MaxTokens).and_then(|json| View::parse(json.as_bytes()).ok()?.u64());
    let limit = limit.or(terms.max_output);
    let mut plan = Plan::of(reasoning, terms.reasoning_scale, &terms.model, limit, &mut draft.notes);
    if matches!(plan.thinking, Some(Thinking::Enabled { .. })) && history.continues_without_thinking() {
        let detail = "the answer that goes on holds no thinking of this provider";
        draft.notes.add("not-carried", "reasoning", detail);
        plan.thinking = None;
    }
    if plan.thinking.is_some() && !may(order, draft, "thinking", "thinking") {
        plan.thinking = None;
    }
    if plan.effort.is_some() && !may(order, draft, "output_config", "output_config.effort") {
        plan.effort = None;
    }
    plan
}

/// The output limit where neither client nor profile has one: what the model can give, else enough for an answer and the
/// thinking before it.
fn default_limit(order: &Order<'_>, plan: &Plan, draft: &mut Draft) -> Option<u64> {
    if order.setting(Setting::MaxTokens).is_some() {
        return None;
    }
    let thinking = match &plan.thinking {
        Some(Thinking::Enabled { budget, .. }) => *budget,
        Some(Thinking::Adaptive { .. }) => {
            let effort = plan.effort.and_then(Effort::of_word).unwrap_or(Effort::Medium);
            effort.budget()
        }
        Some(Thinking::Disabled) | None => 0,
    };
    let limit = order.terms.max_output.unwrap_or_else(|| DEFAULT_MAX_TOKENS.saturating_add(thinking));
    draft.notes.add("filled", "max_tokens", format!("{limit}, since Anthropic needs one"));
    draft.ours.push("max_tokens".to_owned());
    Some(limit)
}

/// Whether a member may be written: the profile doesn't set it as it is, and the model hasn't refused the field.
fn may(order: &Order<'_>, draft: &mut Draft, member: &str, field: &str) -> bool {
    if order.has_extra(member) {
        draft.notes.add("replaced", field, "the profile sets it");
        return false;
    }
    draft.may(order, field)
}

fn output_config(order: &Order<'_>, plan: &Plan, draft: &mut Draft) -> Option<String> {
    let schema = match &order.request.format {
        Some(Format::Schema { name, description, schema, .. }) => {
            if name.is_some() {
                draft.notes.left_out("format.name");
            }
            if description.is_some() {
                draft.notes.left_out("format.description");
            }
            let is_taken = may(order, draft, "output_config", "output_config.format");
            if is_taken { enforceable(schema, &mut draft.notes) } else { None }
        }
        Some(Format::Json) => {
            draft.notes.add("not-carried", "format", "Anthropic has no mode for JSON without a schema");
            None
        }
        None => None,
    };
    if plan.effort.is_none() && schema.is_none() {
        return None;
    }
    Some(Writer::write(|w| {
        if let Some(effort) = plan.effort {
            w.key("effort").str(effort);
        }
        if let Some(schema) = &schema {
            w.key("format").object(|w| {
                w.key("type").str("json_schema");
                w.key("schema").raw(schema);
            });
        }
    }))
}

/// The answer's shape as the API takes it; `None`, and noted, for one that it can't enforce.
fn enforceable(schema: &Schema<'_>, notes: &mut Notes) -> Option<String> {
    let Some(own) = schema.view().and_then(Enforceable::of) else {
        notes.add("not-carried", "format", "Anthropic can't enforce a schema of such depth");
        return None;
    };
    if own.is_changed {
        notes.reshaped("format", "objects are closed, and what can't be enforced is told in descriptions");
    }
    Some(own.json)
}

/// Members that say nothing about the answer itself.
#[derive(Debug, Default)]
struct Members {
    /// Each with its JSON text.
    list: Vec<(&'static str, String)>,
}

impl Members {
    fn of(order: &Order<'_>, draft: &mut Draft) -> Self {
        let mut members = Members::default();
        if let Some(user) = &order.request.user {
            if user.chars().count() > LONGEST_USER {
                let detail = format!("Anthropic takes at most {LONGEST_USER} characters");
                draft.notes.add("not-carried", "user", detail);
            } else if may(order, draft, "metadata", "metadata.user_id") {
                members.list.push(("metadata", Writer::write(|w| w.key("user_id").str(user))));
            }
        }
        if let Some(tier) = service_tier(&order.request, &mut draft.notes)
            && may(order, draft, "service_tier", "service_tier")
        {
            members.list.push(("service_tier", format!("\"{tier}\"")));
        }
        if let Some(cache) = cache_control(order.terms.prompt_caching.as_deref())
            && may(order, draft, "cache_control", "cache_control")
        {
            draft.notes.add("filled", "cache_control", "as the profile says");
            members.list.push(("cache_control", cache.to_owned()));
        }
        members
    }

    fn write(&self, w: &mut Writer) {
        for (name, json) in &self.list {
            w.key(name).raw(json);
        }
    }
}

/// Anthropic has two tiers: `auto` takes from a priority capacity where there is one.
fn service_tier(request: &Request<'_>, notes: &mut Notes) -> Option<&'static str> {
    match request.service_tier.as_deref()? {
        "auto" => Some("auto"),
        "default" => Some("standard_only"),
        "priority" => {
            notes.reshaped("service_tier", "priority becomes auto");
            Some("auto")
        }
        _ => {
            notes.left_out("service_tier");
            None
        }
    }
}

/// "Prompt caching", automatic: for five minutes or an hour.
fn cache_control(lifetime: Option<&str>) -> Option<&'static str> {
    match lifetime? {
        "5m" => Some(r#"{"type":"ephemeral"}"#),
        "1h" | "24h" => Some(r#"{"type":"ephemeral","ttl":"1h"}"#),
        _ => None,
    }
}

/// Notes what the API has no place for.
fn note_uncarried(request: &Request<'_>, notes: &mut Notes) {
    if request.verbosity.is_some() {
        notes.left_out("verbosity");
    }
    if request.cache_key.is_some() {
        notes.left_out("prompt_cache_key");
    }
    if request.metadata.is_some_and(is_filled) {
        notes.left_out("metadata");
    }
}
