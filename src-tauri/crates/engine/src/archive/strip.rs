//! Takes out of a profile what may be a secret.
//!
//! The file is written anew from its values: comments and doubled keys, which may hold anything, do not come along.

use mainstay_profiles::Document;
use serde_json::{Map, Value};

/// Headers whose values say nothing that is secret.
const OPEN_HEADERS: [&str; 9] = [
    "accept",
    "accept-language",
    "anthropic-beta",
    "anthropic-version",
    "content-type",
    "http-referer",
    "openai-beta",
    "user-agent",
    "x-title",
];
/// Names that hold the place of a key and not the key.
const PLACES: [&str; 2] = ["auth-key-name", "auth-keyfile"];

/// The values of a profile's file.
pub(crate) fn values(text: &str) -> Option<Map<String, Value>> {
    Some(Document::parse(text).ok()?.values())
}

/// Takes out what may be secret, and says what that was: `ephemeralSettings.auth-key`.
pub(crate) fn strip(values: &mut Map<String, Value>) -> Vec<String> {
    let mut taken = Vec::new();
    strip_map(values, "", &mut taken);
    taken
}

fn strip_map(map: &mut Map<String, Value>, path: &str, taken: &mut Vec<String>) {
    let headers = path.ends_with("custom-headers");
    let names: Vec<String> = map.keys().cloned().collect();
    for name in names {
        let here = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let Some(value) = map.get_mut(&name) else { continue };
        let closed = if headers { !OPEN_HEADERS.contains(&name.to_lowercase().as_str()) } else { secret_name(&name) };
        let holds = !matches!(value, Value::Null | Value::Bool(_) | Value::Number(_));
        if (closed && holds) || holds_login(value) {
            map.shift_remove(&name);
            taken.push(here);
        } else {
            strip_value(value, &here, taken);
        }
    }
}

fn strip_value(value: &mut Value, path: &str, taken: &mut Vec<String>) {
    match value {
        Value::Object(map) => strip_map(map, path, taken),
        Value::Array(list) => {
            let before = list.len();
            list.retain(|item| !holds_login(item));
            taken.extend((list.len() < before).then(|| path.to_owned()));
            list.iter_mut().for_each(|item| strip_value(item, path, taken));
        }
        // Headers and other settings that the CLI reads from a text of JSON.
        Value::String(text) if text.trim_start().starts_with('{') => {
            if let Ok(Value::Object(mut inner)) = serde_json::from_str(text) {
                let before = taken.len();
                strip_map(&mut inner, path, taken);
                if taken.len() > before {
                    *text = Value::Object(inner).to_string();
                }
            }
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn secret_name(name: &str) -> bool {
    let name = name.to_lowercase();
    let word = |part: &str| name.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == part);
    !PLACES.contains(&name.as_str())
        && (name.contains("apikey")
            || name.contains("secret")
            || name.contains("password")
            || name.contains("credential")
            || ["key", "token", "authorization", "cookie", "passphrase"].into_iter().any(word))
}

/// An address with a user's name or password in it.
fn holds_login(value: &Value) -> bool {
    let url = value.as_str().filter(|text| text.contains("://")).and_then(|text| url::Url::parse(text.trim()).ok());
    url.is_some_and(|url| !url.username().is_empty() || url.password().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_secret_does_not_come_along() {
        let text = r#"{
          // canary in a comment
          "version": 1, "provider": "openai", "model": "m", "modelParams": { "max_tokens": 5, "api_key": "canary" },
          "ephemeralSettings": {
            "auth-key": "canary", "auth-key-name": "work", "auth-keyfile": "~/k", "context-limit": 9,
            "custom-headers": { "Authorization": "canary", "x-team": "canary", "User-Agent": "me" },
            "base-url": "https://me:canary@host.example/v1"
          },
          "loadBalancer": { "subProfiles": [{ "name": "a", "apiKey": "canary" }] },
          "x-mainstay": { "auth": { "env": "WORK_KEY" }, "proxy": "http://u:canary@proxy.example:3128" }
        }"#;
        let mut found = values(text).unwrap();
        let taken = strip(&mut found);
        let left = Value::Object(found).to_string();
        assert!(!left.contains("canary"), "{left}");
        for kept in
            ["\"max_tokens\":5", "\"auth-key-name\":\"work\"", "~/k", "User-Agent", "WORK_KEY", "\"context-limit\":9"]
        {
            assert!(left.contains(kept), "{kept}: {left}");
        }
        assert_eq!(taken.len(), 7, "{taken:?}");
        assert!(taken.contains(&"ephemeralSettings.custom-headers.Authorization".to_owned()));
    }

    #[test]
    fn headers_in_a_text_are_looked_at_too() {
        let text = r#"{"ephemeralSettings":{"custom-headers":"{\"x-api-key\":\"canary\",\"user-agent\":\"me\"}"}}"#;
        let mut found = values(text).unwrap();
        assert_eq!(strip(&mut found).len(), 1);
        let left = Value::Object(found).to_string();
        assert!(!left.contains("canary") && left.contains("user-agent"), "{left}");
    }
}
