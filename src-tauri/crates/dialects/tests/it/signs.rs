//! What the commit gate is told of a stream, and how streams end.

use mainstay_dialects::{AnswerFault, ClientError, Dialect, Ending, Frame, Framing, Opening, Relay, Sign, read_answer};
use serde_json::Value;

use Dialect::{Anthropic, Gemini, OpenaiChat, OpenaiResponses};

fn relay(upstream: Dialect, client: Dialect, wire: &str) -> (Vec<Frame>, Ending) {
    let mut relay = Relay::new(upstream, client, Framing::Sse, Opening::default());
    let mut frames = relay.push(wire.as_bytes());
    let (last, ending) = relay.finish();
    frames.extend(last);
    (frames, ending)
}

/// `-` neutral, `c` content, `t` terminal, `e` error, `m` malformed.
fn signs(dialect: Dialect, events: &[&str]) -> String {
    let wire: String = events.iter().map(|event| format!("data: {event}\n\n")).collect();
    letters(&relay(dialect, dialect, &wire).0)
}

fn letters(frames: &[Frame]) -> String {
    let letter = |frame: &Frame| match frame.sign {
        Sign::Neutral => '-',
        Sign::Content => 'c',
        Sign::Terminal => 't',
        Sign::Error(_) => 'e',
        Sign::Malformed(_) => 'm',
    };
    frames.iter().map(letter).collect()
}

