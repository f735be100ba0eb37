use super::*;
use crate::catalogue::Catalogue;
use crate::folder::Entry;
use crate::lint::{Around, Lint, lint};
use serde_json::Value;

const A: &str = r#"{"version":1,"provider":"openai","model":"gpt-5.2","modelParams":{"top_k":5,"mine":1}}"#;
const B: &str = r#"{"version":1,"provider":"openai","model":"m","ephemeralSettings":{"context-limit":1000,"auth-key":"sk-canary"}}"#;
const INNER: &str = r#"{"version":1,"type":"loadbalancer","policy":"weighted","profiles":[{"profile":"a","weight":3},{"profile":"b","weight":1},{"profile":"list","weight":1}]}"#;

fn entries(list: &str) -> Vec<Entry> {
    [("a", A), ("b", B), ("inner", INNER), ("list", list)]
        .map(|(name, text)| Entry { name: name.to_owned(), profile: Profile::parse(name, text) })
        .into()
}

fn catalogue() -> Catalogue {
    let mut catalogue = Catalogue::builtin();
    let overlay = r#"{"providers":[{"name":"openai","models":[{"id":"gpt-5.2","unsupported_params":["top_k"]}]}]}"#;
    catalogue.overlay(overlay, "the test").unwrap();
    catalogue
}

fn found(list: &str, profile: &str, code: &str) -> Option<Lint> {
    let findings = lint(&entries(list), &catalogue(), &Around::default());
    findings.into_iter().find(|finding| finding.profile == profile && finding.code == code)
}

fn fixed(list: &str, code: &str) -> Value {
    let fix = found(list, "list", code).unwrap_or_else(|| panic!("{code} is found")).fix.expect("it has a fix");
    assert!(!fix.kind.id().is_empty() && !fix.kind.label().is_empty());
    let all = entries(list);
    let read = |name: &str| all.iter().find(|entry| entry.name == name).expect("it is there").profile.clone();
    let text = fix.apply("list", list, read).expect("it can be applied");
    let mut again = found(&text, "list", code);
    assert!(again.take_if(|finding| finding.fix.as_ref() == Some(&fix)).is_none(), "{code} is gone: {text}");
    serde_json::from_str(&text).expect("JSON")
}

