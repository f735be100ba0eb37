//! There and back: what this dialect carries comes back as it was.

use std::borrow::Cow;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{EventReader, EventWriter, decode, encode, read_whole, write_whole};
use crate::form::{
    Block, Call, CallResult, Effort, Format, Function, Media, MediaKind, Piece, Proof, ProofKind, Reading, Reason,
    Reasoning, Request, Role, Stop, Tally, Thought, Tool, ToolChoice, Turn, fold,
};
use crate::json::View;
use crate::notes::Notes;
use crate::relay::Opening;
use crate::retell::Retelling;
use crate::stream::{EventReader as _, EventWriter as _};
use crate::terms::Terms;
use crate::translate::{Draft, Order};

const SCHEMAS: [&str; 2] = [
    r#"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}"#,
    r#"{"type":"object","properties":{}}"#,
];

fn text() -> impl Strategy<Value = Cow<'static, str>> {
    "[a-zü😀\"\\\\\n ]{1,12}".prop_map(Cow::Owned)
}

fn media() -> impl Strategy<Value = Block<'static>> {
    let detail = prop::option::of(prop::sample::select(vec!["low", "high"]));
    let data = prop::sample::select(vec!["data:image/png;base64,AAAA", "https://example.org/a.png"]);
    let image = (data, detail).prop_map(|(url, detail)| Media {
        detail: detail.map(Cow::Borrowed),
        ..Media::of_url(MediaKind::Image, url.into())
    });
    let sound = prop::sample::select(vec!["audio/wav", "audio/mpeg"])
        .prop_map(|mime| Media::of_data(MediaKind::Audio, mime.into(), "AAAA".into()));
    let pdf = "[a-z]{1,5}".prop_map(|name| Media {
        name: Some(Cow::Owned(name)),
        ..Media::of_data(MediaKind::Document, "application/pdf".into(), "AAAA".into())
    });
    prop_oneof![image, sound, pdf].prop_map(Block::Media)
}

/// A step of a conversation: what the user says, what the assistant thinks, says and calls, and what the tools gave.
type Step = (Vec<Block<'static>>, Option<Cow<'static, str>>, Cow<'static, str>, Vec<(bool, Cow<'static, str>)>);

fn step() -> impl Strategy<Value = Step> {
    let said = prop::collection::vec(prop_oneof![text().prop_map(Block::Text), media()], 1..4);
    let calls = prop::collection::vec((any::<bool>(), text()), 0..3);
    (said, prop::option::of(text()), text(), calls)
}

fn turns(steps: Vec<Step>) -> Vec<Turn<'static>> {
    let mut turns = Vec::new();
    let mut results = Vec::new();
    for (number, (said, thought, answer, calls)) in steps.into_iter().enumerate() {
        let user: Vec<_> = std::mem::take(&mut results).into_iter().chain(said).collect();
        turns.push(Turn { role: Role::User, blocks: user });
        let proof = Proof { maker: Some("m".into()), ..Proof::new(ProofKind::Bare, "".into()) };
        let thought = thought.map(|text| Block::Thought(Thought { text, proof: Some(proof) }));
        let mut blocks: Vec<_> = thought.into_iter().chain([Block::Text(answer)]).collect();
        for (place, (custom, text)) in calls.into_iter().enumerate() {
            let id: Cow<'static, str> = Cow::Owned(format!("c{number}_{place}"));
            let arguments = if custom { text.clone() } else { "{\"a\":1.0}".into() };
            blocks.push(Block::Call(Call { id: id.clone(), name: "f".into(), arguments, custom }));
            let content = vec![Block::Text(text)];
            results.push(Block::Result(CallResult { id, name: None, content, is_error: false, custom }));
        }
        turns.push(Turn { role: Role::Assistant, blocks });
    }
    if !results.is_empty() {
        turns.push(Turn { role: Role::User, blocks: results });
    }
    turns
}

fn tool() -> impl Strategy<Value = (bool, Option<Cow<'static, str>>, usize)> {
    (any::<bool>(), prop::option::of(text()), 0..SCHEMAS.len())
}

