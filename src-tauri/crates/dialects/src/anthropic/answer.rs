//! Reading answers, whole and streamed.

mod counts;
mod stream;

use std::borrow::Cow;

use crate::form::{self, Citation, Piece, Proof, ProofKind, Reading, Reason, Slot, Stop, Tally};
use crate::json::{Kind, View};

use counts::Counts;
pub(crate) use stream::EventReader;

/// What a stop reason and the fields beside it say.
fn stop(holder: View<'_>) -> Option<Stop> {
    let raw = form::name(&holder.get_str("stop_reason")?);
    let reason = match raw.as_str() {
        "end_turn" => Reason::End,
        "max_tokens" => Reason::Length,
        "stop_sequence" => Reason::StopSequence,
        "tool_use" => Reason::ToolUse,
        "refusal" => Reason::Refusal,
        "model_context_window_exceeded" => Reason::ContextWindow,
        // The second is a pause to let the client take over a summary of the conversation.
        "pause_turn" | "compaction" => Reason::Pause,
        _ => Reason::Unknown,
    };
    Some(Stop { reason, raw, sequence: holder.get_str("stop_sequence").map(Cow::into_owned) })
}

/// Why the provider refused, in its words.
fn explanation(holder: View<'_>) -> Option<Piece<'_>> {
    let explanation = holder.get("stop_details")?.get_str("explanation")?;
    (!explanation.is_empty()).then_some(Piece::Refusal(explanation))
}

/// The id of the container in which tools ran, and which a later request may use again.
fn container(holder: View<'_>) -> Option<View<'_>> {
    holder.get("container")?.get("id")
}

/// What ends a thinking block: its signature. Some providers that speak the dialect don't sign.
fn proof(signature: Option<Cow<'_, str>>) -> Piece<'_> {
    Piece::Proof(match signature.filter(|signature| !signature.is_empty()) {
        Some(signature) => Proof::new(ProofKind::Signature, signature),
        None => Proof::new(ProofKind::Bare, Cow::Borrowed("")),
    })
}

/// A source that a text block cites. Only those with an address mean something elsewhere: the others are places in the
/// documents of the request.
fn citation(citation: View<'_>) -> Piece<'_> {
    let [url, source, title, quote] = citation.pick(["url", "source", "title", "cited_text"]);
    match url.or(source).and_then(View::str).filter(|url| url.starts_with("http")) {
        Some(url) => Piece::Citation(Citation {
            url,
            title: title.and_then(View::str).unwrap_or_default(),
            quote: quote.and_then(View::str).filter(|quote| !quote.is_empty()),
        }),
        None => Piece::Other("a citation of a document"),
    }
}

/// What a block is that no client of another dialect is told.
fn other(kind: &str) -> Piece<'static> {
    Piece::Other(match kind {
        "compaction" => "a compaction",
        "fallback" => "a change of model",
        "container_upload" => "a file",
        _ => "a provider-run tool",
    })
}

/// Reads a block of a whole answer.
fn block<'a>(block: View<'a>, slot: Slot, pieces: &mut Vec<Piece<'a>>) {
    let text = |key| block.get_str(key).filter(|text| !text.is_empty());
    let Some(kind) = block.get_str("type") else { return };
    match &*kind {
        "text" => {
            pieces.extend(text("text").map(Piece::Text));
            pieces.extend(block.get("citations").into_iter().flat_map(View::items).map(citation));
        }
        "thinking" => {
            let thought = text("thinking").map(Piece::Thought);
            if thought.is_some() || text("signature").is_some() {
                pieces.extend(thought);
                pieces.push(proof(text("signature")));
            }
        }
        "redacted_thinking" => {
            pieces.push(Piece::Proof(Proof::new(ProofKind::Redacted, text("data").unwrap_or_default())));
        }
        "tool_use" => {
            let [id, name, input] = block.pick(["id", "name", "input"]);
            pieces.push(call_start(slot, id, name));
            pieces.extend(input.map(|input| Piece::CallArgs { slot, text: Cow::Borrowed(input.raw()) }));
            pieces.push(Piece::CallEnd { slot });
        }
        kind => pieces.push(other(kind)),
    }
}

fn call_start<'a>(slot: Slot, id: Option<View<'a>>, name: Option<View<'a>>) -> Piece<'a> {
    let text = |view: Option<View<'a>>| view.and_then(View::str).unwrap_or_default();
    Piece::CallStart { slot, id: text(id), name: text(name), custom: false }
}

/// Reads a whole answer.
pub(crate) fn read_whole(root: View<'_>) -> (Reading<'_>, Tally) {
    let mut tally = Tally::default();
    let Some(content) = root.get("content").filter(|content| content.kind() == Kind::Array) else {
        return (Reading::malformed("not an Anthropic message: it has no `content`"), tally);
    };
    let mut pieces = Vec::new();
    for (slot, item) in (0..).zip(content.items()) {
        block(item, slot, &mut pieces);
    }
    pieces.extend(explanation(root));
    tally.name_model(root.get_str("model"));
    tally.stop = stop(root);
    tally.keep(container(root));
    if let Some(usage) = root.get("usage") {
        let mut counts = Counts::default();
        counts.update(usage);
        tally.usage = counts.usage();
    }
    (Reading { pieces, started: true, stopped: tally.stop.is_some(), closed: true, ..Reading::default() }, tally)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Vec<Piece<'static>> {
        let (reading, _) = read_whole(View::parse(body.as_bytes()).unwrap());
        reading.pieces.into_iter().map(Piece::into_owned).collect()
    }

    #[test]
    fn every_block_is_told_and_what_the_provider_ran_is_named() {
        let pieces = read(
            r#"{"content":[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"redacted_thinking","data":"d"},
            {"type":"thinking","thinking":"","signature":"o"},{"type":"thinking","thinking":"bare","signature":""},
            {"type":"text","text":"a","citations":[
                {"type":"web_search_result_location","url":"https://e.org","title":"E","cited_text":"q","encrypted_index":"x"},
                {"type":"char_location","cited_text":"q","document_index":0}]},
            {"type":"server_tool_use","id":"s","name":"web_search","input":{}},
            {"type":"tool_use","id":"t","name":"f","input":{"a": 1.0}}],"stop_reason":"tool_use"}"#,
        );
        let signed = |data: &'static str| Piece::Proof(Proof::new(ProofKind::Signature, data.into()));
        let quote = Some("q".into());
        assert_eq!(
            pieces,
            [
                Piece::Thought("hm".into()),
                signed("s"),
                Piece::Proof(Proof::new(ProofKind::Redacted, "d".into())),
                signed("o"),
                Piece::Thought("bare".into()),
                Piece::Proof(Proof::new(ProofKind::Bare, "".into())),
                Piece::Text("a".into()),
                Piece::Citation(Citation { url: "https://e.org".into(), title: "E".into(), quote }),
                Piece::Other("a citation of a document"),
                Piece::Other("a provider-run tool"),
                Piece::CallStart { slot: 6, id: "t".into(), name: "f".into(), custom: false },
                Piece::CallArgs { slot: 6, text: "{\"a\": 1.0}".into() },
                Piece::CallEnd { slot: 6 },
            ]
        );
    }

    #[test]
    fn a_refusal_is_explained_where_the_provider_explains_it() {
        let pieces = read(
            r#"{"content":[],"stop_reason":"refusal","stop_details":{"type":"refusal","category":"bio","explanation":"Not this."}}"#,
        );
        assert_eq!(pieces, [Piece::Refusal("Not this.".into())]);
        assert_eq!(read(r#"{"content":[],"stop_reason":"refusal","stop_details":null}"#), []);
    }

    #[test]
    fn every_stop_reason_has_its_meaning() {
        for (raw, reason) in [
            ("end_turn", Reason::End),
            ("max_tokens", Reason::Length),
            ("stop_sequence", Reason::StopSequence),
            ("tool_use", Reason::ToolUse),
            ("refusal", Reason::Refusal),
            ("pause_turn", Reason::Pause),
            ("compaction", Reason::Pause),
            ("model_context_window_exceeded", Reason::ContextWindow),
            ("something_new", Reason::Unknown),
        ] {
            let body = format!(r#"{{"stop_reason":"{raw}"}}"#);
            let stop = stop(View::parse(body.as_bytes()).unwrap()).unwrap();
            assert_eq!((stop.reason, stop.raw.as_str()), (reason, raw));
        }
    }
}
