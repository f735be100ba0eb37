//! Other dialect: the client's request through the common form.

use std::borrow::Cow;

use crate::back::Back;
use crate::dialect::Dialect;
use crate::form::{Block, Reasoning, Request, Tool, ToolChoice, fit_name, id_for_upstream};
use crate::json::{View, Writer, quote};
use crate::notes::Notes;
use crate::setting::{Choice, Sent, Setting, extra_name, settle};
use crate::terms::{Note, Param, Prepared, ReasoningTerms, Terms};
use crate::{anthropic, gemini, openai_chat, openai_responses};

/// What a dialect's encoder writes.
#[derive(Debug)]
pub(crate) struct Order<'a> {
    pub(crate) request: Request<'a>,
    pub(crate) stream: bool,
    /// Ask for counts in the stream.
    pub(crate) include_usage: bool,
    pub(crate) choices: &'a [Choice],
    pub(crate) extras: &'a [Param],
    pub(crate) terms: &'a Terms,
}

/// What an encoder tells besides the body.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub(crate) notes: Notes,
    /// Upstream field names that may be left out if the model refuses them.
    pub(crate) ours: Vec<String>,
}

/// Makes `upstream`'s body of a request that its dialect has a place for.
pub(crate) fn translate(client: Dialect, upstream: Dialect, root: View<'_>, stream: bool, terms: &Terms) -> Prepared {
    let mut request = match client {
        Dialect::Anthropic => anthropic::decode(root),
        Dialect::OpenaiChat => openai_chat::decode(root),
        Dialect::OpenaiResponses => openai_responses::decode(root),
        Dialect::Gemini => gemini::decode(root),
    };
    let mut draft = Draft { notes: std::mem::take(&mut request.notes), ours: Vec::new() };
    fill_reasoning(&mut request, &terms.reasoning, &mut draft.notes);
    if request.verbosity.is_none() {
        request.verbosity = terms.verbosity.clone().map(Cow::Owned);
    }
    fill_retention(upstream, &mut request, terms, &mut draft.notes);
    let takes_instructions = match upstream {
        Dialect::OpenaiChat => openai_chat::takes_instructions(&terms.model),
        Dialect::OpenaiResponses => true,
        Dialect::Anthropic | Dialect::Gemini => false,
    };
    if !takes_instructions {
        request.speak_instructions(&mut draft.notes);
    }
    let mut back = back_of(client, &request);
    fit_calls(upstream, &mut request, &mut draft.notes, &mut back);

    let sent = std::mem::take(&mut request.settings);
    let mut fitted = Vec::new();
    let sent = sent.into_iter().filter_map(|sent| fit(upstream, sent, &mut fitted)).collect();
    draft.notes.extend(fitted);
    let mut settled = settle(client, upstream, sent, terms, false);
    let extras = std::mem::take(&mut settled.extras);
    for param in &extras {
        let detail = format!("profile sets {}", crate::setting::brief(&param.value.to_string()));
        settled.note("filled", extra_name(upstream, &param.name), detail);
    }
    let include_usage = stream
        && upstream == Dialect::OpenaiChat
        && !terms.refuses("stream_options")
        && !extras.iter().any(|param| param.name == "stream_options");

    draft.ours.extend(settled.choices.iter().map(|choice| Setting::full_name(upstream, choice.field)));
    draft.ours.extend(extras.iter().map(|param| extra_name(upstream, &param.name)));
    if include_usage {
        draft.ours.push("stream_options".to_owned());
    }
    if upstream != Dialect::OpenaiChat {
        request.drop_empty(&mut draft.notes);
        request.need_a_turn(&mut draft.notes);
    }
    draft.notes.extend(std::mem::take(&mut settled.notes));
    let order = Order { request, stream, include_usage, choices: &settled.choices, extras: &extras, terms };
    let body = match upstream {
        Dialect::Anthropic => anthropic::encode(&order, &mut draft),
        Dialect::OpenaiChat => openai_chat::encode(&order, &mut draft),
        Dialect::OpenaiResponses => openai_responses::encode(&order, &mut draft),
        Dialect::Gemini => gemini::encode(&order, &mut draft),
    };
    let Draft { notes, ours } = draft;
    Prepared { body: body.into_bytes(), notes: notes.into_list(), untouched: false, ours, back }
}

