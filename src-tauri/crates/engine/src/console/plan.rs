//! What a block would change, to be looked at before it runs.

use mainstay_profiles::Profile;
use serde::Serialize;
use serde_json::{Map, Value};
use ts_rs::TS;

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// The line that makes it, from 1.
    pub line: u32,
    /// `create`, `replace`, `delete`, `key`, `load`, `default` or `login`.
    pub kind: String,
    /// The profile, balancer or provider that it is about; empty for no default.
    pub name: String,
    /// What becomes different, in words: "temperature 0.2 removed"; of what is created, what it is. Never a secret.
    pub details: Vec<String>,
}

impl Change {
    pub(crate) fn new(line: u32, kind: &str, name: &str, details: Vec<String>) -> Self {
        Self { line, kind: kind.to_owned(), name: name.to_owned(), details }
    }
}

/// Settings whose values may be secret.
const HIDDEN: [&str; 4] = ["auth-key", "apiKey", "api-key", "custom-headers"];

/// What becomes different from one text of a profile to another, in words.
pub(crate) fn difference(before: &str, after: &str) -> Vec<String> {
    let mut details = Vec::new();
    match (Profile::parse("", before), Profile::parse("", after)) {
        (Ok(Profile::Standard(old)), Ok(Profile::Standard(new))) => {
            named("provider", &old.provider, &new.provider, &mut details);
            named("model", &old.model, &new.model, &mut details);
            maps(&old.params, &new.params, &mut details);
            maps(&old.settings, &new.settings, &mut details);
        }
        (Ok(Profile::Balancer(old)), Ok(Profile::Balancer(new))) => {
            named("policy", old.policy.as_str(), new.policy.as_str(), &mut details);
            named("members", &list(&old.members), &list(&new.members), &mut details);
            maps(&old.settings, &new.settings, &mut details);
        }
        (Ok(_), Ok(_)) => details.push("becomes another kind of profile".to_owned()),
        (Err(_), _) => details.push("takes the place of a file that can't be used".to_owned()),
        (_, Err(_)) => {}
    }
    details
}

/// What a new profile says, in words.
pub(crate) fn contents(text: &str) -> Vec<String> {
    match Profile::parse("", text) {
        Ok(Profile::Standard(new)) => {
            let mut details = vec![new.provider.clone(), new.model.clone()];
            let all = new.params.iter().chain(&new.settings);
            details.extend(all.map(|(name, value)| format!("{name} {}", shown(name, value))));
            details
        }
        Ok(Profile::Balancer(new)) => vec![format!("{}: {}", new.policy, list(&new.members))],
        Err(_) => Vec::new(),
    }
}

/// The members in their order, with weights where they say something.
fn list(members: &[mainstay_profiles::MemberRef]) -> String {
    let words = members.iter().map(|member| match member.weight {
        1 => member.profile.clone(),
        weight => format!("{} {weight}", member.profile),
    });
    words.collect::<Vec<_>>().join(", ")
}

/// A value as it may be shown.
fn shown(name: &str, value: &Value) -> String {
    match value {
        _ if HIDDEN.contains(&name) => "…".to_owned(),
        value => value.to_string(),
    }
}

fn named(what: &str, old: &str, new: &str, details: &mut Vec<String>) {
    if old != new {
        details.push(format!("{what} {old} becomes {new}"));
    }
}

fn maps(old: &Map<String, Value>, new: &Map<String, Value>, details: &mut Vec<String>) {
    for (name, was) in old {
        match new.get(name) {
            None => details.push(format!("{name} {} removed", shown(name, was))),
            Some(is) if is != was => {
                details.push(format!("{name} {} becomes {}", shown(name, was), shown(name, is)));
            }
            Some(_) => {}
        }
    }
    for (name, is) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
        details.push(format!("{name} {} added", shown(name, is)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_told_in_words_without_secrets() {
        let before = r#"{"version":1,"provider":"gemini","model":"a","modelParams":{"temperature":0.2,"x":1},"ephemeralSettings":{"auth-key":"canary"}}"#;
        let after = r#"{"version":1,"provider":"gemini","model":"b","modelParams":{"x":2},"ephemeralSettings":{"context-limit":5}}"#;
        assert_eq!(
            difference(before, after),
            [
                "model a becomes b",
                "temperature 0.2 removed",
                "x 1 becomes 2",
                "auth-key … removed",
                "context-limit 5 added"
            ]
        );
        let list = |profiles: &str| {
            format!(r#"{{"version":1,"type":"loadbalancer","policy":"weighted","profiles":{profiles}}}"#)
        };
        assert_eq!(
            difference(&list(r#"[{"profile":"a","weight":70}]"#), &list(r#"[{"profile":"a","weight":60}]"#)),
            ["members a 70 becomes a 60"]
        );
        assert_eq!(difference(before, before), [""; 0]);
        assert_eq!(contents(before), ["gemini", "a", "temperature 0.2", "x 1", "auth-key …"]);
        assert_eq!(contents(&list(r#"[{"profile":"a","weight":70}, "b"]"#)), ["weighted: a 70, b"]);
    }
}
