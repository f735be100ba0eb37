//! Reading streams.

use std::borrow::Cow;
use std::collections::HashMap;

use super::counts::Counts;
use super::{call_start, citation, explanation, other, proof, stop};
use crate::error_body;
use crate::form::{Piece, Proof, ProofKind, Reading, Slot, Tally};
use crate::json::View;
use crate::stream;

/// Reads a stream's events.
#[derive(Debug, Default)]
pub(crate) struct EventReader {
    tally: Tally,
    counts: Counts,
    /// The blocks that have begun and not ended, by their index. There is one at a time, if all is right.
    open: HashMap<u64, Open>,
    /// Calls so far.
    calls: Slot,
    /// The answer is over, whatever else comes.
    closed: bool,
}

/// A content block that has begun.
#[derive(Debug)]
enum Open {
    /// With the sources that it cites: they come before the text, and are told after it.
    Text {
        citations: Vec<Piece<'static>>,
    },
    /// With its signature so far.
    Thinking {
        signature: String,
        has_text: bool,
    },
    /// With the input that the start had, until the first that comes by itself.
    Call {
        slot: Slot,
        input: Option<String>,
    },
    Other(Piece<'static>),
}

impl EventReader {
    fn count(&mut self, usage: Option<View<'_>>) {
        if let Some(usage) = usage {
            self.counts.update(usage);
            self.tally.usage = self.counts.usage();
        }
    }

    fn start<'a>(&mut self, index: u64, block: View<'a>, out: &mut Vec<Piece<'a>>) {
        self.end(index, out);
        let text = |key| block.get_str(key).filter(|text| !text.is_empty());
        let Some(kind) = block.get_str("type") else { return };
        let open = match &*kind {
            "text" => {
                out.extend(text("text").map(Piece::Text));
                let citations = block.get("citations").into_iter().flat_map(View::items);
                Open::Text { citations: citations.map(|source| citation(source).into_owned()).collect() }
            }
            "thinking" => {
                let thought = text("thinking").map(Piece::Thought);
                let has_text = thought.is_some();
                out.extend(thought);
                Open::Thinking { signature: text("signature").unwrap_or_default().into_owned(), has_text }
            }
            "redacted_thinking" => {
                let data = text("data").unwrap_or_default();
                out.push(Piece::Proof(Proof::new(ProofKind::Redacted, data)));
                return;
            }
            "tool_use" => {
                let [id, name, input] = block.pick(["id", "name", "input"]);
                let slot = self.calls;
                self.calls += 1;
                out.push(call_start(slot, id, name));
                // Anthropic's is empty here; others may give it whole.
                let input = input.filter(|input| input.entries().next().is_some());
                Open::Call { slot, input: input.map(|input| input.raw().to_owned()) }
            }
            kind => {
                out.push(other(kind));
                Open::Other(other(kind))
            }
        };
        self.open.insert(index, open);
    }

    fn delta<'a>(&mut self, index: u64, delta: View<'a>, out: &mut Vec<Piece<'a>>) {
        let text = |key| delta.get_str(key).filter(|text| !text.is_empty());
        let Some(kind) = delta.get_str("type") else { return };
        let open = self.open.get_mut(&index);
        match (&*kind, open) {
            ("text_delta", _) => out.extend(text("text").map(Piece::Text)),
            ("thinking_delta", open) => {
                if let Some(thought) = text("thinking") {
                    match open {
                        Some(Open::Thinking { has_text, .. }) => *has_text = true,
                        _ => {
                            self.open.insert(index, Open::Thinking { signature: String::new(), has_text: true });
                        }
                    }
                    out.push(Piece::Thought(thought));
                }
            }
            ("signature_delta", Some(Open::Thinking { signature, .. })) => {
                signature.push_str(&text("signature").unwrap_or_default());
            }
            ("citations_delta", open) => {
                if let Some(source) = delta.get("citation") {
                    match open {
                        Some(Open::Text { citations }) => citations.push(citation(source).into_owned()),
                        _ => out.push(citation(source)),
                    }
                }
            }
            ("input_json_delta", open) => {
                let Some(text) = text("partial_json") else { return };
                out.push(match open {
                    Some(Open::Call { slot, input }) => {
                        *input = None;
                        Piece::CallArgs { slot: *slot, text }
                    }
                    Some(Open::Other(name)) => name.clone(),
                    _ => Piece::Other("a tool call without its beginning"),
                });
            }
            ("compaction_delta", _) => out.push(Piece::Other("a compaction")),
            _ => {}
        }
    }

    fn end(&mut self, index: u64, out: &mut Vec<Piece<'_>>) {
        match self.open.remove(&index) {
            Some(Open::Text { citations }) => out.extend(citations),
            Some(Open::Thinking { signature, has_text }) if has_text || !signature.is_empty() => {
                out.push(proof(Some(Cow::Owned(signature))));
            }
            Some(Open::Call { slot, input }) => {
                out.extend(input.map(|input| Piece::CallArgs { slot, text: Cow::Owned(input) }));
                out.push(Piece::CallEnd { slot });
            }
            Some(Open::Thinking { .. } | Open::Other(_)) | None => {}
        }
    }

    /// Ends the blocks whose end was not told.
    fn end_all(&mut self, out: &mut Vec<Piece<'_>>) {
        let mut open: Vec<u64> = self.open.keys().copied().collect();
        open.sort_unstable();
        open.into_iter().for_each(|index| self.end(index, out));
    }
}

