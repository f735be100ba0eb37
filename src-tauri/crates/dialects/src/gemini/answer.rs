//! Reading answers, whole and streamed. A stream's event has the shape of a whole answer.

use std::borrow::Cow;
use std::collections::HashSet;

use super::partial::Partial;
use crate::error_body::{self, ErrorBody};
use crate::form::{
    self, Citation, Media, MediaKind, Piece, Proof, ProofKind, Reading, Reason, Slot, Source, Stop, Tally,
};
use crate::json::{Kind, View};
use crate::stream;
use crate::usage::Usage;

fn usage(usage: View<'_>) -> Usage {
    let sum = |first: Option<u64>, second: Option<u64>| first.map(|first| first.saturating_add(second.unwrap_or(0)));
    let thoughts = usage.get_u64("thoughtsTokenCount");
    // While it only thinks, an answer has no candidates to count.
    let candidates = usage.get_u64("candidatesTokenCount").or(thoughts.map(|_| 0));
    Usage {
        input: sum(usage.get_u64("promptTokenCount"), usage.get_u64("toolUsePromptTokenCount")),
        output: sum(candidates, thoughts),
        cached_input: usage.get_u64("cachedContentTokenCount"),
        cache_creation: None,
        reasoning: thoughts,
    }
}

fn stop(raw: &str) -> Stop {
    let reason = match raw {
        "STOP" => Reason::End,
        "MAX_TOKENS" => Reason::Length,
        "SAFETY"
        | "RECITATION"
        | "LANGUAGE"
        | "BLOCKLIST"
        | "PROHIBITED_CONTENT"
        | "SPII"
        | "IMAGE_SAFETY"
        | "IMAGE_PROHIBITED_CONTENT"
        | "IMAGE_RECITATION" => Reason::Refusal,
        _ => Reason::Unknown,
    };
    Stop { reason, raw: form::name(raw), sequence: None }
}

/// What a stop reason means that is none (failover §2, ServerError).
fn failure(raw: &str, parts_seen: bool) -> Option<ErrorBody> {
    let message = match raw {
        "MALFORMED_FUNCTION_CALL" => "the model made a malformed function call",
        "OTHER" => "the model stopped for an unknown reason",
        "STOP" if !parts_seen => "the model stopped without an answer",
        "UNEXPECTED_TOOL_CALL" if !parts_seen => "the model called a tool that it was not offered",
        "MALFORMED_RESPONSE" if !parts_seen => "the model made a malformed answer",
        "TOO_MANY_TOOL_CALLS" if !parts_seen => "the model called tools without end",
        "MISSING_THOUGHT_SIGNATURE" if !parts_seen => "a call in the request lacks its signature",
        _ => return None,
    };
    Some(ErrorBody { kind: Some(raw.to_owned()), message: message.to_owned(), ..ErrorBody::default() })
}

/// Reads a whole answer.
pub(crate) fn read_whole(root: View<'_>) -> (Reading<'_>, Tally) {
    let mut reader = EventReader::default();
    let mut reading = reader.view(root);
    reader.end_call(true, &mut reading.pieces);
    (reading, reader.tally)
}

/// Reads a stream's events.
#[derive(Debug, Default)]
pub(crate) struct EventReader {
    tally: Tally,
    /// There was a part, be it an empty one.
    parts_seen: bool,
    /// Calls so far.
    calls: Slot,
    /// The last call, while its arguments come in pieces.
    open: Option<Partial>,
    /// Addresses of the sources that have been told: each event may repeat those before.
    cited: HashSet<String>,
}

