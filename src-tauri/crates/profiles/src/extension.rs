//! The `"x-mainstay"` block: what Mainstay keeps in a profile file beyond what the CLI knows.
//!
//! Our settings never go into `ephemeralSettings` under invented names, because the CLI would send those upstream. They live
//! in one block of their own, which the CLI keeps untouched. Unknown keys inside it stay in the file and are ignored here;
//! a wrong type is a [`Problem`], not a failure, so that one bad line does not take a member out.

use serde_json::{Map, Value};
use url::Url;

use crate::daily_limit::DailyLimit;
use crate::placement::{Failback, read_failback, read_sticky};
use crate::profile::Policy;
use crate::proxy::proxy_url;
use crate::settings::{Problem, kind_of, whole_number};

/// The key under which the block lies in a profile file.
pub(crate) const KEY: &str = "x-mainstay";

/// Which model serves a request that asks for another one (failover §5).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModelMap {
    /// `models.main`: serves whatever no other rule names. `None`: the profile's `model`.
    pub main: Option<String>,
    /// `models.small`: serves the small models that agents ask for in side jobs. `None`: no distinction.
    pub small: Option<String>,
    /// `models.map`: pattern (with `*`) of the model asked for, and the model that serves it. First match wins; the file's
    /// order is kept.
    pub map: Vec<(String, String)>,
    /// `models.keepClient`: keep the model that the client asked for where the provider has it.
    pub keep_client: bool,
}

/// A credential source that a file names under `"x-mainstay": {"auth": …}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamedAuth {
    /// `{"env": "NAME"}`: the key is in this environment variable.
    Env(String),
    /// `"caller"`: the caller's own credential is forwarded to its own provider.
    Caller,
    /// `"none"`: the provider wants no credential.
    None_,
}

/// The way out that a file names under `"x-mainstay": {"proxy": …}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamedProxy {
    /// `"none"`: no proxy, whatever the settings say.
    None_,
    /// This proxy, whatever the settings say ([`proxy_url`]).
    Url(Url),
}

/// What the `"x-mainstay"` block of a profile says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extension {
    /// `models`: which model serves which request.
    pub models: ModelMap,
    /// `always`: parameters whose profile value replaces what the client sent (failover §5).
    pub always: Vec<String>,
    /// `auth`: a credential source.
    pub auth: Option<NamedAuth>,
    /// `proxy`: which way requests go out. `None`: as the settings say.
    pub proxy: Option<NamedProxy>,
    /// `policy`: wins over the file's `policy`, so that a weighted list can lie in a file that the CLI loads (failover §6).
    pub policy: Option<Policy>,
    /// `weights`: by position in `profiles`. As written; [`crate::MemberRef::weight`] is what counts.
    pub weights: Option<Vec<u32>>,
    /// `sticky`: requests that go on with a conversation stay with its member (failover §4). `None`: they don't.
    pub sticky: Option<bool>,
    /// `failback`: when `failover` goes back to the top. `None`: the default.
    pub failback: Option<Failback>,
    /// `dailyLimit`: what the profile may spend in a day.
    pub daily_limit: DailyLimit,
}

impl Extension {
    /// Reads the block from a profile's top-level object; what cannot be read goes to `problems`.
    pub(crate) fn read(profile: &Map<String, Value>, problems: &mut Vec<Problem>) -> Extension {
        let Some(value) = profile.get(KEY) else { return Extension::default() };
        let Value::Object(block) = value else {
            problems.push(Problem::wrong_type(KEY, "an object", value));
            return Extension::default();
        };
        Extension {
            models: block.get("models").map(|value| read_models(value, problems)).unwrap_or_default(),
            always: block.get("always").map(|value| read_always(value, problems)).unwrap_or_default(),
            auth: block.get("auth").and_then(|value| read_auth(value, problems)),
            proxy: block.get("proxy").and_then(|value| read_proxy(value, problems)),
            policy: block.get("policy").and_then(|value| read_policy(value, problems)),
            weights: block.get("weights").and_then(|value| read_weights(value, problems)),
            sticky: read_sticky(block, problems),
            failback: read_failback(block, problems),
            daily_limit: block.get("dailyLimit").map(|value| DailyLimit::read(value, problems)).unwrap_or_default(),
        }
    }
}

