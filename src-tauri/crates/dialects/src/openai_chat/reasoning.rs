//! How much the model is to reason: OpenAI's `reasoning_effort`, and what providers that speak its dialect have beside it.

use crate::form::{Effort, Reasoning};
use crate::json::{Kind, View, quote};
use crate::notes::Notes;
use crate::openai_effort::EffortWords;
use crate::terms::ReasoningScale;

use super::model::Model;

/// The members that ask for reasoning. OpenRouter has `reasoning` and `include_reasoning`; Z.AI, Moonshot and DeepSeek
/// `thinking`; Qwen `enable_thinking` and `thinking_budget`, which vLLM takes in `chat_template_kwargs`; Gemini a
/// `thinking_config` in `extra_body`.
pub(super) const MEMBERS: [&str; 8] = [
    "reasoning_effort",
    "reasoning",
    "include_reasoning",
    "thinking",
    "enable_thinking",
    "thinking_budget",
    "chat_template_kwargs",
    "extra_body",
];

/// What a request asks for, in any of the spellings; the more particular one counts.
pub(super) fn asked(root: View<'_>, notes: &mut Notes) -> Option<Reasoning> {
    let [effort, nested, include, thinking, enabled, budget, template, extra] = root.pick(MEMBERS);
    let mut asked = Asked::default();
    asked.effort(effort, "reasoning_effort", notes);
    asked.template(template, notes);
    asked.budget(budget.and_then(View::u64));
    asked.enable(enabled.and_then(View::bool));
    if let Some(thinking) = thinking {
        asked.budget(thinking.get_u64("budget_tokens"));
        match thinking.get_str("type").as_deref() {
            Some("disabled") => asked.enable(Some(false)),
            Some("enabled" | "auto" | "adaptive") => asked.enable(Some(true)),
            _ => notes.left_out("thinking"),
        }
        for entry in thinking.entries().filter(|entry| !["type", "budget_tokens"].iter().any(|own| entry.is(own))) {
            notes.left_out(format!("thinking.{}", entry.key()));
        }
    }
    asked.nested(nested, notes);
    asked.extra(extra, notes);
    if let Some(include) = include.and_then(View::bool) {
        asked.reasoning.shown = Some(include);
        asked.said |= include;
    }
    asked.done()
}

#[derive(Debug, Default)]
struct Asked {
    reasoning: Reasoning,
    /// Something was said about it.
    said: bool,
}

impl Asked {
    fn effort(&mut self, word: Option<View<'_>>, field: &str, notes: &mut Notes) {
        let Some(word) = word else { return };
        match word.str().and_then(|word| Reasoning::of_word(&word)) {
            Some(Reasoning { off: true, .. }) => self.enable(Some(false)),
            Some(Reasoning { effort, .. }) => {
                self.reasoning.effort = effort;
                self.enable(Some(true));
            }
            // Groq's `default` is what a request without the field has.
            None if word.str().is_some_and(|word| word == "default") => {}
            None => notes.left_out(field),
        }
    }

    fn enable(&mut self, enabled: Option<bool>) {
        if let Some(enabled) = enabled {
            self.reasoning.off = !enabled;
            self.said = true;
        }
    }

    fn budget(&mut self, budget: Option<u64>) {
        match budget {
            Some(0) => self.enable(Some(false)),
            Some(budget) => {
                self.reasoning.budget = Some(budget);
                self.enable(Some(true));
            }
            None => {}
        }
    }

    fn nested(&mut self, nested: Option<View<'_>>, notes: &mut Notes) {
        let Some(nested) = nested else { return };
        for entry in nested.entries().filter(|entry| !entry.value.is_null()) {
            match &*entry.key() {
                "effort" => self.effort(Some(entry.value), "reasoning.effort", notes),
                "max_tokens" => self.budget(entry.value.u64()),
                "exclude" => self.reasoning.shown = entry.value.bool().map(|exclude| !exclude),
                "summary" => self.reasoning.summary = entry.value.str().map(std::borrow::Cow::into_owned),
                "enabled" => {}
                other => notes.left_out(format!("reasoning.{other}")),
            }
        }
        self.enable(nested.get("enabled").and_then(View::bool));
    }

    fn template(&mut self, template: Option<View<'_>>, notes: &mut Notes) {
        for entry in template.into_iter().flat_map(View::entries) {
            match &*entry.key() {
                "enable_thinking" | "thinking" => self.enable(entry.value.bool()),
                "thinking_budget" => self.budget(entry.value.u64()),
                "reasoning_effort" => self.effort(Some(entry.value), "chat_template_kwargs.reasoning_effort", notes),
                other => notes.left_out(format!("chat_template_kwargs.{other}")),
            }
        }
    }

