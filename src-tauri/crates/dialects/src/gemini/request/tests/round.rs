//! What is written is read as it was.

use proptest::prelude::*;
use serde_json::Value;

use super::{MAKER, SCHEMA, decoded, encoded, function, image, model, terms, user};
use crate::form::{
    Block, Call, CallResult, Effort, Format, Media, MediaKind, Proof, ProofKind, Reasoning, Request, Schema, Source,
    Thought, Tool, ToolChoice, Turn,
};
use crate::gemini::request::decode;
use crate::json::View;

/// Blocks of a model's turn that come back as they were.
fn model_blocks() -> impl Strategy<Value = Vec<Block<'static>>> {
    let proof = |kind, data: String| Some(Proof { maker: Some(MAKER.into()), ..Proof::new(kind, data.into()) });
    let signature = "[a-zA-Z0-9]{1,12}";
    let block = prop_oneof![
        "[a-zé\"\n]{1,8}".prop_map(|text| vec![Block::Text(text.into())]),
        ("[a-z]{1,8}", signature).prop_map(move |(text, data)| {
            let beside = Thought { text: "".into(), proof: proof(ProofKind::TextPart, data) };
            vec![Block::Text(text.into()), Block::Thought(beside)]
        }),
        ("[a-z]{0,8}", signature).prop_map(move |(text, data)| {
            vec![Block::Thought(Thought { text: text.into(), proof: proof(ProofKind::ThoughtPart, data) })]
        }),
        (0_u32..1000, prop::option::of(signature)).prop_map(move |(n, data)| {
            let made =
                Call { id: "".into(), name: "f".into(), arguments: format!("{{\"n\":{n}}}").into(), custom: false };
            let before = data.map(|data| Thought { text: "".into(), proof: proof(ProofKind::CallPart, data) });
            before.map(Block::Thought).into_iter().chain([Block::Call(made)]).collect()
        }),
    ];
    prop::collection::vec(block, 1..4).prop_map(|blocks| blocks.into_iter().flatten().collect())
}

fn any_media() -> impl Strategy<Value = Block<'static>> {
    let kinds = vec![
        (MediaKind::Image, "image/webp"),
        (MediaKind::Document, "application/pdf"),
        (MediaKind::Audio, "audio/mp3"),
        (MediaKind::Video, "video/mp4"),
    ];
    (prop::sample::select(kinds), any::<bool>()).prop_map(|((kind, mime), is_data)| {
        let source = if is_data { Source::Data("AA+/".into()) } else { Source::Url("https://x.org/y".into()) };
        Block::Media(Media { kind, mime: Some(mime.into()), source, name: None, detail: None })
    })
}

/// Results for a turn's calls, in order, and what else the user says.
fn answers(calls: usize) -> impl Strategy<Value = Vec<Block<'static>>> {
    let said = prop_oneof!["[a-z ]{1,8}".prop_map(String::from), Just(r#"{"a":[1.50]}"#.to_owned())];
    let results = prop::collection::vec((said, any::<bool>(), any::<bool>()), calls);
    let rest =
        prop::collection::vec(prop_oneof!["[a-z]{1,8}".prop_map(|text| Block::Text(text.into())), any_media()], 1..3);
    (results, rest).prop_map(|(results, rest)| {
        let results = results.into_iter().map(|(text, is_error, with_image)| {
            let mut content = vec![Block::Text(text.into())];
            content.extend(with_image.then(image));
            Block::Result(CallResult { id: "".into(), name: Some("f".into()), content, is_error, custom: false })
        });
        results.chain(rest).collect()
    })
}

fn conversation() -> impl Strategy<Value = Vec<Turn<'static>>> {
    let step = model_blocks().prop_flat_map(|blocks| {
        let calls = blocks.iter().filter(|block| matches!(block, Block::Call(_))).count();
        (Just(blocks), answers(calls))
    });
    (answers(0), prop::collection::vec(step, 0..4)).prop_map(|(first, steps)| {
        let steps = steps.into_iter().flat_map(|(said, answered)| [model(said), user(answered)]);
        [user(first)].into_iter().chain(steps).collect()
    })
}

