//! A provider's login as catalogue data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::OauthError;
use crate::Origin;

/// How a login goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FlowKind {
    /// Authorization code with PKCE (RFC 6749 §4.1, RFC 7636), by loopback redirect (RFC 8252) or pasted code.
    AuthorizationCode,
    /// Device authorization (RFC 8628) with PKCE.
    DeviceCode,
    /// The browser's code is traded for an API key: OpenRouter's flow for apps of third parties.
    KeyExchange,
}

/// How the code is sent to the token endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenBody {
    /// As a form, as RFC 6749 §4.1.3 says.
    #[default]
    Form,
    /// As JSON, where a vendor wants that. A refresh is a form all the same.
    Json,
}

/// What `state` is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StateForm {
    /// A random value of its own.
    #[default]
    Random,
    /// The PKCE verifier, where a vendor's pasted code carries it.
    Verifier,
}

/// The ports that the redirect may come back to, both ends included; `None`: any that is free (RFC 8252 §7.3).
pub type Ports = Option<(u16, u16)>;

/// Where the browser is sent back to on this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redirect {
    /// `127.0.0.1` or, where the client is registered so, `localhost`.
    #[serde(default = "loopback_host")]
    pub host: String,
    /// Which ports are registered.
    #[serde(default)]
    pub ports: Ports,
    /// The path, with its slash.
    #[serde(default = "callback")]
    pub path: String,
}

fn loopback_host() -> String {
    "127.0.0.1".to_owned()
}

fn callback() -> String {
    "/callback".to_owned()
}

impl Default for Redirect {
    fn default() -> Self {
        Self { host: loopback_host(), ports: None, path: callback() }
    }
}

/// A provider's login. Every field can be overridden in the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// How it goes.
    pub flow: FlowKind,
    /// Where the browser goes.
    #[serde(default)]
    pub authorize_url: Option<Url>,
    /// Where codes and refresh tokens are traded.
    pub token_url: Url,
    /// Where a device asks for its code.
    #[serde(default)]
    pub device_url: Option<Url>,
    /// Where a token is taken back (RFC 7009).
    #[serde(default)]
    pub revoke_url: Option<Url>,
    /// Where a code to paste is shown instead of coming back to this machine. `None`: it can't be pasted.
    #[serde(default)]
    pub paste_redirect_url: Option<Url>,
    /// Who asks. `None`: the user has to bring a client of their own.
    #[serde(default)]
    pub client_id: Option<String>,
    /// What is asked for.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// More parameters of the authorization request.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
    /// How the code is sent.
    #[serde(default)]
    pub token_body: TokenBody,
    /// What `state` is.
    #[serde(default)]
    pub state: StateForm,
    /// Where the browser comes back to.
    #[serde(default)]
    pub redirect: Redirect,
    /// Headers that a request with such a token needs beside it.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Where requests with such a token go, where that is another address than the provider's; a profile's own `base-url` stands
    /// over it.
    #[serde(default)]
    pub api_url: Option<Url>,
    /// The header that names the user's project at the provider, and that project.
    #[serde(default)]
    pub project_header: Option<String>,
    /// The project, where `project_header` is set.
    #[serde(default)]
    pub project: Option<String>,
    /// What the user should know before they log in.
    #[serde(default)]
    pub notice: Option<String>,
    /// The client id is the vendor's own: nothing is asked before the notice was accepted.
    #[serde(default)]
    pub accept_notice: bool,
    /// Where a key can be had instead.
    #[serde(default)]
    pub key_url: Option<Url>,
    /// The accounts are those of this provider, of which this one is another name.
    #[serde(default)]
    pub accounts_of: Option<String>,
}

