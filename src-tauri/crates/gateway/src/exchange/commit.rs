//! From a member's content to the client's answer.

use super::Exchange;
use super::member::Ready;
use crate::attempt::{Content, same_dialect};
use crate::flow::{Flow, IDLE, Running};
use crate::trail::Ended;
use bytes::Bytes;
use http::HeaderMap;
use mainstay_balancer::Outcome;
use std::sync::Arc;

/// An exchange that has a member's answer to give.
pub(crate) struct Committed {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) content: Answer,
}

/// The answer itself.
pub(crate) enum Answer {
    Whole(Bytes),
    Stream(Box<Flow>),
}

impl Exchange {
    pub(super) fn commit(mut self, ready: Ready) -> Committed {
        let Ready { member, upstream, reply, admitted } = ready;
        // One was reached: whom it didn't reach is out by its own fault.
        self.doubtful.conclude();
        let now = self.core.clock.now();
        self.core.balancer().settle(self.pool(), &self.ask(), member, now);
        let name = Arc::clone(&self.pool().members[member].name);
        // Another dialect's ids mean nothing to the client.
        let maker = same_dialect(&self.asked, &upstream).then(|| admitted.target().clone());
        let elapsed = self.story.elapsed();
        let trail = self.story.trail();
        trail.served_by = Some(Arc::clone(&name));
        trail.status = reply.status;
        trail.first_content_ms = Some(elapsed.saturating_sub(crate::clock::millis(reply.first_content.elapsed())));
        trail.notes = reply.notes.iter().map(ToString::to_string).collect();
        let mut headers = reply.headers;
        crate::answer::explain(&mut headers, trail);
        let content = match reply.content {
            Content::Whole { body, usage, model, kept } => {
                admitted.conclude(&Outcome::Served);
                if let Some(maker) = maker {
                    self.core.state_made(&kept, &maker);
                }
                self.story.end(|trail| {
                    trail.ended = Ended::Served;
                    trail.usage = usage;
                    trail.answered_model = model;
                });
                Answer::Whole(body)
            }
            Content::Stream(opened) => {
                let filler = maker.is_none().then(|| self.asked.framing.filler(self.asked.dialect));
                let running = Running {
                    admitted,
                    story: self.story,
                    member: name,
                    asked_tokens: self.asked.glance.token_estimate,
                    own: self.asked.own,
                    maker,
                };
                Answer::Stream(Box::new(Flow::new(*opened, filler, upstream.idle.unwrap_or(IDLE), running)))
            }
        };
        Committed { status: reply.status, headers, content }
    }
}
