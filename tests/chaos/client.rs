//! Clients that know each word that they are to hear.

use crate::harness::{Answer, Gateway, Tongue, words_of};
use reqwest::Method;
use serde_json::{Value, json};

/// A client's dialect; OpenAI's second one among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Voice {
    Plain(Tongue),
    Responses,
}

/// What a client heard.
#[derive(Debug)]
pub(super) enum Heard {
    /// All that the answer says, once, and that it ended well.
    Whole,
    /// A stream that ended with an error after some of the right words.
    Truncated,
    /// Anything else.
    Wrong(String),
}

impl Voice {
    pub(super) const ALL: [Self; 4] =
        [Self::Plain(Tongue::Anthropic), Self::Plain(Tongue::Openai), Self::Responses, Self::Plain(Tongue::Gemini)];

    /// Asks, and says under which id and with what success.
    pub(super) async fn ask(self, gateway: &Gateway, said: &str, stream: bool) -> (String, Heard) {
        let request = match self {
            Self::Plain(tongue) => gateway.asking(tongue, "m", said, stream),
            Self::Responses => {
                let body = json!({ "model": "m", "input": said, "stream": stream });
                gateway.request(Method::POST, "/v1/responses").header("x-mainstay-token", &gateway.token).json(&body)
            }
        };
        match request.send().await {
            Ok(response) => {
                let answer = Answer::read(response).await;
                let id = answer.header("x-mainstay-request-id").unwrap_or_default().to_owned();
                let heard = self.judge(&answer, said, stream);
                (id, heard)
            }
            Err(error) => (String::new(), Heard::Wrong(format!("{self:?}, stream {stream}: no answer: {error}"))),
        }
    }

    fn judge(self, answer: &Answer, said: &str, stream: bool) -> Heard {
        let wrong = |why: &str| Heard::Wrong(format!("{self:?}, stream {stream}: {why}: {answer:?}"));
        if answer.status != 200 || answer.broken {
            return wrong("it failed");
        }
        let text = self.text(answer);
        let full: Vec<String> = (0..3).map(|member| words_of(member, said)).collect();
        let (begins, ends) = (self.beginnings(answer), self.ends(answer));
        if begins > 1 {
            return wrong("two answers in one");
        }
        let errors = if stream { self.errors(answer) } else { 0 };
        match (errors, ends) {
            (0, 1) if full.contains(&text) => Heard::Whole,
            (1, 0) if text.is_empty() => wrong("it failed before content"),
            (1, 0) if full.iter().any(|full| full.starts_with(&text)) && !answer.body.contains("[DONE]") => {
                Heard::Truncated
            }
            _ => wrong("not the right words, or not one end"),
        }
    }

    fn text(self, answer: &Answer) -> String {
        match self {
            Self::Plain(tongue) => answer.text(tongue),
            Self::Responses => match serde_json::from_str::<Value>(&answer.body) {
                Ok(whole) => {
                    let items = whole["output"].as_array().into_iter().flatten();
                    let parts = items.filter_map(|item| item["content"].as_array()).flatten();
                    parts.filter_map(|part| part["text"].as_str()).collect()
                }
                Err(_) => {
                    self.told(answer, "response.output_text.delta").iter().filter_map(|e| e["delta"].as_str()).collect()
                }
            },
        }
    }

    /// Events of this type.
    fn told(self, answer: &Answer, kind: &str) -> Vec<Value> {
        answer.events().into_iter().filter(|event| event["type"] == kind).collect()
    }

    /// How many answers begin in it.
    fn beginnings(self, answer: &Answer) -> usize {
        let ids = |at: &str| {
            let mut ids: Vec<String> =
                answer.events().iter().filter_map(|event| Some(event.pointer(at)?.as_str()?.to_owned())).collect();
            ids.sort_unstable();
            ids.dedup();
            ids.len()
        };
        match self {
            Self::Plain(Tongue::Anthropic) => self.told(answer, "message_start").len(),
            Self::Plain(Tongue::Openai) => ids("/id"),
            Self::Plain(Tongue::Gemini) => ids("/responseId"),
            Self::Responses => self.told(answer, "response.created").len(),
        }
    }

    /// How often it says that it ended well.
    fn ends(self, answer: &Answer) -> usize {
        let at = match self {
            Self::Plain(Tongue::Anthropic) => ["/stop_reason", "/delta/stop_reason"],
            Self::Plain(Tongue::Openai) => ["/choices/0/finish_reason"; 2],
            Self::Plain(Tongue::Gemini) => ["/candidates/0/finishReason"; 2],
            Self::Responses => ["/status", "/response/status"],
        };
        let stop = match self {
            Self::Plain(tongue) => tongue.stop(),
            Self::Responses => "completed",
        };
        let ended = |event: &Value| at.iter().any(|at| event.pointer(at).is_some_and(|reason| reason == stop));
        match serde_json::from_str::<Value>(&answer.body) {
            Ok(whole) => usize::from(ended(&whole)),
            Err(_) => answer.events().iter().filter(|event| ended(event)).count(),
        }
    }

    /// How many errors of this dialect it holds.
    fn errors(self, answer: &Answer) -> usize {
        match self {
            Self::Plain(tongue) => answer.events().iter().filter(|event| tongue.error(event).is_some()).count(),
            Self::Responses => self.told(answer, "response.failed").len().max(self.told(answer, "error").len()),
        }
    }
}
