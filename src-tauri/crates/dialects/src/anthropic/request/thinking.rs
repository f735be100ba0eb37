//! How much the model is to think: `thinking` and `output_config.effort`.
//!
//! Sources: Anthropic's documentation of extended thinking, of adaptive thinking and of effort, and its migration guides.

use crate::form::{Effort, Reasoning};
use crate::json::{View, Writer};
use crate::notes::Notes;
use crate::terms::ReasoningScale;

use super::model;

/// The least budget that Anthropic takes, in tokens.
const LEAST_BUDGET: u64 = 1024;

/// Whether the field `thinking` turns it on.
pub(crate) fn thinks(thinking: Option<View<'_>>) -> bool {
    thinking.and_then(|thinking| thinking.get_str("type")).is_some_and(|kind| kind != "disabled")
}

/// Reads what a request says about thinking: its field `thinking`, and the effort that it names.
pub(super) fn read(thinking: Option<View<'_>>, effort: Option<&str>, notes: &mut Notes) -> Option<Reasoning> {
    let known = effort.and_then(Effort::of_word);
    if effort.is_some() && known.is_none() {
        notes.left_out("output_config.effort");
    }
    let Some(thinking) = thinking else {
        // Newer models think without being asked, and then don't show it.
        return known.map(|effort| Reasoning { effort: Some(effort), shown: Some(false), ..Reasoning::default() });
    };
    for entry in thinking.entries().filter(|entry| !entry.value.is_null()) {
        if !["type", "budget_tokens", "display"].iter().any(|known| entry.is(known)) {
            notes.left_out(format!("thinking.{}", entry.key()));
        }
    }
    let shown = thinking.get_str("display").map(|display| display != "omitted");
    let asked = Reasoning { effort: known, shown, ..Reasoning::default() };
    Some(match thinking.get_str("type").as_deref() {
        Some("disabled") => {
            if known.is_some() {
                notes.left_out("output_config.effort");
            }
            Reasoning::none()
        }
        Some("enabled") => Reasoning { budget: thinking.get_u64("budget_tokens"), ..asked },
        Some("adaptive") => Reasoning { adaptive: true, ..asked },
        kind => {
            let kind = kind.unwrap_or_default();
            notes.reshaped("thinking.type", format!("{} becomes adaptive", crate::setting::brief(kind)));
            Reasoning { adaptive: true, ..asked }
        }
    })
}

/// What the two fields are to be.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Plan {
    pub(super) thinking: Option<Thinking>,
    /// `output_config.effort`.
    pub(super) effort: Option<&'static str>,
}

