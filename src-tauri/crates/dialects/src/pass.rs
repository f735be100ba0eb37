//! Same dialect: the client's body with the profile's changes, and every other byte as it was.

use std::borrow::Cow;

use crate::back::Back;
use crate::dialect::Dialect;
use crate::form::{Reasoning, SEAL};
use crate::glance::BodyError;
use crate::json::{Kind, Patch, View, Writer, quote};
use crate::notes::Notes;
use crate::setting::{
    Choice, Sent, Setting, brief, extra_name, in_generation_config, settle, spelled, token_limit_field,
};
use crate::terms::{Prepared, Terms};
use crate::{anthropic, gemini, openai_chat, openai_responses};

/// Patches `body`, which is `root`'s text, to the terms.
pub(crate) fn pass(
    dialect: Dialect,
    body: &[u8],
    root: View<'_>,
    stream: bool,
    terms: &Terms,
) -> Result<Prepared, BodyError> {
    let config = match dialect {
        Dialect::Gemini => generation_config(root)?,
        Dialect::Anthropic | Dialect::OpenaiChat | Dialect::OpenaiResponses => Some(root),
    };
    let sent = config.map(|config| sent(dialect, config)).unwrap_or_default();
    let thinks = dialect == Dialect::Anthropic && anthropic::thinks(root.get("thinking"));
    let settled = settle(dialect, dialect, sent.clone(), terms, thinks);
    let mut passage = Passage {
        dialect,
        root,
        config,
        patch: Patch::default(),
        new_config: Vec::new(),
        notes: Notes::default(),
        ours: Vec::new(),
    };
    passage.notes.extend(settled.notes);
    for choice in &settled.choices {
        passage.choose(choice, &sent, terms);
    }
    for param in &settled.extras {
        passage.extra(&param.name, &param.value.to_string(), param.always);
    }
    if !passage.new_config.is_empty() {
        let json = Writer::write(|w| {
            for (field, json) in &passage.new_config {
                w.key(field).raw(json);
            }
        });
        passage.patch.set(root, "generationConfig", &json);
    }
    passage.members(terms);
    if terms.without_proofs || body_has_seal(body) {
        let whose = if terms.without_proofs { Whose::Anybodys } else { Whose::Foreign };
        strip(dialect, root, whose, &terms.model, &mut passage.patch, &mut passage.notes);
    }
    let untouched = passage.patch.is_empty();
    let [streams, model] = root.pick(["stream", "model"]);
    if !stream && streams.and_then(View::bool) == Some(true) {
        passage.patch.set(root, "stream", "false");
        passage.patch.remove(root, "stream_options");
    }
    let has_model = dialect != Dialect::Gemini && !terms.model.is_empty();
    if has_model && model.and_then(View::str).is_none_or(|model| model != terms.model) {
        passage.patch.set(root, "model", &quote(&terms.model));
    }
    Ok(Prepared {
        body: passage.patch.apply(body),
        notes: passage.notes.into_list(),
        untouched,
        ours: passage.ours,
        back: Back::default(),
    })
}

