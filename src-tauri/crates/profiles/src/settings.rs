//! The settings that the gateway obeys, typed.
//!
//! `ephemeralSettings` is a flat map with dotted keys that the CLI never validates when it loads a file. So nothing here
//! fails: numbers in strings are taken as numbers, and what makes no sense becomes a [`Problem`] while the default counts.

use std::fmt;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde_json::{Map, Value};

/// Something in a profile that was read leniently, for the user to mend. It never holds the value itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Stable name of the kind of problem, the same as a [`crate::Lint`]'s code: `bad-setting`, `bad-extension`, `bad-weight`.
    pub code: &'static str,
    /// The key it is about.
    pub key: String,
    /// What is wrong, and what counts instead.
    pub message: String,
    /// What to do.
    pub hint: String,
}

impl Problem {
    pub(crate) fn new(code: &'static str, key: &str, message: impl Into<String>, hint: impl Into<String>) -> Problem {
        Problem { code, key: key.to_owned(), message: message.into(), hint: hint.into() }
    }

    pub(crate) fn wrong_type(key: &str, wanted: &str, found: &Value) -> Problem {
        let code = if key.starts_with(crate::extension::KEY) { "bad-extension" } else { "bad-setting" };
        let message = format!("\"{key}\" is {} where {wanted} is expected, so it is ignored.", kind_of(found));
        Problem::new(code, key, message, format!("Give {wanted}, or remove the key."))
    }

    pub(crate) fn bad_weight(key: &str, message: impl Into<String>) -> Problem {
        Problem::new("bad-weight", key, message, "Give each member a whole number from 1, for example 70, 20 and 10.")
    }
}

/// When the gateway leaves a failing member alone (failover §3.8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakerSettings {
    /// `circuit_breaker_enabled`; on unless the file says `false`.
    pub enabled: bool,
    /// `circuit_breaker_failure_threshold`: failures that open it; 3.
    pub failure_threshold: u32,
    /// `circuit_breaker_failure_window_ms`: milliseconds in which they are counted; 60 000.
    pub failure_window_ms: u64,
    /// `circuit_breaker_recovery_timeout_ms`: milliseconds before the first probe; 30 000.
    pub recovery_timeout_ms: u64,
}

impl Default for BreakerSettings {
    fn default() -> BreakerSettings {
        BreakerSettings { enabled: true, failure_threshold: 3, failure_window_ms: 60_000, recovery_timeout_ms: 30_000 }
    }
}

/// What the gateway obeys of a profile's `ephemeralSettings`, under the CLI's names.
///
/// `None` means that the file says nothing; the default is then the gateway's (it may depend on the request).
#[derive(Clone)]
pub struct Settings {
    /// `base-url`: http or https, without a trailing slash. `None`: the catalogue's.
    pub base_url: Option<String>,
    /// `context-limit`: tokens of context that this profile is used for.
    pub context_limit: Option<u64>,
    /// `maxOutputTokens` (also `max-output`): tokens of output asked for when the client names no limit.
    pub max_output_tokens: Option<u64>,
    /// `timeout_ms`: milliseconds until the first content. `None`: 120 s, or 240 s for reasoning (failover §3.5).
    pub timeout_ms: Option<u64>,
    /// `stream-idle-timeout-ms`: milliseconds between two chunks; 300 000. `None` when the file says 0, the CLI's "off".
    pub stream_idle_timeout_ms: Option<u64>,
    /// The `circuit_breaker_*` settings.
    pub breaker: BreakerSettings,
    /// `custom-headers`: added to each upstream request, in the file's order. Values may be secret.
    pub custom_headers: Vec<(String, String)>,
    /// `user-agent`: replaces our own.
    pub user_agent: Option<String>,
    /// `auth-key` (also `apiKey`, `api-key`): a key in plain text in the file.
    pub auth_key: Option<SecretString>,
    /// `auth-keyfile`: a file that holds the key, as written; see [`Settings::keyfile`].
    pub auth_keyfile: Option<PathBuf>,
    /// `auth-key-name`: the name of a key in the CLI's keyring service.
    pub auth_key_name: Option<String>,
    /// `streaming`: `enabled` or `disabled` (`true` and `false` are taken too).
    pub streaming: Option<bool>,
    /// The `reasoning.*` settings that say how much the model is to reason.
    pub reasoning: ReasoningSettings,
    /// `prompt-caching`: `5m`, `1h` or `24h`. `None` when the file says nothing or `off`.
    pub prompt_caching: Option<String>,
    /// `text.verbosity`: `low`, `medium` or `high`.
    pub verbosity: Option<String>,
}

