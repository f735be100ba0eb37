//! How much to reason: `thinkingConfig`.
//!
//! Gemini 2.5 is told in tokens (`thinkingBudget`), later models in words (`thinkingLevel`), and neither takes both (Gemini
//! API documentation, "Gemini thinking").

use super::either;
use super::model::Model;
use crate::form::{Effort, Reasoning};
use crate::json::{View, Writer};
use crate::notes::Notes;
use crate::terms::ReasoningScale;

/// Reads a `thinkingConfig`; `None` if it asks for nothing.
pub(super) fn asked(config: View<'_>) -> Option<Reasoning> {
    let shown = either(config, "includeThoughts", "include_thoughts").and_then(View::bool);
    let budget = either(config, "thinkingBudget", "thinking_budget").and_then(View::f64);
    let level = either(config, "thinkingLevel", "thinking_level").and_then(View::str);
    let effort = level.and_then(|level| Effort::of_word(&level));
    let asked = match (budget, effort) {
        (Some(0.0), _) => Reasoning::none(),
        (_, Some(effort)) => Reasoning { effort: Some(effort), ..Reasoning::default() },
        // -1 leaves it to the model.
        (Some(budget), None) if budget > 0.0 => Reasoning { budget: Some(budget as u64), ..Reasoning::default() },
        (Some(_), None) => Reasoning { adaptive: true, ..Reasoning::default() },
        // Who wants to see thoughts wants there to be some.
        (None, None) if shown == Some(true) => Reasoning { adaptive: true, ..Reasoning::default() },
        (None, None) => return None,
    };
    Some(Reasoning { shown, ..asked })
}

/// The members of `generationConfig` that ask `model` to reason so, as name and JSON text. `max_tokens` is the limit of the
/// whole output, which thoughts count against.
pub(crate) fn reasoning_members(
    reasoning: &Reasoning,
    scale: Option<ReasoningScale>,
    model: &str,
    max_tokens: Option<u64>,
    notes: &mut Notes,
) -> Vec<(&'static str, String)> {
    let model = Model::of(model);
    let scale = scale.unwrap_or(match model {
        model if !model.thinks() => ReasoningScale::None,
        model if model.has_budget() => ReasoningScale::Budget,
        _ => ReasoningScale::Effort,
    });
    let (key, value) = match scale {
        ReasoningScale::None => {
            if !reasoning.off {
                notes.left_out("reasoning");
            }
            return Vec::new();
        }
        ReasoningScale::Budget => {
            ("thinkingBudget", budget(reasoning, model, max_tokens, notes).map(|budget| budget.to_string()))
        }
        ReasoningScale::Effort => ("thinkingLevel", level(reasoning, model, notes).map(crate::json::quote)),
    };
    let shown = !reasoning.off && reasoning.shown != Some(false);
    if value.is_none() && !shown {
        return Vec::new();
    }
    let config = Writer::write(|w| {
        if let Some(value) = value {
            w.key(key).raw(&value);
        }
        if shown {
            w.key("includeThoughts").raw("true");
        }
    });
    vec![("thinkingConfig", config)]
}

/// The budget, within what the model takes: 128 to 32 768 for Pro, which can't be told not to think, 512 to 24 576 for
/// Flash-Lite, up to 24 576 for Flash.
fn budget(reasoning: &Reasoning, model: Model<'_>, max_tokens: Option<u64>, notes: &mut Notes) -> Option<i64> {
    let (least, most) = match model {
        model if model.is_pro() => (128, 32_768),
        model if model.is_lite() => (512, 24_576),
        _ => (0, 24_576),
    };
    if reasoning.off {
        if model.is_pro() {
            notes.reshaped("reasoning", "this model always thinks, and is given its least budget");
        }
        return Some(if model.is_pro() { least } else { 0 });
    }
    let Some(asked) = reasoning.budget() else { return reasoning.adaptive.then_some(-1) };
    let asked = i64::try_from(asked).unwrap_or(i64::MAX);
    let fitted = asked.clamp(least, most);
    if fitted != asked {
        notes.add("capped", "reasoning", format!("a budget of {asked} becomes {fitted}, which the model takes"));
    }
    // A budget that takes the whole output would leave no answer.
    let room = max_tokens.and_then(|limit| i64::try_from(limit / 2).ok()).map_or(most, |room| room.max(least));
    if fitted > room {
        notes.add("capped", "reasoning", format!("a budget of {fitted} becomes {room}, half of the output's limit"));
    }
    Some(fitted.min(room))
}