impl EventReader {
    fn view<'a>(&mut self, root: View<'a>) -> Reading<'a> {
        if root.get("error").is_some() {
            return Reading::error(error_body::of_view(root));
        }
        let [candidates, feedback, counts, version, id] =
            root.pick(["candidates", "promptFeedback", "usageMetadata", "modelVersion", "responseId"]);
        if root.kind() != Kind::Object || ![candidates, feedback, counts, version, id].iter().any(Option::is_some) {
            return Reading::malformed("not a Gemini answer: it has no `candidates`");
        }
        let mut reading = Reading { started: true, ..Reading::default() };
        self.tally.name_model(version.and_then(View::str));
        if let Some(counts) = counts {
            self.tally.usage = usage(counts);
        }
        let candidate = candidates.and_then(|candidates| candidates.items().next());
        if let Some(failure) = candidate.and_then(|candidate| self.candidate(candidate, &mut reading)) {
            return Reading::error(failure);
        }
        let blocked = feedback.and_then(|feedback| feedback.get_str("blockReason"));
        // The API's name for "unspecified" and the SDK's.
        if let Some(raw) = blocked.filter(|raw| !raw.ends_with("_UNSPECIFIED") && !raw.is_empty()) {
            self.tally.stop = Some(Stop { reason: Reason::Refusal, raw: form::name(&raw), sequence: None });
            reading.stopped = true;
        }
        reading
    }

    fn candidate<'a>(&mut self, candidate: View<'a>, reading: &mut Reading<'a>) -> Option<ErrorBody> {
        let [content, raw, grounding, citations] =
            candidate.pick(["content", "finishReason", "groundingMetadata", "citationMetadata"]);
        for part in content.and_then(|content| content.get("parts")).into_iter().flat_map(View::items) {
            self.parts_seen = true;
            self.part(part, &mut reading.pieces);
        }
        let grounds = grounding.and_then(|grounding| grounding.get("groundingChunks"));
        for source in grounds.into_iter().flat_map(View::items).flat_map(View::entries) {
            self.cite(source.value, source.value.get_str("text"), &mut reading.pieces);
        }
        // The Gemini API's name for them and Vertex AI's.
        let quoted = citations.and_then(|list| list.get("citationSources").or_else(|| list.get("citations")));
        for source in quoted.into_iter().flat_map(View::items) {
            self.cite(source, None, &mut reading.pieces);
        }
        let raw = raw.and_then(View::str).filter(|raw| !raw.is_empty() && raw != "FINISH_REASON_UNSPECIFIED")?;
        let failure = failure(&raw, self.parts_seen);
        if failure.is_none() {
            self.tally.stop = Some(stop(&raw));
            reading.stopped = true;
            // What the limit cut off stays cut off.
            self.end_call(raw != "MAX_TOKENS", &mut reading.pieces);
        }
        failure
    }

    fn part<'a>(&mut self, part: View<'a>, out: &mut Vec<Piece<'a>>) {
        let [text, thought, signature, call, data, file, code, result, own_call, own_result] = part.pick([
            "text",
            "thought",
            "thoughtSignature",
            "functionCall",
            "inlineData",
            "fileData",
            "executableCode",
            "codeExecutionResult",
            "toolCall",
            "toolResponse",
        ]);
        let is_thought = thought.and_then(View::bool) == Some(true);
        let signature = signature.and_then(View::str).filter(|signature| !signature.is_empty());
        let proof = |kind| signature.clone().map(|signature| Piece::Proof(Proof::new(kind, signature)));
        if let Some(call) = call {
            return self.call(call, proof(ProofKind::CallPart), out);
        }
        self.end_call(true, out);
        if let Some(data) = data.or(file) {
            match media(data) {
                // A picture that the model thinks by is not one that it answers with.
                Some(_) if is_thought => out.push(Piece::Other("an image among its thoughts")),
                Some(media) => out.push(Piece::Media(media)),
                None => out.push(Piece::Other("a file")),
            }
        } else if code.or(result).or(own_call).or(own_result).is_some() {
            out.push(Piece::Other("a provider-run tool"));
        }
        let text = text.and_then(View::str).filter(|text| !text.is_empty());
        let (piece, kind): (fn(Cow<'a, str>) -> Piece<'a>, _) =
            if is_thought { (Piece::Thought, ProofKind::ThoughtPart) } else { (Piece::Text, ProofKind::TextPart) };
        out.extend(text.map(piece));
        out.extend(proof(kind));
    }

    /// A call: whole, or its beginning or a further part where Vertex AI streams the arguments. In that case a part without
    /// a name and without more to come ends it, which the last call may lack.
    fn call<'a>(&mut self, call: View<'a>, proof: Option<Piece<'a>>, out: &mut Vec<Piece<'a>>) {
        let [id, name, args, pieces, more] = call.pick(["id", "name", "args", "partialArgs", "willContinue"]);
        let name = name.and_then(View::str).filter(|name| !name.is_empty());
        let goes_on = more.and_then(View::bool) == Some(true);
        if let Some(name) = name {
            self.end_call(true, out);
            out.extend(proof);
            self.calls += 1;
            let id = id.and_then(View::str).unwrap_or_default();
            out.push(Piece::CallStart { slot: self.calls, id, name: own_name(name), custom: false });
            self.open = Some(Partial::default());
        }
        let slot = self.calls;
        let Some(open) = &mut self.open else { return };
        if let Some(args) = args.filter(|args| args.entries().next().is_some()) {
            out.push(Piece::CallArgs { slot, text: Cow::Borrowed(args.raw()) });
        }
        for piece in pieces.into_iter().flat_map(View::items) {
            match open.add(piece) {
                Some(text) if text.is_empty() => {}
                Some(text) => out.push(Piece::CallArgs { slot, text: Cow::Owned(text) }),
                None => out.push(Piece::Other("an argument that has no place")),
            }
        }
        if !goes_on {
            self.end_call(true, out);
        }
    }

    /// Ends the open call, if one is; `is_whole`: its arguments have all come.
    fn end_call(&mut self, is_whole: bool, out: &mut Vec<Piece<'_>>) {
        let Some(mut open) = self.open.take() else { return };
        let slot = self.calls;
        let rest = if is_whole { open.finish() } else { String::new() };
        if !rest.is_empty() {
            out.push(Piece::CallArgs { slot, text: Cow::Owned(rest) });
        }
        out.push(Piece::CallEnd { slot });
    }

    fn cite<'a>(&mut self, source: View<'a>, quote: Option<Cow<'a, str>>, out: &mut Vec<Piece<'a>>) {
        let [uri, title] = source.pick(["uri", "title"]);
        let Some(url) = uri.and_then(View::str).filter(|uri| !uri.is_empty()) else { return };
        if self.cited.insert(url.clone().into_owned()) {
            let title = title.and_then(View::str).unwrap_or_default();
            out.push(Piece::Citation(Citation { url, title, quote }));
        }
    }
}

