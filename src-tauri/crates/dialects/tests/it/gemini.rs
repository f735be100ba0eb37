//! Gemini's clients at other providers, and other providers' clients at Gemini.

use std::fs;
use std::path::Path;

use mainstay_dialects::{
    Back, Dialect, Ending, Framing, Opening, Prepared, Relay, Terms, convert_answer, glance, prepare,
};
use serde_json::{Value, json};

use Dialect::{Anthropic, Gemini, OpenaiChat, OpenaiResponses};

const OTHERS: [Dialect; 3] = [Anthropic, OpenaiChat, OpenaiResponses];

fn terms(model: &str, maker: &str) -> Terms {
    Terms { model: model.to_owned(), maker: maker.to_owned(), ..Terms::default() }
}

fn prepared(client: Dialect, upstream: Dialect, body: &str, terms: &Terms) -> Prepared {
    prepare(client, upstream, body.as_bytes(), true, terms).unwrap()
}

fn json_of(prepared: &Prepared) -> Value {
    serde_json::from_slice(&prepared.body).unwrap()
}

fn opening(maker: &str, back: &Back) -> Opening {
    Opening {
        id: "0001".to_owned(),
        model: "asked".to_owned(),
        maker: maker.to_owned(),
        back: back.clone(),
        ..Opening::default()
    }
}

/// The parts of all events of a Gemini stream.
fn parts(wire: &str) -> Vec<Value> {
    let events = wire.lines().filter_map(|line| line.strip_prefix("data: "));
    let events = events.map(|data| serde_json::from_str::<Value>(data).unwrap());
    events.flat_map(|event| event["candidates"][0]["content"]["parts"].as_array().cloned().unwrap()).collect()
}

fn relayed(upstream: Dialect, client: Dialect, wire: &str, opening: Opening) -> String {
    let mut relay = Relay::new(upstream, client, Framing::Sse, opening);
    let mut frames = relay.push(wire.as_bytes());
    let (last, ending) = relay.finish();
    frames.extend(last);
    assert_eq!(ending, Ending::Whole);
    String::from_utf8(frames.into_iter().flat_map(|frame| frame.bytes).collect()).unwrap()
}

fn corpus(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/gemini").join(name);
    fs::read_to_string(path).unwrap()
}

