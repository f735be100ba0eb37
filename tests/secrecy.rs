//! No secret where none belongs: not in the log at its loudest, a trail, an error that a client sees, or a file in the clear;
//! and nothing of the client's own credentials with a provider.
//!
//! Each key comes from another place, and the providers do the worst that they can: they quote the key that they were given,
//! in every spelling, in whatever they answer.

use crate::harness::{Answer, Gateway, Home, MEMBERS, Serve, Tongue, Trio, standard};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use mainstay_simulator::Fault;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// Keys with characters that are spelled differently in URLs, base64 and JSON.
const CANARIES: [(&str, &str); 5] = [
    ("in-file", "sk-canary/PLAIN+one==two~Qx7"),
    ("key-file", "sk-canary/KEYFILE+one==two~Qx8"),
    ("variable", "sk-canary/VARIABLE+one==two~Qx9"),
    ("bound", "sk-canary/BOUND+one==two~Qx1"),
    ("provider", "sk-canary/PROVIDER+one==two~Qx2"),
];

fn percent(text: &str) -> String {
    let escaped = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escaped).collect()
}

/// `%2F` as `%2f`, letters as they are.
fn lower_escapes(text: &str) -> String {
    let mut parts = text.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |done, part| format!("{done}%{}{}", part[..2].to_lowercase(), &part[2..]))
}

/// All the ways in which a key may be written.
fn spellings(key: &str) -> Vec<String> {
    let bearer = format!("Bearer {key}");
    vec![
        key.to_owned(),
        percent(key),
        lower_escapes(&percent(key)),
        key.replace('/', "\\/"),
        BASE64_STANDARD_NO_PAD.encode(key),
        BASE64_URL_SAFE_NO_PAD.encode(key),
        BASE64_STANDARD.encode(format!("user:{key}")),
        BASE64_STANDARD.encode(bearer),
    ]
}

/// The distinctive end of a secret in each spelling, wherever a longer text begins or ends.
pub(crate) fn needles(secret: &str) -> Vec<String> {
    let distinct = &secret[secret.len() - 14..];
    let mut needles = vec![distinct.to_owned(), percent(distinct), lower_escapes(&percent(distinct))];
    // Three alignments; the first and last characters depend on what is around.
    for skew in 0..3 {
        for engine in [&BASE64_STANDARD_NO_PAD, &BASE64_URL_SAFE_NO_PAD] {
            let encoded = engine.encode(format!("{}{distinct}", "x".repeat(skew)));
            needles.push(encoded[4..encoded.len() - 2].to_owned());
        }
    }
    needles
}

fn find(hay: &str) -> Option<String> {
    CANARIES.iter().flat_map(|(_, key)| needles(key)).find(|needle| hay.contains(needle.as_str()))
}

/// A gateway at its loudest with a profile for each place a key can come from; all lead to one provider.
async fn indiscreet(trio: &Trio, provider: usize) -> Gateway {
    let home = Arc::new(Home::new());
    let (name, _, model) = MEMBERS[provider];
    let base = trio.at(provider).base_url.clone();
    let file = home.file("the.key", CANARIES[1].1);
    home.write("in-file", &standard(name, model, &json!({ "base-url": base, "auth-key": CANARIES[0].1 })));
    home.write("key-file", &standard(name, model, &json!({ "base-url": base, "auth-keyfile": file })));
    let mut variable = standard(name, model, &json!({ "base-url": base }));
    variable["x-mainstay"] = json!({ "auth": { "env": "A_KEY_OF_MINE" } });
    home.write("variable", &variable);
    home.write("bound", &standard(name, model, &json!({})));
    home.write("provider", &standard(name, model, &json!({})));
    let providers = json!({ "providers": [{ "name": name, "base_url": base }] });
    let catalogue = home.file("catalogue.json", &providers.to_string());
    let kept = |serve: Serve| {
        let serve = serve.args(["--secrets", "file"]).arg("--catalogue").arg(&catalogue);
        serve.arg("--profiles-dir").arg(home.profiles()).arg("--data-dir").arg(home.data())
    };
    for (slot, owner, key) in [("--profile", "bound", CANARIES[3].1), ("--provider", name, CANARIES[4].1)] {
        let ended = kept(Serve::bare(&home).args(["key", "set", slot, owner])).input(key).run().await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_eq!(find(&format!("{ended:?}")), None);
    }
    let listed = kept(Serve::bare(&home).args(["key", "list"])).run().await;
    assert!(listed.stdout.contains("Qx1") || listed.stdout.contains("~Qx1"), "its last four characters: {listed:?}");
    assert_eq!(find(&listed.stdout), None, "{listed:?}");
    let serve = kept(Serve::bare(&home).args(["serve", "--listen", "127.0.0.1:0", "--log", "trace"]));
    serve.variable("A_KEY_OF_MINE", CANARIES[2].1).start().await
}

