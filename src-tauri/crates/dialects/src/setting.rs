//! The sampling parameters that have a counterpart in more than one dialect, and whose value counts when client and
//! profile both name one.

use std::borrow::Cow;

use crate::dialect::Dialect;
use crate::json::{View, quote};
use crate::terms::{Note, Param, Terms, TokenLimitName};

/// A parameter that means the same in several dialects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    MaxTokens,
    Temperature,
    TopP,
    TopK,
    Stop,
    FrequencyPenalty,
    PresencePenalty,
    Seed,
}

impl Setting {
    pub(crate) const ALL: [Setting; 8] = [
        Setting::MaxTokens,
        Setting::Temperature,
        Setting::TopP,
        Setting::TopK,
        Setting::Stop,
        Setting::FrequencyPenalty,
        Setting::PresencePenalty,
        Setting::Seed,
    ];

    /// The setting that a profile means by `name`.
    fn of_param(name: &str) -> Option<Self> {
        Some(match name {
            "max_tokens"
            | "max-tokens"
            | "maxTokens"
            | "max_output_tokens"
            | "maxOutputTokens"
            | "max_completion_tokens" => Setting::MaxTokens,
            "temperature" => Setting::Temperature,
            "top_p" | "topP" => Setting::TopP,
            "top_k" | "topK" => Setting::TopK,
            "stop" | "stop_sequences" | "stopSequences" => Setting::Stop,
            "frequency_penalty" | "frequencyPenalty" => Setting::FrequencyPenalty,
            "presence_penalty" | "presencePenalty" => Setting::PresencePenalty,
            "seed" => Setting::Seed,
            _ => return None,
        })
    }

    /// The field of `dialect`; for Gemini within `generationConfig`. `None` if the dialect has none.
    pub(crate) fn field(self, dialect: Dialect) -> Option<&'static str> {
        let [anthropic, chat, responses, gemini] = match self {
            Setting::MaxTokens => ["max_tokens", "max_tokens", "max_output_tokens", "maxOutputTokens"].map(Some),
            Setting::Temperature => ["temperature"; 4].map(Some),
            Setting::TopP => ["top_p", "top_p", "top_p", "topP"].map(Some),
            Setting::TopK => [Some("top_k"), None, None, Some("topK")],
            Setting::Stop => [Some("stop_sequences"), Some("stop"), None, Some("stopSequences")],
            Setting::FrequencyPenalty => [None, Some("frequency_penalty"), None, Some("frequencyPenalty")],
            Setting::PresencePenalty => [None, Some("presence_penalty"), None, Some("presencePenalty")],
            Setting::Seed => [None, Some("seed"), None, Some("seed")],
        };
        match dialect {
            Dialect::Anthropic => anthropic,
            Dialect::OpenaiChat => chat,
            Dialect::OpenaiResponses => responses,
            Dialect::Gemini => gemini,
        }
    }

    /// The field as the provider names it in an error.
    pub(crate) fn full_name(dialect: Dialect, field: &str) -> String {
        match dialect {
            Dialect::Gemini => format!("generationConfig.{field}"),
            Dialect::Anthropic | Dialect::OpenaiChat | Dialect::OpenaiResponses => field.to_owned(),
        }
    }
}

/// Members of Gemini's `generationConfig` that are no [`Setting`]: a profile's parameter of such a name goes there.
const GENERATION_CONFIG: [&str; 16] = [
    "audioTimestamp",
    "candidateCount",
    "enableAffectiveDialog",
    "enableEnhancedCivicAnswers",
    "imageConfig",
    "logprobs",
    "mediaResolution",
    "modelConfig",
    "responseJsonSchema",
    "responseLogprobs",
    "responseMimeType",
    "responseModalities",
    "responseSchema",
    "routingConfig",
    "speechConfig",
    "thinkingConfig",
];

/// What a request is made of, and no parameter.
const BACKBONE: [&str; 10] = [
    "model",
    "messages",
    "contents",
    "generationConfig",
    "input",
    "instructions",
    "system",
    "systemInstruction",
    "system_instruction",
    "stream",
];

/// Whether a parameter of this name lies in Gemini's `generationConfig`.
pub(crate) fn in_generation_config(name: &str) -> bool {
    GENERATION_CONFIG.contains(&name)
}

/// A setting that will be in the upstream's body.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Choice {
    pub(crate) setting: Setting,
    /// The upstream's name for it; for Gemini within `generationConfig`.
    pub(crate) field: &'static str,
    /// Its value, as JSON text.
    pub(crate) json: String,
    /// It is not verbatim what the client sent.
    pub(crate) ours: bool,
    /// The client's own body has this field, whatever becomes of its value.
    pub(crate) sent: bool,
}

