//! Writing streams: `message_start`, the content blocks one after the other, `message_delta`, `message_stop`.

use super::{LONE_CITATION, citation, head, media, redacted, stop, usage};
use crate::form::{Piece, Proof, Tally};
use crate::json::{Writer, quote};
use crate::relay::Opening;
use crate::stream::{self, Event};
use crate::usage::Usage;

/// Writes a stream's events.
#[derive(Debug)]
pub(crate) struct EventWriter {
    opening: Opening,
    /// The index of the block that is open, or of the next.
    index: u64,
    open: Option<Open>,
    refused: bool,
    untold: Vec<&'static str>,
}

/// The content block that is open.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Open {
    /// `cited`: a source has been told, so that what follows is another text.
    Text {
        refusal: bool,
        cited: bool,
    },
    Thinking,
    /// `wrapped`: the input is free text, and told as the string of an object.
    Call {
        wrapped: bool,
    },
}

impl EventWriter {
    pub(crate) fn new(opening: Opening) -> Self {
        EventWriter { opening, index: 0, open: None, refused: false, untold: Vec::new() }
    }

    fn start(&mut self, open: Open, events: &mut Vec<Event>, block: impl FnOnce(&mut Writer)) {
        self.stop(events);
        self.open = Some(open);
        events.push(self.event("content_block_start", |w| w.key("content_block").object(block)));
    }

    fn stop(&mut self, events: &mut Vec<Event>) {
        if self.open.take().is_some() {
            events.push(self.event("content_block_stop", |_| {}));
            self.index += 1;
        }
    }

    fn delta(&self, events: &mut Vec<Event>, kind: &str, key: &str, text: &str) {
        events.push(self.event("content_block_delta", |w| {
            w.key("delta").object(|w| {
                w.key("type").str(kind);
                w.key(key).str(text);
            });
        }));
    }

    fn event(&self, name: &'static str, fill: impl FnOnce(&mut Writer)) -> Event {
        Event::named(
            name,
            Writer::write(|w| {
                w.key("type").str(name);
                w.key("index").number(self.index);
                fill(w);
            }),
        )
    }

    fn text(&mut self, text: &str, refusal: bool, events: &mut Vec<Event>) {
        let open = Open::Text { refusal, cited: false };
        if self.open != Some(open) {
            self.start(open, events, |w| {
                w.key("type").str("text");
                w.key("text").str("");
            });
        }
        self.delta(events, "text_delta", "text", text);
    }

    fn proof(&mut self, proof: &Proof<'_>, events: &mut Vec<Event>) {
        if self.open == Some(Open::Thinking) && proof.kind.ends_text() {
            self.delta(events, "signature_delta", "signature", &proof.seal(&self.opening.maker));
            self.stop(events);
        } else if let Some(data) = redacted(proof, &self.opening) {
            self.start(Open::Thinking, events, |w| {
                w.key("type").str("redacted_thinking");
                w.key("data").str(&data);
            });
            self.stop(events);
        }
    }
}

impl stream::EventWriter for EventWriter {
    fn open(&mut self, tally: &Tally) -> Vec<Event> {
        let data = Writer::write(|w| {
            w.key("type").str("message_start");
            w.key("message").object(|w| {
                head(w, &self.opening, tally);
                w.key("content").array(|_| {});
                w.key("stop_reason").null();
                w.key("stop_sequence").null();
                usage(w, Usage { output: Some(0), reasoning: None, ..tally.usage });
            });
        });
        vec![Event::named("message_start", data)]
    }

    fn piece(&mut self, piece: &Piece<'_>, _: &Tally) -> Vec<Event> {
        let mut events = Vec::new();
        match piece {
            Piece::Text(text) => self.text(text, false, &mut events),
            Piece::Refusal(text) => {
                self.refused = true;
                self.text(text, true, &mut events);
            }
            Piece::Thought(text) => {
                if self.open != Some(Open::Thinking) {
                    self.start(Open::Thinking, &mut events, |w| {
                        w.key("type").str("thinking");
                        w.key("thinking").str("");
                        w.key("signature").str("");
                    });
                }
                self.delta(&mut events, "thinking_delta", "thinking", text);
            }
            Piece::Proof(proof) => self.proof(proof, &mut events),
            Piece::CallStart { id, name, custom, .. } => {
                self.start(Open::Call { wrapped: *custom }, &mut events, |w| {
                    w.key("type").str("tool_use");
                    w.key("id").str(id);
                    w.key("name").str(name);
                    w.key("input").object(|_| {});
                });
                if *custom {
                    self.delta(&mut events, "input_json_delta", "partial_json", "{\"input\":\"");
                }
            }
            Piece::CallArgs { text, .. } => {
                let quoted = (self.open == Some(Open::Call { wrapped: true })).then(|| quote(text));
                let text = quoted.as_deref().map_or(&**text, |quoted| &quoted[1..quoted.len() - 1]);
                self.delta(&mut events, "input_json_delta", "partial_json", text);
            }
            Piece::CallEnd { .. } => {
                if self.open == Some(Open::Call { wrapped: true }) {
                    self.delta(&mut events, "input_json_delta", "partial_json", "\"}");
                }
                self.stop(&mut events);
            }
            Piece::Citation(source) => match &mut self.open {
                Some(Open::Text { refusal: false, cited }) => {
                    *cited = true;
                    events.push(self.event("content_block_delta", |w| {
                        w.key("delta").object(|w| {
                            w.key("type").str("citations_delta");
                            w.key("citation").object(|w| citation(w, source, &self.opening.maker));
                        });
                    }));
                }
                _ => self.untold.push(LONE_CITATION),
            },
            Piece::Media(own) => self.untold.push(media(own.kind)),
            // Noted before it would come here.
            Piece::Other(_) => {}
        }
        events
    }

