//! A request that is written and read again is what it was, as far as the dialect carries it.

use std::borrow::Cow;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::{decode, encode};
use crate::form::{
    Block, Call, CallResult, Effort, Format, Function, Media, MediaKind, Proof, ProofKind, Reasoning, Request, Role,
    Source, Thought, Tool, ToolChoice, Turn,
};
use crate::json::View;
use crate::setting::{Choice, Setting};
use crate::terms::{Note, Terms};
use crate::translate::{Draft, Order};

const SCHEMA: &str =
    r#"{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"],"additionalProperties":false}"#;

fn view(json: &'static str) -> View<'static> {
    View::parse(json.as_bytes()).unwrap()
}

fn terms() -> Terms {
    Terms { model: "m".to_owned(), maker: "me".to_owned(), ..Terms::default() }
}

fn encoded(request: Request<'_>, terms: &Terms, choices: &[Choice]) -> (String, Vec<Note>) {
    let order = Order { request, stream: true, include_usage: false, choices, extras: &[], terms };
    let mut draft = Draft::default();
    let body = encode(&order, &mut draft);
    (body, draft.notes.into_list())
}

fn body(request: Request<'_>) -> (Value, Vec<String>) {
    let (body, notes) = encoded(request, &terms(), &[]);
    (serde_json::from_str(&body).unwrap(), notes.iter().map(ToString::to_string).collect())
}

pub(super) fn decoded(body: &str) -> Request<'_> {
    decode(View::parse(body.as_bytes()).unwrap())
}

fn text() -> impl Strategy<Value = Cow<'static, str>> {
    "[a-zé\"\\\\\n😀]{1,8}".prop_map(Cow::Owned)
}

fn media() -> impl Strategy<Value = Block<'static>> {
    let image = "[A-Za-z0-9]{4}".prop_map(|data| Media::of_data(MediaKind::Image, "image/png".into(), data.into()));
    let linked = Just(Media {
        detail: Some("high".into()),
        ..Media::of_url(MediaKind::Image, "https://example.org/a.png".into())
    });
    let document = "[a-z]{1,5}\\.pdf".prop_map(|name| Media {
        name: Some(name.into()),
        ..Media::of_data(MediaKind::Document, "application/pdf".into(), "JVBERi0=".into())
    });
    let distant = Just(Media::of_url(MediaKind::Document, "https://example.org/a.pdf".into()));
    prop_oneof![image, linked, document, distant].prop_map(Block::Media)
}

fn said() -> impl Strategy<Value = Block<'static>> {
    prop_oneof![3 => text().prop_map(Block::Text), 1 => media()]
}

/// An assistant's turn and the user's that answers its calls.
fn exchange() -> impl Strategy<Value = [Turn<'static>; 2]> {
    let thought = prop::option::of(text()).prop_map(|text| Thought {
        text: text.unwrap_or_default(),
        proof: Some(Proof {
            maker: Some("me".into()),
            id: Some("rs_1".into()),
            ..Proof::new(ProofKind::Encrypted, "gAAAA".into())
        }),
    });
    let words = prop_oneof![text().prop_map(Block::Text), text().prop_map(Block::Refusal)];
    let call = (any::<bool>(), text(), prop::collection::vec(said(), 1..3));
    (
        prop::option::of(thought),
        prop::collection::vec(words, 1..3),
        prop::collection::vec(call, 0..3),
        prop::collection::vec(said(), 1..3),
    )
        .prop_map(|(thought, words, calls, after)| {
            let mut blocks: Vec<Block<'static>> = thought.map(Block::Thought).into_iter().collect();
            blocks.extend(words);
            let mut answers = Vec::new();
            for (number, (custom, arguments, content)) in calls.into_iter().enumerate() {
                let id: Cow<'static, str> = format!("call_{number}").into();
                let arguments = if custom { arguments } else { Cow::Owned(json!({"a": arguments}).to_string()) };
                blocks.push(Block::Call(Call { id: id.clone(), name: "f".into(), arguments, custom }));
                // A result of texts alone is one text.
                let has_media = content.iter().any(|block| matches!(block, Block::Media(_)));
                let content = if has_media { content } else { content.into_iter().take(1).collect() };
                answers.push(Block::Result(CallResult { id, name: None, content, is_error: false, custom }));
            }
            answers.extend(after);
            [Turn { role: Role::Assistant, blocks }, Turn { role: Role::User, blocks: answers }]
        })
}

fn conversation() -> impl Strategy<Value = Vec<Turn<'static>>> {
    (prop::collection::vec(said(), 1..4), prop::collection::vec(exchange(), 0..3)).prop_map(|(first, rest)| {
        let mut turns = vec![Turn { role: Role::User, blocks: first }];
        turns.extend(rest.into_iter().flatten());
        turns
    })
}