fn level(reasoning: &Reasoning, model: Model<'_>, notes: &mut Notes) -> Option<&'static str> {
    // Only Flash models know the least level.
    let least = if model.is_flash() { "minimal" } else { "low" };
    if reasoning.off {
        notes.reshaped("reasoning", format!("this model always thinks, and is asked for its least: {least}"));
        return Some(least);
    }
    let effort = reasoning.effort()?;
    let level = match effort {
        Effort::Minimal => least,
        Effort::Low => "low",
        Effort::Medium if model.is_first_third_pro() => "high",
        Effort::Medium => "medium",
        Effort::High | Effort::Xhigh | Effort::Max => "high",
    };
    if reasoning.effort.is_none() {
        notes.reshaped("reasoning", format!("a budget of tokens becomes the level {level}"));
    } else if level != effort.word() {
        notes.reshaped("reasoning", format!("{} becomes the level {level}, the nearest that there is", effort.word()));
    }
    Some(level)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(reasoning: &Reasoning, model: &str, max_tokens: Option<u64>) -> (String, usize) {
        let mut notes = Notes::default();
        let members = reasoning_members(reasoning, None, model, max_tokens, &mut notes);
        (members.into_iter().next().map(|(_, json)| json).unwrap_or_default(), notes.list().len())
    }

    #[test]
    fn each_generation_is_asked_in_its_own_words() {
        let effort = |effort| Reasoning { effort: Some(effort), ..Reasoning::default() };
        let budget = |budget| Reasoning { budget: Some(budget), ..Reasoning::default() };
        let adaptive = Reasoning { adaptive: true, ..Reasoning::default() };
        let hidden = Reasoning { shown: Some(false), ..adaptive.clone() };
        for (asked, model, max, expected, notes) in [
            (effort(Effort::High), "gemini-2.5-flash", None, r#"{"thinkingBudget":16384,"includeThoughts":true}"#, 0),
            (budget(50_000), "gemini-2.5-flash", None, r#"{"thinkingBudget":24576,"includeThoughts":true}"#, 1),
            (budget(50_000), "gemini-2.5-pro", None, r#"{"thinkingBudget":32768,"includeThoughts":true}"#, 1),
            (budget(20), "gemini-2.5-pro", None, r#"{"thinkingBudget":128,"includeThoughts":true}"#, 1),
            (
                effort(Effort::High),
                "gemini-2.5-pro",
                Some(2000),
                r#"{"thinkingBudget":1000,"includeThoughts":true}"#,
                1,
            ),
            (adaptive.clone(), "gemini-2.5-pro", Some(10), r#"{"thinkingBudget":-1,"includeThoughts":true}"#, 0),
            (Reasoning::none(), "gemini-2.5-flash", None, r#"{"thinkingBudget":0}"#, 0),
            (Reasoning::none(), "gemini-2.5-pro", None, r#"{"thinkingBudget":128}"#, 1),
            (effort(Effort::Low), "gemini-3-pro-preview", None, r#"{"thinkingLevel":"low","includeThoughts":true}"#, 0),
            (effort(Effort::Medium), "gemini-3-pro", None, r#"{"thinkingLevel":"high","includeThoughts":true}"#, 1),
            (effort(Effort::Medium), "gemini-3.1-pro", None, r#"{"thinkingLevel":"medium","includeThoughts":true}"#, 0),
            (effort(Effort::Max), "gemini-3-flash", None, r#"{"thinkingLevel":"high","includeThoughts":true}"#, 1),
            (
                effort(Effort::Minimal),
                "gemini-3-flash",
                None,
                r#"{"thinkingLevel":"minimal","includeThoughts":true}"#,
                0,
            ),
            (budget(4000), "gemini-3-flash", None, r#"{"thinkingLevel":"medium","includeThoughts":true}"#, 1),
            (Reasoning::none(), "gemini-3-pro", None, r#"{"thinkingLevel":"low"}"#, 1),
            (adaptive, "gemini-flash-latest", None, r#"{"includeThoughts":true}"#, 0),
            (hidden, "gemini-flash-latest", None, "", 0),
            (effort(Effort::High), "gemini-2.0-flash", None, "", 1),
        ] {
            assert_eq!(config(&asked, model, max), (expected.to_owned(), notes), "{model}: {asked:?}");
        }
    }

    #[test]
    fn what_a_client_asks_is_read_in_both_spellings() {
        let read = |json: &str| asked(View::parse(json.as_bytes()).expect("the test's JSON is valid"));
        assert_eq!(read(r#"{"thinkingBudget":0,"includeThoughts":true}"#).map(|asked| asked.off), Some(true));
        assert_eq!(read(r#"{"thinking_budget":-1}"#).map(|asked| asked.adaptive), Some(true));
        assert_eq!(read(r#"{"thinkingBudget":8192}"#).and_then(|asked| asked.budget), Some(8192));
        assert_eq!(read(r#"{"thinking_level":"HIGH"}"#).and_then(|asked| asked.effort), Some(Effort::High));
        let unsaid = read(r#"{"includeThoughts":true,"thinkingLevel":"THINKING_LEVEL_UNSPECIFIED"}"#);
        assert_eq!(unsaid.map(|asked| (asked.adaptive, asked.shown)), Some((true, Some(true))));
        assert_eq!(read(r#"{"includeThoughts":false}"#), None);
    }
}
