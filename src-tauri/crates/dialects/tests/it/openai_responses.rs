//! The Responses dialect, as client and as upstream.

use std::fs;
use std::path::Path;

use mainstay_dialects::{
    ClientError, Dialect, Ending, Frame, Framing, Need, Opening, Relay, Sign, Terms, convert_answer, glance, prepare,
    write_error_event,
};
use serde_json::{Value, json};

use Dialect::{Anthropic, Gemini, OpenaiChat, OpenaiResponses};

const OTHERS: [Dialect; 3] = [Anthropic, OpenaiChat, Gemini];

fn corpus(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/openai-responses").join(name)).unwrap()
}

fn requests() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/openai-responses/requests");
    let mut all: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap()))
        .collect();
    all.sort();
    all
}

fn terms() -> Terms {
    Terms { model: "served".to_owned(), maker: "me".to_owned(), ..Terms::default() }
}

fn relay(upstream: Dialect, client: Dialect, wire: &[u8]) -> (Vec<Frame>, Ending, Relay) {
    let opening = Opening { id: "0001".to_owned(), model: "asked".to_owned(), ..Opening::default() };
    let mut relay = Relay::new(upstream, client, Framing::Sse, opening);
    let mut frames = relay.push(wire);
    let (last, ending) = relay.finish();
    frames.extend(last);
    (frames, ending, relay)
}

fn bytes(frames: &[Frame]) -> Vec<u8> {
    frames.iter().flat_map(|frame| frame.bytes.clone()).collect()
}

fn events(wire: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(wire).unwrap();
    text.lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .map(|data| serde_json::from_str(data).unwrap())
        .collect()
}

#[test]
fn a_clients_requests_can_be_served_in_every_dialect() {
    assert!(requests().len() >= 6);
    for (name, body) in requests() {
        let seen = glance(OpenaiResponses, &body).unwrap();
        assert_eq!((seen.effects, seen.state, seen.needs), (None, None, Vec::<Need>::new()), "{name}");
        for upstream in OTHERS {
            let prepared = prepare(OpenaiResponses, upstream, &body, true, &terms()).unwrap();
            assert!(serde_json::from_slice::<Value>(&prepared.body).is_ok(), "{name} to {upstream}");
        }
        let passed = prepare(OpenaiResponses, OpenaiResponses, &body, true, &terms()).unwrap();
        assert!(passed.untouched && passed.notes.is_empty(), "{name}");
    }
}

#[test]
fn what_the_response_repeats_of_the_request_is_what_the_client_sent() {
    let body = json!({
        "model": "m", "input": "Hi", "instructions": "Be kind.", "temperature": 0.5, "max_output_tokens": 99,
        "tools": [{"type": "function", "name": "f", "parameters": {}, "strict": false}], "tool_choice": "auto",
        "parallel_tool_calls": false, "metadata": {"a": "b"}, "truncation": "disabled"
    });
    let prepared = prepare(OpenaiResponses, Anthropic, body.to_string().as_bytes(), false, &terms()).unwrap();
    let opening = Opening { id: "1".to_owned(), back: prepared.back, ..Opening::default() };
    let answer = br#"{"model":"claude","content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn","usage":{"input_tokens":2,"output_tokens":1}}"#;
    let converted = convert_answer(Anthropic, OpenaiResponses, answer, &opening).unwrap();
    let response: Value = serde_json::from_slice(&converted.body).unwrap();
    for key in [
        "instructions",
        "temperature",
        "max_output_tokens",
        "tools",
        "tool_choice",
        "parallel_tool_calls",
        "metadata",
        "truncation",
    ] {
        assert_eq!(response[key], body[key], "{key}");
    }
    assert_eq!(
        (&response["id"], &response["status"], &response["store"]),
        (&json!("resp_1"), &json!("completed"), &json!(false))
    );
    assert_eq!((&response["top_p"], &response["reasoning"]["effort"]), (&json!(1), &Value::Null));
    assert_eq!(response["output"][0]["content"][0]["text"], "Hello");
    assert_eq!(response["usage"]["total_tokens"], 3);
}

