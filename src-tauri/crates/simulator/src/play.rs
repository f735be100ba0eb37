//! A part that a provider acts in a tool loop, in place of its own words.
//!
//! Which step is due follows from the conversation alone, never from a counter, so that a play goes on where it was when
//! another provider that was given the same play takes over.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The part: one step for each turn of the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Play {
    /// What each turn of the model consists of, first turn first. After the last one the provider speaks for itself.
    pub steps: Vec<Vec<PlayBlock>>,
    /// Whether the arguments of parallel calls come mixed, a piece of each in turn. OpenAI Chat only: the other
    /// protocols have no way to say it, and send one call after the other.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub interleaved: bool,
}

/// One piece of a turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum PlayBlock {
    /// Visible text.
    Text(String),
    /// Reasoning, signed by the provider where the protocol signs it.
    Reasoning(String),
    /// A refusal.
    Refusal(String),
    /// A call of a function tool. Several in one step are parallel calls.
    Call {
        /// The tool.
        name: String,
        /// Its arguments.
        arguments: Map<String, Value>,
    },
    /// A call of a custom tool, whose input is text. Where the request offers no custom tool of this name it is a call
    /// of a function tool with the arguments `{"input": …}`.
    Custom {
        /// The tool.
        name: String,
        /// Its input.
        input: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    steps: Vec<Vec<PlayBlock>>,
    #[serde(default)]
    interleaved: bool,
}

impl TryFrom<Unchecked> for Play {
    type Error = &'static str;

    fn try_from(Unchecked { steps, interleaved }: Unchecked) -> Result<Self, Self::Error> {
        if steps.is_empty() || steps.iter().any(Vec::is_empty) {
            return Err("a play needs at least one step, and each step at least one block");
        }
        let play = Self { steps, interleaved };
        if play.tools().any(str::is_empty) { Err("a call needs the name of its tool") } else { Ok(play) }
    }
}

impl Play {
    /// Reads the JSON form, e.g. `json!({"steps":[[{"call":{"name":"Read","arguments":{}}}],[{"text":"done"}]]})`.
    ///
    /// # Errors
    /// An unknown kind of block, an unknown or missing field, no step, a step without a block, a call without a name.
    pub fn from_json(json: Value) -> Result<Self, serde_json::Error> {
        Self::deserialize(json)
    }

    /// The tools that it calls.
    pub(crate) fn tools(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().flatten().filter_map(|block| match block {
            PlayBlock::Call { name, .. } | PlayBlock::Custom { name, .. } => Some(name.as_str()),
            _ => None,
        })
    }

    /// The step that is due after so many turns of the model, if this request is one of the play's: it offers one of the
    /// tools that the play calls (agents also ask for titles and summaries, which aren't), or the play calls none.
    pub(crate) fn step(&self, turns: usize, offers: impl Fn(&str) -> bool) -> Option<&[PlayBlock]> {
        let concerned = self.tools().next().is_none() || self.tools().any(offers);
        self.steps.get(turns).filter(|_| concerned).map(Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_play_is_read_and_written_back_as_it_was() {
        for form in [
            json!({"steps": [[{"text": "hi"}]]}),
            json!({"steps": [
                [{"reasoning": "r"}, {"call": {"name": "Read", "arguments": {"path": "a"}}}, {"call": {"name": "Read", "arguments": {}}}],
                [{"custom": {"name": "apply_patch", "input": "*** Begin"}}],
                [{"refusal": "no"}],
            ], "interleaved": true}),
        ] {
            let play = Play::from_json(form.clone()).unwrap();
            assert_eq!(serde_json::to_value(&play).unwrap(), form);
        }
    }

    #[test]
    fn a_play_that_could_not_be_acted_is_refused() {
        for (form, because) in [
            (json!({"steps": []}), "at least one step"),
            (json!({"steps": [[]]}), "at least one step"),
            (json!({}), "missing field `steps`"),
            (json!({"steps": [[{"txt": "a"}]]}), "unknown variant `txt`"),
            (json!({"steps": [[{"call": {"name": "a", "arguments": "{}"}}]]}), "expected a map"),
            (json!({"steps": [[{"call": {"name": "", "arguments": {}}}]]}), "needs the name"),
            (json!({"steps": [[{"call": {"name": "a", "args": {}}}]]}), "unknown field `args`"),
            (json!({"steps": [[{"text": "a"}]], "interleave": true}), "unknown field `interleave`"),
        ] {
            let error = Play::from_json(form.clone()).expect_err(&form.to_string()).to_string();
            assert!(error.contains(because), "{form}: {error}");
        }
    }

    #[test]
    fn a_step_is_due_by_the_turns_so_far_and_the_tools_on_offer() {
        let call = json!({"call": {"name": "Read", "arguments": {}}});
        let play = Play::from_json(json!({"steps": [[call], [{"text": "done"}]]})).unwrap();
        let offered = |name: &str| name == "Read";
        assert_eq!(play.step(1, offered), Some(&[PlayBlock::Text("done".into())][..]));
        assert_eq!(play.step(2, offered), None, "it is over");
        assert_eq!(play.step(0, |_| false), None, "a side request");
        let words = Play::from_json(json!({"steps": [[{"text": "done"}]]})).unwrap();
        assert!(words.step(0, |_| false).is_some(), "it needs no tool");
    }
}