/// How much the model is to reason.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReasoningSettings {
    /// `reasoning.enabled`.
    pub enabled: Option<bool>,
    /// `reasoning.effort`: `none`, `minimal`, `low`, `medium`, `high`, `xhigh` or `max`.
    pub effort: Option<String>,
    /// `reasoning.budgetTokens`, else `reasoning.maxTokens`: tokens.
    pub budget: Option<u64>,
    /// `reasoning.adaptiveThinking`: the model decides how much.
    pub adaptive: Option<bool>,
    /// `reasoning.summary`: `auto`, `concise`, `detailed` or `none`.
    pub summary: Option<String>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            base_url: None,
            context_limit: None,
            max_output_tokens: None,
            timeout_ms: None,
            stream_idle_timeout_ms: Some(300_000),
            breaker: BreakerSettings::default(),
            custom_headers: Vec::new(),
            user_agent: None,
            auth_key: None,
            auth_keyfile: None,
            auth_key_name: None,
            streaming: None,
            reasoning: ReasoningSettings::default(),
            prompt_caching: None,
            verbosity: None,
        }
    }
}

impl Settings {
    /// The file named by `auth-keyfile`, with a leading `~` replaced by `home` as the CLI does.
    pub fn keyfile(&self, home: Option<&Path>) -> Option<PathBuf> {
        let written = self.auth_keyfile.as_ref()?;
        match (written.strip_prefix("~"), home) {
            (Ok(rest), Some(home)) => Some(home.join(rest)),
            _ => Some(written.clone()),
        }
    }
}

/// Header values may carry a key, and `auth_key` is one: names only.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header_names: Vec<&str> = self.custom_headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Settings")
            .field("base_url", &self.base_url)
            .field("context_limit", &self.context_limit)
            .field("max_output_tokens", &self.max_output_tokens)
            .field("timeout_ms", &self.timeout_ms)
            .field("stream_idle_timeout_ms", &self.stream_idle_timeout_ms)
            .field("breaker", &self.breaker)
            .field("custom_headers", &header_names)
            .field("user_agent", &self.user_agent)
            .field("auth_key", &self.auth_key.as_ref().map(|_| "…"))
            .field("auth_keyfile", &self.auth_keyfile)
            .field("auth_key_name", &self.auth_key_name)
            .field("streaming", &self.streaming)
            .field("reasoning", &self.reasoning)
            .field("prompt_caching", &self.prompt_caching)
            .field("verbosity", &self.verbosity)
            .finish()
    }
}

/// The keys that hold a key in plain text, best first. The CLI takes the second and third for the first.
pub(crate) const PLAINTEXT_KEYS: [&str; 3] = ["auth-key", "apiKey", "api-key"];

/// The keys that name a credential. They belong to one member's provider, so a balancer never lends them to its members.
pub(crate) const CREDENTIAL_KEYS: [&str; 5] = ["auth-key", "apiKey", "api-key", "auth-keyfile", "auth-key-name"];

/// Every key that [`settings_of`] reads.
const OBEYED: [&str; 26] = [
    "base-url",
    "context-limit",
    "maxOutputTokens",
    "max-output",
    "timeout_ms",
    "stream-idle-timeout-ms",
    "circuit_breaker_enabled",
    "circuit_breaker_failure_threshold",
    "circuit_breaker_failure_window_ms",
    "circuit_breaker_recovery_timeout_ms",
    "custom-headers",
    "user-agent",
    "auth-key",
    "apiKey",
    "api-key",
    "auth-keyfile",
    "auth-key-name",
    "streaming",
    "reasoning.enabled",
    "reasoning.effort",
    "reasoning.budgetTokens",
    "reasoning.maxTokens",
    "reasoning.adaptiveThinking",
    "reasoning.summary",
    "prompt-caching",
    "text.verbosity",
];

/// Whether the gateway obeys the setting; the others are kept in the file and not used here.
pub(crate) fn obeyed(key: &str) -> bool {
    OBEYED.contains(&key)
}

