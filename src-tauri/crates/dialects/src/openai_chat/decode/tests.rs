use super::*;
use crate::form::{Block, Format, MediaKind, ProofKind, Role, Source, Tool, ToolChoice};

fn notes(json: &str) -> Vec<String> {
    let request = decode(View::parse(json.as_bytes()).unwrap());
    request.notes.list().iter().map(|note| format!("{} {}", note.code, note.field)).collect()
}

fn with<T>(json: &str, look: impl FnOnce(Request<'_>) -> T) -> T {
    look(decode(View::parse(json.as_bytes()).unwrap()))
}

#[test]
fn what_is_the_default_or_read_elsewhere_is_not_noted() {
    let body = r#"{"model":"m","stream":true,"stream_options":{"include_usage":true},"n":1,"modalities":["text"],"logprobs":false,
        "store":false,"logit_bias":{},"metadata":{},"max_tokens":1,"max_completion_tokens":2,"temperature":null,"background":false,
        "response_format":{"type":"text"},"messages":[{"role":"assistant","content":null,"refusal":null,"tool_calls":[],
        "function_call":null,"annotations":[],"audio":null}],"tools":[],"reasoning":{},"seed":1,"top_k":3}"#;
    assert_eq!(notes(body), Vec::<String>::new());
    with(body, |request| {
        let limits: Vec<_> = request.settings.iter().map(|sent| (sent.field, &*sent.json)).collect();
        assert_eq!(limits, [("max_completion_tokens", "2"), ("seed", "1"), ("top_k", "3")]);
    });
}

#[test]
fn what_has_no_place_is_noted_once() {
    let message = |message: &str| format!(r#"{{"messages":[{message},{message}]}}"#);
    for (body, expected) in [
        (r#"{"logit_bias":{"1":2},"prediction":{"type":"content"},"store":true,"top_logprobs":2}"#.to_owned(), &[
            "not-carried logit_bias",
            "not-carried prediction",
            "not-carried store",
            "not-carried top_logprobs",
        ][..]),
        (r#"{"stream_options":{"continuous_usage_stats":true},"response_format":{"type":"grammar"}}"#.to_owned(), &[
            "not-carried stream_options.continuous_usage_stats",
            "not-carried response_format",
        ]),
        (message(r#"{"role":"user","name":"ann","content":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}]}"#), &[
            "not-carried messages.name",
            "not-carried messages.cache_control",
        ]),
        (message(r#"{"role":"assistant","content":"a","partial":true,"tool_calls":[{"type":"odd"}]}"#), &[
            "not-carried messages.partial",
            "not-carried messages.tool_calls of another kind",
        ]),
        (message(r#"{"role":"observer","content":[{"type":"hologram"}]}"#), &[
            "reshaped messages",
            "not-carried messages.content of type hologram",
        ]),
        (r#"{"tool_choice":"sometimes","tools":[{"type":"function","function":{"name":"f","cache_control":{"type":"ephemeral"}}},{"type":"browser"},{"type":"function","function":{}}]}"#.to_owned(), &[
            "not-carried tools.cache_control",
            "not-carried tools.browser",
            "not-carried tools without a name",
            "not-carried tool_choice",
        ]),
    ] {
        assert_eq!(notes(&body), expected, "{body}");
    }
}

