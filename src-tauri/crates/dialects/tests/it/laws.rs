//! Laws that hold for every answer, whichever provider gave it.

use mainstay_dialects::{
    AnswerGlance, Dialect, Ending, Frame, Framing, Opening, Relay, Sign, Usage, convert_answer, read_answer,
};
use proptest::prelude::*;
use serde_json::Value;

use crate::corpus::{Sample, answers, streams};

fn opening() -> Opening {
    Opening {
        id: "0001".to_owned(),
        model: "asked".to_owned(),
        created_s: 1_700_000_000,
        include_usage: true,
        ..Opening::default()
    }
}

/// All frames of a stream that comes in pieces, the last ones included.
fn relay<'a>(
    upstream: Dialect,
    client: Dialect,
    framing: Framing,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<Frame>, Ending, Relay) {
    let mut relay = Relay::new(upstream, client, framing, opening());
    let mut frames: Vec<Frame> = pieces.into_iter().flat_map(|piece| relay.push(piece)).collect();
    let (last, ending) = relay.finish();
    frames.extend(last);
    (frames, ending, relay)
}

fn bytes(frames: &[Frame]) -> Vec<u8> {
    frames.iter().flat_map(|frame| frame.bytes.clone()).collect()
}

fn faults(frames: &[Frame]) -> Vec<&Sign> {
    frames.iter().map(|frame| &frame.sign).filter(|sign| matches!(sign, Sign::Error(_) | Sign::Malformed(_))).collect()
}

/// Small enough for tests that take the square of the length.
fn is_small(sample: &Sample) -> bool {
    sample.name.contains("tests/corpus")
}

/// Every place in a short stream, some in a longer one.
fn stride(sample: &Sample) -> usize {
    1 + sample.bytes.len() / 1088 * 4
}

#[test]
fn same_dialect_bytes_in_are_bytes_out() {
    for sample in streams() {
        let (frames, ending, _) = relay(sample.dialect, sample.dialect, Framing::Sse, [&sample.bytes[..]]);
        assert_eq!(bytes(&frames), sample.bytes, "{}", sample.name);
        assert_eq!(faults(&frames), Vec::<&Sign>::new(), "{}", sample.name);
        assert_eq!(ending, Ending::Whole, "{}", sample.name);
    }
}

#[test]
fn bytes_one_by_one_give_the_same_frames() {
    for sample in streams() {
        for client in Dialect::ALL {
            let (frames, ending, _) = relay(sample.dialect, client, Framing::Sse, [&sample.bytes[..]]);
            let (one_by_one, ending_too, _) = relay(sample.dialect, client, Framing::Sse, sample.bytes.chunks(1));
            assert!(frames == one_by_one && ending == ending_too, "{} to {client}", sample.name);
        }
    }
}

#[test]
fn every_split_in_two_gives_the_same_frames() {
    for sample in streams().into_iter().filter(is_small) {
        for client in Dialect::ALL {
            let (frames, ..) = relay(sample.dialect, client, Framing::Sse, [&sample.bytes[..]]);
            for at in (0..=sample.bytes.len()).step_by(stride(&sample)) {
                let (before, after) = sample.bytes.split_at(at);
                let (split, ..) = relay(sample.dialect, client, Framing::Sse, [before, after]);
                assert!(frames == split, "{} to {client}, split at {at}", sample.name);
            }
        }
    }
}

#[test]
fn a_stream_cut_off_anywhere_before_its_stop_reason_is_never_whole() {
    for sample in streams().into_iter().filter(is_small) {
        let (frames, ..) = relay(sample.dialect, sample.dialect, Framing::Sse, [&sample.bytes[..]]);
        let stop = frames.iter().position(|frame| frame.sign == Sign::Terminal).unwrap();
        // The event that stops may lack the end of its blank line, but no more.
        let until = bytes(&frames[..=stop]).trim_ascii_end().len();
        for client in Dialect::ALL {
            for at in (0..until).step_by(stride(&sample)) {
                let (_, ending, _) = relay(sample.dialect, client, Framing::Sse, [&sample.bytes[..at]]);
                assert_ne!(ending, Ending::Whole, "{} to {client}, cut at {at}", sample.name);
            }
        }
    }
}

