use std::borrow::Cow;

use serde_json::{Value, json};

use super::*;
use crate::form::{
    Block, Call, CallResult, Format, Function, Media, MediaKind, Proof, ProofKind, Request, Role, Source, Thought,
    Tool, ToolChoice, Turn, WebSearch,
};
use crate::terms::{Param, Terms};

fn turn(role: Role, blocks: Vec<Block<'static>>) -> Turn<'static> {
    Turn { role, blocks }
}

fn hello() -> Turn<'static> {
    turn(Role::User, vec![Block::Text("Hi".into())])
}

fn call(id: &'static str, custom: bool) -> Block<'static> {
    let arguments = if custom { "x" } else { "" };
    Block::Call(Call { id: id.into(), name: "f".into(), arguments: arguments.into(), custom })
}

fn result(id: &'static str, content: Vec<Block<'static>>, is_error: bool) -> Block<'static> {
    Block::Result(CallResult { id: id.into(), name: Some("f".into()), content, is_error, custom: false })
}

fn picture() -> Block<'static> {
    Block::Media(Media::of_data(MediaKind::Image, "image/png".into(), "AAAA".into()))
}

fn thought(text: &'static str, kind: ProofKind, data: &'static str, maker: &'static str) -> Block<'static> {
    let proof = Proof { maker: Some(maker.into()), ..Proof::new(kind, data.into()) };
    Block::Thought(Thought { text: text.into(), proof: Some(proof) })
}

fn function(name: &'static str) -> Function<'static> {
    Function { name: name.into(), description: None, schema: None, strict: None, custom: None }
}

/// The body, and the notes as `code field`.
fn sent(model: &str, request: Request<'_>, extras: &[Param], refused: &[&str]) -> (Value, Vec<String>) {
    let terms = Terms {
        model: model.to_owned(),
        maker: "us".to_owned(),
        refused: refused.iter().map(|&field| field.to_owned()).collect(),
        prompt_caching: Some("24h".to_owned()),
        ..Terms::default()
    };
    let order = Order { request, stream: false, include_usage: false, choices: &[], extras, terms: &terms };
    let mut draft = Draft::default();
    let body = encode(&order, &mut draft);
    let notes = draft.notes.list().iter().map(|note| format!("{} {}", note.code, note.field)).collect();
    (serde_json::from_str(&body).unwrap(), notes)
}

fn messages(model: &str, turns: Vec<Turn<'static>>) -> (Value, Vec<String>) {
    let (mut body, notes) = sent(model, Request { turns, ..Request::default() }, &[], &[]);
    (body["messages"].take(), notes)
}

#[test]
fn results_follow_their_calls_and_their_media_follow_in_the_users_message() {
    let (messages, notes) = messages(
        "m",
        vec![
            hello(),
            turn(Role::Assistant, vec![call("1", false), call("2", true)]),
            turn(
                Role::User,
                vec![
                    result("1", vec![Block::Text("a".into()), picture(), Block::Text("b".into())], true),
                    result("2", vec![picture()], false),
                    Block::Text("Go on".into()),
                ],
            ),
        ],
    );
    let function =
        |id, arguments| json!({"id": id, "type": "function", "function": {"name": "f", "arguments": arguments}});
    let text = |text| json!({"type": "text", "text": text});
    let picture = json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}});
    assert_eq!(
        messages,
        json!([
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": null, "tool_calls": [function("1", "{}"), function("2", "{\"input\":\"x\"}")]},
            {"role": "tool", "tool_call_id": "1", "content": "a\nb"},
            {"role": "tool", "tool_call_id": "2", "content": "See the next user message."},
            {"role": "user", "content": [
                text("From the result of tool call 1:"), picture,
                text("From the result of tool call 2:"), picture,
                text("Go on"),
            ]},
        ])
    );
    assert_eq!(notes, ["not-carried tool_result.is_error", "reshaped tool_result.media"]);
}

#[test]
fn results_alone_make_no_users_message() {
    let (messages, notes) = messages(
        "m",
        vec![
            hello(),
            turn(Role::Assistant, vec![Block::Text("A".into()), Block::Text("b".into()), call("1", false)]),
            turn(Role::User, vec![result("1", Vec::new(), false)]),
        ],
    );
    assert_eq!(messages[1]["content"], "Ab");
    assert_eq!(messages[2], json!({"role": "tool", "tool_call_id": "1", "content": ""}));
    assert_eq!((messages.as_array().unwrap().len(), notes), (3, Vec::new()));
}

