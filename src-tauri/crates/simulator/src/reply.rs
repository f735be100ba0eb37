//! What a practice provider says, whatever protocol it says it in.
//!
//! A token is a word here: one word of the answer, with the space after it, is one token and one streamed event. Of JSON
//! (arguments and structured answers) eight characters are one. That makes limits and usage exact and easy to check.

use serde_json::{Value, json};

use crate::{
    play::{Play, PlayBlock},
    schema,
    served::{Served, ServedTool},
};

/// Characters of the user's text that an answer repeats.
const ECHOED_CHARS: usize = 60;
/// Characters of JSON in one token.
const JSON_CHARS: usize = 8;

/// What a request asks for, as far as answering it needs.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Ask {
    /// The model asked for.
    pub(crate) model: String,
    /// `None`: one whole answer.
    pub(crate) stream: Option<Form>,
    /// The text of the last user turn.
    pub(crate) said: String,
    /// Words in all turns and the system prompt.
    pub(crate) input_tokens: u64,
    /// Those of them that count as read from a cache.
    pub(crate) cached_tokens: u64,
    /// Those of them that count as written to a cache (Anthropic only).
    pub(crate) written_tokens: u64,
    /// The most output tokens.
    pub(crate) limit: Option<u64>,
    /// Sequences that end the answer.
    pub(crate) stops: Vec<String>,
    /// OpenAI's `stream_options.include_usage`.
    pub(crate) usage_in_stream: bool,
    /// Turns of the model so far.
    pub(crate) turns: usize,
    /// The tools that the client executes.
    pub(crate) tools: Vec<Tool>,
    /// Whether one of them must be called.
    pub(crate) choice: Choice,
    /// At most one call a turn.
    pub(crate) one_call: bool,
    /// The schema of a structured answer.
    pub(crate) structure: Option<Value>,
    /// `None`: no reasoning is asked for.
    pub(crate) reasoning: Option<Reasoning>,
    /// The tools on offer that the provider runs itself.
    pub(crate) runs: Vec<Served>,
    /// What only this protocol needs for its answer.
    pub(crate) own: Value,
}

impl Ask {
    fn offers(&self, name: &str) -> bool {
        self.tools.iter().any(|tool| tool.name == name)
    }
}

/// A tool that the client executes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tool {
    pub(crate) name: String,
    /// Of its arguments.
    pub(crate) schema: Value,
    /// Its input is text (OpenAI's custom tools).
    pub(crate) custom: bool,
}

/// Whether a tool must be called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Choice {
    /// As the model likes. This one likes to answer in words.
    #[default]
    Free,
    /// One of these; the first is.
    OneOf(Vec<String>),
}

/// How much is shown of the reasoning that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reasoning {
    /// Nothing but its tokens and its seal.
    Hidden,
    /// Its words.
    Shown,
}

/// How a stream is framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Server-sent events.
    Sse,
    /// One JSON array, an element per event (Gemini without `alt=sse`).
    Array,
}

/// Why an answer ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// All was said.
    Done,
    /// Tools are called.
    Calls,
    /// The answer was refused.
    Refused,
    /// The token limit was reached.
    Limit,
    /// This stop sequence came up.
    Stop(String),
}

/// One piece of an answer, as tokens.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Block {
    Reasoning {
        words: Vec<String>,
        shown: bool,
    },
    Text {
        words: Vec<String>,
    },
    Refusal {
        words: Vec<String>,
    },
    Call {
        name: String,
        pieces: Vec<String>,
        custom: bool,
        cut: bool,
    },
    /// A tool that the provider runs; the pieces are its input.
    Served {
        by: Served,
        pieces: Vec<String>,
    },
}

impl Block {
    fn tokens(&self) -> &[String] {
        match self {
            Self::Reasoning { words, .. } | Self::Text { words } | Self::Refusal { words } => words,
            Self::Call { pieces, .. } | Self::Served { pieces, .. } => pieces,
        }
    }