#[test]
fn a_text_stream_becomes_this_dialects_events() {
    let wire = concat!(
        "data: {\"model\":\"gpt-x\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hal\"}}]}\n\n",
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"lo\"},\"finish_reason\":\"length\"}]}\n\n",
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n",
    );
    let (frames, ending, _) = relay(OpenaiChat, OpenaiResponses, wire.as_bytes());
    let events = events(&bytes(&frames));
    let kinds: Vec<&str> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    let expected = [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.incomplete",
    ];
    assert_eq!((kinds, ending), (expected.to_vec(), Ending::Whole));
    let last = &events.last().unwrap()["response"];
    assert_eq!(last["incomplete_details"]["reason"], "max_output_tokens");
    assert_eq!(last["output"][0]["status"], "incomplete");
    assert_eq!((&last["usage"]["input_tokens"], &last["model"]), (&json!(3), &json!("gpt-x")));
}

#[test]
fn an_error_inside_a_success_is_an_error_whatever_its_shape() {
    for (name, code, before) in [
        ("failing/error.sse", "insufficient_quota", Sign::Content),
        ("failing/flat_error.sse", "rate_limit_exceeded", Sign::Neutral),
        ("failing/failed.sse", "server_error", Sign::Neutral),
    ] {
        for client in Dialect::ALL {
            let (frames, ending, _) = relay(OpenaiResponses, client, &corpus(name));
            let at = frames.iter().position(|frame| matches!(frame.sign, Sign::Error(_))).unwrap();
            let Sign::Error(error) = &frames[at].sign else { panic!("no error") };
            assert_eq!((error.code.as_deref(), ending), (Some(code), Ending::Truncated), "{name}");
            assert!(!error.message.is_empty());
            assert_eq!(frames[at - 1].sign, before, "{name}");
        }
    }
}

fn error() -> ClientError<'static> {
    ClientError { status: 502, code: "upstream_failed", message: "It broke", request_id: "ms-1" }
}

/// The numbers and the error of the two events.
fn ends(wire: &[u8]) -> (Vec<Option<u64>>, Value) {
    let events = events(wire);
    assert_eq!([&events[0]["type"], &events[1]["type"]], ["error", "response.failed"]);
    assert_eq!(events[0]["error"]["code"], "upstream_failed");
    assert_eq!(events[1]["response"]["error"], json!({"code": "upstream_failed", "message": "It broke"}));
    assert_eq!(events[1]["response"]["status"], "failed");
    let numbers = events.iter().map(|event| event.get("sequence_number").and_then(Value::as_u64)).collect();
    (numbers, events[1]["response"].clone())
}

#[test]
fn an_error_goes_on_with_the_numbers_of_the_stream() {
    let alone = write_error_event(OpenaiResponses, Framing::Sse, &error());
    assert_eq!(ends(&alone).0, [Some(0), Some(1)]);
    let started = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n";
    let (frames, _, translating) = relay(OpenaiChat, OpenaiResponses, started.as_bytes());
    let last = events(&bytes(&frames)).last().unwrap()["sequence_number"].as_u64().unwrap();
    let (numbers, response) = ends(&translating.error_event(&error()));
    assert_eq!(numbers, [Some(last + 1), Some(last + 2)]);
    assert_eq!((&response["id"], &response["model"]), (&json!("resp_0001"), &json!("asked")));
    for (number, expected) in [("\"sequence_number\":7,", [Some(8), Some(9)]), ("", [None, None])] {
        let wire = format!("data: {{\"type\":\"response.in_progress\",{number}\"response\":{{}}}}\n\n");
        let (_, _, passing) = relay(OpenaiResponses, OpenaiResponses, wire.as_bytes());
        assert_eq!(ends(&passing.error_event(&error())).0, expected);
    }
}

