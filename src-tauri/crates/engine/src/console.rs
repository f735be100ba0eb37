//! The recipe's slash commands, as the llxprt CLI has them, run against this engine.
//!
//! A block of text becomes [`Step`]s ([`words`] splits a line, [`command`] understands it by the one [`table`] that help
//! and completion come from too), and [`run`] performs them one by one on a [`Draft`]: what `/provider`, `/model`, `/set`
//! and `/key` have collected for the next `/profile save`. The first error ends a block.
//!
//! A key is a secret from the moment its line is split: it is never echoed, kept in a history or shown by `Debug`.

mod auth;
mod command;
mod draft;
mod keys;
mod plan;
mod reports;
mod run;
mod said;
mod saves;
mod table;
mod words;

pub(crate) use auth::WantedLogin;
pub(crate) use draft::Draft;
pub use keys::WantedKey;
pub use plan::Change;
pub(crate) use plan::{contents, difference};
pub(crate) use run::names;
pub use run::{ConsoleInput, ConsoleOutput, Ran};
pub use said::Report;
pub use table::Completion;
pub(crate) use table::complete;
