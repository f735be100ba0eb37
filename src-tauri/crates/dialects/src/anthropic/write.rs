//! Writing answers, whole and streamed.

mod stream;

use crate::form::{Block, Citation, MediaKind, Proof, ProofKind, Reason, Tally, Thought};
use crate::json::Writer;
use crate::notes::Notes;
use crate::relay::Opening;
use crate::usage::Usage;

pub(crate) use stream::EventWriter;

/// The stop reason of an answer. `None` is written as an end: the answer has ended, whatever the upstream said of it.
fn reason(tally: &Tally, refused: bool) -> &'static str {
    let reason = tally.stop.as_ref().map(|stop| stop.reason);
    match reason {
        _ if refused => "refusal",
        Some(Reason::Length) => "max_tokens",
        Some(Reason::StopSequence) => "stop_sequence",
        Some(Reason::ToolUse) => "tool_use",
        Some(Reason::Refusal) => "refusal",
        Some(Reason::ContextWindow) => "model_context_window_exceeded",
        Some(Reason::Pause) => "pause_turn",
        Some(Reason::End | Reason::Unknown) | None => "end_turn",
    }
}

fn stop(w: &mut Writer, tally: &Tally, refused: bool) {
    w.key("stop_reason").str(reason(tally, refused));
    match tally.stop.as_ref().and_then(|stop| stop.sequence.as_ref()) {
        Some(sequence) => w.key("stop_sequence").str(sequence),
        None => w.key("stop_sequence").null(),
    }
}

/// Anthropic's counts. Its SDKs take each for a number, so what is unknown is 0.
fn usage(w: &mut Writer, usage: Usage) {
    let (read, creation) = (usage.cached_input.unwrap_or(0), usage.cache_creation.unwrap_or(0));
    let input = usage.input.unwrap_or(0).saturating_sub(read).saturating_sub(creation);
    w.key("usage").object(|w| {
        w.key("input_tokens").number(input);
        w.key("cache_creation_input_tokens").number(creation);
        w.key("cache_read_input_tokens").number(read);
        w.key("output_tokens").number(usage.output.unwrap_or(0));
        if let Some(thinking) = usage.reasoning {
            w.key("output_tokens_details").object(|w| w.key("thinking_tokens").number(thinking));
        }
    });
}

fn head(w: &mut Writer, opening: &Opening, tally: &Tally) {
    w.key("id").str(&format!("msg_{}", opening.id));
    w.key("type").str("message");
    w.key("role").str("assistant");
    w.key("model").str(tally.model.as_deref().unwrap_or(&opening.model));
}

/// A source, as one that web search found: of Anthropic's citations those are the ones that have an address. Where Anthropic
/// keeps what it needs to know the source again stands who cited it, so that it is taken out before Anthropic gets it.
fn citation(w: &mut Writer, citation: &Citation<'_>, maker: &str) {
    w.key("type").str("web_search_result_location");
    w.key("cited_text").str(citation.quote.as_deref().unwrap_or_default());
    w.key("url").str(&citation.url);
    match &*citation.title {
        "" => w.key("title").null(),
        title => w.key("title").str(title),
    }
    w.key("encrypted_index").str(&Proof::new(ProofKind::Bare, "".into()).seal(maker));
}

/// The proof of reasoning whose text the client isn't given, for it to keep; `None` where there is nothing to keep.
fn redacted(proof: &Proof<'_>, opening: &Opening) -> Option<String> {
    (proof.kind != ProofKind::Bare).then(|| proof.seal(&opening.maker))
}

/// A name for media that an answer holds.
fn media(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Image => "an image",
        MediaKind::Document => "a file",
        MediaKind::Audio => "audio",
        MediaKind::Video => "video",
    }
}

/// What an answer has no place for: a source without a text that cites it.
const LONE_CITATION: &str = "a citation";

