//! A request: what it says, apart from any dialect.

use std::borrow::Cow;

use super::origin::Origin;
use super::proof::Proof;
use super::reasoning::Reasoning;
use crate::json::View;
use crate::notes::Notes;
use crate::setting::Sent;

/// A request. What it holds borrows from the client's body.
#[derive(Debug, Default)]
pub(crate) struct Request<'a> {
    /// System prompt, and what system or developer messages say, in order.
    pub(crate) system: Vec<Cow<'a, str>>,
    pub(crate) turns: Vec<Turn<'a>>,
    pub(crate) tools: Vec<Tool<'a>>,
    pub(crate) tool_choice: Option<ToolChoice<'a>>,
    /// Whether one answer may hold several tool calls, where the client says.
    pub(crate) parallel_calls: Option<bool>,
    pub(crate) reasoning: Option<Reasoning>,
    pub(crate) format: Option<Format<'a>>,
    /// OpenAI's `verbosity`: `low`, `medium`, `high`.
    pub(crate) verbosity: Option<Cow<'a, str>>,
    /// Who the end user is, by an id that the client chose.
    pub(crate) user: Option<Cow<'a, str>>,
    /// OpenAI's `prompt_cache_key`.
    pub(crate) cache_key: Option<Cow<'a, str>>,
    /// OpenAI's `prompt_cache_retention`.
    pub(crate) cache_retention: Option<Cow<'a, str>>,
    /// In OpenAI's words: `auto`, `default`, `flex`, `priority`. Anthropic's `standard_only` is `default`.
    pub(crate) service_tier: Option<Cow<'a, str>>,
    /// OpenAI's `metadata` object.
    pub(crate) metadata: Option<View<'a>>,
    /// Sampling parameters and the output limit.
    pub(crate) settings: Vec<Sent>,
    /// The client wants reasoning without what proves it.
    pub(crate) omits_proofs: bool,
    /// Members that OpenAI's Responses dialect repeats in its answer, as JSON text.
    pub(crate) echo: Vec<(&'static str, String)>,
    /// Tools that are offered as plain functions and that the client knows otherwise, by the name here.
    pub(crate) origins: Vec<(String, Origin)>,
    /// What reading it had to leave out or change.
    pub(crate) notes: Notes,
}

impl<'a> Request<'a> {
    /// Takes the texts of a system or developer message, as part of the system prompt or where they stand.
    pub(crate) fn instruct(&mut self, texts: Vec<Cow<'a, str>>, field: impl AsRef<str>) {
        if texts.is_empty() {
            return;
        }
        if self.turns.iter().any(|turn| turn.role == Role::Assistant) {
            let blocks = texts.into_iter().map(Block::Instruction).collect();
            self.turns.push(Turn { role: Role::User, blocks });
        } else {
            if !self.turns.is_empty() {
                self.notes.moved(field, "to the system prompt");
            }
            self.system.extend(texts);
        }
    }

    /// Makes what is said by the system within the conversation the user's, who says what it is: for a dialect or a model that
    /// has no such messages.
    pub(crate) fn speak_instructions(&mut self, notes: &mut Notes) {
        for block in self.turns.iter_mut().flat_map(|turn| &mut turn.blocks) {
            if let Block::Instruction(text) = block {
                let text = format!("<system-reminder>\n{text}\n</system-reminder>");
                *block = Block::Text(Cow::Owned(text));
                notes.reshaped("messages.role", "a system message after an answer becomes the user's, and says so");
            }
        }
    }
}