fn read_models(value: &Value, problems: &mut Vec<Problem>) -> ModelMap {
    let Value::Object(models) = value else {
        problems.push(Problem::wrong_type("x-mainstay.models", "an object", value));
        return ModelMap::default();
    };
    let mut name = |key: &str| match models.get(key) {
        None | Some(Value::Null) => None,
        Some(Value::String(model)) if !model.is_empty() => Some(model.clone()),
        Some(other) => {
            problems.push(Problem::wrong_type(&format!("x-mainstay.models.{key}"), "a model's name", other));
            None
        }
    };
    let main = name("main");
    let small = name("small");
    let keep_client = match models.get("keepClient") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(keep)) => *keep,
        Some(other) => {
            problems.push(Problem::wrong_type("x-mainstay.models.keepClient", "true or false", other));
            false
        }
    };
    let mut map = Vec::new();
    match models.get("map") {
        None | Some(Value::Null) => {}
        Some(Value::Object(rules)) => {
            for (pattern, model) in rules {
                match model {
                    Value::String(model) if !model.is_empty() => map.push((pattern.clone(), model.clone())),
                    other => problems.push(Problem::wrong_type(
                        &format!("x-mainstay.models.map.{pattern}"),
                        "a model's name",
                        other,
                    )),
                }
            }
        }
        Some(other) => problems.push(Problem::wrong_type("x-mainstay.models.map", "an object", other)),
    }
    ModelMap { main, small, map, keep_client }
}

fn read_always(value: &Value, problems: &mut Vec<Problem>) -> Vec<String> {
    let Value::Array(names) = value else {
        problems.push(Problem::wrong_type("x-mainstay.always", "a list of parameter names", value));
        return Vec::new();
    };
    let mut always = Vec::new();
    for name in names {
        match name {
            Value::String(name) => always.push(name.clone()),
            other => problems.push(Problem::wrong_type("x-mainstay.always", "a list of parameter names", other)),
        }
    }
    always
}

fn read_auth(value: &Value, problems: &mut Vec<Problem>) -> Option<NamedAuth> {
    match value {
        Value::String(word) if word == "caller" => return Some(NamedAuth::Caller),
        Value::String(word) if word == "none" => return Some(NamedAuth::None_),
        Value::Object(source) => {
            if let Some(Value::String(variable)) = source.get("env")
                && !variable.is_empty()
                && !variable.contains(['=', '\0'])
            {
                return Some(NamedAuth::Env(variable.clone()));
            }
        }
        Value::Null => return None,
        _ => {}
    }
    // The value is not quoted: someone may have pasted a key here.
    problems.push(Problem::new(
        "bad-extension",
        "x-mainstay.auth",
        "\"auth\" is neither \"caller\", \"none\" nor {\"env\": \"NAME\"}.",
        "Name an environment variable, or remove \"auth\" to use the stored key.",
    ));
    None
}

fn read_proxy(value: &Value, problems: &mut Vec<Problem>) -> Option<NamedProxy> {
    const KEY: &str = "x-mainstay.proxy";
    let text = match value {
        Value::Null => return None,
        Value::String(text) if text == "none" => return Some(NamedProxy::None_),
        Value::String(text) => text,
        other => {
            problems.push(Problem::wrong_type(KEY, "\"none\" or a proxy's address", other));
            return None;
        }
    };
    proxy_url(text)
        .map(NamedProxy::Url)
        .map_err(|error| {
            let message = format!("In \"{KEY}\" {error}, so the settings count.");
            problems.push(Problem::new("bad-extension", KEY, message, error.hint()));
        })
        .ok()
}

fn read_policy(value: &Value, problems: &mut Vec<Problem>) -> Option<Policy> {
    let policy = value.as_str().and_then(Policy::from_file);
    if policy.is_none() {
        problems.push(Problem::new(
            "bad-extension",
            "x-mainstay.policy",
            "\"x-mainstay.policy\" is not a policy, so the file's own policy counts.",
            "Write \"failover\", \"roundrobin\" or \"weighted\".",
        ));
    }
    policy
}

