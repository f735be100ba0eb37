//! Who a load balancer lists, written into its file.

use serde_json::{Value, json};

use crate::document::{Document, EditError};
use crate::extension::KEY;
use crate::profile::{MemberRef, Policy};

/// Writes policy and members as failover §6 says, and nothing else: in the form that the CLI can load where the file has
/// that form already, else in the recipe's.
///
/// # Errors
/// [`EditError`] when the file has something else where these belong.
pub fn set_members(document: &mut Document, policy: Policy, members: &[MemberRef]) -> Result<(), EditError> {
    let names = || Value::from(members.iter().map(|member| member.profile.clone()).collect::<Vec<_>>());
    let block = document.get(&[KEY, "policy"]).is_some() || document.get(&[KEY, "weights"]).is_some();
    if policy == Policy::Weighted && block {
        put(document, &["profiles"], names())?;
        put(document, &[KEY, "policy"], json!("weighted"))?;
        let weights: Vec<u32> = members.iter().map(|member| member.weight).collect();
        return put(document, &[KEY, "weights"], json!(weights));
    }
    document.remove(&[KEY, "policy"])?;
    document.remove(&[KEY, "weights"])?;
    put(document, &["policy"], json!(policy.as_str()))?;
    if policy == Policy::Weighted {
        let list: Vec<Value> =
            members.iter().map(|member| json!({ "profile": member.profile, "weight": member.weight })).collect();
        return put(document, &["profiles"], json!(list));
    }
    put(document, &["profiles"], names())?;
    for (key, empty) in
        [("provider", json!("")), ("model", json!("")), ("modelParams", json!({})), ("ephemeralSettings", json!({}))]
    {
        if document.get(&[key]).is_none() {
            document.set(&[key], empty)?;
        }
    }
    Ok(())
}

/// Leaves what is there already as it is written.
fn put(document: &mut Document, path: &[&str], value: Value) -> Result<(), EditError> {
    if document.get(path).as_ref() == Some(&value) { Ok(()) } else { document.set(path, value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(names: &[(&str, u32)]) -> Vec<MemberRef> {
        names.iter().map(|(name, weight)| MemberRef { profile: (*name).to_owned(), weight: *weight }).collect()
    }

    fn after(text: &str, policy: Policy, members: &[(&str, u32)]) -> Value {
        let mut document = Document::parse(text).unwrap();
        set_members(&mut document, policy, &list(members)).unwrap();
        serde_json::from_str(document.text()).unwrap()
    }

    const MINIMAL: &str =
        r#"{"version":1,"type":"loadbalancer","policy":"failover","profiles":["a","b"],"mine":{"k":1}}"#;

    #[test]
    fn a_new_order_is_written_in_the_form_that_the_cli_loads_and_unknown_keys_stay() {
        let value = after(MINIMAL, Policy::Failover, &[("b", 1), ("a", 1)]);
        assert_eq!(value["profiles"], json!(["b", "a"]));
        assert_eq!(
            (&value["mine"], &value["provider"], &value["modelParams"]),
            (&json!({"k":1}), &json!(""), &json!({}))
        );
    }

    #[test]
    fn weights_are_written_in_the_recipes_form_or_in_the_clis_where_that_is_there() {
        let value = after(MINIMAL, Policy::Weighted, &[("a", 70), ("b", 30)]);
        assert_eq!(value["profiles"], json!([{"profile":"a","weight":70},{"profile":"b","weight":30}]));
        assert_eq!(value["policy"], json!("weighted"));
        let cli = r#"{"version":1,"type":"loadbalancer","policy":"roundrobin","profiles":["a","b"],"x-mainstay":{"policy":"weighted","weights":[1,1]}}"#;
        let value = after(cli, Policy::Weighted, &[("b", 20), ("a", 80)]);
        assert_eq!((&value["policy"], &value["profiles"]), (&json!("roundrobin"), &json!(["b", "a"])));
        assert_eq!(value["x-mainstay"], json!({"policy":"weighted","weights":[20,80]}));
        let value = after(cli, Policy::RoundRobin, &[("b", 1), ("a", 1)]);
        assert_eq!(value["policy"], json!("roundrobin"));
        assert!(value["x-mainstay"].get("weights").is_none());
    }

    #[test]
    fn what_is_the_same_already_is_not_written_anew() {
        let text = "{\n \"version\": 1, \"type\": \"loadbalancer\",\n \"policy\": \"failover\", \"profiles\": [ \"a\",   \"b\" ],\n \"provider\": \"\", \"model\": \"\", \"modelParams\": {}, \"ephemeralSettings\": {}\n}";
        let mut document = Document::parse(text).unwrap();
        set_members(&mut document, Policy::Failover, &list(&[("a", 1), ("b", 1)])).unwrap();
        assert_eq!(document.text(), text);
    }
}