impl Request<'_> {
    /// Makes the last system text a turn if there is none: some providers need one, and a request that has only
    /// instructions wants them followed.
    pub(crate) fn need_a_turn(&mut self, notes: &mut Notes) {
        if self.turns.is_empty()
            && let Some(text) = self.system.pop()
        {
            self.turns.push(Turn { role: Role::User, blocks: vec![Block::Text(text)] });
            notes.moved("system", "to a user turn, since there is no other");
        }
    }

    /// Leaves out empty texts and turns, which some providers refuse.
    pub(crate) fn drop_empty(&mut self, notes: &mut Notes) {
        let before = self.turns.len();
        for turn in &mut self.turns {
            turn.blocks.retain(|block| {
                let (Block::Text(text) | Block::Refusal(text) | Block::Instruction(text)) = block else { return true };
                !text.is_empty()
            });
        }
        self.turns.retain(|turn| !turn.blocks.is_empty());
        self.system.retain(|text| !text.is_empty());
        if self.turns.len() < before {
            notes.add("not-carried", "messages", "an empty turn is left out");
        }
    }
}

/// Who speaks in a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    User,
    Assistant,
}

/// A turn. A tool's results are said by the user.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Turn<'a> {
    pub(crate) role: Role,
    pub(crate) blocks: Vec<Block<'a>>,
}

/// Content, of a turn or of an answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Block<'a> {
    Text(Cow<'a, str>),
    /// What a system or developer message says after the model's first answer, in a user's turn. What stands before that
    /// answer belongs to the system prompt; this stays where it is, since a system prompt that changes from request to
    /// request makes providers forget all that they have cached of the conversation.
    Instruction(Cow<'a, str>),
    /// What the model said in place of an answer.
    Refusal(Cow<'a, str>),
    Media(Media<'a>),
    Thought(Thought<'a>),
    Call(Call<'a>),
    Result(CallResult<'a>),
    /// A source that the text before it cites. In answers only.
    Citation(Citation<'a>),
}

/// Reasoning, and what proves to its maker that it is his.
///
/// A proof without text stands for reasoning that is kept secret, or belongs to what follows it (a Gemini call's
/// signature) or comes before it (a Gemini text's); see [`ProofKind`](super::proof::ProofKind).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Thought<'a> {
    pub(crate) text: Cow<'a, str>,
    pub(crate) proof: Option<Proof<'a>>,
}

/// A tool call.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Call<'a> {
    /// As the client or the upstream has it; empty where it has none.
    pub(crate) id: Cow<'a, str>,
    pub(crate) name: Cow<'a, str>,
    /// JSON text as the model wrote it: an object, but empty or cut off text occurs. The input as it is for a custom tool.
    pub(crate) arguments: Cow<'a, str>,
    /// A call of an OpenAI custom tool, whose input is free text.
    pub(crate) custom: bool,
}

impl Call<'_> {
    /// The arguments as a JSON object: what is empty becomes an empty one, what is no object is put into one.
    pub(crate) fn object(&self) -> Cow<'_, str> {
        let text = self.arguments.trim();
        if self.custom {
            return Cow::Owned(format!("{{\"input\":{}}}", crate::json::quote(&self.arguments)));
        }
        if text.is_empty() || text == "null" {
            return Cow::Borrowed("{}");
        }
        match View::parse(text.as_bytes()) {
            Ok(view) if view.kind() == crate::json::Kind::Object => Cow::Borrowed(text),
            _ => Cow::Owned(format!("{{\"arguments\":{}}}", crate::json::quote(text))),
        }
    }

    /// The arguments as OpenAI has them: JSON text, an empty object where there are none.
    pub(crate) fn text(&self) -> Cow<'_, str> {
        if self.custom || self.arguments.trim().is_empty() { self.object() } else { Cow::Borrowed(&self.arguments) }
    }
}

/// What a tool gave.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CallResult<'a> {
    /// The call's id; empty where the dialect has none.
    pub(crate) id: Cow<'a, str>,
    /// The tool's name, where the client says it.
    pub(crate) name: Option<Cow<'a, str>>,
    /// Texts and media.
    pub(crate) content: Vec<Block<'a>>,
    /// The tool failed, where the client says.
    pub(crate) is_error: bool,
    /// It answers a call of an OpenAI custom tool.
    pub(crate) custom: bool,
}

impl CallResult<'_> {
    /// All its texts.
    pub(crate) fn text(&self) -> String {
        let texts = self.content.iter().filter_map(|block| match block {
            Block::Text(text) => Some(&**text),
            _ => None,
        });
        texts.collect::<Vec<_>>().join("\n")
    }
}

