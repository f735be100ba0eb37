//! Understands one line.

use super::table::usages_like;
use super::words::{Word, words};
use secrecy::SecretString;
use serde_json::Value;
use std::fmt;

/// One command, understood.
pub(crate) enum Command {
    /// `/auth`.
    Auth,
    /// `/auth P …`.
    AuthOf { provider: String, action: AuthAction },
    /// `/provider P`.
    Provider(String),
    /// `/model M`.
    Model(String),
    /// `/key K`.
    Key(Given),
    /// `/key save N K`.
    KeySave { name: String, key: Given },
    /// `/key load N`.
    KeyLoad(String),
    /// `/key list`.
    KeyList,
    /// `/key delete N`.
    KeyDelete(String),
    /// `/keyfile PATH`.
    Keyfile(String),
    /// `/baseurl URL`.
    BaseUrl(String),
    /// `/set modelparam K V`.
    SetParam { name: String, value: Value },
    /// `/set K V`.
    Set { key: String, value: Value },
    /// `/set unset modelparam K`.
    UnsetParam(String),
    /// `/set unset K`.
    Unset(String),
    /// `/profile save [model] NAME`.
    Save(String),
    /// `/profile save loadbalancer NAME POLICY MEMBERS…`; a weight only where one was written.
    SaveBalancer { name: String, policy: Policy, members: Vec<(String, Option<u32>)>, context_limit: Option<u64> },
    /// `/profile load NAME`.
    Load(String),
    /// `/profile list`.
    List,
    /// `/profile show NAME`.
    Show(String),
    /// `/profile delete NAME`.
    Delete(String),
    /// `/profile set-default NAME`; `None`: none.
    SetDefault(Option<String>),
    /// `/stats buckets`.
    StatsBuckets,
    /// `/stats lb`.
    StatsLb,
    /// `/stats quota`.
    StatsQuota,
    /// `/help`.
    Help,
}

pub(crate) use mainstay_profiles::Policy;

/// What `/auth P` is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AuthAction {
    Enable,
    Disable,
    /// Of this account; without one: the default one.
    Login(Option<String>),
    /// Of this account; without one: the only one.
    Logout(Option<String>),
    Status,
}

/// A key as it was given.
pub(crate) enum Given {
    /// One of the recipe's placeholders: the profile is saved as one that needs a key.
    Placeholder,
    /// `-`: on standard input.
    StandardInput,
    /// The key.
    Secret(SecretString),
}

/// Keys do not show.
impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Placeholder => "Placeholder",
            Self::StandardInput => "StandardInput",
            Self::Secret(_) => "Secret(…)",
        })
    }
}

/// What the recipe writes where a key belongs.
const PLACEHOLDERS: [&str; 3] = ["sk-ant-your-key", "sk-your-openai-key", "your-gemini-key"];

/// A line that was not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Mistake {
    /// What is wrong.
    pub message: String,
    /// What is possible.
    pub hint: String,
}

impl Mistake {
    pub(crate) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: hint.into() }
    }
}

/// Understands a line; `None` for a blank one, a comment, or the fence of a block copied with its Markdown.
pub(crate) fn parse(line: &str) -> Result<Option<Command>, Mistake> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') || line.starts_with("```") {
        return Ok(None);
    }
    let found = words(line);
    let texts: Vec<&str> = found.iter().map(|word| word.text).collect();
    let owned = |text: &str| text.to_owned();
    let command = match texts.as_slice() {
        ["/auth"] => Command::Auth,
        ["/auth", provider, action] => Command::AuthOf { provider: owned(provider), action: auth_action(action)? },
        ["/auth", provider, "login", account] => {
            Command::AuthOf { provider: owned(provider), action: AuthAction::Login(Some(owned(account))) }
        }
        ["/auth", provider, "logout", account] => {
            Command::AuthOf { provider: owned(provider), action: AuthAction::Logout(Some(owned(account))) }
        }
        ["/auth", provider] => Command::AuthOf { provider: owned(provider), action: AuthAction::Status },
        ["/provider", name] => Command::Provider(owned(name)),
        ["/model", name] => Command::Model(owned(name)),
        ["/key", "save", name, key] => Command::KeySave { name: owned(name), key: given(key)? },
        ["/key", "load", name] => Command::KeyLoad(owned(name)),
        ["/key", "list"] => Command::KeyList,
        ["/key", "delete", name] => Command::KeyDelete(owned(name)),
        ["/key", "save" | "load" | "delete"] => return Err(incomplete(&texts)),
        ["/key", key] => Command::Key(given(key)?),
        ["/keyfile", path] => Command::Keyfile(owned(path)),
        ["/baseurl", url] => Command::BaseUrl(owned(url)),
        ["/set", "unset", "modelparam", name] => Command::UnsetParam(owned(name)),
        ["/set", "unset", key] => Command::Unset(owned(key)),
        ["/set", "modelparam", name, _, ..] => Command::SetParam { name: owned(name), value: value(line, &found, 3) },
        ["/set", key, _, ..] if !matches!(*key, "unset" | "modelparam") => {
            Command::Set { key: owned(key), value: value(line, &found, 2) }
        }
        ["/profile", "save", "loadbalancer", name, policy, members @ ..] => balancer(name, policy, members)?,
        ["/profile", "save", "model", name] => Command::Save(owned(name)),
        ["/profile", "save", name] if !matches!(*name, "loadbalancer" | "model") => Command::Save(owned(name)),
        ["/profile", "load", name] => Command::Load(owned(name)),
        ["/profile", "list"] => Command::List,
        ["/profile", "show", name] => Command::Show(owned(name)),
        ["/profile", "delete", name] => Command::Delete(owned(name)),
        ["/profile", "set-default", "none"] => Command::SetDefault(None),
        ["/profile", "set-default", name] => Command::SetDefault(Some(owned(name))),
        ["/stats", "buckets"] => Command::StatsBuckets,
        ["/stats", "lb"] => Command::StatsLb,
        ["/stats", "quota"] => Command::StatsQuota,
        ["/help", ..] => Command::Help,
        _ => return Err(incomplete(&texts)),
    };
    Ok(Some(command))
}

