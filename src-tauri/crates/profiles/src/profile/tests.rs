use super::*;
use proptest::prelude::*;
use serde_json::json;

fn standard(text: &str) -> Standard {
    match Profile::parse("p", text) {
        Ok(Profile::Standard(profile)) => profile,
        other => panic!("not a standard profile: {other:?}"),
    }
}

fn balancer(text: &str) -> BalancerProfile {
    match Profile::parse("b", text) {
        Ok(Profile::Balancer(profile)) => profile,
        other => panic!("not a balancer: {other:?}"),
    }
}

fn names(balancer: &BalancerProfile) -> Vec<&str> {
    balancer.members.iter().map(|member| member.profile.as_str()).collect()
}

fn weights_of(balancer: &BalancerProfile) -> Vec<u32> {
    balancer.members.iter().map(|member| member.weight).collect()
}

#[test]
fn the_recipes_provider_profiles_mean_what_they_say() {
    for (text, provider, model) in [
        (include_str!("../../tests/fixtures/recipe/anthropic-primary.json"), "anthropic", "claude-sonnet-4-5-20250929"),
        (include_str!("../../tests/fixtures/recipe/openai-backup.json"), "openai", "gpt-5.2"),
        (include_str!("../../tests/fixtures/recipe/gemini-fallback.json"), "gemini", "gemini-2.5-flash"),
    ] {
        let profile = standard(text);
        assert_eq!((profile.provider.as_str(), profile.model.as_str()), (provider, model));
        assert_eq!(Value::Object(profile.params), json!({"temperature": 0.2, "max_tokens": 8192}));
        assert_eq!(Value::Object(profile.settings), json!({"context-limit": 200_000}));
        assert_eq!((profile.auth, profile.extension, profile.problems), (None, Extension::default(), vec![]));
    }
}

#[test]
fn the_recipes_load_balancers_mean_what_they_say() {
    let usual = vec!["anthropic-primary", "openai-backup", "gemini-fallback"];
    for (text, policy, members, weights) in [
        (include_str!("../../tests/fixtures/recipe/ha-failover.json"), Policy::Failover, usual.clone(), vec![1, 1, 1]),
        (
            include_str!("../../tests/fixtures/recipe/ha-roundrobin.json"),
            Policy::RoundRobin,
            usual.clone(),
            vec![1, 1, 1],
        ),
        (
            include_str!("../../tests/fixtures/recipe/budget-ha.json"),
            Policy::Failover,
            vec!["gemini-fallback", "qwen-free", "anthropic-primary"],
            vec![1, 1, 1],
        ),
        (
            include_str!("../../tests/fixtures/recipe/quality-first-ha.json"),
            Policy::Failover,
            vec!["anthropic-opus", "anthropic-sonnet", "openai-backup", "gemini-fallback"],
            vec![1, 1, 1, 1],
        ),
        (
            include_str!("../../tests/fixtures/recipe/speed-ha.json"),
            Policy::Failover,
            vec!["gemini-fallback", "openai-backup", "anthropic-primary"],
            vec![1, 1, 1],
        ),
        (include_str!("../../tests/fixtures/recipe/weighted-ha.json"), Policy::Weighted, usual, vec![70, 20, 10]),
    ] {
        let profile = balancer(text);
        assert_eq!((profile.policy, names(&profile), weights_of(&profile)), (policy, members, weights));
        assert_eq!((profile.context_limit, profile.problems), (None, vec![]));
    }
}

#[test]
fn the_clis_standard_profile_is_read() {
    let profile = standard(
        r#"{ "version": 1, "provider": "openai", "model": "gpt-5.5",
             "modelParams": { "temperature": 0.7 },
             "ephemeralSettings": { "auth-key-name": "work", "context-limit": 200000, "reasoning.enabled": true },
             "auth": { "type": "oauth", "buckets": ["default", "work@co.com"], "extra": 1 },
             "loadBalancer": { "strategy": "round-robin", "subProfiles": [] }, "unknown": [1] }"#,
    );
    assert_eq!(profile.auth, Some(AuthBlock::Oauth { buckets: vec!["default".into(), "work@co.com".into()] }));
    assert_eq!(profile.settings["reasoning.enabled"], true, "dotted keys stay flat");
}

