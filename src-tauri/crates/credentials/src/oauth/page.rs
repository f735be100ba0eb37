//! The page that the browser ends on. It loads nothing and says plainly what is next.

/// What the page may do: show its own style.
pub(crate) const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// One page.
#[derive(Clone, Copy)]
pub(crate) struct Page {
    heading: &'static str,
    text: &'static str,
    good: bool,
}

/// The code has come.
pub(crate) const BACK: Page =
    Page { heading: "You can close this page", text: "Mainstay has the answer and finishes the login.", good: true };
/// The user or the provider said no.
pub(crate) const DENIED: Page = Page {
    heading: "The login was denied",
    text: "Nothing was changed. You can close this page and try again in Mainstay.",
    good: false,
};
/// The provider refused.
pub(crate) const REFUSED: Page = Page {
    heading: "The provider refused the login",
    text: "Mainstay shows what it said. You can close this page.",
    good: false,
};
/// It belongs to no login.
pub(crate) const OTHER_LOGIN: Page = Page {
    heading: "This is not the login that waits",
    text: "Begin the login in Mainstay, and use the page that it opens.",
    good: false,
};

impl Page {
    /// The whole page.
    pub(crate) fn html(self) -> String {
        let Self { heading, text, good } = self;
        let mark = if good { "✓" } else { "✕" };
        let colour = if good { "#1a7f4b" } else { "#b3382c" };
        format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
             <title>{heading} – Mainstay</title><style>\
             :root{{color-scheme:light dark}}\
             body{{font:16px/1.5 system-ui,sans-serif;margin:0;min-height:100vh;display:grid;place-content:center;\
             padding:24px;background:Canvas;color:CanvasText}}\
             main{{max-width:420px;text-align:center}}\
             .mark{{width:48px;height:48px;margin:0 auto 16px;border-radius:50%;display:grid;place-content:center;\
             font-size:24px;color:#fff;background:{colour}}}\
             h1{{font-size:20px;line-height:28px;margin:0 0 8px}}p{{margin:0}}\
             </style></head><body><main><div class=\"mark\" aria-hidden=\"true\">{mark}</div>\
             <h1>{heading}</h1><p>{text}</p></main></body></html>"
        )
    }
}