impl Flow {
    /// Reads the catalogue's data about `provider`'s login.
    ///
    /// # Errors
    /// [`OauthError::Misconfigured`] if it is not of the right form, an address is not safe to send a secret to, or a part that
    /// this flow needs is missing.
    pub fn of(provider: &str, data: &Value) -> Result<Self, OauthError> {
        let wrong = |reason: String| OauthError::Misconfigured { provider: provider.to_owned(), reason };
        let flow: Self = serde_json::from_value(data.clone()).map_err(|error| wrong(error.to_string()))?;
        let addresses = [
            ("token_url", Some(&flow.token_url)),
            ("authorize_url", flow.authorize_url.as_ref()),
            ("device_url", flow.device_url.as_ref()),
            ("revoke_url", flow.revoke_url.as_ref()),
            ("paste_redirect_url", flow.paste_redirect_url.as_ref()),
            ("api_url", flow.api_url.as_ref()),
        ];
        for (name, address) in addresses {
            if address.is_some_and(|address| !Origin::from(address).is_secure()) {
                return Err(wrong(format!("\"{name}\" is not an https address")));
            }
        }
        let missing = match flow.flow {
            FlowKind::AuthorizationCode | FlowKind::KeyExchange if flow.authorize_url.is_none() => "authorize_url",
            FlowKind::DeviceCode if flow.device_url.is_none() => "device_url",
            _ if !["127.0.0.1", "localhost"].contains(&flow.redirect.host.as_str()) => "redirect.host of this machine",
            _ if !flow.redirect.path.starts_with('/') => "redirect.path that begins with a slash",
            _ => return Ok(flow),
        };
        Err(wrong(format!("it has no \"{missing}\"")))
    }

    /// The client id.
    ///
    /// # Errors
    /// [`OauthError::NeedsClient`] where the user has to bring their own and has not yet.
    pub(crate) fn client(&self) -> Result<&str, OauthError> {
        self.client_id.as_deref().filter(|id| !id.is_empty()).ok_or(OauthError::NeedsClient)
    }

    /// Whether a client has to be brought, and is not there.
    pub fn needs_client(&self) -> bool {
        self.flow != FlowKind::KeyExchange && self.client().is_err()
    }

    /// Headers that go with a request beside the token.
    pub fn request_headers(&self) -> Vec<(String, String)> {
        let project = self.project_header.clone().zip(self.project.clone().filter(|project| !project.is_empty()));
        self.headers.clone().into_iter().chain(project).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn code(more: &Value) -> Value {
        let mut flow = json!({
            "flow": "authorization-code",
            "authorize_url": "https://login.test/authorize",
            "token_url": "https://login.test/token",
        });
        for (key, value) in more.as_object().unwrap() {
            flow[key] = value.clone();
        }
        flow
    }

    #[test]
    fn a_flow_has_the_standards_defaults() {
        let flow = Flow::of("p", &code(&json!({}))).unwrap();
        assert_eq!(flow.redirect, Redirect { host: "127.0.0.1".into(), ports: None, path: "/callback".into() });
        assert_eq!((flow.token_body, flow.state), (TokenBody::Form, StateForm::Random));
        assert!(flow.needs_client());
    }

    #[test]
    fn what_is_wrong_with_a_flow_is_said() {
        let cases = [
            (json!({"token_url": "http://login.test/token"}), "token_url"),
            (json!({"authorize_url": null}), "authorize_url"),
            (json!({"redirect": {"host": "evil.test"}}), "redirect.host"),
            (json!({"redirect": {"path": "back"}}), "redirect.path"),
            (json!({"tokn_body": "json"}), "tokn_body"),
        ];
        for (change, named) in cases {
            let error = Flow::of("p", &code(&change)).unwrap_err();
            assert_eq!(error.code(), "login_misconfigured");
            assert!(error.to_string().contains(named), "{error}");
        }
        assert!(Flow::of("p", &code(&json!({"token_url": "http://127.0.0.1:4200/token"}))).is_ok(), "this machine");
    }

    #[test]
    fn a_project_goes_as_its_header() {
        let with = |project: Value| {
            let data = code(&json!({"project_header": "x-project", "project": project, "headers": {"beta": "1"}}));
            Flow::of("p", &data).unwrap().request_headers()
        };
        assert_eq!(with(Value::Null).len(), 1);
        assert_eq!(with(json!("mine")).last(), Some(&("x-project".to_owned(), "mine".to_owned())));
    }
}