fn function((custom, description, schema): (bool, Option<Cow<'static, str>>, usize), place: usize) -> Tool<'static> {
    let text = SCHEMAS[schema];
    Tool::Function(Function {
        name: format!("f{place}").into(),
        description,
        schema: (!custom).then(|| View::parse(text.as_bytes()).unwrap().into()),
        strict: (!custom && schema == 0).then_some(true),
        custom: custom.then_some(None),
    })
}

/// A request's parts that have no equality, as text.
fn say(request: &Request<'_>) -> String {
    let tools: Vec<String> = request
        .tools
        .iter()
        .map(|tool| match tool {
            Tool::Function(own) => format!(
                "{} {:?} {:?} {:?} {:?}",
                own.name,
                own.description,
                own.schema.as_ref().map(|schema| schema.raw().to_owned()),
                own.strict,
                own.custom.map(|format| format.map(View::raw)),
            ),
            Tool::WebSearch(_) => "web search".to_owned(),
        })
        .collect();
    let format = request.format.as_ref().map(|format| match format {
        Format::Json => "json".to_owned(),
        Format::Schema { name, description, schema, strict } => {
            format!("{name:?} {description:?} {} {strict:?}", schema.raw())
        }
    });
    format!("{tools:?} {format:?} {:?}", request.reasoning)
}

/// The turns as a reader has them: each message is a turn, and plain reasoning has no proof.
fn as_read(turns: Vec<Turn<'static>>) -> Vec<Turn<'static>> {
    let mut read = Vec::new();
    for turn in turns {
        let (results, mut rest): (Vec<_>, Vec<_>) =
            turn.blocks.into_iter().partition(|block| matches!(block, Block::Result(_)));
        read.extend(results.into_iter().map(|result| Turn { role: Role::User, blocks: vec![result] }));
        for block in &mut rest {
            if let Block::Thought(thought) = block {
                thought.proof = None;
            }
        }
        if !rest.is_empty() {
            read.push(Turn { role: turn.role, blocks: rest });
        }
    }
    read
}

proptest! {
    #[test]
    fn a_request_comes_back_as_it_was(
        system in prop::option::of(text()),
        steps in prop::collection::vec(step(), 1..4),
        tools in prop::collection::vec(tool(), 1..4),
        choice in prop::sample::select(vec![
            None,
            Some(ToolChoice::Auto),
            Some(ToolChoice::None),
            Some(ToolChoice::Required),
            Some(ToolChoice::Tool("f0".into())),
            Some(ToolChoice::Allowed { required: true, names: vec!["f0".into()] }),
        ]),
        parallel in prop::option::of(any::<bool>()),
        format in prop::option::of((prop::option::of(text()), any::<bool>())),
        effort in prop::option::of(prop::sample::select(vec![Effort::Low, Effort::Medium, Effort::High, Effort::Xhigh])),
        words in prop::option::of("[a-z]{1,8}"),
    ) {
        let turns = turns(steps);
        let terms = Terms { model: "gpt-5.2".to_owned(), maker: "m".to_owned(), ..Terms::default() };
        let word = || words.clone().map(Cow::Owned);
        let request = Request {
            system: system.into_iter().collect(),
            turns: turns.clone(),
            tools: tools.into_iter().enumerate().map(|(place, tool)| function(tool, place)).collect(),
            tool_choice: choice,
            parallel_calls: parallel,
            reasoning: effort.map(|effort| Reasoning { effort: Some(effort), ..Reasoning::default() }),
            format: format.map(|(description, strict)| Format::Schema {
                name: Some("shape".into()),
                description,
                schema: View::parse(SCHEMAS[0].as_bytes()).unwrap().into(),
                strict: strict.then_some(true),
            }),
            verbosity: word(),
            user: word(),
            cache_key: word(),
            service_tier: word(),
            ..Request::default()
        };
        let said = say(&request);
        let order = Order {
            request,
            stream: true,
            include_usage: true,
            choices: &[],
            extras: &[],
            terms: &terms,
        };
        let mut draft = Draft::default();
        let body = encode(&order, &mut draft);
        prop_assert_eq!(draft.notes.list(), []);
        prop_assert!(serde_json::from_str::<Value>(&body).is_ok());
        let read = decode(View::parse(body.as_bytes()).unwrap());
        let list: Vec<_> = read.notes.list().to_vec();
        prop_assert_eq!(list, []);
        prop_assert_eq!(&read.turns, &as_read(turns));
        prop_assert_eq!(&read.system, &order.request.system);
        prop_assert_eq!(&read.tool_choice, &order.request.tool_choice);
        prop_assert_eq!(read.parallel_calls, parallel);
        prop_assert_eq!(say(&read), said);
        for (read, sent) in [
            (&read.verbosity, &order.request.verbosity),
            (&read.user, &order.request.user),
            (&read.cache_key, &order.request.cache_key),
            (&read.service_tier, &order.request.service_tier),
        ] {
            prop_assert_eq!(read, sent);
        }
    }
}

fn opening() -> Opening {
    Opening { id: "1".to_owned(), model: "asked".to_owned(), maker: "m".to_owned(), ..Opening::default() }
}

fn tally() -> Tally {
    Tally { stop: Some(Stop { reason: Reason::End, raw: "stop".to_owned(), sequence: None }), ..Tally::default() }
}

/// An answer as pieces, of every kind that other dialects have.
fn pieces() -> Vec<Piece<'static>> {
    let proof = |kind, data: &'static str| Piece::Proof(Proof::new(kind, data.into()));
    vec![
        Piece::Thought("a".into()),
        Piece::Thought("b".into()),
        proof(ProofKind::Signature, "sig"),
        proof(ProofKind::Redacted, "red"),
        Piece::Thought("c".into()),
        Piece::Proof(Proof { id: Some("rs_1".into()), ..Proof::new(ProofKind::Encrypted, "enc".into()) }),
        Piece::Text("Hi".into()),
        Piece::Text("!".into()),
        proof(ProofKind::CallPart, "call"),
        Piece::CallStart { slot: 0, id: "c1".into(), name: "f".into(), custom: false },
        Piece::CallArgs { slot: 0, text: "{\"a\":".into() },
        Piece::CallArgs { slot: 0, text: "1}".into() },
        Piece::CallEnd { slot: 0 },
        Piece::CallStart { slot: 1, id: "c2".into(), name: "g".into(), custom: false },
        Piece::CallEnd { slot: 1 },
        Piece::CallStart { slot: 2, id: "c3".into(), name: "h".into(), custom: true },
        Piece::CallArgs { slot: 2, text: "x".into() },
        Piece::CallArgs { slot: 2, text: "y".into() },
        Piece::CallEnd { slot: 2 },
    ]
}

/// The message that a client makes of a stream, as OpenAI's own accumulator does, with lists put together.
fn accumulate(pieces: Vec<Piece<'static>>) -> Value {
    let mut retelling = Retelling::new(opening());
    let mut writer = EventWriter::new(opening());
    let mut told = retelling.push(pieces);
    told.extend(retelling.finish());
    let mut events = writer.open(&tally());
    told.iter().for_each(|piece| events.extend(writer.piece(piece, &tally())));
    let mut message = json!({"content": "", "reasoning_content": "", "reasoning_details": [], "tool_calls": []});
    for event in events {
        let chunk: Value = serde_json::from_str(&event.data).unwrap();
        for (key, value) in chunk["choices"][0]["delta"].as_object().unwrap() {
            match key.as_str() {
                "content" | "reasoning_content" => {
                    message[key] = format!("{}{}", message[key].as_str().unwrap(), value.as_str().unwrap()).into();
                }
                "tool_calls" => {
                    let calls = message[key].as_array_mut().unwrap();
                    let (index, part) = (value[0]["index"].as_u64().unwrap() as usize, value[0].as_object().unwrap());
                    if index == calls.len() {
                        calls.push(json!({}));
                    }
                    for (key, value) in part.iter().filter(|(key, _)| *key != "index") {
                        if key == "function" && !calls[index]["function"].is_null() {
                            let before = calls[index]["function"]["arguments"].as_str().unwrap().to_owned();
                            calls[index]["function"]["arguments"] =
                                (before + value["arguments"].as_str().unwrap()).into();
                        } else {
                            calls[index][key] = value.clone();
                        }
                    }
                }
                _ if value.is_array() => {
                    message[key].as_array_mut().unwrap().extend(value.as_array().unwrap().clone());
                }
                _ => message[key] = value.clone(),
            }
        }
    }
    message
}

fn whole(pieces: Vec<Piece<'static>>) -> Value {
    let mut retelling = Retelling::new(opening());
    let mut told = retelling.push(pieces);
    told.extend(retelling.finish());
    let mut notes = Notes::default();
    let answer = write_whole(&fold(told), &tally(), &opening(), &mut notes);
    assert_eq!(notes.list(), []);
    serde_json::from_str::<Value>(&answer).unwrap()["choices"][0]["message"].clone()
}

#[test]
fn a_stream_and_a_whole_answer_say_the_same() {
    assert_eq!(accumulate(pieces()), whole(pieces()));
}

#[test]
fn what_a_client_was_given_comes_back_with_its_proofs() {
    for message in [accumulate(pieces()), whole(pieces())] {
        let body = json!({"messages": [message]}).to_string();
        let request = decode(View::parse(body.as_bytes()).unwrap());
        assert_eq!(request.notes.list(), [], "{body}");
        let proof = |kind, data: &'static str| Some(Proof { maker: Some("m".into()), ..Proof::new(kind, data.into()) });
        let thought = |text: &'static str, proof| Block::Thought(Thought { text: text.into(), proof });
        let call = |id: &'static str, name: &'static str, arguments: &'static str, custom| {
            Block::Call(Call { id: id.into(), name: name.into(), arguments: arguments.into(), custom })
        };
        let encrypted = proof(ProofKind::Encrypted, "enc").map(|proof| Proof { id: Some("rs_1".into()), ..proof });
        assert_eq!(
            request.turns[0].blocks,
            [
                thought("ab", proof(ProofKind::Signature, "sig")),
                thought("", proof(ProofKind::Redacted, "red")),
                thought("c", encrypted),
                Block::Text("Hi!".into()),
                thought("", proof(ProofKind::CallPart, "call")),
                call("c1", "f", "{\"a\":1}", false),
                call("c2", "g", "{}", false),
                call("c3", "h", "xy", true),
            ]
        );
    }
}

/// The blocks of a whole answer or of a stream.
fn blocks(readings: Vec<Reading<'_>>) -> Vec<Block<'static>> {
    let mut retelling = Retelling::new(opening());
    let mut told = Vec::new();
    for reading in readings {
        assert_eq!(reading.fault, None);
        told.extend(retelling.push(reading.pieces).into_iter().map(Piece::into_owned));
    }
    told.extend(retelling.finish());
    fold(told)
}

#[test]
fn an_answer_of_this_dialect_is_told_again_as_it_was() {
    let answer = json!({
        "model": "m",
        "choices": [{"index": 0, "finish_reason": "tool_calls", "message": {
            "role": "assistant",
            "content": "Hi",
            "refusal": "No",
            "reasoning_content": "Hm",
            "tool_calls": [{"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
            "annotations": [{"type": "url_citation", "url_citation": {"url": "https://example.org", "title": "T",
                "start_index": 0, "end_index": 2, "content": "words"}}],
            "images": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}],
        }}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 14,
            "prompt_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 2},
            "completion_tokens_details": {"reasoning_tokens": 1}},
    })
    .to_string();
    let (reading, tally) = read_whole(View::parse(answer.as_bytes()).unwrap());
    let first = blocks(vec![reading]);
    let mut notes = Notes::default();
    let again = write_whole(&first, &tally, &opening(), &mut notes);
    let (reading, tally_again) = read_whole(View::parse(again.as_bytes()).unwrap());
    assert_eq!(tally_again, tally);
    let mut second = blocks(vec![reading]);
    // What was bare has been sealed for the client.
    if let Some(Block::Thought(thought)) = second.first_mut() {
        thought.proof = Some(Proof::new(ProofKind::Bare, "".into()));
    }
    let at = |blocks: &[Block<'_>], wanted: fn(&Block<'_>) -> bool| blocks.iter().filter(|block| wanted(block)).count();
    assert_eq!(at(&first, |block| matches!(block, Block::Citation(_) | Block::Media(_))), 2);
    assert_eq!(second, first);
}

#[test]
fn a_stream_reads_as_its_whole_answer_does() {
    let chunks = [
        r#"{"choices":[{"index":0,"delta":{"role":"assistant","reasoning_content":"H"}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"reasoning_content":"m"}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"content":"Hi"}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{"}},{"index":1,"id":"b","function":{"name":"g","arguments":"{}"}}]}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"}"}}]}}]}"#,
        r#"{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}"#,
        r#"{"choices":[{"index":0,"delta":{"content":"!"},"finish_reason":"stop"}]}"#,
        r#"{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#,
        "[DONE]",
    ];
    let mut reader = EventReader::default();
    let readings: Vec<_> = chunks.iter().map(|chunk| reader.read(chunk)).collect();
    assert!(readings[7].closed && readings[8].closed);
    let stop = reader.tally().stop.clone().unwrap();
    assert_eq!((stop.reason, &*stop.raw), (Reason::ToolUse, "tool_calls"));
    let call = |id: &'static str, name: &'static str| {
        Block::Call(Call { id: id.into(), name: name.into(), arguments: "{}".into(), custom: false })
    };
    assert_eq!(
        blocks(readings),
        [
            Block::Thought(Thought { text: "Hm".into(), proof: Some(Proof::new(ProofKind::Bare, "".into())) }),
            Block::Text("Hi".into()),
            call("a", "f"),
            call("b", "g"),
            Block::Text("!".into()),
        ]
    );
}
