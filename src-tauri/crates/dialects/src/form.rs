//! The common form: what a request and an answer say, apart from any dialect.
//!
//! It is a superset: whatever means the same in two dialects has a place in it. What a dialect's reader finds and the form
//! has no place for is noted by that reader, and what the form has and a dialect's writer has no place for is noted by that
//! writer; so nothing is dropped in silence.

mod answer;
mod fold;
mod grammar;
mod names;
mod origin;
mod pairing;
mod proof;
mod reasoning;
mod request;
mod sequence;

pub(crate) use answer::{Fault, Piece, Reading, Reason, Slot, Stop, Tally, name};
pub(crate) use fold::fold;
pub(crate) use grammar::Grammar;
pub(crate) use names::{fit_name, id_for_client, id_for_upstream};
pub(crate) use origin::Origin;
pub(crate) use proof::{GEMINI_STAND_IN, Passage, Proof, ProofKind, SEAL};
pub(crate) use reasoning::{Effort, Reasoning};
pub(crate) use request::{
    Block, Call, CallResult, Citation, Format, Function, Media, MediaKind, Request, Role, Schema, Source, Thought,
    Tool, ToolChoice, Turn, WebSearch,
};
pub(crate) use sequence::Sequence;
