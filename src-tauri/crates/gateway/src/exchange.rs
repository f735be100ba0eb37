//! One client request and its answer, whatever it takes.
//!
//! Members are tried in the balancer's order under one deadline. Each is tried at most once, plus the single repeats that
//! failover §2 allows on the same member (a renewed credential, a parameter left out). When the candidates are used up,
//! members that were out are looked at again: one may be due soon enough to wait for (§3.9a), or only be out by a guess (§3.9b).

use crate::attempt::{self, Content, Missed, Reply, Uncallable, same_dialect};
use crate::core::{Admitted, Core, Story};
use crate::failure::Failure;
use crate::flow::{Flow, IDLE, Running};
use crate::held::HeldBody;
use crate::refused_name::refuses_the_name;
use crate::routing::{Route, Upstream};
use crate::trail::{AttemptNote, Ended, SkipNote};
use bytes::Bytes;
use http::HeaderMap;
use mainstay_balancer::{
    AllOut, Ask, Candidate, Millis, Outcome, Plan, Skip, SkipReason, Stage, attempt_limit, keep_larger_windows,
    reorder_after_caller_fault, reorder_after_overload, status_for_client, worst,
};
use mainstay_dialects::{Dialect, Framing, Glance};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// The limit to the first content, without and with reasoning (failover §3.5).
const FIRST_CONTENT: Duration = Duration::from_secs(120);
const FIRST_CONTENT_REASONING: Duration = Duration::from_secs(240);
/// A member that is silent for so long is slow, however little time the request had left.
const FAIR_LIMIT: Duration = Duration::from_secs(10);
/// How often an exchange is planned anew at most, however fast members come and go.
const ROUNDS: usize = 32;
/// How many parameters a member may refuse, one after another, before the next member is tried.
const PARAMETER_REPEATS: usize = 4;

/// What a client asks, read once.
pub(crate) struct Asked {
    pub(crate) id: String,
    pub(crate) purpose: Purpose,
    pub(crate) dialect: Dialect,
    pub(crate) framing: Framing,
    pub(crate) stream: bool,
    /// The model that the client names, unless that is the name of a balancer or a profile.
    pub(crate) named_model: Option<String>,
    pub(crate) body: Bytes,
    /// The body's share of the memory allowance, kept as long as the body may be sent again.
    pub(crate) _held: HeldBody,
    pub(crate) glance: Glance,
    pub(crate) headers: HeaderMap,
    /// The client called Anthropic's `?beta=true`.
    pub(crate) beta: bool,
    pub(crate) include_usage: bool,
    pub(crate) started_wall: Millis,
    pub(crate) deadline: Instant,
}

/// What an exchange is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// An answer of a model.
    Generate,
    /// Vectors, by the name of the method. They compare only with those of the same model (failover §3.7).
    Embed(&'static str),
}

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

/// An exchange under way.
pub(crate) struct Exchange {
    core: Arc<Core>,
    asked: Asked,
    route: Arc<Route>,
    story: Story,
    misses: Vec<(usize, Missed)>,
}

impl Exchange {
    pub(crate) fn new(core: Arc<Core>, asked: Asked, route: Arc<Route>, story: Story) -> Self {
        Self { core, asked, route, story, misses: Vec::new() }
    }

    /// Runs to its commit or its failure. Dropped before that, the upstream call is dropped with it.
    pub(crate) async fn run(mut self) -> Result<Committed, Failure> {
        let mut tried: Vec<usize> = self.unfit_for_vectors();
        let mut rounds = 0;
        let mut placed = false;
        let mut failure = loop {
            if rounds == 0 && !tried.is_empty() && tried.len() >= self.route.pool.members.len() {
                let message = self.explanation("No member has the model that this request needs.");
                break Failure::ours(400, "no_member_for_request", message);
            }
            rounds += 1;
            let plan = self.plan(&tried, placed);
            placed |= !plan.order.is_empty();
            self.note_skips(&plan.skips);
            if plan.order.is_empty() {
                match plan.when_empty {
                    Some(AllOut::Wait { until }) if self.core.clock.instant(until) < self.asked.deadline => {
                        sleep_until(self.core.clock.instant(until)).await;
                        continue;
                    }
                    refusal => break self.refusal(refusal.as_ref()),
                }
            }
            let mut queue = VecDeque::from(plan.order);
            let mut stop = None;
            while let Some(candidate) = queue.pop_front() {
                if Instant::now() >= self.asked.deadline {
                    stop = Some(self.all_failed());
                    break;
                }
                tried.push(candidate.member);
                match self.try_member(&candidate, queue.len()).await {
                    Tried::Committed(reply, admitted) => return Ok(self.commit(candidate.member, reply, admitted)),
                    // Out since the plan was made: it may yet be waited for, or be the last resort.
                    Tried::OutMeanwhile if rounds < ROUNDS => {
                        tried.pop();
                    }
                    Tried::Skipped | Tried::OutMeanwhile => {}
                    Tried::Missed(missed) => {
                        stop = self.next_step(candidate.member, missed, &mut queue, &mut tried);
                        if stop.is_some() {
                            break;
                        }
                    }
                }
            }
            if let Some(failure) = stop {
                break failure;
            }
            if tried.len() >= self.route.pool.members.len() {
                break self.all_failed();
            }
        };
        failure.attempts = self.story.peek().attempts.len();
        let (status, code) = (failure.status, failure.code.clone());
        self.story.end(|trail| {
            trail.ended = Ended::Failed;
            trail.status = status;
            trail.error = Some(code);
        });
        Err(failure)
    }

