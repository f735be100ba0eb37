//! Parameters that a target has refused, so that the next request leaves them out at once (failover §2, ParameterRejected).

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::{TargetKey, pool::is_the_callers, snapshot::whole};

/// No model refuses more of what a profile may set; a provider that names ever new ones must not fill the memory.
const MOST_PER_TARGET: usize = 32;
const MOST_TARGETS: usize = 10_000;

#[derive(Clone, Debug, Default)]
pub(crate) struct Refused(HashMap<TargetKey, Vec<String>>);

impl Refused {
    pub(crate) fn learn(&mut self, key: &TargetKey, param: &str) {
        if !self.0.contains_key(key) && self.0.len() >= MOST_TARGETS {
            return;
        }
        let known = self.0.entry(key.clone()).or_default();
        if known.len() < MOST_PER_TARGET && !known.iter().any(|old| old == param) {
            known.push(param.to_owned());
        }
    }

    /// The user says "Try now": what this target refused may have been a passing fault of its.
    pub(crate) fn forget(&mut self, key: &TargetKey) {
        self.0.remove(key);
    }

    pub(crate) fn keep(&self) -> KeptRefused {
        let ours = self.0.iter().filter(|(key, _)| !is_the_callers(&key.credential));
        let mut kept: Vec<KeptParams> =
            ours.map(|(key, params)| KeptParams { key: key.clone(), params: params.clone() }).collect();
        kept.sort_by(|a, b| a.key.cmp(&b.key));
        KeptRefused(kept)
    }

    pub(crate) fn take_up(&mut self, kept: KeptRefused) {
        for KeptParams { key, params } in kept.0 {
            if !is_the_callers(&key.credential) {
                params.iter().for_each(|param| self.learn(&key, param));
            }
        }
    }

    pub(crate) fn of(&self, key: &TargetKey) -> Vec<String> {
        self.0.get(key).cloned().unwrap_or_default()
    }
}

/// What a snapshot keeps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct KeptRefused(#[serde(deserialize_with = "whole")] Vec<KeptParams>);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct KeptParams {
    key: TargetKey,
    params: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::key;

    #[test]
    fn a_provider_that_names_ever_new_parameters_does_not_fill_the_memory() {
        let mut refused = Refused::default();
        for number in 0..100 {
            refused.learn(&key("a"), &format!("p{number}"));
        }
        assert_eq!(refused.of(&key("a")).len(), MOST_PER_TARGET);
    }
}
