//! Writing answers, whole and streamed. Both are made of the same object.

use std::borrow::Cow;

use super::carried::Gathered;
use super::grounding::Grounding;
use super::request::{call_members, media_part};
use crate::form::{Block, Call, Citation, Media, Piece, Proof, ProofKind, Reason, Tally, Thought};
use crate::json::Writer;
use crate::notes::Notes;
use crate::relay::Opening;
use crate::stream::{self, Event};
use crate::usage::Usage;

fn reason(tally: &Tally, refused: bool) -> &'static str {
    match tally.stop.as_ref().map(|stop| stop.reason) {
        _ if refused => "SAFETY",
        Some(Reason::Length | Reason::ContextWindow) => "MAX_TOKENS",
        Some(Reason::Refusal) => "SAFETY",
        Some(Reason::End | Reason::StopSequence | Reason::ToolUse | Reason::Pause | Reason::Unknown) | None => "STOP",
    }
}

fn usage(w: &mut Writer, usage: Usage) {
    let (input, output) = (usage.input.unwrap_or(0), usage.output.unwrap_or(0));
    w.key("usageMetadata").object(|w| {
        w.key("promptTokenCount").number(input);
        w.key("candidatesTokenCount").number(output.saturating_sub(usage.reasoning.unwrap_or(0)));
        w.key("totalTokenCount").number(input.saturating_add(output));
        if let Some(cached) = usage.cached_input {
            w.key("cachedContentTokenCount").number(cached);
        }
        if let Some(reasoning) = usage.reasoning {
            w.key("thoughtsTokenCount").number(reasoning);
        }
    });
}

/// How an answer ends.
struct Finish<'a> {
    reason: &'static str,
    counts: Option<Usage>,
    grounding: Option<&'a Grounding>,
}

impl<'a> Finish<'a> {
    fn of(tally: &Tally, refused: bool, grounding: &'a Grounding) -> Self {
        let counts = (tally.usage != Usage::default()).then_some(tally.usage);
        let grounding = (!grounding.sources.is_empty()).then_some(grounding);
        Finish { reason: reason(tally, refused), counts, grounding }
    }
}

/// An answer or a piece of one, of parts that are JSON texts. It always has a part, since one that stops without any reads as
/// a failure.
fn answer(parts: &[String], finish: Option<&Finish<'_>>, tally: &Tally, opening: &Opening) -> String {
    Writer::write(|w| {
        w.key("candidates").array(|w| {
            w.object(|w| {
                w.key("content").object(|w| {
                    w.key("parts").array(|w| {
                        parts.iter().for_each(|part| w.raw(part));
                        if parts.is_empty() {
                            w.raw(&text_part(""));
                        }
                    });
                    w.key("role").str("model");
                });
                if let Some(finish) = finish {
                    w.key("finishReason").str(finish.reason);
                }
                w.key("index").number(0);
                if let Some(grounding) = finish.and_then(|finish| finish.grounding) {
                    w.key("groundingMetadata").object(|w| grounding.members(w));
                }
            });
        });
        if let Some(counts) = finish.and_then(|finish| finish.counts) {
            usage(w, counts);
        }
        w.key("modelVersion").str(tally.model.as_deref().unwrap_or(&opening.model));
        w.key("responseId").str(&opening.id);
    })
}

fn text_part(text: &str) -> String {
    Writer::write(|w| w.key("text").str(text))
}

/// What Gemini's sources have no place for.
const QUOTES: &str = "the quotes of citations";

/// Makes parts of what an answer says.
#[derive(Debug)]
struct Speech {
    /// The tag of the provider and account that answers.
    maker: String,
    /// Reasoning goes on calls alone.
    conceals_thoughts: bool,
    /// A sealed proof that stands in no part yet, and needs none if a call comes next.
    pending: Option<String>,
    gathered: Gathered,
    grounding: Grounding,
    refused: bool,
    has_called: bool,
    /// Quotes of sources were left out.
    lacks_quotes: bool,
}

impl Speech {
    fn new(opening: &Opening) -> Self {
        Speech {
            maker: opening.maker.clone(),
            conceals_thoughts: opening.back.conceals_thoughts,
            pending: None,
            gathered: Gathered::default(),
            grounding: Grounding::default(),
            refused: false,
            has_called: false,
            lacks_quotes: false,
        }
    }

    fn text(&mut self, text: &str, parts: &mut Vec<String>) {
        self.flush(parts);
        self.grounding.text_bytes += text.len();
        parts.push(text_part(text));
    }

