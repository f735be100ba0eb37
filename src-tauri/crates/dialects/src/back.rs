//! What the way back has to know of the way there.

/// What a translation changed in a request and has to change back in its answer: made by [`prepare`](crate::prepare), for the
/// [`Opening`](crate::Opening) of the answer. Where the dialects agree it is empty and of no use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Back {
    /// Tools whose names didn't fit: the name that was sent, and the client's.
    pub(crate) names: Vec<(String, String)>,
    /// OpenAI custom tools that were offered as functions, by the client's name.
    pub(crate) custom: Vec<String>,
    /// The client is given no reasoning.
    pub(crate) hides_thoughts: bool,
    /// The client is given what proves reasoning, but not its text: Anthropic's `display: omitted`.
    pub(crate) omits_thoughts: bool,
    /// The client is given reasoning without what proves it.
    pub(crate) omits_proofs: bool,
    /// Members of the request that OpenAI's Responses dialect repeats in its answer, as JSON text.
    pub(crate) echo: Vec<(&'static str, String)>,
}

impl Back {
    /// The client's name of a tool.
    pub(crate) fn name<'a>(&'a self, sent: &'a str) -> &'a str {
        self.names.iter().find(|(own, _)| own == sent).map_or(sent, |(_, clients)| clients)
    }
}