/// Reads what the gateway obeys from a profile's `ephemeralSettings`.
///
/// Numbers and booleans in strings are taken at their meaning, as the CLI does when it uses them; `null` counts as absent.
/// A wrong type is a [`Problem`] and the default counts. Other keys are none of this function's business.
pub fn settings_of(map: &Map<String, Value>) -> (Settings, Vec<Problem>) {
    let mut reader = Reader { map, problems: Vec::new() };
    let defaults = Settings::default();
    let breaker = BreakerSettings::default();
    let settings = Settings {
        base_url: reader.base_url(),
        context_limit: reader.positive("context-limit"),
        max_output_tokens: reader.positive("maxOutputTokens").or_else(|| reader.positive("max-output")),
        timeout_ms: reader.positive("timeout_ms"),
        stream_idle_timeout_ms: match reader.number("stream-idle-timeout-ms", 0) {
            Some(0) => None,
            given => given.or(defaults.stream_idle_timeout_ms),
        },
        breaker: BreakerSettings {
            enabled: reader.flag("circuit_breaker_enabled", "true", "false").unwrap_or(breaker.enabled),
            failure_threshold: reader
                .positive("circuit_breaker_failure_threshold")
                .map_or(breaker.failure_threshold, |count| u32::try_from(count).unwrap_or(u32::MAX)),
            failure_window_ms: reader
                .positive("circuit_breaker_failure_window_ms")
                .unwrap_or(breaker.failure_window_ms),
            recovery_timeout_ms: reader
                .positive("circuit_breaker_recovery_timeout_ms")
                .unwrap_or(breaker.recovery_timeout_ms),
        },
        custom_headers: reader.headers(),
        user_agent: reader.header_text("user-agent"),
        auth_key: PLAINTEXT_KEYS
            .iter()
            .find_map(|key| reader.text(key))
            .map(|key| SecretString::from(key.trim().to_owned())),
        auth_keyfile: reader.text("auth-keyfile").map(PathBuf::from),
        auth_key_name: reader.text("auth-key-name").map(str::to_owned),
        streaming: reader.flag("streaming", "enabled", "disabled"),
        reasoning: ReasoningSettings {
            enabled: reader.flag("reasoning.enabled", "true", "false"),
            effort: reader.word("reasoning.effort", &["none", "minimal", "low", "medium", "high", "xhigh", "max"]),
            budget: reader.positive("reasoning.budgetTokens").or_else(|| reader.positive("reasoning.maxTokens")),
            adaptive: reader.flag("reasoning.adaptiveThinking", "true", "false"),
            summary: reader.word("reasoning.summary", &["auto", "concise", "detailed", "none"]),
        },
        prompt_caching: reader.word("prompt-caching", &["off", "5m", "1h", "24h"]).filter(|lifetime| lifetime != "off"),
        verbosity: reader.word("text.verbosity", &["low", "medium", "high"]),
    };
    (settings, reader.problems)
}