fn function(name: &'static str, custom: bool) -> Tool<'static> {
    Tool::Function(Function {
        name: name.into(),
        description: Some("Does it.".into()),
        schema: (!custom).then(|| view(SCHEMA).into()),
        strict: (!custom).then_some(true),
        custom: custom.then(|| Some(view(r#"{"type":"grammar","syntax":"lark","definition":"x"}"#))),
    })
}

fn format() -> impl Strategy<Value = Option<Format<'static>>> {
    (0..3, prop::option::of(any::<bool>())).prop_map(|(kind, strict)| match kind {
        0 => None,
        1 => Some(Format::Json),
        _ => Some(Format::Schema {
            name: Some("person".into()),
            description: Some("d".into()),
            schema: view(SCHEMA).into(),
            strict,
        }),
    })
}

fn choice() -> impl Strategy<Value = Option<ToolChoice<'static>>> {
    prop_oneof![
        Just(None),
        Just(Some(ToolChoice::Auto)),
        Just(Some(ToolChoice::None)),
        Just(Some(ToolChoice::Required)),
        Just(Some(ToolChoice::Tool("f".into()))),
        Just(Some(ToolChoice::Tool("free".into()))),
        any::<bool>()
            .prop_map(|required| Some(ToolChoice::Allowed { required, names: vec!["f".into(), "free".into()] })),
    ]
}

fn reasoning() -> impl Strategy<Value = Option<Reasoning>> {
    let effort = prop::sample::select(&Effort::ALL[..5]);
    prop_oneof![
        Just(None),
        Just(Some(Reasoning::none())),
        effort.prop_map(|effort| Some(Reasoning {
            effort: Some(effort),
            shown: Some(true),
            summary: Some("detailed".to_owned()),
            ..Reasoning::default()
        })),
    ]
}

/// Turns as they come back: a proof that stands as its maker wrote it names nobody.
fn seen(turns: &[Turn<'_>]) -> String {
    let mut turns = turns.to_vec();
    // A hint that the provider demands.
    let demanded = [Block::Instruction("Answer in JSON.".into())];
    turns.retain(|turn| turn.blocks != demanded);
    for block in turns.iter_mut().flat_map(|turn| &mut turn.blocks) {
        if let Block::Thought(Thought { proof: Some(proof), .. }) = block {
            proof.maker = None;
        }
    }
    format!("{turns:?}")
}

fn told(tools: &[Tool<'_>]) -> Vec<String> {
    let tell = |tool: &Tool<'_>| match tool {
        Tool::Function(function) => {
            let schema = function.schema.as_ref().map(|schema| schema.raw().to_owned());
            let custom = function.custom.map(|format| format.map(View::raw));
            format!("{} {:?} {schema:?} {:?} {custom:?}", function.name, function.description, function.strict)
        }
        Tool::WebSearch(search) => format!(
            "{:?} {:?} {:?}",
            search.allowed_domains.map(View::raw),
            search.user_location.map(View::raw),
            search.context_size
        ),
    };
    tools.iter().map(tell).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn a_request_comes_back_as_it_was(
        system in prop::collection::vec(text(), 0..3),
        turns in conversation(),
        format in format(),
        tool_choice in choice(),
        reasoning in reasoning(),
        parallel_calls in prop::option::of(any::<bool>()),
        verbosity in prop::option::of(Just(Cow::Borrowed("low"))),
    ) {
        let tools = || vec![
            function("f", false),
            function("free", true),
            Tool::WebSearch(crate::form::WebSearch {
                allowed_domains: Some(view(r#"["example.org"]"#)),
                user_location: Some(view(r#"{"type":"approximate","country":"FR"}"#)),
                context_size: Some("high".into()),
                ..Default::default()
            }),
        ];
        let request = Request {
            system: system.clone(),
            turns: turns.clone(),
            tools: tools(),
            tool_choice: tool_choice.clone(),
            parallel_calls,
            reasoning: reasoning.clone(),
            format: format.clone(),
            verbosity: verbosity.clone(),
            user: Some("u".into()),
            cache_key: Some("k".into()),
            service_tier: Some("flex".into()),
            metadata: Some(view(r#"{"a":"b"}"#)),
            ..Request::default()
        };
        let (body, notes) = encoded(request, &terms(), &[]);
        prop_assert!(notes.iter().all(|note| note.field == "format"), "{:?}", notes);
        let back = decoded(&body);
        prop_assert!(back.notes.list().iter().all(|note| note.code == "moved"), "{:?}", back.notes);
        let (systems, said) = (back.system.join("\n\n"), system.join("\n\n"));
        let demanded = systems.strip_suffix("Answer in JSON.").filter(|_| !notes.is_empty()).unwrap_or(&systems);
        prop_assert_eq!(demanded.trim_end(), said.trim_end());
        prop_assert_eq!(seen(&back.turns), seen(&turns));
        prop_assert_eq!(told(&back.tools), told(&tools()));
        prop_assert_eq!(back.tool_choice, tool_choice);
        prop_assert_eq!(back.parallel_calls, parallel_calls);
        prop_assert_eq!(back.reasoning.clone(), reasoning);
        prop_assert_eq!(format!("{:?}", back.format.as_ref().map(shape)), format!("{:?}", format.as_ref().map(shape)));
        prop_assert_eq!(back.verbosity, verbosity);
        prop_assert_eq!([back.user, back.cache_key, back.service_tier], ["u", "k", "flex"].map(|text| Some(text.into())));
        prop_assert_eq!(back.metadata.map(View::raw), Some(r#"{"a":"b"}"#));
        prop_assert_eq!(back.omits_proofs, !body.contains("encrypted_content\"]"));
    }

    #[test]
    fn any_json_is_read_without_a_panic(text in "[\\[\\]{}:,\"a-z0-9 ]{0,60}", key in "(input|tools|text|reasoning|tool_choice|include|metadata)") {
        let body = format!("{{\"{key}\":{text}}}");
        if let Ok(root) = View::parse(body.as_bytes()) {
            let _ = decode(root);
        }
    }
}

fn shape<'a>(format: &'a Format<'_>) -> (Option<&'a str>, Option<&'a str>, Option<&'a str>, Option<bool>) {
    match format {
        Format::Json => (None, None, None, None),
        Format::Schema { name, description, schema, strict } => {
            (name.as_deref(), description.as_deref(), Some(schema.raw()), *strict)
        }
    }
}

fn user(text: &'static str) -> Turn<'static> {
    Turn { role: Role::User, blocks: vec![Block::Text(text.into())] }
}

#[test]
fn only_reasoning_of_its_own_maker_goes_back_and_not_without_what_it_led_to() {
    let thought = |kind, maker: &'static str| {
        let proof = Proof { maker: Some(maker.into()), ..Proof::new(kind, "p".into()) };
        Block::Thought(Thought { text: "t".into(), proof: Some(proof) })
    };
    let said = || Block::Text("x".into());
    let items = |blocks: Vec<Block<'static>>| {
        let turns = vec![user("a"), Turn { role: Role::Assistant, blocks }, user("b")];
        let (body, notes) = body(Request { turns, ..Request::default() });
        let types = body["input"].as_array().unwrap().iter().map(|item| item["type"].as_str().unwrap().to_owned());
        (types.collect::<Vec<_>>().join(" "), notes.len())
    };
    assert_eq!(
        items(vec![thought(ProofKind::Encrypted, "me"), said()]),
        ("message reasoning message message".into(), 0)
    );
    for blocks in [
        vec![thought(ProofKind::Encrypted, "other"), thought(ProofKind::Signature, "me"), said()],
        vec![Block::Thought(Thought { text: "t".into(), proof: None }), said()],
        vec![said(), thought(ProofKind::Encrypted, "me")],
    ] {
        assert_eq!(items(blocks), ("message message message".into(), 1));
    }
}

#[test]
fn a_limit_is_at_least_what_the_api_takes() {
    for (json, sent, noted) in [("5", json!(16), true), ("16", json!(16), false), ("\"x\"", json!("x"), false)] {
        let choice = Choice {
            setting: Setting::MaxTokens,
            field: "max_output_tokens",
            json: json.to_owned(),
            ours: false,
            sent: true,
        };
        let (body, notes) = encoded(Request { turns: vec![user("a")], ..Request::default() }, &terms(), &[choice]);
        assert_eq!(serde_json::from_str::<Value>(&body).unwrap()["max_output_tokens"], sent);
        assert_eq!(notes.iter().any(|note| note.code == "capped"), noted);
    }
}

#[test]
fn what_a_model_has_refused_is_left_out_and_noted() {
    let request = Request {
        turns: vec![user("a")],
        reasoning: Reasoning::of_word("high"),
        verbosity: Some("low".into()),
        user: Some("u".into()),
        ..Request::default()
    };
    let refused = ["reasoning.summary", "text.verbosity", "safety_identifier", "include"].map(str::to_owned).to_vec();
    let (body, notes) = encoded(request, &Terms { refused, ..terms() }, &[]);
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["reasoning"], json!({"effort": "high"}));
    assert_eq!([body.get("text"), body.get("safety_identifier"), body.get("include")], [None; 3]);
    assert_eq!(notes.iter().filter(|note| note.code == "refused").count(), 4);
    assert_eq!(body["store"], false);
}

#[test]
fn names_that_are_too_long_and_words_that_are_demanded_are_noted() {
    let request = Request {
        turns: vec![user("Say it.")],
        user: Some("u".repeat(200).into()),
        format: Some(Format::Json),
        tool_choice: Some(ToolChoice::Required),
        ..Request::default()
    };
    let (body, notes) = body(request);
    assert!(body["safety_identifier"].as_str().unwrap().len() <= 64);
    assert_eq!(body["input"][1]["content"], "Answer in JSON.");
    assert_eq!(body.get("tool_choice"), None);
    assert_eq!(notes.len(), 3, "{notes:?}");
}

#[test]
fn a_result_with_an_image_is_a_list_and_a_plain_text_document_is_text() {
    let content = vec![
        Block::Text("Seen.".into()),
        Block::Media(Media::of_data(MediaKind::Image, "image/png".into(), "AAAA".into())),
    ];
    let call = Call { id: "c".into(), name: "f".into(), arguments: "".into(), custom: false };
    let result = CallResult { id: "c".into(), name: None, content, is_error: true, custom: false };
    let document = Media {
        kind: MediaKind::Document,
        mime: None,
        source: Source::Text("All of it.".into()),
        name: Some("a.txt".into()),
        detail: None,
    };
    let turns = vec![
        Turn { role: Role::Assistant, blocks: vec![Block::Call(call)] },
        Turn { role: Role::User, blocks: vec![Block::Result(result), Block::Media(document)] },
    ];
    let (body, notes) = body(Request { turns, ..Request::default() });
    assert_eq!(body["input"][0]["arguments"], "{}");
    assert_eq!(
        body["input"][1]["output"][1],
        json!({"type": "input_image", "image_url": "data:image/png;base64,AAAA"})
    );
    assert_eq!(body["input"][2]["content"][0]["text"], "a.txt\n\nAll of it.");
    assert_eq!(notes.len(), 2, "{notes:?}");
}

#[test]
fn a_custom_tools_grammar_lies_beside_the_formats_type_whoever_wrote_it() {
    let flat = json!({"type": "grammar", "syntax": "lark", "definition": "start: WORD"});
    for format in [
        r#"{"type":"grammar","grammar":{"syntax":"lark","definition":"start: WORD"}}"#,
        r#"{"type":"grammar","syntax":"lark","definition":"start: WORD"}"#,
    ] {
        let custom = Some(Some(view(format)));
        let patch = Function { name: "patch".into(), description: None, schema: None, strict: None, custom };
        let (body, notes) = body(Request { tools: vec![Tool::Function(patch)], ..Request::default() });
        assert_eq!((&body["tools"][0]["format"], notes.len()), (&flat, 0));
    }
}

#[test]
fn a_schema_is_sent_as_strict_only_if_it_is_one_that_may_be() {
    let open = r#"{"type":"object","properties":{"a":{"type":"integer"}}}"#;
    for (schema, strict) in [(SCHEMA, true), (open, false)] {
        let function = Function {
            name: "f".into(),
            description: None,
            schema: Some(view(schema).into()),
            strict: Some(true),
            custom: None,
        };
        let format = Format::Schema { name: None, description: None, schema: view(schema).into(), strict: Some(true) };
        let request = Request { tools: vec![Tool::Function(function)], format: Some(format), ..Request::default() };
        let (body, notes) = body(request);
        assert_eq!((&body["tools"][0]["strict"], &body["text"]["format"]["strict"]), (&json!(strict), &json!(strict)));
        let noted = if strict { vec![] } else { vec!["tools.strict", "text.format"] };
        assert_eq!(notes.len(), noted.len());
        assert!(
            notes.iter().zip(noted).all(|(note, field)| note.starts_with(&format!("reshaped {field}"))),
            "{notes:?}"
        );
    }
}

#[test]
fn several_texts_of_a_result_stay_several() {
    let result = |texts: &[&'static str]| {
        let content = texts.iter().map(|text| Block::Text((*text).into())).collect();
        let result = CallResult { id: "c".into(), name: None, content, is_error: false, custom: false };
        let turns = vec![Turn { role: Role::User, blocks: vec![Block::Result(result)] }];
        body(Request { turns, ..Request::default() }).0["input"][0]["output"].take()
    };
    assert_eq!(result(&[]), json!(""));
    assert_eq!(result(&["a"]), json!("a"));
    let parts = json!([{"type": "input_text", "text": "a"}, {"type": "input_text", "text": "b"}]);
    assert_eq!(result(&["a", "b"]), parts);
}
