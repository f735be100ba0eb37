//! Other dialect: the client's request through the common form.

use crate::dialect::Dialect;
use crate::form::Request;
use crate::json::{View, Writer, quote};
use crate::setting::{Choice, Sent, Setting, extra_name, settle};
use crate::terms::{Note, Param, Prepared, Terms};
use crate::{anthropic, gemini, openai_chat};

/// The output limit for a model of which none is known. Anthropic demands one.
const DEFAULT_MAX_TOKENS: u64 = 4096;

/// What a dialect's encoder writes.
#[derive(Debug)]
pub(crate) struct Order<'a> {
    pub(crate) request: Request<'a>,
    pub(crate) model: &'a str,
    pub(crate) stream: bool,
    /// Ask for counts in the stream.
    pub(crate) include_usage: bool,
    pub(crate) choices: &'a [Choice],
    pub(crate) extras: &'a [Param],
}

/// Makes `upstream`'s body of a request that the common form can carry.
pub(crate) fn translate(client: Dialect, upstream: Dialect, root: View<'_>, stream: bool, terms: &Terms) -> Prepared {
    let mut request = match client {
        Dialect::Anthropic => anthropic::decode(root),
        Dialect::OpenaiChat => openai_chat::decode(root),
        Dialect::Gemini => gemini::decode(root),
    };
    let sent = std::mem::take(&mut request.settings);
    let sent = sent.into_iter().filter_map(|sent| fit(upstream, sent, &mut request.notes)).collect();
    let mut settled = settle(client, upstream, sent, terms, false);
    if upstream == Dialect::Anthropic && !settled.choices.iter().any(|choice| choice.setting == Setting::MaxTokens) {
        let limit = terms.max_output.unwrap_or(DEFAULT_MAX_TOKENS).to_string();
        let detail = format!("{limit}, since Anthropic needs one");
        settled.note("filled", "max_tokens".to_owned(), detail);
        settled.choices.push(Choice {
            setting: Setting::MaxTokens,
            field: "max_tokens",
            json: limit,
            ours: true,
            sent: false,
        });
    }
    let extras = std::mem::take(&mut settled.extras);
    for param in &extras {
        let detail = format!("profile sets {}", crate::setting::brief(&param.value.to_string()));
        settled.note("filled", extra_name(upstream, &param.name), detail);
    }
    let include_usage = stream
        && upstream == Dialect::OpenaiChat
        && !terms.refuses("stream_options")
        && !extras.iter().any(|param| param.name == "stream_options");

    let mut ours: Vec<String> =
        settled.choices.iter().map(|choice| Setting::full_name(upstream, choice.field)).collect();
    ours.extend(extras.iter().map(|param| extra_name(upstream, &param.name)));
    if include_usage {
        ours.push("stream_options".to_owned());
    }
    if upstream != Dialect::OpenaiChat {
        request.drop_empty();
        request.need_a_turn();
    }
    let mut notes = std::mem::take(&mut request.notes);
    notes.append(&mut settled.notes);
    let choices = &settled.choices;
    let order = Order { request, model: &terms.model, stream, include_usage, choices, extras: &extras };
    let body = match upstream {
        Dialect::Anthropic => anthropic::encode(&order),
        Dialect::OpenaiChat => openai_chat::encode(&order),
        Dialect::Gemini => gemini::encode(&order),
    };
    Prepared { body: body.into_bytes(), notes, untouched: false, ours }
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
        Dialect::Anthropic => usize::MAX,
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

impl Order<'_> {
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