    fn extra(&mut self, extra: Option<View<'_>>, notes: &mut Notes) {
        for entry in extra.into_iter().flat_map(View::entries) {
            let config = if entry.is("google") { entry.value.get("thinking_config") } else { None };
            let Some(config) = config.filter(|config| config.kind() == Kind::Object) else {
                notes.left_out(format!("extra_body.{}", entry.key()));
                continue;
            };
            let [level, budget, shown] = config.pick(["thinking_level", "thinking_budget", "include_thoughts"]);
            self.effort(level, "extra_body.google.thinking_config.thinking_level", notes);
            // Gemini's -1 leaves it to the model.
            if budget.is_some_and(|budget| budget.f64().is_some_and(|budget| budget < 0.0)) {
                self.enable(Some(true));
            }
            self.budget(budget.and_then(View::u64));
            if let Some(shown) = shown.and_then(View::bool) {
                self.reasoning.shown = Some(shown);
                self.said |= shown;
            }
        }
    }

    fn done(self) -> Option<Reasoning> {
        let Asked { reasoning, said } = self;
        if !said {
            return None;
        }
        if reasoning.off {
            return Some(Reasoning::none());
        }
        let adaptive = reasoning.effort.is_none() && reasoning.budget.is_none();
        Some(Reasoning { adaptive, ..reasoning })
    }
}

