//! What real bodies mean (failover §2): one table for each provider, one line for each case, read as the gateway reads them.
//!
//! A line: name | provider | how it comes | headers | body | outcome. How: a status is an HTTP error; `stream` is an event
//! of the provider's dialect inside a 200; `failed` the error of a `response.failed` of OpenAI Responses; `429+stream` is
//! both, with the same outcome, or with a seventh field, the outcome inside the stream. Every line is run twice: as a body
//! into which this side put the parameters of [`OURS`], and as the client's own.

use std::{collections::BTreeMap, path::Path};

use mainstay_dialects::{Framing, Opening, Relay, Sign, read_error};

use super::*;

/// What this side has put into the body.
const OURS: &[&str] = &[
    "max_tokens",
    "max_completion_tokens",
    "max_output_tokens",
    "temperature",
    "seed",
    "stop",
    "thinking",
    "reasoning_effort",
    "generationConfig.topK",
    "generationConfig.presencePenalty",
    "generationConfig.maxOutputTokens",
];

/// An outcome as the tables write it: its code, the scope of a rate limit, the time until in seconds, the parameter.
fn written(outcome: &Outcome) -> String {
    let wait = |until: &Option<Millis>| until.map_or(String::new(), |at| format!(" {}s", (at - NOW) as f64 / 1e3));
    let code = outcome.code();
    match outcome {
        Outcome::RateLimited { scope: Scope::Account, until } => format!("{code} account{}", wait(until)),
        Outcome::RateLimited { until, .. }
        | Outcome::QuotaSpent { until }
        | Outcome::Overloaded { until }
        | Outcome::ServerError { until } => format!("{code}{}", wait(until)),
        Outcome::ParameterRejected { param } => format!("{code} {param}"),
        _ => code.to_owned(),
    }
}

/// One line of a table.
struct Line<'a> {
    name: &'a str,
    dialect: Dialect,
    provider: &'a str,
    headers: Vec<(&'a str, &'a str)>,
}

impl Line<'_> {
    fn meant(&self, status: u16, error: &ErrorBody) -> String {
        let judge = |untouched| {
            let ours: Vec<String> = OURS.iter().map(|field| (*field).to_owned()).collect();
            classify(&Refusal {
                status,
                headers: &|name| self.headers.iter().find(|(key, _)| *key == name).map(|(_, value)| *value),
                error,
                dialect: self.dialect,
                provider: self.provider,
                untouched,
                ours: &ours,
                now: NOW,
            })
        };
        let (changed, own) = (judge(false), judge(true));
        let is_parameter = matches!(changed, Outcome::ParameterRejected { .. });
        let expected = if is_parameter { &Outcome::CallerFault } else { &changed };
        assert_eq!(&own, expected, "{}: of the client's own body", self.name);
        written(&changed)
    }

    /// The error of an event after the beginning of an answer.
    fn in_stream(&self, event: &str) -> String {
        let mut relay = Relay::new(self.dialect, self.dialect, Framing::Sse, Opening::default());
        let opening = match self.dialect {
            Dialect::Anthropic => concat!(
                "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",",
                "\"role\":\"assistant\",\"model\":\"m\",\"content\":[],\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}\n\n",
            ),
            Dialect::OpenaiResponses => concat!(
                "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0,",
                "\"response\":{\"id\":\"resp_1\",\"object\":\"response\",\"status\":\"in_progress\",\"output\":[]}}\n\n",
            ),
            Dialect::OpenaiChat | Dialect::Gemini => "",
        };
        let name = match self.dialect {
            Dialect::OpenaiResponses if event.contains("\"response.failed\"") => "event: response.failed\n",
            Dialect::Anthropic | Dialect::OpenaiResponses => "event: error\n",
            Dialect::OpenaiChat | Dialect::Gemini => "",
        };
        let frames = relay.push(format!("{opening}{name}data: {event}\n\n").as_bytes());
        let errors: Vec<_> = frames
            .into_iter()
            .filter_map(|frame| match frame.sign {
                Sign::Error(error) => Some(error),
                _ => None,
            })
            .collect();
        assert_eq!(errors.len(), 1, "{}: no error was read from {event}", self.name);
        self.meant(200, &errors[0])
    }
}