/// Gemini's `generationConfig`, in either of the spellings that its API takes.
fn generation_config(root: View<'_>) -> Result<Option<View<'_>>, BodyError> {
    let config = root.get("generationConfig").or_else(|| root.get("generation_config"));
    match config {
        Some(config) if config.kind() != Kind::Object => {
            Err(BodyError::WrongType { field: "generationConfig".to_owned(), expected: "an object" })
        }
        config => Ok(config),
    }
}

/// The settings that a request has, `config` being the object that they lie in.
pub(crate) fn sent(dialect: Dialect, config: View<'_>) -> Vec<Sent> {
    let fields: &[(Setting, &'static str)] = match dialect {
        Dialect::Anthropic => &[
            (Setting::MaxTokens, "max_tokens"),
            (Setting::Temperature, "temperature"),
            (Setting::TopP, "top_p"),
            (Setting::TopK, "top_k"),
            (Setting::Stop, "stop_sequences"),
        ],
        Dialect::OpenaiChat => &[
            (Setting::MaxTokens, "max_tokens"),
            (Setting::MaxTokens, "max_completion_tokens"),
            (Setting::Temperature, "temperature"),
            (Setting::TopP, "top_p"),
            (Setting::Stop, "stop"),
            (Setting::FrequencyPenalty, "frequency_penalty"),
            (Setting::PresencePenalty, "presence_penalty"),
            (Setting::Seed, "seed"),
        ],
        Dialect::OpenaiResponses => &[
            (Setting::MaxTokens, "max_output_tokens"),
            (Setting::Temperature, "temperature"),
            (Setting::TopP, "top_p"),
        ],
        Dialect::Gemini => &[
            (Setting::MaxTokens, "maxOutputTokens"),
            (Setting::MaxTokens, "max_output_tokens"),
            (Setting::Temperature, "temperature"),
            (Setting::TopP, "topP"),
            (Setting::TopP, "top_p"),
            (Setting::TopK, "topK"),
            (Setting::TopK, "top_k"),
            (Setting::Stop, "stopSequences"),
            (Setting::Stop, "stop_sequences"),
            (Setting::FrequencyPenalty, "frequencyPenalty"),
            (Setting::FrequencyPenalty, "frequency_penalty"),
            (Setting::PresencePenalty, "presencePenalty"),
            (Setting::PresencePenalty, "presence_penalty"),
            (Setting::Seed, "seed"),
        ],
    };
    let mut values = vec![None; fields.len()];
    for entry in config.entries() {
        if let Some(index) = fields.iter().position(|(_, field)| entry.is(field)) {
            values[index] = (!entry.value.is_null()).then_some(entry.value);
        }
    }
    let sent = fields.iter().zip(values);
    sent.filter_map(|(&(setting, field), value)| Some(Sent { setting, field, json: value?.raw().to_owned() })).collect()
}

fn body_has_seal(body: &[u8]) -> bool {
    memchr::memmem::find(body, SEAL.as_bytes()).is_some()
}

/// Whose proofs of reasoning are taken out of a client's own body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// Those that are known to be another provider's, by their seal.
    Foreign,
    /// All of them: what another account of the same provider proved looks like the account's own.
    Anybodys,
}

impl Whose {
    /// Whether a proof is one to take out.
    pub(crate) fn takes(self, proof: &str) -> bool {
        self == Self::Anybodys || proof.starts_with(SEAL)
    }
}

/// Takes out what another provider has proved, which came here while it was served by that one.
fn strip(dialect: Dialect, root: View<'_>, whose: Whose, model: &str, patch: &mut Patch, notes: &mut Notes) {
    match dialect {
        Dialect::Anthropic => anthropic::strip_foreign(root, whose, patch, notes),
        Dialect::OpenaiChat => openai_chat::strip_foreign(root, whose, patch, notes),
        Dialect::OpenaiResponses => openai_responses::strip_foreign(root, whose, patch, notes),
        Dialect::Gemini => gemini::strip_foreign(root, whose, model, patch, notes),
    }
}

struct Passage<'a> {
    dialect: Dialect,
    root: View<'a>,
    /// The object that the settings lie in; Gemini's may be missing.
    config: Option<View<'a>>,
    patch: Patch,
    /// Members for a `generationConfig` that the client didn't send.
    new_config: Vec<(String, String)>,
    notes: Notes,
    ours: Vec<String>,
}

