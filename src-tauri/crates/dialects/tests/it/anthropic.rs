//! The Anthropic dialect beside the others: its clients' requests on their way to every upstream, its answers on their way
//! to every client, and reasoning there and back.

use std::fs;
use std::path::Path;

use mainstay_dialects::{
    Dialect, Ending, Framing, Opening, PrepareError, Relay, Sign, Terms, convert_answer, glance, prepare, read_answer,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::corpus::streams;

use Dialect::{Anthropic, Gemini, OpenaiChat, OpenaiResponses};

const OTHERS: [Dialect; 3] = [OpenaiChat, OpenaiResponses, Gemini];

fn request(name: &str) -> Vec<u8> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/anthropic/requests");
    fs::read(dir.join(name)).unwrap()
}

fn terms(maker: &str) -> Terms {
    Terms { model: "served".to_owned(), maker: maker.to_owned(), ..Terms::default() }
}

/// A client's body for an upstream: as text, and the fields that its notes name.
fn sent(upstream: Dialect, body: &[u8], maker: &str) -> (String, Vec<String>) {
    let prepared = prepare(Anthropic, upstream, body, false, &terms(maker)).unwrap();
    let body: Value = serde_json::from_slice(&prepared.body).unwrap();
    (body.to_string(), prepared.notes.iter().map(|note| note.field.clone()).collect())
}

#[test]
fn a_clients_request_comes_through_to_every_dialect() {
    for (name, told, noted) in [
        (
            "loop.json",
            &[
                "You are an agent.",
                "Work in small steps.",
                "Make the red ones blue.",
                "I read both.",
                "äpfel.txt",
                "green",
                "No such file",
                "Mind the case.",
                "iVBORw0KGgo=",
                "Reads a file.",
                "\"write\"",
            ][..],
            &["system.cache_control", "tools.cache_control", "messages.cache_control", "reasoning history"][..],
        ),
        (
            "media.json",
            &["iVBORw0KGgo=", "https://example.org/a.jpg", "JVBERi0=", "From last year.", "this", "Found", "Compare."],
            &["messages.document.context", "messages.document.citations", "messages.search_result"],
        ),
        ("structured.json", &["city", "Where?"], &[]),
        ("structured-old.json", &["Where?"], &[]),
        ("choices.json", &["Reads a file.", "When?"], &[]),
        (
            "agent.json",
            &[
                "You are an agent.",
                "The shell is bash.",
                "Read it.",
                "red",
                "900 tokens are left.",
                "It is red.",
                "And now?",
            ],
            &["tools.defer_loading", "context_management", "messages[1]"],
        ),
        ("summary.json", &["A story was told.", "What next?", "The end."], &["messages.compaction"]),
    ] {
        let body = request(name);
        for upstream in OTHERS {
            assert_eq!(glance(Anthropic, &body).unwrap().unmet(Anthropic, upstream), Vec::<&str>::new(), "{name}");
            let (sent, notes) = sent(upstream, &body, "m");
            for word in told {
                assert!(sent.contains(word), "{name} to {upstream}: {word} is not in {sent}");
            }
            for field in noted {
                assert!(notes.iter().any(|note| note == field), "{name} to {upstream}: {field} is not in {notes:?}");
            }
        }
    }
}

#[test]
fn a_system_message_stays_where_it_says_what_has_changed() {
    for upstream in OTHERS {
        let (sent, _) = sent(upstream, &request("agent.json"), "m");
        let place = |word: &str| sent.find(word).unwrap_or_else(|| panic!("{word} is not in {sent}"));
        let tokens = place("900 tokens are left.");
        assert!(tokens < place("It is red."), "{upstream}: {sent}");
        assert!(sent.matches("\"red\"").count() == 1 && place("\"red\"") < tokens, "{upstream}: {sent}");
        assert!(!sent.contains("Not shown any more."));
    }
    let (sent, _) = sent(OpenaiChat, &request("agent.json"), "m");
    let sent: Value = serde_json::from_str(&sent).unwrap();
    assert!(sent["messages"][0]["content"].as_str().unwrap().ends_with("The shell is bash."));
}

#[test]
fn what_came_before_a_summary_is_left_out_with_it() {
    for upstream in OTHERS {
        assert!(!sent(upstream, &request("summary.json"), "m").0.contains("A long story."));
    }
}

