//! How much to reason, what of it is shown, and what was reasoned before.

use mainstay_dialects::Dialect::{self, Anthropic as A, Gemini as G, OpenaiChat as C, OpenaiResponses as R};
use mainstay_dialects::ReasoningScale;
use serde_json::{Value, json};

use super::row::{History, Row, row};

const REASONING_O: &str = "https://platform.openai.com/docs/guides/reasoning";
const THINKING_A: &str = "https://platform.claude.com/docs/en/build-with-claude/extended-thinking";
const THINKING_G: &str = "https://ai.google.dev/gemini-api/docs/thinking";

fn thinking(config: Value) -> Value {
    json!({"generationConfig": {"thinkingConfig": config}})
}

pub(crate) fn rows() -> Vec<Row> {
    vec![
        row("reasoning effort", "reasoning|effort|thinking")
            .says(A, json!({"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}}))
            .says(C, json!({"reasoning_effort": "high"}))
            .says(R, json!({"reasoning": {"effort": "high"}}))
            .says(G, thinking(json!({"thinkingLevel": "HIGH"})))
            .at(A, "output_config.effort", json!("high"))
            .at(C, "reasoning_effort", json!("high"))
            .at(R, "reasoning.effort", json!("high"))
            .at(G, "generationConfig.thinkingConfig.thinkingLevel", json!("HIGH"))
            .at(G, "generationConfig.thinkingConfig.thinkingLevel", json!("high")),
        row("reasoning effort, for a model that takes a budget", "reasoning|effort|thinking|budget")
            .scaled(ReasoningScale::Budget)
            .on(A, "claude-sonnet-4-5")
            .on(G, "gemini-2.5-pro")
            .says(C, json!({"reasoning_effort": "medium"}))
            .says(R, json!({"reasoning": {"effort": "medium"}}))
            .or(A, "thinking", json!({"type": "enabled", "budget_tokens": 8192}))
            .or(A, "thinking.type", json!("enabled"))
            .at(C, "reasoning_effort", json!("medium"))
            .at(R, "reasoning.effort", json!("medium"))
            .or(G, "generationConfig.thinkingConfig.thinkingBudget", json!(8192)),
        row("reasoning budget", "reasoning|effort|thinking|budget")
            .scaled(ReasoningScale::Budget)
            .on(A, "claude-sonnet-4-5")
            .on(G, "gemini-2.5-pro")
            .says(A, json!({"thinking": {"type": "enabled", "budget_tokens": 5000}}))
            .says(G, thinking(json!({"thinkingBudget": 5000})))
            .at(A, "thinking", json!({"type": "enabled", "budget_tokens": 5000}))
            .or(A, "thinking", json!({"type": "enabled"}))
            .or(C, "reasoning_effort", json!("medium"))
            .or(R, "reasoning.effort", json!("medium"))
            .at(G, "generationConfig.thinkingConfig.thinkingBudget", json!(5000)),
        row("reasoning as much as it needs", "reasoning|effort|thinking|adaptive")
            .on(G, "gemini-2.5-pro")
            .unscaled()
            .says(A, json!({"thinking": {"type": "adaptive"}}))
            .says(G, thinking(json!({"thinkingBudget": -1})))
            .at(A, "thinking.type", json!("adaptive"))
            .or(C, "reasoning_effort", json!("medium"))
            .or(R, "reasoning.effort", json!("medium"))
            .without_as(C, "Efforts are words; leaving it out is the default of each model.", REASONING_O)
            .without_as(R, "Efforts are words; leaving it out is the default of each model.", REASONING_O)
            .at(G, "generationConfig.thinkingConfig.thinkingBudget", json!(-1)),
        row("reasoning off", "reasoning|effort|thinking")
            .on(G, "gemini-2.5-flash")
            .scaled(ReasoningScale::Budget)
            .says(A, json!({"thinking": {"type": "disabled"}}))
            .says(C, json!({"reasoning_effort": "none"}))
            .says(R, json!({"reasoning": {"effort": "none"}}))
            .says(G, thinking(json!({"thinkingBudget": 0})))
            .at(A, "thinking", Value::Null)
            .at(A, "thinking.type", json!("disabled"))
            .at(C, "reasoning_effort", json!("none"))
            .at(R, "reasoning.effort", json!("none"))
            .at(G, "generationConfig.thinkingConfig.thinkingBudget", json!(0)),
        row("reasoning shown, or its summary", "reasoning|summary|display|thoughts|shown")
            .says(A, json!({"thinking": {"type": "adaptive", "display": "summarized"}}))
            .says(R, json!({"reasoning": {"effort": "high", "summary": "detailed"}}))
            .says(G, thinking(json!({"includeThoughts": true, "thinkingLevel": "HIGH"})))
            .at(A, "thinking", json!({"type": "adaptive", "display": "summarized"}))
            .at(A, "thinking.type", json!("adaptive"))
            .and(A, "thinking.display", Value::Null)
            .without_as(C, "Chat Completions tells no reasoning, so there is nothing to ask for.", REASONING_O)
            .at(R, "reasoning.summary", json!("auto"))
            .at(R, "reasoning.summary", json!("detailed"))
            .at(G, "generationConfig.thinkingConfig.includeThoughts", json!(true)),
        row("reasoning kept from the answer", "display|thinking|reasoning|thoughts")
            .says(A, json!({"thinking": {"type": "adaptive", "display": "omitted"}}))
            .at(C, "reasoning.summary", Value::Null)
            .at(R, "reasoning.summary", Value::Null)
            .at(G, "generationConfig.thinkingConfig", json!({"includeThoughts": false}))
            .at(G, "generationConfig.thinkingConfig.includeThoughts", Value::Null)
            // Signatures come only with the thoughts; the text is left out on the way back.
            .or(G, "generationConfig.thinkingConfig.includeThoughts", json!(true)),
        history("earlier reasoning, back to its maker", History::Maker)
            .at(A, "messages.1.content.*", json!({"type": "thinking", "thinking": "THOUGHT", "signature": "SIGNED"}))
            .at(
                R,
                "input.*",
                json!({"type": "reasoning", "encrypted_content": "SIGNED", "summary": [{"text": "THOUGHT"}]}),
            )
            .at(G, "contents.1.parts.*", json!({"thoughtSignature": "U0lHTkVE"}))
            .at(C, "messages.1.reasoning_content", json!("THOUGHT")),
        history("earlier reasoning, to another provider", History::Other)
            .without_as(A, "A signature is refused by who has not made it.", THINKING_A)
            .without_as(C, "There is no place for reasoning, least for another's.", REASONING_O)
            .without_as(R, "Encrypted reasoning is read only by who has made it.", REASONING_O)
            .without_as(G, "A signature is its maker's.", "https://ai.google.dev/gemini-api/docs/thought-signatures"),
        foreign(),
    ]
}

fn history(name: &'static str, history: History) -> Row {
    Dialect::ALL
        .into_iter()
        .fold(row(name, "reasoning"), |row, dialect| row.says(dialect, json!({})))
        .of_history(history)
}

/// What the client's own provider has proved, when another serves.
fn foreign() -> Row {
    row("earlier reasoning of the client's own provider, to one of another dialect", "reasoning|signature|thinking")
        .says(
            A,
            json!({"messages": [
                {"role": "user", "content": "hi"},
                {"role": "assistant", "content": [
                    {"type": "thinking", "thinking": "THOUGHT", "signature": "SIGNED"},
                    {"type": "redacted_thinking", "data": "SECRET"},
                    {"type": "text", "text": "said"},
                ]},
                {"role": "user", "content": "go on"},
            ]}),
        )
        .says(
            R,
            json!({"input": [
                {"role": "user", "content": "hi"},
                {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "THOUGHT"}],
                    "encrypted_content": "SIGNED"},
                {"role": "assistant", "content": "said"},
                {"role": "user", "content": "go on"},
            ]}),
        )
        .says(
            G,
            json!({"contents": [
                {"role": "user", "parts": [{"text": "hi"}]},
                {"role": "model", "parts": [
                    {"text": "THOUGHT", "thought": true},
                    {"text": "said", "thoughtSignature": "U0lHTkVE"},
                ]},
                {"role": "user", "parts": [{"text": "go on"}]},
            ]}),
        )
        .without_as(A, "A signature is refused by who has not made it.", THINKING_A)
        .without_as(C, "There is no place for reasoning, least for another's.", REASONING_O)
        .without_as(R, "Encrypted reasoning is read only by who has made it.", REASONING_O)
        .without_as(G, "A signature is its maker's.", THINKING_G)
}
