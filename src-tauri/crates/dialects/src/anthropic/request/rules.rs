//! Tests: what is written of any client's request keeps to the API's rules.

use serde_json::{Value, json};

use super::encode;
use crate::form::{
    Block, Call, CallResult, Effort, Format, Function, Media, MediaKind, Proof, ProofKind, Reasoning, Request, Role,
    Schema, Thought, Tool, ToolChoice, Turn, WebSearch,
};
use crate::json::View;
use crate::setting::{Choice, Setting};
use crate::terms::{Param, Terms};
use crate::translate::{Draft, Order};

/// The body of a request, and the fields that its notes name.
pub(super) fn encoded(
    request: Request<'_>,
    terms: &Terms,
    settings: &[(Setting, &'static str, &str)],
) -> (Value, Vec<String>) {
    let choices: Vec<Choice> = settings
        .iter()
        .map(|&(setting, field, json)| Choice { setting, field, json: json.to_owned(), ours: true, sent: false })
        .collect();
    let order = Order { request, stream: false, include_usage: false, choices: &choices, extras: &terms.params, terms };
    let mut draft = Draft::default();
    let body = encode(&order, &mut draft);
    let notes = draft.notes.list().iter().map(|note| format!("{} {}", note.code, note.field)).collect();
    (serde_json::from_str(&body).unwrap_or_else(|error| panic!("{error}: {body}")), notes)
}

pub(super) fn terms(model: &str) -> Terms {
    Terms { model: model.to_owned(), maker: "m".to_owned(), ..Terms::default() }
}

pub(super) fn text(text: &'static str) -> Block<'static> {
    Block::Text(text.into())
}

pub(super) fn user(blocks: Vec<Block<'static>>) -> Turn<'static> {
    Turn { role: Role::User, blocks }
}

pub(super) fn assistant(blocks: Vec<Block<'static>>) -> Turn<'static> {
    Turn { role: Role::Assistant, blocks }
}

fn hello() -> Request<'static> {
    Request { turns: vec![user(vec![text("hi")])], ..Request::default() }
}

fn thought(text: &'static str, kind: ProofKind, maker: &'static str) -> Block<'static> {
    let proof = Proof { maker: Some(maker.into()), ..Proof::new(kind, "p".into()) };
    Block::Thought(Thought { text: text.into(), proof: Some(proof) })
}

fn call(id: &'static str) -> Block<'static> {
    Block::Call(Call { id: id.into(), name: "f".into(), arguments: "{\"a\": 1.0}".into(), custom: false })
}

fn result(id: &'static str, content: Vec<Block<'static>>, is_error: bool) -> Block<'static> {
    Block::Result(CallResult { id: id.into(), name: None, content, is_error, custom: false })
}

pub(super) fn function(name: &'static str, schema: Option<&str>) -> Function<'static> {
    let schema = schema.map(|schema| Schema::made(schema.to_owned()));
    Function { name: name.into(), description: None, schema, strict: None, custom: None }
}

fn offering(function: Function<'static>) -> Request<'static> {
    Request { tools: vec![Tool::Function(function)], ..hello() }
}

fn image() -> Media<'static> {
    Media::of_data(MediaKind::Image, "image/png".into(), "AA==".into())
}

fn asking(effort: Effort) -> Option<Reasoning> {
    Some(Reasoning { effort: Some(effort), ..Reasoning::default() })
}

#[test]
fn a_schema_is_one_of_an_object_without_alternatives_at_its_top() {
    for (schema, expected, reshaped) in [
        (None, json!({"type": "object"}), false),
        (Some("true"), json!({"type": "object"}), false),
        (Some(r#"{"type":"object","x":1}"#), json!({"type": "object", "x": 1}), false),
        (Some(r#"{"properties":{"a":{}}}"#), json!({"type": "object", "properties": {"a": {}}}), false),
        (Some(r#"{"type":["object","null"]}"#), json!({"type": "object"}), false),
        (
            Some(r#"{"type":"array"}"#),
            json!({"type": "object", "properties": {"arguments": {"type": "array"}}, "required": ["arguments"]}),
            true,
        ),
        (Some(r#"{"type":"object","anyOf":[{"required":["a"]}],"x":1}"#), json!({"type": "object", "x": 1}), true),
    ] {
        let (body, notes) = encoded(offering(function("f", schema)), &terms("x"), &[]);
        assert_eq!(body["tools"][0]["input_schema"], expected, "{schema:?}");
        assert_eq!(notes.contains(&"reshaped tools".to_owned()), reshaped, "{schema:?}");
    }
}

#[test]
fn a_tool_that_takes_free_text_is_told_its_grammar() {
    let format = r#"{"type":"grammar","syntax":"lark","definition":"start: WORD"}"#;
    let nested = format!(r#"{{"type":"grammar","grammar":{format}}}"#);
    for format in [format, &nested] {
        let custom = Some(Some(View::parse(format.as_bytes()).unwrap()));
        let patch = Function { description: Some("Edits.".into()), custom, ..function("patch", None) };
        let (body, _) = encoded(Request { tools: vec![Tool::Function(patch)], ..hello() }, &terms("x"), &[]);
        let description = body["tools"][0]["description"].as_str().unwrap();
        assert!(description.starts_with("Edits.") && description.ends_with("(lark):\nstart: WORD"), "{description}");
        assert_eq!(body["tools"][0]["input_schema"]["required"], json!(["input"]));
    }
}

#[test]
fn a_choice_is_given_only_beside_tools_and_in_the_apis_words() {
    let choose = |choice: Option<ToolChoice<'static>>, parallel, reasoning| {
        let request = Request {
            tools: vec![Tool::Function(function("f", None)), Tool::Function(function("g", None))],
            tool_choice: choice,
            parallel_calls: parallel,
            reasoning,
            ..hello()
        };
        let (body, notes) = encoded(request, &terms("claude-opus-4-6"), &[]);
        (body["tool_choice"].clone(), body["tools"].as_array().unwrap().len(), notes)
    };
    let only_f = |required| Some(ToolChoice::Allowed { required, names: vec!["f".into()] });
    for (choice, parallel, expected, tools) in [
        (None, None, Value::Null, 2),
        (None, Some(true), Value::Null, 2),
        (None, Some(false), json!({"type": "auto", "disable_parallel_tool_use": true}), 2),
        (Some(ToolChoice::Required), Some(false), json!({"type": "any", "disable_parallel_tool_use": true}), 2),
        (Some(ToolChoice::None), Some(false), json!({"type": "none"}), 2),
        (Some(ToolChoice::Tool("g".into())), None, json!({"type": "tool", "name": "g"}), 2),
        (only_f(true), None, json!({"type": "any"}), 1),
        (only_f(false), None, json!({"type": "auto"}), 1),
    ] {
        let (body, offered, _) = choose(choice.clone(), parallel, None);
        assert_eq!((body, offered), (expected, tools), "{choice:?}");
    }
    let (body, _, notes) = choose(Some(ToolChoice::Required), None, asking(Effort::High));
    assert_eq!(body, json!({"type": "auto"}), "a call cannot be forced beside thinking");
    assert!(notes.contains(&"reshaped tool_choice".to_owned()));
    let (body, _) = encoded(Request { tool_choice: Some(ToolChoice::Auto), ..hello() }, &terms("x"), &[]);
    assert!(body.get("tool_choice").is_none());
}

#[test]
fn tools_have_names_of_their_own_and_are_defined_where_the_conversation_calls_them() {
    let search = Tool::WebSearch(WebSearch { max_uses: Some(3), ..WebSearch::default() });
    let tools = vec![Tool::Function(function("f", None)), Tool::Function(function("f", None)), search];
    let (body, notes) = encoded(Request { tools, ..hello() }, &terms("x"), &[]);
    assert_eq!(body["tools"].as_array().unwrap().len(), 2);
    assert_eq!(body["tools"][1], json!({"type": "web_search_20250305", "name": "web_search", "max_uses": 3}));
    assert!(notes.contains(&"not-carried tools".to_owned()));
    let turns =
        vec![user(vec![text("a")]), assistant(vec![call("1")]), user(vec![result("1", vec![text("r")], false)])];
    let (body, _) = encoded(Request { turns, ..Request::default() }, &terms("x"), &[]);
    assert_eq!(body["tools"], json!([{"name": "f", "input_schema": {"type": "object"}}]));
    assert_eq!(body["tool_choice"], json!({"type": "none"}));
}

#[test]
fn thinking_excludes_what_the_api_refuses_beside_it() {
    let settings = [
        (Setting::Temperature, "temperature", "0.2"),
        (Setting::TopP, "top_p", "0.97"),
        (Setting::TopK, "top_k", "40"),
        (Setting::MaxTokens, "max_tokens", "32000"),
    ];
    let request = Request { reasoning: asking(Effort::High), ..hello() };
    let (body, notes) = encoded(request, &terms("claude-3-7-sonnet-20250219"), &settings);
    assert_eq!(body["thinking"], json!({"type": "enabled", "budget_tokens": 16384}));
    assert_eq!((&body["top_p"], &body["max_tokens"]), (&json!(0.97), &json!(32000)));
    assert!(body.get("temperature").is_none() && body.get("top_k").is_none());
    assert!(notes.contains(&"not-carried temperature".to_owned()) && notes.contains(&"not-carried top_k".to_owned()));
    let (body, _) = encoded(hello(), &terms("glm-4.6"), &settings);
    assert_eq!((&body["temperature"], &body["top_k"]), (&json!(0.2), &json!(40)));
    let thinks = Param { name: "thinking".to_owned(), value: json!({"type": "adaptive"}), always: false };
    let set = Terms { params: vec![thinks], ..terms("glm-4.6") };
    let (body, _) = encoded(Request { reasoning: asking(Effort::Low), ..hello() }, &set, &settings);
    assert_eq!((&body["thinking"], body.get("temperature")), (&json!({"type": "adaptive"}), None));
}

#[test]
fn an_output_limit_is_always_there_and_leaves_room_for_the_budget() {
    let limit = |model: &str, reasoning, max_output| {
        let terms = Terms { max_output, ..terms(model) };
        let (body, _) = encoded(Request { reasoning, ..hello() }, &terms, &[]);
        (body["max_tokens"].as_u64().unwrap(), body["thinking"]["budget_tokens"].as_u64())
    };
    assert_eq!(limit("claude-sonnet-4-5", None, None), (4096, None));
    assert_eq!(limit("claude-sonnet-4-5", asking(Effort::High), None), (20_480, Some(16_384)));
    assert_eq!(limit("claude-sonnet-4-5", asking(Effort::High), Some(8192)), (8192, Some(6144)));
    assert_eq!(limit("claude-opus-5", asking(Effort::High), None), (20_480, None));
}

#[test]
fn a_running_tool_loop_without_its_own_reasoning_goes_on_without_thinking() {
    let turns = |first: Vec<Block<'static>>| {
        let mut blocks = first;
        blocks.push(call("1"));
        vec![user(vec![text("a")]), assistant(blocks), user(vec![result("1", vec![], false)])]
    };
    let encode = |first: Vec<Block<'static>>, model: &str| {
        let request = Request { turns: turns(first), reasoning: asking(Effort::Low), ..offering(function("f", None)) };
        encoded(request, &terms(model), &[])
    };
    let (body, notes) = encode(vec![thought("t", ProofKind::Signature, "other")], "claude-haiku-4-5");
    assert!(body.get("thinking").is_none());
    assert_eq!(body["messages"][1]["content"][0]["type"], "tool_use");
    assert!(notes.contains(&"not-carried reasoning history".to_owned()), "{notes:?}");
    assert!(notes.contains(&"not-carried reasoning".to_owned()), "{notes:?}");
    let (body, _) = encode(vec![thought("t", ProofKind::Signature, "m")], "claude-haiku-4-5");
    assert_eq!(body["thinking"]["type"], "enabled");
    assert_eq!(body["messages"][1]["content"][0], json!({"type": "thinking", "thinking": "t", "signature": "p"}));
    // The whole loop is one answer, which begins with its first message.
    let looped = |first: Vec<Block<'static>>, second: Vec<Block<'static>>| {
        let mut turns = turns(first);
        let mut blocks = second;
        blocks.push(call("2"));
        turns.extend([assistant(blocks), user(vec![result("2", vec![], false)])]);
        let request = Request { turns, reasoning: asking(Effort::Low), ..offering(function("f", None)) };
        encoded(request, &terms("claude-haiku-4-5"), &[]).0
    };
    let own = || vec![thought("t", ProofKind::Signature, "m")];
    assert!(looped(Vec::new(), own()).get("thinking").is_none());
    assert_eq!(looped(own(), Vec::new())["thinking"]["type"], "enabled");
    let (body, _) = encode(Vec::new(), "claude-opus-5");
    assert_eq!(body["thinking"]["type"], "adaptive");
    let turns = vec![user(vec![text("a")]), assistant(vec![text("The answer is")])];
    let begun = Request { turns, reasoning: asking(Effort::Low), ..Request::default() };
    assert!(encoded(begun, &terms("claude-haiku-4-5"), &[]).0.get("thinking").is_none());
}

#[test]
fn only_the_providers_own_reasoning_goes_back_and_never_at_an_answers_end() {
    let turns = vec![
        user(vec![text("a")]),
        assistant(vec![thought("lone", ProofKind::Signature, "m")]),
        user(vec![text("b")]),
        assistant(vec![
            thought("", ProofKind::Redacted, "m"),
            thought("bare", ProofKind::Bare, "m"),
            thought("", ProofKind::CallPart, "m"),
            text("c "),
        ]),
    ];
    let (body, notes) =
        encoded(Request { turns, reasoning: asking(Effort::Low), ..Request::default() }, &terms("x"), &[]);
    assert_eq!(
        body["messages"],
        json!([
            {"role": "user", "content": "a"},
            {"role": "user", "content": "b"},
            {"role": "assistant", "content": [{"type": "redacted_thinking", "data": "p"}, {"type": "text", "text": "c"}]},
        ])
    );
    assert_eq!(notes.iter().filter(|note| note.ends_with("reasoning history")).count(), 1);
}

#[test]
fn media_have_the_types_that_the_api_takes() {
    let of = |kind, mime: &'static str, data: &'static str| Media::of_data(kind, mime.into(), data.into());
    let named = |media| Media { name: Some("n.txt".into()), ..media };
    for (media, expected) in [
        (
            of(MediaKind::Image, "image/jpg", "AA=="),
            json!({"type": "base64", "media_type": "image/jpeg", "data": "AA=="}),
        ),
        (of(MediaKind::Image, "image/bmp", "AA=="), Value::Null),
        (Media::of_url(MediaKind::Image, "https://e.org/a".into()), json!({"type": "url", "url": "https://e.org/a"})),
        (Media::of_url(MediaKind::Image, "gs://b/a".into()), Value::Null),
        (
            of(MediaKind::Document, "application/pdf", "AA=="),
            json!({"type": "base64", "media_type": "application/pdf", "data": "AA=="}),
        ),
        (
            named(of(MediaKind::Document, "text/markdown", "IyBoaQ==")),
            json!({"type": "text", "media_type": "text/plain", "data": "# hi"}),
        ),
        (of(MediaKind::Document, "application/zip", "AA=="), Value::Null),
        (of(MediaKind::Audio, "audio/wav", "AA=="), Value::Null),
    ] {
        let title = media.name.clone();
        let what = format!("{media:?}");
        let turns = vec![user(vec![text("look"), Block::Media(media)])];
        let (body, notes) = encoded(Request { turns, ..Request::default() }, &terms("x"), &[]);
        let block = &body["messages"][0]["content"][1];
        assert_eq!(block["source"], expected, "{what}");
        assert_eq!(block["title"].as_str(), title.as_deref());
        assert_eq!(notes.iter().any(|note| note.starts_with("not-carried")), expected.is_null(), "{what}");
    }
}

#[test]
fn the_media_of_a_failed_tool_follow_the_results() {
    let content = vec![text("broke"), Block::Media(image())];
    let turns = vec![
        user(vec![text("a")]),
        assistant(vec![call("1"), call("2")]),
        user(vec![result("1", content, true), result("2", vec![Block::Media(image())], false), text("b")]),
    ];
    let (body, _) = encoded(Request { turns, ..Request::default() }, &terms("x"), &[]);
    let blocks = body["messages"][2]["content"].as_array().unwrap();
    let kinds: Vec<_> = blocks.iter().map(|block| block["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["tool_result", "tool_result", "image", "text"]);
    assert_eq!((&blocks[0]["content"], &blocks[0]["is_error"]), (&json!("broke"), &json!(true)));
    assert_eq!(blocks[1]["content"][0]["type"], "image");
}

#[test]
fn texts_of_white_space_are_left_out_and_noted() {
    let turns = vec![user(vec![text("a"), text(" \n")]), assistant(vec![text("\t")]), user(vec![text("b")])];
    let request = Request { system: vec!["  ".into(), "s".into()], turns, ..Request::default() };
    let (body, notes) = encoded(request, &terms("x"), &[]);
    assert_eq!(body["system"], "s");
    assert_eq!(body["messages"], json!([{"role": "user", "content": "a"}, {"role": "user", "content": "b"}]));
    assert!(notes.contains(&"not-carried messages".to_owned()));
}

#[test]
fn what_the_api_has_no_place_for_is_noted() {
    let metadata = View::parse(b"{\"a\":\"b\"}").unwrap();
    let request = Request {
        verbosity: Some("low".into()),
        cache_key: Some("k".into()),
        metadata: Some(metadata),
        service_tier: Some("flex".into()),
        format: Some(Format::Json),
        user: Some("u".repeat(300).into()),
        ..hello()
    };
    let (body, notes) = encoded(request, &terms("x"), &[]);
    assert_eq!(body, json!({"model": "x", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 4096}));
    for field in ["verbosity", "prompt_cache_key", "metadata", "service_tier", "format", "user"] {
        assert!(notes.contains(&format!("not-carried {field}")), "{field}: {notes:?}");
    }
}

#[test]
fn a_schema_is_sent_as_one_that_the_api_enforces() {
    let open = r#"{"type":"object","properties":{"a":{"type":"string","minLength":1}}}"#;
    let closed = json!({"type": "object", "additionalProperties": false, "properties": {"a": {"type": "string",
        "description": "It also has to keep to {\"minLength\":1}"}}});
    let format =
        Format::Schema { name: None, description: None, schema: Schema::made(open.to_owned()), strict: Some(false) };
    let strict = Function { strict: Some(true), ..function("f", Some(open)) };
    let request = Request { format: Some(format), ..offering(strict) };
    let (body, notes) = encoded(request, &terms("x"), &[(Setting::MaxTokens, "max_tokens", "9")]);
    assert_eq!(body["output_config"]["format"]["schema"], closed);
    assert_eq!((&body["tools"][0]["input_schema"], &body["tools"][0]["strict"]), (&closed, &json!(true)));
    assert_eq!(notes, ["reshaped tools.strict", "reshaped format"]);
    let endless = Schema::made(r##"{"type":"object","properties":{"next":{"$ref":"#"}}}"##.to_owned());
    let format = Format::Schema { name: None, description: None, schema: endless, strict: None };
    let (body, notes) = encoded(Request { format: Some(format), ..hello() }, &terms("x"), &[]);
    assert_eq!((body.get("output_config"), notes.contains(&"not-carried format".to_owned())), (None, true));
}

#[test]
fn what_the_model_has_refused_or_the_profile_sets_is_not_written() {
    let schema = Schema::made(r#"{"type":"object"}"#.to_owned());
    let request = || Request {
        user: Some("u".into()),
        service_tier: Some("default".into()),
        reasoning: asking(Effort::High),
        format: Some(Format::Schema { name: None, description: None, schema: schema.clone(), strict: None }),
        ..hello()
    };
    let (body, _) = encoded(request(), &Terms { prompt_caching: Some("24h".to_owned()), ..terms("x") }, &[]);
    assert_eq!(body["metadata"], json!({"user_id": "u"}));
    assert_eq!(body["service_tier"], "standard_only");
    assert_eq!(body["cache_control"], json!({"type": "ephemeral", "ttl": "1h"}));
    assert_eq!(
        body["output_config"],
        json!({"effort": "high", "format": {"type": "json_schema", "schema": {"type": "object", "additionalProperties": false}}})
    );
    let refused = ["thinking", "metadata.user_id", "output_config.effort"].map(str::to_owned).to_vec();
    let (body, notes) = encoded(request(), &Terms { refused, ..terms("x") }, &[]);
    assert!(body.get("thinking").is_none() && body.get("metadata").is_none());
    assert_eq!(body["output_config"]["format"]["type"], "json_schema");
    assert!(body["output_config"].get("effort").is_none());
    assert!(notes.contains(&"refused thinking".to_owned()));
    let params = ["metadata", "service_tier", "output_config"].map(|name| Param {
        name: name.to_owned(),
        value: json!({"own": 1}),
        always: false,
    });
    let (body, _) = encoded(request(), &Terms { params: params.to_vec(), ..terms("x") }, &[]);
    for name in ["metadata", "service_tier", "output_config"] {
        assert_eq!(body[name], json!({"own": 1}));
    }
}