#[test]
fn what_only_claude_models_know_is_refused_elsewhere() {
    for (more, need) in [
        (
            r#""tools":[{"type":"text_editor_20250728","name":"str_replace_based_edit_tool"}]"#,
            "a tool that Anthropic defines",
        ),
        (r#""container":"c_1""#, "container"),
        (r#""mcp_servers":[{"type":"url","url":"https://e.org","name":"x"}]"#, "MCP"),
    ] {
        let body = format!(r#"{{"max_tokens":9,"messages":[{{"role":"user","content":"a"}}],{more}}}"#);
        let error = prepare(Anthropic, OpenaiChat, body.as_bytes(), false, &terms("m")).unwrap_err();
        assert!(error.to_string().ends_with(need), "{error}");
        assert!(prepare(Anthropic, Anthropic, body.as_bytes(), false, &terms("m")).is_ok());
    }
}

/// The bytes that a client gets of a stream of this dialect.
fn told(client: Dialect, wire: &[u8]) -> (String, Vec<Sign>, Ending) {
    let opening = Opening { id: "1".to_owned(), maker: "m".to_owned(), include_usage: true, ..Opening::default() };
    let mut relay = Relay::new(Anthropic, client, Framing::Sse, opening);
    let mut frames = relay.push(wire);
    let (last, ending) = relay.finish();
    frames.extend(last);
    let bytes = frames.iter().flat_map(|frame| frame.bytes.clone()).collect();
    (String::from_utf8(bytes).unwrap(), frames.into_iter().map(|frame| frame.sign).collect(), ending)
}

#[test]
fn a_stream_comes_through_to_every_client() {
    for (name, words) in [
        ("thought.sse", &["Zwölf mal ", "zwölf …", "144"][..]),
        ("thought-hidden.sse", &["read", "notes"]),
        ("use-parallel.sse", &["Ich sehe nach.", "weather", "now", "2.50"]),
        ("use-at-once.sse", &["Let me see.", "a b", "read"]),
        ("use-cut-off.sse", &["write", "once up"]),
        ("turned-down.sse", &["This request is against the rules."]),
        ("web-sources.sse", &["Rot ist eine Farbe.", " Mehr nicht."]),
        ("waits.sse", &["One moment"]),
        ("too-long.sse", &["and so "]),
    ] {
        let sample = streams().into_iter().find(|sample| sample.name.ends_with(&format!("anthropic/{name}"))).unwrap();
        for client in OTHERS {
            let (text, signs, ending) = told(client, &sample.bytes);
            assert_eq!(ending, Ending::Whole, "{name} to {client}");
            let faulty = signs.iter().any(|sign| matches!(sign, Sign::Error(_) | Sign::Malformed(_)));
            assert!(!faulty, "{name} to {client}: {signs:?}");
            for word in words {
                assert!(text.contains(word), "{name} to {client}: {word} is not in {text}");
            }
        }
    }
}

#[test]
fn an_error_in_a_stream_is_one_for_every_client() {
    let start = r#"{"type":"message_start","message":{"model":"c","usage":{"input_tokens":1}}}"#;
    let delta = r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}"#;
    let error = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    for client in Dialect::ALL {
        let (_, signs, ending) = told(client, format!("data: {start}\n\ndata: {error}\n\n").as_bytes());
        assert!(matches!(signs[..], [Sign::Neutral, Sign::Error(_)]), "{client}: {signs:?}");
        assert_eq!(ending, Ending::Truncated);
        let (_, signs, _) = told(client, format!("data: {start}\n\ndata: {delta}\n\ndata: {error}\n\n").as_bytes());
        assert!(matches!(signs[..], [Sign::Neutral, Sign::Content, Sign::Error(_)]), "{client}: {signs:?}");
    }
}

/// What a Gemini model says, as a client of this dialect is told it that sent `request`.
fn answered(request: &Value) -> Value {
    let prepared = prepare(Anthropic, Gemini, request.to_string().as_bytes(), false, &terms("g1")).unwrap();
    let opening =
        Opening { id: "1".to_owned(), maker: "g1".to_owned(), back: prepared.back.clone(), ..Opening::default() };
    let answer = json!({
        "candidates": [{"content": {"role": "model", "parts": [
            {"text": "I look.", "thought": true},
            {"functionCall": {"name": "read", "args": {"file": "a"}}, "thoughtSignature": "c2lnbmF0dXJl"},
        ]}, "finishReason": "STOP"}],
        "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1},
    });
    let converted = convert_answer(Gemini, Anthropic, answer.to_string().as_bytes(), &opening).unwrap();
    assert_eq!(read_answer(Anthropic, &converted.body).unwrap().stop.as_deref(), Some("tool_use"));
    serde_json::from_slice(&converted.body).unwrap()
}

fn asking(thinking: &Value) -> Value {
    json!({
        "max_tokens": 2000, "thinking": thinking, "messages": [{"role": "user", "content": "Read a."}],
        "tools": [{"name": "read", "input_schema": {"type": "object", "properties": {"file": {"type": "string"}}}}],
    })
}

#[test]
fn reasoning_goes_back_to_its_maker_and_to_nobody_else() {
    let mut request = asking(&json!({"type": "adaptive", "display": "summarized"}));
    let answer = answered(&request);
    let content = answer["content"].as_array().unwrap();
    assert!(content.iter().any(|block| block["thinking"] == "I look."), "{answer}");
    assert!(!answer.to_string().contains("c2lnbmF0dXJl"), "a proof is never told as it is: {answer}");
    let call = content.iter().find(|block| block["type"] == "tool_use").unwrap();
    let result = json!({"type": "tool_result", "tool_use_id": call["id"], "content": "red"});
    let messages = request["messages"].as_array_mut().unwrap();
    messages.push(json!({"role": "assistant", "content": content}));
    messages.push(json!({"role": "user", "content": [result]}));
    let body = request.to_string();
    assert!(sent(Gemini, body.as_bytes(), "g1").0.contains("c2lnbmF0dXJl"));
    for (upstream, maker) in [(Gemini, "g2"), (OpenaiChat, "o1"), (OpenaiResponses, "o1")] {
        let (sent, notes) = sent(upstream, body.as_bytes(), maker);
        assert!(!sent.contains("c2lnbmF0dXJl") && !sent.contains("bWFpbnN0YXk6"), "{upstream}: {sent}");
        assert!(sent.contains("red") && notes.iter().any(|note| note == "reasoning history"), "{upstream}: {notes:?}");
    }
}

#[test]
fn a_client_that_wants_no_text_of_reasoning_still_keeps_its_proof() {
    let kinds = |answer: &Value| -> Vec<String> {
        let blocks = answer["content"].as_array().unwrap();
        blocks.iter().map(|block| block["type"].as_str().unwrap().to_owned()).collect()
    };
    let omitted = answered(&asking(&json!({"type": "adaptive", "display": "omitted"})));
    assert_eq!(kinds(&omitted), ["redacted_thinking", "tool_use"]);
    let unasked = answered(&asking(&json!({"type": "disabled"})));
    assert_eq!(kinds(&unasked), ["tool_use"]);
}

/// A content block with fields of any kind.
fn any_block() -> impl Strategy<Value = Value> {
    let kind = prop::sample::select(vec![
        "text",
        "image",
        "document",
        "search_result",
        "thinking",
        "redacted_thinking",
        "tool_use",
        "tool_result",
        "server_tool_use",
        "web_search_tool_result",
        "tool_reference",
        "compaction",
        "fallback",
    ]);
    let value = prop_oneof![
        Just(Value::Null),
        Just(json!(1)),
        Just(json!([])),
        Just(json!({"type": "base64", "media_type": "image/png", "data": "AA=="})),
        Just(json!({"type": "text", "data": " "})),
        Just(json!({"type": "content", "content": [{"type": "text", "text": "a"}, {"type": "image"}]})),
        Just(json!([{"type": "text", "text": "a"}, {"type": "tool_result", "content": [{"type": "text"}]}, 5])),
        "[a-z \"\\\\]{0,6}".prop_map(Value::from),
    ];
    let name = prop::sample::select(vec![
        "text",
        "source",
        "content",
        "id",
        "tool_use_id",
        "name",
        "input",
        "thinking",
        "signature",
        "data",
        "is_error",
        "title",
        "context",
        "cache_control",
        "tool_name",
    ]);
    (kind, prop::collection::vec((name, value), 0..5)).prop_map(|(kind, fields)| {
        let mut block = json!({"type": kind});
        for (name, value) in fields {
            block[name] = value;
        }
        block
    })
}

proptest! {
    #[test]
    fn any_content_is_prepared_or_refused(
        messages in prop::collection::vec(
            (prop::sample::select(vec!["user", "assistant", "system"]), prop::collection::vec(any_block(), 0..4)), 0..5),
        thinking in prop::sample::select(vec!["enabled", "adaptive", "disabled", "odd"]),
    ) {
        let messages: Vec<Value> =
            messages.into_iter().map(|(role, content)| json!({"role": role, "content": content})).collect();
        let body = json!({"max_tokens": 9, "messages": messages, "thinking": {"type": thinking}}).to_string();
        for upstream in OTHERS {
            match prepare(Anthropic, upstream, body.as_bytes(), true, &terms("m")) {
                Ok(prepared) => prop_assert!(serde_json::from_slice::<Value>(&prepared.body).is_ok()),
                Err(error) => {
                    let is_unmet = matches!(error, PrepareError::Unmet { .. });
                    prop_assert!(is_unmet, "{}", error);
                }
            }
        }
    }
}
