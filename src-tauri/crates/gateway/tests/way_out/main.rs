//! The way out over real sockets: proxies, a private authority, TLS servers, all on loopback.
//!
//! Loopback never goes through a proxy, so the provider has a name that only the proxy knows: `provider.test`. Where this
//! side is to look a name up in vain, that is [`UNNAMEABLE`], so that nobody is asked about it.

mod authority;
mod certificates;
mod failures;
mod proxies;
mod servers;

use bytes::Bytes;
use http::HeaderMap;
use mainstay_gateway::{CallError, NetworkSettings, Outbound, ProxyEnvironment, Way};
use std::collections::BTreeMap;
use url::Url;

/// No name may have so long a part (RFC 1035 §2.3.4): looking it up fails without a question to anybody.
const UNNAMEABLE: &str = "https://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.test/";

/// Variables that no process has set.
fn environment(variables: &[(&str, String)]) -> ProxyEnvironment {
    let variables: BTreeMap<String, String> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    ProxyEnvironment::of(move |name| variables.get(name).cloned())
}

fn outbound(variables: &[(&str, String)], settings: NetworkSettings) -> Outbound {
    Outbound::with("mainstay-test", environment(variables), settings).expect("the clients can be built")
}

fn url(text: &str) -> Url {
    Url::parse(text).expect("an address")
}

/// Asks and gives the answer's text.
async fn ask(outbound: &Outbound, target: &str, way: &Way) -> Result<String, CallError> {
    let mut answer = outbound.post(&url(target), way, HeaderMap::new(), Bytes::new()).await?;
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.expect("a whole answer") {
        body.extend_from_slice(&chunk);
    }
    Ok(String::from_utf8(body).expect("text"))
}

/// Asks in vain and gives what is to be said.
async fn failure(outbound: &Outbound, target: &str, way: &Way) -> (mainstay_balancer::Outcome, String) {
    let error = ask(outbound, target, way).await.expect_err("it can't be reached");
    outbound.read_call(&error, way)
}