/// `None` when any entry is unusable: positions would shift and give a member another one's share.
fn read_weights(value: &Value, problems: &mut Vec<Problem>) -> Option<Vec<u32>> {
    let Value::Array(list) = value else {
        problems.push(Problem::bad_weight(
            "x-mainstay.weights",
            format!("The weights are {}, not a list.", kind_of(value)),
        ));
        return None;
    };
    let weights: Option<Vec<u32>> =
        list.iter().map(|weight| whole_number(weight).and_then(|weight| u32::try_from(weight).ok())).collect();
    if weights.is_none() {
        problems.push(Problem::bad_weight(
            "x-mainstay.weights",
            "One of the weights is not a whole number of 0 or more, so none of them counts.",
        ));
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(block: Value) -> (Extension, Vec<String>) {
        let mut problems = Vec::new();
        let mut profile = Map::new();
        profile.insert(KEY.to_owned(), block);
        let extension = Extension::read(&profile, &mut problems);
        (extension, problems.into_iter().map(|problem| problem.key).collect())
    }

    #[test]
    fn everything_the_block_may_say_is_read() {
        let (extension, problems) = read(json!({
            "models": {"main": "m", "small": "s", "map": {"*haiku*": "h", "*opus*": "o"}, "keepClient": true},
            "always": ["temperature"],
            "auth": {"env": "WORK_KEY"},
            "proxy": "socks5h://proxy.test:1080",
            "policy": "weighted",
            "weights": [70, "20", 10.0],
            "sticky": true,
            "failback": "never",
            "dailyLimit": {"requests": 200, "usd": 5},
            "something-newer": {"kept": true}
        }));
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(
            extension,
            Extension {
                models: ModelMap {
                    main: Some("m".into()),
                    small: Some("s".into()),
                    map: vec![("*haiku*".into(), "h".into()), ("*opus*".into(), "o".into())],
                    keep_client: true,
                },
                always: vec!["temperature".into()],
                auth: Some(NamedAuth::Env("WORK_KEY".into())),
                proxy: Some(NamedProxy::Url("socks5h://proxy.test:1080".parse().expect("an address"))),
                policy: Some(Policy::Weighted),
                weights: Some(vec![70, 20, 10]),
                sticky: Some(true),
                failback: Some(Failback::Never),
                daily_limit: DailyLimit { requests: Some(200), micro_usd: Some(5_000_000) },
            }
        );
    }

    #[test]
    fn words_name_a_credential_source() {
        assert_eq!(read(json!({"auth": "caller"})).0.auth, Some(NamedAuth::Caller));
        assert_eq!(read(json!({"auth": "none"})).0.auth, Some(NamedAuth::None_));
    }

    #[test]
    fn none_means_no_proxy_and_nothing_means_the_settings() {
        assert_eq!(read(json!({"proxy": "none"})).0.proxy, Some(NamedProxy::None_));
        assert_eq!(read(json!({"proxy": null})), (Extension::default(), Vec::new()));
    }

    #[test]
    fn a_wrong_type_is_a_problem_and_the_rest_counts() {
        for (block, keys) in [
            (json!("text"), vec!["x-mainstay"]),
            (json!({"models": []}), vec!["x-mainstay.models"]),
            (json!({"models": {"main": 1}}), vec!["x-mainstay.models.main"]),
            (json!({"models": {"map": {"*": 2}}}), vec!["x-mainstay.models.map.*"]),
            (json!({"models": {"keepClient": "yes"}}), vec!["x-mainstay.models.keepClient"]),
            (json!({"always": "temperature"}), vec!["x-mainstay.always"]),
            (json!({"auth": {"env": ""}}), vec!["x-mainstay.auth"]),
            (json!({"proxy": true}), vec!["x-mainstay.proxy"]),
            (json!({"proxy": "proxy.test:3128"}), vec!["x-mainstay.proxy"]),
            (json!({"proxy": "http://user:pw@proxy.test:3128"}), vec!["x-mainstay.proxy"]),
            (json!({"policy": "random"}), vec!["x-mainstay.policy"]),
            (json!({"weights": [1, -1]}), vec!["x-mainstay.weights"]),
            (json!({"weights": {"a": 1}}), vec!["x-mainstay.weights"]),
            (json!({"sticky": 1}), vec!["x-mainstay.sticky"]),
            (json!({"failback": "soon"}), vec!["x-mainstay.failback"]),
            (json!({"dailyLimit": {"usd": 0}}), vec!["x-mainstay.dailyLimit.usd"]),
        ] {
            let (extension, problems) = read(block.clone());
            assert_eq!(problems, keys, "{block}");
            assert_eq!(extension, Extension::default(), "{block}");
        }
    }

    #[test]
    fn a_secret_pasted_where_a_name_belongs_is_not_repeated() {
        let mut problems = Vec::new();
        let profile = json!({"x-mainstay": {"auth": "sk-canary-0123456789", "proxy": "http://me:canary@proxy.test"}});
        Extension::read(profile.as_object().expect("an object"), &mut problems);
        assert!(!format!("{problems:?}").contains("canary"));
        assert_eq!(problems.len(), 2);
    }
}
