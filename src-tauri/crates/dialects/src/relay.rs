//! A stream on its way from upstream to client: bytes in, frames out.

use crate::back::Back;
use crate::dialect::{Dialect, Framing};
use crate::error_body::ErrorBody;
use crate::error_write::{ClientError, write_error, write_error_event};
use crate::form::{Fault, Reading};
use crate::json::View;
use crate::openai_responses;
use crate::retell::Retelling;
use crate::sse::{self, Blocks, Held, TooLong};
use crate::stream::{self, Event, EventReader, EventWriter, Framer};
use crate::terms::Note;
use crate::usage::Usage;

/// Facts that an encoder needs when the upstream doesn't give them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// A unique suffix to build ids from, such as `msg_{id}`.
    pub id: String,
    /// The model to name when the upstream names none.
    pub model: String,
    /// When the answer was begun, in seconds since 1970.
    pub created_s: u64,
    /// The client asked for `stream_options.include_usage`. OpenAI Chat only.
    pub include_usage: bool,
    /// The tag of the provider and account that answers; the same as [`Terms::maker`](crate::Terms::maker).
    pub maker: String,
    /// What [`prepare`](crate::prepare) gave for the way back.
    pub back: Back,
}

/// A piece of a stream that is passed on whole or held whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// For the client. May be empty: the upstream's event has no counterpart in the client's dialect.
    pub bytes: Vec<u8>,
    /// What it means for the commit gate.
    pub sign: Sign,
}

/// What a frame means for the commit gate (failover §3.1).
#[derive(Clone, Debug, PartialEq)]
pub enum Sign {
    /// Nothing yet: pings, comments, starts, role-only and empty deltas, usage.
    Neutral,
    /// Real content: text, reasoning, a refusal, a tool call whose arguments begin or end, the start of a tool call that
    /// the provider runs. Reasoning counts also where it is not translated, and the frame is empty.
    Content,
    /// A stop reason: the answer is complete, even if empty. The event may hold content as well. In translation, what
    /// closes the client's stream comes with a later frame, for counts can follow.
    Terminal,
    /// An error inside the stream. The frame's bytes are the upstream's own event where it is passed on as it is; where it
    /// is translated or put in an array, they are empty.
    Error(Box<ErrorBody>),
    /// Data that isn't the dialect's, or that the client's dialect has no place for; the reason.
    Malformed(String),
}

/// How a stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// A stop reason was seen.
    Whole,
    /// There was something besides neutral frames, but no stop reason.
    Truncated,
    /// There was nothing but neutral frames.
    Empty,
}

/// Carries a stream from an upstream to a client.
///
/// Any split of the upstream's bytes over [`push`](Relay::push) gives the same frames. A frame is one of the upstream's
/// events, with the comments before it.
#[derive(Debug)]
pub struct Relay {
    client: Dialect,
    blocks: Blocks,
    reader: Box<dyn EventReader>,
    /// Translates; `None` where the dialects agree.
    translation: Option<Translation>,
    framer: Framer,
    /// Bytes of text, reasoning and arguments so far.
    said: u64,
    /// A frame was not neutral.
    seen: bool,
    /// A stop reason was seen in an event without fault.
    whole: bool,
    /// The stream cannot be read any further, or has been read to its end.
    done: bool,
}

#[derive(Debug)]
struct Translation {
    retelling: Retelling,
    writer: Box<dyn EventWriter>,
    opened: bool,
    closed: bool,
}

impl Relay {
    /// A relay for one attempt's stream.
    pub fn new(upstream: Dialect, client: Dialect, framing: Framing, opening: Opening) -> Self {
        let translation = (upstream != client).then(|| Translation {
            retelling: Retelling::new(opening.clone()),
            writer: stream::writer(client, opening),
            opened: false,
            closed: false,
        });
        Relay {
            client,
            blocks: Blocks::default(),
            reader: stream::reader(upstream),
            translation,
            framer: Framer::new(framing),
            said: 0,
            seen: false,
            whole: false,
            done: false,
        }
    }

