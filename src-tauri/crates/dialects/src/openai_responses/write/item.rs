//! The items of an answer, as JSON text.

use crate::form::{Citation, Origin};
use crate::json::{View, Writer};

/// A message's content part in the making.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub(super) is_refusal: bool,
    pub(super) text: String,
    /// Its citations, as JSON text.
    pub(super) annotations: Vec<String>,
    /// The characters of the text that the last citation stands for.
    cited: (usize, usize),
}

impl Part {
    pub(super) fn new(is_refusal: bool) -> Self {
        Part { is_refusal, ..Part::default() }
    }

    pub(super) fn json(&self) -> String {
        Writer::write(|w| {
            if self.is_refusal {
                w.key("type").str("refusal");
                w.key("refusal").str(&self.text);
            } else {
                w.key("type").str("output_text");
                w.key("annotations").array(|w| self.annotations.iter().for_each(|annotation| w.raw(annotation)));
                w.key("logprobs").array(|_| {});
                w.key("text").str(&self.text);
            }
        })
    }

    /// Adds a citation of the text since the one before; several can stand for the same.
    pub(super) fn cite(&mut self, citation: &Citation<'_>) -> String {
        let length = self.text.chars().count();
        if length > self.cited.1 {
            self.cited = (self.cited.1, length);
        }
        let (start, end) = self.cited;
        let json = Writer::write(|w| {
            w.key("type").str("url_citation");
            w.key("url").str(&citation.url);
            w.key("title").str(&citation.title);
            w.key("start_index").number(start as u64);
            w.key("end_index").number(end as u64);
        });
        self.annotations.push(json.clone());
        json
    }
}

pub(super) fn message(id: &str, status: &str, parts: &[String]) -> String {
    Writer::write(|w| {
        w.key("id").str(id);
        w.key("type").str("message");
        w.key("status").str(status);
        w.key("role").str("assistant");
        w.key("content").array(|w| parts.iter().for_each(|part| w.raw(part)));
    })
}

pub(super) fn summary(text: &str) -> String {
    Writer::write(|w| {
        w.key("type").str("summary_text");
        w.key("text").str(text);
    })
}

/// A reasoning item; `encrypted` is what the client is to keep and send back.
pub(super) fn reasoning(id: &str, text: &str, encrypted: Option<&str>) -> String {
    Writer::write(|w| {
        w.key("id").str(id);
        w.key("type").str("reasoning");
        w.key("summary").array(|w| {
            if !text.is_empty() {
                w.raw(&summary(text));
            }
        });
        if let Some(encrypted) = encrypted {
            w.key("encrypted_content").str(encrypted);
        }
    })
}

/// A tool call in the making.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) item_id: String,
    pub(super) call_id: String,
    pub(super) name: String,
    pub(super) custom: bool,
    pub(super) origin: Option<Origin>,
    pub(super) arguments: String,
}

impl Call {
    /// Its client's search for tools has an item, and no events, of its own.
    pub(super) fn is_search(&self) -> bool {
        self.origin == Some(Origin::ToolSearch)
    }

    pub(super) fn json(&self, status: &str) -> String {
        Writer::write(|w| {
            w.key("id").str(&self.item_id);
            w.key("type").str(match self.custom {
                _ if self.is_search() => "tool_search_call",
                true => "custom_tool_call",
                false => "function_call",
            });
            w.key("status").str(status);
            if self.is_search() {
                w.key("execution").str("client");
                w.key("arguments");
                // An object here, not the text of one.
                match View::parse(self.arguments.as_bytes()) {
                    Ok(view) => w.raw(view.raw()),
                    Err(_) => w.object(|_| {}),
                }
            } else {
                w.key(if self.custom { "input" } else { "arguments" }).str(&self.arguments);
            }
            w.key("call_id").str(&self.call_id);
            match &self.origin {
                Some(Origin::ToolSearch) => {}
                Some(Origin::Namespace { namespace, name }) => {
                    w.key("name").str(name);
                    w.key("namespace").str(namespace);
                }
                None => w.key("name").str(&self.name),
            }
        })
    }
}

/// An image that the model made.
pub(super) fn image(id: &str, status: &str, mime: &str, data: Option<&str>) -> String {
    Writer::write(|w| {
        w.key("id").str(id);
        w.key("type").str("image_generation_call");
        w.key("status").str(status);
        match data {
            Some(data) => {
                w.key("output_format").str(mime.strip_prefix("image/").unwrap_or("png"));
                w.key("result").str(data);
            }
            None => w.key("result").null(),
        }
    })
}