/// The line without what may be secret in it, to be shown.
pub(crate) fn shown(line: &str) -> String {
    let line = line.trim();
    let found = words(line);
    let secret = match found.iter().map(|word| word.text).collect::<Vec<_>>().as_slice() {
        ["/key", "save", _, _, ..] => 3,
        ["/key", "load" | "list" | "delete", ..] => return line.to_owned(),
        ["/key", _, ..] => 1,
        ["/set", "auth-key" | "apiKey" | "api-key" | "custom-headers", _, ..] => 2,
        _ => return line.to_owned(),
    };
    format!("{}…", &line[..found[secret].at])
}

fn auth_action(word: &str) -> Result<AuthAction, Mistake> {
    match word {
        "enable" => Ok(AuthAction::Enable),
        "disable" => Ok(AuthAction::Disable),
        "login" => Ok(AuthAction::Login(None)),
        "logout" => Ok(AuthAction::Logout(None)),
        "status" => Ok(AuthAction::Status),
        _ => Err(Mistake::new(
            format!("/auth can't \"{word}\"."),
            "Possible are enable, disable, login, logout and status.",
        )),
    }
}

fn given(key: &str) -> Result<Given, Mistake> {
    match key.trim() {
        "" => Err(Mistake::new("The key is empty.", "Write the key after /key, or - to read it from standard input.")),
        "-" => Ok(Given::StandardInput),
        placeholder if PLACEHOLDERS.contains(&placeholder) => Ok(Given::Placeholder),
        key => Ok(Given::Secret(SecretString::from(key.to_owned()))),
    }
}

