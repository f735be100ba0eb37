//! Clients and upstreams of OpenAI's Chat Completions dialect, by what they see.

use std::fs;
use std::path::Path;

use mainstay_dialects::{
    Dialect, Ending, Framing, Opening, Relay, Sign, Terms, Usage, convert_answer, glance, prepare, read_answer,
};
use serde_json::{Value, json};

use Dialect::{Anthropic, Gemini, OpenaiChat, OpenaiResponses};

use crate::corpus::streams;

fn opening() -> Opening {
    Opening { id: "1".to_owned(), model: "asked".to_owned(), maker: "m".to_owned(), ..Opening::default() }
}

fn terms() -> Terms {
    Terms { model: "mine".to_owned(), maker: "m".to_owned(), ..Terms::default() }
}

/// A client's request of the corpus.
fn request(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/openai-chat/requests");
    fs::read(folder.join(name)).unwrap()
}

#[test]
fn a_clients_request_comes_through_to_every_dialect() {
    let names = ["choices", "loop", "media", "old-functions", "structured", "thinking"];
    // What every upstream has to be told, and what may be noted.
    let told: [&[&str]; 6] = [
        &["Go on.", "now"],
        &["Be kind.", "Read a and b.", "red", "blue", "call_1", "call_3", "Reads a file"],
        &["Compare.", "iVBORw0KGgo=", "https://example.org/a.png", "JVBERi0="],
        &["Read a.", "red", "Reads a file"],
        &["Be brief.", "Where is it?", "city"],
        &["Read a.", "call_1", "red"],
    ];
    let noted: [&[&str]; 6] = [
        &["metadata", "service_tier", "verbosity", "prompt_cache_key", "tool_choice", "parallel_tool_calls", "tools"],
        &["parallel_tool_calls", "tools", "tools.strict", "reasoning history"],
        &["image.detail", "document", "media"],
        &["tools", "tools.strict", "reasoning history"],
        &["response_format", "format.description", "format.name", "format.strict", "messages", "reasoning", "user"],
        &["reasoning history", "tools", "tools.strict", "tool_choice"],
    ];
    for ((name, told), noted) in names.into_iter().zip(told).zip(noted) {
        let body = request(&format!("{name}.json"));
        for upstream in Dialect::ALL {
            assert_eq!(glance(OpenaiChat, &body).unwrap().unmet(OpenaiChat, upstream), Vec::<&str>::new(), "{name}");
            let prepared = prepare(OpenaiChat, upstream, &body, false, &terms()).unwrap();
            let sent: Value = serde_json::from_slice(&prepared.body).unwrap();
            let sent = sent.to_string();
            for word in told.iter().filter(|word| upstream != Gemini || !word.starts_with("call_")) {
                assert!(sent.contains(word), "{name} to {upstream}: {word} is not in {sent}");
            }
            for note in &prepared.notes {
                let expected = note.code == "filled" || noted.iter().any(|field| note.field.starts_with(field));
                assert!(expected, "{name} to {upstream}: {note}");
            }
        }
    }
}

/// The bytes that a client of `client` gets of a stream of this dialect.
fn told(client: Dialect, wire: &[u8]) -> (String, Vec<Sign>, Ending) {
    let mut relay = Relay::new(OpenaiChat, client, Framing::Sse, opening());
    let mut frames = relay.push(wire);
    let (last, ending) = relay.finish();
    frames.extend(last);
    let bytes = frames.iter().flat_map(|frame| frame.bytes.clone()).collect();
    (String::from_utf8(bytes).unwrap(), frames.into_iter().map(|frame| frame.sign).collect(), ending)
}

#[test]
fn a_streams_calls_come_through_to_every_client() {
    for (name, words) in [
        ("tools-custom.sse", &["patch", "*** Begin", "call_1"][..]),
        ("tools-interleaved.sse", &["Looking.", "read", "list", "a [DONE] b", "call_1", "call_2"]),
        ("tools-odd.sse", &["now", "read", "Done.", "call_1", "call_2"]),
        ("tools-whole.sse", &["now", "read", "call_1", "call_2"]),
    ] {
        let sample =
            streams().into_iter().find(|sample| sample.dialect == OpenaiChat && sample.name.ends_with(name)).unwrap();
        for client in Dialect::ALL {
            let (text, signs, ending) = told(client, &sample.bytes);
            assert_eq!(ending, Ending::Whole, "{name} to {client}");
            assert!(
                !signs.iter().any(|sign| matches!(sign, Sign::Error(_) | Sign::Malformed(_))),
                "{name} to {client}"
            );
            for word in words {
                assert!(text.contains(word), "{name} to {client}: {word} is not in {text}");
            }
        }
    }
}

#[test]
fn an_error_in_a_stream_is_one_for_every_client() {
    let begun = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n";
    for error in [
        r#"{"error":{"message":"no","type":"server_error","code":503}}"#,
        r#"{"choices":[{"index":0,"delta":{},"error":{"message":"no"}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]}"#,
    ] {
        for client in Dialect::ALL {
            let (_, signs, ending) = told(client, format!("{begun}data: {error}\n\n").as_bytes());
            assert!(matches!(signs[..], [Sign::Content, Sign::Error(_)]), "{error}: {signs:?}");
            assert_eq!(ending, Ending::Truncated);
        }
    }
}