/// The field `thinking`.
#[derive(Debug, PartialEq)]
pub(super) enum Thinking {
    Disabled,
    Adaptive { display: Option<&'static str> },
    Enabled { budget: u64, display: Option<&'static str> },
}

impl Thinking {
    pub(super) fn is_on(&self) -> bool {
        *self != Thinking::Disabled
    }

    pub(super) fn json(&self) -> String {
        Writer::write(|w| {
            let (kind, display) = match self {
                Thinking::Disabled => ("disabled", None),
                Thinking::Adaptive { display } => ("adaptive", *display),
                Thinking::Enabled { display, .. } => ("enabled", *display),
            };
            w.key("type").str(kind);
            if let Thinking::Enabled { budget, .. } = self {
                w.key("budget_tokens").number(*budget);
            }
            if let Some(display) = display {
                w.key("display").str(display);
            }
        })
    }
}

impl Plan {
    /// What `model` is to be told. `max_tokens` is the output limit that the budget has to stay under, if there is one.
    pub(super) fn of(
        reasoning: &Reasoning,
        scale: Option<ReasoningScale>,
        model: &str,
        max_tokens: Option<u64>,
        notes: &mut Notes,
    ) -> Plan {
        let scale = scale.unwrap_or_else(|| model::scale(model));
        if reasoning.off {
            // Before Claude 5 what is not asked for is off, and some of those models refuse to be told.
            let told = scale != ReasoningScale::None && model::thinks_unasked(model);
            return Plan { thinking: told.then_some(Thinking::Disabled), effort: None };
        }
        if reasoning.summary.as_deref().is_some_and(|summary| summary != "auto") {
            notes.left_out("reasoning.summary");
        }
        match scale {
            ReasoningScale::None => {
                notes.add("not-carried", "reasoning", "this model doesn't reason");
                Plan::default()
            }
            ReasoningScale::Effort => by_effort(reasoning, model, notes),
            ReasoningScale::Budget => by_budget(reasoning, max_tokens, notes),
        }
    }
}

fn by_effort(reasoning: &Reasoning, model: &str, notes: &mut Notes) -> Plan {
    let effort = reasoning.effort();
    let word = effort.map(|effort| match effort {
        Effort::Minimal => "low",
        // Came with Claude Opus 4.7.
        Effort::Xhigh if model::version(model) == Some((4, 6)) => "high",
        effort => effort.word(),
    });
    match (reasoning.effort, reasoning.budget, word) {
        (Some(asked), _, Some(word)) if asked.word() != word => {
            notes.reshaped("reasoning.effort", format!("{} becomes {word}", asked.word()));
        }
        (None, Some(budget), Some(word)) => {
            notes.reshaped("reasoning.budget", format!("{budget} tokens become effort {word}"));
        }
        _ => {}
    }
    let display = reasoning.shown.map(|shown| if shown { "summarized" } else { "omitted" });
    Plan { thinking: Some(Thinking::Adaptive { display }), effort: word }
}

fn by_budget(reasoning: &Reasoning, max_tokens: Option<u64>, notes: &mut Notes) -> Plan {
    let asked = reasoning.budget().unwrap_or_else(|| Effort::Medium.budget());
    if reasoning.budget.is_none() {
        let asked_for = reasoning.effort.map_or("as much as it needs", Effort::word);
        notes.reshaped("reasoning.effort", format!("{asked_for} becomes a budget of {asked} tokens"));
    }
    let mut budget = asked.max(LEAST_BUDGET);
    if let Some(most) = max_tokens.filter(|most| budget >= *most) {
        if most <= LEAST_BUDGET {
            notes.add("not-carried", "reasoning", format!("{most} output tokens leave no room for it"));
            return Plan::default();
        }
        // The limit is for thinking and answer together; a quarter is kept for the answer.
        budget = (most - most / 4).clamp(LEAST_BUDGET, most - 1);
    }
    if budget != asked {
        notes.reshaped("reasoning.budget", format!("{asked} tokens become {budget}"));
    }
    // These models show their thinking unless told otherwise.
    let display = (reasoning.shown == Some(false)).then_some("omitted");
    Plan { thinking: Some(Thinking::Enabled { budget, display }), effort: None }
}

/// The members of a request that say how much to reason, each with its JSON text. `max_tokens` is the output limit that the
/// request has.
///
/// `output_config` holds the effort alone: what a request has in it besides is the caller's to keep.
pub(crate) fn reasoning_members(
    reasoning: &Reasoning,
    scale: Option<ReasoningScale>,
    model: &str,
    max_tokens: Option<u64>,
    notes: &mut Notes,
) -> Vec<(&'static str, String)> {
    let plan = Plan::of(reasoning, scale, model, max_tokens, notes);
    let thinking = plan.thinking.map(|thinking| ("thinking", thinking.json()));
    let effort = plan.effort.map(|effort| ("output_config", Writer::write(|w| w.key("effort").str(effort))));
    thinking.into_iter().chain(effort).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(reasoning: &Reasoning, model: &str, max_tokens: Option<u64>) -> (String, usize) {
        let mut notes = Notes::default();
        let members = reasoning_members(reasoning, None, model, max_tokens, &mut notes);
        let members: Vec<String> = members.into_iter().map(|(name, json)| format!("{name}:{json}")).collect();
        (members.join(" "), notes.list().len())
    }

    #[test]
    fn each_model_is_told_on_its_own_scale() {
        let effort = |effort| Reasoning { effort: Some(effort), ..Reasoning::default() };
        let budget = |budget| Reasoning { budget: Some(budget), ..Reasoning::default() };
        let adaptive = |shown| Reasoning { adaptive: true, shown, ..Reasoning::default() };
        for (reasoning, model, expected, notes) in [
            (
                effort(Effort::High),
                "claude-opus-5",
                r#"thinking:{"type":"adaptive"} output_config:{"effort":"high"}"#,
                0,
            ),
            (effort(Effort::Minimal), "other", r#"thinking:{"type":"adaptive"} output_config:{"effort":"low"}"#, 1),
            (
                effort(Effort::Xhigh),
                "claude-opus-4-6",
                r#"thinking:{"type":"adaptive"} output_config:{"effort":"high"}"#,
                1,
            ),
            (budget(2000), "claude-opus-4-8", r#"thinking:{"type":"adaptive"} output_config:{"effort":"low"}"#, 1),
            (adaptive(Some(true)), "claude-fable-5-1", r#"thinking:{"type":"adaptive","display":"summarized"}"#, 0),
            (effort(Effort::Low), "claude-sonnet-4-5", r#"thinking:{"type":"enabled","budget_tokens":2048}"#, 1),
            (
                adaptive(Some(false)),
                "claude-3-7-sonnet-20250219",
                r#"thinking:{"type":"enabled","budget_tokens":8192,"display":"omitted"}"#,
                1,
            ),
            (budget(100), "claude-haiku-4-5", r#"thinking:{"type":"enabled","budget_tokens":1024}"#, 1),
            (effort(Effort::High), "claude-3-5-haiku-20241022", "", 1),
            (Reasoning::none(), "claude-opus-4-8", "", 0),
            (Reasoning::none(), "claude-opus-5", r#"thinking:{"type":"disabled"}"#, 0),
        ] {
            assert_eq!(members(&reasoning, model, None), (expected.to_owned(), notes), "{model}");
        }
    }

    #[test]
    fn a_budget_stays_under_the_output_limit_or_goes() {
        let high = Reasoning { budget: Some(16_384), ..Reasoning::default() };
        for (max_tokens, budget) in [(20_000, Some(16_384)), (16_384, Some(12_288)), (1100, Some(1024)), (1024, None)] {
            let expected = budget.map(|budget| format!(r#"thinking:{{"type":"enabled","budget_tokens":{budget}}}"#));
            assert_eq!(members(&high, "claude-opus-4-1", Some(max_tokens)).0, expected.unwrap_or_default());
        }
    }

    #[test]
    fn what_a_client_says_is_read() {
        let read = |json: &str, effort: Option<&str>| {
            let view = View::parse(json.as_bytes()).unwrap();
            let thinking = (!view.is_null()).then_some(view);
            super::read(thinking, effort, &mut Notes::default())
        };
        assert_eq!(read("null", None), None);
        assert_eq!(read(r#"{"type":"disabled"}"#, Some("high")), Some(Reasoning::none()));
        assert_eq!(
            read(r#"{"type":"enabled","budget_tokens":2048,"display":"omitted"}"#, None),
            Some(Reasoning { budget: Some(2048), shown: Some(false), ..Reasoning::default() })
        );
        assert_eq!(
            read(r#"{"type":"adaptive","display":"summarized"}"#, Some("max")),
            Some(Reasoning { adaptive: true, effort: Some(Effort::Max), shown: Some(true), ..Reasoning::default() })
        );
        assert_eq!(
            read("null", Some("low")),
            Some(Reasoning { effort: Some(Effort::Low), shown: Some(false), ..Reasoning::default() })
        );
    }
}
