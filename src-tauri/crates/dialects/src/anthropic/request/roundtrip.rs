//! Tests: what is written of a request is read as it was.

use std::borrow::Cow;

use proptest::prelude::*;
use serde_json::json;

use super::decode;
use super::rules::{assistant, encoded, function, terms, text, user};
use crate::form::{
    Block, Call, CallResult, Effort, Format, Function, Media, MediaKind, Proof, ProofKind, Reasoning, Request, Schema,
    Source, Thought, Tool, ToolChoice, Turn,
};
use crate::json::View;
use crate::terms::{ReasoningScale, Terms};

fn any_text() -> impl Strategy<Value = Block<'static>> {
    "[a-z\"\\\\é ]{0,8}[a-z]".prop_map(|text| Block::Text(Cow::Owned(text)))
}

fn any_media() -> impl Strategy<Value = Media<'static>> {
    let mime = prop::sample::select(vec!["image/jpeg", "image/png", "image/gif", "image/webp"]);
    prop_oneof![
        (mime, "[A-Za-z0-9+/]{4,8}").prop_map(|(mime, data)| Media::of_data(
            MediaKind::Image,
            mime.into(),
            data.into()
        )),
        "[a-z]{1,8}".prop_map(|path| Media::of_url(MediaKind::Image, format!("https://e.org/{path}").into())),
        "[a-z]{1,8}".prop_map(|path| Media::of_url(MediaKind::Document, format!("https://e.org/{path}").into())),
        (prop::option::of("[a-z]{1,6}"), "[A-Za-z0-9+/]{4,8}").prop_map(|(name, data)| Media {
            name: name.map(Cow::Owned),
            ..Media::of_data(MediaKind::Document, "application/pdf".into(), data.into())
        }),
        "[a-z]{1,8}".prop_map(|text| Media {
            kind: MediaKind::Document,
            mime: Some("text/plain".into()),
            source: Source::Text(text.into()),
            name: None,
            detail: None,
        }),
    ]
}

fn any_said() -> impl Strategy<Value = Block<'static>> {
    prop_oneof![any_text(), any_media().prop_map(Block::Media)]
}

fn any_thought() -> impl Strategy<Value = Block<'static>> {
    ("[a-z]{0,6}", "[a-zA-Z0-9+/=]{1,12}", any::<bool>()).prop_map(|(text, data, redacted)| {
        let kind = if redacted { ProofKind::Redacted } else { ProofKind::Signature };
        let text = if redacted { String::new() } else { text };
        let proof = Proof { maker: Some("m".into()), ..Proof::new(kind, data.into()) };
        Block::Thought(Thought { text: text.into(), proof: Some(proof) })
    })
}

/// Calls' arguments and their results.
fn any_calls() -> impl Strategy<Value = Vec<(String, Vec<Block<'static>>, bool)>> {
    let arguments = "[a-z\"]{0,6}".prop_map(|text| json!({"a": text, "n": [1.5, null]}).to_string());
    let results = prop_oneof![
        (prop::collection::vec(any_said(), 0..3)).prop_map(|content| (content, false)),
        (prop::collection::vec(any_text(), 0..3)).prop_map(|content| (content, true)),
    ];
    prop::collection::vec((arguments, results).prop_map(|(args, (content, failed))| (args, content, failed)), 0..3)
}

/// A conversation: what the user says, what the model thinks, says and calls, and what the tools give.
fn any_turns() -> impl Strategy<Value = Vec<Turn<'static>>> {
    let exchange = (
        prop::collection::vec(any_said(), 1..3),
        prop::collection::vec(any_thought(), 0..2),
        prop::collection::vec(any_text(), 1..3),
        any_calls(),
    );
    prop::collection::vec(exchange, 0..3).prop_map(|exchanges| {
        let mut turns: Vec<Turn<'static>> = Vec::new();
        let mut results: Vec<Block<'static>> = Vec::new();
        for (place, (said, thoughts, texts, calls)) in exchanges.into_iter().enumerate() {
            let mut blocks = std::mem::take(&mut results);
            blocks.extend(said);
            turns.push(user(blocks));
            let mut blocks = thoughts;
            blocks.extend(texts);
            for (number, (arguments, content, is_error)) in calls.into_iter().enumerate() {
                let id: Cow<'static, str> = Cow::Owned(format!("t_{place}_{number}"));
                blocks.push(Block::Call(Call {
                    id: id.clone(),
                    name: "f".into(),
                    arguments: arguments.into(),
                    custom: false,
                }));
                results.push(Block::Result(CallResult { id, name: None, content, is_error, custom: false }));
            }
            turns.push(assistant(blocks));
        }
        results.push(text("go on"));
        turns.push(user(results));
        turns
    })
}