/// What the answer's translation has to know of the request as the client sent it.
fn back_of(client: Dialect, request: &Request<'_>) -> Back {
    let shown = request.reasoning.as_ref().filter(|reasoning| !reasoning.off).map(|reasoning| reasoning.shown);
    let hides_thoughts = match client {
        Dialect::Anthropic => shown.is_none(),
        Dialect::OpenaiChat | Dialect::OpenaiResponses | Dialect::Gemini => false,
    };
    let custom = request.tools.iter().filter_map(|tool| match tool {
        Tool::Function(function) if function.custom.is_some() => Some(function.name.clone().into_owned()),
        _ => None,
    });
    Back {
        names: Vec::new(),
        custom: custom.collect(),
        hides_thoughts,
        conceals_thoughts: client == Dialect::Gemini && shown.flatten() != Some(true),
        // Anthropic's `display: omitted` wants the signatures all the same.
        omits_text: client == Dialect::Anthropic && shown.flatten() == Some(false),
        omits_proofs: request.omits_proofs,
        echo: request.echo.clone(),
        origins: request.origins.clone(),
    }
}

/// Fits names of tools and ids of calls to the upstream, pairs calls with results, and remembers the names for the way back.
fn fit_calls(upstream: Dialect, request: &mut Request<'_>, notes: &mut Notes, back: &mut Back) {
    request.merge_turns();
    request.name_calls();
    request.pair_calls(notes);
    let fit = |name: &mut Cow<'_, str>| {
        if let Cow::Owned(fitted) = fit_name(upstream, name) {
            *name = Cow::Owned(fitted);
        }
    };
    for tool in &mut request.tools {
        if let Tool::Function(function) = tool {
            let clients = function.name.clone().into_owned();
            fit(&mut function.name);
            if *function.name != clients {
                notes.reshaped("tools", format!("{} is sent as {}", crate::setting::brief(&clients), function.name));
                back.names.push((function.name.clone().into_owned(), clients));
            }
        }
    }
    match &mut request.tool_choice {
        Some(ToolChoice::Tool(name)) => fit(name),
        Some(ToolChoice::Allowed { names, .. }) => names.iter_mut().for_each(fit),
        _ => {}
    }
    for block in request.turns.iter_mut().flat_map(|turn| &mut turn.blocks) {
        let id = match block {
            Block::Call(call) => {
                fit(&mut call.name);
                &mut call.id
            }
            Block::Result(result) => {
                if let Some(name) = &mut result.name {
                    fit(name);
                }
                &mut result.id
            }
            _ => continue,
        };
        let fitted = id_for_upstream(upstream, id).into_owned();
        if *id != fitted {
            *id = Cow::Owned(fitted);
        }
    }
}

/// Where prompts are kept for longer than usual is OpenAI's own word, of client or profile.
fn fill_retention(upstream: Dialect, request: &mut Request<'_>, terms: &Terms, notes: &mut Notes) {
    const USUAL: [&str; 2] = ["in_memory", "in-memory"];
    match (upstream, &request.cache_retention) {
        (Dialect::OpenaiChat | Dialect::OpenaiResponses, None) => {
            request.cache_retention = terms.prompt_caching.clone().filter(|kept| kept == "24h").map(Cow::Owned);
        }
        (Dialect::Anthropic | Dialect::Gemini, Some(kept)) if !USUAL.contains(&&**kept) => {
            notes.left_out("prompt_cache_retention");
        }
        _ => {}
    }
}

