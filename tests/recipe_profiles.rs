//! The recipe's profile files, byte for byte as it prints them, with the keys where its reader has them: in the environment.
//!
//! Only the addresses are not the vendors': `--catalogue` lays the practice providers' over them. Those take one key each
//! and refuse the parameters that the real models refuse.

use crate::harness::{Gateway, Home, Serve, Tongue, standard, status, until};
use mainstay_simulator::{Practice, Running, Simulator, Speaks};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;

const ANTHROPIC_PRIMARY: &str = r#"{
  "version": 1,
  "provider": "anthropic",
  "model": "claude-sonnet-4-5-20250929",
  "modelParams": {
    "temperature": 0.2,
    "max_tokens": 8192
  },
  "ephemeralSettings": {
    "context-limit": 200000
  }
}
"#;

const OPENAI_BACKUP: &str = r#"{
  "version": 1,
  "provider": "openai",
  "model": "gpt-5.2",
  "modelParams": {
    "temperature": 0.2,
    "max_tokens": 8192
  },
  "ephemeralSettings": {
    "context-limit": 200000
  }
}
"#;

const GEMINI_FALLBACK: &str = r#"{
  "version": 1,
  "provider": "gemini",
  "model": "gemini-2.5-flash",
  "modelParams": {
    "temperature": 0.2,
    "max_tokens": 8192
  },
  "ephemeralSettings": {
    "context-limit": 200000
  }
}
"#;

const HA_FAILOVER: &str = r#"{
  "version": 1,
  "type": "loadbalancer",
  "policy": "failover",
  "profiles": ["anthropic-primary", "openai-backup", "gemini-fallback"]
}
"#;

const HA_ROUNDROBIN: &str = r#"{
  "version": 1,
  "type": "loadbalancer",
  "policy": "roundrobin",
  "profiles": ["anthropic-primary", "openai-backup", "gemini-fallback"]
}
"#;

const BUDGET_HA: &str = r#"{
  "version": 1,
  "type": "loadbalancer",
  "policy": "failover",
  "profiles": ["gemini-fallback", "qwen-free", "anthropic-primary"]
}
"#;

const QUALITY_HA: &str = r#"{
  "version": 1,
  "type": "loadbalancer",
  "policy": "failover",
  "profiles": [
    "anthropic-opus",
    "anthropic-sonnet",
    "openai-backup",
    "gemini-fallback"
  ]
}
"#;

const SPEED_HA: &str = r#"{
  "version": 1,
  "type": "loadbalancer",
  "policy": "failover",
  "profiles": ["gemini-fallback", "openai-backup", "anthropic-primary"]
}
"#;

const WEIGHTED: &str = r#"{
  "version": 1,
  "type": "loadbalancer",
  "policy": "weighted",
  "profiles": [
    { "profile": "anthropic-primary", "weight": 70 },
    { "profile": "openai-backup", "weight": 20 },
    { "profile": "gemini-fallback", "weight": 10 }
  ]
}
"#;

/// Provider, the variable that holds its key, protocol, model.
const PROVIDERS: [(&str, &str, Speaks, &str); 4] = [
    ("anthropic", "ANTHROPIC_API_KEY", Speaks::Anthropic, "claude-sonnet-4-5-20250929"),
    ("openai", "OPENAI_API_KEY", Speaks::OpenaiChat, "gpt-5.2"),
    ("gemini", "GEMINI_API_KEY", Speaks::Gemini, "gemini-2.5-flash"),
    ("qwen", "DASHSCOPE_API_KEY", Speaks::OpenaiChat, "qwen3-coder-480b-a35b-instruct"),
];

/// The recipe's reader: files saved, keys accepted, a catalogue that leads to practice providers.
struct Reader {
    home: Arc<Home>,
    simulator: Simulator,
    catalogue: PathBuf,
}

