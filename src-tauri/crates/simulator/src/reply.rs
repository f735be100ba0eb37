//! What a practice provider says, whatever protocol it says it in.
//!
//! A token is a word here: one word of the answer, with the space after it, is one token and one streamed event. That
//! makes limits and usage exact and easy to check.

/// Characters of the user's text that an answer repeats.
const ECHOED_CHARS: usize = 60;

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
    /// The most output tokens.
    pub(crate) limit: Option<u64>,
    /// Sequences that end the answer.
    pub(crate) stops: Vec<String>,
    /// OpenAI's `stream_options.include_usage`.
    pub(crate) usage_in_stream: bool,
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
    /// The token limit was reached.
    Limit,
    /// This stop sequence came up.
    Stop(String),
}

/// An answer, as words.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reply {
    /// Each with the space that follows it. None: an answer without content.
    pub(crate) words: Vec<String>,
    pub(crate) ended: Ended,
    pub(crate) input_tokens: u64,
    pub(crate) output_tokens: u64,
}

impl Reply {
    /// The simulated answer of this provider.
    pub(crate) fn to(ask: &Ask, provider: &str) -> Self {
        let model = &ask.model;
        let mut text = format!("Simulated answer from {provider} (model {model}). You said: ");
        let said = ask.said.split_whitespace().collect::<Vec<_>>().join(" ");
        text.extend(said.chars().take(ECHOED_CHARS));
        if said.chars().nth(ECHOED_CHARS).is_some() {
            text.push('…');
        }
        let mut ended = Ended::Done;
        let earliest =
            ask.stops.iter().filter(|stop| !stop.is_empty()).filter_map(|stop| Some((text.find(stop)?, stop)));
        if let Some((at, stop)) = earliest.min_by_key(|(at, _)| *at) {
            text.truncate(at);
            ended = Ended::Stop(stop.clone());
        }
        let mut words: Vec<String> = text.split_inclusive(' ').map(str::to_owned).collect();
        if let Some(limit) = ask.limit.and_then(|limit| usize::try_from(limit).ok())
            && words.len() > limit
        {
            words.truncate(limit);
            ended = Ended::Limit;
        }
        let output_tokens = words.len() as u64;
        Self { words, ended, input_tokens: ask.input_tokens, output_tokens }
    }

    /// An answer that ends well and says nothing.
    pub(crate) fn nothing(ask: &Ask) -> Self {
        Self { words: Vec::new(), ended: Ended::Done, input_tokens: ask.input_tokens, output_tokens: 0 }
    }

    pub(crate) fn text(&self) -> String {
        self.words.concat()
    }
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

    #[test]
    fn an_answer_says_that_it_is_simulated_and_by_whom() {
        let reply = Reply::to(&ask("hello  there"), "alpha");
        assert_eq!(reply.text(), "Simulated answer from alpha (model m). You said: hello there");
        assert_eq!((reply.ended, reply.input_tokens, reply.output_tokens), (Ended::Done, 7, 10));
    }

    #[test]
    fn long_input_is_echoed_in_part() {
        let text = Reply::to(&ask(&"ä".repeat(100)), "alpha").text();
        assert!(text.ends_with(&format!(": {}…", "ä".repeat(60))), "{text}");
    }

    #[test]
    fn the_token_limit_counts_words() {
        let reply = Reply::to(&Ask { limit: Some(3), ..ask("hi") }, "alpha");
        assert_eq!((reply.text().as_str(), reply.output_tokens), ("Simulated answer from ", 3));
        assert_eq!(reply.ended, Ended::Limit);
        let exact = Reply::to(&Ask { limit: Some(9), ..ask("hi") }, "alpha");
        assert_eq!((exact.output_tokens, exact.ended), (9, Ended::Done));
    }

    #[test]
    fn the_first_stop_sequence_in_the_text_ends_it() {
        let reply = Reply::to(&Ask { stops: vec!["You".into(), "(model".into(), String::new()], ..ask("hi") }, "alpha");
        assert_eq!(reply.text(), "Simulated answer from alpha ");
        assert_eq!(reply.ended, Ended::Stop("(model".into()));
    }
}
