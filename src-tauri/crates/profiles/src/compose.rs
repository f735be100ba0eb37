//! The text of new profile files, in the forms that failover §6 asks for.
//!
//! Layout is the CLI's: two spaces, no newline at the end, keys in the order in which the CLI writes them.

use serde_json::{Map, Value, json};

use crate::document::{Document, EditError};
use crate::extension::KEY;
use crate::place::FileError;
use crate::profile::{BalancerProfile, MemberRef, Policy, Profile};

/// The text of a new standard profile, as the CLI's `/profile save` writes it.
///
/// `params` become `modelParams`, `settings` become `ephemeralSettings`; never put a secret there.
pub fn new_standard_text(
    provider: &str,
    model: &str,
    params: &Map<String, Value>,
    settings: &Map<String, Value>,
) -> String {
    let mut file = Map::new();
    file.insert("version".into(), json!(1));
    file.insert("provider".into(), json!(provider));
    file.insert("model".into(), json!(model));
    file.insert("modelParams".into(), Value::Object(params.clone()));
    file.insert("ephemeralSettings".into(), Value::Object(settings.clone()));
    pretty(file)
}

/// The text of a new load balancer: failover and roundrobin in the CLI's full form, weighted in the recipe's.
///
/// The CLI cannot load the weighted form; [`new_balancer_text_for_cli`] gives one that it can.
pub fn new_balancer_text(policy: Policy, members: &[MemberRef]) -> String {
    match policy {
        Policy::Failover | Policy::RoundRobin => full_form(policy, members, None),
        Policy::Weighted => {
            let members: Vec<String> = (members.iter())
                .map(|member| {
                    format!("    {{ \"profile\": {}, \"weight\": {} }}", json!(member.profile), member.weight)
                })
                .collect();
            let members = if members.is_empty() { "[]".to_owned() } else { format!("[\n{}\n  ]", members.join(",\n")) };
            format!(
                "{{\n  \"version\": 1,\n  \"type\": \"loadbalancer\",\n  \"policy\": \"weighted\",\n  \"profiles\": {members}\n}}"
            )
        }
    }
}

/// The text of a new load balancer that the CLI can load whatever its policy.
///
/// Weighted becomes a `roundrobin` file that holds `"x-mainstay": {"policy": "weighted", "weights": […]}`: the CLI keeps
/// that block and takes turns; Mainstay obeys it.
pub fn new_balancer_text_for_cli(policy: Policy, members: &[MemberRef]) -> String {
    match policy {
        Policy::Failover | Policy::RoundRobin => full_form(policy, members, None),
        Policy::Weighted => full_form(Policy::RoundRobin, members, Some(weighted_block(members))),
    }
}

/// Rewrites a load balancer's text so that the CLI can load it, keeping everything else as it is. Its meaning stays.
///
/// # Errors
/// [`FileError`] when the text is not a load balancer.
pub fn loadable_by_cli(text: &str) -> Result<String, FileError> {
    let Profile::Balancer(balancer) = Profile::parse("", text)? else {
        return Err(FileError::at(crate::FileErrorKind::Shape, text, 0, "This profile is not a load balancer."));
    };
    let mut document = Document::parse(text)?;
    rewrite(&mut document, &balancer)
        .map_err(|error| FileError::at(crate::FileErrorKind::Shape, text, 0, format!("{error}.")))?;
    Ok(document.text().to_owned())
}

fn rewrite(document: &mut Document, balancer: &BalancerProfile) -> Result<(), EditError> {
    let names: Vec<&str> = balancer.members.iter().map(|member| member.profile.as_str()).collect();
    document.set(&["profiles"], json!(names))?;
    for (key, empty) in empty_fields() {
        if document.get(&[key]).is_none_or(|value| value.is_null()) {
            document.set(&[key], empty)?;
        }
    }
    if balancer.written_policy == Policy::Weighted {
        let nearest = if balancer.policy == Policy::Failover { Policy::Failover } else { Policy::RoundRobin };
        document.set(&["policy"], json!(nearest.as_str()))?;
    }
    if balancer.policy == Policy::Weighted {
        let weights: Vec<u32> = balancer.members.iter().map(|member| member.weight).collect();
        document.set(&[KEY, "policy"], json!("weighted"))?;
        document.set(&[KEY, "weights"], json!(weights))?;
    }
    Ok(())
}