#[test]
fn reasoning_begins_to_count_when_there_is_some() {
    let delta = |delta: &str| format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{delta}}}]}}\n\n");
    for (piece, sign) in [
        (r#"{"reasoning_details":[{"type":"reasoning.text","text":"a"}]}"#, Sign::Content),
        (r#"{"reasoning_details":[{"type":"reasoning.encrypted","data":"a"}]}"#, Sign::Content),
        (r#"{"reasoning_details":[{"type":"reasoning.text","signature":"a"}]}"#, Sign::Neutral),
        (r#"{"reasoning_content":"","reasoning_details":[]}"#, Sign::Neutral),
        (r#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"a"}]}]}"#, Sign::Content),
        (r#"{"images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}}]}"#, Sign::Content),
        (r#"{"function_call":{"name":"f","arguments":""}}"#, Sign::Neutral),
        (r#"{"function_call":{"arguments":"{"}}"#, Sign::Content),
        (r#"{"annotations":[{"type":"url_citation","url_citation":{"url":"u"}}]}"#, Sign::Neutral),
    ] {
        assert_eq!(told(OpenaiChat, delta(piece).as_bytes()).1, [sign], "{piece}");
    }
}

#[test]
fn each_providers_counts_are_read() {
    let answer = |usage: &str| {
        format!(r#"{{"choices":[{{"message":{{"content":"a"}},"finish_reason":"stop"}}],"usage":{usage}}}"#)
    };
    let counts = Usage { input: Some(9), output: Some(5), ..Usage::default() };
    for (usage, expected) in [
        (r#"{"prompt_tokens":9,"completion_tokens":5,"total_tokens":14}"#, counts),
        (
            r#"{"prompt_tokens":9,"completion_tokens":3,"total_tokens":14,"completion_tokens_details":{"reasoning_tokens":2}}"#,
            Usage { reasoning: Some(2), ..counts },
        ),
        (
            r#"{"prompt_tokens":9,"completion_tokens":5,"prompt_cache_hit_tokens":4}"#,
            Usage { cached_input: Some(4), ..counts },
        ),
        (r#"{"prompt_tokens":9,"completion_tokens":5,"cached_tokens":4}"#, Usage { cached_input: Some(4), ..counts }),
        (
            r#"{"prompt_tokens":9,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":1,"cache_write_tokens":2}}"#,
            Usage { cached_input: Some(1), cache_creation: Some(2), ..counts },
        ),
    ] {
        assert_eq!(read_answer(OpenaiChat, answer(usage).as_bytes()).unwrap().usage, expected, "{usage}");
    }
}

#[test]
fn every_stop_reason_has_its_like_for_an_anthropic_client() {
    for (reason, expected) in [
        ("stop", "end_turn"),
        ("length", "max_tokens"),
        ("content_filter", "refusal"),
        ("eos", "end_turn"),
        ("max_tokens", "max_tokens"),
        ("sensitive", "refusal"),
        ("something_new", "end_turn"),
    ] {
        let answer = format!(r#"{{"choices":[{{"message":{{"content":"a"}},"finish_reason":"{reason}"}}]}}"#);
        let there = convert_answer(OpenaiChat, Anthropic, answer.as_bytes(), &opening()).unwrap().body;
        let there: Value = serde_json::from_slice(&there).unwrap();
        assert_eq!(there["stop_reason"], expected, "{reason}");
    }
}

#[test]
fn a_call_in_the_old_form_is_a_call() {
    let answer = br#"{"choices":[{"message":{"content":null,"function_call":{"name":"f","arguments":"{}"}},"finish_reason":"function_call"}]}"#;
    let there: Value =
        serde_json::from_slice(&convert_answer(OpenaiChat, Anthropic, answer, &opening()).unwrap().body).unwrap();
    assert_eq!(there["stop_reason"], "tool_use");
    assert_eq!((&there["content"][0]["name"], &there["content"][0]["input"]), (&json!("f"), &json!({})));
}

#[test]
fn what_is_needed_is_named_with_the_dialects_that_have_it() {
    let part = |part: &str| format!(r#"{{"messages":[{{"role":"user","content":[{part}]}}]}}"#);
    let with = |more: &str| format!(r#"{{"messages":[]{more}}}"#);
    for (body, what, elsewhere) in [
        (part(r#"{"type":"video_url","video_url":{"url":"u"}}"#), "video", &[Gemini][..]),
        (
            part(r#"{"type":"file","file":{"file_data":"https://example.org/a.pdf"}}"#),
            "a document by URL",
            &[Anthropic, OpenaiResponses, Gemini],
        ),
        (part(r#"{"type":"input_audio","input_audio":{"data":""}}"#), "audio", &[OpenaiChat, Gemini]),
        (part(r#"{"type":"hologram"}"#), "content of another kind", &[]),
        (with(r#","modalities":["image","text"]"#), "image generation", &[]),
        (with(r#","tools":[{"type":"code_interpreter"}]"#), "code execution", &[]),
        (with(r#","background":true"#), "background", &[]),
    ] {
        let seen = glance(OpenaiChat, body.as_bytes()).unwrap();
        let needs: Vec<_> = seen.needs.iter().map(|need| (need.what, need.elsewhere)).collect();
        assert_eq!(needs, [(what, elsewhere)], "{body}");
    }
    for body in [
        part(r#"{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,AA=="}}"#),
        part(r#"{"type":"thinking","thinking":"a"}"#),
        with(r#","web_search_options":{},"tools":[{"type":"custom","custom":{"name":"f"}}]"#),
        with(r#","response_format":{"type":"json_object"},"parallel_tool_calls":false"#),
    ] {
        assert_eq!(glance(OpenaiChat, body.as_bytes()).unwrap().needs, [], "{body}");
    }
}
