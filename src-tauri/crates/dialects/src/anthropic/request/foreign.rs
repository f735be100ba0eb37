//! Taking what other providers have proved out of a request that goes to Anthropic as its client wrote it.

use crate::form::SEAL;
use crate::glance::is_str;
use crate::json::{Kind, Patch, View};
use crate::notes::Notes;
use crate::pass::Whose;

/// Takes out the reasoning that other providers made and the sources that they cited, and what the API refuses without it: a
/// message that it leaves empty, and, if it began the answer whose tools have just run, enabled thinking ("Extended thinking
/// with tool use").
pub(crate) fn strip_foreign(root: View<'_>, whose: Whose, patch: &mut Patch, notes: &mut Notes) {
    let Some(messages) = root.get("messages").filter(|messages| messages.kind() == Kind::Array) else { return };
    let is_foreign = |block: View<'_>| is_foreign(block, whose);
    let mut stripped = false;
    for message in messages.items() {
        let Some(content) = message.get("content") else { continue };
        for block in content.items() {
            let Some(citations) = block.get("citations").filter(|citations| citations.items().any(is_cited_elsewhere))
            else {
                continue;
            };
            notes.add("not-carried", "messages.citations", "another provider cited these");
            if citations.items().all(is_cited_elsewhere) {
                patch.remove(block, "citations");
            } else {
                patch.remove_items(citations, is_cited_elsewhere);
            }
        }
        if content.items().any(is_foreign) && !content.items().all(is_foreign) {
            patch.remove_items(content, is_foreign);
            stripped = true;
        }
    }
    let empties = |message: View<'_>| {
        message
            .get("content")
            .is_some_and(|content| content.items().next().is_some() && content.items().all(is_foreign))
    };
    if messages.items().any(empties) {
        patch.remove_items(messages, empties);
        stripped = true;
    }
    if stripped {
        let why = match whose {
            Whose::Foreign => "another provider made it",
            Whose::Anybodys => "the provider refuses it",
        };
        notes.add("not-carried", "reasoning history", why);
    }
    if is_str(root.get("thinking").and_then(|thinking| thinking.get("type")), "enabled")
        && loop_lost_thinking(messages, whose)
    {
        patch.remove(root, "thinking");
        notes.add("not-carried", "thinking", "these tools were called without thinking of this provider");
        remove_clearing(root, patch, notes);
    }
}

/// A block of reasoning whose proof is taken out.
fn is_foreign(block: View<'_>, whose: Whose) -> bool {
    let proof = match block.get_str("type").as_deref() {
        Some("thinking") => block.get_str("signature"),
        Some("redacted_thinking") => block.get_str("data"),
        _ => None,
    };
    proof.is_some_and(|proof| whose.takes(&proof))
}

/// A source whose index is sealed.
fn is_cited_elsewhere(citation: View<'_>) -> bool {
    citation.get_str("encrypted_index").is_some_and(|index| index.starts_with(SEAL))
}

fn is_thinking(block: View<'_>) -> bool {
    block.get_str("type").is_some_and(|kind| kind == "thinking" || kind == "redacted_thinking")
}

/// Whether the tools of an answer have run, and reasoning is taken out of it so that none is left at its start. All that the
/// model has said since the user spoke is one answer.
fn loop_lost_thinking(messages: View<'_>, whose: Whose) -> bool {
    let is_foreign = |block: View<'_>| is_foreign(block, whose);
    let spoken: Vec<View<'_>> = messages.items().filter(|message| !is_str(message.get("role"), "system")).collect();
    let has_results = |message: &View<'_>| {
        let content = message.get("content");
        content.is_some_and(|content| content.items().any(|block| is_str(block.get("type"), "tool_result")))
    };
    let goes_on = |message: &&View<'_>| is_str(message.get("role"), "assistant") || has_results(message);
    let answer = spoken.iter().rev().take_while(goes_on).filter(|message| is_str(message.get("role"), "assistant"));
    let Some(content) = answer.last().and_then(|first| first.get("content")) else { return false };
    let ran = spoken.last().is_some_and(has_results);
    let first_left = content.items().find(|block| !is_foreign(*block));
    ran && content.items().any(is_foreign) && !first_left.is_some_and(is_thinking)
}

