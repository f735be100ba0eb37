//! Files as the CLI writes them, and as people have changed them since: one field is edited, and nothing else changes.

use mainstay_profiles::{Folder, Profile, Write};
use serde_json::{Value, json};

/// Name, text, the path of the field that is edited, its text in the file before and after.
const FILES: &[(&str, &str, &[&str], &str, &str)] = &[
    (
        "what profile save writes",
        "{\n  \"version\": 1,\n  \"provider\": \"openai\",\n  \"model\": \"gpt-5.5\",\n  \"modelParams\": {\n    \"temperature\": 0.7\n  },\n  \"ephemeralSettings\": {\n    \"auth-key-name\": \"work\",\n    \"base-url\": \"https://api.example.com/v1\",\n    \"context-limit\": 200000,\n    \"reasoning.enabled\": true\n  },\n  \"auth\": {\n    \"type\": \"oauth\",\n    \"buckets\": [\n      \"default\",\n      \"work@co.com\"\n    ]\n  }\n}",
        &["ephemeralSettings", "context-limit"],
        "\"context-limit\": 200000",
        "\"context-limit\": 1234",
    ),
    (
        "Schlüssel 日本 🙂.v2",
        "{\"version\":1,\"provider\":\"xAI\",\"model\":\"grok-4\",\"modelParams\":{\"température\":\"ü\",\"max_tokens\":4096},\"ephemeralSettings\":{\"tools.disabled\":[\"é\"],\"disabled-tools\":[\"é\"],\"tool-format\":\"auto\",\"toolFormat\":\"auto\"}}",
        &["model"],
        "\"model\":\"grok-4\"",
        "\"model\":1234",
    ),
    (
        "odd and legacy keys",
        "{\r\n\t\"version\" : 1 , \"type\" : \"standard\",\r\n\t\"provider\":\"openai\",\"model\":\"m\",\r\n\t\"ephemeralSettings\":{\"GOOGLE_CLOUD_PROJECT\":\"p\",\"api-key\":null,\"custom-headers\":\"{}\",\"compression-threshold\":0.80,\"a.b\\u002ec\":1e3,\"context-limit\":\"200000\"},\r\n\t\"loadBalancer\":{\"strategy\":\"round-robin\",\"subProfiles\":[{\"name\":\"x\",\"provider\":\"p\"}]},\r\n\t\"note\\u0020\":[1,  2,],\r\n}\r\n",
        &["ephemeralSettings", "context-limit"],
        "\"context-limit\":\"200000\"",
        "\"context-limit\":1234",
    ),
    (
        "no parameters at all",
        "{\n  \"version\": 1,\n  \"provider\": \"anthropic\",\n  \"model\": \"claude-opus-4-5\",\n  \"ephemeralSettings\": { \"timeout_ms\": 1000 }\n}\n",
        &["ephemeralSettings", "timeout_ms"],
        "\"timeout_ms\": 1000",
        "\"timeout_ms\": 1234",
    ),
    (
        "comments and a byte order mark",
        "\u{feff}// by hand\n{ /* ours */ \"version\": 1, \"provider\": \"gemini\", \"model\": \"m\", \"modelParams\": {\"top_p\": 0.90} /* why */, \"ephemeralSettings\": {} }",
        &["modelParams", "top_p"],
        "\"top_p\": 0.90",
        "\"top_p\": 1234",
    ),
    (
        "a load balancer of the CLI",
        "{\n  \"version\": 1,\n  \"type\": \"loadbalancer\",\n  \"policy\": \"failover\",\n  \"profiles\": [\n    \"a\",\n    \"b\"\n  ],\n  \"contextLimit\": 200000,\n  \"provider\": \"\",\n  \"model\": \"\",\n  \"modelParams\": {},\n  \"ephemeralSettings\": {\n    \"timeout_ms\": 30000,\n    \"circuit_breaker_enabled\": true,\n    \"user-agent\": \"junk\"\n  },\n  \"name\": \"testlb489\"\n}",
        &["contextLimit"],
        "\"contextLimit\": 200000",
        "\"contextLimit\": 1234",
    ),
    (
        "a load balancer with a repeated member and a block of another program",
        "{\"version\":1,\"type\":\"loadbalancer\",\"policy\":\"roundrobin\",\"profiles\":[\"a\",\"a\",\"b\"],\"provider\":\"\",\"model\":\"\",\"modelParams\":{},\"ephemeralSettings\":{\"timeout_ms\":1},\"x-gateway\":{\"weights\":{\"a\":70}},\"x-mainstay\":{\"later\":[{}]}}",
        &["ephemeralSettings", "timeout_ms"],
        "\"timeout_ms\":1",
        "\"timeout_ms\":1234",
    ),
];

#[test]
fn one_field_is_edited_and_every_other_byte_stays() {
    let home = tempfile::tempdir().expect("a folder");
    let folder = Folder::open(home.path().to_owned()).expect("a folder");
    for (name, text, path, before, after) in FILES {
        std::fs::write(home.path().join(format!("{name}.json")), text).expect("written as by the CLI");
        assert!(folder.read(name).is_ok(), "{name}: {:?}", folder.read(name));
        // A model must be a word.
        let (value, after) = match *path {
            ["model"] => (json!("word"), after.replace("1234", "\"word\"")),
            _ => (json!(1234), (*after).to_owned()),
        };
        folder.edit(name, |document| document.set(path, value)).expect("edited");
        let now = folder.text(name).expect("a file");
        assert_eq!(text.matches(before).count(), 1, "{name}");
        assert_eq!(now, text.replace(before, &after), "{name}");
        folder.edit(name, |document| document.set(path, document.get(path).expect("it is there"))).expect("the same");
        assert_eq!(folder.text(name).as_deref(), Ok(now.as_str()), "{name}: the same again changes nothing");
    }
    assert_eq!(folder.read_all().expect("a list").len(), FILES.len());
}

#[test]
fn a_new_name_is_the_only_thing_that_changes_in_a_list() {
    let home = tempfile::tempdir().expect("a folder");
    let folder = Folder::open(home.path().to_owned()).expect("a folder");
    let profile = r#"{"version":1,"provider":"openai","model":"m"}"#;
    for name in ["a", "b"] {
        folder.write(name, profile, Write::Create).expect("written");
    }
    let lists = FILES.iter().filter(|(_, text, ..)| text.contains("loadbalancer"));
    for (name, text, ..) in lists.clone() {
        std::fs::write(home.path().join(format!("{name}.json")), text).expect("written as by the CLI");
    }
    folder.rename("a", "日本").expect("renamed");
    for (name, text, ..) in lists {
        let now = folder.text(name).expect("a file");
        let values = |text: &str| -> (Value, Value) {
            let mut file: Value = serde_json::from_str(text).expect("JSON");
            (file["profiles"].take(), file)
        };
        assert_eq!(values(&now).1, values(text).1, "{name}");
        assert!(matches!(folder.read(name), Ok(Profile::Balancer(list)) if list.members[0].profile == "日本"), "{now}");
    }
}
