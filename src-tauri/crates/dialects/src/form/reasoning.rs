//! How much a request wants the model to reason, in every dialect's terms.
//!
//! Three scales exist: words of effort (OpenAI, newer Claude and Gemini models), a budget in tokens (Claude, Gemini 2.5), and
//! "as much as it needs" (Claude's adaptive thinking, Gemini's budget of -1). Who has one scale is given the nearest point
//! of it.

use crate::notes::Notes;
use crate::terms::ReasoningTerms;

/// What a request says about reasoning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reasoning {
    /// It is turned off.
    pub(crate) off: bool,
    pub(crate) effort: Option<Effort>,
    /// In tokens.
    pub(crate) budget: Option<u64>,
    /// The model decides how much.
    pub(crate) adaptive: bool,
    /// The client wants to see the reasoning, where it says.
    pub(crate) shown: Option<bool>,
    /// OpenAI's `summary`: `auto`, `concise`, `detailed`.
    pub(crate) summary: Option<String>,
}

/// A word of effort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Effort {
    Minimal,
    Low,
    Medium,
    High,
    Xhigh,
    Max,
}

impl Effort {
    pub(crate) const ALL: [Effort; 6] =
        [Effort::Minimal, Effort::Low, Effort::Medium, Effort::High, Effort::Xhigh, Effort::Max];

    /// By its word. `none` is no effort: it turns reasoning off.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|effort| effort.word().eq_ignore_ascii_case(word))
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Effort::Minimal => "minimal",
            Effort::Low => "low",
            Effort::Medium => "medium",
            Effort::High => "high",
            Effort::Xhigh => "xhigh",
            Effort::Max => "max",
        }
    }

    /// A budget for it, in tokens: from Anthropic's least (1024) to what Gemini 2.5 takes at most (24 576), doubling.
    pub(crate) fn budget(self) -> u64 {
        match self {
            Effort::Minimal => 1024,
            Effort::Low => 2048,
            Effort::Medium => 8192,
            Effort::High => 16_384,
            Effort::Xhigh | Effort::Max => 24_576,
        }
    }

    /// The word for a budget: the least effort whose own budget is not less.
    pub(crate) fn of_budget(tokens: u64) -> Self {
        [Effort::Minimal, Effort::Low, Effort::Medium, Effort::High]
            .into_iter()
            .find(|effort| tokens <= effort.budget())
            .unwrap_or(Effort::Xhigh)
    }
}

impl Reasoning {
    /// Turned off.
    pub(crate) fn none() -> Self {
        Reasoning { off: true, ..Reasoning::default() }
    }

    /// Of a word of effort, `none` included; `None` for a word that nobody knows.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        if word.eq_ignore_ascii_case("none") {
            return Some(Reasoning::none());
        }
        Effort::of_word(word).map(|effort| Reasoning { effort: Some(effort), ..Reasoning::default() })
    }

    /// What a profile says; `None` if it says nothing.
    pub(crate) fn of_terms(terms: &ReasoningTerms) -> Option<Self> {
        let word = terms.effort.as_deref().and_then(Reasoning::of_word);
        if terms.enabled == Some(false) || word.as_ref().is_some_and(|word| word.off) {
            return Some(Reasoning::none());
        }
        let adaptive = terms.adaptive == Some(true);
        if terms.enabled.is_none() && word.is_none() && terms.budget.is_none() && !adaptive {
            return None;
        }
        let effort = word.and_then(|word| word.effort);
        let adaptive = adaptive || (effort.is_none() && terms.budget.is_none());
        let summary = terms.summary.clone().filter(|summary| summary != "none");
        Some(Reasoning { effort, budget: terms.budget, adaptive, summary, ..Reasoning::default() })
    }

    /// The effort that it amounts to; `None` where it leaves that to the model.
    pub(crate) fn effort(&self) -> Option<Effort> {
        self.effort.or_else(|| self.budget.map(Effort::of_budget))
    }

    /// The effort to ask for where the model would decide how much by itself, and the upstream's dialect can't say so:
    /// OpenAI's models from GPT-5.1 on don't reason at all if they aren't asked to (its guide, "Reasoning models"). Noted.
    pub(crate) fn effort_for_adaptive(&self, notes: &mut Notes) -> Option<Effort> {
        self.adaptive.then(|| {
            notes.reshaped("reasoning", "as much as the model needs is sent as effort medium");
            Effort::Medium
        })
    }

    /// The budget that it amounts to, in tokens; `None` where it leaves that to the model.
    pub(crate) fn budget(&self) -> Option<u64> {
        self.budget.or_else(|| self.effort.map(Effort::budget))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_effort_and_its_budget_are_one() {
        for effort in [Effort::Minimal, Effort::Low, Effort::Medium, Effort::High, Effort::Xhigh] {
            assert_eq!(Effort::of_budget(effort.budget()), effort);
            assert_eq!(Effort::of_word(effort.word()), Some(effort));
        }
        assert_eq!(Effort::of_budget(0), Effort::Minimal);
        assert_eq!(Effort::of_budget(100_000), Effort::Xhigh);
    }

    #[test]
    fn none_turns_reasoning_off_and_an_unknown_word_says_nothing() {
        assert_eq!(Reasoning::of_word("none"), Some(Reasoning::none()));
        assert_eq!(Reasoning::of_word("High").and_then(|reasoning| reasoning.budget()), Some(16_384));
        assert_eq!(Reasoning::of_word("wild"), None);
    }
}
