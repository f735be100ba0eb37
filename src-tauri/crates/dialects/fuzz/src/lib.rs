//! What has to hold for any bytes.

use mainstay_dialects::{
    Dialect, Frame, Framing, Opening, Relay, Terms, convert_answer, count_texts, glance, prepare, prepare_count,
    read_answer, read_error, stream_answer,
};

/// The crate holds nothing that grows faster than this with its input, with room for the text around a small one.
const MOST_GROWTH: usize = 64;
const MOST_FRAME: usize = 4096;

/// Runs a dialect's decoders over bytes. The first says what the rest is.
pub fn decode(dialect: Dialect, data: &[u8]) {
    let Some((what, bytes)) = data.split_first() else { return };
    match what % 3 {
        0 => request(dialect, bytes),
        1 => answer(dialect, bytes),
        _ => stream(dialect, bytes),
    }
}

fn request(dialect: Dialect, body: &[u8]) {
    let terms = Terms { model: "m".into(), maker: "0123".into(), ..Terms::default() };
    let _ = glance(dialect, body);
    let _ = count_texts(dialect, body);
    for upstream in Dialect::ALL {
        for stream in [false, true] {
            if let Ok(prepared) = prepare(dialect, upstream, body, stream, &terms) {
                // A nesting deeper than serde_json reads is valid JSON all the same.
                let mut reader = serde_json::Deserializer::from_slice(&prepared.body);
                let valid = <serde::de::IgnoredAny as serde::Deserialize>::deserialize(&mut reader);
                assert!(valid.is_ok(), "{}", String::from_utf8_lossy(&prepared.body));
                assert!(prepared.body.len() <= body.len() * MOST_GROWTH + MOST_FRAME, "{upstream} grows it");
            }
        }
        let _ = prepare_count(dialect, upstream, body, &terms);
    }
}

fn opening() -> Opening {
    Opening { id: "1".into(), model: "m".into(), created_s: 1, include_usage: true, maker: "0123".into(), ..Opening::default() }
}

fn answer(dialect: Dialect, body: &[u8]) {
    let _ = read_error(body);
    let _ = read_answer(dialect, body);
    for client in Dialect::ALL {
        if let Ok(converted) = convert_answer(dialect, client, body, &opening()) {
            assert!(converted.body.len() <= body.len() * MOST_GROWTH + MOST_FRAME);
        }
        let _ = stream_answer(dialect, client, Framing::Sse, body, &opening());
    }
}

fn frames(upstream: Dialect, client: Dialect, framing: Framing, pieces: &[&[u8]]) -> Vec<Frame> {
    let mut relay = Relay::new(upstream, client, framing, opening());
    let mut frames: Vec<Frame> = pieces.iter().flat_map(|piece| relay.push(piece)).collect();
    frames.extend(relay.finish().0);
    frames
}

/// A stream, the same wherever its bytes are split. The first byte says where.
pub fn stream(dialect: Dialect, data: &[u8]) {
    let Some((at, wire)) = data.split_first() else { return };
    let at = usize::from(*at) * wire.len() / 256;
    let (before, after) = wire.split_at(at);
    for client in Dialect::ALL {
        let whole = frames(dialect, client, Framing::Sse, &[wire]);
        assert_eq!(whole, frames(dialect, client, Framing::Sse, &[before, after]), "to {client}");
        let length: usize = whole.iter().map(|frame| frame.bytes.len()).sum();
        assert!(length <= wire.len() * MOST_GROWTH + MOST_FRAME, "{client} grows it to {length}");
    }
    let _ = frames(dialect, Dialect::Gemini, Framing::JsonArray, &[before, after]);
}