impl Reader {
    /// `openai` goes into the catalogue's entry of that provider, beside its address.
    async fn new(openai: &Value) -> Self {
        let home = Arc::new(Home::new());
        for (name, text) in [
            ("anthropic-primary", ANTHROPIC_PRIMARY),
            ("openai-backup", OPENAI_BACKUP),
            ("gemini-fallback", GEMINI_FALLBACK),
            ("ha-failover", HA_FAILOVER),
            ("ha-roundrobin", HA_ROUNDROBIN),
            ("budget-ha", BUDGET_HA),
            ("quality-ha", QUALITY_HA),
            ("speed-ha", SPEED_HA),
            ("ha-weighted", WEIGHTED),
        ] {
            home.write_text(name, text);
        }
        // The recipe gives the commands for this one, and no file.
        let mut qwen = standard("qwen", PROVIDERS[3].3, &json!({ "context-limit": 200_000 }));
        qwen["modelParams"] = json!({ "max_tokens": 8192 });
        home.write("qwen-free", &qwen);

        let practice = PROVIDERS.map(|(name, variable, speaks, model)| Practice {
            key: Some(key(variable)),
            ..Practice::new(name, speaks, model).true_to_model()
        });
        let simulator = Simulator::start(practice.into()).await.expect("four practice providers");
        let mut providers: Vec<Value> = simulator
            .providers()
            .iter()
            .map(|running| json!({ "name": running.name, "base_url": running.base_url }))
            .collect();
        let more = openai.as_object().expect("an object").clone();
        providers[1].as_object_mut().expect("an object was just made").extend(more);
        let catalogue = home.file("catalogue.json", &json!({ "version": 1, "providers": providers }).to_string());

        let reader = Self { home, simulator, catalogue };
        for (provider, variable, ..) in PROVIDERS {
            let key = Serve::bare(&reader.home).args(["key", "accept-env", "--provider", provider, variable]);
            let ended = reader.at(key).run().await;
            assert_eq!(ended.code, Some(0), "{ended:?}");
        }
        reader
    }

    fn at(&self, command: Serve) -> Serve {
        let command = command.args(["--secrets", "file"]).arg("--catalogue").arg(&self.catalogue);
        let (profiles, data) = (self.home.profiles(), self.home.data());
        command.arg("--profiles-dir").arg(profiles).arg("--data-dir").arg(data)
    }

    /// `mainstay serve --profile PROFILE` with the keys in the environment.
    async fn serves(&self, profile: &str) -> Gateway {
        let serve = self.at(Serve::bare(&self.home).args(["serve", "--listen", "127.0.0.1:0", "--profile", profile]));
        let gateway = PROVIDERS
            .iter()
            .fold(serve, |serve, (_, variable, ..)| serve.variable(variable, key(variable)))
            .start()
            .await;
        assert_eq!(gateway.ready["profile"], profile);
        gateway
    }

    fn provider(&self, name: &str) -> &Running {
        self.simulator.provider(name).expect("a provider of the recipe")
    }

    /// The generation parameters that a provider was asked with last.
    fn asked_with(&self, name: &str) -> Value {
        self.provider(name).seen().last().expect("a request").body()
    }
}

fn key(variable: &str) -> String {
    format!("the-key-in-{variable}")
}

/// Who answers a request that names a model of its own, as tools do.
async fn answered_by(gateway: &Gateway, client: Tongue, stream: bool) -> String {
    let answer = gateway.ask(client, "some-model-of-the-tool", "hi", stream).await;
    assert_eq!((answer.status, answer.broken), (200, false), "{answer:?}");
    let text = answer.text(client);
    assert!(text.ends_with("You said: hi"), "the answer is whole: {answer:?}");
    let rest = text.strip_prefix("Simulated answer from ").unwrap_or_else(|| panic!("{answer:?}"));
    rest.split(' ').next().expect("a name").to_owned()
}