/// What client and profile together make of the settings.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    pub(crate) choices: Vec<Choice>,
    /// A profile's parameters that are no [`Setting`] of the upstream, for the body as they are.
    pub(crate) extras: Vec<Param>,
    pub(crate) notes: Vec<Note>,
}

/// A setting as the client sent it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sent {
    pub(crate) setting: Setting,
    /// The field in the client's own body.
    pub(crate) field: &'static str,
    pub(crate) json: String,
}

/// Decides what each setting is (failover §5): the client's value where it sent one, else the profile's; the profile's
/// where it is marked `always`; never more output than the model can give; nothing that the model refuses, unless the
/// client sent it itself in the upstream's dialect. `thinks`: the client asked Anthropic for thinking, which refuses
/// sampling parameters beside it, so that a profile's fill in nothing there.
pub(crate) fn settle(client: Dialect, upstream: Dialect, sent: Vec<Sent>, terms: &Terms, thinks: bool) -> Settled {
    let translated = client != upstream;
    let mut settled = Settled::default();
    for sent in sent {
        match field(sent.setting, upstream, terms) {
            Some(name) => settled.choices.push(Choice {
                setting: sent.setting,
                field: if translated { name } else { sent.field },
                json: sent.json,
                ours: translated,
                sent: !translated,
            }),
            None => settled.notes.push(not_carried(client, upstream, sent.field)),
        }
    }
    for param in in_own_words(upstream, &terms.params).iter() {
        let sampling = [Setting::Temperature, Setting::TopP, Setting::TopK].map(Some);
        if thinks && !param.always && sampling.contains(&Setting::of_param(&param.name)) {
            settled.note("kept-client", param.name.clone(), "client asked for thinking".to_owned());
        } else {
            settled.apply(upstream, param, terms);
        }
    }
    settled.cap(upstream, terms);
    settled.leave_out_refused(upstream, terms);
    settled
}

/// A profile's parameters under the names that the upstream documents, so that none stands twice in a body. Gemini takes
/// each name in either spelling, and what lies in a profile's `generationConfig` belongs beside the other settings.
fn in_own_words(upstream: Dialect, params: &[Param]) -> Cow<'_, [Param]> {
    if upstream != Dialect::Gemini {
        return Cow::Borrowed(params);
    }
    let mut own = Vec::with_capacity(params.len());
    for param in params {
        let name = camel(&param.name);
        match &param.value {
            serde_json::Value::Object(members) if name == "generationConfig" => {
                own.extend(members.iter().map(|(name, value)| Param {
                    name: camel(name),
                    value: value.clone(),
                    always: param.always,
                }));
            }
            _ => own.push(Param { name, ..param.clone() }),
        }
    }
    Cow::Owned(own)
}

/// `response_mime_type` as `responseMimeType`.
fn camel(name: &str) -> String {
    let mut parts = name.split('_');
    let mut camel = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut rest = part.chars();
        camel.extend(rest.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(rest.as_str());
    }
    camel
}

/// The name under which `object` has a member: Gemini's, in either spelling, else `name` itself.
pub(crate) fn spelled<'a>(dialect: Dialect, object: View<'_>, name: &'a str) -> Cow<'a, str> {
    let other = || object.entries().map(|entry| entry.key().into_owned()).find(|key| camel(key) == name);
    if dialect != Dialect::Gemini || object.member(name).is_some() {
        return Cow::Borrowed(name);
    }
    other().map_or(Cow::Borrowed(name), Cow::Owned)
}

impl Settled {
    fn apply(&mut self, upstream: Dialect, param: &Param, terms: &Terms) {
        let Some(setting) = Setting::of_param(&param.name) else {
            self.extra(param);
            return;
        };
        let Some(field) = field(setting, upstream, terms) else {
            if upstream == Dialect::OpenaiChat {
                // Not OpenAI's, but many providers that speak its dialect take it, and the profile names it for one.
                self.extra(param);
            } else {
                self.note("not-carried", param.name.clone(), format!("the {upstream} dialect has no such parameter"));
            }
            return;
        };
        let json = match &param.value {
            serde_json::Value::String(stop) if setting == Setting::Stop && upstream != Dialect::OpenaiChat => {
                format!("[{}]", quote(stop))
            }
            value => value.to_string(),
        };
        let name = Setting::full_name(upstream, field);
        match self.choices.iter_mut().find(|choice| choice.setting == setting) {
            None => {
                self.note("filled", name, format!("profile sets {}", brief(&json)));
                self.choices.push(Choice { setting, field, json, ours: true, sent: false });
            }
            Some(choice) if choice.json == json => {}
            Some(choice) if param.always => {
                let detail = format!("profile sets {}, client sent {}", brief(&json), brief(&choice.json));
                (choice.json, choice.ours) = (json, true);
                self.note("replaced", name, detail);
            }
            Some(choice) => {
                let detail = format!("client sent {}", brief(&choice.json));
                self.note("kept-client", name, detail);
            }
        }
    }

