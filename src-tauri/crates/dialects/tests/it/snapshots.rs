//! Translations in full, for each pair of dialects: read the `.snap` files to see what goes over the wire.

use std::fmt::Write as _;

use mainstay_dialects::{Dialect, Framing, Opening, Param, Relay, Terms, convert_answer, prepare};
use serde_json::json;

use crate::corpus::{answers, streams};

/// A request that has everything which the common form carries, and something which it doesn't.
fn request(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Anthropic => {
            r#"{"model":"claude-x","max_tokens":100000,"temperature":0.70,"top_p":0.9,"top_k":40,"stop_sequences":["A","B","C","D","E","F"],"stream":true,
            "metadata":{"user_id":"u"},
            "system":[{"type":"text","text":"Be kind."},{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral"}}],
            "messages":[{"role":"user","content":[{"type":"text","text":"Hi"},{"type":"text","text":"there \ud83d\ude00"}]},
                {"role":"assistant","content":[{"type":"text","text":"Hello"},{"type":"text","text":"!"}]},
                {"role":"user","content":"Go on"}]}"#
        }
        Dialect::OpenaiChat => {
            r#"{"model":"gpt-x","max_completion_tokens":300,"temperature":1.5,"top_p":0.9,"stop":"\n","seed":7,"frequency_penalty":0.1,"presence_penalty":-0.1,
            "stream":true,"stream_options":{"include_usage":true},"user":"u",
            "messages":[{"role":"developer","content":"Be kind."},{"role":"user","content":"Hi","name":"ann"},
                {"role":"assistant","content":null,"refusal":"No."},{"role":"system","content":"Be brief."},
                {"role":"user","content":[{"type":"text","text":"Go"},{"type":"text","text":"on"}]},{"role":"user","content":""}]}"#
        }
        Dialect::OpenaiResponses => {
            r#"{"model":"gpt-x","max_output_tokens":300,"temperature":1.5,"top_p":0.9,"stream":true,"store":false,"safety_identifier":"u",
            "instructions":"Be kind.","input":[{"role":"user","content":"Hi"},{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Hello!","annotations":[]}]},
                {"role":"developer","content":"Be brief."},{"role":"user","content":[{"type":"input_text","text":"Go"},{"type":"input_text","text":"on"}]}]}"#
        }
        Dialect::Gemini => {
            r#"{"system_instruction":{"parts":[{"text":"Be kind."},{"text":"Be brief."}]},"safetySettings":[{"category":"X"}],
            "contents":[{"role":"user","parts":[{"text":"Hi"}]},{"role":"model","parts":[{"text":"Hello!","thoughtSignature":"s"}]},
                {"role":"user","parts":[{"text":"Go"},{"text":"on"}]}],
            "generationConfig":{"temperature":2,"topP":0.9,"topK":40,"stopSequences":["A"],"seed":7,"presencePenalty":0.1,"responseMimeType":"text/plain","mediaResolution":"LOW"}}"#
        }
    }
}

fn pairs() -> impl Iterator<Item = (Dialect, Dialect)> {
    let all = Dialect::ALL.into_iter().flat_map(|client| Dialect::ALL.map(|upstream| (client, upstream)));
    all.filter(|(client, upstream)| client != upstream)
}

fn opening() -> Opening {
    Opening {
        id: "0001".to_owned(),
        model: "asked".to_owned(),
        created_s: 1_700_000_000,
        include_usage: true,
        ..Opening::default()
    }
}

#[test]
fn requests() {
    let terms = Terms {
        model: "served".to_owned(),
        params: vec![
            Param { name: "temperature".to_owned(), value: json!(0.2), always: false },
            Param { name: "seed".to_owned(), value: json!(42), always: false },
            Param { name: "verbosity".to_owned(), value: json!("low"), always: false },
        ],
        max_output: Some(64_000),
        ..Terms::default()
    };
    for (client, upstream) in pairs() {
        let prepared = prepare(client, upstream, request(client).as_bytes(), true, &terms).unwrap();
        let body: serde_json::Value = serde_json::from_slice(&prepared.body).unwrap();
        let mut text = serde_json::to_string_pretty(&body).unwrap();
        for note in &prepared.notes {
            write!(text, "\n# {note}").unwrap();
        }
        write!(text, "\n# ours: {}", prepared.ours.join(", ")).unwrap();
        insta::assert_snapshot!(format!("request_{client}_to_{upstream}"), text);
    }
}

#[test]
fn streams_of_text() {
    for (client, upstream) in pairs() {
        let sample =
            streams().into_iter().find(|sample| sample.dialect == upstream && sample.name.contains("corpus/")).unwrap();
        let sample_name = sample.name.rsplit('/').next().unwrap().to_owned();
        assert!(sample_name.starts_with("text"), "{sample_name}");
        let mut relay = Relay::new(upstream, client, Framing::Sse, opening());
        let mut frames = relay.push(&sample.bytes);
        frames.extend(relay.finish().0);
        let mut text = String::new();
        for frame in frames {
            writeln!(text, "## {:?}", frame.sign).unwrap();
            text += &String::from_utf8(frame.bytes).unwrap();
        }
        insta::assert_snapshot!(format!("stream_{upstream}_to_{client}"), text);
    }
}

#[test]
fn whole_answers() {
    for (client, upstream) in pairs() {
        let mut text = String::new();
        for sample in
            answers().into_iter().filter(|sample| sample.dialect == upstream && sample.name.contains("corpus/"))
        {
            let answer = convert_answer(upstream, client, &sample.bytes, &opening()).unwrap();
            writeln!(text, "## {}", sample.name.rsplit('/').next().unwrap()).unwrap();
            text += &String::from_utf8(answer.body).unwrap();
            text.push('\n');
        }
        insta::assert_snapshot!(format!("answer_{upstream}_to_{client}"), text);
    }
}

#[test]
fn a_request_with_instructions_alone_becomes_a_turn() {
    let body = br#"{"messages":[{"role":"system","content":"Be kind."},{"role":"system","content":"Say hello."}]}"#;
    let terms = Terms { model: "m".to_owned(), ..Terms::default() };
    let prepared = prepare(Dialect::OpenaiChat, Dialect::Anthropic, body, false, &terms).unwrap();
    assert_eq!(
        String::from_utf8(prepared.body).unwrap(),
        r#"{"model":"m","system":"Be kind.","messages":[{"role":"user","content":"Say hello."}],"max_tokens":4096}"#
    );
}