    /// Reasoning, of which the text or the proof may be missing.
    fn think(&mut self, text: &str, proof: Option<&Proof<'_>>, parts: &mut Vec<String>) {
        self.flush(parts);
        self.gathered.think(text, proof, self.grounding.text_bytes);
        if self.conceals_thoughts {
            return;
        }
        let sealed = proof.map(|proof| proof.seal(&self.maker));
        // These stand without a text, so that a call can carry them.
        let kind = proof.map(|proof| proof.kind);
        let stands_alone = matches!(kind, Some(ProofKind::CallPart | ProofKind::Redacted | ProofKind::Encrypted));
        let beside = if stands_alone { None } else { sealed.as_deref() };
        if !text.is_empty() || beside.is_some() {
            parts.push(thought_part(text, beside));
        }
        if stands_alone {
            self.pending = sealed;
        }
    }

    /// The first call of an answer is always signed, if only to say that it was not Gemini that made it: Gemini asks for a
    /// signature when the conversation comes to it, and so it is known to need the stand-in for one.
    fn call(&mut self, call: &Call<'_>, parts: &mut Vec<String>) {
        let is_first = !std::mem::replace(&mut self.has_called, true);
        let bare = || Proof::new(ProofKind::Bare, Cow::Borrowed("")).seal(&self.maker);
        self.pending = None;
        let carried = self.gathered.take(self.grounding.text_bytes, &self.maker);
        let signature = carried.or_else(|| is_first.then(bare));
        parts.push(Writer::write(|w| {
            w.key("functionCall").object(|w| call_members(call, w));
            if let Some(signature) = signature {
                w.key("thoughtSignature").str(&signature);
            }
        }));
    }

    fn cite(&mut self, citation: &Citation<'_>) {
        self.lacks_quotes |= citation.quote.is_some();
        self.grounding.cite(citation);
    }

    fn media(&mut self, media: &Media<'_>, notes: &mut Notes, parts: &mut Vec<String>) {
        self.flush(parts);
        let mut part = Writer::default();
        media_part(media, false, notes, &mut part);
        parts.push(part.into_text());
    }

    /// A proof that no call has followed stands by itself.
    fn flush(&mut self, parts: &mut Vec<String>) {
        if let Some(signature) = self.pending.take() {
            parts.push(thought_part("", Some(&signature)));
        }
    }
}

fn thought_part(text: &str, signature: Option<&str>) -> String {
    Writer::write(|w| {
        w.key("text").str(text);
        w.key("thought").raw("true");
        if let Some(signature) = signature {
            w.key("thoughtSignature").str(signature);
        }
    })
}

