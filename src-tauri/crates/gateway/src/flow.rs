//! A committed stream on its way to the client.
//!
//! Bytes are pulled from the upstream only as the client takes them, so a slow client does not grow memory. What dies
//! here is never replayed: the client gets its dialect's own error event, no invented stop reason, no `[DONE]`
//! (failover §3.3).

use crate::admitted::Admitted;
use crate::caller::CallersOwn;
use crate::gate::Opened;
use crate::heartbeat::BEAT;
use crate::outbound::Received;
use crate::story::Story;
use crate::trail::{Ended, Trail};
use bytes::Bytes;
use mainstay_balancer::{Outcome, TargetKey};
use mainstay_dialects::{ClientError, Ending, Frame, Relay, Sign, Usage};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

pub(crate) struct Flow {
    response: Received,
    relay: Relay,
    queued: VecDeque<Bytes>,
    idle: Duration,
    filler: Option<&'static [u8]>,
    /// When the upstream was last heard, and the client last told anything.
    heard: Instant,
    told: Instant,
    /// Taken when the stream has ended.
    running: Option<Running>,
}

/// What must be told how the stream ended. Dropped untold, the client went away.
pub(crate) struct Running {
    pub(crate) admitted: Admitted,
    pub(crate) story: Story,
    pub(crate) member: Arc<str>,
    /// About how many tokens the request has.
    pub(crate) asked_tokens: u64,
    /// What the caller brought of its own, not to be shown.
    pub(crate) own: Arc<CallersOwn>,
    /// Whose the ids in the stream are, where the client gets them.
    pub(crate) maker: Option<TargetKey>,
}

impl Running {
    /// Tells a trail, and the balancer, what a stream told of itself.
    fn conclude(self, relay: &Relay, outcome: &Outcome, more: impl FnOnce(&mut Trail)) {
        self.admitted.conclude(outcome);
        remember(relay, self.maker.as_ref(), &self.story);
        self.story.end(|trail| {
            tell(relay, self.asked_tokens, trail);
            more(trail);
        });
    }

    /// The client went away: the permit goes back unmarked.
    fn abandon(self, relay: &Relay) {
        remember(relay, self.maker.as_ref(), &self.story);
        self.story.end(|trail| tell(relay, self.asked_tokens, trail));
    }
}

impl Flow {
    /// `filler` keeps a client alive while the upstream thinks in what the client's dialect has no place for; none where
    /// the bytes go on as they come.
    pub(crate) fn new(opened: Opened, filler: Option<&'static [u8]>, idle: Duration, running: Running) -> Self {
        let Opened { response, relay, held, ending } = opened;
        let now = Instant::now();
        let mut flow = Self {
            response,
            relay,
            queued: VecDeque::new(),
            idle,
            filler,
            heard: now,
            told: now,
            running: Some(running),
        };
        flow.take(held, ending);
        flow
    }

