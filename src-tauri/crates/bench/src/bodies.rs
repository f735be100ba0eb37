//! What is asked: one conversation of 2.3 kB in two dialects, and larger ones.

use serde_json::{Value, json};

const RULES: &str = "You are a careful engineer. Read what is there before you change it, keep changes small, name \
    things by what they are, and say plainly what you have not tried. Prefer the library that the project has. ";

fn turns() -> Vec<Value> {
    let long = "In the file src/parser.rs the function that reads a header takes the whole buffer by value, and its caller \
        clones it before every call. Look at where the clone comes from, say whether it is needed, and change the \
        signature if it is not. The tests beside it are to stay as they are. ";
    vec![
        json!({"role": "user", "content": long.repeat(2)}),
        json!({"role": "assistant", "content": "The clone is there since an earlier version kept the buffer. It no longer does."}),
        json!({"role": "user", "content": "Then change it, and show me the difference only."}),
    ]
}

/// OpenAI Chat Completions.
pub(crate) fn chat(model: &str, stream: bool) -> Vec<u8> {
    let mut messages = vec![json!({"role": "system", "content": RULES.repeat(6)})];
    messages.extend(turns());
    json!({"model": model, "messages": messages, "temperature": 0.2, "max_tokens": 1024, "stream": stream})
        .to_string()
        .into_bytes()
}

/// The same in Anthropic Messages.
pub(crate) fn messages(model: &str, stream: bool) -> Vec<u8> {
    json!({
        "model": model, "system": RULES.repeat(6), "messages": turns(), "temperature": 0.2, "max_tokens": 1024,
        "stream": stream
    })
    .to_string()
    .into_bytes()
}

/// OpenAI Chat Completions of about so many bytes.
pub(crate) fn sized(model: &str, bytes: usize) -> Vec<u8> {
    let words = "A line of a long file that somebody wants to have looked at.\n";
    let mut said = String::with_capacity(bytes);
    while said.len() + 150 < bytes {
        said.push_str(words);
    }
    json!({"model": model, "messages": [{"role": "user", "content": said}], "stream": false}).to_string().into_bytes()
}