#[test]
fn every_whole_answer_is_read() {
    for sample in answers() {
        let body: Value = serde_json::from_slice(&sample.bytes).unwrap();
        let read = read_answer(sample.dialect, &sample.bytes);
        if body.get("error").is_some_and(|error| !error.is_null()) {
            assert!(read.is_err(), "{}", sample.name);
        } else {
            let glance = read.unwrap_or_else(|fault| panic!("{}: {fault}", sample.name));
            assert!(
                glance.stop.is_some() && glance.usage.output.is_some() && glance.model.is_some(),
                "{}",
                sample.name
            );
            assert_eq!(
                convert_answer(sample.dialect, sample.dialect, &sample.bytes, &opening()).unwrap().body,
                sample.bytes
            );
        }
    }
}

/// The text of a whole answer, found without the crate.
fn text(dialect: Dialect, body: &[u8]) -> String {
    let body: Value = serde_json::from_slice(body).unwrap();
    let join = |list: &Value, key: &str| -> String {
        let list = list.as_array().cloned().unwrap_or_default();
        list.iter().filter(|part| part["thought"] != true).filter_map(|part| part[key].as_str()).collect()
    };
    match dialect {
        Dialect::Anthropic => {
            join(&body["content"], "text") + body["stop_details"]["explanation"].as_str().unwrap_or_default()
        }
        Dialect::OpenaiChat => {
            let message = &body["choices"][0]["message"];
            [&message["content"], &message["refusal"]].into_iter().filter_map(Value::as_str).collect()
        }
        Dialect::OpenaiResponses => {
            let parts = body["output"].as_array().cloned().unwrap_or_default();
            parts
                .iter()
                .filter(|item| item["type"] == "message")
                .map(|item| join(&item["content"], "text") + &join(&item["content"], "refusal"))
                .collect()
        }
        Dialect::Gemini => join(&body["candidates"][0]["content"]["parts"], "text"),
    }
}

/// The text of a stream, found without the crate's reader: all lines of `data: `.
fn stream_text(dialect: Dialect, wire: &[u8]) -> String {
    let mut all = String::new();
    for line in String::from_utf8(wire.to_vec()).unwrap().lines() {
        let Some(data) = line.strip_prefix("data:") else { continue };
        let Ok(data) = serde_json::from_str::<Value>(data) else { continue };
        if data["type"] == "message_stop" {
            // Some captures hold several answers.
            break;
        }
        let delta = match dialect {
            Dialect::Anthropic => {
                let delta = &data["delta"];
                [&delta["text"], &delta["stop_details"]["explanation"]].into_iter().filter_map(Value::as_str).collect()
            }
            Dialect::OpenaiChat => {
                let delta = &data["choices"][0]["delta"];
                [&delta["content"], &delta["refusal"]].into_iter().filter_map(Value::as_str).collect()
            }
            Dialect::OpenaiResponses => match data["type"].as_str() {
                Some("response.output_text.delta" | "response.refusal.delta") => {
                    data["delta"].as_str().unwrap_or_default().to_owned()
                }
                _ => String::new(),
            },
            Dialect::Gemini => text(dialect, data.to_string().as_bytes()),
        };
        all += &delta;
        if data["type"] == "response.completed" {
            // Some captures hold several answers.
            break;
        }
    }
    all
}

/// What every dialect can tell of the counts.
fn shared(usage: Usage) -> [u64; 3] {
    [usage.input, usage.output, usage.cached_input].map(Option::unwrap_or_default)
}

/// The stop reason that comes back from a dialect which cannot tell some apart.
fn kept_stop(stop: Option<&str>, sample: &Sample, via: Dialect) -> Option<String> {
    if sample.name.contains("turned_down") && via != Dialect::OpenaiChat {
        // Only OpenAI tells what a model says in place of an answer from other text: elsewhere a filter has cut it off.
        return Some("content_filter".to_owned());
    }
    let stop = match (stop?, via) {
        // Only Anthropic tells a stop sequence or a pause from an end, and a full window from a limit.
        ("stop_sequence" | "pause_turn", _) => "end_turn",
        ("model_context_window_exceeded", _) => "max_tokens",
        // The name of a time in which an answer had one call at most.
        ("function_call", _) => "tool_calls",
        (stop, _) => stop,
    };
    Some(stop.to_owned())
}