/// Without these the CLI refuses a load balancer.
fn empty_fields() -> [(&'static str, Value); 4] {
    [("provider", json!("")), ("model", json!("")), ("modelParams", json!({})), ("ephemeralSettings", json!({}))]
}

fn weighted_block(members: &[MemberRef]) -> Value {
    let weights: Vec<u32> = members.iter().map(|member| member.weight).collect();
    json!({"policy": "weighted", "weights": weights})
}

fn full_form(policy: Policy, members: &[MemberRef], block: Option<Value>) -> String {
    let names: Vec<&str> = members.iter().map(|member| member.profile.as_str()).collect();
    let mut file = Map::new();
    file.insert("version".into(), json!(1));
    file.insert("type".into(), json!("loadbalancer"));
    file.insert("policy".into(), json!(policy.as_str()));
    file.insert("profiles".into(), json!(names));
    for (key, empty) in empty_fields() {
        file.insert(key.into(), empty);
    }
    if let Some(block) = block {
        file.insert(KEY.into(), block);
    }
    pretty(file)
}

fn pretty(file: Map<String, Value>) -> String {
    serde_json::to_string_pretty(&Value::Object(file)).expect("a JSON value with text keys can be written")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(list: &[(&str, u32)]) -> Vec<MemberRef> {
        list.iter().map(|(profile, weight)| MemberRef { profile: (*profile).into(), weight: *weight }).collect()
    }

    fn balancer(text: &str) -> BalancerProfile {
        match Profile::parse("b", text) {
            Ok(Profile::Balancer(balancer)) => balancer,
            other => panic!("not a balancer: {other:?}"),
        }
    }

    #[test]
    fn a_standard_profile_is_written_as_the_recipe_prints_it() {
        let (params, settings) = (json!({"temperature": 0.2, "max_tokens": 8192}), json!({"context-limit": 200000}));
        let text = new_standard_text(
            "anthropic",
            "claude-sonnet-4-5-20250929",
            params.as_object().expect("an object"),
            settings.as_object().expect("an object"),
        );
        assert_eq!(text, include_str!("../tests/fixtures/recipe/anthropic-primary.json").trim_end());
    }

    #[test]
    fn failover_and_roundrobin_are_written_in_the_clis_full_form() {
        let text = new_balancer_text(Policy::Failover, &members(&[("a", 1), ("b \"q\"", 1)]));
        let expected = r#"{
  "version": 1,
  "type": "loadbalancer",
  "policy": "failover",
  "profiles": [
    "a",
    "b \"q\""
  ],
  "provider": "",
  "model": "",
  "modelParams": {},
  "ephemeralSettings": {}
}"#;
        assert_eq!(text, expected);
        let turns = new_balancer_text(Policy::RoundRobin, &members(&[("a", 1)]));
        assert_eq!(turns, expected.replace("failover", "roundrobin").replace(",\n    \"b \\\"q\\\"\"", ""));
    }

    #[test]
    fn weighted_is_written_as_the_recipe_prints_it() {
        let shares = members(&[("anthropic-primary", 70), ("openai-backup", 20), ("gemini-fallback", 10)]);
        let text = new_balancer_text(Policy::Weighted, &shares);
        assert_eq!(text, include_str!("../tests/fixtures/recipe/weighted-ha.json").trim_end());
    }

    #[test]
    fn weights_in_a_file_for_the_cli_mean_the_same_to_us() {
        let shares = members(&[("a", 70), ("b", 20), ("c", 10)]);
        let text = new_balancer_text_for_cli(Policy::Weighted, &shares);
        let file: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(file["policy"], "roundrobin");
        assert_eq!(file["profiles"], json!(["a", "b", "c"]));
        assert_eq!(file["x-mainstay"], json!({"policy": "weighted", "weights": [70, 20, 10]}));
        let read = balancer(&text);
        assert_eq!((read.policy, read.members, read.problems), (Policy::Weighted, shares, vec![]));
    }

    #[test]
    fn a_file_is_made_loadable_by_the_cli_and_keeps_meaning_and_extras() {
        let before = r#"{
  // mine
  "version": 1, "type": "loadbalancer",
  "policy": "weighted",
  "profiles": [{"profile": "a", "weight": 7}, {"profile": "b", "weight": 3}],
  "note": "kept",
  "modelParams": {"temperature": 1}
}
"#;
        let after = loadable_by_cli(before).expect("a balancer");
        let (old, new) = (balancer(before), balancer(&after));
        assert_eq!((old.policy, &old.members, &old.params), (new.policy, &new.members, &new.params));
        assert!(after.contains("// mine") && after.contains("\"note\": \"kept\""));
        for needed in
            ["\"policy\": \"roundrobin\"", "\"provider\": \"\"", "\"model\": \"\"", "\"ephemeralSettings\": {}"]
        {
            assert!(after.contains(needed), "{needed} in {after}");
        }
        assert_eq!(loadable_by_cli(&after).as_deref(), Ok(after.as_str()), "nothing is left to do");
    }

    #[test]
    fn a_policy_that_the_cli_lacks_gives_way_to_the_nearest_that_it_has() {
        let file = |extension: &str| {
            format!(r#"{{"version":1,"type":"loadbalancer","policy":"weighted","profiles":["a","b"]{extension}}}"#)
        };
        for (extension, written, counts) in [
            ("", Policy::RoundRobin, Policy::Weighted),
            (r#","x-mainstay":{"policy":"weighted"}"#, Policy::RoundRobin, Policy::Weighted),
            (r#","x-mainstay":{"policy":"failover"}"#, Policy::Failover, Policy::Failover),
            (r#","x-mainstay":{"policy":"roundrobin"}"#, Policy::RoundRobin, Policy::RoundRobin),
        ] {
            let after = balancer(&loadable_by_cli(&file(extension)).expect("a balancer"));
            assert_eq!((after.written_policy, after.policy), (written, counts), "{extension}");
        }
    }

    #[test]
    fn only_a_load_balancer_is_rewritten_for_the_cli() {
        assert!(loadable_by_cli(include_str!("../tests/fixtures/recipe/openai-backup.json")).is_err());
        assert!(loadable_by_cli("{").is_err());
    }
}