/// Writes a whole answer.
pub(crate) fn write_whole(blocks: &[Block<'_>], tally: &Tally, opening: &Opening, notes: &mut Notes) -> String {
    let mut speech = Speech::new(opening);
    let mut parts = Vec::new();
    for block in blocks {
        match block {
            Block::Text(text) => speech.text(text, &mut parts),
            Block::Refusal(text) => {
                speech.refused = true;
                speech.text(text, &mut parts);
            }
            Block::Thought(Thought { text, proof }) => speech.think(text, proof.as_ref(), &mut parts),
            Block::Call(call) => speech.call(call, &mut parts),
            Block::Media(media) => speech.media(media, notes, &mut parts),
            Block::Citation(citation) => speech.cite(citation),
            Block::Result(_) | Block::Instruction(_) => {}
        }
    }
    speech.flush(&mut parts);
    if speech.lacks_quotes {
        notes.left_out(format!("answer: {QUOTES}"));
    }
    let finish = Finish::of(tally, speech.refused, &speech.grounding);
    answer(&parts, Some(&finish), tally, opening)
}

/// Writes a stream's events: one for each part, since Gemini CLI reads but the first of an event that begins with a
/// thought, and a last one with the finish reason and the counts.
#[derive(Debug)]
pub(crate) struct EventWriter {
    opening: Opening,
    speech: Speech,
    /// The open call; it is told when it is whole.
    call: Option<Call<'static>>,
}

impl EventWriter {
    pub(crate) fn new(opening: Opening) -> Self {
        EventWriter { speech: Speech::new(&opening), opening, call: None }
    }

    fn events(&self, parts: &[String], tally: &Tally) -> Vec<Event> {
        let event = |part| Event::data(answer(std::slice::from_ref(part), None, tally, &self.opening));
        parts.iter().map(event).collect()
    }
}

impl stream::EventWriter for EventWriter {
    fn open(&mut self, _: &Tally) -> Vec<Event> {
        Vec::new()
    }

    fn piece(&mut self, piece: &Piece<'_>, tally: &Tally) -> Vec<Event> {
        let mut parts = Vec::new();
        match piece {
            Piece::Text(text) => self.speech.text(text, &mut parts),
            Piece::Refusal(text) => {
                self.speech.refused = true;
                self.speech.text(text, &mut parts);
            }
            Piece::Thought(text) => self.speech.think(text, None, &mut parts),
            Piece::Proof(proof) => self.speech.think("", Some(proof), &mut parts),
            Piece::CallStart { id, name, custom, .. } => {
                let own = |text: &Cow<'_, str>| Cow::Owned(text.clone().into_owned());
                self.call =
                    Some(Call { id: own(id), name: own(name), arguments: Cow::Owned(String::new()), custom: *custom });
            }
            Piece::CallArgs { text, .. } => {
                if let Some(call) = &mut self.call {
                    call.arguments.to_mut().push_str(text);
                }
            }
            Piece::CallEnd { .. } => {
                if let Some(call) = self.call.take() {
                    self.speech.call(&call, &mut parts);
                }
            }
            Piece::Citation(citation) => self.speech.cite(citation),
            Piece::Media(media) => self.speech.media(media, &mut Notes::default(), &mut parts),
            Piece::Other(_) => {}
        }
        self.events(&parts, tally)
    }

    fn close(&mut self, tally: &Tally) -> Vec<Event> {
        let mut parts = Vec::new();
        self.speech.flush(&mut parts);
        let mut events = self.events(&parts, tally);
        let finish = Finish::of(tally, self.speech.refused, &self.speech.grounding);
        events.push(Event::data(answer(&[], Some(&finish), tally, &self.opening)));
        events
    }

    fn untold(&mut self) -> Vec<&'static str> {
        if std::mem::take(&mut self.speech.lacks_quotes) { vec![QUOTES] } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::form::{MediaKind, Passage, Stop};
    use crate::json::View;
    use crate::stream::EventWriter as _;

    fn opening() -> Opening {
        Opening { id: "r1".to_owned(), model: "asked".to_owned(), maker: "a1".to_owned(), ..Opening::default() }
    }

    fn tally(reason: Reason) -> Tally {
        let stop = Some(Stop { reason, raw: String::new(), sequence: None });
        let usage = Usage { input: Some(10), output: Some(7), reasoning: Some(2), ..Usage::default() };
        Tally { stop, usage, ..Tally::default() }
    }

    fn proof(kind: ProofKind) -> Proof<'static> {
        Proof::new(kind, "p".into())
    }

    fn sealed(kind: ProofKind) -> String {
        proof(kind).seal("a1")
    }

    /// The parts of a stream, event by event, and its last event.
    fn streamed(pieces: &[Piece<'static>], reason: Reason) -> (Vec<Value>, Value) {
        let mut writer = EventWriter::new(opening());
        let tally = tally(reason);
        let mut events = writer.open(&tally);
        for piece in pieces {
            events.extend(writer.piece(piece, &tally));
        }
        events.extend(writer.close(&tally));
        let mut events: Vec<Value> =
            events.iter().map(|event| serde_json::from_str(&event.data).expect("an event is JSON")).collect();
        let last = events.pop().expect("there is a last event");
        let parts = events.iter().map(|event| {
            let parts = event["candidates"][0]["content"]["parts"].as_array().expect("an event has parts");
            assert_eq!(parts.len(), 1, "an event holds one part");
            assert_eq!(event["candidates"][0]["finishReason"], Value::Null);
            parts[0].clone()
        });
        (parts.collect(), last)
    }

    fn call(slot: u64, args: &'static str) -> Vec<Piece<'static>> {
        let start = Piece::CallStart { slot, id: format!("c{slot}").into(), name: "f".into(), custom: false };
        let args = (!args.is_empty()).then_some(Piece::CallArgs { slot, text: args.into() });
        [start].into_iter().chain(args).chain([Piece::CallEnd { slot }]).collect()
    }

    #[test]
    fn a_call_is_one_part_and_carries_the_reasoning_before_it() {
        let pieces = [
            vec![
                Piece::Thought("t".into()),
                Piece::Proof(proof(ProofKind::Signature)),
                Piece::Proof(proof(ProofKind::Redacted)),
                Piece::Proof(proof(ProofKind::Encrypted)),
            ],
            call(1, "{\"x\":1.50}"),
            call(2, ""),
            call(3, "{\"cut"),
            vec![Piece::Proof(proof(ProofKind::CallPart)), Piece::Text("a".into())],
        ];
        let (parts, last) = streamed(&pieces.concat(), Reason::ToolUse);
        let thoughts = [(ProofKind::Signature, "t"), (ProofKind::Redacted, ""), (ProofKind::Encrypted, "")];
        let passage =
            |(kind, text): (ProofKind, &str)| Passage { proof: proof(kind), text: text.to_owned(), said_after: 0 };
        let carried = Passage::seal_all(&thoughts.map(passage), "a1");
        assert_eq!(
            parts,
            [
                json!({"text": "t", "thought": true}),
                json!({"text": "", "thought": true, "thoughtSignature": sealed(ProofKind::Signature)}),
                json!({"text": "", "thought": true, "thoughtSignature": sealed(ProofKind::Redacted)}),
                json!({"functionCall": {"id": "c1", "name": "f", "args": {"x": 1.50}},
                    "thoughtSignature": carried}),
                json!({"functionCall": {"id": "c2", "name": "f", "args": {}}}),
                json!({"functionCall": {"id": "c3", "name": "f", "args": {"arguments": "{\"cut"}}}),
                json!({"text": "", "thought": true, "thoughtSignature": sealed(ProofKind::CallPart)}),
                json!({"text": "a"}),
            ]
        );
        assert_eq!(last["candidates"][0]["finishReason"], "STOP");
        assert_eq!(
            last["usageMetadata"],
            json!({"promptTokenCount": 10, "candidatesTokenCount": 5, "totalTokenCount": 17, "thoughtsTokenCount": 2})
        );
    }

    #[test]
    fn the_first_call_of_an_answer_is_signed_though_nothing_is_proved() {
        let (parts, _) = streamed(&[vec![Piece::Text("a".into())], call(1, ""), call(2, "")].concat(), Reason::ToolUse);
        assert_eq!(parts[1]["thoughtSignature"], Proof::new(ProofKind::Bare, "".into()).seal("a1"));
        assert!(parts[2].get("thoughtSignature").is_none());
        let history = json!({"contents": [{"role": "model", "parts": [parts[1]]}]}).to_string();
        let read = crate::gemini::decode(View::parse(history.as_bytes()).expect("valid"));
        assert!(matches!(&read.turns[0].blocks[..], [Block::Call(_)]), "and it says nothing when it comes back");
    }

    #[test]
    fn sources_are_told_at_the_end_with_where_they_are_cited() {
        let cite = |url: &'static str| {
            Piece::Citation(Citation { url: url.into(), title: "T".into(), quote: Some("q".into()) })
        };
        let pieces = vec![
            Piece::Text("aé".into()),
            cite("https://x"),
            cite("https://y"),
            Piece::Text("b".into()),
            cite("https://x"),
            Piece::Media(Media::of_data(MediaKind::Image, "image/png".into(), "AAAA".into())),
        ];
        let (parts, last) = streamed(&pieces, Reason::End);
        assert_eq!(parts[2], json!({"inlineData": {"mimeType": "image/png", "data": "AAAA"}}));
        assert_eq!(
            last["candidates"][0]["groundingMetadata"],
            json!({
                "groundingChunks": [{"web": {"uri": "https://x", "title": "T"}}, {"web": {"uri": "https://y", "title": "T"}}],
                "groundingSupports": [
                    {"segment": {"endIndex": 3}, "groundingChunkIndices": [0, 1]},
                    {"segment": {"endIndex": 4}, "groundingChunkIndices": [0]},
                ],
            })
        );
    }

    #[test]
    fn each_reason_has_its_word() {
        for (reason, word) in [
            (Reason::End, "STOP"),
            (Reason::StopSequence, "STOP"),
            (Reason::Length, "MAX_TOKENS"),
            (Reason::ContextWindow, "MAX_TOKENS"),
            (Reason::Refusal, "SAFETY"),
        ] {
            assert_eq!(streamed(&[], reason).1["candidates"][0]["finishReason"], word);
        }
        let (parts, last) = streamed(&[Piece::Refusal("no".into())], Reason::End);
        assert_eq!((&parts[0], &last["candidates"][0]["finishReason"]), (&json!({"text": "no"}), &json!("SAFETY")));
    }

    #[test]
    fn a_whole_answer_has_the_proof_beside_its_thought() {
        let thought = |kind| Block::Thought(Thought { text: "t".into(), proof: Some(proof(kind)) });
        let cited = Citation { url: "https://x".into(), title: "".into(), quote: Some("q".into()) };
        let blocks = [thought(ProofKind::Bare), thought(ProofKind::Encrypted), Block::Citation(cited)];
        let mut notes = Notes::default();
        let whole = write_whole(&blocks, &tally(Reason::End), &opening(), &mut notes);
        let whole: Value = serde_json::from_str(&whole).expect("an answer is JSON");
        assert_eq!(
            whole["candidates"][0]["content"]["parts"],
            json!([
                {"text": "t", "thought": true, "thoughtSignature": sealed(ProofKind::Bare)},
                {"text": "t", "thought": true},
                {"text": "", "thought": true, "thoughtSignature": sealed(ProofKind::Encrypted)},
            ])
        );
        assert_eq!(whole["modelVersion"], "asked");
        assert_eq!(notes.list().len(), 1);
    }
}