    /// Shortens it to so many tokens.
    fn cut(&mut self, left: usize) {
        match self {
            Self::Reasoning { words, .. } | Self::Text { words } | Self::Refusal { words } => words.truncate(left),
            Self::Served { pieces, .. } => pieces.truncate(left),
            Self::Call { pieces, cut, .. } => {
                pieces.truncate(left);
                *cut = true;
            }
        }
    }

    /// All that it says: words, arguments or input.
    pub(crate) fn text(&self) -> String {
        self.tokens().concat()
    }

    /// The arguments of a call; an empty object where the token limit left them incomplete.
    pub(crate) fn arguments(&self) -> Value {
        serde_json::from_str(&self.text()).unwrap_or_else(|_| json!({}))
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reply {
    /// None: an answer without content.
    pub(crate) blocks: Vec<Block>,
    pub(crate) ended: Ended,
    /// See [`Play::interleaved`].
    pub(crate) interleaved: bool,
    pub(crate) input_tokens: u64,
    /// Reasoning included.
    pub(crate) output_tokens: u64,
    pub(crate) reasoning_tokens: u64,
}

impl Reply {
    /// The simulated answer of this provider: the step of its play that is due, else its own words.
    pub(crate) fn to(ask: &Ask, provider: &str, play: Option<&Play>) -> Self {
        let step = play.and_then(|play| Some((play, play.step(ask.turns, |name| ask.offers(name))?)));
        match step {
            Some((play, step)) => {
                let mut blocks: Vec<Block> = step.iter().map(|block| acted(block, ask)).collect();
                if ask.one_call {
                    let mut called = false;
                    blocks.retain(|block| {
                        let call = matches!(block, Block::Call { .. });
                        !(call && std::mem::replace(&mut called, true))
                    });
                }
                Self { interleaved: play.interleaved, ..Self::of(blocks, ask) }
            }
            None => Self::of(own(ask, provider), ask),
        }
    }

    /// An answer that ends well and says nothing.
    pub(crate) fn nothing(ask: &Ask) -> Self {
        Self::of(Vec::new(), ask)
    }

    /// The tools of the provider that this answer runs.
    pub(crate) fn effects(&self) -> impl Iterator<Item = ServedTool> {
        self.blocks.iter().filter_map(|block| match block {
            Block::Served { by, .. } => Some(by.tool),
            _ => None,
        })
    }

    fn of(mut blocks: Vec<Block>, ask: &Ask) -> Self {
        let has = |blocks: &[Block], which: fn(&Block) -> bool| blocks.iter().any(which);
        let mut ended = if has(&blocks, calls) {
            Ended::Calls
        } else if has(&blocks, |block| matches!(block, Block::Refusal { .. })) {
            Ended::Refused
        } else {
            Ended::Done
        };
        if let Some(stop) = stopped(&mut blocks, &ask.stops) {
            ended = Ended::Stop(stop);
        }
        let mut left = ask.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
        for block in &mut blocks {
            let wanted = block.tokens().len();
            if wanted > left {
                block.cut(left);
                ended = Ended::Limit;
            }
            left = left.saturating_sub(wanted);
        }
        blocks.retain(|block| !block.tokens().is_empty());
        let count = |blocks: &[Block]| blocks.iter().map(|block| block.tokens().len() as u64).sum::<u64>();
        let output_tokens = count(&blocks);
        let reasoning: Vec<Block> =
            blocks.iter().filter(|block| matches!(block, Block::Reasoning { .. })).cloned().collect();
        let (input_tokens, reasoning_tokens) = (ask.input_tokens, count(&reasoning));
        Self { blocks, ended, interleaved: false, input_tokens, output_tokens, reasoning_tokens }
    }
}

/// Whether the client is to carry it out.
fn calls(block: &Block) -> bool {
    match block {
        Block::Call { .. } => true,
        Block::Served { by, .. } => by.tool == ServedTool::ComputerUse,
        _ => false,
    }
}

/// What the provider says when it has no part to act.
fn own(ask: &Ask, provider: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    if let Some(reasoning) = ask.reasoning {
        let words = words(&format!("Simulated reasoning from {provider}."));
        blocks.push(Block::Reasoning { words, shown: reasoning == Reasoning::Shown });
    }
    let free = ask.choice == Choice::Free && ask.structure.is_none();
    let served = |by: &Served| Block::Served { by: by.clone(), pieces: pieces(&by.input(&ask.said).to_string()) };
    let (first, last): (Vec<&Served>, Vec<&Served>) =
        ask.runs.iter().filter(|_| free).partition(|by| by.tool != ServedTool::ComputerUse);
    blocks.extend(first.into_iter().map(served));
    blocks.push(match (&ask.choice, &ask.structure) {
        (Choice::OneOf(names), _) => {
            let tool = ask.tools.iter().find(|tool| names.contains(&tool.name)).cloned().unwrap_or_default();
            let text = if tool.custom {
                format!("Simulated input from {provider}")
            } else {
                let example = schema::example(&tool.schema);
                if example.is_object() { example } else { json!({}) }.to_string()
            };
            Block::Call { name: tool.name, pieces: pieces(&text), custom: tool.custom, cut: false }
        }
        (Choice::Free, Some(schema)) => Block::Text { words: pieces(&schema::example(schema).to_string()) },
        (Choice::Free, None) => Block::Text { words: words(&simulated(ask, provider)) },
    });
    // The client has answered it once there was a turn.
    blocks.extend(last.into_iter().filter(|_| ask.turns == 0).map(served));
    blocks
}

fn simulated(ask: &Ask, provider: &str) -> String {
    let model = &ask.model;
    let mut text = format!("Simulated answer from {provider} (model {model}). You said: ");
    let said = ask.said.split_whitespace().collect::<Vec<_>>().join(" ");
    text.extend(said.chars().take(ECHOED_CHARS));
    if said.chars().nth(ECHOED_CHARS).is_some() {
        text.push('…');
    }
    text
}

fn acted(block: &PlayBlock, ask: &Ask) -> Block {
    match block {
        PlayBlock::Text(text) => Block::Text { words: words(text) },
        PlayBlock::Reasoning(text) => Block::Reasoning { words: words(text), shown: true },
        PlayBlock::Refusal(text) => Block::Refusal { words: words(text) },
        PlayBlock::Call { name, arguments } => {
            let pieces = pieces(&Value::Object(arguments.clone()).to_string());
            Block::Call { name: name.clone(), pieces, custom: false, cut: false }
        }
        PlayBlock::Custom { name, input } => {
            let custom = ask.tools.iter().any(|tool| tool.custom && tool.name == *name);
            let text = if custom { input.clone() } else { json!({"input": input}).to_string() };
            Block::Call { name: name.clone(), pieces: pieces(&text), custom, cut: false }
        }
    }
}

/// Ends the answer at the first stop sequence in its text, and says which one it was.
fn stopped(blocks: &mut Vec<Block>, stops: &[String]) -> Option<String> {
    for at in 0..blocks.len() {
        let Block::Text { words: said } = &mut blocks[at] else { continue };
        let text = said.concat();
        let found = stops.iter().filter(|stop| !stop.is_empty()).filter_map(|stop| Some((text.find(stop)?, stop)));
        if let Some((place, stop)) = found.min_by_key(|(place, _)| *place) {
            *said = words(&text[..place]);
            blocks.truncate(at + 1);
            return Some(stop.clone());
        }
    }
    None
}

fn words(text: &str) -> Vec<String> {
    text.split_inclusive(' ').map(str::to_owned).collect()
}

/// JSON in tokens; at least two, so that it is never whole in one event.
fn pieces(json: &str) -> Vec<String> {
    let letters: Vec<char> = json.chars().collect();
    let size = JSON_CHARS.min(letters.len().div_ceil(2)).max(1);
    letters.chunks(size).map(|chunk| chunk.iter().collect()).collect()
}

/// Tokens of a text that came in.
pub(crate) fn tokens(text: &str) -> u64 {
    text.split_whitespace().count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(said: &str) -> Ask {
        Ask { model: "m".into(), said: said.into(), input_tokens: 7, ..Ask::default() }
    }

    fn text(reply: &Reply) -> String {
        reply.blocks.iter().map(Block::text).collect()
    }

    #[test]
    fn an_answer_says_that_it_is_simulated_and_by_whom() {
        let reply = Reply::to(&ask("hello  there"), "alpha", None);
        assert_eq!(text(&reply), "Simulated answer from alpha (model m). You said: hello there");
        assert_eq!((reply.ended, reply.input_tokens, reply.output_tokens), (Ended::Done, 7, 10));
    }

    #[test]
    fn long_input_is_echoed_in_part() {
        let text = text(&Reply::to(&ask(&"ä".repeat(100)), "alpha", None));
        assert!(text.ends_with(&format!(": {}…", "ä".repeat(60))), "{text}");
    }

    #[test]
    fn the_token_limit_counts_words() {
        let reply = Reply::to(&Ask { limit: Some(3), ..ask("hi") }, "alpha", None);
        assert_eq!((text(&reply).as_str(), reply.output_tokens), ("Simulated answer from ", 3));
        assert_eq!(reply.ended, Ended::Limit);
        let exact = Reply::to(&Ask { limit: Some(9), ..ask("hi") }, "alpha", None);
        assert_eq!((exact.output_tokens, exact.ended), (9, Ended::Done));
    }

    #[test]
    fn the_first_stop_sequence_in_the_text_ends_it() {
        let stops = vec!["You".into(), "(model".into(), String::new()];
        let reply = Reply::to(&Ask { stops, ..ask("hi") }, "alpha", None);
        assert_eq!(text(&reply), "Simulated answer from alpha ");
        assert_eq!(reply.ended, Ended::Stop("(model".into()));
    }

    #[test]
    fn reasoning_comes_first_and_counts_as_output() {
        let reply = Reply::to(&Ask { reasoning: Some(Reasoning::Hidden), ..ask("hi") }, "alpha", None);
        assert_eq!(reply.blocks[0].text(), "Simulated reasoning from alpha.");
        assert_eq!((reply.reasoning_tokens, reply.output_tokens), (4, 13));
        let cut = Reply::to(&Ask { reasoning: Some(Reasoning::Shown), limit: Some(4), ..ask("hi") }, "alpha", None);
        assert_eq!((cut.blocks.len(), cut.ended), (1, Ended::Limit));
    }

    #[test]
    fn a_forced_tool_is_called_with_arguments_that_fit() {
        let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
        let tools = vec![Tool { name: "weather".into(), schema, custom: false }];
        let choice = Choice::OneOf(vec!["weather".into()]);
        let asked = Ask { tools, choice, ..ask("hi") };
        let reply = Reply::to(&asked, "alpha", None);
        assert_eq!((reply.blocks[0].arguments(), reply.ended), (json!({"city": "simulated"}), Ended::Calls));
        let cut = Reply::to(&Ask { limit: Some(1), ..asked }, "alpha", None);
        assert_eq!(
            (cut.blocks[0].text().as_str(), cut.blocks[0].arguments(), cut.ended),
            ("{\"city\":", json!({}), Ended::Limit)
        );
    }

    #[test]
    fn a_play_is_acted_by_turns_and_obeys_the_parallel_switch() {
        let call = json!({"call": {"name": "read", "arguments": {"a": 1}}});
        let play = Play::from_json(json!({"steps": [[{"text": "I look"}, call, call], [{"text": "done"}]]})).unwrap();
        let tools = vec![Tool { name: "read".into(), ..Tool::default() }];
        let asked = Ask { tools, ..ask("hi") };
        let say = |ask: &Ask| Reply::to(ask, "alpha", Some(&play));
        assert_eq!((say(&asked).blocks.len(), say(&asked).ended), (3, Ended::Calls));
        assert_eq!(say(&Ask { one_call: true, ..asked.clone() }).blocks.len(), 2);
        assert_eq!(text(&say(&Ask { turns: 1, ..asked.clone() })), "done");
        assert!(text(&say(&Ask { turns: 2, ..asked })).starts_with("Simulated"));
        assert!(text(&say(&ask("a title, please"))).starts_with("Simulated"));
    }
}