/// Writes a whole answer.
pub(crate) fn write_whole(blocks: &[Block<'_>], tally: &Tally, opening: &Opening, notes: &mut Notes) -> String {
    let refused = blocks.iter().any(|block| matches!(block, Block::Refusal(text) if !text.is_empty()));
    Writer::write(|w| {
        head(w, opening, tally);
        w.key("content").array(|w| {
            let mut rest = blocks;
            while let [block, after @ ..] = rest {
                // The sources that follow a text are its own.
                let cited = after.iter().take_while(|block| matches!(block, Block::Citation(_))).count();
                let (citations, after) = match block {
                    Block::Text(text) if !text.is_empty() => after.split_at(cited),
                    _ => after.split_at(0),
                };
                write_block(w, block, citations, opening, notes);
                rest = after;
            }
        });
        stop(w, tally, refused);
        usage(w, tally.usage);
    })
}

fn write_block(w: &mut Writer, block: &Block<'_>, citations: &[Block<'_>], opening: &Opening, notes: &mut Notes) {
    match block {
        Block::Text(text) | Block::Refusal(text) if !text.is_empty() => w.object(|w| {
            w.key("type").str("text");
            w.key("text").str(text);
            if !citations.is_empty() {
                w.key("citations").array(|w| {
                    for source in citations {
                        if let Block::Citation(source) = source {
                            w.object(|w| citation(w, source, &opening.maker));
                        }
                    }
                });
            }
        }),
        // Empty texts; and what tools and systems say is no part of answers.
        Block::Text(_) | Block::Refusal(_) | Block::Result(_) | Block::Instruction(_) => {}
        Block::Thought(thought) => write_thought(w, thought, opening),
        Block::Call(call) => w.object(|w| {
            w.key("type").str("tool_use");
            w.key("id").str(&call.id);
            w.key("name").str(&call.name);
            w.key("input").raw(&call.object());
        }),
        Block::Citation(_) => notes.left_out(format!("answer: {LONE_CITATION}")),
        Block::Media(own) => notes.left_out(format!("answer: {}", media(own.kind))),
    }
}

fn write_thought(w: &mut Writer, thought: &Thought<'_>, opening: &Opening) {
    let bare = Proof::new(ProofKind::Bare, "".into());
    let proof = thought.proof.as_ref().unwrap_or(&bare);
    if thought.text.is_empty() {
        if let Some(data) = redacted(proof, opening) {
            w.object(|w| {
                w.key("type").str("redacted_thinking");
                w.key("data").str(&data);
            });
        }
        return;
    }
    w.object(|w| {
        w.key("type").str("thinking");
        w.key("thinking").str(&thought.text);
        w.key("signature").str(&proof.seal(&opening.maker));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::{Call, Media};

    fn written(blocks: &[Block<'_>]) -> (serde_json::Value, Vec<String>) {
        let mut notes = Notes::default();
        let opening = Opening { maker: "m".to_owned(), ..Opening::default() };
        let body = write_whole(blocks, &Tally::default(), &opening, &mut notes);
        let fields = notes.list().iter().map(|note| note.field.clone()).collect();
        (serde_json::from_str(&body).unwrap(), fields)
    }

    #[test]
    fn reasoning_is_told_with_a_sealed_proof() {
        let thought = |text: &'static str, kind| {
            Block::Thought(Thought { text: text.into(), proof: Some(Proof::new(kind, "p".into())) })
        };
        let (body, _) = written(&[
            thought("hm", ProofKind::Encrypted),
            thought("", ProofKind::Encrypted),
            thought("", ProofKind::CallPart),
            thought("", ProofKind::Bare),
            thought("bare", ProofKind::Bare),
        ]);
        let kinds: Vec<_> = body["content"].as_array().unwrap().iter().map(|block| &block["type"]).collect();
        assert_eq!(kinds, ["thinking", "redacted_thinking", "redacted_thinking", "thinking"]);
        for (place, field, kind) in [
            (0, "signature", ProofKind::Encrypted),
            (2, "data", ProofKind::CallPart),
            (3, "signature", ProofKind::Bare),
        ] {
            let proof = Proof::open(body["content"][place][field].as_str().unwrap()).unwrap();
            assert!(proof.is_by("m") && proof.kind == kind);
        }
    }

    #[test]
    fn sources_stand_with_the_text_before_them() {
        let source = |url: &'static str| Block::Citation(Citation { url: url.into(), ..Citation::default() });
        let image = Media::of_data(MediaKind::Image, "image/png".into(), "AA==".into());
        let (body, notes) = written(&[
            source("https://e.org/0"),
            Block::Text("a".into()),
            source("https://e.org/1"),
            source("https://e.org/2"),
            Block::Text("b".into()),
            Block::Media(image),
        ]);
        assert_eq!(body["content"].as_array().unwrap().len(), 2);
        assert_eq!(body["content"][0]["citations"][1]["url"], "https://e.org/2");
        let index = body["content"][0]["citations"][0]["encrypted_index"].as_str();
        assert!(
            index.is_some_and(|index| index.starts_with(crate::form::SEAL)),
            "another provider's, and known for that"
        );
        assert!(body["content"][1].get("citations").is_none());
        assert_eq!(notes, ["answer: a citation", "answer: an image"]);
    }

    #[test]
    fn a_call_cut_off_by_the_token_limit_is_kept() {
        let call = Call { id: "t".into(), name: "f".into(), arguments: "{\"a\":".into(), custom: false };
        let (body, _) = written(&[Block::Call(call)]);
        assert_eq!(body["content"][0]["input"]["arguments"], "{\"a\":");
    }
}
