//! What routing needs from a request body, read without building a tree.

use crate::dialect::Dialect;
use crate::json::{Kind, View};
use crate::{anthropic, gemini, openai_chat, openai_responses};

/// What a request asks for, as far as routing cares.
///
/// For Gemini, model and streaming are in the URL: here [`model`](Glance::model) is `None` and
/// [`stream`](Glance::stream) false.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Glance {
    /// The model that the client asks for.
    pub model: Option<String>,
    /// The client wants a stream.
    pub stream: bool,
    /// The request holds an assistant turn or a tool result, or goes on from what the provider keeps: a conversation that
    /// goes on (failover §4, stickiness).
    pub continues: bool,
    /// The session that the body names (failover §4): Claude Code's in `metadata.user_id`, else `prompt_cache_key`.
    pub session: Option<String>,
    /// A hash of what the user said first, the same for every turn of a conversation and after a restart. What says nothing,
    /// such as marks for a cache, is not part of it.
    pub opening: Option<u64>,
    /// The request asks for reasoning, so that first content may take longer (failover §3.5).
    pub reasoning: bool,
    /// What bears the request's meaning and has no place in every dialect; empty if the request can be translated into any.
    pub needs: Vec<Need>,
    /// A cheap estimate of the input tokens: bytes of text over four, and a fixed cost for each picture, document or
    /// sound (failover §3.12).
    pub token_estimate: u64,
    /// A provider-run tool with effects that the request names (failover §3.6): `code execution`, `MCP`, `computer use`,
    /// `background` or `image generation`.
    pub effects: Option<&'static str>,
    /// State kept at a provider that the request refers to (failover §3.7): `previous response`, `conversation`, `prompt`,
    /// `stored item`, `file`, `container`, `cached content` or `audio`.
    pub state: Option<&'static str>,
    /// The ids by which it refers to that state, as far as they are named.
    pub state_ids: Vec<String>,
    /// An OpenAI Chat client wants the counts in its stream (`stream_options.include_usage`); only then does a translated
    /// stream hold them.
    pub include_usage: bool,
}

/// Something in a request that has no place in every dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// What it is: `audio`, `several answers` and so on.
    pub what: &'static str,
    /// The dialects besides the client's own that have a place for it.
    pub elsewhere: &'static [Dialect],
}

impl Need {
    /// Whether a member that speaks `upstream` can serve it for a client that speaks `client`.
    pub fn is_met(&self, client: Dialect, upstream: Dialect) -> bool {
        client == upstream || self.elsewhere.contains(&upstream)
    }
}

impl Glance {
    /// What a member that speaks `upstream` has no place for.
    pub fn unmet(&self, client: Dialect, upstream: Dialect) -> Vec<&'static str> {
        self.needs.iter().filter(|need| !need.is_met(client, upstream)).map(|need| need.what).collect()
    }
}

/// Why a request body cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Not JSON.
    #[error("the request body is not valid JSON (line {line}, column {column})")]
    NotJson {
        /// Line of the first fault, from 1.
        line: usize,
        /// Column of the first fault, in bytes.
        column: usize,
    },
    /// JSON, but not an object.
    #[error("the request body must be a JSON object")]
    NotAnObject,
    /// A field that every request of the dialect has is not there.
    #[error("the request body has no `{0}`")]
    Missing(&'static str),
    /// A field has a value of the wrong type.
    #[error("`{field}` must be {expected}")]
    WrongType {
        /// The field, such as `messages[2].role`.
        field: String,
        /// What it has to be, such as `a string`.
        expected: &'static str,
    },
}

/// A request body that is known to be a JSON object. That is found out once, however often the body is read: by the
/// [`glance`](Checked::glance), and by [`prepare_checked`](crate::prepare_checked) for each member that is tried.
#[derive(Clone, Debug)]
pub struct Checked<B>(B);

impl<B: AsRef<[u8]>> Checked<B> {
    /// Checks a body.
    ///
    /// # Errors
    /// [`BodyError::NotJson`] and [`BodyError::NotAnObject`].
    pub fn new(body: B) -> Result<Self, BodyError> {
        parse(body.as_ref())?;
        Ok(Self(body))
    }

    /// The body as it came.
    pub fn bytes(&self) -> &B {
        &self.0
    }

    /// Reads what routing needs.
    ///
    /// # Errors
    /// See [`glance`].
    pub fn glance(&self, dialect: Dialect) -> Result<Glance, BodyError> {
        look(dialect, self.root())
    }

    pub(crate) fn root(&self) -> View<'_> {
        View::again(self.0.as_ref())
    }
}

/// Reads what routing needs from a request body.
///
/// # Errors
/// See [`BodyError`]. A body is refused only for what routing cannot do without; the provider judges the rest.
pub fn glance(dialect: Dialect, body: &[u8]) -> Result<Glance, BodyError> {
    look(dialect, parse(body)?)
}

/// What a request has for its model to read, for counting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    /// Texts, tool definitions among them.
    pub texts: Vec<String>,
    /// About how many tokens pictures, documents and sounds come to.
    pub media_tokens: u64,
}

