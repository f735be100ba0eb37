//! Which words of effort an OpenAI model takes, in both of OpenAI's dialects, known by the model's name (OpenAI, "Reasoning
//! models" and the models' pages): `none` from GPT-5.1 on, but for the Codex models; `minimal` in GPT-5 alone; `xhigh` after
//! GPT-5.1-Codex-Max; the o-series and gpt-oss have the three in the middle.

use crate::form::Effort;

/// The words that a model takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EffortWords {
    /// `none`, which keeps it from reasoning.
    pub(crate) none: bool,
    least: Effort,
    most: Effort,
}

impl EffortWords {
    const fn new(none: bool, least: Effort, most: Effort) -> Self {
        EffortWords { none, least, most }
    }

    /// By the model's name. Models of others are taken to take all.
    pub(crate) fn of(model: &str) -> Self {
        let name = bare_name(model);
        let is_codex = name.contains("codex");
        match version(&name) {
            Some((5, 0)) if is_codex => Self::new(false, Effort::Low, Effort::High),
            Some((5, 0)) => Self::new(false, Effort::Minimal, Effort::High),
            Some((5, 1)) if name.contains("codex-max") => Self::new(false, Effort::Low, Effort::Xhigh),
            Some((5, 1)) => Self::new(!is_codex, Effort::Low, Effort::High),
            Some(_) => Self::new(!is_codex, Effort::Low, Effort::Xhigh),
            None if reasons(model) == Some(true) => Self::new(false, Effort::Low, Effort::High),
            None => Self::new(true, Effort::Minimal, Effort::Xhigh),
        }
    }

    /// The nearest word that the model takes.
    pub(crate) fn nearest(self, effort: Effort) -> &'static str {
        effort.clamp(self.least, self.most).word()
    }

    /// The least that the model can be asked for.
    pub(crate) fn least(self) -> &'static str {
        if self.none { "none" } else { self.least.word() }
    }
}

/// Whether a model reasons, where its name tells.
pub(crate) fn reasons(model: &str) -> Option<bool> {
    let name = bare_name(model);
    if name.contains("-chat") || name.starts_with("chatgpt") {
        return Some(false);
    }
    match version(&name) {
        Some((major, _)) => Some((5..35).contains(&major)),
        None if is_o_series(&name) || name.starts_with("gpt-oss") || name.starts_with("codex") => Some(true),
        None => None,
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
    name.strip_prefix('o').is_some_and(|rest| {
        let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        after.len() < rest.len() && (after.is_empty() || after.starts_with('-'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_models_words_are_known_by_its_name() {
        // The least that it takes, the word for minimal, the word for max.
        for (model, words) in [
            ("gpt-5", ["minimal", "minimal", "high"]),
            ("gpt-5-codex", ["low", "low", "high"]),
            ("gpt-5.1", ["none", "low", "high"]),
            ("gpt-5.1-codex", ["low", "low", "high"]),
            ("gpt-5.1-codex-mini", ["low", "low", "high"]),
            ("gpt-5.1-codex-max", ["low", "low", "xhigh"]),
            ("openai/GPT-5.2", ["none", "low", "xhigh"]),
            ("gpt-5.2-codex", ["low", "low", "xhigh"]),
            ("gpt-6-sol", ["none", "low", "xhigh"]),
            ("o3-mini", ["low", "low", "high"]),
            ("gpt-oss-120b", ["low", "low", "high"]),
            ("codex-mini-latest", ["low", "low", "high"]),
            ("grok-5", ["none", "minimal", "xhigh"]),
            ("o3x", ["none", "minimal", "xhigh"]),
        ] {
            let takes = EffortWords::of(model);
            assert_eq!([takes.least(), takes.nearest(Effort::Minimal), takes.nearest(Effort::Max)], words, "{model}");
        }
    }

    #[test]
    fn some_names_tell_whether_the_model_reasons() {
        for (model, expected) in [
            ("gpt-5-mini", Some(true)),
            ("o4-mini", Some(true)),
            ("gpt-4.1", Some(false)),
            ("gpt-35-turbo", Some(false)),
            ("gpt-5-chat-latest", Some(false)),
            ("chatgpt-4o-latest", Some(false)),
            ("olmo-2", None),
            ("claude-opus-5", None),
        ] {
            assert_eq!(reasons(model), expected, "{model}");
        }
    }
}