#[test]
fn anthropic_events_have_their_signs() {
    for (event, sign) in [
        (r#"{"type":"message_start","message":{"usage":{"input_tokens":1}}}"#, "-"),
        (r#"{"type":"ping"}"#, "-"),
        (r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#, "-"),
        (r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"a"}}"#, "c"),
        (r#"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}"#, "-"),
        (r#"{"type":"content_block_start","index":0,"content_block":{"type":"redacted_thinking","data":"x"}}"#, "c"),
        (
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"n","input":{}}}"#,
            "-",
        ),
        (
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"server_tool_use","id":"t","name":"n"}}"#,
            "c",
        ),
        (
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"mcp_tool_use","id":"t","name":"n"}}"#,
            "c",
        ),
        (r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":""}}"#, "-"),
        (r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}"#, "c"),
        (r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"a"}}"#, "c"),
        (r#"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"a"}}"#, "-"),
        (r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":""}}"#, "-"),
        (r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{"}}"#, "c"),
        (r#"{"type":"message_delta","delta":{"stop_reason":null},"usage":{}}"#, "-"),
        (r#"{"type":"message_delta","delta":{"stop_reason":"refusal"},"usage":{}}"#, "t"),
        (r#"{"type":"something_new"}"#, "-"),
        (r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#, "e"),
        (r#"{"error":{"message":"no"}}"#, "e"),
        (r#"{"choices":[]}"#, "m"),
        ("not json", "m"),
    ] {
        assert_eq!(signs(Anthropic, &[event]), sign, "{event}");
    }
    let start = r#"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"n"}}"#;
    let stop = r#"{"type":"content_block_stop","index":0}"#;
    assert_eq!(signs(Anthropic, &[start, stop, stop]), "-c-", "arguments that end without having begun are content");
}

#[test]
fn openai_events_have_their_signs() {
    let delta = |delta: &str| format!(r#"{{"choices":[{{"index":0,"delta":{delta},"finish_reason":null}}]}}"#);
    for (event, sign) in [
        (delta(r#"{"role":"assistant","content":"","refusal":null}"#), "-"),
        (delta(r#"{"content":null}"#), "-"),
        (delta(r#"{"content":"a"}"#), "c"),
        (delta(r#"{"refusal":"a"}"#), "c"),
        (delta(r#"{"reasoning_content":"a"}"#), "c"),
        (delta(r#"{"reasoning":"a"}"#), "c"),
        (
            delta(r#"{"tool_calls":[{"index":0,"id":"t","type":"function","function":{"name":"n","arguments":""}}]}"#),
            "-",
        ),
        (delta(r#"{"tool_calls":[{"index":0,"id":"","function":{"arguments":"{"}}]}"#), "c"),
        (delta(r#"{"tool_calls":[{"index":0,"id":"t","type":"custom","custom":{"name":"n"}}]}"#), "c"),
        (delta("{}"), "-"),
        (r#"{"choices":[],"usage":{"prompt_tokens":1}}"#.to_owned(), "-"),
        (r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#.to_owned(), "t"),
        (r#"{"choices":[{"index":0,"delta":{},"finish_reason":""}]}"#.to_owned(), "-"),
        (r#"{"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]}"#.to_owned(), "e"),
        (r#"{"error":{"message":"no","code":502},"choices":[]}"#.to_owned(), "e"),
        (r#"{"error":null,"choices":[]}"#.to_owned(), "-"),
        (r#"{"message":"no","code":"x"}"#.to_owned(), "e"),
        ("{}".to_owned(), "m"),
        ("oops".to_owned(), "m"),
        ("[DONE]".to_owned(), "-"),
    ] {
        assert_eq!(signs(OpenaiChat, &[&event]), sign, "{event}");
    }
}

#[test]
fn responses_events_have_their_signs() {
    let event = |kind: &str, rest: &str| format!(r#"{{"type":"response.{kind}","output_index":0{rest}}}"#);
    let item = |kind: &str, item: &str| event(&format!("output_item.{kind}"), &format!(r#","item":{item}"#));
    for (event, sign) in [
        (event("created", r#","response":{"status":"in_progress","model":"m"}"#), "-"),
        (event("in_progress", r#","response":{}"#), "-"),
        (event("queued", r#","response":{}"#), "-"),
        (item("added", r#"{"type":"message","content":[]}"#), "-"),
        (item("added", r#"{"type":"reasoning","summary":[],"encrypted_content":"x"}"#), "-"),
        (item("added", r#"{"type":"function_call","call_id":"c","name":"n","arguments":""}"#), "-"),
        (item("added", r#"{"type":"custom_tool_call","call_id":"c","name":"n","input":""}"#), "c"),
        (item("added", r#"{"type":"web_search_call","id":"w"}"#), "c"),
        (item("added", r#"{"type":"mcp_call","id":"w"}"#), "c"),
        (item("added", r#"{"type":"brand_new","id":"w"}"#), "c"),
        (item("done", r#"{"type":"reasoning","summary":[]}"#), "-"),
        (item("done", r#"{"type":"reasoning","summary":[],"encrypted_content":"x"}"#), "c"),
        (item("done", r#"{"type":"function_call","call_id":"c","name":"n","arguments":""}"#), "c"),
        (item("done", r#"{"type":"message","content":[{"type":"output_text","text":"a"}]}"#), "c"),
        (event("content_part.added", r#","content_index":0,"part":{"type":"output_text","text":""}"#), "-"),
        (event("output_text.delta", r#","content_index":0,"delta":"""#), "-"),
        (event("output_text.delta", r#","content_index":0,"delta":"a""#), "c"),
        (event("output_text.done", r#","content_index":0,"text":"a""#), "c"),
        (event("refusal.delta", r#","content_index":0,"delta":"a""#), "c"),
        (event("reasoning_summary_text.delta", r#","summary_index":0,"delta":"a""#), "c"),
        (event("reasoning_text.delta", r#","content_index":0,"delta":"a""#), "c"),
        (event("web_search_call.searching", ""), "-"),
        (event("brand_new", ""), "-"),
        (event("completed", r#","response":{"status":"completed","output":[]}"#), "t"),
        (event("incomplete", r#","response":{"incomplete_details":{"reason":"content_filter"}}"#), "t"),
        (event("failed", r#","response":{"error":{"code":"server_error","message":"no"}}"#), "e"),
        (r#"{"type":"error","error":{"code":"x","message":"no"}}"#.to_owned(), "e"),
        (r#"{"type":"error","code":"x","message":"no"}"#.to_owned(), "e"),
        (r#"{"error":{"message":"no"}}"#.to_owned(), "e"),
        (r#"{"type":"keepalive"}"#.to_owned(), "-"),
        ("[DONE]".to_owned(), "-"),
        (r#"{"choices":[]}"#.to_owned(), "m"),
        ("oops".to_owned(), "m"),
    ] {
        assert_eq!(signs(OpenaiResponses, &[&event]), sign, "{event}");
    }
    let start = item("added", r#"{"type":"function_call","call_id":"c","name":"n","arguments":""}"#);
    let args = event("function_call_arguments.delta", r#","delta":"{""#);
    let done = event("function_call_arguments.done", r#","arguments":"{}""#);
    assert_eq!(signs(OpenaiResponses, &[&start, &args, &done]), "-cc");
    assert_eq!(signs(OpenaiResponses, &[&start, &done]), "-c");
}

#[test]
fn gemini_events_have_their_signs() {
    let parts = |parts: &str| format!(r#"{{"candidates":[{{"content":{{"parts":[{parts}]}}}}]}}"#);
    let finish = |reason: &str| format!(r#"{{"candidates":[{{"finishReason":"{reason}"}}]}}"#);
    for (event, sign) in [
        (parts(r#"{"text":"a"}"#), "c"),
        (parts(r#"{"text":"a","thought":true}"#), "c"),
        (parts(r#"{"text":"","thoughtSignature":"x"}"#), "-"),
        (parts(r#"{"functionCall":{"name":"n"}}"#), "c"),
        (parts(""), "-"),
        (r#"{"usageMetadata":{"promptTokenCount":1}}"#.to_owned(), "-"),
        (r#"{"promptFeedback":{"blockReason":"SAFETY"}}"#.to_owned(), "t"),
        (finish("SAFETY"), "t"),
        (finish("MAX_TOKENS"), "t"),
        (finish("STOP"), "e"),
        (finish("OTHER"), "e"),
        (finish("MALFORMED_FUNCTION_CALL"), "e"),
        (r#"{"error":{"code":503,"message":"no","status":"UNAVAILABLE"}}"#.to_owned(), "e"),
        (r#"[{"error":{"code":503,"message":"no"}}]"#.to_owned(), "e"),
        ("{}".to_owned(), "m"),
        ("oops".to_owned(), "m"),
    ] {
        assert_eq!(signs(Gemini, &[&event]), sign, "{event}");
    }
    assert_eq!(signs(Gemini, &[&parts(r#"{"text":""}"#), &finish("STOP")]), "-t", "a part was there, if an empty one");
    assert_eq!(signs(Gemini, &[&parts(r#"{"text":"a"}"#), &finish("OTHER")]), "ce");
}

#[test]
fn json_or_html_in_place_of_a_stream_is_a_fault() {
    let error = "{\n  \"error\": {\"code\": 503, \"message\": \"no\", \"status\": \"UNAVAILABLE\"}\n}\n";
    for dialect in Dialect::ALL {
        for (wire, sign) in [(error, "e"), ("<html>\n<body></body></html>", "m"), ("{\"ok\":true}", "m")] {
            let (frames, ending) = relay(dialect, dialect, wire);
            assert_eq!((letters(&frames).as_str(), ending), (sign, Ending::Truncated), "{dialect}: {wire}");
        }
    }
}

#[test]
fn a_stream_ends_as_what_was_seen_of_it() {
    let chunk = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n";
    let role = "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\"}}]}\n\n";
    let finish = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    let done = "data: [DONE]\n\n";
    for (wire, ending) in [
        (String::new(), Ending::Empty),
        (": hi\n\n".to_owned(), Ending::Empty),
        (format!("{role}{done}"), Ending::Empty),
        (format!("{role}{chunk}{done}"), Ending::Truncated),
        (format!("{role}{chunk}{finish}"), Ending::Whole),
        (format!("{role}{finish}{done}"), Ending::Whole),
        (format!("{role}{}", finish.trim_end()), Ending::Whole),
        (format!("{role}{chunk}data: {{\"choi"), Ending::Truncated),
    ] {
        for client in Dialect::ALL {
            assert_eq!(relay(OpenaiChat, client, &wire).1, ending, "to {client}: {wire}");
        }
    }
}

#[test]
fn text_after_a_stop_reason_still_reaches_the_client() {
    let wire = concat!(
        "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]},\"finishReason\":\"STOP\"}]}\r\n\r\n",
        "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"b\"}]},\"finishReason\":\"STOP\"}]}\r\n\r\n",
    );
    let (frames, ending) = relay(Gemini, Anthropic, wire);
    let text = String::from_utf8(frames.iter().flat_map(|frame| frame.bytes.clone()).collect()).unwrap();
    assert_eq!(ending, Ending::Whole);
    assert!(text.contains(r#""text":"b""#));
    assert_eq!(text.matches("event: message_stop").count(), 1);
}

#[test]
fn a_stream_that_names_no_model_or_counts_is_still_grammatical() {
    let wire = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\n";
    let opening = Opening { id: "7".to_owned(), model: "asked".to_owned(), ..Opening::default() };
    let mut relay = Relay::new(OpenaiChat, Anthropic, Framing::Sse, opening);
    let mut bytes: Vec<u8> = relay.push(wire.as_bytes()).into_iter().flat_map(|frame| frame.bytes).collect();
    bytes.extend(relay.finish().0.into_iter().flat_map(|frame| frame.bytes));
    let text = String::from_utf8(bytes).unwrap();
    let names: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("event: ")).collect();
    let expected = [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ];
    assert_eq!(names, expected);
    assert!(text.contains(r#""model":"asked""#));
}

#[test]
fn half_an_event_is_not_passed_on() {
    let whole = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n";
    let (frames, _) = relay(OpenaiChat, OpenaiChat, &format!("{whole}data: {{\"cho"));
    assert_eq!(frames.iter().flat_map(|frame| frame.bytes.clone()).collect::<Vec<u8>>(), whole.as_bytes());
}

#[test]
fn a_last_event_without_its_blank_line_is_closed_where_an_error_will_follow() {
    let (frames, _) =
        relay(OpenaiChat, OpenaiChat, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}");
    assert!(frames[0].bytes.ends_with(b"}\n\n"));
}

#[test]
fn nothing_is_invented_at_the_end_of_a_stream_that_broke_off() {
    for client in [Anthropic, Gemini] {
        let (frames, ending) =
            relay(OpenaiChat, client, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n");
        let text = String::from_utf8(frames.iter().flat_map(|frame| frame.bytes.clone()).collect()).unwrap();
        assert_eq!(ending, Ending::Truncated);
        assert!(!text.contains("message_stop") && !text.contains("finishReason") && !text.contains("message_delta"));
    }
}

#[test]
fn an_event_over_16_mib_is_malformed_and_the_last() {
    let mut relay = Relay::new(OpenaiChat, OpenaiChat, Framing::Sse, Opening::default());
    let long = [b"data: ".as_slice(), &vec![b'x'; 17 << 20]].concat();
    assert_eq!(letters(&relay.push(&long)), "m");
    assert_eq!(letters(&relay.push(b"\n\ndata: [DONE]\n\n")), "");
    assert_eq!(relay.finish(), (Vec::new(), Ending::Truncated));
}

#[test]
fn an_error_ends_an_array_that_is_open_and_makes_one_that_is_not() {
    let error = ClientError { status: 502, code: "upstream_failed", message: "It broke", request_id: "ms-1" };
    let mut relay = Relay::new(Gemini, Gemini, Framing::JsonArray, Opening::default());
    let alone: Value = serde_json::from_slice(&relay.error_event(&error)).unwrap();
    assert_eq!(alone[0]["error"]["code"], 502);
    let mut sent: Vec<u8> = b"data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}\n\n".to_vec();
    sent = relay.push(&sent).into_iter().flat_map(|frame| frame.bytes).collect();
    assert_eq!(relay.finish(), (Vec::new(), Ending::Truncated));
    sent.extend(relay.error_event(&error));
    let after: Value = serde_json::from_slice(&sent).unwrap();
    assert_eq!(after[1]["error"]["code"], 502);
}

#[test]
fn whole_answers_that_are_none_are_told_apart() {
    let fault = |dialect, body: &str| match read_answer(dialect, body.as_bytes()) {
        Ok(_) => "ok",
        Err(AnswerFault::Error(_)) => "error",
        Err(AnswerFault::Malformed(_)) => "malformed",
        Err(AnswerFault::Empty) => "empty",
    };
    for (dialect, body, expected) in [
        (Anthropic, "", "empty"),
        (Anthropic, "<html>", "malformed"),
        (Anthropic, "data: {}\n\n", "malformed"),
        (Anthropic, "[]", "malformed"),
        (Anthropic, r#"{"type":"error","error":{"type":"api_error","message":"no"}}"#, "error"),
        (Anthropic, r#"{"choices":[]}"#, "malformed"),
        (Anthropic, r#"{"content":[],"stop_reason":null}"#, "empty"),
        (Anthropic, r#"{"content":[],"stop_reason":"refusal"}"#, "ok"),
        (Anthropic, r#"{"content":[{"type":"text","text":"a"}]}"#, "ok"),
        (OpenaiChat, r#"{"error":{"message":"no"}}"#, "error"),
        (OpenaiChat, r#"{"detail":"no"}"#, "error"),
        (OpenaiChat, r#"{"choices":[]}"#, "empty"),
        (OpenaiChat, r#"{"choices":[{"message":{"content":null},"finish_reason":null}]}"#, "empty"),
        (OpenaiChat, r#"{"choices":[{"message":{"content":""},"finish_reason":"stop"}]}"#, "ok"),
        (OpenaiChat, r#"{"choices":[{"message":{"content":"a"},"finish_reason":"error"}]}"#, "error"),
        (OpenaiChat, r#"{"choices":[{"message":{"tool_calls":[{"id":"t"}]}}]}"#, "ok"),
        (OpenaiResponses, r#"{"output":[],"status":"completed"}"#, "ok"),
        (OpenaiResponses, r#"{"output":[],"status":"in_progress"}"#, "empty"),
        (OpenaiResponses, r#"{"output":[],"status":"incomplete","error":null}"#, "ok"),
        (OpenaiResponses, r#"{"output":[],"status":"failed","error":{"code":"server_error","message":"no"}}"#, "error"),
        (OpenaiResponses, r#"{"output":[],"status":"cancelled"}"#, "error"),
        (OpenaiResponses, r#"{"choices":[]}"#, "malformed"),
        (Gemini, r#"[{"error":{"code":429,"message":"no"}}]"#, "error"),
        (Gemini, r#"{"candidates":[{"finishReason":"STOP"}]}"#, "empty"),
        (Gemini, r#"{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"OTHER"}]}"#, "empty"),
        (Gemini, r#"{"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL"}]}"#, "empty"),
        (Gemini, r#"{"candidates":[{"finishReason":"MAX_TOKENS"}]}"#, "ok"),
        (Gemini, r#"{"promptFeedback":{"blockReason":"SAFETY"}}"#, "ok"),
        (Gemini, r#"{"hello":1}"#, "malformed"),
    ] {
        assert_eq!(fault(dialect, body), expected, "{dialect}: {body}");
    }
}

/// With several answers to one request, the end of the first is not the end of the stream.
#[test]
fn a_chat_stream_of_several_answers_is_whole_when_the_last_of_them_has_ended() {
    let opening = Opening { id: "1".to_owned(), ..Opening::default() };
    let mut relay = Relay::new(Dialect::OpenaiChat, Dialect::OpenaiChat, Framing::Sse, opening);
    let mut push = |index: u64, rest: &str| {
        let chunk = format!("data: {{\"choices\":[{{\"index\":{index},{rest}}}]}}\n\n");
        relay.push(chunk.as_bytes())[0].sign.clone()
    };
    assert_eq!(push(0, r#""delta":{"content":"a"}"#), Sign::Content);
    assert_eq!(push(1, r#""delta":{"content":"b"}"#), Sign::Content);
    assert_eq!(push(0, r#""delta":{},"finish_reason":"stop""#), Sign::Neutral);
    assert_eq!(push(1, r#""delta":{"content":"c"}"#), Sign::Content);
    let mut cut = Relay::new(Dialect::OpenaiChat, Dialect::OpenaiChat, Framing::Sse, Opening::default());
    cut.push(b"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}},{\"index\":1,\"delta\":{\"content\":\"b\"}}]}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n");
    assert_eq!(cut.stop(), None);
    assert_eq!(cut.finish().1, Ending::Truncated, "the second was cut off");
    assert_eq!(push(1, r#""delta":{},"finish_reason":"length""#), Sign::Terminal);
    assert_eq!(relay.stop(), Some("stop"));
    assert_eq!(relay.finish().1, Ending::Whole);
}

/// failover §3.7.
#[test]
fn an_answer_names_what_its_provider_keeps_of_it() {
    let kept = |dialect, events: &[&str]| {
        let mut relay = Relay::new(dialect, dialect, Framing::Sse, Opening::default());
        for event in events {
            relay.push(format!("data: {event}\n\n").as_bytes());
        }
        relay.kept().to_vec()
    };
    let created = r#"{"type":"response.created","response":{"id":"resp_1"}}"#;
    let item =
        r#"{"type":"response.output_item.done","output_index":0,"item":{"type":"message","id":"msg_1","content":[]}}"#;
    assert_eq!(kept(Dialect::OpenaiResponses, &[created, item]), ["resp_1", "msg_1"]);
    let unkept = r#"{"type":"response.created","response":{"id":"resp_1","store":false}}"#;
    assert_eq!(kept(Dialect::OpenaiResponses, &[unkept, item]), Vec::<String>::new());
    let delta = r#"{"type":"message_delta","delta":{"stop_reason":"end_turn","container":{"id":"container_1"}}}"#;
    assert_eq!(kept(Dialect::Anthropic, &[delta]), ["container_1"]);
    let sound = r#"{"choices":[{"index":0,"delta":{"audio":{"id":"audio_1"}}}]}"#;
    assert_eq!(kept(Dialect::OpenaiChat, &[sound, sound]), ["audio_1"]);
    let whole = |body: &str| read_answer(Dialect::OpenaiResponses, body.as_bytes()).unwrap().kept;
    let body = r#"{"id":"resp_1","status":"completed","output":[{"type":"message","id":"msg_1","content":[{"type":"output_text","text":"a"}]}]}"#;
    assert_eq!(whole(body), ["resp_1", "msg_1"]);
    assert_eq!(whole(&body.replacen('{', r#"{"store":false,"#, 1)), Vec::<String>::new());
}
