//! Counting a request's tokens before it is sent: who has a call for that, and how each dialect says it.
//!
//! Anthropic has `POST /v1/messages/count_tokens`, Gemini `:countTokens`, OpenAI `POST /v1/responses/input_tokens`. Chat
//! Completions has none.

use crate::dialect::Dialect;
use crate::glance::{BodyError, Texts, parse, texts};
use crate::json::{Patch, View, Writer, quote};
use crate::prepare::prepare;
use crate::terms::{PrepareError, Terms};

/// What Anthropic's count takes of a request (its API reference, "Count tokens in a Message").
const ANTHROPIC: [&str; 9] = [
    "model",
    "messages",
    "system",
    "tools",
    "tool_choice",
    "thinking",
    "output_config",
    "mcp_servers",
    "cache_control",
];

/// What OpenAI's count takes (its API reference, "Get input token counts").
const RESPONSES: [&str; 8] =
    ["model", "input", "instructions", "tools", "tool_choice", "reasoning", "text", "parallel_tool_calls"];

/// Makes the body that asks an upstream to count a client's request; `None` where its dialect has no such call.
///
/// # Errors
/// See [`prepare`].
pub fn prepare_count(
    client: Dialect,
    upstream: Dialect,
    body: &[u8],
    terms: &Terms,
) -> Result<Option<Vec<u8>>, PrepareError> {
    if upstream == Dialect::OpenaiChat {
        return Ok(None);
    }
    if client == upstream {
        return Ok(Some(same(client, body, terms)?));
    }
    let prepared = prepare(client, upstream, inner(client, body)?.raw().as_bytes(), false, terms)?;
    let root = parse(&prepared.body)?;
    Ok(Some(match upstream {
        Dialect::Anthropic => only(root, &ANTHROPIC),
        Dialect::OpenaiChat | Dialect::OpenaiResponses => only(root, &RESPONSES),
        Dialect::Gemini => {
            // It counts system prompt and tools only inside of a whole request, which names its model.
            let mut patch = Patch::default();
            patch.set(root, "model", &quote(&gemini_model(&terms.model)));
            let request = patch.apply(&prepared.body);
            [b"{\"generateContentRequest\":", request.as_slice(), b"}"].concat()
        }
    }))
}

fn only(root: View<'_>, members: &[&str]) -> Vec<u8> {
    let kept = Writer::write(|w| {
        for entry in root.entries().filter(|entry| members.iter().any(|member| entry.is(member))) {
            w.key(&entry.key()).raw(entry.value.raw());
        }
    });
    kept.into_bytes()
}

fn same(dialect: Dialect, body: &[u8], terms: &Terms) -> Result<Vec<u8>, BodyError> {
    let root = parse(body)?;
    let mut patch = Patch::default();
    match (dialect, root.get("generateContentRequest").or_else(|| root.get("generate_content_request"))) {
        (Dialect::Gemini, Some(request)) => patch.set(request, "model", &quote(&gemini_model(&terms.model))),
        (Dialect::Gemini, None) => {}
        _ => patch.set(root, "model", &quote(&terms.model)),
    }
    Ok(patch.apply(body))
}

fn gemini_model(model: &str) -> String {
    if model.starts_with("models/") { model.to_owned() } else { format!("models/{model}") }
}

/// The request that a client wants counted: Gemini's may be wrapped.
fn inner(client: Dialect, body: &[u8]) -> Result<View<'_>, BodyError> {
    let root = parse(body)?;
    let wrapped = || root.get("generateContentRequest").or_else(|| root.get("generate_content_request"));
    Ok(if client == Dialect::Gemini { wrapped().unwrap_or(root) } else { root })
}

/// What is to be counted where nobody else counts.
///
/// # Errors
/// See [`BodyError`].
pub fn count_texts(client: Dialect, body: &[u8]) -> Result<Texts, BodyError> {
    texts(client, inner(client, body)?.raw().as_bytes())
}

/// The count in an upstream's answer.
pub fn read_count(upstream: Dialect, body: &[u8]) -> Option<u64> {
    let root = View::parse(body).ok()?;
    root.get_u64(if upstream == Dialect::Gemini { "totalTokens" } else { "input_tokens" })
}

/// The answer to a client that asked for a count.
pub fn write_count(client: Dialect, tokens: u64) -> Vec<u8> {
    let body = Writer::write(|w| match client {
        Dialect::Anthropic => w.key("input_tokens").number(tokens),
        Dialect::OpenaiChat | Dialect::OpenaiResponses => {
            w.key("object").str("response.input_tokens");
            w.key("input_tokens").number(tokens);
        }
        Dialect::Gemini => w.key("totalTokens").number(tokens),
    });
    body.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms() -> Terms {
        Terms { model: "mine".to_owned(), ..Terms::default() }
    }

    fn text(body: Option<Vec<u8>>) -> String {
        String::from_utf8(body.unwrap()).unwrap()
    }

    #[test]
    fn a_count_in_the_clients_own_dialect_changes_the_model_alone() {
        let body = br#"{"model":"theirs", "messages":[{"role":"user","content":"hi"}]}"#;
        let sent = prepare_count(Dialect::Anthropic, Dialect::Anthropic, body, &terms()).unwrap();
        assert_eq!(text(sent), r#"{"model":"mine", "messages":[{"role":"user","content":"hi"}]}"#);
        let body = br#"{"generateContentRequest":{"model":"models/theirs","contents":[]}}"#;
        let sent = prepare_count(Dialect::Gemini, Dialect::Gemini, body, &terms()).unwrap();
        assert_eq!(text(sent), r#"{"generateContentRequest":{"model":"models/mine","contents":[]}}"#);
    }

    #[test]
    fn chat_completions_has_no_count() {
        let body = br#"{"messages":[]}"#;
        assert_eq!(prepare_count(Dialect::Anthropic, Dialect::OpenaiChat, body, &terms()), Ok(None));
    }

    #[test]
    fn a_translated_count_holds_only_what_the_call_takes() {
        let body = br#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"temperature":1}}"#;
        let wrapped = [b"{\"generateContentRequest\":".as_slice(), body, b"}"].concat();
        for body in [&body[..], &wrapped] {
            let sent = text(prepare_count(Dialect::Gemini, Dialect::Anthropic, body, &terms()).unwrap());
            assert!(sent.contains("\"messages\"") && !sent.contains("max_tokens") && !sent.contains("temperature"));
            assert_eq!(count_texts(Dialect::Gemini, body).unwrap().texts, ["hi"]);
        }
        let body = br#"{"model":"x","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}"#;
        let sent = text(prepare_count(Dialect::Anthropic, Dialect::Gemini, body, &terms()).unwrap());
        assert!(sent.starts_with(r#"{"generateContentRequest":{"model":"models/mine","#), "{sent}");
    }

    #[test]
    fn a_count_is_read_and_written_in_each_dialects_words() {
        for dialect in [Dialect::Anthropic, Dialect::OpenaiResponses, Dialect::Gemini] {
            assert_eq!(read_count(dialect, &write_count(dialect, 42)), Some(42), "{dialect}");
        }
        assert_eq!(read_count(Dialect::Gemini, b"{}"), None);
    }
}
