//! What the way back has to know of the way there.

use crate::form::Origin;

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
    /// The client is shown no reasoning, but may carry it on its calls: Gemini's, which signs calls whether or not thoughts are
    /// asked for.
    pub(crate) conceals_thoughts: bool,
    /// The client is given what proves reasoning, without its text.
    pub(crate) omits_text: bool,
    /// The client is given reasoning without what proves it.
    pub(crate) omits_proofs: bool,
    /// Members of the request that OpenAI's Responses dialect repeats in its answer, as JSON text.
    pub(crate) echo: Vec<(&'static str, String)>,
    /// Tools that a client of the Responses dialect knows otherwise than as plain functions, by the name in the form.
    pub(crate) origins: Vec<(String, Origin)>,
}

impl Back {
    /// The client's name of a tool.
    pub(crate) fn name<'a>(&'a self, sent: &'a str) -> &'a str {
        self.names.iter().find(|(own, _)| own == sent).map_or(sent, |(_, clients)| clients)
    }

    /// How the client knows a tool that it doesn't know as a plain function.
    pub(crate) fn origin(&self, name: &str) -> Option<&Origin> {
        self.origins.iter().find(|(own, _)| own == name).map(|(_, origin)| origin)
    }
}
