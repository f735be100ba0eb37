//! Ready-made load balancers to begin with, and the profiles that they need: the recipe's, as data (`starters.json`).
//!
//! A member is written out where the recipe's commands differ from its main ones, else it is one of [`COMMON`].

use crate::profile::Policy;
use serde::Deserialize;
use serde_json::{Map, Value};

const BUILTIN: &str = include_str!("starters.json");

/// The recipe's three profiles, which most starters share.
const COMMON: &str = r#"[
  { "name": "anthropic-primary", "provider": "anthropic", "model": "claude-sonnet-4-5-20250929",
    "params": { "temperature": 0.2, "max_tokens": 8192 }, "contextLimit": 200000 },
  { "name": "openai-backup", "provider": "openai", "model": "gpt-5.2",
    "params": { "temperature": 0.2, "max_tokens": 8192 }, "contextLimit": 200000 },
  { "name": "gemini-fallback", "provider": "gemini", "model": "gemini-2.5-flash",
    "params": { "temperature": 0.2, "max_tokens": 8192 }, "contextLimit": 200000 }
]"#;

/// A load balancer to begin with.
#[derive(Clone, Debug, PartialEq)]
pub struct Starter {
    /// Its stable id.
    pub id: String,
    /// Its name for a person.
    pub title: String,
    /// What it does, in a sentence.
    pub summary: String,
    /// The load balancer's name.
    pub balancer: String,
    /// Its policy.
    pub policy: Policy,
    /// Its members in order.
    pub members: Vec<StarterMember>,
}

/// A member of a starter: the profile that it needs.
#[derive(Clone, Debug, PartialEq)]
pub struct StarterMember {
    /// The profile.
    pub draft: StarterDraft,
    /// Its weight; 1 where the policy has none.
    pub weight: u32,
}

/// A profile to be made.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StarterDraft {
    /// Its name.
    pub name: String,
    /// Its provider.
    pub provider: String,
    /// Its model.
    pub model: String,
    /// `modelParams`.
    pub params: Map<String, Value>,
    /// `context-limit`.
    pub context_limit: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    id: String,
    title: String,
    summary: String,
    balancer: String,
    policy: String,
    members: Vec<MemberForm>,
    #[serde(default)]
    weights: Vec<u32>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum MemberForm {
    Common(String),
    Own(StarterDraft),
}

/// The starters that this version ships with.
pub fn starters() -> Vec<Starter> {
    let common: Vec<StarterDraft> = serde_json::from_str(COMMON).expect("a test reads it");
    let forms: Vec<Form> = serde_json::from_str(BUILTIN).expect("the shipped starters are JSON; a test reads them");
    let draft = |form: MemberForm| match form {
        MemberForm::Own(draft) => draft,
        MemberForm::Common(name) => {
            let found = common.iter().find(|draft| draft.name == name);
            found.expect("a starter names common members only; a test reads them").clone()
        }
    };
    let starter = |form: Form| {
        let weights = form.weights.into_iter().map(Some).chain(std::iter::repeat(None));
        let members = form.members.into_iter().zip(weights);
        Starter {
            policy: match form.policy.as_str() {
                "roundrobin" => Policy::RoundRobin,
                "weighted" => Policy::Weighted,
                _ => Policy::Failover,
            },
            members: members
                .map(|(member, weight)| StarterMember { draft: draft(member), weight: weight.unwrap_or(1) })
                .collect(),
            id: form.id,
            title: form.title,
            summary: form.summary,
            balancer: form.balancer,
        }
    };
    forms.into_iter().map(starter).collect()
}

impl StarterDraft {
    /// `ephemeralSettings` of the profile.
    pub fn settings(&self) -> Map<String, Value> {
        Map::from_iter([("context-limit".to_owned(), Value::from(self.context_limit))])
    }

    /// The text of the new file.
    pub fn text(&self) -> String {
        crate::new_standard_text(&self.provider, &self.model, &self.params, &self.settings())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Catalogue, valid_name};

    #[test]
    fn every_starter_can_be_made_from_the_catalogue() {
        let catalogue = Catalogue::builtin();
        let starters = starters();
        let ids: Vec<&str> = starters.iter().map(|starter| starter.id.as_str()).collect();
        assert_eq!(ids, ["reliability", "spread", "budget", "quality", "speed", "proportional"]);
        for starter in starters {
            valid_name(&starter.balancer).unwrap();
            for StarterMember { draft, .. } in &starter.members {
                valid_name(&draft.name).unwrap();
                let provider = catalogue.provider(&draft.provider).expect("a provider of the catalogue");
                assert!(provider.models.iter().any(|model| model.id == draft.model), "{}", draft.model);
            }
        }
    }

    #[test]
    fn shares_are_the_recipes() {
        let starters = starters();
        let weights = |id: &str| {
            let starter = starters.iter().find(|starter| starter.id == id).unwrap();
            starter.members.iter().map(|member| member.weight).collect::<Vec<_>>()
        };
        assert_eq!(weights("proportional"), [70, 20, 10]);
        assert_eq!(weights("reliability"), [1, 1, 1]);
    }
}