/// Runs a table and gives the codes of the outcomes that it shows as an HTTP error, and inside a stream.
fn run(table: &str, dialect: Dialect) -> [BTreeMap<String, usize>; 2] {
    let mut shown = [BTreeMap::new(), BTreeMap::new()];
    let mut wrong = Vec::new();
    for line in table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let fields: Vec<&str> = line.split(" | ").map(str::trim).collect();
        let [name, provider, how, headers, body, outcome, rest @ ..] = fields.as_slice() else {
            panic!("not a line: {line}")
        };
        let headers = headers.split("; ").filter_map(|pair| pair.split_once(": ")).collect();
        let line = Line { name, dialect, provider, headers };
        let (status, streamed) = match how.split_once('+') {
            Some((status, _)) => (Some(status), true),
            None if *how == "stream" || *how == "failed" => (None, true),
            None => (Some(*how), false),
        };
        let mut check = |place: usize, found: String, expected: &str| {
            *shown[place].entry(found.split(' ').next().unwrap_or_default().to_owned()).or_insert(0) += 1;
            if found != expected {
                wrong.push(format!("{name} ({}): {found}, not {expected}", ["HTTP", "stream"][place]));
            }
        };
        if let Some(status) = status {
            let status = status.parse().unwrap_or_else(|_| panic!("no status: {name}"));
            check(0, line.meant(status, &read_error(body.as_bytes())), outcome);
        }
        if streamed {
            let event = match (*how, dialect) {
                ("failed", _) => format!(
                    r#"{{"type":"response.failed","sequence_number":3,"response":{{"id":"resp_1","object":"response","status":"failed","error":{body},"output":[]}}}}"#
                ),
                ("stream", _) | (_, Dialect::Anthropic | Dialect::OpenaiChat | Dialect::Gemini) => (*body).to_owned(),
                (_, Dialect::OpenaiResponses) => body.replacen('{', r#"{"type":"error","sequence_number":2,"#, 1),
            };
            check(1, line.in_stream(&event), rest.first().unwrap_or(outcome));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    shown
}

/// Every row of failover §2 that an answer can belong to.
const ROWS: [&str; 12] = [
    "rate-limited",
    "quota-spent",
    "credential-rejected",
    "overloaded",
    "server-error",
    "timed-out",
    "model-unavailable",
    "context-too-long",
    "parameter-rejected",
    "reasoning-rejected",
    "content-refused",
    "caller-fault",
];

/// `lacks`: the rows that no answer of this provider is known to belong to.
#[track_caller]
fn covers(table: &str, dialect: Dialect, lacks: &[&str]) {
    let [http, stream] = run(table, dialect);
    for row in ROWS.iter().filter(|row| !lacks.contains(row)) {
        assert!(http.contains_key(*row), "no case of {row} as an HTTP error");
        // No stream begins before its provider has waited for the request.
        assert!(*row == "timed-out" || stream.contains_key(*row), "no case of {row} inside a stream");
    }
}

/// failover §2: RateLimited, QuotaSpent, CredentialRejected, Overloaded, ServerError, TimedOut, ModelUnavailable,
/// ContextTooLong, ParameterRejected, ReasoningRejected, ContentRefused, CallerFault, as an error and inside a stream.
#[test]
fn anthropics_bodies() {
    covers(include_str!("wire/anthropic.txt"), Dialect::Anthropic, &[]);
}

/// failover §2: RateLimited, QuotaSpent, CredentialRejected, Overloaded, ServerError, TimedOut, ModelUnavailable,
/// ContextTooLong, ParameterRejected, ReasoningRejected, ContentRefused, CallerFault, as an error and inside a stream.
#[test]
fn openai_chats_bodies() {
    covers(include_str!("wire/openai_chat.txt"), Dialect::OpenaiChat, &[]);
}

/// failover §2: RateLimited, QuotaSpent, CredentialRejected, Overloaded, ServerError, TimedOut, ModelUnavailable,
/// ContextTooLong, ParameterRejected, ReasoningRejected, ContentRefused, CallerFault, as an error and inside a stream.
#[test]
fn openai_responses_bodies() {
    covers(include_str!("wire/openai_responses.txt"), Dialect::OpenaiResponses, &[]);
}

/// failover §2: RateLimited, QuotaSpent, CredentialRejected, Overloaded, ServerError, TimedOut, ModelUnavailable,
/// ContextTooLong, ParameterRejected, ReasoningRejected, ContentRefused, CallerFault, as an error and inside a stream.
#[test]
fn geminis_bodies() {
    covers(include_str!("wire/gemini.txt"), Dialect::Gemini, &[]);
}

/// failover §2: RateLimited, QuotaSpent, CredentialRejected, Overloaded, ServerError, TimedOut, ModelUnavailable,
/// ContextTooLong, ParameterRejected, ReasoningRejected, ContentRefused, CallerFault, as an error and inside a stream.
#[test]
fn the_codex_backends_bodies() {
    covers(include_str!("wire/codex.txt"), Dialect::OpenaiResponses, &["timed-out"]);
}

#[test]
fn bodies_of_providers_that_speak_openai_chat() {
    run(include_str!("wire/compatible.txt"), Dialect::OpenaiChat);
}

/// Bodies that say nothing, or nothing that an API would.
#[test]
fn bodies_that_nothing_is_known_of() {
    for dialect in Dialect::ALL {
        run(include_str!("wire/unknown.txt"), dialect);
    }
}

#[test]
fn captured_refusals_mean_what_they_say() {
    let captures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/captures");
    let table = [
        ("gemini/google-429-retry-info.json", Dialect::Gemini, 429, "rate-limited 34.4s"),
        (
            "openai-chat/reasoning-model-legacy-parameter-error.json",
            Dialect::OpenaiChat,
            400,
            "parameter-rejected max_tokens",
        ),
        (
            "openai-responses/reasoning-model-temperature-error.json",
            Dialect::OpenaiResponses,
            400,
            "parameter-rejected temperature",
        ),
        ("openai-responses/openai-error.1.json", Dialect::OpenaiResponses, 429, "quota-spent"),
    ];
    let stream = "openai-responses/openai-error.1.chunks.txt";
    let read = |name: &str| match std::fs::read_to_string(captures.join(name)) {
        Ok(text) => Some(text),
        Err(_) => {
            eprintln!("SKIPPED {name}: the captures are not beside the repository");
            None
        }
    };
    for (name, dialect, status, outcome) in table {
        let Some(body) = read(name) else { continue };
        let line = Line { name, dialect, provider: "any", headers: Vec::new() };
        assert_eq!(line.meant(status, &read_error(body.as_bytes())), outcome, "{name}");
    }
    let Some(events) = read(stream) else { return };
    let line = Line { name: stream, dialect: Dialect::OpenaiResponses, provider: "openai", headers: Vec::new() };
    let failures: Vec<_> = events.lines().filter(|event| event.contains(r#""code":"insufficient_quota""#)).collect();
    assert_eq!(failures.len(), 2);
    for event in failures {
        assert_eq!(line.in_stream(event), "quota-spent");
    }
}
