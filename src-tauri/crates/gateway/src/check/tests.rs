use super::*;
use crate::core::Observer;
use crate::outbound::{Outbound, Way};
use crate::routing::{CredentialError, CredentialSource};
use crate::trail::Trail;
use async_trait::async_trait;
use axum::Router;
use axum::http::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use http::{HeaderMap, HeaderName, HeaderValue};
use mainstay_balancer::{Availability, BreakerRule, DailyLimit, Failback, Member, Policy, Pool, TargetKey};
use mainstay_dialects::{Dialect, Terms};
use mainstay_simulator::{Fault, Practice, Simulator, Speaks};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

const KEY: &str = "sk-of-the-test";

/// Presents [`KEY`], and what `next` holds after a renewal.
struct Source {
    header: &'static str,
    now: Mutex<Option<&'static str>>,
    next: Mutex<Option<&'static str>>,
}

#[async_trait]
impl CredentialSource for Source {
    async fn current(&self) -> Result<Option<Presented>, CredentialError> {
        let key = *self.now.lock().unwrap();
        Ok(key.map(|key| {
            let value = if self.header == "authorization" { format!("Bearer {key}") } else { key.to_owned() };
            Presented {
                header: HeaderName::from_static(self.header),
                value: HeaderValue::from_str(&value).expect("a header's value"),
            }
        }))
    }

    async fn renew(&self, _: Option<&Presented>) -> Result<bool, CredentialError> {
        let next = self.next.lock().unwrap().take();
        if next.is_some() {
            *self.now.lock().unwrap() = next;
        }
        Ok(next.is_some())
    }
}

/// Counts how often health changed.
#[derive(Default)]
struct Watching(AtomicUsize);

impl Observer for Watching {
    fn finished(&self, _: Trail) {}
    fn health_changed(&self, _: &TargetKey) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

struct Bench {
    core: Core,
    watching: Arc<Watching>,
    upstream: Upstream,
    source: Arc<Source>,
    pool: Pool,
}

impl Bench {
    fn new(dialect: Dialect, base_url: &str) -> Self {
        let header = match dialect {
            Dialect::Anthropic => "x-api-key",
            Dialect::Gemini => "x-goog-api-key",
            Dialect::OpenaiChat | Dialect::OpenaiResponses => "authorization",
        };
        let key = TargetKey { base_url: base_url.into(), credential: "key:test".into(), model: "m".into() };
        let source = Arc::new(Source { header, now: Mutex::new(Some(KEY)), next: Mutex::default() });
        let mut headers = HeaderMap::new();
        headers.insert("anthropic-version", HeaderValue::from_static("2023-06-01"));
        headers.insert("x-of-the-profile", HeaderValue::from_static("a-secret"));
        let upstream = Upstream {
            profile: "p".into(),
            provider: "test".into(),
            dialect,
            base_url: base_url.parse().expect("an address"),
            headers,
            terms: Terms::default(),
            models: Vec::new(),
            streaming: true,
            first_content: None,
            idle: None,
            credential: source.clone(),
            key: key.clone(),
            way: Way::default(),
            practice: false,
        };
        let member = Member {
            name: "p".into(),
            weight: 1,
            key,
            dialect,
            breaker: BreakerRule::default(),
            context_limit: None,
            unready: None,
            provider: "test".into(),
            daily: DailyLimit::default(),
            spare_of: None,
        };
        let pool = Pool {
            name: "p".into(),
            policy: Policy::Failover,
            members: vec![member],
            sticky: false,
            failback: Failback::default(),
        };
        let watching = Arc::new(Watching::default());
        let outbound = Outbound::new("mainstay/test").expect("clients");
        let core = Core::new(outbound, watching.clone(), str::to_owned);
        Self { core, watching, upstream, source, pool }
    }

    async fn key(&self, call: &FreeCall) -> Checked {
        self.core.check_key(&self.upstream, call).await
    }

    fn standing(&self) -> Availability {
        self.core.availability(&self.pool)[0]
    }

    fn rests(&self) -> bool {
        matches!(self.standing(), Availability::Cooling { why: "credential-rejected", .. })
    }
}

fn call(path: &str, guarded: bool) -> FreeCall {
    FreeCall { path: path.to_owned(), guarded }
}

/// A server on loopback, and what it has been asked: method, path, key.
async fn stub<F>(answer: F) -> (String, Arc<Mutex<Vec<(String, String, bool)>>>)
where
    F: Fn(bool) -> Response + Clone + Send + Sync + 'static,
{
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    let app = Router::new().fallback(any(move |request: Request<axum::body::Body>| {
        let keyed = request.headers().values().any(|value| value.to_str().is_ok_and(|value| value.contains(KEY)));
        let line = (request.method().to_string(), request.uri().to_string(), keyed);
        seen.lock().unwrap().push(line);
        let answer = answer(keyed);
        async move { answer }
    }));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app).await });
    (format!("http://{address}"), asked)
}

