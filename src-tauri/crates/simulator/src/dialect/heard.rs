//! What a conversation adds up to: words, turns, and the last thing said.

use crate::reply::tokens;

/// Input below which OpenAI and Gemini cache nothing, in tokens.
const CACHE_FROM: u64 = 1024;
/// Cached input comes in steps of this.
const CACHE_STEP: u64 = 128;

/// Collects a conversation, first turn to last.
#[derive(Default)]
pub(super) struct Heard {
    pub(super) words: u64,
    /// The last thing that didn't come from the model: text, or what a tool gave.
    pub(super) said: String,
    /// Turns of the model: runs of what it said and called, between what others said.
    pub(super) turns: usize,
    /// Words before the newest turn.
    before: u64,
    in_model: bool,
}

impl Heard {
    /// Instructions: words only.
    pub(super) fn instructed(&mut self, text: &str) {
        self.words += tokens(text);
    }

    /// A part of a turn of the model.
    pub(super) fn model(&mut self, text: &str) {
        if !self.in_model {
            self.turns += 1;
            self.in_model = true;
        }
        self.words += tokens(text);
    }

    /// A turn of anybody else.
    pub(super) fn other(&mut self, text: &str) {
        self.before = self.words;
        self.in_model = false;
        self.words += tokens(text);
        if !text.trim().is_empty() {
            text.clone_into(&mut self.said);
        }
    }

    /// What comes out of a prefix cache that keeps everything before the newest turn.
    pub(super) fn cached(&self) -> u64 {
        if self.words < CACHE_FROM { 0 } else { self.before / CACHE_STEP * CACHE_STEP }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_the_model_is_one_turn() {
        let mut heard = Heard::default();
        heard.instructed("be brief");
        heard.other("one");
        heard.model("two");
        heard.model("");
        heard.other("three four");
        heard.other(" ");
        heard.model("five");
        assert_eq!((heard.words, heard.turns, heard.said.as_str()), (7, 2, "three four"));
    }

    #[test]
    fn long_conversations_are_cached_up_to_the_newest_turn() {
        let mut heard = Heard::default();
        heard.other(&"w ".repeat(1000));
        heard.model("yes");
        heard.other("short");
        assert_eq!(heard.cached(), 0);
        heard.other(&"w ".repeat(100));
        assert_eq!(heard.cached(), 896);
    }
}