#[test]
fn a_choice_is_read_in_every_form() {
    let tool = |name: &'static str| Some(ToolChoice::Tool(name.into()));
    for (body, choice) in [
        (r#"{"tool_choice":"auto"}"#, Some(ToolChoice::Auto)),
        (r#"{"tool_choice":"none"}"#, Some(ToolChoice::None)),
        (r#"{"tool_choice":"required"}"#, Some(ToolChoice::Required)),
        (r#"{"tool_choice":"any"}"#, Some(ToolChoice::Required)),
        (r#"{"tool_choice":{"type":"function","function":{"name":"f"}}}"#, tool("f")),
        (r#"{"tool_choice":{"type":"custom","custom":{"name":"f"}}}"#, tool("f")),
        (r#"{"tool_choice":{"type":"tool","name":"f"}}"#, tool("f")),
        (r#"{"function_call":"none"}"#, Some(ToolChoice::None)),
        (r#"{"function_call":{"name":"f"}}"#, tool("f")),
        (
            r#"{"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"f"}},{"type":"custom","custom":{"name":"g"}}]}}}"#,
            Some(ToolChoice::Allowed { required: false, names: vec!["f".into(), "g".into()] }),
        ),
    ] {
        with(body, |request| assert_eq!(request.tool_choice, choice, "{body}"));
    }
}

#[test]
fn tools_are_read_in_every_form() {
    let body = r#"{"tools":[{"type":"function","function":{"name":"a","strict":true,"parameters":{"type":"object"}}},
        {"function":{"name":"b"}},{"type":"function","name":"c","parameters":{}},
        {"type":"custom","custom":{"name":"d","format":{"type":"text"}}},{"type":"web_search"}],
        "functions":[{"name":"e"}],"web_search_options":{"search_context_size":"low","user_location":{"type":"approximate","approximate":{"city":"Bern"}}}}"#;
    assert_eq!(notes(body), Vec::<String>::new());
    with(body, |request| {
        let tools: Vec<String> = request
            .tools
            .iter()
            .map(|tool| match tool {
                Tool::Function(own) => {
                    format!("{} {} {:?} {}", own.name, own.schema.is_some(), own.strict, own.custom.is_some())
                }
                Tool::WebSearch(search) => {
                    format!("search {:?} {:?}", search.context_size, search.user_location.map(View::raw))
                }
            })
            .collect();
        let expected = [
            "a true Some(true) false",
            "b false None false",
            "c true None false",
            "d false None true",
            "search None None",
            "e false None false",
            r#"search Some("low") Some("{\"city\":\"Bern\"}")"#,
        ];
        assert_eq!(tools, expected);
    });
}

#[test]
fn a_format_is_read_in_every_form() {
    for (format, expected) in [
        (r#"{"type":"text"}"#, "none"),
        (r#"{"type":"json_object"}"#, "json"),
        (r#"{"type":"json_object","schema":{"a":1}}"#, r#"{"a":1} None"#),
        (r#"{"type":"json_schema","json_schema":{"name":"n"}}"#, "json"),
        (
            r#"{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"a":1}}}"#,
            r#"{"a":1} Some(true)"#,
        ),
    ] {
        with(&format!(r#"{{"response_format":{format}}}"#), |request| {
            let read = match request.format {
                None => "none".to_owned(),
                Some(Format::Json) => "json".to_owned(),
                Some(Format::Schema { schema, strict, .. }) => format!("{} {strict:?}", schema.raw()),
            };
            assert_eq!(read, expected);
        });
    }
}

#[test]
fn parts_are_read_in_every_form() {
    let body = r#"{"messages":[{"role":"user","content":[
        {"type":"image_url","image_url":"https://example.org/a.png"},
        {"type":"image_url","image_url":{"url":"data:image/jpeg;base64,AA==","detail":"auto"}},
        {"type":"input_audio","input_audio":{"data":"AAAA","format":"mp3"}},
        {"type":"file","file":{"file_data":"data:application/pdf;base64,AA==","filename":"a.pdf"}},
        {"type":"file","file":{"file_data":"https://example.org/a.pdf"}},
        {"type":"document_url","document_url":"https://example.org/b.pdf","document_name":"b"},
        {"type":"video_url","video_url":{"url":"https://example.org/a.mp4"}}]}]}"#;
    assert_eq!(notes(body), Vec::<String>::new());
    with(body, |request| {
        let read: Vec<_> = request.turns[0]
            .blocks
            .iter()
            .map(|block| match block {
                Block::Media(media) => {
                    assert_eq!(media.detail, None);
                    (
                        media.kind,
                        media.mime.as_deref().unwrap_or("-").to_owned(),
                        matches!(media.source, Source::Url(_)),
                    )
                }
                block => panic!("{block:?}"),
            })
            .collect();
        let expected = [
            (MediaKind::Image, "-", true),
            (MediaKind::Image, "image/jpeg", false),
            (MediaKind::Audio, "audio/mpeg", false),
            (MediaKind::Document, "application/pdf", false),
            (MediaKind::Document, "-", true),
            (MediaKind::Document, "-", true),
            (MediaKind::Video, "-", true),
        ];
        assert_eq!(read, expected.map(|(kind, mime, url)| (kind, mime.to_owned(), url)));
    });
}

#[test]
fn an_assistants_message_is_read_in_the_order_in_which_it_was_made() {
    let body = r#"{"messages":[{"role":"system","content":[{"type":"text","text":"S"}]},{"role":"assistant","tool_calls":[
        {"id":"1","type":"function","function":{"name":"f","arguments":{"a":1}},"extra_content":{"google":{"thought_signature":"s"}}},
        {"id":"2","type":"custom","custom":{"name":"g","input":"x"}}],"content":[{"type":"thinking","thinking":[{"type":"text","text":"m"}]},
        {"type":"text","text":"A"}],"reasoning":"r","refusal":"N","images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}}]},
        {"role":"tool","tool_call_id":"2","content":[{"type":"text","text":"R"}]},{"role":"developer","content":"D"},
        {"role":"assistant","function_call":{"name":"h","arguments":"{}"}},{"role":"function","name":"h","content":"O"}]}"#;
    assert_eq!(notes(body), Vec::<String>::new());
    with(body, |request| {
        assert_eq!(request.system, ["S"]);
        let say = |block: &Block<'_>| match block {
            Block::Text(text) => format!("text {text}"),
            Block::Refusal(text) => format!("refusal {text}"),
            Block::Thought(thought) => {
                format!("thought {} {:?}", thought.text, thought.proof.as_ref().map(|own| own.kind))
            }
            Block::Call(call) => format!("call {} {} {} {}", call.id, call.name, call.arguments, call.custom),
            Block::Result(result) => format!("result {} {:?} {}", result.id, result.name.as_deref(), result.custom),
            Block::Instruction(text) => format!("instruction {text}"),
            Block::Media(_) => "media".to_owned(),
            Block::Citation(_) => "citation".to_owned(),
        };
        let turns: Vec<(Role, Vec<String>)> =
            request.turns.iter().map(|turn| (turn.role, turn.blocks.iter().map(say).collect())).collect();
        let signed = format!("thought  {:?}", Some(ProofKind::CallPart));
        let expected = [
            (
                Role::Assistant,
                vec![
                    "thought r None",
                    "thought m None",
                    "text A",
                    "refusal N",
                    "media",
                    &signed,
                    r#"call 1 f {"a":1} false"#,
                    "call 2 g x true",
                ],
            ),
            (Role::User, vec!["result 2 None true"]),
            (Role::User, vec!["instruction D"]),
            (Role::Assistant, vec!["call  h {} false"]),
            (Role::User, vec![r#"result  Some("h") false"#]),
        ];
        let expected = expected.map(|(role, blocks)| (role, blocks.into_iter().map(str::to_owned).collect::<Vec<_>>()));
        assert_eq!(turns, expected);
    });
}

#[test]
fn odd_types_are_only_input() {
    for odd in
        ["1", "\"x\"", "[1,[2]]", "{\"type\":5}", "[{\"type\":\"text\"},null]", "{\"type\":\"file\",\"file\":[]}"]
    {
        for field in ["role", "content", "tool_calls", "function_call", "reasoning_details", "reasoning", "images"] {
            let message = format!(r#"{{"role":"assistant","{field}":{odd}}}"#);
            notes(&format!(r#"{{"messages":[{message},{{"role":"user","{field}":[{odd}]}}]}}"#));
        }
        for field in ["tools", "tool_choice", "response_format", "reasoning", "thinking", "metadata", "stream_options"]
        {
            notes(&format!(r#"{{"{field}":{odd}}}"#));
            notes(&format!(r#"{{"{field}":[{odd}]}}"#));
        }
    }
}