fn said(status: u16, body: &'static str) -> Response {
    let status = StatusCode::from_u16(status).expect("a status");
    (status, [("content-type", "application/json")], body).into_response()
}

const SPEAKERS: [(Speaks, Dialect, &str); 4] = [
    (Speaks::Anthropic, Dialect::Anthropic, "/v1/models?limit=1"),
    (Speaks::OpenaiChat, Dialect::OpenaiChat, "/models"),
    (Speaks::OpenaiResponses, Dialect::OpenaiResponses, "/models"),
    (Speaks::Gemini, Dialect::Gemini, "/v1beta/models?pageSize=1"),
];

/// failover §2, CredentialRejected
#[tokio::test]
async fn a_key_is_accepted_or_rejected_by_the_free_call_of_every_dialect() {
    for (speaks, dialect, path) in SPEAKERS {
        let simulator = Simulator::start(vec![Practice::new("p", speaks, "m")]).await.expect("a provider");
        let provider = &simulator.providers()[0];
        let bench = Bench::new(dialect, &provider.base_url);
        let checked = bench.key(&call(path, true)).await;
        assert_eq!((checked.finding, bench.standing()), (Finding::Passed, Availability::Ready), "{checked:?}");

        provider.set(Fault::reject_key());
        let checked = bench.key(&call(path, true)).await;
        assert_eq!((checked.finding, bench.rests()), (Finding::Failed, true), "{dialect:?}: {checked:?}");
        assert!(checked.message.ends_with(", did not accept the key or login"), "{checked:?}");
        assert!(bench.core.rejected_until(&bench.upstream.key).is_some());

        provider.clear();
        let checked = bench.key(&call(path, true)).await;
        assert_eq!((checked.finding, bench.standing()), (Finding::Passed, Availability::Ready), "{checked:?}");
        assert_eq!(bench.watching.0.load(Ordering::Relaxed), 2, "out and back, and both are told");
        let seen = provider.seen();
        assert_eq!(seen.len(), 3, "{seen:?}");
        assert!(seen.iter().all(|seen| seen.method() == "GET" && seen.key_was(KEY)), "{seen:?}");
    }
}

#[tokio::test]
async fn where_it_is_not_known_that_a_call_needs_a_key_it_is_asked_without_one_first() {
    for (speaks, dialect, path) in SPEAKERS {
        let simulator = Simulator::start(vec![Practice::new("p", speaks, "m")]).await.expect("a provider");
        let provider = &simulator.providers()[0];
        let bench = Bench::new(dialect, &provider.base_url);
        let checked = bench.key(&call(path, false)).await;
        assert_eq!((checked.finding, checked.seen_guarded), (Finding::Passed, true), "{checked:?}");
        let keys: Vec<bool> = provider.seen().iter().map(|seen| seen.key_was(KEY)).collect();
        assert_eq!(keys, [false, true], "{dialect:?}");
    }
}