/// An error that quotes a key in every spelling, and that nothing but its status tells the meaning of.
fn quoting(key: &str) -> Value {
    let message = format!("It went wrong with {}.", spellings(key).join(" or "));
    json!({ "type": "error", "error": { "type": "some_error", "code": "odd", "message": message } })
}

fn fault(status: u16, key: &str) -> Fault {
    let headers = json!({ "x-request-id": "echo" });
    Fault::from_json(json!({ "kind": "status", "status": status, "headers": headers, "body": quoting(key) }))
        .expect("a fault")
}

/// Everything that a person or program may come to see of an exchange.
async fn everything(gateway: &Gateway, answer: &Answer) -> String {
    let trail = gateway.trail(answer.header("x-mainstay-request-id").expect("a request id")).await;
    format!("{:?}\n{}\n{trail}", answer.headers, answer.body)
}

async fn nothing_shows(statuses: &[u16]) {
    for provider in 0..3 {
        let trio = Trio::start().await;
        let gateway = indiscreet(&trio, provider).await;
        for (turn, (profile, key)) in CANARIES.into_iter().enumerate() {
            for &status in statuses {
                let before = trio.at(provider).count();
                trio.at(provider).set(fault(status, key));
                // After a rejected key nobody asks again for a while, so another dialect is the first each time.
                for client in (turn..turn + 3).map(|place| Tongue::ALL[place % 3]) {
                    for stream in [turn % 2 == 0, turn % 2 != 0] {
                        let answer = gateway.ask(client, profile, "hello", stream).await;
                        let seen = everything(&gateway, &answer).await;
                        assert_eq!(
                            find(&seen),
                            None,
                            "{profile}, {status}, {client:?} over {}: {seen}",
                            trio.at(provider).name
                        );
                    }
                }
                assert!(trio.at(provider).count() > before, "{profile}: the provider was asked and answered {status}");
            }
            trio.at(provider).clear();
            assert!(trio.at(provider).seen().iter().any(|seen| seen.key_was(key)), "{profile}: its key was used");
        }
        let (home, log) = (Arc::clone(&gateway.home), gateway.log());
        assert_eq!(find(&log), None, "the log: {log}");
        assert!(log.contains("TRACE"), "the log is at its loudest");
        assert!(!log.contains(&gateway.token), "the log holds the door's token");
        nothing_in(&home.data(), &gateway.token);
        let ended = gateway.stop().await;
        assert_eq!(find(&ended.stderr), None);
    }
}

/// No file of the data folder holds a key or the token in the clear.
fn nothing_in(dir: &Path, token: &str) {
    for entry in fs::read_dir(dir).expect("the data folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            nothing_in(&path, token);
        } else if let Ok(content) = fs::read(&path) {
            let content = String::from_utf8_lossy(&content);
            assert_eq!(find(&content), None, "{}", path.display());
            assert!(!content.contains(token), "{}", path.display());
        }
    }
}

#[tokio::test]
async fn a_provider_that_quotes_the_key_in_a_failure_shows_it_to_nobody() {
    nothing_shows(&[500, 429, 401]).await;
}

#[tokio::test]
async fn a_provider_that_quotes_the_key_in_a_refusal_of_the_request_shows_it_to_nobody() {
    nothing_shows(&[400]).await;
}

#[tokio::test]
async fn a_provider_that_quotes_the_key_inside_a_200_shows_it_to_nobody() {
    for provider in 0..3 {
        let trio = Trio::start().await;
        let gateway = indiscreet(&trio, provider).await;
        let (profile, key) = CANARIES[0];
        for events in [0, [6, 4, 3][provider]] {
            let body = json!({ "kind": "error-in-200", "after_events": events, "body": quoting(key) });
            trio.at(provider).set(Fault::from_json(body).expect("a fault"));
            for client in Tongue::ALL {
                for stream in [false, true] {
                    let answer = gateway.ask(client, profile, "hello", stream).await;
                    let seen = everything(&gateway, &answer).await;
                    assert_eq!(find(&seen), None, "{client:?} over {}, {events}: {seen}", trio.at(provider).name);
                }
            }
        }
        assert_eq!(find(&gateway.log()), None, "{}", gateway.log());
    }
}