/// The members fail one after another, the highest first; each time the next one serves every dialect, streamed or not.
async fn fails_over(reader: &Reader, gateway: &Gateway, order: &[&str]) {
    for (place, name) in order.iter().enumerate() {
        for client in Tongue::ALL {
            for stream in [false, true] {
                assert_eq!(answered_by(gateway, client, stream).await, *name, "with {place} broken");
            }
        }
        reader.provider(name).set(status(if place == 0 { 500 } else { 503 }, &json!({})));
    }
    let answer = gateway.ask(Tongue::Openai, "any", "hi", false).await;
    assert!(answer.status >= 500 && Tongue::Openai.error(&answer.json()).is_some(), "{answer:?}");
    order.iter().for_each(|name| reader.provider(name).clear());
    until("it serves again by itself", async || {
        (gateway.ask(Tongue::Gemini, "any", "hi", true).await.status == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn ha_failover_serves_while_its_members_fail_one_after_another() {
    let reader = Reader::new(&json!({})).await;
    let gateway = reader.serves("ha-failover").await;
    fails_over(&reader, &gateway, &["anthropic", "openai", "gemini"]).await;
}

#[tokio::test]
async fn budget_ha_serves_free_providers_first_qwen_among_them() {
    let reader = Reader::new(&json!({})).await;
    let gateway = reader.serves("budget-ha").await;
    fails_over(&reader, &gateway, &["gemini", "qwen", "anthropic"]).await;
    let body = reader.asked_with("qwen");
    assert_eq!((&body["max_tokens"], body.get("temperature")), (&json!(8192), None), "{body}");
}

#[tokio::test]
async fn speed_ha_serves_fast_models_first() {
    let reader = Reader::new(&json!({})).await;
    let gateway = reader.serves("speed-ha").await;
    fails_over(&reader, &gateway, &["gemini", "openai", "anthropic"]).await;
}

#[tokio::test]
async fn quality_ha_serves_by_the_members_that_exist() {
    let reader = Reader::new(&json!({})).await;
    let gateway = reader.serves("quality-ha").await;
    fails_over(&reader, &gateway, &["openai", "gemini"]).await;
    let answer = gateway.ask(Tongue::Anthropic, "any", "hi", false).await;
    let trail = gateway.trail(answer.header("x-mainstay-request-id").expect("a request id")).await;
    let skipped: Vec<&str> =
        trail["skips"].as_array().expect("a list").iter().filter_map(|skip| skip["member"].as_str()).collect();
    assert!(skipped.contains(&"anthropic-opus") && skipped.contains(&"anthropic-sonnet"), "{trail}");
}

#[tokio::test]
async fn ha_roundrobin_serves_in_turn_and_by_the_rest_while_members_fail() {
    let reader = Reader::new(&json!({})).await;
    let gateway = reader.serves("ha-roundrobin").await;
    let mut turns = Vec::new();
    for client in [Tongue::ALL, Tongue::ALL].concat() {
        turns.push(answered_by(&gateway, client, true).await);
    }
    assert_eq!(turns, ["anthropic", "openai", "gemini", "anthropic", "openai", "gemini"]);
    reader.provider("anthropic").set(status(500, &json!({})));
    for client in Tongue::ALL {
        assert_ne!(answered_by(&gateway, client, false).await, "anthropic");
    }
    reader.provider("gemini").set(status(429, &json!({})));
    for client in Tongue::ALL {
        assert_eq!(answered_by(&gateway, client, true).await, "openai");
    }
}

#[tokio::test]
async fn ha_weighted_serves_seven_two_one_and_by_the_rest_while_members_fail() {
    let reader = Reader::new(&json!({})).await;
    let gateway = reader.serves("ha-weighted").await;
    let mut shares = [0; 3];
    for turn in 0..10 {
        let name = answered_by(&gateway, Tongue::ALL[turn % 3], turn % 2 == 0).await;
        shares[PROVIDERS.iter().position(|(provider, ..)| *provider == name).expect("a provider")] += 1;
    }
    assert_eq!(shares, [7, 2, 1]);
    reader.provider("anthropic").set(status(402, &json!({})));
    for client in Tongue::ALL {
        assert_ne!(answered_by(&gateway, client, false).await, "anthropic");
    }
    reader.provider("openai").set(status(503, &json!({})));
    for client in Tongue::ALL {
        assert_eq!(answered_by(&gateway, client, true).await, "gemini");
    }
}

#[tokio::test]
async fn each_provider_gets_the_printed_parameters_as_its_model_takes_them() {
    let reader = Reader::new(&json!({})).await;
    let gateway = reader.serves("ha-failover").await;
    for (provider, profile) in
        [("anthropic", "anthropic-primary"), ("openai", "openai-backup"), ("gemini", "gemini-fallback")]
    {
        // An OpenAI client need not name a limit, so the profile's fills it in.
        for _ in 0..2 {
            let answer = gateway.ask(Tongue::Openai, profile, "hi", false).await;
            assert_eq!(answer.status, 200, "{answer:?}");
        }
        let body = reader.asked_with(provider);
        match provider {
            "anthropic" => {
                assert_eq!((&body["max_tokens"], &body["temperature"]), (&json!(8192), &json!(0.2)), "{body}");
            }
            "gemini" => {
                let config = &body["generationConfig"];
                assert_eq!((&config["maxOutputTokens"], &config["temperature"]), (&json!(8192), &json!(0.2)), "{body}");
            }
            _ => {
                assert_eq!(body["max_completion_tokens"], 8192, "{body}");
                assert!(body.get("max_tokens").is_none() && body.get("temperature").is_none(), "{body}");
            }
        }
    }
}

#[tokio::test]
async fn a_refused_temperature_is_left_out_once_and_remembered() {
    let reader = Reader::new(&json!({})).await;
    let gateway = reader.serves("openai-backup").await;
    learns(&reader, &gateway, 1).await;
}

#[tokio::test]
async fn without_a_word_in_the_catalogue_the_name_of_the_token_limit_is_learned_too() {
    let ignorant = json!({
        "models": [{ "id": "gpt-5.2", "token_limit_name": null }],
        "families": [{ "id": "gpt-5*", "token_limit_name": null }],
    });
    let reader = Reader::new(&ignorant).await;
    let gateway = reader.serves("openai-backup").await;
    learns(&reader, &gateway, 2).await;
}

/// The first request meets so many refusals and is answered by the same member all the same; the later ones meet none.
async fn learns(reader: &Reader, gateway: &Gateway, refusals: usize) {
    for (turn, client) in Tongue::ALL.into_iter().enumerate() {
        let answer = gateway.ask(client, "any", "hi", turn == 1).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let trail = gateway.trail(answer.header("x-mainstay-request-id").expect("a request id")).await;
        let attempts = trail["attempts"].as_array().expect("a list");
        let outcomes: Vec<&str> = attempts.iter().filter_map(|attempt| attempt["outcome"].as_str()).collect();
        let mut expected = vec!["parameter-rejected"; if turn == 0 { refusals } else { 0 }];
        expected.push("served");
        assert_eq!(outcomes, expected, "{trail}");
        let body = reader.asked_with("openai");
        assert!(body.get("max_tokens").is_none() && body.get("temperature").is_none(), "{body}");
    }
}

#[tokio::test]
async fn a_model_that_only_its_family_describes_gets_the_right_name_at_once() {
    let reader = Reader::new(&json!({})).await;
    let mut other = standard("openai", "gpt-5-mini", &json!({}));
    other["modelParams"] = json!({ "max_tokens": 4096 });
    reader.home.write("openai-mini", &other);
    let gateway = reader.serves("openai-mini").await;
    let answer = gateway.ask(Tongue::Openai, "any", "hi", false).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("x-mainstay-attempts"), Some("1"), "{answer:?}");
    assert_eq!(reader.asked_with("openai")["max_completion_tokens"], 4096);
}

#[tokio::test]
async fn a_key_in_the_environment_is_not_used_until_the_user_accepts_it() {
    let reader = Reader::new(&json!({})).await;
    // The consents lie in the data folder: another one knows of none.
    std::fs::remove_dir_all(reader.home.data()).expect("the data folder");
    let gateway = reader.serves("ha-failover").await;
    let answer = gateway.ask(Tongue::Openai, "any", "hi", false).await;
    assert_eq!(answer.status, 503, "{answer:?}");
    let body = answer.json();
    let message = Tongue::Openai.error(&body).expect("an error in its dialect");
    assert!(message.contains("needs a key or login"), "{message}");
    assert!(PROVIDERS.iter().all(|(provider, ..)| reader.provider(provider).count() == 0));
}

#[tokio::test]
async fn serving_changes_no_byte_of_the_files() {
    let reader = Reader::new(&json!({})).await;
    let gateway = reader.serves("ha-failover").await;
    reader.provider("anthropic").set(status(500, &json!({})));
    assert_eq!(answered_by(&gateway, Tongue::Anthropic, true).await, "openai");
    let ended = gateway.stop().await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    for (name, text) in
        [("anthropic-primary", ANTHROPIC_PRIMARY), ("ha-failover", HA_FAILOVER), ("ha-weighted", WEIGHTED)]
    {
        let path = reader.home.profile_path(name);
        assert_eq!(std::fs::read_to_string(path).expect("the file"), text, "{name}");
    }
}