#[tokio::test]
async fn a_call_that_is_answered_without_a_key_proves_nothing_and_is_sent_none() {
    let (base, asked) = stub(|_| said(200, r#"{"object":"list","data":[]}"#)).await;
    let bench = Bench::new(Dialect::OpenaiChat, &format!("{base}/v1/"));
    let checked = bench.key(&call("/models", false)).await;
    assert_eq!(checked.finding, Finding::Untellable, "{checked:?}");
    assert_eq!(checked.message, "the key can't be checked for free: this address answers without one too");
    assert_eq!(*asked.lock().unwrap(), [("GET".to_owned(), "/v1/models".to_owned(), false)]);
    assert_eq!(bench.standing(), Availability::Ready);
}

#[tokio::test]
async fn what_is_no_rejection_of_the_key_marks_nothing() {
    const SCOPES: &str = r#"{"error":{"message":"You have insufficient permissions for this operation. Missing scopes: api.model.read.","type":"invalid_request_error","code":null}}"#;
    let cases = [
        (429, r#"{"error":{"message":"Slow down","code":"rate_limit_exceeded"}}"#, Finding::Unsettled),
        (402, r#"{"error":{"message":"Insufficient credits","code":402}}"#, Finding::Unsettled),
        (500, r#"{"error":{"message":"oh"}}"#, Finding::Unsettled),
        (503, "", Finding::Unsettled),
        (529, r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#, Finding::Unsettled),
        (404, r#"{"detail":"Not Found"}"#, Finding::Untellable),
        (405, "", Finding::Untellable),
        (407, "", Finding::Unsettled),
        (400, r#"{"error":{"message":"no"}}"#, Finding::Untellable),
        // A key may be restricted to other calls, and serve.
        (401, SCOPES, Finding::Untellable),
        (403, r#"{"type":"error","error":{"type":"permission_error","message":"no"}}"#, Finding::Untellable),
        (302, "", Finding::Unsettled),
        (200, "<html>Please log in</html>", Finding::Unsettled),
        (200, "", Finding::Unsettled),
        (200, r#"{"error":{"message":"Slow down","code":"rate_limit_exceeded"}}"#, Finding::Unsettled),
    ];
    for (status, body, finding) in cases {
        let (base, _) = stub(move |_| said(status, body)).await;
        let bench = Bench::new(Dialect::OpenaiChat, &base);
        let checked = bench.key(&call("/models", true)).await;
        assert_eq!((checked.finding, bench.standing()), (finding, Availability::Ready), "{status} {body}: {checked:?}");
        assert_eq!(bench.watching.0.load(Ordering::Relaxed), 0);
        assert!(!checked.message.contains("Slow down"), "what a provider says is not told: {checked:?}");
    }
}

#[tokio::test]
async fn a_provider_that_refuses_cuts_or_keeps_silent_is_not_marked_by_a_check() {
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
    let bench = Bench::new(Dialect::OpenaiChat, &format!("http://{closed}"));
    let checked = bench.key(&call("/models", true)).await;
    assert_eq!(checked.finding, Finding::Unsettled);
    assert!(checked.message.ends_with("the provider refused the connection"), "{checked:?}");
    assert_eq!(bench.core.check_address(&bench.upstream).await.finding, Finding::Failed);
    assert_eq!(bench.standing(), Availability::Ready);

    let cutting = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = cutting.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = cutting.accept().await {
            drop(stream);
        }
    });
    let bench = Bench::new(Dialect::OpenaiChat, &format!("http://{address}"));
    assert_eq!(bench.key(&call("/models", true)).await.finding, Finding::Unsettled);
    assert_eq!(bench.standing(), Availability::Ready);
}

#[tokio::test(start_paused = true)]
async fn a_check_takes_ten_seconds_at_most() {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let bench = Bench::new(Dialect::OpenaiChat, &format!("http://{}", silent.local_addr().expect("an address")));
    let began = tokio::time::Instant::now();
    let checked = bench.key(&call("/models", false)).await;
    assert_eq!((checked.finding, began.elapsed().as_secs()), (Finding::Unsettled, 10), "{checked:?}");
    let checked = bench.core.check_address(&bench.upstream).await;
    assert_eq!((checked.finding, began.elapsed().as_secs()), (Finding::Failed, 20), "{checked:?}");
    assert_eq!(bench.standing(), Availability::Ready);
}

#[tokio::test]
async fn an_address_is_checked_without_a_credential_or_a_header_of_the_profile() {
    let simulator = Simulator::start(vec![Practice::new("p", Speaks::Anthropic, "m")]).await.expect("a provider");
    let (base, asked) = stub(|_| said(401, "{}")).await;
    let bench = Bench::new(Dialect::OpenaiChat, &base);
    let checked = bench.core.check_address(&bench.upstream).await;
    assert_eq!(checked.finding, Finding::Passed, "any answer is one: {checked:?}");
    assert_eq!(*asked.lock().unwrap(), [("HEAD".to_owned(), "/".to_owned(), false)]);

    let provider = &simulator.providers()[0];
    let bench = Bench::new(Dialect::Anthropic, &format!("{}/nowhere", provider.base_url));
    assert_eq!(bench.core.check_address(&bench.upstream).await.finding, Finding::Passed);
    let seen = provider.seen().pop().expect("a request");
    assert!(!seen.mentions(KEY) && !seen.mentions("a-secret"), "{seen:?}");
}

/// failover §2, CredentialRejected
#[tokio::test]
async fn a_rejected_keys_source_is_read_again_once() {
    let (base, asked) = stub(|_| said(401, r#"{"error":{"code":"invalid_api_key"}}"#)).await;
    let bench = Bench::new(Dialect::OpenaiChat, &base);
    *bench.source.next.lock().unwrap() = Some("another");
    let checked = bench.key(&call("/models", true)).await;
    assert_eq!((checked.finding, bench.rests()), (Finding::Failed, true));
    assert_eq!(asked.lock().unwrap().iter().map(|(_, _, keyed)| *keyed).collect::<Vec<_>>(), [true, false]);
}

#[tokio::test]
async fn a_member_without_a_key_has_none_to_check() {
    let (base, asked) = stub(|_| said(200, "{}")).await;
    let bench = Bench::new(Dialect::OpenaiChat, &base);
    *bench.source.now.lock().unwrap() = None;
    assert_eq!(bench.key(&call("/models", true)).await.finding, Finding::Untellable);
    assert!(asked.lock().unwrap().is_empty());
}