    /// Keeps a parameter for the body as it is; the last of a name counts.
    fn extra(&mut self, param: &Param) {
        if BACKBONE.contains(&param.name.as_str()) {
            self.note("not-carried", param.name.clone(), "a profile cannot set it".to_owned());
            return;
        }
        self.extras.retain(|other| other.name != param.name);
        self.extras.push(param.clone());
    }

    fn cap(&mut self, upstream: Dialect, terms: &Terms) {
        let Some(most) = terms.max_output else { return };
        let mut notes = Vec::new();
        for choice in self.choices.iter_mut().filter(|choice| choice.setting == Setting::MaxTokens) {
            if choice.json.parse::<f64>().is_ok_and(|asked| asked > most as f64) {
                let detail = format!("{} is more than the model's {most}", choice.json);
                notes.push(Note { code: "capped", field: Setting::full_name(upstream, choice.field), detail });
                (choice.json, choice.ours) = (most.to_string(), true);
            }
        }
        self.notes.append(&mut notes);
    }

    fn leave_out_refused(&mut self, upstream: Dialect, terms: &Terms) {
        let mut notes = Vec::new();
        let mut refused = |name: String| {
            let refused = terms.refuses(&name);
            if refused {
                notes.push(Note { code: "refused", field: name, detail: "this model refuses it".to_owned() });
            }
            refused
        };
        self.choices.retain(|choice| {
            // A limit that the client sent is given the name that isn't refused.
            let renamed = choice.sent && choice.setting == Setting::MaxTokens;
            !choice.ours || renamed || !refused(Setting::full_name(upstream, choice.field))
        });
        self.extras.retain(|param| !refused(extra_name(upstream, &param.name)));
        self.notes.append(&mut notes);
    }

    pub(crate) fn note(&mut self, code: &'static str, field: String, detail: String) {
        self.notes.push(Note { code, field, detail });
    }
}

impl Terms {
    /// Whether the model has refused the field. Providers name Gemini's fields in both spellings and with or without the
    /// path, so the last part counts, in either spelling.
    pub(crate) fn refuses(&self, field: &str) -> bool {
        self.refused.iter().any(|refused| leaf(refused) == leaf(field))
    }
}

fn leaf(field: &str) -> String {
    field.rsplit('.').next().unwrap_or(field).chars().filter(|&c| c != '_').flat_map(char::to_lowercase).collect()
}

/// The upstream's field for a setting, with the name that the model takes for its output limit.
fn field(setting: Setting, upstream: Dialect, terms: &Terms) -> Option<&'static str> {
    match (setting, upstream) {
        (Setting::MaxTokens, Dialect::OpenaiChat) => Some(token_limit_field(terms)),
        _ => setting.field(upstream),
    }
}

/// The name under which an OpenAI model takes its output limit: as the terms have it, or the other if that was refused.
pub(crate) fn token_limit_field(terms: &Terms) -> &'static str {
    let (first, second) = match terms.token_limit_name {
        TokenLimitName::MaxTokens => ("max_tokens", "max_completion_tokens"),
        TokenLimitName::MaxCompletionTokens => ("max_completion_tokens", "max_tokens"),
    };
    if terms.refuses(first) && !terms.refuses(second) { second } else { first }
}

/// The name of a parameter that is no setting, as the provider names it in an error.
pub(crate) fn extra_name(upstream: Dialect, name: &str) -> String {
    if upstream == Dialect::Gemini && in_generation_config(name) {
        Setting::full_name(upstream, name)
    } else {
        name.to_owned()
    }
}

pub(crate) fn not_carried(client: Dialect, upstream: Dialect, field: &str) -> Note {
    Note {
        code: "not-carried",
        field: Setting::full_name_if_setting(client, field),
        detail: format!("has no counterpart in the {upstream} dialect"),
    }
}

impl Setting {
    fn full_name_if_setting(client: Dialect, field: &str) -> String {
        if Setting::ALL.iter().any(|setting| setting.field(client) == Some(field)) {
            Setting::full_name(client, field)
        } else {
            field.to_owned()
        }
    }
}

/// A value short enough for a note.
pub(crate) fn brief(json: &str) -> String {
    const MOST: usize = 60;
    if json.chars().count() <= MOST { json.to_owned() } else { json.chars().take(MOST).chain("…".chars()).collect() }
}