struct Reader<'a> {
    map: &'a Map<String, Value>,
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    fn present(&self, key: &str) -> Option<&'a Value> {
        self.map.get(key).filter(|value| !value.is_null())
    }

    fn wrong(&mut self, key: &str, wanted: &str, found: &Value) {
        self.problems.push(Problem::wrong_type(key, wanted, found));
    }

    fn number(&mut self, key: &str, least: u64) -> Option<u64> {
        let value = self.present(key)?;
        let number = whole_number(value).filter(|number| *number >= least);
        if number.is_none() {
            self.wrong(key, if least == 0 { "a whole number of 0 or more" } else { "a whole number above 0" }, value);
        }
        number
    }

    fn positive(&mut self, key: &str) -> Option<u64> {
        self.number(key, 1)
    }

    fn flag(&mut self, key: &str, on: &str, off: &str) -> Option<bool> {
        let value = self.present(key)?;
        let flag = match value {
            Value::Bool(flag) => Some(*flag),
            Value::String(word) if word == on || word == "true" => Some(true),
            Value::String(word) if word == off || word == "false" => Some(false),
            _ => None,
        };
        if flag.is_none() {
            self.wrong(key, &format!("{on} or {off}"), value);
        }
        flag
    }

    /// An empty text counts as absent: the CLI writes one when a setting was cleared.
    fn text(&mut self, key: &str) -> Option<&'a str> {
        match self.present(key)? {
            Value::String(text) if text.trim().is_empty() => None,
            Value::String(text) => Some(text),
            other => {
                self.wrong(key, "text", other);
                None
            }
        }
    }

    fn word(&mut self, key: &str, words: &[&str]) -> Option<String> {
        let value = self.present(key)?;
        match value.as_str() {
            Some(word) if words.contains(&word) => Some(word.to_owned()),
            Some("") => None,
            _ => {
                self.wrong(key, &format!("one of {}", words.join(", ")), value);
                None
            }
        }
    }

    fn header_text(&mut self, key: &str) -> Option<String> {
        let text = self.text(key)?;
        if !header_value(text) {
            self.problems.push(Problem::new(
                "bad-setting",
                key,
                format!("\"{key}\" holds a character that no header may carry, so it is ignored."),
                "Use plain text on one line.",
            ));
            return None;
        }
        Some(text.trim().to_owned())
    }

    fn base_url(&mut self) -> Option<String> {
        let text = self.text("base-url")?.trim();
        match usable_base_url(text) {
            Ok(base) => Some(base),
            Err(reason) => {
                self.problems.push(Problem::new(
                    "bad-setting",
                    "base-url",
                    format!("The base URL {reason}, so it is ignored."),
                    "Give an address such as https://api.example.com/v1.",
                ));
                None
            }
        }
    }

    fn headers(&mut self) -> Vec<(String, String)> {
        let key = "custom-headers";
        let Some(value) = self.present(key) else { return Vec::new() };
        // `/set custom-headers {…}` may leave the JSON as text.
        let parsed = match value {
            Value::String(text) if text.trim().is_empty() => return Vec::new(),
            Value::String(text) => serde_json::from_str(text).unwrap_or(Value::Null),
            other => other.clone(),
        };
        let Value::Object(headers) = parsed else {
            self.wrong(key, "an object of header names and values", value);
            return Vec::new();
        };
        let mut usable = Vec::new();
        for (name, value) in headers {
            let value = match value {
                Value::String(text) => text,
                Value::Number(number) => number.to_string(),
                Value::Bool(flag) => flag.to_string(),
                other => {
                    self.wrong(&format!("{key}.{name}"), "text", &other);
                    continue;
                }
            };
            if header_name(&name) && header_value(&value) {
                usable.push((name, value));
            } else {
                self.problems.push(Problem::new(
                    "bad-setting",
                    key,
                    format!(
                        "The header \"{}\" has a name or a value that HTTP does not allow, so it is ignored.",
                        name.escape_default()
                    ),
                    "Correct or remove that header.",
                ));
            }
        }
        usable
    }
}

/// An absolute http(s) URL without user info, query or fragment; its trailing slashes are cut, so that a path can be added.
pub(crate) fn usable_base_url(text: &str) -> Result<String, &'static str> {
    let parsed = url::Url::parse(text).map_err(|_| "is not an address")?;
    if !matches!(parsed.scheme(), "http" | "https") {
        return Err("is neither http nor https");
    }
    if parsed.host_str().is_none_or(str::is_empty) {
        return Err("names no host");
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err("holds a user name or password");
    }
    if parsed.query().is_some() || parsed.fragment().is_some() {
        return Err("has a query or a fragment");
    }
    Ok(parsed.as_str().trim_end_matches('/').to_owned())
}

/// RFC 9110 §5.6.2 `token`.
fn header_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// RFC 9110 §5.5: visible characters, spaces and tabs.
fn header_value(value: &str) -> bool {
    value.bytes().all(|byte| byte == b'\t' || (byte >= b' ' && byte != 0x7f))
}

/// A whole number that is 0 or more: as a number (`10.0` too) or as text.
pub(crate) fn whole_number(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64().or_else(|| number.as_f64().and_then(whole)),
        Value::String(text) => {
            let text = text.trim();
            text.parse().ok().or_else(|| text.parse().ok().and_then(whole))
        }
        _ => None,
    }
}

fn whole(number: f64) -> Option<u64> {
    // 2^53: beyond it a float no longer says which whole number was meant.
    (number.fract() == 0.0 && (0.0..=9_007_199_254_740_992.0).contains(&number)).then_some(number as u64)
}

/// What a JSON value is, in words for a person.
pub(crate) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests;