#[tokio::test]
async fn no_credential_of_the_client_reaches_a_provider_whichever_way_the_token_came() {
    const OWN: &str = "the-clients-own-credential";
    let trio = Trio::start().await;
    let home = Arc::new(Home::new());
    for first in 0..3 {
        trio.write(&home, &format!("ha{first}"), "failover", [first, (first + 1) % 3, (first + 2) % 3], &json!({}));
    }
    let gateway = Serve::at(&home).in_memory().start().await;
    let token = gateway.token.clone();
    type Way<'a> = Box<dyn Fn(&str) -> RequestBuilder + 'a>;
    let post = |path: String| gateway.request(Method::POST, &path);
    let ways: [(&str, Way<'_>); 6] = [
        (
            "x-mainstay-token",
            Box::new(|path| post(path.to_owned()).header("x-mainstay-token", &token).bearer_auth(OWN)),
        ),
        ("path", Box::new(|path| post(format!("/t/{token}{path}")).bearer_auth(OWN).header("x-api-key", OWN))),
        ("bearer", Box::new(|path| post(path.to_owned()).bearer_auth(&token).header("x-goog-api-key", OWN))),
        ("x-api-key", Box::new(|path| post(path.to_owned()).header("x-api-key", &token).header("x-goog-api-key", OWN))),
        ("x-goog-api-key", Box::new(|path| post(path.to_owned()).header("x-goog-api-key", &token))),
        (
            "query",
            Box::new(|path| {
                let joint = if path.contains('?') { '&' } else { '?' };
                post(format!("{path}{joint}key={token}"))
            }),
        ),
    ];
    for (way, asking) in &ways {
        for client in Tongue::ALL {
            for first in 0..3 {
                trio.at(first).forget();
                let balancer = format!("ha{first}");
                let request = asking(&client.path(&balancer, true)).json(&client.body(&balancer, "hello", true));
                let request = request.header("cookie", format!("session={OWN}")).header("proxy-authorization", OWN);
                let answer = Answer::to(request.header("openai-organization", OWN)).await;
                assert_eq!(answer.status, 200, "{way}: {answer:?}");
                let seen = trio.at(first).seen();
                assert_eq!(seen.len(), 1);
                for secret in [OWN, &token] {
                    assert!(!seen[0].mentions(secret), "{way}, {client:?} over {}: {:?}", trio.at(first).name, seen[0]);
                }
                assert!(seen[0].key_was(&format!("key-of-ha{first}-{}", trio.at(first).name)), "{way}: {seen:?}");
            }
        }
    }
}

#[tokio::test]
async fn no_credential_follows_a_redirect() {
    let trio = Trio::start().await;
    let home = Arc::new(Home::new());
    trio.write(&home, "ha", "failover", [0, 1, 2], &json!({}));
    let gateway = Serve::at(&home).in_memory().start().await;
    for status in [301, 302, 307, 308] {
        let elsewhere = format!("{}/v1/messages", trio.at(2).base_url);
        trio.at(0).set(crate::harness::status(status, &json!({ "location": elsewhere })));
        let answer = gateway.ask(Tongue::Anthropic, "ha-anthropic", "hello", false).await;
        assert!(answer.status >= 400, "{answer:?}");
        assert_eq!(trio.at(2).seen().len(), 0, "{status} was followed");
    }
}

#[tokio::test]
async fn a_stored_key_does_not_follow_a_profile_to_another_address_until_the_user_confirms_it() {
    let trio = Trio::start().await;
    let home = Arc::new(Home::new());
    let (name, _, model) = MEMBERS[0];
    let base = trio.at(0).base_url.clone();
    let catalogue =
        home.file("catalogue.json", &json!({ "providers": [{ "name": name, "base_url": base }] }).to_string());
    let kept = |serve: Serve| {
        let serve = serve.args(["--secrets", "file"]).arg("--catalogue").arg(&catalogue);
        serve.arg("--profiles-dir").arg(home.profiles()).arg("--data-dir").arg(home.data())
    };
    let ended = kept(Serve::bare(&home).args(["key", "set", "--provider", name])).input("a-stored-key").run().await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    // Somebody edits the file: another address, under which another program listens.
    home.write("p", &standard(name, model, &json!({ "base-url": trio.at(2).base_url })));
    let serving = || kept(Serve::bare(&home).args(["serve", "--listen", "127.0.0.1:0", "--profile", "p"])).start();
    let gateway = serving().await;
    let answer = gateway.ask(Tongue::Anthropic, "p", "hello", false).await;
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(answer.body.contains("has not been confirmed"), "{answer:?}");
    assert_eq!(trio.at(2).seen().len(), 0);
    gateway.stop().await;
    let ended = kept(Serve::bare(&home).args(["key", "confirm-origin", "--profile", "p"])).run().await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let gateway = serving().await;
    gateway.ask(Tongue::Anthropic, "p", "hello", false).await;
    assert!(trio.at(2).seen().iter().any(|seen| seen.mentions("a-stored-key")), "the user said so");
}