/// The members that ask a model of this dialect to reason, as names and JSON texts.
///
/// Every scale is told as `reasoning_effort`.
pub(crate) fn reasoning_members(
    reasoning: &Reasoning,
    scale: Option<ReasoningScale>,
    model: &str,
    _max_tokens: Option<u64>,
    notes: &mut Notes,
) -> Vec<(&'static str, String)> {
    let takes = EffortWords::of(model);
    let model = Model::of(model);
    if reasoning.summary.is_some() || reasoning.shown == Some(true) {
        notes.left_out("reasoning.summary");
    }
    if scale == Some(ReasoningScale::None) || (scale.is_none() && model.is_plain_gpt()) {
        if !reasoning.off {
            notes.add("not-carried", "reasoning", "this model does not reason, or not as it is told");
        }
        return Vec::new();
    }
    let word = if reasoning.off {
        match takes.least() {
            // Of others' models nobody knows whether they take it.
            "none" if model.gpt().is_some() => "none",
            least if model.gpt().is_some() => {
                notes.reshaped("reasoning", format!("this model cannot be kept from it; {least} is the least"));
                least
            }
            _ => {
                notes.add(
                    "not-carried",
                    "reasoning",
                    "this dialect has no word for turning it off that every model takes",
                );
                return Vec::new();
            }
        }
    } else {
        let Some(effort) = reasoning.effort().or_else(|| reasoning.effort_for_adaptive(notes)) else {
            return Vec::new();
        };
        // Gemini's endpoint for this dialect has no `xhigh` ("OpenAI compatibility").
        let word = takes.nearest(if model.has("gemini") { effort.min(Effort::High) } else { effort });
        if word != effort.word() {
            notes.reshaped("reasoning", format!("{} is sent as {word}", effort.word()));
        }
        word
    };
    vec![("reasoning_effort", quote(word))]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(json: &str) -> Option<Reasoning> {
        let mut notes = Notes::default();
        let asked = asked(View::parse(json.as_bytes()).unwrap(), &mut notes);
        assert_eq!(notes.list(), [], "{json}");
        asked
    }

    fn members(reasoning: &Reasoning, model: &str) -> String {
        let mut notes = Notes::default();
        let members = reasoning_members(reasoning, None, model, None, &mut notes);
        members.first().map_or_else(String::new, |(name, json)| format!("{name} {json} {}", notes.list().len()))
    }

    #[test]
    fn every_spelling_is_read() {
        let effort = |effort| Some(Reasoning { effort: Some(effort), ..Reasoning::default() });
        let budget = |budget| Some(Reasoning { budget: Some(budget), ..Reasoning::default() });
        let adaptive = || Some(Reasoning { adaptive: true, ..Reasoning::default() });
        let off = || Some(Reasoning::none());
        for (json, expected) in [
            (r#"{"model":"m"}"#, None),
            (r#"{"reasoning_effort":"low"}"#, effort(Effort::Low)),
            (r#"{"reasoning_effort":"none"}"#, off()),
            (r#"{"reasoning_effort":"default"}"#, None),
            (r#"{"reasoning":{"effort":"high"}}"#, effort(Effort::High)),
            (r#"{"reasoning":{"max_tokens":2000}}"#, budget(2000)),
            (r#"{"reasoning":{"enabled":true}}"#, adaptive()),
            (r#"{"reasoning":{"enabled":false,"effort":"high"}}"#, off()),
            (r#"{"reasoning":{}}"#, None),
            (r#"{"thinking":{"type":"disabled"}}"#, off()),
            (r#"{"thinking":{"type":"enabled","budget_tokens":4096}}"#, budget(4096)),
            (r#"{"enable_thinking":true}"#, adaptive()),
            (r#"{"enable_thinking":true,"thinking_budget":100}"#, budget(100)),
            (r#"{"chat_template_kwargs":{"enable_thinking":false}}"#, off()),
            (r#"{"extra_body":{"google":{"thinking_config":{"thinking_budget":-1}}}}"#, adaptive()),
            (
                r#"{"reasoning":{"effort":"low","exclude":true,"summary":"auto"}}"#,
                Some(Reasoning {
                    effort: Some(Effort::Low),
                    shown: Some(false),
                    summary: Some("auto".to_owned()),
                    ..Reasoning::default()
                }),
            ),
        ] {
            assert_eq!(ask(json), expected, "{json}");
        }
    }

    #[test]
    fn what_is_no_ask_is_noted() {
        for (json, field) in [
            (r#"{"reasoning_effort":"wild"}"#, "reasoning_effort"),
            (r#"{"thinking":{"type":"enabled","clear_thinking":false}}"#, "thinking.clear_thinking"),
            (r#"{"chat_template_kwargs":{"tools_in_user":1}}"#, "chat_template_kwargs.tools_in_user"),
            (r#"{"extra_body":{"google":{"cached_content":"x"}}}"#, "extra_body.google"),
        ] {
            let mut notes = Notes::default();
            asked(View::parse(json.as_bytes()).unwrap(), &mut notes);
            assert_eq!(notes.list()[0].field, field);
        }
    }

    #[test]
    fn a_model_is_told_a_word_that_it_takes() {
        let effort = |effort| Reasoning { effort: Some(effort), ..Reasoning::default() };
        for (reasoning, model, expected) in [
            (effort(Effort::Max), "some-model", "reasoning_effort \"xhigh\" 1"),
            (effort(Effort::Minimal), "some-model", "reasoning_effort \"minimal\" 0"),
            (effort(Effort::Minimal), "gpt-5.2", "reasoning_effort \"low\" 1"),
            (effort(Effort::Xhigh), "gpt-5-mini", "reasoning_effort \"high\" 1"),
            (effort(Effort::Xhigh), "gpt-5.1-codex-max", "reasoning_effort \"xhigh\" 0"),
            (effort(Effort::Xhigh), "o4-mini", "reasoning_effort \"high\" 1"),
            (effort(Effort::Minimal), "gpt-5-codex", "reasoning_effort \"low\" 1"),
            (Reasoning::none(), "gpt-5.1-codex", "reasoning_effort \"low\" 1"),
            (effort(Effort::Max), "google/gemini-3-pro", "reasoning_effort \"high\" 1"),
            (effort(Effort::High), "gpt-4o", ""),
            (Reasoning { budget: Some(8000), ..Reasoning::default() }, "x", "reasoning_effort \"medium\" 0"),
            (Reasoning { adaptive: true, ..Reasoning::default() }, "x", "reasoning_effort \"medium\" 1"),
            (Reasoning::default(), "x", ""),
            (Reasoning { shown: Some(true), ..effort(Effort::High) }, "x", "reasoning_effort \"high\" 1"),
            (Reasoning::none(), "gpt-5.1", "reasoning_effort \"none\" 0"),
            (Reasoning::none(), "gpt-5", "reasoning_effort \"minimal\" 1"),
            (Reasoning::none(), "grok-4", ""),
        ] {
            assert_eq!(members(&reasoning, model), expected, "{model}");
        }
    }

    #[test]
    fn a_model_that_does_not_reason_is_not_told_to() {
        let mut notes = Notes::default();
        let high = Reasoning { effort: Some(Effort::High), ..Reasoning::default() };
        let members = reasoning_members(&high, Some(ReasoningScale::None), "x", None, &mut notes);
        assert_eq!((members.len(), notes.list().len()), (0, 1));
    }
}
