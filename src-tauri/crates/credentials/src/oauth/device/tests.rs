use serde_json::{Value, json};

use super::*;
use crate::oauth::{
    Unreached,
    scripted::{Scripted, flow, refusal, tokens},
};

fn offer(interval: u64) -> Result<(u16, Value), Unreached> {
    Ok((
        200,
        json!({"device_code": "the-device-code", "user_code": "ABCD-EFGH", "verification_uri": "https://login.test/enter",
            "verification_uri_complete": "https://login.test/enter?code=ABCD-EFGH", "expires_in": 60, "interval": interval}),
    ))
}

async fn polled(answers: Vec<Result<(u16, Value), Unreached>>) -> (Arc<Scripted>, Result<Bundle, OauthError>) {
    let server = Scripted::with([offer(5)].into_iter().chain(answers));
    let http: Arc<dyn TokenHttp> = server.clone();
    let login = DeviceLogin::begin(&flow(&json!({"flow": "device-code"})), None, &http).await.unwrap();
    let result = login.tokens(&http, || 1_000).await;
    (server, result)
}

#[tokio::test(start_paused = true)]
async fn the_user_sees_the_page_and_the_code() {
    let server = Scripted::with([offer(5)]);
    let http: Arc<dyn TokenHttp> = server.clone();
    let more = json!({"flow": "device-code", "parameters": {"prompt": "consent"}});
    let login = DeviceLogin::begin(&flow(&more), None, &http).await.unwrap();
    let address = login.address();
    assert_eq!((address.page.as_str(), address.code.as_str()), ("https://login.test/enter", "ABCD-EFGH"));
    assert_eq!(address.expires_in, Duration::from_secs(60));
    let asked = &server.asked()[0];
    assert_eq!((asked.fields["scope"].as_str(), asked.fields["code_challenge_method"].as_str()), ("one two", "S256"));
    assert_eq!(asked.fields["prompt"], "consent");
}

#[tokio::test(start_paused = true)]
async fn it_asks_no_more_often_than_it_may_and_slower_when_told() {
    let (server, result) = polled(vec![
        refusal("authorization_pending"),
        refusal("slow_down"),
        refusal("authorization_pending"),
        tokens("a", Some("r"), 60),
    ])
    .await;
    assert_eq!(result.unwrap().access.expose_secret(), "a");
    let asked = server.asked();
    let between: Vec<u64> = asked[1..].windows(2).map(|two| (two[1].at - two[0].at).as_secs()).collect();
    assert_eq!(between, [5, 10, 10]);
    assert_eq!(asked[1].fields["grant_type"], "urn:ietf:params:oauth:grant-type:device_code");
    assert!(asked[1].fields["code_verifier"].len() >= 43);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_away_for_a_while_ends_nothing() {
    let away = || Err(Unreached("connection refused".into()));
    let (_, result) = polled(vec![away(), Ok((502, json!({}))), tokens("a", None, 60)]).await;
    assert!(result.is_ok());
}

#[tokio::test(start_paused = true)]
async fn denied_and_expired_end_it() {
    let (_, denied) = polled(vec![refusal("authorization_pending"), refusal("access_denied")]).await;
    assert_eq!(denied.unwrap_err().code(), "login_denied");
    let (_, expired) = polled(vec![refusal("expired_token")]).await;
    assert_eq!(expired.unwrap_err().code(), "login_expired");
    let (_, silent) = polled((0..20).map(|_| refusal("authorization_pending")).collect()).await;
    assert_eq!(silent.unwrap_err().code(), "login_expired", "the code's time is over");
}