    /// Takes the next bytes from the upstream and gives the frames that they complete.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Frame> {
        let mut frames = Vec::new();
        if self.done {
            return frames;
        }
        self.blocks.push(bytes);
        while let Some(block) = self.blocks.take() {
            match block {
                Ok(block) => frames.push(self.frame(block)),
                Err(TooLong) => {
                    self.done = true;
                    self.seen = true;
                    let reason = format!("an event is longer than {} MiB", sse::MOST >> 20);
                    frames.push(Frame { bytes: Vec::new(), sign: Sign::Malformed(reason) });
                    return frames;
                }
            }
        }
        frames
    }

    /// The upstream has ended: the last frames, and whether the stream was whole.
    ///
    /// What is left of an event that was cut off is not passed on. A second call gives no frames.
    pub fn finish(&mut self) -> (Vec<Frame>, Ending) {
        let mut frames = Vec::new();
        if !std::mem::replace(&mut self.done, true) {
            let rest = self.blocks.rest();
            frames.extend(self.last_frame(rest));
            frames.extend(self.closing());
        }
        let ending = match (self.whole, self.seen) {
            (true, _) => Ending::Whole,
            (false, true) => Ending::Truncated,
            (false, false) => Ending::Empty,
        };
        (frames, ending)
    }

    /// Token counts, as far as they are known.
    pub fn usage(&self) -> Usage {
        self.reader.tally().usage
    }

    /// About how many tokens the answer has, for where the upstream doesn't count: bytes of text, reasoning and arguments over
    /// four.
    pub fn token_estimate(&self) -> u64 {
        self.said / 4
    }

    /// The model that the upstream says it is.
    pub fn model(&self) -> Option<&str> {
        self.reader.tally().model.as_deref()
    }

    /// The stop reason, in the upstream's spelling.
    pub fn stop(&self) -> Option<&str> {
        self.reader.tally().stop.as_ref().map(|stop| stop.raw.as_str())
    }

    /// Ids of what the provider keeps of the answer so far, which a later request to it may refer to (failover §3.7).
    pub fn kept(&self) -> &[String] {
        &self.reader.tally().kept
    }

    /// What of the answer so far the client's dialect has no place for, or has in another form.
    pub fn notes(&self) -> &[Note] {
        self.translation.as_ref().map_or(&[], |translation| translation.retelling.notes().list())
    }

    /// An error that ends this stream, fitted to what the client has been given so far.
    ///
    /// Use this rather than [`write_error_event`] once frames of this relay have gone to the client: in a JSON array only
    /// the relay knows whether the array is open.
    pub fn error_event(&self, error: &ClientError<'_>) -> Vec<u8> {
        if self.client == Dialect::OpenaiResponses {
            return self.numbered_error(error);
        }
        if self.framer.framing() == Framing::JsonArray && self.framer.is_open() {
            [b",\n", write_error(self.client, error).as_slice(), b"]"].concat()
        } else {
            write_error_event(self.client, self.framer.framing(), error)
        }
    }

    /// An error whose events go on with the numbers of those before.
    fn numbered_error(&self, error: &ClientError<'_>) -> Vec<u8> {
        let tally = self.reader.tally();
        let events = match &self.translation {
            Some(translation) => translation.writer.fail(error, tally).unwrap_or_default(),
            None => openai_responses::error_events(error, self.reader.sequence().map(|last| last.saturating_add(1))),
        };
        events.iter().flat_map(stream::sse).collect()
    }

    /// The frame of a block of bytes.
    fn frame(&mut self, block: Vec<u8>) -> Frame {
        let held = sse::read(&block);
        let (data, reading) = match &held {
            Held::Nothing => (None, Reading::default()),
            Held::NotText => (None, Reading::malformed("data is not UTF-8")),
            Held::Data(data) => (Some(data), self.reader.read(data)),
            Held::Stray(text) => (None, stray(self.reader.as_mut(), text)),
        };
        self.said += reading.said_bytes();
        let sign = self.sign(&reading);
        let faulty = matches!(sign, Sign::Error(_) | Sign::Malformed(_));
        self.seen |= sign != Sign::Neutral;
        self.whole |= sign == Sign::Terminal;
        let bytes = match (&mut self.translation, self.framer.framing()) {
            (Some(_), _) if faulty => Vec::new(),
            (Some(translation), _) => translation.bytes(reading, self.reader.as_ref(), &mut self.framer),
            (None, Framing::JsonArray) => match data {
                Some(data) if !faulty && data.trim() != "[DONE]" => {
                    self.framer.frame(&Event::data(data.clone().into_owned()))
                }
                _ => Vec::new(),
            },
            (None, Framing::Sse) => {
                drop(reading);
                drop(held);
                block
            }
        };
        Frame { bytes, sign }
    }

    fn sign(&self, reading: &Reading<'_>) -> Sign {
        match &reading.fault {
            Some(Fault::Error(error)) => return Sign::Error(error.clone()),
            Some(Fault::Malformed(reason)) => return Sign::Malformed(reason.clone()),
            None => {}
        }
        if reading.stopped {
            Sign::Terminal
        } else if reading.has_content() {
            Sign::Content
        } else {
            Sign::Neutral
        }
    }

    /// The frame of what came after the last blank line.
    fn last_frame(&mut self, rest: Vec<u8>) -> Option<Frame> {
        if rest.is_empty() {
            return None;
        }
        let is_complete = match sse::read(&rest) {
            Held::Data(data) => data.trim() == "[DONE]" || View::parse(data.as_bytes()).is_ok(),
            Held::Stray(_) => true,
            // Of a stream that is whole nothing is kept back; after one that isn't, an error has to stand on its own line.
            Held::Nothing => self.whole,
            Held::NotText => false,
        };
        let mut frame = is_complete.then(|| self.frame(rest))?;
        if !self.whole && !frame.bytes.is_empty() && self.framer.framing() == Framing::Sse && self.translation.is_none()
        {
            frame.bytes.extend_from_slice(b"\n\n");
        }
        Some(frame)
    }

    /// What the client's grammar needs after the upstream's last event.
    fn closing(&mut self) -> Option<Frame> {
        if !self.whole {
            return None;
        }
        let mut bytes = Vec::new();
        if let Some(translation) = &mut self.translation {
            bytes.extend(translation.close(self.reader.as_ref(), &mut self.framer));
        }
        bytes.extend_from_slice(self.framer.end());
        (!bytes.is_empty()).then_some(Frame { bytes, sign: Sign::Neutral })
    }
}