    fn ask(&self) -> Ask<'_> {
        Ask {
            dialect: self.asked.dialect,
            needs: &self.asked.glance.needs,
            tokens: self.asked.glance.token_estimate,
            moves_wheel: true,
            conversation: None,
            made_by: None,
        }
    }

    /// Members whose vectors would not compare with those that the client has.
    fn unfit_for_vectors(&mut self) -> Vec<usize> {
        let Purpose::Embed(_) = self.asked.purpose else { return Vec::new() };
        let model_of = |upstream: &Result<Arc<Upstream>, String>| Some(upstream.as_ref().ok()?.terms.model.clone());
        let first = || self.route.upstreams.iter().find_map(model_of);
        let Some(wanted) = self.asked.named_model.clone().or_else(first) else { return Vec::new() };
        let others = self.route.upstreams.iter().enumerate();
        let others: Vec<usize> = others
            .filter(|(_, other)| model_of(other).is_some_and(|model| model != wanted))
            .map(|(at, _)| at)
            .collect();
        for member in &others {
            let member = Arc::clone(&self.route.pool.members[*member].name);
            let reason = format!("does not serve {wanted}, and vectors of another model don't compare");
            self.story.trail().skips.push(SkipNote { member, reason, until: None });
        }
        others
    }

    /// The first plan that names somebody moves a wheel; what comes after it does not.
    fn plan(&self, tried: &[usize], placed: bool) -> Plan {
        let (pool, now) = (&self.route.pool, self.core.clock.now());
        let mut balancer = self.core.balancer();
        let plan = if placed {
            balancer.plan_after(pool, &self.ask(), tried, now)
        } else {
            balancer.plan(pool, &self.ask(), now)
        };
        match plan.when_empty {
            Some(AllOut::Wait { until })
                if self.core.clock.instant(until) >= self.asked.deadline && tried.is_empty() =>
            {
                balancer.plan_at_once(pool, &self.ask(), now)
            }
            _ => plan,
        }
    }

    async fn try_member(&mut self, candidate: &Candidate, untried_after: usize) -> Tried {
        let Ok(upstream) = self.route.upstreams[candidate.member].clone() else { return Tried::Skipped };
        let admitted = match Admitted::ask(&self.core, &self.route.pool, candidate) {
            Ok(admitted) => admitted,
            Err(skip) => {
                self.note_skips(&[skip]);
                return Tried::OutMeanwhile;
            }
        };
        let mut again = None;
        let mut renewed = false;
        // What this member refused of this request.
        let mut dropped: Vec<String> = Vec::new();
        loop {
            let began = self.story.elapsed();
            let limit = self.limit(&upstream, untried_after);
            let sent = upstream.credential.current().await.ok().flatten();
            let until = Instant::now() + limit;
            let result = match attempt::call(&self.core, &self.asked, &upstream, &dropped, until).await {
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
            let took = self.story.elapsed() - began;
            let mut note = AttemptNote {
                member: Arc::clone(&upstream.profile),
                provider: Arc::clone(&upstream.provider),
                model: upstream.terms_for(self.asked.named_model.as_deref()).model.clone(),
                started_ms: began,
                first_content_ms: None,
                took_ms: took,
                status: None,
                outcome: Outcome::Served.code(),
                reason: Outcome::Served.describe(),
                detail: String::new(),
                forced: candidate.forced,
                again: again.take(),
            };
            match result {
                Ok(reply) => {
                    note.status = Some(reply.status);
                    note.first_content_ms = Some(took);
                    self.story.trail().attempts.push(note);
                    admitted.commit();
                    return Tried::Committed(Box::new(reply), admitted);
                }
                Err(mut missed) => {
                    missed.detail = self.core.clean(&missed.detail);
                    note.status = missed.status;
                    note.outcome = missed.outcome.code();
                    note.reason = missed.outcome.describe();
                    note.detail.clone_from(&missed.detail);
                    self.story.trail().attempts.push(note);
                    match &missed.outcome {
                        Outcome::CredentialRejected if !renewed => {
                            renewed = true;
                            if upstream.credential.renew(sent.as_ref()).await.unwrap_or(false) {
                                self.core.credential_changed(&upstream.key.credential);
                                again = Some("with the credential read again".to_owned());
                            }
                        }
                        Outcome::ParameterRejected { param }
                            if dropped.len() < PARAMETER_REPEATS && missed.ours.iter().any(|name| name == param) =>
                        {
                            if refuses_the_name(&missed.detail) {
                                self.core.balancer().refuse_parameter(&upstream.key, param);
                            }
                            dropped.push(param.clone());
                            again = Some(format!("without {param} as it was sent"));
                        }
                        _ => {}
                    }
                    if again.is_none() || Instant::now() >= self.asked.deadline {
                        // A limit cut so short says nothing about the member: the permit is given back unmarked.
                        let fair = limit >= FAIR_LIMIT || upstream.first_content.is_some_and(|own| limit >= own);
                        if fair || missed.outcome != Outcome::TimedOut(Stage::FirstContent) {
                            admitted.conclude(&missed.outcome);
                        }
                        return Tried::Missed(missed);
                    }
                }
            }
        }
    }

    /// How long a member may take to its first content (failover §3.4, §3.5).
    fn limit(&self, upstream: &Upstream, untried_after: usize) -> Duration {
        let default = if self.asked.glance.reasoning { FIRST_CONTENT_REASONING } else { FIRST_CONTENT };
        let own = crate::clock::millis(upstream.first_content.unwrap_or(default));
        let left = crate::clock::millis(self.asked.deadline.saturating_duration_since(Instant::now()));
        Duration::from_millis(attempt_limit(own, left, untried_after))
    }

    /// What a miss means for this exchange (failover §2, column "this exchange"). `Some` ends it.
    fn next_step(
        &mut self,
        member: usize,
        missed: Missed,
        queue: &mut VecDeque<Candidate>,
        tried: &mut Vec<usize>,
    ) -> Option<Failure> {
        let pool = &self.route.pool;
        let own = self.route.upstreams[member].as_ref().is_ok_and(|upstream| same_dialect(&self.asked, upstream));
        let mut order = Vec::from(std::mem::take(queue));
        let mut handed = None;
        match &missed.outcome {
            Outcome::CallerFault if missed.untouched => handed = Some(true),
            Outcome::ContentRefused => handed = Some(own),
            Outcome::CallerFault => reorder_after_caller_fault(&mut order, pool, &self.ask()),
            Outcome::Overloaded { .. } => reorder_after_overload(&mut order, pool, member),
            Outcome::ContextTooLong => {
                keep_larger_windows(&mut order, pool, member, &self.ask());
                // Whose window is known to be too small is not to come back as a last resort.
                let window = |member: usize| pool.members[member].context_limit;
                let too_small = |other: usize| window(other).zip(window(member)).is_some_and(|(its, this)| its <= this);
                tried.extend((0..pool.members.len()).filter(|other| too_small(*other)));
                tried.sort_unstable();
                tried.dedup();
                let retryable = self.misses.iter().any(|(_, missed)| missed.outcome.retryable());
                if order.is_empty() && !retryable && tried.len() >= pool.members.len() {
                    handed = Some(own);
                }
            }
            _ => {}
        }
        *queue = order.into();
        if let Some(verbatim) = handed {
            return Some(self.handed_on(&missed, verbatim));
        }
        if let Some(effect) = self.asked.glance.effects.filter(|_| missed.begun) {
            let name = &pool.members[member].name;
            return Some(Failure::ours(
                502,
                "not_repeated",
                format!(
                    "{name} {}. The request uses {effect}, which may already have had effects, so it was not sent to another member.",
                    missed.outcome.describe()
                ),
            ));
        }
        self.misses.push((member, missed));
        None
    }

    /// An upstream's refusal of what the client itself wrote.
    fn handed_on(&self, missed: &Missed, verbatim: bool) -> Failure {
        let status = status_for_client(&missed.outcome, missed.status, self.asked.dialect);
        let mut failure = Failure::ours(status, missed.outcome.code().replace('-', "_"), missed.detail.clone());
        if verbatim && missed.status.is_some_and(|status| status >= 400) {
            failure.verbatim.clone_from(&missed.verbatim);
        }
        failure
    }

    /// All that could be tried has failed.
    fn all_failed(&self) -> Failure {
        let mut misses: Vec<&(usize, Missed)> = self.misses.iter().collect();
        misses.sort_by_key(|(member, _)| *member);
        let outcomes: Vec<Outcome> = misses.iter().map(|(_, missed)| missed.outcome.clone()).collect();
        let Some(worst) = worst(&outcomes) else { return self.refusal(None) };
        let (member, missed) = misses[worst];
        if missed.outcome == Outcome::ContextTooLong {
            let own = self.route.upstreams[*member].as_ref().is_ok_and(|upstream| same_dialect(&self.asked, upstream));
            return self.handed_on(missed, own);
        }
        let status = status_for_client(&missed.outcome, missed.status, self.asked.dialect);
        let code = match &missed.outcome {
            Outcome::CredentialRejected => "upstream_credential_rejected".to_owned(),
            _ if self.misses.len() == 1 && self.route.pool.members.len() == 1 => {
                missed.outcome.code().replace('-', "_")
            }
            _ => "all_members_failed".to_owned(),
        };
        let mut failure = Failure::ours(status, code, self.explanation("No member could serve this request."));
        let now = self.core.clock.now();
        let plan = self.core.balancer().plan_after(&self.route.pool, &self.ask(), &[], now);
        match plan.when_empty {
            Some(AllOut::Refuse { retry_after_s, soonest, .. }) => {
                failure.retry_after_s = retry_after_s;
                failure.no_retry = retry_after_s.is_none() && soonest.is_some();
            }
            // Soon enough for a new request to be held until then.
            Some(AllOut::Wait { until }) => {
                failure.retry_after_s = Some(until.saturating_sub(now).div_ceil(1000).max(1));
            }
            None => {}
        }
        failure
    }

    /// Nobody could be tried, or nobody is left to wait for.
    fn refusal(&self, all_out: Option<&AllOut>) -> Failure {
        if !self.misses.is_empty() {
            return self.all_failed();
        }
        let Some(&AllOut::Refuse { status, retry_after_s, soonest, code }) = all_out else {
            return Failure::ours(503, "no_member", self.explanation("No member can serve this request now."));
        };
        let mut failure = Failure::ours(status, code, self.explanation("No member can serve this request now."));
        failure.retry_after_s = retry_after_s;
        failure.no_retry = retry_after_s.is_none() && soonest.is_some();
        failure
    }

    /// The list of members and reasons, for the client's eyes.
    fn explanation(&self, opening: &str) -> String {
        let mut text = opening.to_owned();
        for (member, missed) in &self.misses {
            let name = &self.route.pool.members[*member].name;
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

    fn note_skips(&mut self, skips: &[Skip]) {
        for skip in skips {
            if matches!(skip.why, SkipReason::Repeated) {
                continue;
            }
            let note = SkipNote {
                member: Arc::clone(&self.route.pool.members[skip.member].name),
                reason: match (&skip.why, &self.route.upstreams[skip.member]) {
                    (SkipReason::Unready(_), Err(reason)) => reason.clone(),
                    (why, _) => why.describe(),
                },
                until: skip.until,
            };
            let trail = self.story.trail();
            if !trail.skips.iter().any(|known| known.member == note.member && known.reason == note.reason) {
                trail.skips.push(note);
            }
        }
    }

    fn commit(mut self, member: usize, reply: Box<Reply>, admitted: Admitted) -> Committed {
        let upstream = self.route.upstreams[member].as_ref().ok();
        let idle = upstream.and_then(|upstream| upstream.idle).unwrap_or(IDLE);
        let name = Arc::clone(&self.route.pool.members[member].name);
        let elapsed = self.story.elapsed();
        let trail = self.story.trail();
        trail.served_by = Some(Arc::clone(&name));
        trail.status = reply.status;
        trail.first_content_ms = Some(elapsed.saturating_sub(crate::clock::millis(reply.first_content.elapsed())));
        trail.notes = reply.notes.iter().map(ToString::to_string).collect();
        let mut headers = reply.headers;
        crate::answer::explain(&mut headers, trail);
        let content = match reply.content {
            Content::Whole { body, usage, model } => {
                admitted.conclude(&Outcome::Served);
                self.story.end(|trail| {
                    trail.ended = Ended::Served;
                    trail.usage = usage;
                    trail.answered_model = model;
                });
                Answer::Whole(body)
            }
            Content::Stream(opened) => {
                let asked_tokens = self.asked.glance.token_estimate;
                let running = Running { admitted, story: self.story, member: name, asked_tokens };
                let translated = upstream.is_some_and(|upstream| !same_dialect(&self.asked, upstream));
                let filler = translated.then(|| self.asked.framing.filler(self.asked.dialect));
                Answer::Stream(Box::new(Flow::new(*opened, filler, idle, running)))
            }
        };
        Committed { status: reply.status, headers, content }
    }
}

enum Tried {
    Committed(Box<Reply>, Admitted),
    /// It can't be called at all.
    Skipped,
    OutMeanwhile,
    Missed(Missed),
}