/// Reads what a request has for its model to read.
///
/// # Errors
/// See [`BodyError`].
pub fn texts(dialect: Dialect, body: &[u8]) -> Result<Texts, BodyError> {
    let mut sights = Sights { kept: Some(Vec::new()), ..Sights::default() };
    sights.look(dialect, parse(body)?)?;
    Ok(Texts { texts: sights.kept.unwrap_or_default(), media_tokens: sights.media_tokens })
}

/// Checks that a request body is a JSON object.
pub(crate) fn parse(body: &[u8]) -> Result<View<'_>, BodyError> {
    let root = View::parse(body).map_err(|fault| BodyError::NotJson { line: fault.line, column: fault.column })?;
    if root.kind() == Kind::Object { Ok(root) } else { Err(BodyError::NotAnObject) }
}

/// [`glance`] at a body that is parsed already.
pub(crate) fn look(dialect: Dialect, root: View<'_>) -> Result<Glance, BodyError> {
    let mut sights = Sights::default();
    sights.look(dialect, root)?;
    Ok(sights.glance())
}

/// Tokens that a picture costs, about: Anthropic counts 1600 at most, OpenAI 765 for a common size, Gemini 258 a tile.
const PICTURE: u64 = 1500;
/// Tokens that a document costs: a few pages.
const DOCUMENT: u64 = 6000;
/// Tokens that a sound or a film costs: a minute of Gemini's 32 a second.
const SOUND: u64 = 2000;

/// How much of what the user said first is read to know a conversation again, in bytes.
const OPENING: usize = 64 << 10;
/// Of a request's references to state, how many are kept; a maker is known by any of them.
const MOST_IDS: usize = 64;
/// The longest reference that is kept, in bytes.
const LONGEST_ID: usize = 512;

/// A hash of bytes that is the same on every machine and in every run.
pub fn stable_hash(bytes: &[u8]) -> u64 {
    Fnv::new().add(bytes).0
}

/// FNV-1a, which is the same on every machine and in every run.
#[derive(Clone, Copy, Debug)]
struct Fnv(u64);

impl Fnv {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn add(self, bytes: &[u8]) -> Self {
        Self(bytes.iter().fold(self.0, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)))
    }
}

/// A glance in the making.
#[derive(Debug, Default)]
pub(crate) struct Sights {
    pub(crate) glance: Glance,
    text_bytes: u64,
    media_tokens: u64,
    /// The texts themselves, where they are wanted.
    kept: Option<Vec<String>>,
}

impl Sights {
    fn look(&mut self, dialect: Dialect, root: View<'_>) -> Result<(), BodyError> {
        match dialect {
            Dialect::Anthropic => anthropic::glance(root, self),
            Dialect::OpenaiChat => openai_chat::glance(root, self),
            Dialect::OpenaiResponses => openai_responses::glance(root, self),
            Dialect::Gemini => gemini::glance(root, self),
        }
    }

    /// The request needs what only its own dialect has.
    pub(crate) fn need(&mut self, what: &'static str) {
        self.need_of(what, &[]);
    }

    /// The request needs what its own dialect and these have.
    pub(crate) fn need_of(&mut self, what: &'static str, elsewhere: &'static [Dialect]) {
        if !self.glance.needs.iter().any(|need| need.what == what) {
            self.glance.needs.push(Need { what, elsewhere });
        }
    }

    /// Counts a value that is text, or is read by the model as text.
    pub(crate) fn text(&mut self, value: View<'_>) {
        self.text_bytes = self.text_bytes.saturating_add(value.raw().len() as u64);
        if let Some(kept) = &mut self.kept {
            kept.push(value.str().map_or_else(|| value.raw().to_owned(), std::borrow::Cow::into_owned));
        }
    }

    /// The members that two dialects have alike.
    pub(crate) fn model_and_stream(
        &mut self,
        model: Option<View<'_>>,
        stream: Option<View<'_>>,
    ) -> Result<(), BodyError> {
        let model = check(model, "model", Kind::String, "a string")?;
        self.glance.model = model.and_then(View::str).map(std::borrow::Cow::into_owned);
        let stream = check(stream, "stream", Kind::Bool, "true or false")?;
        self.glance.stream = stream.and_then(View::bool) == Some(true);
        Ok(())
    }

    pub(crate) fn picture(&mut self) {
        self.media_tokens = self.media_tokens.saturating_add(PICTURE);
    }

    pub(crate) fn document(&mut self) {
        self.media_tokens = self.media_tokens.saturating_add(DOCUMENT);
    }

    /// Sound is heard by Gemini, and by OpenAI in its Chat dialect.
    pub(crate) fn sound(&mut self) {
        self.need_of("audio", &[Dialect::OpenaiChat, Dialect::Gemini]);
        self.media_tokens = self.media_tokens.saturating_add(SOUND);
    }

    /// Films are seen by Gemini alone.
    pub(crate) fn film(&mut self) {
        self.need("video");
        self.media_tokens = self.media_tokens.saturating_add(SOUND);
    }