/// Edits that clear thinking need thinking.
fn remove_clearing(root: View<'_>, patch: &mut Patch, notes: &mut Notes) {
    let Some(management) = root.get("context_management") else { return };
    let Some(edits) = management.get("edits") else { return };
    let clears = |edit: View<'_>| edit.get_str("type").is_some_and(|kind| kind.starts_with("clear_thinking"));
    if !edits.items().any(clears) {
        return;
    }
    notes.add("not-carried", "context_management.edits", "clearing thinking needs thinking");
    if edits.items().all(clears) && management.entries().count() == 1 {
        patch.remove(root, "context_management");
    } else {
        patch.remove_items(edits, clears);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::{Proof, ProofKind};

    fn stripped(body: &str) -> (serde_json::Value, Vec<String>) {
        let sealed = Proof::new(ProofKind::Encrypted, "e".into()).seal("m");
        let body = body.replace("SEALED", &sealed);
        let (mut patch, mut notes) = (Patch::default(), Notes::default());
        strip_foreign(View::parse(body.as_bytes()).unwrap(), Whose::Foreign, &mut patch, &mut notes);
        let notes = notes.list().iter().map(|note| note.field.clone()).collect();
        (serde_json::from_slice(&patch.apply(body.as_bytes())).unwrap(), notes)
    }

    #[test]
    fn foreign_reasoning_goes_and_the_providers_own_stays() {
        let (body, notes) = stripped(
            r#"{"thinking":{"type":"enabled","budget_tokens":2000},"messages":[
            {"role":"user","content":"a"},
            {"role":"assistant","content":[{"type":"redacted_thinking","data":"SEALED"}]},
            {"role":"user","content":"b"},
            {"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"SEALED"},{"type":"thinking","thinking":"u","signature":"own"},{"type":"tool_use","id":"1","name":"f","input":{}}]},
            {"role":"user","content":[{"type":"tool_result","tool_use_id":"1"}]}]}"#,
        );
        let kinds: Vec<&str> = body["messages"][2]["content"]
            .as_array()
            .unwrap()
            .iter()
            .map(|block| block["type"].as_str().unwrap())
            .collect();
        assert_eq!(kinds, ["thinking", "tool_use"]);
        assert_eq!(body["messages"].as_array().unwrap().len(), 4);
        assert_eq!(body["thinking"]["type"], "enabled");
        assert_eq!(notes, ["reasoning history"]);
    }

    #[test]
    fn sources_that_another_provider_cited_are_taken_out_and_their_text_stays() {
        let cites = |citations: &str| {
            let text = format!(r#"{{"type":"text","text":"a","citations":[{citations}]}}"#);
            let (body, notes) = stripped(&format!(r#"{{"messages":[{{"role":"assistant","content":[{text}]}}]}}"#));
            (body["messages"][0]["content"][0].clone(), notes)
        };
        let foreign = r#"{"type":"web_search_result_location","url":"https://x","encrypted_index":"SEALED"}"#;
        let own = r#"{"type":"web_search_result_location","url":"https://y","encrypted_index":"Eo8B"}"#;
        let (block, notes) = cites(foreign);
        assert_eq!(block, serde_json::json!({"type": "text", "text": "a"}));
        assert_eq!(notes, ["messages.citations"]);
        let (block, _) = cites(&format!("{foreign},{own}"));
        assert_eq!(
            (block["citations"].as_array().unwrap().len(), &block["citations"][0]["url"]),
            (1, &"https://y".into())
        );
    }

    #[test]
    fn thinking_goes_with_the_reasoning_of_a_running_tool_loop() {
        let loop_of = |thinking: &str, edits: &str| {
            stripped(&format!(
                r#"{{"context_management":{{"edits":[{edits}]}},"thinking":{thinking},"messages":[{{"role":"user","content":"a"}},
                {{"role":"assistant","content":[{{"type":"thinking","thinking":"t","signature":"SEALED"}},{{"type":"tool_use","id":"1","name":"f","input":{{}}}}]}},
                {{"role":"user","content":[{{"type":"tool_result","tool_use_id":"1"}}]}},{{"role":"system","content":"s"}}]}}"#
            ))
        };
        let clear = r#"{"type":"clear_thinking_20251015","keep":"all"}"#;
        let (body, notes) = loop_of(r#"{"type":"enabled","budget_tokens":2000}"#, clear);
        assert!(body.get("thinking").is_none() && body.get("context_management").is_none());
        assert_eq!(notes, ["reasoning history", "thinking", "context_management.edits"]);
        let (body, _) = loop_of(r#"{"type":"enabled"}"#, &format!(r#"{clear},{{"type":"clear_tool_uses_20250919"}}"#));
        assert_eq!(body["context_management"]["edits"].as_array().unwrap().len(), 1);
        let (body, _) = loop_of(r#"{"type":"adaptive"}"#, clear);
        assert_eq!(body["thinking"]["type"], "adaptive");
        assert!(body.get("context_management").is_some());
    }
}
