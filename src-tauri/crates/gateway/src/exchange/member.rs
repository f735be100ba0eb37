//! One member's turn: let through, called, and called again where failover §2 allows a repeat on the same member.

use super::Exchange;
use crate::admitted::Admitted;
use crate::attempt::{self, Changes, Missed, Reply, Uncallable};
use crate::network::{AT_ONCE, is_loopback};
use crate::quotes::without_quotes;
use crate::refused_name::refuses_the_name;
use crate::routing::Upstream;
use crate::trail::{AttemptNote, SkipNote};
use mainstay_balancer::{Candidate, Outcome, Stage, attempt_limit};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// The limit to the first content, without and with reasoning (failover §3.5).
pub(crate) const FIRST_CONTENT: Duration = Duration::from_secs(120);
const FIRST_CONTENT_REASONING: Duration = Duration::from_secs(240);
/// A member that is silent for so long is slow, however little time the request had left.
pub(crate) const FAIR_LIMIT: Duration = Duration::from_secs(10);
/// How many parameters a member may refuse, one after another, before the next member is tried.
const PARAMETER_REPEATS: usize = 4;

/// How a member's turn went.
pub(super) enum Tried {
    Ready(Ready),
    /// It can't be called at all.
    Skipped,
    OutMeanwhile,
    Missed(Missed),
}

/// A member with content to give.
pub(super) struct Ready {
    pub(super) member: usize,
    pub(super) upstream: Arc<Upstream>,
    pub(super) reply: Box<Reply>,
    pub(super) admitted: Admitted,
}

impl Exchange {
    pub(super) async fn try_member(&mut self, candidate: &Candidate, untried_after: usize) -> Tried {
        let member = candidate.member;
        let Ok(upstream) = self.route.upstreams[member].clone() else { return Tried::Skipped };
        let admitted = match Admitted::ask(&self.core, self.pool(), candidate) {
            Ok(admitted) => admitted,
            Err(skip) => {
                self.note_skips(&[skip]);
                return Tried::OutMeanwhile;
            }
        };
        // The next in line may look.
        self.front = None;
        let key = admitted.target().clone();
        let mut again: Option<String> = None;
        let mut renewed = false;
        let mut changes = Changes::default();
        loop {
            let began = self.story.elapsed();
            let limit = self.limit(&upstream, untried_after);
            let sent = upstream.credential.current().await.ok().flatten();
            let called = Instant::now();
            let result = match attempt::call(&self.core, &self.asked, &upstream, &key, &changes, called + limit).await {
                Ok(result) => result,
                Err(uncallable) => {
                    let reason = match uncallable {
                        Uncallable::Credential(error) => error.message,
                        Uncallable::Body(reason) => reason,
                    };
                    let member = Arc::clone(&upstream.profile);
                    self.story.trail().skips.push(SkipNote { member, reason, until: None });
                    return Tried::Skipped;
                }
            };
            let mut note = AttemptNote {
                member: Arc::clone(&upstream.profile),
                provider: Arc::clone(&upstream.provider),
                model: upstream.terms_for(self.asked.named_model.as_deref()).model.clone(),
                started_ms: began,
                first_content_ms: None,
                took_ms: self.story.elapsed() - began,
                status: None,
                outcome: Outcome::Served.code(),
                reason: Outcome::Served.describe(),
                detail: String::new(),
                forced: candidate.forced,
                again: again.take(),
            };
            let stale = result.as_ref().map_or_else(|missed| missed.stale, |reply| reply.stale);
            if stale {
                let before = note.again.map(|why| format!("{why}; ")).unwrap_or_default();
                note.again = Some(format!("{before}the kept connection was stale"));
            }
            let mut missed = match result {
                Ok(reply) => {
                    note.status = Some(reply.status);
                    note.first_content_ms = Some(note.took_ms);
                    self.story.trail().attempts.push(note);
                    admitted.commit();
                    if !is_loopback(&upstream.base_url) {
                        self.core.network_found();
                    }
                    return Tried::Ready(Ready { member, upstream, reply: Box::new(reply), admitted });
                }
                Err(missed) => missed,
            };
            missed.detail = self.core.clean(&missed.detail, &self.asked.own);
            note.status = missed.status;
            note.outcome = missed.outcome.code();
            note.reason = missed.outcome.describe();
            note.detail = without_quotes(&missed.detail, self.asked.body.bytes());
            self.story.trail().attempts.push(note);
            match &missed.outcome {
                Outcome::CredentialRejected if !renewed && !upstream.credential.caller() => {
                    renewed = true;
                    if upstream.credential.renew(sent.as_ref()).await.unwrap_or(false) {
                        self.core.credential_changed(&key.credential);
                        again = Some("with the credential read again".to_owned());
                    }
                }
                Outcome::ParameterRejected { param }
                    if changes.dropped.len() < PARAMETER_REPEATS && missed.ours.iter().any(|name| name == param) =>
                {
                    if refuses_the_name(&missed.detail) {
                        self.core.balancer().refuse_parameter(&key, param);
                    }
                    changes.dropped.push(param.clone());
                    again = Some(format!("without {param} as it was sent"));
                }
                Outcome::ReasoningRejected if !changes.without_proofs => {
                    changes.without_proofs = true;
                    again = Some("without the signed reasoning of earlier turns".to_owned());
                }
                _ => {}
            }
            if again.is_some() && Instant::now() < self.asked.deadline {
                continue;
            }
            if let Some(lost) = missed.lost.take().filter(|_| called.elapsed() <= AT_ONCE) {
                self.doubtful.hold(admitted, missed.outcome.clone(), lost);
                return Tried::Missed(missed);
            }
            // A limit cut so short says nothing about the member: the permit is given back unmarked.
            let fair = limit >= FAIR_LIMIT || upstream.first_content.is_some_and(|own| limit >= own);
            if fair || missed.outcome != Outcome::TimedOut(Stage::FirstContent) {
                admitted.conclude(&missed.outcome);
            }
            return Tried::Missed(missed);
        }
    }

    /// How long a member may take to its first content (failover §3.4, §3.5).
    fn limit(&self, upstream: &Upstream, untried_after: usize) -> Duration {
        let default = if self.asked.glance.reasoning { FIRST_CONTENT_REASONING } else { FIRST_CONTENT };
        let own = crate::clock::millis(upstream.first_content.unwrap_or(default));
        let left = crate::clock::millis(self.asked.deadline.saturating_duration_since(Instant::now()));
        Duration::from_millis(attempt_limit(own, left, untried_after))
    }
}