fn choice() -> impl Strategy<Value = Option<ToolChoice<'static>>> {
    prop::option::of(prop_oneof![
        Just(ToolChoice::None),
        Just(ToolChoice::Required),
        Just(ToolChoice::Tool("f".into())),
        Just(ToolChoice::Allowed { required: false, names: vec!["f".into()] }),
        Just(ToolChoice::Allowed { required: true, names: vec!["f".into(), "g".into()] }),
    ])
}

/// A conversation as it comes back: ids that were given on the way, and who made a proof, aside.
fn bare(turns: &[Turn<'_>]) -> Vec<String> {
    let mut turns: Vec<Turn<'_>> = turns.to_vec();
    for block in turns.iter_mut().flat_map(|turn| &mut turn.blocks) {
        match block {
            Block::Thought(Thought { proof: Some(proof), .. }) => proof.maker = None,
            Block::Call(call) => call.id = "".into(),
            Block::Result(result) => result.id = "".into(),
            _ => {}
        }
    }
    turns.iter().map(|turn| format!("{turn:?}")).collect()
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_it_was(
        turns in conversation(),
        system in prop::collection::vec("[a-z]{1,8}", 0..3),
        choice in choice(),
        effort in prop::option::of(prop::sample::select(vec![Effort::Minimal, Effort::Low, Effort::Medium, Effort::High])),
        shape in any::<bool>(),
    ) {
        let format = Format::Schema { name: None, description: None, schema: Schema::made(SCHEMA.to_owned()), strict: None };
        let mut request = Request {
            system: system.iter().map(|text| text.clone().into()).collect(),
            turns: turns.clone(),
            tools: vec![function("f"), function("g")],
            tool_choice: choice.clone(),
            reasoning: effort.map(|effort| Reasoning { effort: Some(effort), ..Reasoning::default() }),
            format: shape.then_some(format),
            ..Request::default()
        };
        request.name_calls();
        let (json, notes) = encoded(request, &terms("gemini-3-flash-preview"));
        prop_assert!(notes.iter().all(|note| note.starts_with("reshaped reasoning history")), "{notes:?}");
        let back = decoded(&json);
        prop_assert_eq!(back.notes.list().len(), 0);
        prop_assert_eq!(bare(&back.turns), bare(&turns));
        prop_assert_eq!(back.system, system);
        prop_assert_eq!(back.tool_choice, choice);
        prop_assert_eq!(back.reasoning.and_then(|reasoning| reasoning.effort), effort);
        prop_assert_eq!(back.format.is_some(), shape);
        prop_assert_eq!(back.tools.len(), 2);
        for tool in &back.tools {
            let Tool::Function(function) = tool else { panic!("{tool:?}") };
            prop_assert_eq!(function.schema.as_ref().map(Schema::raw), Some(SCHEMA));
        }
    }

    #[test]
    fn any_json_is_read(
        parts in "[\\[\\]{}:,\"a-z0-9 ]{0,30}",
        key in prop::sample::select(vec!["parts", "role", "functionCall", "inlineData", "tools", "systemInstruction", "generationConfig", "toolConfig"]),
    ) {
        for body in [
            format!(r#"{{"contents":[{{"parts":[{{"{key}":{parts}}}]}}]}}"#),
            format!(r#"{{"contents":[{{"{key}":{parts}}}],"{key}":{parts}}}"#),
        ] {
            if let Ok(root) = View::parse(body.as_bytes()) {
                let request = decode(root);
                let (json, _) = encoded(request, &terms("gemini-3-flash"));
                prop_assert!(serde_json::from_str::<Value>(&json).is_ok(), "{}", json);
            }
        }
    }
}