#[test]
fn documents_go_as_files_or_as_text() {
    let document = |source, mime: &'static str, name: Option<&'static str>| {
        let (mime, name) = (Some(mime.into()), name.map(Cow::Borrowed));
        Block::Media(Media { kind: MediaKind::Document, mime, source, name, detail: None })
    };
    let (messages, notes) = messages(
        "m",
        vec![turn(
            Role::User,
            vec![
                document(Source::Data("JVBERi0=".into()), "application/pdf", None),
                document(Source::Data("SGk=".into()), "text/plain", Some("a.txt")),
                document(Source::Text("Yo".into()), "text/plain", None),
                document(Source::Url("https://example.org/a.pdf".into()), "application/pdf", None),
                Block::Media(Media::of_data(MediaKind::Audio, "audio/mpeg".into(), "AAAA".into())),
                Block::Media(Media::of_data(MediaKind::Video, "video/mp4".into(), "AAAA".into())),
            ],
        )],
    );
    assert_eq!(
        messages[0]["content"],
        json!([
            {"type": "file", "file": {"filename": "document.pdf", "file_data": "data:application/pdf;base64,JVBERi0="}},
            {"type": "text", "text": "a.txt:\nHi"},
            {"type": "text", "text": "Yo"},
            {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "mp3"}},
        ])
    );
    assert_eq!(notes, ["reshaped document", "not-carried document by URL", "not-carried video"]);
}

