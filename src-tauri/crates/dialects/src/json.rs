//! JSON text, read where it lies and written as it comes.
//!
//! A request can be 32 MiB and a hostile one can be nested a million deep, so nothing here builds a tree or recurses: a
//! [`View`] is a slice of text known to be valid JSON, and finds members by scanning. It costs a scan for each level that
//! is looked into (requests are read four levels deep), and no memory but what is asked for. Since a view keeps its place
//! in the text, the same type serves to patch the text ([`patch`]).
//!
//! Where a key occurs twice the last one counts, as in the parsers of the providers' own SDKs.

mod patch;
mod view;
mod write;

pub(crate) use patch::Patch;
pub(crate) use view::{Kind, View};
pub(crate) use write::{Writer, quote};
