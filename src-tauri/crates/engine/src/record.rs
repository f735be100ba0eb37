//! A finished exchange as the history keeps it, from the gateway's trail.

use mainstay_gateway::{AttemptNote, Ended, SkipNote, Trail};
use mainstay_history::{Attempt, Exchange, Skip, Tokens};
use std::sync::Arc;

/// What the history keeps of a trail; the cost and whether it was practice are for the caller to say.
pub(crate) fn exchange(trail: &Trail) -> Exchange {
    let text = |text: &Option<String>| text.as_deref().map(Arc::from);
    Exchange {
        id: trail.id.clone(),
        started: trail.started,
        tool: text(&trail.tool),
        dialect: Arc::from(trail.dialect.name()),
        stream: trail.stream,
        asked_model: text(&trail.asked_model),
        answered_model: text(&trail.answered_model),
        route: trail.route.clone(),
        candidates: trail.candidates.clone(),
        stuck: trail.stuck,
        conversation: trail.conversation,
        skips: trail.skips.iter().map(skip).collect(),
        attempts: trail.attempts.iter().map(attempt).collect(),
        notes: trail.notes.clone(),
        served_by: trail.served_by.clone(),
        status: trail.status,
        error: text(&trail.error),
        ended: match trail.ended {
            Ended::Served => mainstay_history::Ended::Served,
            Ended::Failed => mainstay_history::Ended::Failed,
            Ended::Truncated => mainstay_history::Ended::Truncated,
            Ended::Cancelled => mainstay_history::Ended::Cancelled,
        },
        first_content_ms: trail.first_content_ms,
        total_ms: trail.total_ms,
        tokens: Tokens {
            input: trail.usage.input,
            cached: trail.usage.cached_input,
            written: trail.usage.cache_creation,
            output: trail.usage.output,
            reasoning: trail.usage.reasoning,
            estimated: trail.usage_estimated,
        },
        cost: None,
        practice: false,
    }
}

fn skip(skip: &SkipNote) -> Skip {
    Skip { member: Arc::clone(&skip.member), reason: skip.reason.clone(), until: skip.until }
}

fn attempt(note: &AttemptNote) -> Attempt {
    Attempt {
        member: Arc::clone(&note.member),
        provider: Arc::clone(&note.provider),
        model: Arc::from(note.model.as_str()),
        started_ms: note.started_ms,
        first_content_ms: note.first_content_ms,
        took_ms: note.took_ms,
        status: note.status,
        outcome: Arc::from(note.outcome),
        reason: Arc::from(note.reason.as_str()),
        detail: note.detail.clone(),
        forced: note.forced,
        again: note.again.as_deref().map(Arc::from),
    }
}

/// An exchange that the member `m` served.
#[cfg(test)]
pub(crate) fn sample(provider: &str, model: &str, tokens: Tokens) -> Exchange {
    Exchange {
        id: "req_1".into(),
        started: 0,
        tool: None,
        dialect: "anthropic".into(),
        stream: false,
        asked_model: None,
        answered_model: None,
        route: None,
        candidates: Vec::new(),
        stuck: false,
        conversation: None,
        skips: Vec::new(),
        attempts: vec![Attempt {
            member: "m".into(),
            provider: provider.into(),
            model: model.into(),
            started_ms: 0,
            first_content_ms: None,
            took_ms: 0,
            status: Some(200),
            outcome: "served".into(),
            reason: "served".into(),
            detail: String::new(),
            forced: false,
            again: None,
        }],
        notes: Vec::new(),
        served_by: Some("m".into()),
        status: 200,
        error: None,
        ended: mainstay_history::Ended::Served,
        first_content_ms: None,
        total_ms: 0,
        tokens,
        cost: None,
        practice: false,
    }
}