    /// A turn that calls a tool or tells what one gave.
    pub(crate) fn tool_turn(&mut self) {
        self.glance.continues = true;
    }

    pub(crate) fn reasoning(&mut self) {
        self.glance.reasoning = true;
    }

    pub(crate) fn effects(&mut self, tool: &'static str) {
        self.glance.effects.get_or_insert(tool);
    }

    /// What a user's turn holds; the first one opens the conversation.
    pub(crate) fn said(&mut self, content: Option<View<'_>>) {
        let Some(content) = content.filter(|_| self.glance.opening.is_none()) else { return };
        let mut room = OPENING;
        let mut hash = Fnv::new();
        let mut add = |text: &str| {
            let text = &text.as_bytes()[..text.len().min(room)];
            room -= text.len();
            hash = hash.add(text);
        };
        let texts = || content.items().filter_map(|part| part.get("text")).filter(|text| text.kind() == Kind::String);
        if content.kind() == Kind::Array && texts().next().is_some() {
            texts().for_each(|text| add(text.raw().trim_matches('"')));
        } else {
            add(content.raw().trim_matches('"'));
        }
        self.glance.opening = Some(hash.0);
    }

    /// A name that a client gives to its session; the first counts.
    pub(crate) fn session(&mut self, name: Option<View<'_>>) {
        if let Some(name) = name.and_then(View::str).filter(|name| !name.is_empty() && self.glance.session.is_none()) {
            self.glance.session = Some(name.into_owned());
        }
    }

    /// Claude Code's session in `metadata.user_id`: after `_session_`, or in JSON. Any other user is no session.
    pub(crate) fn user(&mut self, metadata: Option<View<'_>>) {
        let Some(user) = metadata.and_then(|metadata| metadata.get_str("user_id")) else { return };
        if let Some((_, session)) = user.rsplit_once("_session_").filter(|(_, session)| !session.is_empty()) {
            self.glance.session.get_or_insert_with(|| session.to_owned());
        } else if let Ok(user) = View::parse(user.as_bytes()) {
            self.session(user.get("session_id"));
        }
    }

    /// A reference to state at the provider: an id, or an object that has one.
    pub(crate) fn state_id(&mut self, id: Option<View<'_>>) {
        let id = id.and_then(|id| id.str().or_else(|| id.get_str("id")));
        let Some(id) = id.filter(|id| !id.is_empty() && id.len() <= LONGEST_ID) else { return };
        let ids = &mut self.glance.state_ids;
        if ids.len() < MOST_IDS && !ids.iter().any(|known| *known == *id) {
            ids.push(id.into_owned());
        }
    }

    /// State at a provider. What refers to it means nothing in another dialect.
    pub(crate) fn state(&mut self, what: &'static str) {
        self.glance.state.get_or_insert(what);
        self.need(what);
    }

    /// Tools that the request offers, in any form; nothing if the list is empty.
    pub(crate) fn tools(&mut self, tools: Option<View<'_>>) {
        if let Some(tools) = tools.filter(|tools| is_filled(*tools)) {
            self.text(tools);
        }
    }

    fn glance(mut self) -> Glance {
        self.glance.token_estimate = (self.text_bytes / 4).saturating_add(self.media_tokens);
        self.glance
    }
}

/// Whether an array, object or string has anything in it. Anything else is taken to be filled.
pub(crate) fn is_filled(value: View<'_>) -> bool {
    match value.kind() {
        Kind::Array => value.items().next().is_some(),
        Kind::Object => value.entries().next().is_some(),
        Kind::String => value.raw().len() > 2,
        Kind::Null => false,
        Kind::Bool | Kind::Number => true,
    }
}

/// A field that has to be of one type if it is there.
pub(crate) fn check<'a>(
    value: Option<View<'a>>,
    field: &'static str,
    kind: Kind,
    expected: &'static str,
) -> Result<Option<View<'a>>, BodyError> {
    if value.is_some_and(|value| value.kind() != kind) { Err(wrong(field, expected)) } else { Ok(value) }
}

/// The turns of a request, each of which has to be an object.
pub(crate) fn each_turn<'a>(
    turns: Option<View<'a>>,
    field: &'static str,
    mut look: impl FnMut(View<'a>),
) -> Result<(), BodyError> {
    let turns = check(turns, field, Kind::Array, "an array")?.ok_or(BodyError::Missing(field))?;
    for (index, turn) in turns.items().enumerate() {
        if turn.kind() != Kind::Object {
            return Err(wrong(format!("{field}[{index}]"), "an object"));
        }
        look(turn);
    }
    Ok(())
}

/// Whether a member is the string `expected`.
pub(crate) fn is_str(value: Option<View<'_>>, expected: &str) -> bool {
    value.and_then(View::str).is_some_and(|text| text == expected)
}

pub(crate) fn wrong(field: impl Into<String>, expected: &'static str) -> BodyError {
    BodyError::WrongType { field: field.into(), expected }
}
