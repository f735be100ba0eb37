//! The dialect against itself: what it writes it reads, and both as the official SDK does.

mod decoded;
mod grammar;
mod requests;

use std::borrow::Cow;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{EventReader, EventWriter, read_whole, write_whole};
use crate::back::Back;
use crate::form::{Origin, Piece, Proof, ProofKind, Reason, Stop, Tally, fold};
use crate::json::View;
use crate::notes::Notes;
use crate::relay::Opening;
use crate::retell::Retelling;
use crate::stream::{self, EventReader as _, EventWriter as _};

fn opening() -> Opening {
    Opening { id: "9".to_owned(), model: "asked".to_owned(), maker: "me".to_owned(), ..Opening::default() }
}

/// The corpus's streams: name and bytes.
fn streams() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/openai-responses");
    let mut all: Vec<(String, String)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "sse"))
        .map(|path| (path.display().to_string(), fs::read_to_string(&path).unwrap()))
        .collect();
    all.sort();
    assert!(all.len() >= 10);
    all
}

fn data(wire: &str) -> impl Iterator<Item = &str> {
    wire.lines().filter_map(|line| line.strip_prefix("data:")).map(str::trim)
}

fn read(wire: &str) -> (Vec<Piece<'static>>, Tally) {
    let mut reader = EventReader::default();
    let mut pieces = Vec::new();
    for data in data(wire) {
        let reading = reader.read(data);
        assert_eq!(reading.fault, None, "{data}");
        pieces.extend(reading.pieces.into_iter().map(Piece::into_owned));
    }
    (pieces, reader.tally().clone())
}

/// What a client of this dialect is sent of an upstream's pieces.
fn written(pieces: Vec<Piece<'static>>, tally: &Tally, opening: &Opening) -> String {
    let mut retelling = Retelling::new(opening.clone());
    let mut writer = EventWriter::new(opening.clone());
    let mut events = writer.open(tally);
    let mut told = retelling.push(pieces);
    told.extend(retelling.finish());
    for piece in told {
        events.extend(writer.piece(&piece, tally));
    }
    events.extend(writer.close(&retelling.tally(tally)));
    events.iter().map(|event| String::from_utf8(stream::sse(event)).unwrap()).collect()
}