/// Fills in what the profile says about reasoning (failover §5).
fn fill_reasoning(request: &mut Request<'_>, terms: &ReasoningTerms, notes: &mut Notes) {
    let Some(ours) = Reasoning::of_terms(terms) else { return };
    match &request.reasoning {
        Some(_) if !terms.always => notes.add("kept-client", "reasoning", "client sent its own"),
        sent => {
            let code = if sent.is_some() { "replaced" } else { "filled" };
            let shown = sent.as_ref().and_then(|sent| sent.shown);
            notes.add(code, "reasoning", "as the profile says");
            request.reasoning = Some(Reasoning { shown, ..ours });
        }
    }
}

/// Fits a client's setting into the bounds that the upstream's dialect documents for it.
fn fit(upstream: Dialect, sent: Sent, notes: &mut Vec<Note>) -> Option<Sent> {
    match sent.setting {
        // Anthropic's scale ends at 1, the others' at 2.
        Setting::Temperature if upstream == Dialect::Anthropic => {
            if sent.json.parse::<f64>().is_ok_and(|temperature| temperature > 1.0) {
                let detail = format!("client sent {}, Anthropic takes at most 1", sent.json);
                notes.push(Note { code: "capped", field: "temperature".to_owned(), detail });
                return Some(Sent { json: "1".to_owned(), ..sent });
            }
            Some(sent)
        }
        Setting::Stop => fit_stop(upstream, &sent, notes),
        _ => Some(sent),
    }
}

/// OpenAI takes one string or up to 4, Gemini up to 5, Anthropic any number that aren't all white space.
fn fit_stop(upstream: Dialect, sent: &Sent, notes: &mut Vec<Note>) -> Option<Sent> {
    let view = View::parse(sent.json.as_bytes()).ok()?;
    let mut stops: Vec<_> = view.str().into_iter().chain(view.items().filter_map(View::str)).collect();
    let asked = stops.len();
    stops.retain(|stop| if upstream == Dialect::Anthropic { !stop.trim().is_empty() } else { !stop.is_empty() });
    if stops.len() < asked {
        let detail = "a stop sequence of white space is left out".to_owned();
        notes.push(Note { code: "not-carried", field: sent.field.to_owned(), detail });
    }
    let most = match upstream {
        // The Responses dialect has no such field; that is noted where settings are given their fields.
        Dialect::Anthropic | Dialect::OpenaiResponses => usize::MAX,
        Dialect::OpenaiChat => 4,
        Dialect::Gemini => 5,
    };
    if stops.len() > most {
        let detail = format!("client sent {}, {upstream} takes {most}", stops.len());
        let field = sent.setting.field(upstream).unwrap_or(sent.field);
        notes.push(Note { code: "capped", field: Setting::full_name(upstream, field), detail });
        stops.truncate(most);
    }
    let list: Vec<String> = stops.iter().map(|stop| quote(stop)).collect();
    (!list.is_empty()).then(|| Sent { json: format!("[{}]", list.join(",")), ..sent.clone() })
}

impl Draft {
    /// Whether an optional field may be sent; one that the model has refused is left out and noted.
    pub(crate) fn may(&mut self, order: &Order<'_>, field: &str) -> bool {
        let refused = order.terms.refuses(field);
        if refused {
            self.notes.add("refused", field, "this model refuses it");
        } else if !self.ours.iter().any(|own| own == field) {
            self.ours.push(field.to_owned());
        }
        !refused
    }
}

impl Order<'_> {
    /// The JSON text of a setting that will be in the body.
    pub(crate) fn setting(&self, setting: Setting) -> Option<&str> {
        self.choices.iter().find(|choice| choice.setting == setting).map(|choice| &*choice.json)
    }

    /// Whether the profile sets a parameter of this name by itself, as it is.
    pub(crate) fn has_extra(&self, name: &str) -> bool {
        self.extras.iter().any(|param| param.name == name)
    }

    /// Writes settings and other parameters, those that `pick` names.
    pub(crate) fn write_params(&self, w: &mut Writer, pick: impl Fn(&str) -> bool) {
        for choice in self.choices.iter().filter(|choice| pick(choice.field)) {
            w.key(choice.field).raw(&choice.json);
        }
        for param in self.extras.iter().filter(|param| pick(&param.name)) {
            w.key(&param.name).raw(&param.value.to_string());
        }
    }
}