    /// The next bytes for the client; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(bytes) = self.queued.pop_front() {
                self.told = Instant::now();
                return Some(bytes);
            }
            self.running.as_ref()?;
            let silent = self.heard + self.idle;
            let beat = self.filler.map(|filler| (self.told + BEAT, filler)).filter(|(at, _)| *at < silent);
            match timeout_at(beat.map_or(silent, |(at, _)| at), self.response.chunk()).await {
                Ok(Ok(Some(chunk))) => {
                    self.heard = Instant::now();
                    let frames = self.relay.push(&chunk);
                    self.take(frames, None);
                }
                Ok(Ok(None)) => {
                    let (frames, ending) = self.relay.finish();
                    self.take(frames, Some(ending));
                }
                Ok(Err(error)) => {
                    self.cut(&format!("the connection broke: {}", error.read().1));
                }
                Err(_) => match beat {
                    Some((_, filler)) => self.queued.push_back(Bytes::from_static(filler)),
                    None => self.cut("it fell silent"),
                },
            }
        }
    }

    fn take(&mut self, frames: Vec<Frame>, ending: Option<Ending>) {
        let mut joined: Option<Vec<u8>> = None;
        let mut fault = None;
        // The upstream's own error event, in the client's dialect already, goes on as it is.
        let mut told = false;
        for Frame { mut bytes, sign } in frames {
            let said = match sign {
                Sign::Neutral | Sign::Content | Sign::Terminal => None,
                Sign::Error(error) => {
                    told = !bytes.is_empty();
                    Some(error.message)
                }
                Sign::Malformed(what) => Some(format!("it sent what is not its dialect: {what}")),
            };
            if let (Some(said), Some(running)) = (said, &self.running) {
                // What fails may quote the key it was called with.
                bytes = running.story.core().clean_bytes(bytes, &running.own);
                fault = Some(running.story.core().clean(&said, &running.own));
            }
            match &mut joined {
                None => joined = Some(bytes),
                Some(joined) => joined.extend_from_slice(&bytes),
            }
            if fault.is_some() {
                break;
            }
        }
        if let Some(joined) = joined.filter(|bytes| !bytes.is_empty()) {
            self.queued.push_back(Bytes::from(joined));
        }
        match (fault, ending) {
            (Some(fault), _) if told && self.relay.stop().is_none() => self.truncated(&fault),
            (Some(fault), _) => self.cut(&fault),
            (None, Some(Ending::Truncated)) if self.relay.stop().is_none() => {
                self.cut("it ended without a stop reason");
            }
            (None, Some(_)) => self.complete(),
            (None, None) => {}
        }
    }

    fn complete(&mut self) {
        if let Some(running) = self.running.take() {
            running.conclude(&self.relay, &Outcome::Served, |trail| trail.ended = Ended::Served);
        }
    }

    /// The stream died. Once a stop reason has come the answer is whole, whatever the connection does then.
    fn cut(&mut self, why: &str) {
        if self.relay.stop().is_some() {
            let (frames, _) = self.relay.finish();
            self.queued.extend(frames.into_iter().map(|frame| Bytes::from(frame.bytes)).filter(|b| !b.is_empty()));
            return self.complete();
        }
        let Some(running) = &self.running else { return };
        let message = format!("{} stopped in the middle of its answer: {why}", running.member);
        let id = &running.story.peek().id;
        let error = ClientError { status: 502, code: "stream_truncated", message: &message, request_id: id };
        self.queued.push_back(Bytes::from(self.relay.error_event(&error)));
        self.truncated(why);
    }

    /// Tells that the answer is not whole.
    fn truncated(&mut self, why: &str) {
        let Some(running) = self.running.take() else { return };
        running.conclude(&self.relay, &Outcome::Truncated, |trail| {
            trail.ended = Ended::Truncated;
            trail.error = Some("stream_truncated".to_owned());
            if let Some(last) = trail.attempts.last_mut() {
                last.outcome = Outcome::Truncated.code();
                last.reason = Outcome::Truncated.describe();
                last.detail = crate::trail::detail(why);
            }
        });
    }
}

impl Drop for Flow {
    /// The client went away, or closed as soon as it had read the stop reason: then the answer was whole.
    fn drop(&mut self) {
        if self.relay.stop().is_some() {
            return self.complete();
        }
        if let Some(running) = self.running.take() {
            running.abandon(&self.relay);
        }
    }
}

/// What the stream named is at its maker, even if the answer is not whole.
fn remember(relay: &Relay, maker: Option<&TargetKey>, story: &Story) {
    if let Some(maker) = maker {
        story.core().state_made(relay.kept(), maker);
    }
}

/// Tells a trail what a stream told of itself. OpenAI counts in a stream only if the client asks for it, and some providers
/// never do: then the tokens are estimated.
fn tell(relay: &Relay, asked_tokens: u64, trail: &mut Trail) {
    trail.usage = relay.usage();
    if trail.usage == Usage::default() {
        trail.usage = Usage { input: Some(asked_tokens), output: Some(relay.token_estimate()), ..Usage::default() };
        trail.usage_estimated = true;
    }
    trail.answered_model = relay.model().map(str::to_owned);
    trail.notes.extend(relay.notes().iter().map(ToString::to_string));
}

/// The limit between two chunks where profile and balancer set none (failover §3.5).
pub(crate) const IDLE: Duration = Duration::from_secs(300);