/// Pieces with what belongs together in one, proofs as their maker wrote them, and without what is not told.
fn plain(pieces: Vec<Piece<'static>>) -> Vec<Piece<'static>> {
    let mut plain: Vec<Piece<'static>> = Vec::new();
    for piece in pieces {
        match (piece, plain.last_mut()) {
            (Piece::Other(_) | Piece::CallEnd { .. }, _) => {}
            (Piece::Text(text), Some(Piece::Text(before)))
            | (Piece::Refusal(text), Some(Piece::Refusal(before)))
            | (Piece::Thought(text), Some(Piece::Thought(before)))
            | (Piece::CallArgs { text, .. }, Some(Piece::CallArgs { text: before, .. })) => {
                before.to_mut().push_str(&text);
            }
            (Piece::CallStart { id, name, custom, .. }, _) => {
                plain.push(Piece::CallStart { slot: 0, id, name, custom });
            }
            (Piece::CallArgs { text, .. }, _) => plain.push(Piece::CallArgs { slot: 0, text }),
            (Piece::Proof(proof), _) => {
                let opened = Proof::open(&proof.data).unwrap_or(proof);
                plain.push(Piece::Proof(Proof { maker: None, ..opened }));
            }
            (piece, _) => plain.push(piece),
        }
    }
    plain
}

#[test]
fn a_stream_that_is_told_anew_says_the_same() {
    for (name, wire) in streams() {
        let (pieces, mut tally) = read(&wire);
        let (back, mut tally_back) = read(&written(pieces.clone(), &tally, &opening()));
        // Each telling has ids of its own.
        (tally.kept, tally_back.kept) = (Vec::new(), Vec::new());
        assert_eq!(plain(back), plain(pieces), "{name}");
        assert_eq!(tally_back, tally, "{name}");
    }
}

#[test]
fn a_stream_and_its_last_event_agree() {
    for (name, wire) in streams() {
        let (pieces, tally) = read(&wire);
        let last = data(&wire).last().and_then(|data| serde_json::from_str::<Value>(data).ok()).unwrap();
        let whole = last["response"].to_string();
        let (reading, whole_tally) = read_whole(View::parse(whole.as_bytes()).unwrap());
        let whole = plain(reading.pieces.into_iter().map(Piece::into_owned).collect());
        assert_eq!(plain(pieces), whole, "{name}");
        assert_eq!(whole_tally, tally, "{name}");
    }
}

#[test]
fn a_whole_answer_is_what_its_stream_ends_with() {
    for (name, wire) in streams() {
        let (pieces, tally) = read(&wire);
        let streamed = written(pieces.clone(), &tally, &opening());
        let last: Value = serde_json::from_str(data(&streamed).last().unwrap()).unwrap();
        let mut retelling = Retelling::new(opening());
        let mut told = retelling.push(pieces);
        told.extend(retelling.finish());
        let blocks = fold(told);
        let whole = write_whole(&blocks, &retelling.tally(&tally), &opening(), &mut Notes::default());
        assert_eq!(serde_json::from_str::<Value>(&whole).unwrap(), last["response"], "{name}");
    }
}

/// The items of an answer that is made of these pieces.
fn items(pieces: Vec<Piece<'static>>, back: Back) -> Vec<Value> {
    items_until(Reason::End, pieces, back)
}

fn items_until(reason: Reason, pieces: Vec<Piece<'static>>, back: Back) -> Vec<Value> {
    let stop = Stop { reason, raw: "x".to_owned(), sequence: None };
    let tally = Tally { stop: Some(stop), ..Tally::default() };
    let wire = written(pieces, &tally, &Opening { back, ..opening() });
    let events: Vec<Value> = data(&wire).map(|data| serde_json::from_str(data).unwrap()).collect();
    grammar::check(&events);
    events.last().unwrap()["response"]["output"].as_array().unwrap().clone()
}

fn call(name: &'static str, arguments: &'static str) -> Vec<Piece<'static>> {
    let start = Piece::CallStart { slot: 3, id: "call_1".into(), name: name.into(), custom: false };
    let told = (!arguments.is_empty()).then(|| Piece::CallArgs { slot: 3, text: arguments.into() });
    [Some(start), told, Some(Piece::CallEnd { slot: 3 })].into_iter().flatten().collect()
}

fn proof(kind: ProofKind) -> Piece<'static> {
    Piece::Proof(Proof::new(kind, "p".into()))
}