/// An image, document, sound or film.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Media<'a> {
    pub(crate) kind: MediaKind,
    /// MIME type, where it is known.
    pub(crate) mime: Option<Cow<'a, str>>,
    pub(crate) source: Source<'a>,
    /// A file's name or a document's title.
    pub(crate) name: Option<Cow<'a, str>>,
    /// OpenAI's `detail` of an image.
    pub(crate) detail: Option<Cow<'a, str>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MediaKind {
    Image,
    Document,
    Audio,
    Video,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Source<'a> {
    /// Base64, standard alphabet.
    Data(Cow<'a, str>),
    Url(Cow<'a, str>),
    /// A document that is plain text.
    Text(Cow<'a, str>),
}

impl<'a> Media<'a> {
    /// Of a URL; a `data:` URL is taken apart (RFC 2397).
    pub(crate) fn of_url(kind: MediaKind, url: Cow<'a, str>) -> Self {
        let (mime, source) = match data_url(&url) {
            Some((mime, data)) => (Some(Cow::Owned(mime)), Source::Data(Cow::Owned(data))),
            None => (None, Source::Url(url)),
        };
        Media { kind, mime, source, name: None, detail: None }
    }

    /// Base64 of a known type.
    pub(crate) fn of_data(kind: MediaKind, mime: Cow<'a, str>, data: Cow<'a, str>) -> Self {
        Media { kind, mime: Some(mime), source: Source::Data(data), name: None, detail: None }
    }

    pub(crate) fn into_owned(self) -> Media<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        Media {
            kind: self.kind,
            mime: self.mime.map(own),
            source: match self.source {
                Source::Data(data) => Source::Data(own(data)),
                Source::Url(url) => Source::Url(own(url)),
                Source::Text(text) => Source::Text(own(text)),
            },
            name: self.name.map(own),
            detail: self.detail.map(own),
        }
    }

    /// As a `data:` URL, or the URL that it is.
    pub(crate) fn url(&self) -> Cow<'_, str> {
        match &self.source {
            Source::Url(url) => Cow::Borrowed(url),
            Source::Data(data) => Cow::Owned(format!("data:{};base64,{data}", self.mime_or_default())),
            Source::Text(text) => {
                use base64::Engine as _;
                let data = base64::engine::general_purpose::STANDARD.encode(text.as_bytes());
                Cow::Owned(format!("data:text/plain;base64,{data}"))
            }
        }
    }

    /// The MIME type, or the commonest of its kind.
    pub(crate) fn mime_or_default(&self) -> &str {
        self.mime.as_deref().unwrap_or(match self.kind {
            MediaKind::Image => "image/png",
            MediaKind::Document => "application/pdf",
            MediaKind::Audio => "audio/wav",
            MediaKind::Video => "video/mp4",
        })
    }
}

fn data_url(url: &str) -> Option<(String, String)> {
    let rest = url.strip_prefix("data:")?;
    let (head, data) = rest.split_once(',')?;
    let mime = head.strip_suffix(";base64")?;
    let mime = mime.split(';').next().filter(|mime| !mime.is_empty()).unwrap_or("text/plain");
    Some((mime.to_owned(), data.to_owned()))
}

impl MediaKind {
    /// By MIME type.
    pub(crate) fn of_mime(mime: &str) -> Self {
        match mime.split('/').next() {
            Some("image") => MediaKind::Image,
            Some("audio") => MediaKind::Audio,
            Some("video") => MediaKind::Video,
            _ => MediaKind::Document,
        }
    }
}

/// A source that an answer's text cites.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Citation<'a> {
    pub(crate) url: Cow<'a, str>,
    pub(crate) title: Cow<'a, str>,
    /// The words of the source.
    pub(crate) quote: Option<Cow<'a, str>>,
}

impl Citation<'_> {
    pub(crate) fn into_owned(self) -> Citation<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        Citation { url: own(self.url), title: own(self.title), quote: self.quote.map(own) }
    }
}