impl Passage<'_> {
    fn choose(&mut self, choice: &Choice, sent: &[Sent], terms: &Terms) {
        let client_sent = sent.iter().any(|sent| sent.field == choice.field);
        let renamed = if client_sent { self.rename_token_limit(choice.field, sent, terms) } else { None };
        let field = renamed.unwrap_or(choice.field);
        if choice.ours {
            // The key and the value are patched apart, so the value is found under the name that the client gave.
            self.put(choice.field, &choice.json);
        }
        if choice.ours || renamed.is_some() {
            self.ours.push(Setting::full_name(self.dialect, field));
        }
    }

    /// Gives the client's output limit the name that the model takes, unless it sent both names.
    fn rename_token_limit(&mut self, field: &'static str, sent: &[Sent], terms: &Terms) -> Option<&'static str> {
        let takes = token_limit_field(terms);
        let limits = sent.iter().filter(|sent| sent.setting == Setting::MaxTokens).count();
        // Every OpenAI model takes the newer name, so that one stays unless it was refused.
        let wrong = match field {
            "max_tokens" => takes == "max_completion_tokens",
            "max_completion_tokens" => takes == "max_tokens" && terms.refuses(field),
            _ => false,
        };
        if self.dialect != Dialect::OpenaiChat || limits != 1 || !wrong || self.root.member(takes).is_some() {
            return None;
        }
        self.patch.rename(self.root, field, takes);
        self.notes.add("renamed", takes, format!("client sent {field}"));
        Some(takes)
    }

    /// What the profile says beside its parameters: reasoning, verbosity, how long prompts are cached.
    fn members(&mut self, terms: &Terms) {
        let mut members: Vec<(&'static str, String)> = Vec::new();
        if let Some(reasoning) = Reasoning::of_terms(&terms.reasoning) {
            let limit = self.config.and_then(|config| {
                let names = ["max_tokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens"];
                names.into_iter().find_map(|name| config.get_u64(name))
            });
            let (scale, model) = (terms.reasoning_scale, &*terms.model);
            let notes = &mut self.notes;
            members.extend(match self.dialect {
                Dialect::Anthropic => anthropic::reasoning_members(&reasoning, scale, model, limit, notes),
                Dialect::OpenaiChat => openai_chat::reasoning_members(&reasoning, scale, model, limit, notes),
                Dialect::OpenaiResponses => openai_responses::reasoning_members(&reasoning, scale, model, limit, notes),
                Dialect::Gemini => gemini::reasoning_members(&reasoning, scale, model, limit, notes),
            });
            self.set_members(members, terms.reasoning.always, terms);
        }
        let mut members: Vec<(&'static str, String)> = Vec::new();
        match (self.dialect, terms.prompt_caching.as_deref()) {
            // Where the client marks its own places, its marks hold.
            (Dialect::Anthropic, Some(ttl @ ("5m" | "1h" | "24h")))
                if !self.root.raw().contains("\"cache_control\"") =>
            {
                let ttl = if ttl == "5m" { "5m" } else { "1h" };
                members.push(("cache_control", format!("{{\"type\":\"ephemeral\",\"ttl\":\"{ttl}\"}}")));
            }
            (Dialect::OpenaiChat | Dialect::OpenaiResponses, Some("24h")) => {
                members.push(("prompt_cache_retention", "\"24h\"".to_owned()));
            }
            _ => {}
        }
        match (self.dialect, &terms.verbosity) {
            (Dialect::OpenaiChat, Some(verbosity)) => members.push(("verbosity", quote(verbosity))),
            (Dialect::OpenaiResponses, Some(verbosity)) => {
                members.push(("text", format!("{{\"verbosity\":{}}}", quote(verbosity))));
            }
            _ => {}
        }
        self.set_members(members, false, terms);
    }

    /// Sets members of the object that the settings lie in, those that the client left out, or all.
    fn set_members(&mut self, members: Vec<(&'static str, String)>, always: bool, terms: &Terms) {
        for (name, json) in members {
            let field = Setting::full_name(self.dialect, name);
            let name = &*self.config.map_or(Cow::Borrowed(name), |config| spelled(self.dialect, config, name));
            let sent = self.config.and_then(|config| config.get(name));
            if terms.refuses(&field) {
                self.notes.add("refused", field, "this model refuses it");
            } else if let Some(sent) = sent.filter(|_| !always) {
                self.notes.add("kept-client", field, format!("client sent {}", brief(sent.raw())));
            } else {
                let code = if sent.is_some() { "replaced" } else { "filled" };
                self.notes.add(code, &field, format!("profile sets {}", brief(&json)));
                self.put(name, &json);
                self.ours.push(field);
            }
        }
    }

    fn put(&mut self, field: &str, json: &str) {
        match self.config {
            Some(config) => self.patch.set(config, field, json),
            None => {
                self.new_config.retain(|(other, _)| other != field);
                self.new_config.push((field.to_owned(), json.to_owned()));
            }
        }
    }

    /// A profile's parameter that is no setting: the client's own member of that name comes first, as with settings.
    fn extra(&mut self, name: &str, json: &str, always: bool) {
        let within = self.dialect == Dialect::Gemini && in_generation_config(name);
        let object = if within { self.config } else { Some(self.root) };
        let field = extra_name(self.dialect, name);
        let name = &*object.map_or(Cow::Borrowed(name), |object| spelled(self.dialect, object, name));
        let (code, detail) = match object.and_then(|object| object.get(name)) {
            Some(sent) if sent.raw() == json => return,
            Some(sent) if !always => ("kept-client", format!("client sent {}", brief(sent.raw()))),
            Some(sent) => ("replaced", format!("profile sets {}, client sent {}", brief(json), brief(sent.raw()))),
            None => ("filled", format!("profile sets {}", brief(json))),
        };
        if code != "kept-client" {
            if within {
                self.put(name, json);
            } else {
                self.patch.set(self.root, name, json);
            }
            self.ours.push(field.clone());
        }
        self.notes.add(code, field, detail);
    }
}
