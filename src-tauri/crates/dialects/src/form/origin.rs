//! Where a tool comes from that is offered under another name or as another thing.

/// How a client of OpenAI's Responses dialect knows a tool that others are offered as a plain function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A function within a namespace.
    Namespace { namespace: String, name: String },
    /// The search for deferred tools that the client runs; its calls are items of their own kind.
    ToolSearch,
}
