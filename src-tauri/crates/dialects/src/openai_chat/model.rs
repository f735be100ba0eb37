//! What a model's name tells of what it takes.
//!
//! Providers don't say in the dialect what a model takes, and refuse a whole request for one field too many. Where the name
//! tells, the field is left out at once; where it doesn't, it is sent, and left out once it has been refused.

/// A model's name, without the maker before it that resellers write (`openai/gpt-5.1`).
#[derive(Clone, Debug)]
pub(super) struct Model {
    name: String,
    resold: bool,
}

impl Model {
    pub(super) fn of(name: &str) -> Self {
        let (maker, own) = name.rsplit_once('/').map_or(("", name), |(maker, own)| (maker, own));
        Model { name: own.to_ascii_lowercase(), resold: !maker.is_empty() }
    }

    /// A GPT's version, such as (5, 1). Azure's `gpt-35` is 3.5; `gpt-oss` has none.
    pub(super) fn gpt(&self) -> Option<(u32, u32)> {
        let rest = self.name.strip_prefix("gpt-")?;
        let (major, rest) = number(rest)?;
        if major == 35 {
            return Some((3, 5));
        }
        let minor = rest.strip_prefix('.').and_then(number).map_or(0, |(minor, _)| minor);
        Some((major, minor))
    }

    /// One of OpenAI's `o1`, `o3`, `o4`.
    pub(super) fn is_o_series(&self) -> bool {
        self.name.strip_prefix('o').and_then(number).is_some_and(|(_, rest)| rest.is_empty() || rest.starts_with('-'))
    }

    pub(super) fn is_openais(&self) -> bool {
        self.gpt().is_some() || self.is_o_series() || self.name.starts_with("chatgpt-")
    }

    /// A GPT that doesn't reason and has no verbosity: those before 5 (OpenAI, "Using GPT-5").
    pub(super) fn is_plain_gpt(&self) -> bool {
        self.gpt().is_some_and(|version| version < (5, 0)) || self.name.starts_with("chatgpt-")
    }

    /// OpenAI's own, of GPT-5 or later: these have custom tools and lists of allowed tools (OpenAI, "Using GPT-5").
    pub(super) fn has_custom_tools(&self) -> bool {
        !self.resold && self.gpt().is_some_and(|version| version >= (5, 0))
    }

    /// OpenAI's models that search the web by themselves: `gpt-4o-search-preview`, `gpt-5-search-api`.
    pub(super) fn searches(&self) -> bool {
        self.name.contains("search")
    }

    /// It refuses a conversation in which an assistant's message has no `reasoning_content` (DeepSeek, "Thinking mode";
    /// Moonshot, "Use thinking models").
    pub(super) fn wants_reasoning_back(&self) -> bool {
        ["deepseek", "kimi"].iter().any(|maker| self.name.contains(maker))
    }

    /// It refuses calls in the history that have no signature (Gemini, "Thought signatures").
    pub(super) fn wants_signatures(&self) -> bool {
        self.name.strip_prefix("gemini-").and_then(number).is_some_and(|(major, _)| major >= 3)
    }

    /// Whether the name holds `word`.
    pub(super) fn has(&self, word: &str) -> bool {
        self.name.contains(word)
    }
}

/// The number that `text` begins with, and what follows.
fn number(text: &str) -> Option<(u32, &str)> {
    let end = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_names() {
        for (name, version) in [
            ("gpt-5", Some((5, 0))),
            ("gpt-5-2025-08-07", Some((5, 0))),
            ("openai/GPT-5.1-codex", Some((5, 1))),
            ("gpt-6.1-sol", Some((6, 1))),
            ("gpt-4o-mini", Some((4, 0))),
            ("gpt-35-turbo", Some((3, 5))),
            ("gpt-oss-120b", None),
            ("gpt-99999999999999", None),
            ("claude-opus-5", None),
            ("", None),
        ] {
            assert_eq!(Model::of(name).gpt(), version, "{name}");
        }
        assert!(Model::of("o3-mini").is_o_series() && Model::of("o1").is_o_series());
        assert!(!Model::of("olmo").is_o_series() && !Model::of("o3x").is_openais());
        assert!(Model::of("google/gemini-3.5-flash").wants_signatures());
        assert!(!Model::of("gemini-2.5-pro").wants_signatures());
        assert!(Model::of("gpt-5.2").has_custom_tools() && !Model::of("openai/gpt-5.2").has_custom_tools());
        assert!(Model::of("moonshotai/Kimi-K2.5").wants_reasoning_back());
    }
}