#[test]
fn reasoning_goes_back_to_who_made_it_and_to_nobody_else() {
    let entry = r#"{"type":"reasoning.text","signature":"s","index":0}"#;
    let answer = |maker| {
        turn(
            Role::Assistant,
            vec![
                thought("plain", ProofKind::Bare, "", maker),
                thought("signed", ProofKind::Signature, entry, maker),
                Block::Text("A".into()),
                thought("", ProofKind::CallPart, "sig", maker),
                call("1", false),
            ],
        )
    };
    let (own, notes) = messages("m", vec![hello(), answer("us")]);
    assert_eq!(own[1]["reasoning_content"], "plain");
    let entry = json!({"type": "reasoning.text", "text": "signed", "signature": "s", "index": 0});
    assert_eq!(own[1]["reasoning_details"], json!([entry]));
    assert_eq!(own[1]["tool_calls"][0]["extra_content"]["google"]["thought_signature"], "sig");
    assert_eq!(notes, Vec::<String>::new());

    let (foreign, notes) = messages("m", vec![hello(), answer("them")]);
    let plain = json!({"role": "assistant", "content": "A", "tool_calls": [
        {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]});
    assert_eq!(foreign[1], plain);
    assert_eq!(notes, ["not-carried reasoning history"]);

    let raw = turn(Role::Assistant, vec![thought("x", ProofKind::Signature, "EqQB", "us"), Block::Text("A".into())]);
    let (other_dialect, notes) = messages("m", vec![hello(), raw]);
    assert_eq!((&other_dialect[1]["reasoning_details"], notes.len()), (&Value::Null, 1));
}

#[test]
fn models_that_demand_reasoning_or_signatures_get_stand_ins() {
    let answer = || vec![hello(), turn(Role::Assistant, vec![call("1", false), call("2", false)])];
    for model in ["deepseek-reasoner", "moonshotai/kimi-k2.5"] {
        assert_eq!(messages(model, answer()).0[1]["reasoning_content"], " ");
    }
    let calls = messages("google/gemini-3-pro-preview", answer()).0[1]["tool_calls"].take();
    assert_eq!(calls[0]["extra_content"]["google"]["thought_signature"], "skip_thought_signature_validator");
    assert_eq!(calls[1]["extra_content"], Value::Null);
}

#[test]
fn a_refusal_is_told_as_one_only_where_the_field_is_known() {
    let said = || vec![hello(), turn(Role::Assistant, vec![Block::Refusal("No".into())])];
    assert_eq!(messages("gpt-5", said()).0[1], json!({"role": "assistant", "content": null, "refusal": "No"}));
    assert_eq!(messages("llama", said()).0[1], json!({"role": "assistant", "content": "No"}));
}

#[test]
fn an_assistants_picture_moves_to_the_next_users_message() {
    let said = vec![hello(), turn(Role::Assistant, vec![picture()]), hello()];
    let (messages, notes) = messages("m", said);
    assert_eq!(messages[1], json!({"role": "assistant", "content": ""}));
    assert_eq!(messages[2]["content"].as_array().unwrap().len(), 2);
    assert_eq!(notes, ["moved media of the assistant"]);
}

#[test]
fn a_schema_is_of_an_object_with_properties() {
    let parameters = |schema: Option<&'static str>| {
        let schema = schema.map(|schema| View::parse(schema.as_bytes()).unwrap().into());
        let tools = vec![Tool::Function(Function { schema, ..function("f") })];
        let request = Request { turns: vec![hello()], tools, ..Request::default() };
        sent("m", request, &[], &[]).0["tools"][0]["function"]["parameters"].take()
    };
    let empty = json!({"type": "object", "properties": {}});
    assert_eq!(parameters(None), empty);
    assert_eq!(parameters(Some("{}")), empty);
    assert_eq!(parameters(Some(r#"{"type":"object"}"#)), empty);
    let described = json!({"type": "object", "description": "d", "properties": {}});
    assert_eq!(parameters(Some(r#"{"description":"d","properties":null}"#)), described);
    let whole = r#"{"type":"object","properties":{"a":{"minimum":1.0}}}"#;
    assert_eq!(parameters(Some(whole)).to_string(), serde_json::from_str::<Value>(whole).unwrap().to_string());
}

#[test]
fn a_custom_tool_is_native_for_openais_models_and_a_function_for_others() {
    let format = r#"{"type":"grammar","syntax":"lark","definition":"start: A"}"#;
    let request = || {
        let custom = Some(Some(View::parse(format.as_bytes()).unwrap()));
        let tools = vec![Tool::Function(Function { custom, description: Some("Patches".into()), ..function("f") })];
        let tool_choice = Some(ToolChoice::Tool("f".into()));
        let turns = vec![hello(), turn(Role::Assistant, vec![call("1", true)])];
        Request { turns, tools, tool_choice, ..Request::default() }
    };
    let (body, notes) = sent("gpt-5.2", request(), &[], &[]);
    let grammar = json!({"type": "grammar", "grammar": {"syntax": "lark", "definition": "start: A"}});
    assert_eq!(
        body["tools"][0],
        json!({"type": "custom", "custom": {"name": "f", "description": "Patches", "format": grammar}})
    );
    assert_eq!(body["tool_choice"], json!({"type": "custom", "custom": {"name": "f"}}));
    assert_eq!(body["messages"][1]["tool_calls"][0]["custom"], json!({"name": "f", "input": "x"}));
    assert_eq!(notes, Vec::<String>::new());

    let (body, notes) = sent("qwen3", request(), &[], &[]);
    let tool = &body["tools"][0]["function"];
    assert!(tool["description"].as_str().unwrap().ends_with("grammar (lark):\nstart: A"));
    assert_eq!(tool["parameters"]["required"], json!(["input"]));
    assert_eq!(body["tool_choice"], json!({"type": "function", "function": {"name": "f"}}));
    assert_eq!(body["messages"][1]["tool_calls"][0]["function"]["arguments"], "{\"input\":\"x\"}");
    assert_eq!(notes, ["reshaped tools"]);
}

#[test]
fn a_choice_is_made_among_tools_that_there_are() {
    let request = |choice, tools: &[&'static str]| Request {
        turns: vec![hello()],
        tools: tools.iter().map(|&name| Tool::Function(function(name))).collect(),
        tool_choice: Some(choice),
        parallel_calls: Some(false),
        ..Request::default()
    };
    let allowed = || ToolChoice::Allowed { required: true, names: vec!["g".into()] };
    let (body, _) = sent("gpt-5", request(allowed(), &["f", "g"]), &[], &[]);
    assert_eq!(body["tool_choice"]["allowed_tools"]["mode"], "required");
    assert_eq!(body["tools"].as_array().unwrap().len(), 2);
    let (body, notes) = sent("other", request(allowed(), &["f", "g"]), &[], &[]);
    assert_eq!((&body["tool_choice"], body["tools"].as_array().unwrap().len()), (&json!("required"), 1));
    assert_eq!(notes, ["reshaped tool_choice"]);

    let (body, notes) = sent("m", request(ToolChoice::Required, &[]), &[], &[]);
    assert_eq!((&body["tool_choice"], &body["parallel_tool_calls"]), (&Value::Null, &Value::Null));
    assert_eq!(notes, ["not-carried tool_choice"]);
    let (body, notes) = sent("m", request(ToolChoice::Auto, &["f"]), &[], &["parallel_tool_calls"]);
    assert_eq!((&body["tool_choice"], &body["parallel_tool_calls"]), (&json!("auto"), &Value::Null));
    assert_eq!(notes, ["refused parallel_tool_calls"]);
}

#[test]
fn only_a_model_that_searches_is_asked_to_search() {
    let request = || {
        let location = View::parse(br#"{"type":"approximate","city":"Bern","country":null}"#).unwrap();
        let search = WebSearch { user_location: Some(location), max_uses: Some(3), ..WebSearch::default() };
        Request { turns: vec![hello()], tools: vec![Tool::WebSearch(search)], ..Request::default() }
    };
    let (body, notes) = sent("gpt-4o-search-preview", request(), &[], &[]);
    let place = json!({"user_location": {"type": "approximate", "approximate": {"city": "Bern"}}});
    assert_eq!(
        (&body["web_search_options"], notes),
        (&place, vec!["not-carried tools.web_search.max_uses".to_owned()])
    );
    assert_eq!(sent("gpt-5", request(), &[], &[]).1, ["not-carried tools.web_search"]);
}

#[test]
fn any_json_is_asked_for_in_words_too() {
    let request = |text: &'static str| Request {
        turns: vec![turn(Role::User, vec![Block::Text(text.into())])],
        format: Some(Format::Json),
        ..Request::default()
    };
    let (body, notes) = sent("m", request("Hi"), &[], &[]);
    assert_eq!(body["messages"][0], json!({"role": "system", "content": "Answer in JSON."}));
    assert_eq!((&body["response_format"], notes.len()), (&json!({"type": "json_object"}), 1));
    let (body, notes) = sent("m", request("Give me Json"), &[], &[]);
    assert_eq!((&body["messages"][0]["role"], notes.len()), (&json!("user"), 0));
    let (body, notes) = sent("m", request("Hi"), &[], &["response_format"]);
    assert_eq!((&body["messages"][0]["role"], notes), (&json!("user"), vec!["refused response_format".to_owned()]));
}

#[test]
fn a_format_has_a_name_and_is_strict_only_if_it_can_be() {
    let format = |name: Option<&'static str>, schema: &'static str| {
        let schema = View::parse(schema.as_bytes()).unwrap().into();
        let name = name.map(Cow::Borrowed);
        let format = Some(Format::Schema { name, description: None, schema, strict: Some(true) });
        let (mut body, notes) = sent("m", Request { turns: vec![hello()], format, ..Request::default() }, &[], &[]);
        (body["response_format"]["json_schema"].take(), notes.len())
    };
    let (spec, notes) = format(Some("a shape!"), r#"{"type":"object","properties":{},"additionalProperties":false}"#);
    assert_eq!((&spec["name"], &spec["strict"], notes), (&json!("a_shape_"), &json!(true), 0));
    let (spec, notes) = format(None, r#"{"type":"object","properties":{}}"#);
    assert_eq!((&spec["name"], &spec["strict"], notes), (&json!("answer"), &Value::Null, 1));
}

#[test]
fn options_are_sent_where_they_fit_and_not_twice() {
    let metadata = View::parse(br#"{"a":"b"}"#).unwrap();
    let request = || Request {
        turns: vec![hello()],
        user: Some("u".repeat(65).into()),
        cache_key: Some("k".into()),
        cache_retention: Some("24h".into()),
        service_tier: Some("flex".into()),
        verbosity: Some("low".into()),
        metadata: Some(metadata),
        ..Request::default()
    };
    let param = |name: &str, value: Value| Param { name: name.to_owned(), value, always: false };
    let (body, notes) = sent("gpt-5", request(), &[param("service_tier", json!("priority"))], &[]);
    for (field, value) in [
        ("prompt_cache_key", json!("k")),
        ("service_tier", json!("priority")),
        ("verbosity", json!("low")),
        ("prompt_cache_retention", json!("24h")),
        ("user", Value::Null),
        ("metadata", Value::Null),
    ] {
        assert_eq!(body[field], value, "{field}");
    }
    assert_eq!(notes, ["not-carried user", "not-carried metadata"]);
    let (body, notes) = sent("gpt-4o", request(), &[param("store", json!(true))], &[]);
    assert_eq!((&body["metadata"], &body["verbosity"]), (&json!({"a": "b"}), &Value::Null));
    assert_eq!(notes, ["not-carried verbosity", "not-carried user"]);
}
