//! Names of secrets: what a record in a store is called.
//!
//! Invariant: an id says what a secret is for and never holds any part of it, so ids may be logged and listed.

use std::{fmt, str::FromStr};

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// What would make `oauth:PROVIDER:BUCKET` ambiguous.
const SEPARATORS: &AsciiSet = &CONTROLS.add(b':').add(b'%');

/// The name of one secret in a [`SecretStore`](crate::SecretStore).
///
/// `Display` and `FromStr` are each other's inverse: `profile:NAME`, `provider:NAME`, `key:NAME`, `oauth:PROVIDER:BUCKET`,
/// `oauth-client:PROVIDER`, `proxy:ADDRESS`, `door-token`, `digest-key`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretId(Kind);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kind {
    ProfileKey(String),
    ProviderKey(String),
    NamedKey(String),
    Oauth { provider: String, bucket: String },
    OauthClient(String),
    ProxyLogin(String),
    DoorToken,
    DigestKey,
}

impl SecretId {
    /// The API key bound to the profile of this name.
    ///
    /// Its record holds the origin beside the key: write it with [`set_profile_key`](crate::set_profile_key).
    pub fn profile_key(profile: impl Into<String>) -> Self {
        Self(Kind::ProfileKey(profile.into()))
    }

    /// The API key stored for a provider of the catalogue.
    pub fn provider_key(provider: impl Into<String>) -> Self {
        Self(Kind::ProviderKey(provider.into()))
    }

    /// An API key that the user keeps under a name of their own.
    pub fn named_key(name: impl Into<String>) -> Self {
        Self(Kind::NamedKey(name.into()))
    }

    /// The name, if this is a key under a name.
    pub fn name(&self) -> Option<&str> {
        match &self.0 {
            Kind::NamedKey(name) => Some(name),
            _ => None,
        }
    }

    /// The token bundle of one OAuth account (a provider may have several, called buckets).
    pub fn oauth(provider: impl Into<String>, bucket: impl Into<String>) -> Self {
        Self(Kind::Oauth { provider: provider.into(), bucket: bucket.into() })
    }

    /// The secret of the user's own OAuth client at a provider.
    pub fn oauth_client(provider: impl Into<String>) -> Self {
        Self(Kind::OauthClient(provider.into()))
    }

    /// Provider and account, if these are the tokens of one.
    pub fn account(&self) -> Option<(&str, &str)> {
        match &self.0 {
            Kind::Oauth { provider, bucket } => Some((provider, bucket)),
            _ => None,
        }
    }

    /// The user name and password for a proxy, under its address without them: `http://HOST:PORT`.
    pub fn proxy_login(address: impl Into<String>) -> Self {
        Self(Kind::ProxyLogin(address.into()))
    }

    /// The first token of the local door.
    pub fn door_token() -> Self {
        Self(Kind::DoorToken)
    }

    /// The key under which [`CredentialId`](crate::CredentialId) digests are made.
    pub(crate) fn digest_key() -> Self {
        Self(Kind::DigestKey)
    }

    /// The profile's name, if this is a profile's key.
    pub fn profile(&self) -> Option<&str> {
        match &self.0 {
            Kind::ProfileKey(name) => Some(name),
            _ => None,
        }
    }

    /// The provider's name, if this is a provider's key or account.
    pub fn provider(&self) -> Option<&str> {
        match &self.0 {
            Kind::ProviderKey(name) | Kind::OauthClient(name) | Kind::Oauth { provider: name, .. } => Some(name),
            _ => None,
        }
    }

    /// The proxy's address, if this is a login for one.
    pub fn proxy(&self) -> Option<&str> {
        match &self.0 {
            Kind::ProxyLogin(address) => Some(address),
            _ => None,
        }
    }

    pub(crate) fn is_oauth(&self) -> bool {
        matches!(self.0, Kind::Oauth { .. })
    }
}

impl fmt::Display for SecretId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::ProfileKey(name) => write!(f, "profile:{name}"),
            Kind::ProviderKey(name) => write!(f, "provider:{name}"),
            Kind::NamedKey(name) => write!(f, "key:{name}"),
            Kind::Oauth { provider, bucket } => {
                write!(f, "oauth:{}:{bucket}", utf8_percent_encode(provider, SEPARATORS))
            }
            Kind::OauthClient(provider) => write!(f, "oauth-client:{provider}"),
            Kind::ProxyLogin(address) => write!(f, "proxy:{address}"),
            Kind::DoorToken => f.write_str("door-token"),
            Kind::DigestKey => f.write_str("digest-key"),
        }
    }
}

/// A text that names no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the name of a secret")]
pub struct InvalidSecretId(String);

impl FromStr for SecretId {
    type Err = InvalidSecretId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidSecretId(text.to_owned());
        let kind = match text.split_once(':') {
            Some(("profile", name)) => Kind::ProfileKey(name.to_owned()),
            Some(("provider", name)) => Kind::ProviderKey(name.to_owned()),
            Some(("key", name)) => Kind::NamedKey(name.to_owned()),
            Some(("oauth", account)) => {
                let (provider, bucket) = account.split_once(':').ok_or_else(invalid)?;
                let provider = percent_decode_str(provider).decode_utf8().map_err(|_| invalid())?;
                Kind::Oauth { provider: provider.into_owned(), bucket: bucket.to_owned() }
            }
            Some(("oauth-client", provider)) => Kind::OauthClient(provider.to_owned()),
            Some(("proxy", address)) => Kind::ProxyLogin(address.to_owned()),
            None if text == "door-token" => Kind::DoorToken,
            None if text == "digest-key" => Kind::DigestKey,
            _ => return Err(invalid()),
        };
        Ok(Self(kind))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_id() -> impl Strategy<Value = SecretId> {
        prop_oneof![
            any::<String>().prop_map(SecretId::profile_key),
            any::<String>().prop_map(SecretId::provider_key),
            any::<(String, String)>().prop_map(|(provider, bucket)| SecretId::oauth(provider, bucket)),
            any::<String>().prop_map(SecretId::oauth_client),
            any::<String>().prop_map(SecretId::proxy_login),
            Just(SecretId::door_token()),
            Just(SecretId::digest_key()),
        ]
    }

    proptest! {
        #[test]
        fn an_id_is_read_back_from_its_text(id in any_id()) {
            prop_assert_eq!(id.to_string().parse::<SecretId>().unwrap(), id);
        }

        #[test]
        fn two_ids_never_share_a_text(a in any_id(), b in any_id()) {
            prop_assert_eq!(a == b, a.to_string() == b.to_string());
        }
    }

    #[test]
    fn ids_are_spelled_as_documented() {
        let spelled = [
            (SecretId::profile_key("anthropic-primary"), "profile:anthropic-primary"),
            (SecretId::provider_key("anthropic"), "provider:anthropic"),
            (SecretId::oauth("qwen", "work"), "oauth:qwen:work"),
            (SecretId::oauth("a:b", "c"), "oauth:a%3Ab:c"),
            (SecretId::oauth_client("gemini"), "oauth-client:gemini"),
            (SecretId::proxy_login("http://proxy.test:3128"), "proxy:http://proxy.test:3128"),
            (SecretId::door_token(), "door-token"),
        ];
        for (id, text) in spelled {
            assert_eq!(id.to_string(), text);
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "profile", "oauth:qwen", "session:1", "door-token:2"] {
            assert!(text.parse::<SecretId>().is_err(), "{text}");
        }
    }
}
