//! Which values of a profile's text may be secrets: for texts that are kept a second time or copied.
//!
//! Judged by the keys' names, and rather too many than too few: a key in plain text, headers that may carry one, and the
//! `apiKey` of a list that only the CLI's older files have. Names of keys and of key files are no secrets.

use serde_json::{Value, json};

use crate::document::Document;
use crate::place::FileError;
use crate::settings::PLAINTEXT_KEYS;

/// The text without what may be secret, everything else as it is: keys in plain text are left out, other values are empty.
///
/// # Errors
/// [`FileError`] when the text is not a JSON object: then nothing is known of it.
pub fn without_secrets(text: &str) -> Result<String, FileError> {
    let mut document = Document::parse(text)?;
    if document.repeats_keys() {
        let once = serde_json::to_string_pretty(&document.value()).expect("a JSON value with text keys can be written");
        document = Document::parse(&once)?;
    }
    let Value::Object(whole) = document.value() else { return Ok(document.text().to_owned()) };
    let mut places = Vec::new();
    for (key, value) in &whole {
        find(&mut vec![key.clone()], value, &mut places);
    }
    for (path, value) in places {
        let keys: Vec<&str> = path.iter().map(String::as_str).collect();
        let plain = keys.len() == 2 && keys[0] == "ephemeralSettings" && PLAINTEXT_KEYS.contains(&keys[1]);
        let changed = match plain {
            true => document.remove(&keys).map(drop),
            false => document.set(&keys, emptied(&value)),
        };
        changed.expect("the place was found in this text");
    }
    Ok(document.text().to_owned())
}

/// Values that may be secret, by their paths. What lies in a list is found as the list: paths go through objects only.
fn find(path: &mut Vec<String>, value: &Value, places: &mut Vec<(Vec<String>, Value)>) {
    match value {
        Value::Object(object) if !names_a_secret(path.last().map_or("", String::as_str)) => {
            for (key, value) in object {
                path.push(key.clone());
                find(path, value, places);
                path.pop();
            }
        }
        Value::Array(_) if emptied(value) != *value => places.push((path.clone(), value.clone())),
        // Headers as one text can't be told apart.
        Value::String(text) if path.last().is_some_and(|key| key == "custom-headers") && !text.is_empty() => {
            places.push((path.clone(), value.clone()));
        }
        Value::String(_) | Value::Object(_) if names_a_secret(path.last().map_or("", String::as_str)) => {
            places.push((path.clone(), value.clone()));
        }
        _ => {}
    }
}

/// The value with nothing for what may be secret in it; a plain value is one that was found to be.
fn emptied(value: &Value) -> Value {
    match value {
        Value::Array(list) => {
            list.iter().map(|each| if each.is_string() { each.clone() } else { emptied(each) }).collect()
        }
        Value::Object(object) => object
            .iter()
            .map(|(key, value)| {
                let inner = match value {
                    Value::String(_) if names_a_secret(key) => json!(""),
                    Value::Object(_) | Value::Array(_) => emptied(value),
                    other => other.clone(),
                };
                (key.clone(), inner)
            })
            .collect(),
        Value::String(_) => json!(""),
        other => other.clone(),
    }
}

/// Whether what bears this name may be a secret.
pub(crate) fn names_a_secret(key: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    let named = lower.ends_with("-name") || lower.ends_with("keyfile") || lower.contains("_tokens");
    let word = |word: &str| lower.contains(word);
    !named
        && (["apikey", "api-key", "api_key", "auth-key", "authorization", "secret", "password", "cookie", "credential"]
            .into_iter()
            .any(word)
            || ["-key", "_key", "token", "-auth", "_auth"].into_iter().any(|end| lower.ends_with(end))
            || ["key", "x-goog-api-key"].contains(&lower.as_str())
            || lower.starts_with("x-auth"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{
  "version": 1, "provider": "openai", "model": "m", // mine
  "modelParams": {"max_tokens": 5, "max_completion_tokens": 6},
  "ephemeralSettings": {
    "auth-key": "canary", "api-key": "canary", "auth-key-name": "work", "auth-keyfile": "~/k", "context-limit": 5,
    "custom-headers": {"X-Api-Key": "canary", "Authorization": "Bearer canary", "X-Session-Token": "canary", "X-Team": "blue"}
  },
  "loadBalancer": {"subProfiles": [{"name": "kept", "apiKey": "canary"}]}
}"#;

    #[test]
    fn what_may_be_secret_is_left_out_and_everything_else_stays() {
        let text = without_secrets(TEXT).unwrap();
        assert!(!text.contains("canary"), "{text}");
        for kept in ["// mine", "\"max_tokens\": 5", "work", "~/k", "blue", "kept", "\"context-limit\": 5"] {
            assert!(text.contains(kept), "{kept}: {text}");
        }
        assert!(!text.contains("\"auth-key\""), "{text}");
        let twice = r#"{"ephemeralSettings":{"auth-key":"canary"},"ephemeralSettings":{"auth-key":"canary"}}"#;
        assert!(!without_secrets(twice).unwrap().contains("canary"));
        let plain = r#"{"version":1,  "provider":"openai"}"#;
        assert_eq!(without_secrets(plain).unwrap(), plain);
    }
}