#[test]
fn what_only_some_dialects_can_serve_is_named() {
    let part = |part: &str| format!(r#"{{"contents":[{{"parts":[{part}]}}]}}"#);
    let with = |more: &str| format!(r#"{{"contents":[],{more}}}"#);
    let cases: Vec<(String, &[&str])> = vec![
        (part(r#"{"inlineData":{"mimeType":"video/mp4","data":""}}"#), &["video"]),
        (part(r#"{"file_data":{"file_uri":"https://www.youtube.com/watch?v=x"}}"#), &["video"]),
        (part(r#"{"inlineData":{"mimeType":"audio/wav","data":""}}"#), &["audio"]),
        (part(r#"{"fileData":{"mimeType":"audio/wav","fileUri":"https://x.org/a"}}"#), &["audio", "audio by URL"]),
        (part(r#"{"fileData":{"mimeType":"image/png","fileUri":"https://x.org/a"}}"#), &[]),
        (part(r#"{"fileData":{"mimeType":"application/pdf","fileUri":"https://x.org/a"}}"#), &["a document by URL"]),
        (part(r#"{"fileData":{"mimeType":"image/png","fileUri":"gs://x/a"}}"#), &["file"]),
        (part(r#"{"executableCode":{"code":"1"}}"#), &["code execution"]),
        (part(r#"{"toolCall":{"toolType":"GOOGLE_SEARCH"}}"#), &[]),
        (part(r#"{"thoughtSignature":"x"}"#), &[]),
        (part(r#"{"hologram":{}}"#), &["content of another kind"]),
        (with(r#""tools":[{"codeExecution":{}}]"#), &["code execution"]),
        (with(r#""tools":[{"computer_use":{}},{"fileSearch":{}}]"#), &["computer use", "file search"]),
        (with(r#""tools":[{"urlContext":{}},{"googleMaps":{}}]"#), &[]),
        (with(r#""generationConfig":{"responseLogprobs":true}"#), &["log probabilities"]),
        (with(r#""generationConfig":{"response_modalities":["TEXT","IMAGE"]}"#), &["images"]),
        (with(r#""generationConfig":{"responseFormat":[{"text":{}},{"audio":{}}]}"#), &["audio"]),
        (with(r#""generationConfig":{"responseJsonSchema":{}}"#), &[]),
    ];
    for (body, needs) in cases {
        let seen: Vec<&str> = glance(Gemini, body.as_bytes()).unwrap().needs.iter().map(|need| need.what).collect();
        assert_eq!(seen, needs, "{body}");
    }
}

#[test]
fn every_request_goes_everywhere_and_home_as_it_is() {
    for name in ["tool-loop", "parallel-without-ids", "media", "structured-snake", "thoughts-kept"] {
        let body = corpus(&format!("requests/{name}.json"));
        assert_eq!(glance(Gemini, body.as_bytes()).unwrap().needs, [], "{name}");
        let home = prepared(Gemini, Gemini, &body, &terms("m", "g"));
        assert!(home.untouched && home.body == body.as_bytes(), "{name}");
        for upstream in OTHERS {
            let away = prepared(Gemini, upstream, &body, &terms("m", "o"));
            let texts = away.body.len();
            assert!(json_of(&away).is_object() && texts > 100, "{name} to {upstream}");
        }
    }
}

#[test]
fn a_tool_loop_is_told_in_the_words_of_openai() {
    let chat = prepared(Gemini, OpenaiChat, &corpus("requests/tool-loop.json"), &terms("m", "o"));
    let chat = json_of(&chat);
    let roles: Vec<&str> =
        chat["messages"].as_array().unwrap().iter().filter_map(|message| message["role"].as_str()).collect();
    assert_eq!(roles, ["system", "user", "assistant", "tool", "assistant", "tool"]);
    let edit = &chat["messages"][4];
    assert_eq!(edit["content"], "Now the change.");
    assert_eq!(edit["tool_calls"][0]["id"], "edit_2_0");
    assert_eq!(edit["tool_calls"][0]["function"]["name"], "edit");
    assert_eq!(chat["tools"][0]["function"]["parameters"]["required"], json!(["path"]));
}

#[test]
fn calls_without_ids_are_paired_and_their_schemas_are_json_schema() {
    let body = corpus("requests/parallel-without-ids.json");
    let chat = json_of(&prepared(Gemini, OpenaiChat, &body, &terms("m", "o")));
    let calls = &chat["messages"][1]["tool_calls"];
    let results = &chat["messages"].as_array().unwrap()[2..5];
    for (result, (call, text)) in results.iter().zip([(2, "noon"), (0, "A"), (1, r#"{"lines":["B"]}"#)]) {
        let said: String = result["content"].as_str().unwrap().split_whitespace().collect();
        assert_eq!((&result["tool_call_id"], said.as_str()), (&calls[call]["id"], text));
    }
    let parameters = &chat["tools"][0]["function"]["parameters"];
    assert_eq!(parameters["type"], "object");
    assert_eq!(parameters["properties"]["limit"]["type"], json!(["integer", "null"]));
}

#[test]
fn an_agents_request_in_the_chat_dialect_reaches_gemini_whole() {
    let body = r#"{"model":"x","stream":true,"max_completion_tokens":9000,"reasoning_effort":"high","parallel_tool_calls":true,
        "messages":[{"role":"system","content":"Be brief."},
          {"role":"user","content":[{"type":"text","text":"Look"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]},
          {"role":"assistant","content":null,"tool_calls":[
            {"id":"c1","type":"function","function":{"name":"read","arguments":"{\"path\":\"a\"}"}},
            {"id":"c2","type":"function","function":{"name":"now","arguments":""}}]},
          {"role":"tool","tool_call_id":"c2","content":"noon"},{"role":"tool","tool_call_id":"c1","content":"{\"a\":1.0}"}],
        "tools":[{"type":"function","function":{"name":"read","description":"Reads","parameters":{"type":"object","properties":{"path":{"type":"string"}},"required":["path"],"additionalProperties":false}}},
          {"type":"function","function":{"name":"now"}}],
        "tool_choice":{"type":"function","function":{"name":"read"}}}"#;
    let told = prepared(OpenaiChat, Gemini, body, &terms("gemini-3-flash-preview", "g"));
    assert_eq!(
        json_of(&told),
        json!({
            "systemInstruction": {"parts": [{"text": "Be brief."}]},
            "contents": [
                {"role": "user", "parts": [{"text": "Look"}, {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}]},
                {"role": "model", "parts": [
                    {"functionCall": {"id": "c1", "name": "read", "args": {"path": "a"}},
                        "thoughtSignature": "skip_thought_signature_validator"},
                    {"functionCall": {"id": "c2", "name": "now", "args": {}}}]},
                {"role": "user", "parts": [
                    {"functionResponse": {"id": "c1", "name": "read", "response": {"a": 1.0}}},
                    {"functionResponse": {"id": "c2", "name": "now", "response": {"output": "noon"}}}]},
            ],
            "tools": [{"functionDeclarations": [
                {"name": "read", "description": "Reads", "parameters":
                    {"type": "OBJECT", "properties": {"path": {"type": "STRING"}}, "required": ["path"]}},
                {"name": "now"}]}],
            "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["read"]}},
            "generationConfig": {"maxOutputTokens": 9000,
                "thinkingConfig": {"thinkingLevel": "high", "includeThoughts": true}},
        })
    );
    let notes: Vec<String> = told.notes.iter().map(ToString::to_string).collect();
    assert_eq!(notes, ["reshaped reasoning history: a call that this provider didn't make is marked as such"]);
}

#[test]
fn geminis_calls_reach_every_client() {
    for (file, expected) in [
        (
            "tools-parallel.sse",
            vec![
                ("read_file", json!({"path": "a.txt", "lines": 1.50})),
                ("read_file", json!({"path": "ä \"b\".txt"})),
                ("list_files", json!({})),
            ],
        ),
        (
            "tools-pieces.sse",
            vec![
                ("write", json!({"path": "a.txt", "lines": [{"text": "é\n", "n": 1}, {"text": null}]})),
                ("done", json!({"ok": true})),
            ],
        ),
    ] {
        for client in OTHERS {
            let there = relayed(Gemini, client, &corpus(file), opening("g", &Back::default()));
            let back = relayed(client, Gemini, &there, opening("g", &Back::default()));
            let calls: Vec<Value> =
                parts(&back).into_iter().map(|part| part["functionCall"].clone()).filter(Value::is_object).collect();
            let told: Vec<(&str, Value)> =
                calls.iter().map(|call| (call["name"].as_str().unwrap(), call["args"].clone())).collect();
            assert_eq!(told, expected, "{file} by {client}");
        }
    }
}

/// A Gemini client's next request, which repeats what it was told.
fn next_request(parts: Vec<Value>, keeps_thoughts: bool) -> String {
    let kept = parts.into_iter().filter(|part| keeps_thoughts || part["thought"] != true);
    let kept: Vec<Value> = kept.filter(|part| part["text"] != "" || part["thoughtSignature"].is_string()).collect();
    let answers: Vec<Value> = kept
        .iter()
        .filter(|part| part["functionCall"].is_object())
        .map(|part| {
            let call = &part["functionCall"];
            json!({"functionResponse": {"id": call["id"], "name": call["name"], "response": {"output": "r"}}})
        })
        .collect();
    json!({
        "contents": [
            {"role": "user", "parts": [{"text": "go"}]},
            {"role": "model", "parts": kept},
            {"role": "user", "parts": answers},
        ],
        "tools": [{"functionDeclarations": [{"name": "f"}]}],
        "generationConfig": {"thinkingConfig": {"includeThoughts": true, "thinkingBudget": 4000}},
    })
    .to_string()
}

const FIRST: &str = r#"{"contents":[{"parts":[{"text":"go"}]}],"generationConfig":{"thinkingConfig":{"includeThoughts":true,"thinkingBudget":4000}}}"#;

#[test]
fn reasoning_comes_back_to_anthropic_through_a_client_of_gemini() {
    let answer = r#"{"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[
        {"type":"thinking","thinking":"Let me see.","signature":"EqQB+/="},{"type":"tool_use","id":"toolu_1","name":"f","input":{}}],
        "stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":2}}"#;
    let first = prepared(Gemini, Anthropic, FIRST, &terms("claude-sonnet-4-5", "a1"));
    let told = convert_answer(Anthropic, Gemini, answer.as_bytes(), &opening("a1", &first.back)).unwrap();
    let told: Value = serde_json::from_slice(&told.body).unwrap();
    let body = next_request(told["candidates"][0]["content"]["parts"].as_array().cloned().unwrap(), true);
    let again = json_of(&prepared(Gemini, Anthropic, &body, &terms("claude-sonnet-4-5", "a1")));
    assert_eq!(
        again["messages"][1]["content"][0],
        json!({"type": "thinking", "thinking": "Let me see.", "signature": "EqQB+/="})
    );
    let elsewhere = prepared(Gemini, Anthropic, &body, &terms("claude-sonnet-4-5", "a2"));
    assert!(!String::from_utf8(elsewhere.body).unwrap().contains("EqQB"));
}

/// An answer's parts as Gemini CLI keeps them: without thoughts, with texts joined, and signatures on calls alone.
fn kept_by_cli(wire: &str) -> Vec<Value> {
    let mut kept: Vec<Value> = Vec::new();
    for mut part in parts(wire).into_iter().filter(|part| part["thought"] != true && part["text"] != "") {
        if part["text"].is_string() {
            part.as_object_mut().unwrap().remove("thoughtSignature");
        }
        match kept.last_mut().map(|last| &mut last["text"]) {
            Some(Value::String(before)) if part["text"].is_string() => before.push_str(part["text"].as_str().unwrap()),
            _ => kept.push(part),
        }
    }
    kept
}

/// Content blocks as Anthropic streams them.
fn anthropic_stream(blocks: &[Value]) -> String {
    let mut wire = String::new();
    let mut say = |event: Value| {
        wire.push_str(&format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap()));
    };
    say(
        json!({"type": "message_start", "message": {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude",
        "content": [], "stop_reason": null, "usage": {"input_tokens": 1, "output_tokens": 1}}}),
    );
    for (index, block) in blocks.iter().enumerate() {
        let mut start = block.clone();
        let mut deltas = Vec::new();
        for (member, empty, kind, delta) in [
            ("thinking", json!(""), "thinking_delta", "thinking"),
            ("signature", json!(""), "signature_delta", "signature"),
            ("text", json!(""), "text_delta", "text"),
            ("input", json!({}), "input_json_delta", "partial_json"),
        ] {
            let Some(whole) = block.get(member) else { continue };
            start[member] = empty;
            let whole = whole.as_str().map_or_else(|| whole.to_string(), str::to_owned);
            let middle = whole.char_indices().nth(whole.chars().count() / 2).map_or(0, |(at, _)| at);
            let pieces = if member == "signature" { vec![&*whole] } else { vec![&whole[..middle], &whole[middle..]] };
            deltas.extend(pieces.into_iter().map(|piece| json!({"type": kind, delta: piece})));
        }
        say(json!({"type": "content_block_start", "index": index, "content_block": start}));
        for delta in deltas {
            say(json!({"type": "content_block_delta", "index": index, "delta": delta}));
        }
        say(json!({"type": "content_block_stop", "index": index}));
    }
    say(json!({"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 9}}));
    say(json!({"type": "message_stop"}));
    wire
}

#[test]
fn reasoning_comes_back_to_anthropic_from_a_client_that_keeps_signatures_of_calls_alone() {
    let think = |text: &str, signature: &str| json!({"type": "thinking", "thinking": text, "signature": signature});
    let say = |text: &str| json!({"type": "text", "text": text});
    let call = |id: &str, n: u64| json!({"type": "tool_use", "id": id, "name": "f", "input": {"n": n}});
    let hidden = json!({"type": "redacted_thinking", "data": "Em8="});
    let (first, second) = (think("Let me see…", "EqQB+/="), think("Über 2 files.", "EqQC+/="));
    let terms_of = |maker: &str| terms("claude-sonnet-4-5", maker);
    let asked = prepared(Gemini, Anthropic, FIRST, &terms_of("a1"));
    for blocks in [
        vec![first.clone(), second.clone(), say("I read – both."), call("toolu_1", 1), call("toolu_2", 2)],
        vec![first.clone(), say("I see – é."), second.clone(), say("I read both."), call("toolu_1", 1)],
        vec![first.clone(), hidden.clone(), call("toolu_1", 1), second.clone(), call("toolu_2", 2)],
        vec![hidden, say("I read both."), second, call("toolu_1", 1), call("toolu_2", 2)],
    ] {
        let wire = anthropic_stream(&blocks);
        let told = relayed(Anthropic, Gemini, &wire, opening("a1", &asked.back));
        assert!(parts(&told).iter().any(|part| part["thought"] == true), "thoughts are shown");
        let cli = next_request(kept_by_cli(&told), false);
        assert!(!cli.contains("\"thought\""));
        for body in [&cli, &next_request(parts(&told), true)] {
            let again = json_of(&prepared(Gemini, Anthropic, body, &terms_of("a1")));
            let mut content = again["messages"][1]["content"].as_array().cloned().unwrap();
            content.dedup_by(|next, before| {
                let joins = next["type"] == "text" && before["type"] == "text";
                if joins {
                    let whole = format!("{}{}", before["text"].as_str().unwrap(), next["text"].as_str().unwrap());
                    before["text"] = json!(whole);
                }
                joins
            });
            assert_eq!(content, blocks, "{body}");
            assert_eq!(again["thinking"]["type"], "enabled", "the loop goes on with thinking");
        }
        let elsewhere = json_of(&prepared(Gemini, Anthropic, &cli, &terms_of("a2"))).to_string();
        assert!(!elsewhere.contains("EqQ") && !elsewhere.contains("Über"));
        let home = json_of(&prepared(Gemini, Gemini, &cli, &terms("gemini-3-flash", "g1")));
        let parts = home["contents"][1]["parts"].as_array().cloned().unwrap();
        let signed = parts.iter().map(|part| &part["thoughtSignature"]).find(|signature| signature.is_string());
        assert_eq!(signed, Some(&json!("skip_thought_signature_validator")));
        assert!(!home.to_string().contains("bWFpbnN0YXk6"));
        let unsigned = home.to_string().replace("thoughtSignature", "other");
        let again = json_of(&prepared(Gemini, Anthropic, &unsigned, &terms_of("a1")));
        assert!(!again.to_string().contains("signature\""), "a call without a signature is a call");
    }
}

#[test]
fn reasoning_comes_back_through_a_client_that_is_not_shown_any() {
    let blocks = [
        json!({"type": "thinking", "thinking": "Let me see…", "signature": "EqQB+/="}),
        json!({"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"n": 1}}),
    ];
    let quiet = FIRST.replace("\"includeThoughts\":true,", "");
    let terms = terms("claude-sonnet-4-5", "a1");
    let asked = prepared(Gemini, Anthropic, &quiet, &terms);
    let told = relayed(Anthropic, Gemini, &anthropic_stream(&blocks), opening("a1", &asked.back));
    assert!(parts(&told).iter().all(|part| part.get("thought").is_none()), "{told}");
    assert!(!told.contains("Let me see"), "{told}");
    let next = next_request(parts(&told), true).replace("\"includeThoughts\":true,", "");
    let again = json_of(&prepared(Gemini, Anthropic, &next, &terms));
    assert_eq!(again["messages"][1]["content"], json!(blocks));
    assert_eq!(again["thinking"]["type"], "enabled", "the loop goes on with thinking");
}

#[test]
fn openais_reasoning_rides_on_a_call_that_a_text_stands_before() {
    let answer = r#"{"id":"resp_1","object":"response","status":"completed","model":"gpt","output":[
        {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"Hm."}],"encrypted_content":"gAAAA"},
        {"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"I look.","annotations":[]}]},
        {"type":"function_call","id":"fc_1","call_id":"call_1","name":"f","arguments":"{}","status":"completed"}],
        "usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3}}"#;
    let first = prepared(Gemini, OpenaiResponses, FIRST, &terms("gpt-5.5", "o1"));
    let told = convert_answer(OpenaiResponses, Gemini, answer.as_bytes(), &opening("o1", &first.back)).unwrap();
    let told: Value = serde_json::from_slice(&told.body).unwrap();
    for keeps_thoughts in [false, true] {
        let parts = told["candidates"][0]["content"]["parts"].as_array().cloned().unwrap();
        let body = next_request(parts, keeps_thoughts);
        let again = json_of(&prepared(Gemini, OpenaiResponses, &body, &terms("gpt-5.5", "o1")));
        let input = again["input"].as_array().unwrap();
        let kinds: Vec<&str> = input.iter().map(|item| item["type"].as_str().unwrap_or("message")).collect();
        assert_eq!(kinds, ["message", "reasoning", "message", "function_call", "function_call_output"]);
        assert_eq!((&input[1]["id"], &input[1]["encrypted_content"]), (&json!("rs_1"), &json!("gAAAA")));
        assert_eq!(input[1]["summary"][0]["text"], "Hm.");
    }
}

#[test]
fn openais_reasoning_rides_on_a_call_where_the_client_drops_thoughts() {
    let answer = r#"{"id":"resp_1","object":"response","status":"completed","model":"gpt","output":[
        {"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"gAAAA"},
        {"type":"function_call","id":"fc_1","call_id":"call_1","name":"f","arguments":"{}","status":"completed"}],
        "usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3}}"#;
    let first = prepared(Gemini, OpenaiResponses, FIRST, &terms("gpt-5.5", "o1"));
    let told = convert_answer(OpenaiResponses, Gemini, answer.as_bytes(), &opening("o1", &first.back)).unwrap();
    let told: Value = serde_json::from_slice(&told.body).unwrap();
    let body = next_request(told["candidates"][0]["content"]["parts"].as_array().cloned().unwrap(), false);
    let again = json_of(&prepared(Gemini, OpenaiResponses, &body, &terms("gpt-5.5", "o1")));
    let item = again["input"].as_array().unwrap().iter().find(|item| item["type"] == "reasoning").cloned().unwrap();
    assert_eq!((&item["id"], &item["encrypted_content"]), (&json!("rs_1"), &json!("gAAAA")));
}

#[test]
fn geminis_signatures_come_back_to_it_through_a_client_of_anthropic() {
    let ask = r#"{"model":"x","max_tokens":9000,"thinking":{"type":"enabled","budget_tokens":2000},"messages":[{"role":"user","content":"go"}]}"#;
    let first = prepared(Anthropic, Gemini, ask, &terms("gemini-3-flash", "g1"));
    let told =
        convert_answer(Gemini, Anthropic, corpus("tools-empty.json").as_bytes(), &opening("g1", &first.back)).unwrap();
    let told: Value = serde_json::from_slice(&told.body).unwrap();
    let call = told["content"].as_array().unwrap().iter().find(|block| block["type"] == "tool_use").cloned().unwrap();
    let next = json!({
        "model": "x", "max_tokens": 9000, "thinking": {"type": "enabled", "budget_tokens": 2000},
        "tools": [{"name": "read_theme", "input_schema": {"type": "object"}}],
        "messages": [
            {"role": "user", "content": "go"},
            {"role": "assistant", "content": told["content"]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call["id"], "content": "dark"}]},
        ],
    })
    .to_string();
    let again = json_of(&prepared(Anthropic, Gemini, &next, &terms("gemini-3-flash", "g1")));
    let parts = again["contents"][1]["parts"].as_array().cloned().unwrap();
    let part = parts.iter().find(|part| part["functionCall"].is_object()).unwrap();
    assert_eq!(part["thoughtSignature"], "AY89");
    let other = json_of(&prepared(Anthropic, Gemini, &next, &terms("gemini-3-flash", "g2")));
    assert!(other.to_string().contains("skip_thought_signature_validator") && !other.to_string().contains("AY89"));
}

#[test]
fn a_stream_of_chat_is_told_to_gemini_cli_part_by_part() {
    let chunk =
        |delta: &str| format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{delta},\"finish_reason\":null}}]}}\n\n");
    let wire = [
        chunk(r#"{"role":"assistant","reasoning_content":"Hm."}"#),
        chunk(r#"{"content":"So"}"#),
        chunk(
            r#"{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\""}}]}"#,
        ),
        chunk(r#"{"tool_calls":[{"index":1,"id":"c2","type":"function","function":{"name":"g","arguments":""}}]}"#),
        chunk(r#"{"tool_calls":[{"index":0,"function":{"arguments":":1.0}"}}]}"#),
        "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n"
            .to_owned(),
    ];
    let first = prepared(Gemini, OpenaiChat, FIRST, &terms("m", "k1"));
    let told = relayed(OpenaiChat, Gemini, &wire.concat(), opening("k1", &first.back));
    let mut parts = parts(&told);
    assert_eq!(parts.remove(0), json!({"text": "Hm.", "thought": true}));
    assert!(parts.remove(0)["thoughtSignature"].is_string());
    // A mark that the call is not Gemini's, for when the conversation goes back there.
    let mark = parts[1].as_object_mut().unwrap().remove("thoughtSignature");
    assert!(mark.is_some_and(|mark| mark.as_str().is_some_and(|mark| mark.starts_with("bWFpbnN0YXk6"))));
    assert_eq!(
        parts,
        [
            json!({"text": "So"}),
            json!({"functionCall": {"id": "c1", "name": "f", "args": {"a": 1.0}}}),
            json!({"functionCall": {"id": "c2", "name": "g", "args": {}}}),
            json!({"text": ""}),
        ]
    );
    assert!(told.contains(r#""finishReason":"STOP""#));
    let silent = Back::default();
    let silent = Opening {
        back: prepared(Gemini, OpenaiChat, r#"{"contents":[{"parts":[{"text":"go"}]}]}"#, &terms("m", "k1")).back,
        ..opening("k1", &silent)
    };
    assert!(!relayed(OpenaiChat, Gemini, &wire.concat(), silent).contains("Hm."));
}