/// JSON or HTML in place of events.
fn stray<'a>(reader: &mut dyn EventReader, text: &'a str) -> Reading<'a> {
    if text.starts_with('<') {
        return Reading::malformed("HTML in place of a stream");
    }
    let reading = reader.read(text);
    if reading.fault.is_some() { reading } else { Reading::malformed("JSON in place of a stream") }
}

impl Translation {
    fn bytes(&mut self, reading: Reading<'_>, reader: &dyn EventReader, framer: &mut Framer) -> Vec<u8> {
        if self.closed {
            return Vec::new();
        }
        let mut events = Vec::new();
        let Reading { pieces, started, closed, .. } = reading;
        if started && !self.opened {
            self.opened = true;
            events.extend(self.writer.open(reader.tally()));
        }
        for piece in self.retelling.push(pieces) {
            events.extend(self.writer.piece(&piece, reader.tally()));
        }
        self.retelling.note_untold(self.writer.untold());
        let mut bytes: Vec<u8> = events.iter().flat_map(|event| framer.frame(event)).collect();
        if closed && reader.tally().stop.is_some() {
            bytes.extend(self.close(reader, framer));
        }
        bytes
    }

    /// Ends the client's stream, once. Not before the upstream's end is known: counts, and even text, can follow a stop
    /// reason.
    fn close(&mut self, reader: &dyn EventReader, framer: &mut Framer) -> Vec<u8> {
        if std::mem::replace(&mut self.closed, true) {
            return Vec::new();
        }
        let mut events = Vec::new();
        if !std::mem::replace(&mut self.opened, true) {
            events.extend(self.writer.open(reader.tally()));
        }
        for piece in self.retelling.finish() {
            events.extend(self.writer.piece(&piece, reader.tally()));
        }
        self.retelling.note_untold(self.writer.untold());
        events.extend(self.writer.close(&self.retelling.tally(reader.tally())));
        events.iter().flat_map(|event| framer.frame(event)).collect()
    }
}
