use std::collections::BTreeMap;

use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::*;
use crate::oauth::{
    Unreached,
    scripted::{Scripted, flow, refusal, tokens},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};

fn back() -> Url {
    "http://localhost:8765/callback".parse().unwrap()
}

fn query(login: &CodeLogin) -> BTreeMap<String, String> {
    login.address().query_pairs().into_owned().collect()
}

fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

fn as_http(server: &Arc<Scripted>) -> Arc<dyn TokenHttp> {
    Arc::clone(server) as Arc<dyn TokenHttp>
}

#[test]
fn the_address_asks_for_a_code_with_a_challenge_and_a_state() {
    let login = CodeLogin::begin(&flow(&json!({"parameters": {"code": "true"}})), None, back()).unwrap();
    let query = query(&login);
    assert_eq!(login.address().as_str().split('?').next(), Some("https://login.test/authorize"));
    let said = |name: &str| query[name].as_str();
    assert_eq!(
        [
            said("response_type"),
            said("client_id"),
            said("redirect_uri"),
            said("scope"),
            said("code"),
            said("code_challenge_method")
        ],
        ["code", "the-client", "http://localhost:8765/callback", "one two", "true", "S256"]
    );
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(login.verifier.expose_secret()));
    assert_eq!(said("code_challenge"), challenge);
    assert!(said("state").len() >= 43);
    assert_ne!(said("state"), login.verifier.expose_secret(), "the verifier stays here");
    let other = CodeLogin::begin(&flow(&json!({})), None, back()).unwrap();
    assert_ne!(other.state.expose_secret(), login.state.expose_secret());
}

#[test]
fn a_flow_without_a_client_begins_nothing() {
    let Err(error) = CodeLogin::begin(&flow(&json!({"client_id": null})), None, back()) else { panic!("it began") };
    assert_eq!(error.code(), "login_needs_client");
}

#[tokio::test]
async fn the_code_is_sent_as_a_form_with_its_verifier() {
    let server = Scripted::with([tokens("a", Some("r"), 3600)]);
    let login = CodeLogin::begin(&flow(&json!({})), Some(secret("client-secret")), back()).unwrap();
    let bundle = login.redeem(&secret("the-code"), &as_http(&server), 1_000).await.unwrap();
    assert_eq!((bundle.access.expose_secret(), bundle.expires_at), ("a", Some(4_600)));
    let asked = &server.asked()[0];
    assert_eq!(
        (asked.url.as_str(), asked.content_type.as_str()),
        ("https://login.test/token", "application/x-www-form-urlencoded")
    );
    assert_eq!(asked.fields["grant_type"], "authorization_code");
    assert_eq!(asked.fields["code"], "the-code");
    assert_eq!(asked.fields["code_verifier"], login.verifier.expose_secret());
    assert_eq!(asked.fields["client_secret"], "client-secret");
    assert!(!asked.fields.contains_key("state"));
}

#[tokio::test]
async fn a_vendor_that_wants_json_gets_json_with_the_state() {
    let server = Scripted::with([tokens("a", None, 60)]);
    let login = CodeLogin::begin(&flow(&json!({"token_body": "json", "state": "verifier"})), None, back()).unwrap();
    assert_eq!(query(&login)["state"], login.verifier.expose_secret());
    let pasted = Pasted::read(&format!("the-code#{}", login.state.expose_secret())).unwrap();
    login.redeem_pasted(&pasted, &as_http(&server), 0).await.unwrap();
    let asked = &server.asked()[0];
    assert_eq!(asked.content_type, "application/json");
    assert_eq!(
        (asked.fields["code"].as_str(), asked.fields["state"].as_str()),
        ("the-code", login.state.expose_secret())
    );
}

#[tokio::test]
async fn a_pasted_code_of_another_login_is_not_sent() {
    let server = Scripted::with([]);
    let login = CodeLogin::begin(&flow(&json!({})), None, back()).unwrap();
    let pasted = Pasted::read("code#another").unwrap();
    let error = login.redeem_pasted(&pasted, &as_http(&server), 0).await.unwrap_err();
    assert_eq!(error.code(), "login_wrong_state");
    assert!(server.asked().is_empty());
}

#[test]
fn what_can_be_pasted() {
    let read = |text: &str| {
        Pasted::read(text).map(|pasted| {
            (pasted.code.expose_secret().to_owned(), pasted.state.map(|state| state.expose_secret().to_owned()))
        })
    };
    let with_state = Ok(("c".to_owned(), Some("s".to_owned())));
    let same = |found: Result<_, OauthError>, wanted: Result<(String, Option<String>), &str>| {
        assert_eq!(found.map_err(|error| error.code()), wanted);
    };
    same(read("c#s"), with_state.clone());
    same(read("  c#s\n"), with_state.clone());
    same(read("http://localhost:8765/callback?code=c&state=s"), with_state);
    same(read("c"), Ok(("c".to_owned(), None)));
    same(read("http://localhost:8765/callback?error=access_denied"), Err("login_denied"));
    for nothing in ["", "  ", "two words", "https://login.test/"] {
        same(read(nothing), Err("login_no_code"));
    }
}

#[tokio::test]
async fn each_refusal_has_its_own_word_and_none_says_a_secret() {
    let echo = json!({"error": "invalid_request", "error_description": "bad code the-canary-code"});
    let cases = [
        (refusal("invalid_grant"), "login_ended"),
        (refusal("access_denied"), "login_denied"),
        (Ok((400, echo)), "login_refused"),
        (Ok((200, json!({"token": "the-canary-code"}))), "login_malformed"),
        (Ok((503, json!({}))), "login_unreachable"),
        (Err(Unreached("no route to the-canary-code".into())), "login_unreachable"),
    ];
    for (answer, word) in cases {
        let server = Scripted::with([answer]);
        let login = CodeLogin::begin(&flow(&json!({})), None, back()).unwrap();
        let error = login.redeem(&secret("the-canary-code"), &as_http(&server), 0).await.unwrap_err();
        assert_eq!(error.code(), word, "{error}");
        assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
    }
}