impl stream::EventReader for EventReader {
    fn read<'a>(&mut self, data: &'a str) -> Reading<'a> {
        if self.closed {
            return Reading::default();
        }
        let Ok(root) = View::parse(data.as_bytes()) else {
            // Some gateways end every dialect's stream as OpenAI's ends.
            return if data.trim() == "[DONE]" { Reading::default() } else { Reading::malformed("data is not JSON") };
        };
        let Some(kind) = root.get_str("type") else {
            return if root.get("error").is_some() {
                Reading::error(error_body::of_view(root))
            } else {
                Reading::malformed("an event has no `type`")
            };
        };
        let mut reading = Reading { started: true, ..Reading::default() };
        let pieces = &mut reading.pieces;
        let index = || root.get_u64("index").unwrap_or(0);
        match &*kind {
            "message_start" => {
                if let Some(message) = root.get("message") {
                    self.tally.name_model(message.get_str("model"));
                    self.count(message.get("usage"));
                    self.tally.keep(super::container(message));
                }
            }
            "content_block_start" => {
                if let Some(block) = root.get("content_block") {
                    self.start(index(), block, pieces);
                }
            }
            "content_block_delta" => {
                if let Some(delta) = root.get("delta") {
                    self.delta(index(), delta, pieces);
                }
            }
            "content_block_stop" => self.end(index(), pieces),
            "message_delta" => {
                if let Some(delta) = root.get("delta")
                    && let Some(stop) = stop(delta)
                {
                    self.end_all(pieces);
                    pieces.extend(explanation(delta));
                    self.tally.stop = Some(stop);
                    reading.stopped = true;
                }
                self.tally.keep(root.get("delta").and_then(super::container));
                self.count(root.get("usage"));
            }
            "message_stop" => {
                self.end_all(pieces);
                self.closed = true;
                reading.closed = true;
            }
            "error" => return Reading::error(error_body::of_view(root)),
            // `ping`, and kinds of event that don't exist yet.
            _ => reading.started = false,
        }
        reading
    }

    fn tally(&self) -> &Tally {
        &self.tally
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::Citation;
    use crate::stream::EventReader as _;

    fn read(events: &[&str]) -> Vec<Piece<'static>> {
        let mut reader = EventReader::default();
        let pieces = events.iter().flat_map(|event| reader.read(event).pieces).map(Piece::into_owned);
        pieces.collect()
    }

    const STOP: &str = r#"{"type":"content_block_stop","index":0}"#;

    #[test]
    fn reasoning_ends_with_its_signature() {
        let pieces = read(&[
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"a"}}"#,
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"s1"}}"#,
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"s2"}}"#,
            STOP,
        ]);
        let signed = Piece::Proof(Proof::new(ProofKind::Signature, "s1s2".into()));
        assert_eq!(pieces, [Piece::Thought("a".into()), signed]);
        let pieces = read(&[
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}"#,
            STOP,
        ]);
        assert_eq!(pieces, [], "an empty block says nothing");
    }

    #[test]
    fn sources_come_after_the_text_that_cites_them() {
        let pieces = read(&[
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"","citations":[]}}"#,
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"citations_delta","citation":{"type":"web_search_result_location","url":"https://e.org","title":null,"cited_text":""}}}"#,
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}"#,
            STOP,
        ]);
        let source = Citation { url: "https://e.org".into(), ..Citation::default() };
        assert_eq!(pieces, [Piece::Text("a".into()), Piece::Citation(source)]);
    }

    #[test]
    fn a_call_is_told_whether_its_input_comes_in_parts_at_once_or_not_at_all() {
        let start = |input: &str| {
            format!(
                r#"{{"type":"content_block_start","index":0,"content_block":{{"type":"tool_use","id":"t","name":"f","input":{input}}}}}"#
            )
        };
        let delta = r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"a\":1}"}}"#;
        let begun = Piece::CallStart { slot: 0, id: "t".into(), name: "f".into(), custom: false };
        let args = |text: &'static str| Piece::CallArgs { slot: 0, text: text.into() };
        let end = Piece::CallEnd { slot: 0 };
        let empty = start("{}");
        let whole = start(r#"{"b":2}"#);
        assert_eq!(read(&[&empty, delta, STOP]), [begun.clone(), args("{\"a\":1}"), end.clone()]);
        assert_eq!(read(&[&empty, STOP]), [begun.clone(), end.clone()]);
        assert_eq!(read(&[&whole, STOP]), [begun.clone(), args("{\"b\":2}"), end.clone()]);
        assert_eq!(read(&[&whole, delta, STOP]), [begun.clone(), args("{\"a\":1}"), end.clone()]);
        let cut_off = r#"{"type":"message_delta","delta":{"stop_reason":"max_tokens"}}"#;
        assert_eq!(read(&[&empty, cut_off]), [begun, end], "its end was not told");
    }
}