    fn close(&mut self, tally: &Tally) -> Vec<Event> {
        let mut events = Vec::new();
        self.stop(&mut events);
        let delta = Writer::write(|w| {
            w.key("type").str("message_delta");
            w.key("delta").object(|w| stop(w, tally, self.refused));
            usage(w, tally.usage);
        });
        events.push(Event::named("message_delta", delta));
        events.push(Event::named("message_stop", r#"{"type":"message_stop"}"#.to_owned()));
        events
    }

    fn untold(&mut self) -> Vec<&'static str> {
        std::mem::take(&mut self.untold)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::form::{Citation, Media, MediaKind, ProofKind};
    use crate::stream::EventWriter as _;

    /// The content as an SDK gathers it, which sees to it that blocks follow each other by the rules.
    fn gathered(pieces: &[Piece<'_>]) -> (Vec<Value>, Vec<&'static str>) {
        let tally = Tally::default();
        let mut writer = EventWriter::new(Opening { maker: "m".to_owned(), ..Opening::default() });
        let mut events = writer.open(&tally);
        events.extend(pieces.iter().flat_map(|piece| writer.piece(piece, &tally)));
        events.extend(writer.close(&tally));
        let mut blocks: Vec<Value> = Vec::new();
        let mut is_open = false;
        for event in events {
            let data: Value = serde_json::from_str(&event.data).unwrap();
            assert_eq!(data["type"], event.name.unwrap());
            let last = blocks.len().saturating_sub(1);
            match event.name.unwrap() {
                "content_block_start" => {
                    assert!(!std::mem::replace(&mut is_open, true));
                    assert_eq!(data["index"], blocks.len());
                    blocks.push(data["content_block"].clone());
                }
                "content_block_delta" => {
                    assert!(is_open && data["index"] == last);
                    let delta = &data["delta"];
                    let (key, text) = match delta["type"].as_str().unwrap() {
                        "text_delta" => ("text", &delta["text"]),
                        "thinking_delta" => ("thinking", &delta["thinking"]),
                        "signature_delta" => ("signature", &delta["signature"]),
                        "input_json_delta" => ("json", &delta["partial_json"]),
                        _ => ("citation", &delta["citation"]["url"]),
                    };
                    let before = blocks[last][key].as_str().unwrap_or_default().to_owned();
                    blocks[last][key] = (before + text.as_str().unwrap()).into();
                }
                "content_block_stop" => assert!(std::mem::replace(&mut is_open, false) && data["index"] == last),
                _ => assert!(!is_open),
            }
        }
        (blocks, writer.untold())
    }

    fn said(block: &Value, key: &str) -> String {
        block[key].as_str().unwrap_or_default().to_owned()
    }

    #[test]
    fn every_kind_of_piece_is_a_block_of_its_own() {
        let start = |custom| Piece::CallStart { slot: 0, id: "t".into(), name: "f".into(), custom };
        let args = |text: &'static str| Piece::CallArgs { slot: 0, text: text.into() };
        let end = Piece::CallEnd { slot: 0 };
        let proof = |kind| Piece::Proof(Proof::new(kind, "p".into()));
        let (blocks, _) = gathered(&[
            Piece::Thought("a".into()),
            Piece::Thought("b".into()),
            proof(ProofKind::Encrypted),
            proof(ProofKind::CallPart),
            Piece::Text("x".into()),
            Piece::Text("y".into()),
            start(false),
            args("{\"a\""),
            args(":1}"),
            end.clone(),
            start(true),
            args("say \"hi\"\n"),
            args("\\"),
            end.clone(),
            start(false),
            end,
            Piece::Refusal("no".into()),
        ]);
        let kinds: Vec<String> = blocks.iter().map(|block| said(block, "type")).collect();
        assert_eq!(kinds, ["thinking", "redacted_thinking", "text", "tool_use", "tool_use", "tool_use", "text"]);
        assert_eq!(said(&blocks[0], "thinking"), "ab");
        assert!(Proof::open(&said(&blocks[0], "signature")).unwrap().is_by("m"));
        assert_eq!(Proof::open(&said(&blocks[1], "data")).unwrap().kind, ProofKind::CallPart);
        assert_eq!((said(&blocks[2], "text"), said(&blocks[3], "json")), ("xy".to_owned(), "{\"a\":1}".to_owned()));
        let wrapped: Value = serde_json::from_str(&said(&blocks[4], "json")).unwrap();
        assert_eq!(wrapped["input"], "say \"hi\"\n\\");
        assert_eq!((said(&blocks[5], "json"), said(&blocks[6], "text")), (String::new(), "no".to_owned()));
    }

    #[test]
    fn a_source_belongs_to_the_text_before_it_and_what_has_no_place_is_named() {
        let source = |url: &'static str| Piece::Citation(Citation { url: url.into(), ..Citation::default() });
        let sound = Media::of_data(MediaKind::Audio, "audio/wav".into(), "AA==".into());
        let (blocks, untold) = gathered(&[
            source("https://e.org/0"),
            Piece::Text("a".into()),
            source("https://e.org/1"),
            Piece::Text("b".into()),
            Piece::Media(sound),
        ]);
        assert_eq!(blocks.len(), 2);
        assert_eq!(said(&blocks[0], "citation"), "https://e.org/1");
        assert_eq!(said(&blocks[1], "text"), "b");
        assert_eq!(untold, ["a citation", "audio"]);
    }
}