fn list(policy: &str, rest: &str) -> String {
    format!(r#"{{"version":1,"type":"loadbalancer","policy":"{policy}","mine":1,{rest}}}"#)
}

#[test]
fn each_fault_of_a_list_that_can_be_put_right_is_gone_after_its_fix_and_the_rest_stays() {
    let fixed = |policy: &str, rest: &str, code: &str| {
        let after = fixed(&list(policy, rest), code);
        assert_eq!(after["mine"], 1);
        after
    };
    let after = fixed("failover", r#""profiles":["a","gone","b"]"#, "missing-member");
    assert_eq!(after["profiles"], json!(["a", "b"]));
    let after = fixed("failover", r#""profiles":["b","inner"]"#, "nested-balancer");
    assert_eq!(after["profiles"], json!(["b", "a"]), "each once, and the list not in itself");
    let nested = r#""profiles":[{"profile":"inner","weight":50},{"profile":"c","weight":50}]"#;
    let after = fixed("weighted", nested, "nested-balancer");
    let shares = json!([{"profile":"a","weight":30},{"profile":"b","weight":10},{"profile":"c","weight":50}]);
    assert_eq!(after["profiles"], shares);
    let none = r#""profiles":[{"profile":"a","weight":7},{"profile":"b","weight":0}]"#;
    assert_eq!(fixed("weighted", none, "bad-weight")["profiles"][1]["weight"], 1);
    for weight in ["-3", "\"x\"", "null", "1.5"] {
        let bad = format!(r#""profiles":[{{"profile":"a","weight":7}},{{"profile":"b","weight":{weight}}}]"#);
        let after = fixed("weighted", &bad, "bad-weight");
        assert_eq!((&after["profiles"][0]["weight"], &after["profiles"][1]["weight"]), (&json!(7), &json!(1)));
    }
    let after = fixed("failover", r#""profiles":["a","b"]"#, "context-limits-differ");
    assert_eq!(after["contextLimit"], 1000);
    let after = fixed("weighted", r#""profiles":[{"profile":"a","weight":7}]"#, "weighted-not-for-cli");
    assert_eq!((&after["policy"], &after["profiles"]), (&json!("roundrobin"), &json!(["a"])));
    assert_eq!(after["x-mainstay"], json!({"policy":"weighted","weights":[7]}));
}

#[test]
fn a_member_on_a_tier_that_may_train_on_prompts_is_named_with_the_tier() {
    let mut catalogue = Catalogue::builtin();
    let overlay = r#"{"providers":[{"name":"openai","trains_on":"the free tier"}]}"#;
    catalogue.overlay(overlay, "the test").unwrap();
    let findings = lint(&entries(&list("failover", r#""profiles":["a","b"]"#)), &catalogue, &Around::default());
    let about: Vec<&Lint> = findings.iter().filter(|finding| finding.code == "member-may-train").collect();
    assert!(about.iter().any(|finding| finding.profile == "list" && finding.message.contains("\"a\"")), "{findings:?}");
    assert!(about.iter().all(|finding| finding.message.contains("OpenAI, the free tier")), "{findings:?}");
}

#[test]
fn what_would_leave_an_empty_list_has_no_fix() {
    for (rest, code) in [(r#""profiles":["gone"]"#, "missing-member"), (r#""profiles":["list"]"#, "nested-balancer")] {
        let finding = found(&list("roundrobin", rest), "list", code).expect("it is found");
        assert_eq!(finding.fix, None, "{code}");
    }
}

#[test]
fn a_parameter_that_the_model_does_not_know_is_removed_and_no_other() {
    let finding = found(&list("failover", r#""profiles":["a","b"]"#), "a", "unsupported-param").expect("it is found");
    let fix = finding.fix.expect("it has a fix");
    let unread = |_: &str| -> Result<Profile, FileError> { unreachable!("no other file matters") };
    let text = fix.apply("a", A, unread).unwrap();
    assert_eq!(text, A.replace(r#""top_k":5,"#, ""));
    assert_eq!(fix.apply("a", &text, unread), Err(FixError::Nothing));
}

#[test]
fn a_key_is_moved_only_where_it_is_the_one_in_force() {
    let key_of = |settings: &str| {
        let text = format!(
            r#"{{"version":1,"provider":"openai","model":"m","ephemeralSettings":{{"auth-key":"k"{settings}}}}}"#
        );
        let Ok(Profile::Standard(standard)) = Profile::parse("p", &text) else { panic!("a profile") };
        key_to_move(&standard).is_some()
    };
    assert!(key_of(""));
    assert!(key_of(r#","apiKey":"k""#));
    assert!(!key_of(r#","apiKey":"another""#));
    assert!(!key_of(r#","auth-keyfile":"~/k""#));
    assert!(!key_of(r#","auth-key-name":"work""#));
    let mut document = Document::parse(B).unwrap();
    remove_plaintext_keys(&mut document).unwrap();
    assert!(!document.text().contains("canary") && document.text().contains("context-limit"));
}

#[test]
fn what_is_amiss_around_the_files_is_said_of_the_profile_that_it_concerns() {
    let login = r#"{"version":1,"provider":"anthropic","model":"m","auth":{"type":"oauth","buckets":["work"]}}"#;
    let shares = list("weighted", r#""profiles":[{"profile":"a","weight":7}]"#);
    let all: Vec<Entry> = [("login", login), ("a", A), ("list", &shares)]
        .map(|(name, text)| Entry { name: name.to_owned(), profile: Profile::parse(name, text) })
        .into();
    let around = Around {
        default: Some("list".to_owned()),
        missing_logins: [("anthropic".to_owned(), "work".to_owned())].into(),
        unconfirmed: [("a".to_owned(), "https://elsewhere.example".to_owned())].into(),
    };
    let findings = lint(&all, &Catalogue::builtin(), &around);
    let found = |code: &str| findings.iter().find(|finding| finding.code == code).expect("it is found");
    assert!(found("login-ended").message.contains("work") && found("login-ended").profile == "login");
    let origin = found("origin-unconfirmed");
    assert!(origin.message.contains("https://elsewhere.example") && origin.profile == "a");
    let fix = origin.fix.as_ref().expect("a fix");
    assert_eq!((fix.kind.id(), fix.key.as_deref()), ("confirm-origin", Some("https://elsewhere.example")));
    assert_eq!(found("weighted-not-for-cli").severity, crate::lint::Severity::Warning);
    assert!(found("weighted-not-for-cli").message.contains("default"));
}
