//! How much an OpenAI model is asked to reason.

use crate::form::{Effort, Reasoning};
use crate::json::Writer;
use crate::notes::Notes;
use crate::openai_effort::{EffortWords, reasons};
use crate::terms::ReasoningScale;

/// What is asked of a model.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) effort: Option<&'static str>,
    pub(super) summary: Option<String>,
}

impl Asked {
    /// In the model's words. `shows`: a summary is wanted also if the client doesn't say.
    pub(super) fn new(
        reasoning: &Reasoning,
        scale: Option<ReasoningScale>,
        model: &str,
        shows: bool,
        notes: &mut Notes,
    ) -> Self {
        if scale == Some(ReasoningScale::None) || reasons(model) == Some(false) {
            if !reasoning.off {
                notes.left_out("reasoning");
            }
            return Asked::default();
        }
        let takes = EffortWords::of(model);
        if reasoning.off {
            let least = takes.least();
            if least != "none" {
                notes.reshaped("reasoning", format!("off is sent as {least}, the least that this model takes"));
            }
            return Asked { effort: Some(least), summary: None };
        }
        let is_shown = reasoning.shown == Some(true) || (shows && reasoning.shown.is_none());
        let summary = reasoning.summary.clone().or_else(|| is_shown.then(|| "auto".to_owned()));
        let effort = reasoning.effort().or_else(|| reasoning.effort_for_adaptive(notes));
        Asked { effort: effort.map(|effort| word(effort, reasoning, takes, notes)), summary }
    }
}

fn word(effort: Effort, reasoning: &Reasoning, takes: EffortWords, notes: &mut Notes) -> &'static str {
    let word = takes.nearest(effort);
    match (reasoning.effort, reasoning.budget) {
        (Some(asked), _) if asked.word() != word => {
            notes.reshaped("reasoning", format!("effort {} is sent as {word}", asked.word()));
        }
        (None, Some(budget)) => notes.reshaped("reasoning", format!("a budget of {budget} is sent as effort {word}")),
        _ => {}
    }
    word
}

/// The member that asks for reasoning as a profile has it, in a request of this dialect.
pub(crate) fn reasoning_members(
    reasoning: &Reasoning,
    scale: Option<ReasoningScale>,
    model: &str,
    _max_tokens: Option<u64>,
    notes: &mut Notes,
) -> Vec<(&'static str, String)> {
    let asked = Asked::new(reasoning, scale, model, false, notes);
    if asked.effort.is_none() && asked.summary.is_none() {
        return Vec::new();
    }
    vec![("reasoning", asked.json())]
}

impl Asked {
    pub(super) fn json(&self) -> String {
        Writer::write(|w| {
            if let Some(effort) = self.effort {
                w.key("effort").str(effort);
            }
            if let Some(summary) = &self.summary {
                w.key("summary").str(summary);
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(reasoning: &Reasoning, model: &str) -> (Option<String>, usize) {
        let mut notes = Notes::default();
        let members = reasoning_members(reasoning, None, model, None, &mut notes);
        (members.into_iter().next().map(|(_, json)| json), notes.list().len())
    }

    #[test]
    fn an_effort_is_said_in_a_word_that_the_model_takes() {
        for (word, model, sent_word, notes) in [
            ("medium", "gpt-5", "medium", 0),
            ("minimal", "gpt-5", "minimal", 0),
            ("minimal", "gpt-5-codex", "low", 1),
            ("minimal", "gpt-5.2", "low", 1),
            ("xhigh", "gpt-5.2-codex", "xhigh", 0),
            ("xhigh", "gpt-5.1-codex-max", "xhigh", 0),
            ("xhigh", "openai/gpt-5-mini-2025-08-07", "high", 1),
            ("max", "gpt-6-sol", "xhigh", 1),
            ("high", "o3-mini", "high", 0),
            ("xhigh", "o4-mini", "high", 1),
            ("minimal", "grok-5", "minimal", 0),
            ("none", "gpt-5", "minimal", 1),
            ("none", "gpt-5.1", "none", 0),
            ("none", "o3", "low", 1),
        ] {
            let reasoning = Reasoning::of_word(word).unwrap();
            assert_eq!(
                sent(&reasoning, model),
                (Some(format!(r#"{{"effort":"{sent_word}"}}"#)), notes),
                "{word} {model}"
            );
        }
    }

    #[test]
    fn a_model_that_does_not_reason_is_not_asked_to() {
        let high = || Reasoning::of_word("high").unwrap();
        for model in ["gpt-4.1", "gpt-4o-mini", "chatgpt-4o-latest", "gpt-5-chat-latest"] {
            assert_eq!(sent(&high(), model), (None, 1), "{model}");
            assert_eq!(sent(&Reasoning::none(), model), (None, 0), "{model}");
        }
        let mut notes = Notes::default();
        assert!(reasoning_members(&high(), Some(ReasoningScale::None), "x", None, &mut notes).is_empty());
    }

    #[test]
    fn a_budget_becomes_a_word_and_who_wants_to_see_gets_a_summary() {
        let budget = Reasoning { budget: Some(4000), shown: Some(true), ..Reasoning::default() };
        assert_eq!(sent(&budget, "gpt-5"), (Some(r#"{"effort":"medium","summary":"auto"}"#.to_owned()), 1));
        let detailed = Reasoning { adaptive: true, summary: Some("detailed".into()), ..Reasoning::default() };
        assert_eq!(sent(&detailed, "gpt-5"), (Some(r#"{"effort":"medium","summary":"detailed"}"#.to_owned()), 1));
    }

    #[test]
    fn reasoning_as_much_as_it_needs_is_asked_for_as_medium_since_the_default_is_none() {
        let adaptive = Reasoning { adaptive: true, ..Reasoning::default() };
        for model in ["gpt-5.1", "gpt-6-sol", "grok-5"] {
            assert_eq!(sent(&adaptive, model), (Some(r#"{"effort":"medium"}"#.to_owned()), 1), "{model}");
        }
        assert_eq!(sent(&Reasoning::default(), "gpt-5.1"), (None, 0));
        assert_eq!(sent(&adaptive, "gpt-4.1"), (None, 1));
    }
}
