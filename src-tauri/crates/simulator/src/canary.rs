//! A word that looks like a secret and that a provider lets slip in its errors, together with the start of the key that
//! it was called with. Real providers echo keys and internal names; who looks for the word in logs, in the history and in
//! what clients were told sees whether anything was passed on.

use serde_json::Value;

/// How much of a key is echoed.
const KEY_CHARS: usize = 8;

/// What is let slip, as text.
pub(crate) fn slip(word: &str, key: Option<&str>) -> String {
    let start: String = key.unwrap_or_default().chars().take(KEY_CHARS).collect();
    format!(" (canary {word}, called with key {start}…)")
}

/// An error's JSON with the words at the end of its message. One without a message gets one.
pub(crate) fn marked(mut error: Value, slip: &str) -> Value {
    let inner = match error {
        Value::Array(ref mut list) => list.first_mut(),
        ref mut one => Some(one),
    };
    match inner {
        Some(Value::Object(fields)) => {
            let holder = match fields.get_mut("error") {
                Some(Value::Object(error)) => error,
                _ => fields,
            };
            let message = holder.get("message").and_then(Value::as_str).unwrap_or_default();
            let message = format!("{message}{slip}");
            holder.insert("message".to_owned(), message.into());
        }
        Some(Value::String(text)) => text.push_str(slip),
        _ => {}
    }
    error
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_canary_sits_in_the_message_whatever_the_shape() {
        let slip = slip("w0rd", Some("sk-abcdefghijk"));
        assert_eq!(slip, " (canary w0rd, called with key sk-abcde…)");
        for (error, at) in [
            (json!({"error": {"message": "no", "code": 1}}), "/error/message"),
            (json!({"error": {"code": 1}}), "/error/message"),
            (json!([{"error": {"message": "no"}}]), "/0/error/message"),
            (json!({"message": "no"}), "/message"),
            (json!({"error": "no"}), "/message"),
            (json!("no"), ""),
        ] {
            let marked = marked(error, &slip);
            assert!(marked.pointer(at).and_then(Value::as_str).unwrap().ends_with(&slip), "{marked}");
        }
    }
}