/// Some models write a call's name with the module that they imagine it in.
fn own_name(name: Cow<'_, str>) -> Cow<'_, str> {
    for prefix in ["default_api:", "default_api."] {
        if let Some(own) = name.strip_prefix(prefix).filter(|own| !own.is_empty()) {
            return Cow::Owned(own.to_owned());
        }
    }
    name
}

fn media(data: View<'_>) -> Option<Media<'_>> {
    let [mime, bytes, uri] = data.pick(["mimeType", "data", "fileUri"]).map(|view| view.and_then(View::str));
    let kind = MediaKind::of_mime(mime.as_deref().unwrap_or_default());
    let source = bytes.map(Source::Data).or_else(|| uri.map(Source::Url))?;
    Some(Media { kind, mime, source, name: None, detail: None })
}

impl stream::EventReader for EventReader {
    fn read<'a>(&mut self, data: &'a str) -> Reading<'a> {
        match View::parse(data.as_bytes()) {
            Ok(root) => match root.items().next() {
                // An error can come in an array.
                Some(first) => self.view(first),
                None => self.view(root),
            },
            Err(_) if data.trim() == "[DONE]" => Reading::default(),
            Err(_) => Reading::malformed("data is not JSON"),
        }
    }

    fn tally(&self) -> &Tally {
        &self.tally
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::EventReader as _;

    /// The pieces of a stream's events, in short.
    fn said(events: &[&str]) -> Vec<String> {
        let mut reader = EventReader::default();
        let mut pieces = Vec::new();
        for event in events {
            let reading = reader.read(event);
            assert_eq!(reading.fault, None, "{event}");
            pieces.extend(reading.pieces.into_iter().map(Piece::into_owned));
        }
        pieces.iter().map(short).collect()
    }

    fn short(piece: &Piece<'_>) -> String {
        match piece {
            Piece::Text(text) => format!("text {text}"),
            Piece::Thought(text) => format!("thought {text}"),
            Piece::Proof(proof) => format!("{:?} {}", proof.kind, proof.data),
            Piece::CallStart { slot, id, name, .. } => format!("call {slot} {name} {id}").trim_end().to_owned(),
            Piece::CallArgs { slot, text } => format!("args {slot} {text}"),
            Piece::CallEnd { slot } => format!("end {slot}"),
            Piece::Citation(citation) => format!("cites {} {}", citation.url, citation.title).trim_end().to_owned(),
            Piece::Media(media) => format!("media {}", media.mime_or_default()),
            Piece::Other(name) => (*name).to_owned(),
            Piece::Refusal(text) => format!("refusal {text}"),
        }
    }

    fn parts(parts: &str) -> String {
        format!(r#"{{"candidates":[{{"content":{{"parts":[{parts}]}}}}]}}"#)
    }

    #[test]
    fn each_part_is_told_with_what_is_signed_of_it() {
        let event = parts(
            r#"{"text":"t","thought":true,"thoughtSignature":"s1"},{"text":"a"},{"text":"","thoughtSignature":"s2"},
            {"functionCall":{"name":"default_api:f","id":"7","args":{"x":1.50}},"thoughtSignature":"s3"},{"functionCall":{"name":"g","args":{}}},
            {"inlineData":{"mimeType":"image/png","data":"AAAA"}},{"executableCode":{"code":"x"}},{"codeExecutionResult":{}}"#,
        );
        assert_eq!(
            said(&[&event]),
            [
                "thought t",
                "ThoughtPart s1",
                "text a",
                "TextPart s2",
                "CallPart s3",
                "call 1 f 7",
                r#"args 1 {"x":1.50}"#,
                "end 1",
                "call 2 g",
                "end 2",
                "media image/png",
                "a provider-run tool",
                "a provider-run tool",
            ]
        );
    }

    #[test]
    fn arguments_that_come_in_pieces_are_put_together() {
        let call = |call: &str| parts(&format!(r#"{{"functionCall":{call}}}"#));
        let events = [
            call(r#"{"name":"f","willContinue":true}"#),
            call(r#"{"partialArgs":[{"jsonPath":"$.a","stringValue":"x","willContinue":true}],"willContinue":true}"#),
            call(r#"{"partialArgs":[{"jsonPath":"$.a","stringValue":"y"}],"willContinue":true}"#),
            call(r#"{"willContinue":true}"#),
            call("{}"),
            call(r#"{"name":"g","willContinue":true}"#),
            call(r#"{"partialArgs":[{"jsonPath":"$.b","stringValue":"z","willContinue":true}],"willContinue":true}"#),
        ];
        let begun =
            ["call 1 f", r#"args 1 {"a":"x"#, r#"args 1 y""#, "args 1 }", "end 1", "call 2 g", r#"args 2 {"b":"z"#];
        for (reason, rest) in [("STOP", vec![r#"args 2 "}"#, "end 2"]), ("MAX_TOKENS", vec!["end 2"])] {
            let stop = format!(r#"{{"candidates":[{{"finishReason":"{reason}"}}]}}"#);
            let events: Vec<&str> = events.iter().chain([&stop]).map(String::as_str).collect();
            assert_eq!(said(&events), [&begun[..], &rest].concat(), "{reason}");
        }
    }

    #[test]
    fn a_source_is_told_once() {
        let grounded = |uris: &str| {
            format!(
                r#"{{"candidates":[{{"content":{{"parts":[{{"text":"a"}}]}},"groundingMetadata":{{"groundingChunks":[{uris}]}},"citationMetadata":{{"citationSources":[{{"uri":"https://z"}}]}}}}]}}"#
            )
        };
        let first = grounded(r#"{"web":{"uri":"https://x","title":"X"}}"#);
        let second = grounded(r#"{"web":{"uri":"https://x","title":"X"}},{"web":{"uri":"https://y","title":"Y"}}"#);
        assert_eq!(
            said(&[&first, &second]),
            ["text a", "cites https://x X", "cites https://z", "text a", "cites https://y Y"]
        );
    }

    #[test]
    fn a_stop_without_any_part_is_a_fault_and_after_one_is_none() {
        let stop = |reason: &str| format!(r#"{{"candidates":[{{"finishReason":"{reason}"}}]}}"#);
        for reason in ["UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS", "MALFORMED_RESPONSE", "STOP"] {
            assert!(EventReader::default().read(&stop(reason)).fault.is_some(), "{reason}");
            let mut reader = EventReader::default();
            reader.read(&parts(r#"{"text":"a"}"#));
            assert!(reader.read(&stop(reason)).stopped, "{reason}");
        }
    }
}