#[test]
fn a_captured_error_is_told_before_any_content() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../../shared/captures/openai-responses/openai-error.1.chunks.txt");
    let Ok(lines) = fs::read_to_string(path) else { return };
    let wire: String = lines.lines().map(|line| format!("data: {line}\n\n")).collect();
    let (frames, ending, _) = relay(OpenaiResponses, OpenaiResponses, wire.as_bytes());
    assert_eq!(
        (frames[0].sign.clone(), frames[1].sign.clone(), ending),
        (Sign::Neutral, Sign::Neutral, Ending::Truncated)
    );
    assert!(matches!(&frames[2].sign, Sign::Error(error) if error.code.as_deref() == Some("insufficient_quota")));
}

#[test]
fn a_text_that_comes_whole_reaches_the_client_once() {
    let item =
        r#"{"type":"message","role":"assistant","content":[{"type":"output_text","text":"whole","annotations":[]}]}"#;
    let done = format!(r#"{{"type":"response.output_item.done","output_index":0,"item":{item}}}"#);
    let completed = format!(
        r#"{{"type":"response.completed","response":{{"status":"completed","model":"m","output":[{item}],"usage":{{"input_tokens":1,"output_tokens":1}}}}}}"#
    );
    for wire in [format!("data: {completed}\n\n"), format!("data: {done}\n\ndata: {completed}\n\n")] {
        for client in OTHERS {
            let (frames, ending, _) = relay(OpenaiResponses, client, wire.as_bytes());
            let text = String::from_utf8(bytes(&frames)).unwrap();
            assert_eq!((text.matches("whole").count(), ending), (1, Ending::Whole), "{client}: {text}");
        }
    }
}

#[test]
fn others_requests_keep_to_this_dialects_rules() {
    for (client, body) in [
        (
            Anthropic,
            r#"{"model":"c","max_tokens":5,"system":"S","messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Yo"},{"role":"user","content":"On"}]}"#,
        ),
        (
            OpenaiChat,
            r#"{"model":"g","max_tokens":5,"messages":[{"role":"system","content":"S"},{"role":"user","content":"Hi"},{"role":"assistant","content":"Yo"},{"role":"user","content":"On"}]}"#,
        ),
        (
            Gemini,
            r#"{"systemInstruction":{"parts":[{"text":"S"}]},"generationConfig":{"maxOutputTokens":5},"contents":[{"role":"user","parts":[{"text":"Hi"}]},{"role":"model","parts":[{"text":"Yo"}]},{"role":"user","parts":[{"text":"On"}]}]}"#,
        ),
    ] {
        let prepared = prepare(client, OpenaiResponses, body.as_bytes(), true, &terms()).unwrap();
        let body: Value = serde_json::from_slice(&prepared.body).unwrap();
        assert_eq!(
            body,
            json!({
                "model": "served",
                "instructions": "S",
                "input": [
                    {"type": "message", "role": "user", "content": "Hi"},
                    {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Yo", "annotations": []}]},
                    {"type": "message", "role": "user", "content": "On"},
                ],
                "max_output_tokens": 16,
                "stream": true,
                "store": false,
            }),
            "{client}"
        );
        assert!(prepared.notes.iter().any(|note| note.code == "capped"), "{client}");
    }
}

#[test]
fn a_document_by_url_goes_where_there_is_a_place_for_it() {
    let body =
        br#"{"input":[{"role":"user","content":[{"type":"input_file","file_url":"https://example.org/a.pdf"}]}]}"#;
    let seen = glance(OpenaiResponses, body).unwrap();
    assert_eq!(seen.unmet(OpenaiResponses, OpenaiChat), ["document by URL"]);
    assert!(seen.unmet(OpenaiResponses, Anthropic).is_empty() && seen.unmet(OpenaiResponses, Gemini).is_empty());
}
