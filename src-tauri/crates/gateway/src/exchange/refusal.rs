//! What the client hears when nobody could serve.

use super::Exchange;
use crate::attempt::Missed;
use crate::failure::Failure;
use crate::network;
use crate::trail::SkipNote;
use mainstay_balancer::{AllOut, Outcome, Skip, SkipReason, status_for_client, worst};
use std::sync::Arc;

/// In how many seconds a client may try again while the machine is offline.
pub(crate) const OFFLINE_RETRY_S: u64 = 5;

impl Exchange {
    /// Nobody is left to try. First it is decided whose fault that is: this machine's, if it is offline (failover §3.10).
    pub(super) fn give_up(&mut self, all_out: Option<&AllOut>) -> Failure {
        let all_lost = !self.misses.is_empty() && self.doubtful.len() == self.misses.len();
        if all_lost && network::is_offline(self.doubtful.lost()) {
            self.doubtful.forgive();
            self.core.network_lost();
            let message = self.explanation("This machine seems to be offline: nobody could be reached.");
            return Failure { retry_after_s: Some(OFFLINE_RETRY_S), ..Failure::ours(503, "offline", message) };
        }
        self.doubtful.conclude();
        if self.misses.is_empty() { self.refusal(all_out) } else { self.all_failed() }
    }

    /// No member could serve this request, whatever its health.
    pub(super) fn nobody_fits(&mut self) -> Failure {
        let members: Vec<usize> = (0..self.pool().members.len()).collect();
        for member in members {
            self.note_unfit(member);
        }
        let message = self.explanation("No member can serve this request.");
        Failure::ours(400, "no_member_for_request", message)
    }

    /// An upstream's refusal of what the client itself wrote.
    pub(super) fn handed_on(&self, missed: &Missed, verbatim: bool) -> Failure {
        let status = status_for_client(&missed.outcome, missed.status, self.asked.dialect);
        let mut failure = Failure::ours(status, missed.outcome.code().replace('-', "_"), missed.detail.clone());
        if verbatim && missed.status.is_some_and(|status| status >= 400) {
            failure.verbatim.clone_from(&missed.verbatim);
        }
        failure
    }

    /// A request whose effects may already have happened (failover §3.6).
    pub(super) fn not_repeated(&self, member: usize, missed: &Missed, effect: &str) -> Failure {
        let name = &self.pool().members[member].name;
        let how = missed.outcome.describe();
        let message = format!(
            "{name} {how}. The request uses {effect}, which may already have had effects, so it was not sent to another member."
        );
        Failure::ours(502, "not_repeated", message)
    }

    /// All that could be tried has failed.
    fn all_failed(&self) -> Failure {
        let mut misses: Vec<&(usize, Missed)> = self.misses.iter().collect();
        misses.sort_by_key(|(member, _)| *member);
        let outcomes: Vec<Outcome> = misses.iter().map(|(_, missed)| missed.outcome.clone()).collect();
        let Some(worst) = worst(&outcomes) else { return self.refusal(None) };
        let (member, missed) = misses[worst];
        if missed.outcome == Outcome::ContextTooLong || missed.lacks_state {
            return self.handed_on(missed, self.speaks_like_client(*member));
        }
        let status = status_for_client(&missed.outcome, missed.status, self.asked.dialect);
        let code = match &missed.outcome {
            Outcome::CredentialRejected => "upstream_credential_rejected".to_owned(),
            _ if self.misses.len() == 1 && self.pool().members.len() == 1 => missed.outcome.code().replace('-', "_"),
            _ => "all_members_failed".to_owned(),
        };
        let failure = Failure::ours(status, code, self.explanation("No member could serve this request."));
        let now = self.core.clock.now();
        let plan = self.core.balancer().plan_after(self.pool(), &self.ask(), &[], now);
        self.with_retry(failure, plan.when_empty.as_ref())
    }

    /// Nobody could be tried.
    fn refusal(&self, all_out: Option<&AllOut>) -> Failure {
        let message = self.explanation("No member can serve this request now.");
        let failure = match all_out {
            Some(AllOut::Refuse { status, code, .. }) => Failure::ours(*status, *code, message),
            Some(AllOut::Wait { .. }) => Failure::ours(503, "all_members_out", message),
            None => Failure::ours(503, "no_member", message),
        };
        self.with_retry(failure, all_out)
    }

    /// Says when the client may try again (failover §3.9c).
    fn with_retry(&self, mut failure: Failure, all_out: Option<&AllOut>) -> Failure {
        match all_out {
            Some(AllOut::Refuse { retry_after_s, soonest, .. }) => {
                failure.retry_after_s = *retry_after_s;
                failure.no_retry = retry_after_s.is_none() && soonest.is_some();
            }
            // Soon enough for a new request to be held until then.
            Some(AllOut::Wait { until }) => {
                let now = self.core.clock.now();
                failure.retry_after_s = Some(until.saturating_sub(now).div_ceil(1000).max(1));
            }
            None => {}
        }
        failure
    }

    /// The list of members and reasons, for the client's eyes.
    fn explanation(&self, opening: &str) -> String {
        let mut text = opening.to_owned();
        for (member, missed) in &self.misses {
            let name = &self.pool().members[*member].name;
            text.push_str(&format!(" {name}: {}", missed.outcome.describe()));
            if let Some(status) = missed.status {
                text.push_str(&format!(" ({status})"));
            }
            if !missed.detail.is_empty() {
                text.push_str(&format!(", \"{}\"", missed.detail));
            }
            text.push('.');
        }
        let now = self.core.clock.now();
        for skip in &self.story.peek().skips {
            text.push_str(&format!(" {}: {}", skip.member, skip.reason));
            if let Some(until) = skip.until.filter(|until| *until > now) {
                text.push_str(&format!(", again in {} s", (until - now).div_ceil(1000)));
            }
            text.push('.');
        }
        text
    }

    pub(super) fn note_skips(&mut self, skips: &[Skip]) {
        for skip in skips {
            if matches!(skip.why, SkipReason::Repeated) {
                continue;
            }
            let reason = match (&skip.why, &self.route.upstreams[skip.member]) {
                (SkipReason::Unready(_), Err(reason)) => reason.clone(),
                (SkipReason::Unready(_), Ok(_)) if self.fitting.why_unfit(skip.member).is_some() => {
                    self.note_unfit(skip.member);
                    continue;
                }
                (why, _) => why.describe(),
            };
            self.note_skip(skip.member, reason, skip.until);
        }
    }

    fn note_unfit(&mut self, member: usize) {
        if let Some(reason) = self.fitting.why_unfit(member).map(str::to_owned) {
            self.note_skip(member, reason, None);
        }
    }

    fn note_skip(&mut self, member: usize, reason: String, until: Option<u64>) {
        let member = Arc::clone(&self.pool().members[member].name);
        let trail = self.story.trail();
        if !trail.skips.iter().any(|known| known.member == member && known.reason == reason) {
            trail.skips.push(SkipNote { member, reason, until });
        }
    }
}