#[test]
fn a_client_finds_its_tools_as_it_knows_them() {
    let origins = vec![
        ("agents__spawn".to_owned(), Origin::Namespace { namespace: "agents".to_owned(), name: "spawn".to_owned() }),
        ("tool_search".to_owned(), Origin::ToolSearch),
    ];
    let back = Back { origins, ..Back::default() };
    let told = items(call("agents__spawn", r#"{"task":1}"#), back.clone());
    assert_eq!(told[0]["type"], "function_call");
    assert_eq!((&told[0]["name"], &told[0]["namespace"]), (&"spawn".into(), &"agents".into()));
    let told = items(call("tool_search", r#"{"query":"x"}"#), back);
    assert_eq!((&told[0]["type"], &told[0]["execution"]), (&"tool_search_call".into(), &"client".into()));
    assert_eq!(told[0]["arguments"]["query"], "x");
    let told = items(call("agents__spawn", ""), Back::default());
    assert_eq!((&told[0]["name"], &told[0]["arguments"]), (&"agents__spawn".into(), &"{}".into()));
    assert_eq!(told[0].get("namespace"), None);
}

#[test]
fn a_call_that_was_cut_off_is_not_told_as_complete() {
    let custom = vec![
        Piece::CallStart { slot: 3, id: "c".into(), name: "f".into(), custom: true },
        Piece::CallArgs { slot: 3, text: "rm -r /tmp".into() },
    ];
    for (pieces, status, arguments) in [
        (call("f", r#"{"a":1}"#), "completed", r#"{"a":1}"#),
        (call("f", r#"{"a":"#), "incomplete", r#"{"a":"#),
        (call("f", ""), "incomplete", ""),
        (custom, "incomplete", "rm -r /tmp"),
    ] {
        let pieces = [call("g", ""), pieces].concat();
        let told = items_until(Reason::Length, pieces, Back::default());
        assert_eq!((&told[0]["status"], &told[0]["arguments"]), (&"completed".into(), &"{}".into()));
        let said = told[1].get("arguments").unwrap_or(&told[1]["input"]);
        assert_eq!((&told[1]["status"], said), (&status.into(), &arguments.into()));
    }
}

#[test]
fn proofs_of_every_kind_come_sealed_and_none_to_who_did_not_ask() {
    let thought = || Piece::Thought("t".into());
    for kind in [ProofKind::Signature, ProofKind::Encrypted, ProofKind::ThoughtPart, ProofKind::Bare] {
        let told = items(vec![thought(), proof(kind), Piece::Text("x".into())], Back::default());
        let sealed = Proof::open(told[0]["encrypted_content"].as_str().unwrap()).unwrap();
        assert!(sealed.is_by("me") && sealed.kind == kind);
        assert_eq!(told[0]["summary"][0]["text"], "t");
    }
    for kind in [ProofKind::Redacted, ProofKind::CallPart] {
        let pieces = [vec![thought(), proof(ProofKind::Signature), proof(kind)], call("f", "{}")].concat();
        let told = items(pieces, Back::default());
        let types: Vec<&str> = told.iter().map(|item| item["type"].as_str().unwrap()).collect();
        assert_eq!(types, ["reasoning", "reasoning", "function_call"]);
        assert_eq!(told[1]["summary"].as_array().unwrap().len(), 0);
        assert!(Proof::open(told[1]["encrypted_content"].as_str().unwrap()).is_some());
    }
    let omits = Back { omits_proofs: true, ..Back::default() };
    let told = items(vec![thought(), proof(ProofKind::Signature), proof(ProofKind::Redacted)], omits);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].get("encrypted_content"), None);
    assert!(told[0]["id"].as_str().unwrap().starts_with(&format!("rs_{}", crate::form::SEAL)));
}

#[test]
fn citations_stand_by_the_text_before_them() {
    let cite =
        |url: &'static str| Piece::Citation(crate::form::Citation { url: url.into(), title: "T".into(), quote: None });
    let text = |text: &'static str| Piece::Text(text.into());
    let told = items(vec![text("é1"), cite("a"), cite("b"), text("23"), cite("c")], Back::default());
    let places: Vec<[u64; 2]> = told[0]["content"][0]["annotations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|annotation| ["start_index", "end_index"].map(|key| annotation[key].as_u64().unwrap()))
        .collect();
    assert_eq!(places, [[0, 2], [0, 2], [2, 4]]);
}

#[test]
fn an_image_that_the_model_made_is_what_its_tool_would_give() {
    use crate::form::{Media, MediaKind};
    let image = Media::of_data(MediaKind::Image, "image/webp".into(), "AAAA".into());
    let sound = Media::of_data(MediaKind::Audio, "audio/wav".into(), "AAAA".into());
    let told = items(vec![Piece::Text("x".into()), Piece::Media(image), Piece::Media(sound)], Back::default());
    assert_eq!(told.len(), 2);
    assert_eq!((&told[1]["type"], &told[1]["result"]), (&"image_generation_call".into(), &"AAAA".into()));
}

fn pieces_of(events: &[&str]) -> Vec<Piece<'static>> {
    let wire: String = events.iter().map(|event| format!("data: {event}\n\n")).collect();
    plain(read(&wire).0)
}

#[test]
fn what_comes_only_at_an_items_or_the_answers_end_is_told_and_nothing_twice() {
    let item = r#"{"type":"message","id":"m","role":"assistant","content":[{"type":"output_text","text":"ab","annotations":[]}]}"#;
    let call = r#"{"type":"function_call","id":"f","call_id":"c","name":"n","arguments":"{}"}"#;
    let done = |index: u8, item: &str| {
        format!(r#"{{"type":"response.output_item.done","output_index":{index},"item":{item}}}"#)
    };
    let completed =
        format!(r#"{{"type":"response.completed","response":{{"status":"completed","output":[{item},{call}]}}}}"#);
    let delta = |text: &str| {
        format!(r#"{{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"{text}"}}"#)
    };
    let expected = vec![
        Piece::Text("ab".into()),
        Piece::CallStart { slot: 0, id: "c".into(), name: "n".into(), custom: false },
        Piece::CallArgs { slot: 0, text: "{}".into() },
    ];
    assert_eq!(pieces_of(&[&completed]), expected);
    assert_eq!(pieces_of(&[&done(0, item), &done(1, call), &completed]), expected);
    assert_eq!(pieces_of(&[&delta("a"), &delta("b"), &done(0, item), &done(1, call), &completed]), expected);
    let text_done = r#"{"type":"response.output_text.done","output_index":0,"content_index":0,"text":"ab"}"#;
    assert_eq!(pieces_of(&[text_done, &done(0, item), &completed]), expected[..1]);
    let added = r#"{"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","call_id":"c","name":"n","arguments":""}}"#;
    let all_args = r#"{"type":"response.function_call_arguments.done","output_index":0,"arguments":"{}"}"#;
    assert_eq!(pieces_of(&[added, all_args, &done(0, call)]), expected[1..]);
    let part_args = r#"{"type":"response.function_call_arguments.delta","output_index":0,"delta":"{}"}"#;
    assert_eq!(pieces_of(&[added, part_args, all_args, &done(0, call)]), expected[1..]);
}

#[test]
fn reasoning_without_a_proof_is_kept_apart_from_the_next() {
    let done = |index: u8, text: &str| {
        format!(
            r#"{{"type":"response.output_item.done","output_index":{index},"item":{{"type":"reasoning","summary":[{{"type":"summary_text","text":"{text}"}}],"content":[{{"type":"reasoning_text","text":"all of it"}}]}}}}"#
        )
    };
    let bare = || Piece::Proof(Proof::new(ProofKind::Bare, Cow::Borrowed("")));
    let thought = |text: &'static str| Piece::Thought(text.into());
    assert_eq!(pieces_of(&[&done(0, "a"), &done(1, "b")]), [thought("a"), bare(), thought("b"), bare()]);
}

#[test]
fn an_image_and_what_the_provider_did_are_told_once() {
    let added = r#"{"type":"response.output_item.added","output_index":0,"item":{"type":"image_generation_call","status":"in_progress"}}"#;
    let done = r#"{"type":"response.output_item.done","output_index":0,"item":{"type":"image_generation_call","status":"completed","result":"AAAA"}}"#;
    let mut reader = EventReader::default();
    let begun = reader.read(added);
    assert!(begun.pieces.is_empty() && begun.has_content(), "nothing is left out, and something has begun");
    assert!(matches!(reader.read(done).pieces[..], [Piece::Media(_)]));
    assert!(reader.read(done).pieces.is_empty());
    let failed = done.replace(r#","result":"AAAA""#, "");
    assert_eq!(EventReader::default().read(&failed).pieces, [Piece::Other("the making of an image")]);
}