/// As the maker's own client has it.
fn unmarked(mut turns: Vec<Turn<'static>>) -> Vec<Turn<'static>> {
    for block in turns.iter_mut().flat_map(|turn| &mut turn.blocks) {
        if let Block::Thought(Thought { proof: Some(proof), .. }) = block {
            proof.maker = None;
        }
    }
    turns
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_it_was(
        turns in any_turns(),
        system in prop::collection::vec("[a-z]{1,8}", 0..3),
        strict in prop::sample::select(vec![None, Some(true)]),
        choice in prop::sample::select(vec![
            None, Some(ToolChoice::Auto), Some(ToolChoice::None), Some(ToolChoice::Required), Some(ToolChoice::Tool("f".into())),
        ]),
        parallel in prop::sample::select(vec![None, Some(false)]),
        reasoning in prop::option::of((prop::option::of(1_usize..6), prop::option::of(any::<bool>()))),
        formatted in any::<bool>(),
        tier in prop::sample::select(vec![None, Some("auto"), Some("default")]),
    ) {
        let schema = r#"{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false}"#;
        let reasoning = reasoning.map(|(effort, shown)| Reasoning {
            adaptive: true,
            effort: effort.map(|place| Effort::ALL[place]),
            shown,
            ..Reasoning::default()
        });
        // Neither a forced call nor a single one goes with everything else.
        let choice = choice.filter(|choice| reasoning.is_none() || !matches!(choice, ToolChoice::Required | ToolChoice::Tool(_)));
        let parallel = if choice.is_none() || choice == Some(ToolChoice::None) { None } else { parallel };
        let make = |turns| Request {
            system: system.iter().map(|text| Cow::Owned(text.clone())).collect(),
            turns,
            tools: vec![Tool::Function(Function { strict, description: Some("d".into()), ..function("f", Some(schema)) })],
            tool_choice: choice.clone(),
            parallel_calls: parallel,
            reasoning: reasoning.clone(),
            format: formatted.then(|| Format::Schema {
                name: None, description: None, schema: Schema::made(schema.to_owned()), strict: None,
            }),
            user: Some("u".into()),
            service_tier: tier.map(Cow::Borrowed),
            ..Request::default()
        };
        let set = Terms { reasoning_scale: Some(ReasoningScale::Effort), ..terms("x") };
        let (body, notes) = encoded(make(turns.clone()), &set, &[]);
        prop_assert_eq!(notes, ["filled max_tokens"]);
        let body = body.to_string();
        let read = decode(View::parse(body.as_bytes()).unwrap());
        prop_assert_eq!(read.notes.list(), &[]);
        prop_assert_eq!(&read.turns, &unmarked(turns));
        prop_assert_eq!(&read.system, &system);
        prop_assert_eq!(&read.reasoning, &reasoning);
        prop_assert_eq!(&read.tool_choice, &choice);
        prop_assert_eq!(read.parallel_calls, parallel);
        prop_assert_eq!(read.service_tier.as_deref(), tier);
        prop_assert_eq!(read.user.as_deref(), Some("u"));
        prop_assert_eq!(read.format.is_some(), formatted);
        let Some(Tool::Function(tool)) = read.tools.first() else { panic!("no tool") };
        prop_assert_eq!((&*tool.name, tool.description.as_deref(), tool.strict), ("f", Some("d"), strict));
        prop_assert_eq!(tool.schema.as_ref().map(Schema::raw), Some(schema));
    }
}