#[test]
fn a_text_answer_comes_back_from_another_dialect() {
    let mut converted = 0;
    for sample in answers() {
        // Holds calls that have been answered already, as no answer that comes over the wire does.
        if sample.name.contains("programmatic-tool-calling") {
            continue;
        }
        let Ok(AnswerGlance { stop, usage, .. }) = read_answer(sample.dialect, &sample.bytes) else { continue };
        for via in Dialect::ALL.into_iter().filter(|via| *via != sample.dialect) {
            let there = convert_answer(sample.dialect, via, &sample.bytes, &opening()).unwrap().body;
            assert_eq!(text(via, &there), text(sample.dialect, &sample.bytes), "{} in {via}", sample.name);
            let back = convert_answer(via, sample.dialect, &there, &opening()).unwrap().body;
            assert_eq!(text(sample.dialect, &back), text(sample.dialect, &sample.bytes), "{} by {via}", sample.name);
            let glance = read_answer(sample.dialect, &back).unwrap();
            assert_eq!(glance.stop, kept_stop(stop.as_deref(), &sample, via), "{} by {via}", sample.name);
            assert_eq!(shared(glance.usage), shared(usage), "{} by {via}", sample.name);
            converted += 1;
        }
    }
    assert!(converted >= 8, "only {converted}");
}

#[test]
fn a_text_stream_comes_back_from_another_dialect() {
    let mut converted = 0;
    // A capture of several responses in a row tells the counts of each, where a client that has the first hears no more.
    let is_one = |sample: &Sample| String::from_utf8_lossy(&sample.bytes).matches("\"response.created\"").count() <= 1;
    for sample in streams().into_iter().filter(is_one) {
        for via in Dialect::ALL.into_iter().filter(|via| *via != sample.dialect) {
            let (there, ending, first) = relay(sample.dialect, via, Framing::Sse, [&sample.bytes[..]]);
            if ending != Ending::Whole || !faults(&there).is_empty() {
                continue;
            }
            let there = bytes(&there);
            assert_eq!(
                stream_text(via, &there),
                stream_text(sample.dialect, &sample.bytes),
                "{} in {via}",
                sample.name
            );
            let (back, ending, second) = relay(via, sample.dialect, Framing::Sse, [&there[..]]);
            assert_eq!((faults(&back), ending), (Vec::new(), Ending::Whole), "{} by {via}", sample.name);
            let text = stream_text(sample.dialect, &bytes(&back));
            assert_eq!(text, stream_text(sample.dialect, &sample.bytes), "{} by {via}", sample.name);
            let (_, _, third) = relay(sample.dialect, sample.dialect, Framing::Sse, [&bytes(&back)[..]]);
            assert_eq!(
                third.stop().map(str::to_owned),
                kept_stop(first.stop(), &sample, via),
                "{} by {via}",
                sample.name
            );
            assert_eq!(shared(second.usage()), shared(first.usage()), "{} by {via}", sample.name);
            assert_eq!(shared(third.usage()), shared(first.usage()), "{} by {via}", sample.name);
            assert_eq!(third.model(), first.model(), "{} by {via}", sample.name);
            converted += 1;
        }
    }
    assert!(converted >= 6, "only {converted}");
}

#[test]
fn a_stream_and_a_whole_answer_in_an_array_are_valid_json() {
    for sample in streams() {
        let (frames, ending, relay) = relay(sample.dialect, Dialect::Gemini, Framing::JsonArray, [&sample.bytes[..]]);
        if ending != Ending::Whole || !faults(&frames).is_empty() {
            continue;
        }
        let filler = Framing::JsonArray.filler(Dialect::Gemini);
        let waited: Vec<u8> = frames.iter().flat_map(|frame| [filler, &frame.bytes].concat()).collect();
        let elements: Vec<Value> = serde_json::from_slice(&waited).unwrap();
        let whole: String = elements.iter().map(|e| text(Dialect::Gemini, e.to_string().as_bytes())).collect();
        assert_eq!(whole, stream_text(sample.dialect, &sample.bytes), "{}", sample.name);
        assert!(relay.stop().is_some());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn hostile_bytes_never_panic_and_split_alike(
        wire in proptest::string::string_regex(
            "(data: |event: error\n|\\{|\\}|\"type\":|\"choices\":\\[|\"error\":\\{|\"message_delta\"|\\]|,|\n\n|\r\n|\r|null|\\[DONE\\]|\"|é){0,40}"
        ).unwrap(),
        at in any::<prop::sample::Index>(),
    ) {
        let (before, after) = wire.as_bytes().split_at(at.index(wire.len() + 1));
        for upstream in Dialect::ALL {
            for client in Dialect::ALL {
                let (whole, ending, _) = relay(upstream, client, Framing::Sse, [wire.as_bytes()]);
                let (split, ending_too, _) = relay(upstream, client, Framing::Sse, [before, after]);
                prop_assert_eq!(whole, split);
                prop_assert_eq!(ending, ending_too);
            }
            let _ = read_answer(upstream, wire.as_bytes());
        }
    }
}
