use super::*;

fn entries(files: &[(&str, &str)]) -> Vec<Entry> {
    files.iter().map(|(name, text)| Entry { name: (*name).to_owned(), profile: Profile::parse(name, text) }).collect()
}

fn found(files: &[(&str, &str)]) -> Vec<(String, &'static str, Severity)> {
    let findings = lint(&entries(files), &Catalogue::builtin(), &Around::default());
    assert!(findings.iter().all(|finding| !finding.message.is_empty() && !finding.hint.is_empty()));
    findings.into_iter().map(|finding| (finding.profile, finding.code, finding.severity)).collect()
}

const A: (&str, &str) = ("a", r#"{"version":1,"provider":"openai","model":"m"}"#);
const B: (&str, &str) = ("b", r#"{"version":1,"provider":"openai-responses","model":"m"}"#);

fn balancer(policy: &str, rest: &str) -> String {
    format!(r#"{{"version":1,"type":"loadbalancer","policy":"{policy}",{rest}}}"#)
}

#[test]
fn sound_profiles_have_no_findings() {
    let list = balancer("failover", r#""profiles":["a","b"],"ephemeralSettings":{"timeout_ms":1000}"#);
    assert_eq!(found(&[A, B, ("list", &list)]), vec![]);
}

/// failover §4, nesting, missing members, and failover with one member.
#[test]
fn each_fault_of_a_balancer_has_its_code() {
    use Severity::{Error, Info, Warning};
    let plain = balancer("roundrobin", r#""profiles":["a"]"#);
    let both = r#"[{"profile":"a","weight":1},{"profile":"b","weight":2}]"#;
    for (policy, rest, expected) in [
        ("failover", r#""profiles":["a","b","gone"]"#.to_owned(), vec![("missing-member", Error)]),
        ("failover", r#""profiles":["a","b","broken"]"#.to_owned(), vec![("missing-member", Error)]),
        ("failover", r#""profiles":["a","b","other"]"#.to_owned(), vec![("nested-balancer", Error)]),
        ("failover", r#""profiles":["a"]"#.to_owned(), vec![("single-member-failover", Warning)]),
        ("failover", r#""profiles":["a","a"]"#.to_owned(), vec![("single-member-failover", Warning)]),
        ("roundrobin", r#""profiles":["a"]"#.to_owned(), vec![]),
        ("weighted", format!(r#""profiles":{both}"#), vec![("weighted-not-for-cli", Info)]),
        (
            "weighted",
            r#""profiles":[{"profile":"a","weight":1},{"profile":"b","weight":0}]"#.to_owned(),
            vec![("bad-weight", Warning), ("weighted-not-for-cli", Info)],
        ),
        (
            "weighted",
            r#""profiles":[{"profile":"a","weight":1},{"profile":"b","weight":"x"}]"#.to_owned(),
            vec![("weighted-not-for-cli", Info), ("bad-weight", Warning)],
        ),
        ("roundrobin", r#""profiles":["a","b"],"x-mainstay":{"policy":"weighted","weights":[7,3]}"#.to_owned(), vec![]),
        (
            "weighted",
            r#""profiles":["a","b"],"x-mainstay":{"policy":"failover"}"#.to_owned(),
            vec![("weighted-not-for-cli", Info)],
        ),
        (
            "failover",
            r#""profiles":["a","b"],"ephemeralSettings":{"failover_retry_count":2,"tpm_threshold":5}"#.to_owned(),
            vec![("setting-not-used-here", Info)],
        ),
        ("failover", r#""profiles":["a","b"],"contextLimit":"many""#.to_owned(), vec![("bad-setting", Warning)]),
        (
            "failover",
            r#""profiles":["a","b"],"x-mainstay":{"sticky":true,"failback":"never"}"#.to_owned(),
            vec![("placement-without-effect", Info)],
        ),
        (
            "roundrobin",
            r#""profiles":["a","b"],"x-mainstay":{"sticky":true,"failback":"never"}"#.to_owned(),
            vec![("placement-without-effect", Info)],
        ),
        (
            "failover",
            r#""profiles":["a","b"],"x-mainstay":{"failback":"sometimes"}"#.to_owned(),
            vec![("bad-extension", Warning)],
        ),
        (
            "failover",
            r#""profiles":["a","b"],"x-mainstay":{"dailyLimit":{"requests":5}}"#.to_owned(),
            vec![("daily-limit-misplaced", Info)],
        ),
    ] {
        let list = balancer(policy, &rest);
        let findings: Vec<_> = found(&[A, B, ("broken", "{"), ("list", &list), ("other", &plain)])
            .into_iter()
            .filter(|(profile, ..)| profile == "list")
            .map(|(_, code, severity)| (code, severity))
            .collect();
        assert_eq!(findings, expected, "{list}");
    }
}

#[test]
fn each_fault_of_a_profile_has_its_code() {
    use Severity::{Error, Info, Warning};
    for (text, expected) in [
        ("{", vec![("broken-file", Error)]),
        (r#"{"version":1,"provider":"OpenAI","model":"m"}"#, vec![("unknown-provider", Error)]),
        (r#"{"version":1,"provider":"openai-compatible","model":"m"}"#, vec![("base-url-missing", Error)]),
        (
            r#"{"version":1,"provider":"openai-compatible","model":"m","ephemeralSettings":{"base-url":"http://localhost:1/v1"}}"#,
            vec![],
        ),
        (
            r#"{"version":1,"provider":"openai","model":"m","ephemeralSettings":{"auth-key":"sk-x"}}"#,
            vec![("plaintext-key", Warning)],
        ),
        (r#"{"version":1,"provider":"openai","model":"m","ephemeralSettings":{"auth-key":""}}"#, vec![]),
        (
            r#"{"version":1,"provider":"openai","model":"m","ephemeralSettings":{"timeout_ms":"soon"}}"#,
            vec![("bad-setting", Warning)],
        ),
        (r#"{"version":1,"provider":"openai","model":"m","x-mainstay":{"auth":5}}"#, vec![("bad-extension", Warning)]),
        (
            r#"{"version":1,"provider":"openai","model":"m","ephemeralSettings":{"compression-threshold":0.5}}"#,
            vec![("setting-not-used-here", Info)],
        ),
    ] {
        let findings: Vec<_> = found(&[("p", text)]).into_iter().map(|(_, code, severity)| (code, severity)).collect();
        assert_eq!(findings, expected, "{text}");
    }
}

#[test]
fn a_broken_file_is_reported_with_its_place() {
    let findings =
        lint(&entries(&[("p", "{\n  \"version\": 1,\n  oops\n}")]), &Catalogue::builtin(), &Around::default());
    assert!(findings[0].message.contains("line 3, column 3"), "{}", findings[0].message);
}

#[test]
fn no_finding_shows_a_key() {
    let text = r#"{"version":1,"provider":"openai","model":"m","x-mainstay":{"auth":"sk-canary"},
        "ephemeralSettings":{"auth-key":"sk-canary","base-url":"https://u:canary@example.com","custom-headers":"canary"}}"#;
    let findings = lint(&entries(&[("p", text)]), &Catalogue::builtin(), &Around::default());
    assert!(findings.len() >= 4);
    assert!(!format!("{findings:?}").contains("canary"), "{findings:?}");
}
