//! How much an OpenAI model is asked to reason.

use crate::form::{Effort, Reasoning};
use crate::json::Writer;
use crate::notes::Notes;
use crate::terms::ReasoningScale;

/// What a model takes, known by its name (OpenAI's documentation, "Reasoning models" and the models' pages). Models of
/// others are taken to take all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Takes {
    none: bool,
    minimal: bool,
    xhigh: bool,
}

/// Whether a model reasons, where its name tells.
pub(super) fn reasons(model: &str) -> Option<bool> {
    let name = bare_name(model);
    if name.contains("-chat") || name.starts_with("chatgpt") {
        return Some(false);
    }
    match version(&name) {
        Some((major, _)) => Some(major >= 5),
        None if is_o_series(&name) || name.starts_with("gpt-oss") || name.starts_with("codex") => Some(true),
        None => None,
    }
}

fn takes(model: &str) -> Takes {
    let name = bare_name(model);
    let is_codex = name.contains("codex");
    match version(&name) {
        Some((5, 0)) => Takes { none: false, minimal: !is_codex, xhigh: false },
        Some((5, 1)) => Takes { none: !is_codex, minimal: false, xhigh: name.contains("codex-max") },
        Some(_) => Takes { none: !is_codex, minimal: false, xhigh: true },
        None if reasons(model) == Some(true) => Takes { none: false, minimal: false, xhigh: false },
        None => Takes { none: true, minimal: true, xhigh: true },
    }
}

/// A model's name without its vendor's, as routers have it.
fn bare_name(model: &str) -> String {
    model.rsplit('/').next().unwrap_or(model).to_ascii_lowercase()
}

/// The version of a GPT.
fn version(name: &str) -> Option<(u32, u32)> {
    let rest = name.strip_prefix("gpt-")?;
    let number: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let (major, minor) = number.split_once('.').unwrap_or((&number, "0"));
    Some((major.parse().ok()?, minor.parse().unwrap_or(0)))
}

fn is_o_series(name: &str) -> bool {
    name.strip_prefix('o').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

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
        let takes = takes(model);
        if reasoning.off {
            let least = match takes {
                Takes { none: true, .. } => "none",
                Takes { minimal: true, .. } => "minimal",
                _ => "low",
            };
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

fn word(effort: Effort, reasoning: &Reasoning, takes: Takes, notes: &mut Notes) -> &'static str {
    let word = match effort {
        Effort::Minimal if !takes.minimal => "low",
        Effort::Xhigh | Effort::Max if !takes.xhigh => "high",
        Effort::Max => "xhigh",
        effort => effort.word(),
    };
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
