//! The wire formats of the providers, and the common form between them.
//!
//! A gateway that moves a request from one provider to the next has to know three things about bytes that it did not
//! write: what a request asks for, what an answer amounts to, and how to say either in another dialect. This crate knows
//! those, and nothing else: no IO, no clock, no randomness, no logging. Everything in it is a plain function of its
//! arguments and can be replayed.
//!
//! Invariants that hold throughout:
//!
//! - **Same dialect, same bytes.** Where client and upstream speak one dialect, a body is patched in place and a stream
//!   is cut into frames; nothing is parsed into a tree and written again, so number spelling, key order, white space and
//!   fields that this crate has never heard of survive.
//! - **Nothing is dropped in silence.** What a translation cannot carry is a [`Note`], an error, or makes the request one
//!   that only members of some dialects can serve ([`Need`]).
//! - **Hostile input is only input.** No decoder panics, recurses as deep as its input, or holds more than a small
//!   multiple of it.
//!
//! Where things are: [`glance`] reads what routing needs; [`prepare`] makes an upstream's body; [`Relay`] carries a
//! stream back, and [`read_answer`] and [`convert_answer`] a whole answer; [`read_error`] and [`write_error`] do the same
//! for errors. Each dialect's reading and writing of the common form lies in the folder named after it.

mod answer;
mod anthropic;
mod back;
mod count;
mod dialect;
mod error_body;
mod error_write;
mod form;
mod gemini;
mod glance;
mod json;
mod notes;
mod openai_chat;
mod openai_effort;
mod openai_responses;
mod openai_strict;
mod pass;
mod prepare;
mod relay;
mod retell;
mod setting;
mod sse;
mod stream;
mod terms;
mod translate;
mod usage;

pub use answer::{AnswerFault, AnswerGlance, Converted, convert_answer, read_answer, stream_answer};
pub use back::Back;
pub use count::{count_texts, prepare_count, read_count, write_count};
pub use dialect::{Dialect, Framing};
pub use error_body::{ErrorBody, read_error};
pub use error_write::{ClientError, write_error, write_error_event};
pub use glance::{BodyError, Checked, Glance, Need, Texts, glance, stable_hash, texts};
pub use prepare::{prepare, prepare_checked, with_model};
pub use relay::{Ending, Frame, Opening, Relay, Sign};
pub use terms::{Note, Param, PrepareError, Prepared, ReasoningScale, ReasoningTerms, Terms, TokenLimitName};
pub use usage::Usage;
