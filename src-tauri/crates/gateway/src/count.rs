//! Counting tokens before a request is sent.
//!
//! The member that would serve is asked, where its dialect has a call for that; else, or when it doesn't answer in time, the
//! tokens are counted here with a tokenizer that is not the provider's own, and the answer says so. Counting moves no
//! wheel, breaker or statistic (failover §3.7).

use crate::answer::{self, Body};
use crate::attempt::credentials;
use crate::call::Count;
use crate::caller::CallersOwn;
use crate::carried::request_headers;
use crate::conversation::conversation;
use crate::core::Core;
use crate::endpoint::{Endpoint, address};
use crate::fitting::Fitting;
use crate::held::off_path;
use crate::intake::{asks_beta, callers_own, take_body};
use crate::routing::{Route, Upstream};
use crate::server::complaint;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use hyper::body::Incoming;
use mainstay_balancer::Ask;
use mainstay_dialects::{Dialect, Glance, Texts, count_texts, glance, prepare_count, read_count, write_count};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How long a provider may take to count (failover §3.7).
const PATIENCE: Duration = Duration::from_secs(10);

/// Says on a count that it is an estimate.
const ESTIMATED: HeaderName = HeaderName::from_static("x-mainstay-estimated");

/// Tokens that a message costs beside its text: its role and its bounds.
const PER_TEXT: u64 = 4;

/// Answers a request for a count.
pub(crate) async fn answer(core: &Arc<Core>, call: Count, parts: &Parts, body: Incoming) -> Response<Body> {
    let dialect = call.dialect;
    let held = match take_body(core, dialect, parts, body).await {
        Ok(held) => held,
        Err(refusal) => return refusal,
    };
    let bytes = held.bytes.clone();
    let texts = match off_path(bytes.len(), move || count_texts(dialect, &bytes)).await {
        Ok(texts) => texts,
        Err(error) => return complaint(Some(dialect), 400, "body_not_understood", &error.to_string()),
    };
    let seen = glance(dialect, &held.bytes).unwrap_or_default();
    let model = call.model.or_else(|| seen.model.clone());
    let routing = core.routing();
    let named = model.clone().filter(|name| routing.named(name).is_none());
    if let Some(route) = routing.find(model.as_deref())
        && let Some(upstream) = server_of(core, route, dialect, &seen, parts)
    {
        let asked = Question {
            dialect,
            body: held.bytes.clone(),
            named,
            headers: &parts.headers,
            own: callers_own(parts),
            beta: asks_beta(parts),
        };
        if let Ok(Some(tokens)) = timeout(PATIENCE, asked.ask(core, &upstream)).await {
            let mut response = answer::json(StatusCode::OK, write_count(dialect, tokens));
            response.headers_mut().insert(answer::SERVED_BY, answer::value(&upstream.profile));
            return response;
        }
    }
    let length = held.bytes.len();
    let tokens = off_path(length, move || estimate(&texts)).await;
    let mut response = answer::json(StatusCode::OK, write_count(dialect, tokens));
    response.headers_mut().insert(ESTIMATED, HeaderValue::from_static("1"));
    response
}

/// The member that would serve the request now.
fn server_of(core: &Core, route: &Route, dialect: Dialect, seen: &Glance, parts: &Parts) -> Option<Arc<Upstream>> {
    let fitting = Fitting::to_caller(core, route, dialect, &callers_own(parts));
    let mut balancer = core.balancer();
    let made_by = balancer.maker_of(&seen.state_ids);
    let ask = Ask {
        dialect,
        needs: &seen.needs,
        tokens: seen.token_estimate,
        moves_wheel: false,
        conversation: conversation(&parts.headers, seen),
        made_by: made_by.as_ref(),
    };
    let plan = balancer.plan(fitting.of_route(route), &ask, core.clock.now());
    let first = plan.order.first()?;
    route.upstreams[first.member].as_ref().ok().cloned()
}

struct Question<'a> {
    dialect: Dialect,
    body: Bytes,
    named: Option<String>,
    headers: &'a HeaderMap,
    own: Arc<CallersOwn>,
    beta: bool,
}

impl Question<'_> {
    /// The provider's count; `None` where it has none to give.
    async fn ask(&self, core: &Core, upstream: &Upstream) -> Option<u64> {
        let terms = upstream.terms_for(self.named.as_deref()).clone();
        let model = terms.model.clone();
        let (client, target, body) = (self.dialect, upstream.dialect, self.body.clone());
        let prepared = off_path(body.len(), move || prepare_count(client, target, &body, &terms)).await.ok()??;
        let credentials = credentials(upstream, &self.own).await.ok()?;
        let same = client == target;
        let url = address(upstream, &model, Endpoint::Count { beta: same && self.beta });
        let headers = request_headers(upstream, same.then_some(self.headers), false, credentials);
        let sent =
            core.outbound.client(&url, &upstream.way).post(url).headers(headers).body(prepared).send().await.ok()?;
        if !sent.status().is_success() {
            return None;
        }
        read_count(target, &sent.bytes().await.ok()?)
    }
}

/// Counts by OpenAI's `o200k_base`. Other vendors' tokenizers are not public; theirs differ by some tenths.
fn estimate(texts: &Texts) -> u64 {
    let tokenizer = bpe_openai::o200k_base();
    let counted: u64 = texts.texts.iter().map(|text| tokenizer.count(text) as u64 + PER_TEXT).sum();
    counted.saturating_add(texts.media_tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted_as_tokens_and_pictures_at_a_fixed_cost() {
        let texts = |texts: &[&str], media_tokens| Texts {
            texts: texts.iter().map(|text| (*text).to_owned()).collect(),
            media_tokens,
        };
        assert_eq!(estimate(&texts(&["hello world"], 0)), 2 + PER_TEXT);
        assert_eq!(estimate(&texts(&["hello world", "hello"], 1500)), 3 + 2 * PER_TEXT + 1500);
        // Tokens of a language that bytes over four would count many times over.
        assert!(estimate(&texts(&["今日は良い天気ですね"], 0)) < 16);
    }
}