/// What stands from the word at `index` on, to the end of the line: JSON where it is JSON, else text, as the CLI takes it.
fn value(line: &str, found: &[Word<'_>], index: usize) -> Value {
    let rest = line[found[index].at..].trim();
    match serde_json::from_str(rest) {
        Ok(value) => value,
        Err(_) if found.len() == index + 1 => Value::from(found[index].text),
        Err(_) => Value::from(rest),
    }
}

fn balancer(name: &str, policy: &str, rest: &[&str]) -> Result<Command, Mistake> {
    let policy = match policy {
        "failover" => Policy::Failover,
        "roundrobin" => Policy::RoundRobin,
        "weighted" => Policy::Weighted,
        _ => {
            return Err(Mistake::new(
                format!("There is no policy \"{policy}\"."),
                "The name comes first, then failover, roundrobin or weighted, then the profiles.",
            ));
        }
    };
    let (mut members, mut context_limit) = (Vec::new(), None);
    let mut words = rest.iter();
    while let Some(word) = words.next() {
        if *word == "--context-limit" {
            let limit = words.next().and_then(|limit| limit.parse().ok()).filter(|limit| *limit > 0);
            context_limit = Some(limit.ok_or_else(|| {
                Mistake::new("--context-limit needs a whole number above 0.", "For example --context-limit 200000.")
            })?);
            continue;
        }
        members.push(member(word, policy)?);
    }
    let least = if policy == Policy::Failover { 2 } else { 1 };
    if members.len() < least {
        return Err(Mistake::new(
            format!("A load balancer with {policy} needs at least {least} profiles."),
            format!("/profile save loadbalancer {name} {policy} FIRST SECOND …"),
        ));
    }
    Ok(Command::SaveBalancer { name: name.to_owned(), policy, members, context_limit })
}

/// `NAME`, or under `weighted` `NAME:WEIGHT`.
fn member(word: &str, policy: Policy) -> Result<(String, Option<u32>), Mistake> {
    if policy != Policy::Weighted {
        return Ok((word.to_owned(), None));
    }
    match word.rsplit_once(':') {
        None => Ok((word.to_owned(), None)),
        Some((name, weight)) => match weight.parse::<u32>() {
            Ok(weight) if weight > 0 && !name.is_empty() => Ok((name.to_owned(), Some(weight))),
            _ => Err(Mistake::new(
                format!("\"{word}\" is no member with its weight."),
                "Write NAME:WEIGHT with a whole number from 1, for example anthropic-primary:70.",
            )),
        },
    }
}

fn incomplete(texts: &[&str]) -> Mistake {
    let usages = usages_like(texts);
    let first = texts.first().copied().unwrap_or_default();
    if usages.is_empty() {
        // What was typed may be a key that was pasted on its own: it is not repeated.
        let named = if first.starts_with('/') && first.len() <= 20 { format!(" {first}") } else { String::new() };
        return Mistake::new(format!("There is no command{named}."), "/help lists the commands.");
    }
    let many = usages.len() > 1;
    Mistake::new(
        format!("{first} was not understood like this."),
        format!("{}: {}", if many { "Possible are" } else { "It goes" }, usages.join("; ")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;
    use serde_json::json;

    fn mistake(line: &str) -> Mistake {
        match parse(line) {
            Err(mistake) => mistake,
            Ok(_) => panic!("understood: {line}"),
        }
    }

    #[test]
    fn blank_lines_and_comments_are_passed_over() {
        for line in ["", "   ", "# 1. Enable OAuth for free providers", "  # Option A", "```bash", "```"] {
            assert!(matches!(parse(line), Ok(None)), "{line}");
        }
    }

    #[test]
    fn values_are_json_where_they_are_json() {
        let value = |line: &str| match parse(line) {
            Ok(Some(Command::SetParam { value, .. } | Command::Set { value, .. })) => value,
            _ => panic!("{line}"),
        };
        assert_eq!(value("/set modelparam temperature 0.2"), json!(0.2));
        assert_eq!(value("/set context-limit 200000"), json!(200_000));
        assert_eq!(value("/set streaming enabled"), json!("enabled"));
        assert_eq!(value("/set circuit_breaker_enabled false"), json!(false));
        assert_eq!(value(r#"/set custom-headers {"X-A": "b c"}"#), json!({ "X-A": "b c" }));
        assert_eq!(value("/set user-agent \"my tool 1.0\""), json!("my tool 1.0"));
        assert_eq!(value("/set user-agent my tool 1.0"), json!("my tool 1.0"));
    }

    #[test]
    fn a_balancer_names_policy_and_members() {
        let read = |line: &str| match parse(line) {
            Ok(Some(Command::SaveBalancer { name, policy, members, .. })) => (name, policy, members),
            _ => panic!("{line}"),
        };
        let (name, policy, members) = read("/profile save loadbalancer ha failover a b c");
        assert_eq!((name.as_str(), policy), ("ha", Policy::Failover));
        assert_eq!(members, ["a", "b", "c"].map(|member| (member.to_owned(), None)));
        let (_, _, members) = read("/profile save loadbalancer w weighted a:70 b:20 c");
        assert_eq!(members, [("a".into(), Some(70)), ("b".into(), Some(20)), ("c".into(), None)]);
        assert!(mistake("/profile save loadbalancer w weighted a:0 b:1").hint.contains("NAME:WEIGHT"));
        assert!(mistake("/profile save loadbalancer ha failover a").message.contains("at least 2"));
        assert!(mistake("/profile save loadbalancer ha random a b").hint.contains("roundrobin"));
    }

    #[test]
    fn the_recipes_placeholders_are_no_keys() {
        for key in PLACEHOLDERS {
            assert!(matches!(parse(&format!("/key {key}")), Ok(Some(Command::Key(Given::Placeholder)))), "{key}");
        }
        let Ok(Some(Command::Key(Given::Secret(secret)))) = parse("/key sk-real") else { panic!("a key") };
        assert_eq!(secret.expose_secret(), "sk-real");
    }

    #[test]
    fn a_mistake_says_what_is_possible_and_never_repeats_what_may_be_a_key() {
        assert!(mistake("/profile lood x").hint.contains("/profile load NAME"));
        assert!(mistake("/auth openai reboot").hint.contains("enable"));
        assert_eq!(mistake("/frobnicate").message, "There is no command /frobnicate.");
        assert_eq!(mistake("sk-ant-canary-123").message, "There is no command.");
        for line in ["/key canary more", "/key save a canary b"] {
            let mistake = mistake(line);
            assert!(!format!("{mistake:?}").contains("canary"), "{line}");
        }
    }

    #[test]
    fn a_line_is_shown_without_its_key() {
        for (line, expected) in [
            ("/key sk-canary", "/key …"),
            ("/key save work sk-canary", "/key save work …"),
            ("/key load work", "/key load work"),
            ("/set auth-key sk-canary", "/set auth-key …"),
            ("/set custom-headers {\"authorization\":\"canary\"}", "/set custom-headers …"),
            ("/model gpt-5.2", "/model gpt-5.2"),
        ] {
            assert_eq!(shown(line), expected);
        }
    }
}