/// A tool that the request offers.
#[derive(Clone, Debug)]
pub(crate) enum Tool<'a> {
    Function(Function<'a>),
    /// The provider searches the web by itself.
    WebSearch(WebSearch<'a>),
}

/// A tool that the client runs.
#[derive(Clone, Debug)]
pub(crate) struct Function<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) description: Option<Cow<'a, str>>,
    /// JSON Schema of the arguments.
    pub(crate) schema: Option<Schema<'a>>,
    /// The model has to keep to the schema, where the client says.
    pub(crate) strict: Option<bool>,
    /// An OpenAI custom tool, whose input is free text: its `format`, or nothing where it has none.
    pub(crate) custom: Option<Option<View<'a>>>,
}

/// A JSON Schema: as the client wrote it, or as JSON text made from the subset that Gemini's clients write.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Schema<'a>(Cow<'a, str>);

impl Schema<'_> {
    /// One that was made; `json` is valid JSON.
    pub(crate) fn made(json: String) -> Self {
        Schema(Cow::Owned(json))
    }

    /// The JSON text.
    pub(crate) fn raw(&self) -> &str {
        &self.0
    }

    /// The schema to look into.
    pub(crate) fn view(&self) -> Option<View<'_>> {
        View::parse(self.0.as_bytes()).ok()
    }
}

impl<'a> From<View<'a>> for Schema<'a> {
    fn from(view: View<'a>) -> Self {
        Schema(Cow::Borrowed(view.raw()))
    }
}

/// A web search's bounds.
#[derive(Clone, Debug, Default)]
pub(crate) struct WebSearch<'a> {
    pub(crate) allowed_domains: Option<View<'a>>,
    pub(crate) blocked_domains: Option<View<'a>>,
    /// Anthropic's and OpenAI's `user_location` have the same members.
    pub(crate) user_location: Option<View<'a>>,
    /// Anthropic's.
    pub(crate) max_uses: Option<u64>,
    /// OpenAI's `search_context_size`.
    pub(crate) context_size: Option<Cow<'a, str>>,
}

/// Which tools the model may or must call.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ToolChoice<'a> {
    Auto,
    None,
    /// Some tool.
    Required,
    /// This one.
    Tool(Cow<'a, str>),
    /// Of these; `required`: one of them has to be called.
    Allowed {
        required: bool,
        names: Vec<Cow<'a, str>>,
    },
}

/// The shape that the answer must have.
#[derive(Clone, Debug)]
pub(crate) enum Format<'a> {
    /// Any JSON.
    Json,
    Schema {
        name: Option<Cow<'a, str>>,
        description: Option<Cow<'a, str>>,
        schema: Schema<'a>,
        strict: Option<bool>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_url_is_taken_apart_and_put_together() {
        for (url, mime, data) in [
            ("data:image/png;base64,AAAA", "image/png", "AAAA"),
            ("data:image/svg+xml;charset=utf-8;base64,AA==", "image/svg+xml", "AA=="),
            ("data:;base64,AA==", "text/plain", "AA=="),
        ] {
            let media = Media::of_url(MediaKind::Image, url.into());
            assert_eq!((media.mime.as_deref(), &media.source), (Some(mime), &Source::Data(data.into())));
            assert_eq!(media.url(), format!("data:{mime};base64,{data}"));
        }
        let plain = Media::of_url(MediaKind::Image, "https://example.org/a.png".into());
        assert_eq!(plain.url(), "https://example.org/a.png");
    }

    #[test]
    fn arguments_become_an_object_whatever_they_are() {
        for (arguments, custom, object) in [
            ("", false, "{}"),
            (" {\"a\":1.0} ", false, "{\"a\":1.0}"),
            ("{\"a\":", false, r#"{"arguments":"{\"a\":"}"#),
            ("[1]", false, r#"{"arguments":"[1]"}"#),
            ("*** Begin", true, r#"{"input":"*** Begin"}"#),
        ] {
            let call = Call { id: "".into(), name: "f".into(), arguments: arguments.into(), custom };
            assert_eq!(call.object(), object);
        }
    }
}