#[test]
fn what_the_cli_lets_be_absent_may_be_absent() {
    let base = r#""version": 1, "provider": "openai", "model": "m""#;
    for (rest, auth) in [
        ("", None),
        (r#", "type": "standard", "modelParams": {}, "ephemeralSettings": {}"#, None),
        (r#", "auth": {"type": "apikey"}"#, Some(AuthBlock::ApiKey)),
        (r#", "auth": {"type": "oauth"}"#, Some(AuthBlock::Oauth { buckets: vec![] })),
    ] {
        assert_eq!(standard(&format!("{{{base}{rest}}}")).auth, auth, "{rest}");
    }
}

#[test]
fn the_clis_full_load_balancer_is_read() {
    let profile = balancer(
        r#"{ "version": 1, "type": "loadbalancer", "policy": "failover", "profiles": ["a", "b", "a"], "contextLimit": 200000,
             "provider": "", "model": "", "modelParams": {"temperature": 0},
             "ephemeralSettings": { "timeout_ms": 30000, "circuit_breaker_enabled": true }, "name": "old" }"#,
    );
    assert_eq!(names(&profile), ["a", "b", "a"], "a repeated name counts for its share");
    assert_eq!(profile.context_limit, Some(200_000));
    assert_eq!(profile.params["temperature"], 0);
    assert_eq!(profile.settings["timeout_ms"], 30_000);
}

#[test]
fn weights_follow_the_rules() {
    let file = |policy: &str, profiles: &str, extension: &str| {
        balancer(&format!(
            r#"{{"version":1,"type":"loadbalancer","policy":"{policy}","profiles":{profiles}{extension}}}"#
        ))
    };
    let block = |inner: &str| format!(r#","x-mainstay":{inner}"#);
    let names = r#"["a","b"]"#;
    let pairs = r#"[{"profile":"a","weight":7},{"profile":"b","weight":3}]"#;
    for (profile, policy, weights, problems) in [
        (file("weighted", pairs, ""), Policy::Weighted, vec![7, 3], 0),
        (file("failover", pairs, ""), Policy::Failover, vec![1, 1], 0),
        (file("weighted", names, ""), Policy::Weighted, vec![1, 1], 2),
        (file("weighted", r#"["a",{"profile":"b","weight":"3"}]"#, ""), Policy::Weighted, vec![1, 3], 1),
        (
            file("weighted", r#"[{"profile":"a","weight":0},{"profile":"b","weight":5}]"#, ""),
            Policy::Weighted,
            vec![0, 5],
            0,
        ),
        (
            file("weighted", r#"[{"profile":"a","weight":0},{"profile":"b","weight":0}]"#, ""),
            Policy::Weighted,
            vec![1, 1],
            1,
        ),
        (
            file("weighted", r#"[{"profile":"a","weight":-1},{"profile":"b","weight":1.5}]"#, ""),
            Policy::Weighted,
            vec![1, 1],
            2,
        ),
        (
            file("roundrobin", names, &block(r#"{"policy":"weighted","weights":[70,20]}"#)),
            Policy::Weighted,
            vec![70, 20],
            0,
        ),
        (file("roundrobin", names, &block(r#"{"weights":[70,20]}"#)), Policy::RoundRobin, vec![1, 1], 0),
        (
            file("roundrobin", names, &block(r#"{"policy":"weighted","weights":[70]}"#)),
            Policy::Weighted,
            vec![70, 1],
            1,
        ),
        (file("weighted", pairs, &block(r#"{"policy":"failover"}"#)), Policy::Failover, vec![1, 1], 0),
        (file("weighted", pairs, &block(r#"{"weights":[1,2]}"#)), Policy::Weighted, vec![1, 2], 0),
        (file("failover", names, &block(r#"{"policy":"random"}"#)), Policy::Failover, vec![1, 1], 1),
    ] {
        assert_eq!(
            (profile.policy, weights_of(&profile), profile.problems.len()),
            (policy, weights, problems),
            "{profile:?}"
        );
    }
}

#[test]
fn a_file_that_is_no_profile_says_where_and_why() {
    for (text, line, column, reason) in [
        ("", 1, 1, "The file is empty."),
        (
            "{\n  \"version\": 1,\n  \"provider\" \"x\"\n}",
            3,
            14,
            "Expected colon after the string or word in object property.",
        ),
        ("{\n  \"version\": 1", 1, 1, "Unterminated object."),
        ("[1]", 1, 1, "A profile is a JSON object."),
        ("{}", 1, 1, "\"version\" is missing; a profile starts with \"version\": 1."),
        ("{\n  \"version\": \"1\"}", 2, 14, "This version of profile is not known; \"version\" must be the number 1."),
        ("{\"version\": 2}", 1, 13, "This version of profile is not known; \"version\" must be the number 1."),
        ("{\"version\":1,\n\"type\":\"model\"}", 2, 8, "\"type\" is neither \"standard\" nor \"loadbalancer\"."),
        ("{\"version\":1,\"model\":\"m\"}", 1, 1, "\"provider\" is missing."),
        ("{\"version\":1,\"provider\":\"\",\"model\":\"m\"}", 1, 25, "\"provider\" is empty."),
        ("{\"version\":1,\"provider\":\"p\",\"model\":[]}", 1, 37, "\"model\" is a list where text is expected."),
        (
            "{\"version\":1,\"provider\":\"p\",\"model\":\"m\",\"modelParams\":[]}",
            1,
            55,
            "\"modelParams\" is a list where an object is expected.",
        ),
        ("{\"version\":1,\"type\":\"loadbalancer\"}", 1, 1, "\"policy\" is missing."),
        (
            "{\"version\":1,\"type\":\"loadbalancer\",\"policy\":\"round-robin\"}",
            1,
            45,
            "This policy is not known; write \"failover\", \"roundrobin\" or \"weighted\".",
        ),
        (
            "{\"version\":1,\"type\":\"loadbalancer\",\"policy\":\"failover\",\"profiles\":[]}",
            1,
            67,
            "\"profiles\" is empty; a load balancer needs at least one member.",
        ),
        (
            "{\"version\":1,\"type\":\"loadbalancer\",\"policy\":\"failover\",\"profiles\":[\"a\",{}]}",
            1,
            67,
            "Member 2 of \"profiles\" names no profile.",
        ),
    ] {
        let error = Profile::parse("p", text).expect_err(text);
        assert_eq!((error.line, error.column, error.reason.as_str()), (line, column, reason), "{text}");
    }
}

#[test]
fn comments_trailing_commas_and_a_byte_order_mark_are_tolerated_and_nothing_else() {
    let body = "{ // mine\n \"version\": 1, /* so */ \"provider\": \"p\", \"model\": \"m\", }";
    standard(body);
    standard(&format!("\u{feff}{body}"));
    for loose in
        ["{version: 1}", "{'version': 1}", "{\"version\": 0x1}", "{\"version\": +1}", "{\"version\": 1 \"a\": 2}"]
    {
        let error = Profile::parse("p", loose).expect_err(loose);
        assert_eq!(error.kind, FileErrorKind::Syntax, "{loose}");
    }
}

#[test]
fn the_last_of_repeated_keys_counts() {
    let profile = standard(r#"{"version":1,"provider":"a","model":"m","provider":"b"}"#);
    assert_eq!(profile.provider, "b");
}

#[test]
fn a_balancers_parameters_and_settings_lie_over_its_members_but_no_credential_and_no_address_is_lent() {
    let member = standard(
        r#"{"version":1,"provider":"p","model":"m","modelParams":{"temperature":1,"top_p":0.5},
            "ephemeralSettings":{"auth-key-name":"mine","timeout_ms":1,"context-limit":100}}"#,
    );
    let balancer = balancer(
        r#"{"version":1,"type":"loadbalancer","policy":"failover","profiles":["p","q"],"modelParams":{"temperature":0},
            "ephemeralSettings":{"timeout_ms":2,"auth-key":"theirs","auth-key-name":"theirs","user-agent":"u","context-limit":5,
            "base-url":"https://elsewhere.example"}}"#,
    );
    let merged = member.as_member_of(&balancer);
    assert_eq!(Value::Object(merged.params), json!({"temperature": 0, "top_p": 0.5}));
    assert_eq!(
        Value::Object(merged.settings),
        json!({"auth-key-name": "mine", "timeout_ms": 2, "context-limit": 100, "user-agent": "u"})
    );
}

#[test]
fn debug_shows_no_setting() {
    let key = r#""ephemeralSettings":{"auth-key":"sk-canary"}"#;
    let one = Profile::parse("p", &format!(r#"{{"version":1,"provider":"p","model":"m",{key}}}"#));
    let two = Profile::parse(
        "b",
        &format!(r#"{{"version":1,"type":"loadbalancer","policy":"failover","profiles":["p"],{key}}}"#),
    );
    let shown = format!("{:?}{:?}", one.expect("a profile"), two.expect("a profile"));
    assert!(!shown.contains("canary") && shown.contains("auth-key"), "{shown}");
}

#[test]
fn nesting_without_end_is_an_error_and_no_crash() {
    let deep = format!("{{\"version\":1,\"x\":{}", "[".repeat(100_000));
    assert_eq!(Profile::parse("p", &deep).expect_err("too deep").kind, FileErrorKind::Syntax);
}

proptest! {
    #[test]
    fn no_text_makes_reading_fail_in_another_way_than_with_an_error(text in ".{0,80}") {
        if let Err(error) = Profile::parse("p", &text) {
            prop_assert!(error.line >= 1 && error.column >= 1);
        }
    }

    #[test]
    fn no_text_after_a_good_start_does_either(text in "[\\[\\]{}\",:0-9a-z\\\\/* \n-]{0,40}") {
        for start in ["{\"version\":1,", "{\"version\":1,\"type\":\"loadbalancer\",\"policy\":\"weighted\",\"profiles\":"] {
            let _ = Profile::parse("p", &format!("{start}{text}"));
        }
    }

    #[test]
    fn weights_count_as_written_wherever_they_stand(weights in prop::collection::vec(1_u32.., 1..6)) {
        let members: Vec<MemberRef> = weights.iter().enumerate()
            .map(|(index, weight)| MemberRef { profile: format!("m{index}"), weight: *weight })
            .collect();
        for text in [
            crate::new_balancer_text(Policy::Weighted, &members),
            crate::new_balancer_text_for_cli(Policy::Weighted, &members),
        ] {
            let read = balancer(&text);
            prop_assert_eq!((read.policy, &read.members, read.problems), (Policy::Weighted, &members, vec![]));
        }
    }
}
