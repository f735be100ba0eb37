use super::*;

fn with(overlay: &str) -> Catalogue {
    let mut catalogue = Catalogue::builtin();
    catalogue.overlay(overlay, "test").expect("the overlay fits");
    catalogue
}

fn provider<'a>(catalogue: &'a Catalogue, name: &str) -> &'a Provider {
    catalogue.provider(name).expect("a provider of that name")
}

#[test]
fn the_shipped_providers_are_complete_enough_to_be_called() {
    let catalogue = Catalogue::builtin();
    for (name, dialect, base_url, header) in [
        ("anthropic", "anthropic", Some("https://api.anthropic.com"), KeyHeader::XApiKey),
        ("openai", "openai-chat", Some("https://api.openai.com/v1"), KeyHeader::Bearer),
        ("openai-responses", "openai-responses", Some("https://api.openai.com/v1"), KeyHeader::Bearer),
        ("gemini", "gemini", Some("https://generativelanguage.googleapis.com"), KeyHeader::XGoogApiKey),
        ("qwen", "openai-chat", Some("https://dashscope.aliyuncs.com/compatible-mode/v1"), KeyHeader::Bearer),
        ("openai-compatible", "openai-chat", None, KeyHeader::Bearer),
    ] {
        let found = provider(&catalogue, name);
        assert_eq!((found.dialect.as_str(), found.base_url.as_deref(), found.key_header), (dialect, base_url, header));
    }
    assert_eq!(
        provider(&catalogue, "anthropic").static_headers,
        [("anthropic-version".to_owned(), "2023-06-01".to_owned())]
    );
}

#[test]
fn the_recipes_models_are_known() {
    let catalogue = Catalogue::builtin();
    for (name, id, window, output) in [
        ("anthropic", "claude-sonnet-4-5-20250929", 200_000, 64_000),
        ("openai", "gpt-5.2", 400_000, 128_000),
        ("gemini", "gemini-2.5-flash", 1_048_576, 65_536),
        ("qwen", "qwen3-coder-480b-a35b-instruct", 262_144, 65_536),
    ] {
        let model = provider(&catalogue, name).model(id);
        assert_eq!((model.context_window, model.max_output), (Some(window), Some(output)), "{id}");
    }
}

#[test]
fn reasoning_models_of_openai_take_their_limit_under_another_name() {
    let catalogue = Catalogue::builtin();
    let openai = provider(&catalogue, "openai");
    for id in ["gpt-5.2", "gpt-5", "gpt-5-mini", "o1", "o3-pro", "o4-mini"] {
        assert_eq!(openai.model(id).token_limit_name.as_deref(), Some("max_completion_tokens"), "{id}");
        assert!(openai.model(id).unsupported_params.is_empty(), "refusals are learnt: {id}");
    }
    for id in ["gpt-4o", "gpt-4.1", "other"] {
        assert_eq!(openai.model(id), Model { id: id.into(), ..Model::default() });
    }
}

#[test]
fn a_stored_credential_may_go_to_the_base_urls_origin_alone() {
    let catalogue = Catalogue::builtin();
    assert_eq!(provider(&catalogue, "openai").origins, ["https://api.openai.com"]);
    assert_eq!(provider(&catalogue, "openai-compatible").origins, Vec::<String>::new());
}

#[test]
fn an_overlay_redirects_a_provider_with_its_logins_and_binds_credentials_there() {
    let catalogue = with(
        r#"{"providers": [
            {"name": "anthropic", "base_url": "http://127.0.0.1:4201/", "oauth": {"token_url": "http://127.0.0.1:4201/token"}},
            {"name": "openai", "base_url": "http://127.0.0.1:4202/v1"}
        ]}"#,
    );
    let anthropic = provider(&catalogue, "anthropic");
    assert_eq!(anthropic.base_url.as_deref(), Some("http://127.0.0.1:4201"));
    assert_eq!(anthropic.origins, ["http://127.0.0.1:4201"]);
    assert_eq!(anthropic.dialect, "anthropic", "what the overlay leaves out stays");
    assert_eq!(anthropic.models, provider(&Catalogue::builtin(), "anthropic").models);
    let oauth = anthropic.oauth.as_ref().expect("logins");
    assert_eq!(oauth["token_url"], "http://127.0.0.1:4201/token");
    assert_eq!(oauth["authorize_url"], "https://claude.ai/oauth/authorize");
    assert_eq!(provider(&catalogue, "openai").origins, ["http://127.0.0.1:4202"]);
    assert_eq!(catalogue.providers().len(), Catalogue::builtin().providers().len());
}

#[test]
fn origins_are_as_given_until_the_base_url_moves_again() {
    let mut catalogue = with(
        r#"{"providers": [{"name": "openai", "base_url": "https://eu.api.openai.com/v1",
            "origins": ["https://eu.api.openai.com", "https://api.openai.com:443/ignored"]}]}"#,
    );
    assert_eq!(provider(&catalogue, "openai").origins, ["https://eu.api.openai.com", "https://api.openai.com"]);
    let moved = r#"{"providers": [{"name": "openai", "base_url": "http://127.0.0.1:1/v1"}]}"#;
    catalogue.overlay(moved, "second").expect("the overlay fits");
    assert_eq!(provider(&catalogue, "openai").origins, ["http://127.0.0.1:1"]);
}

#[test]
fn models_are_merged_by_id_and_new_ones_are_added() {
    let catalogue = with(
        r#"{"providers": [{"name": "openai", "models": [
            {"id": "gpt-5.2", "max_output": 1000, "price": {"output_per_mtok": 99}, "context_window": null},
            {"id": "mine", "context_window": 5}
        ]}]}"#,
    );
    let openai = provider(&catalogue, "openai");
    let model = openai.model("gpt-5.2");
    assert_eq!((model.max_output, model.context_window), (Some(1000), None));
    let price = model.price.expect("a price");
    assert_eq!((price.input_per_mtok, price.output_per_mtok), (1.75, 99.0));
    assert_eq!(openai.model("mine").context_window, Some(5));
    let shipped = with(r#"{"providers": []}"#);
    assert_eq!(openai.models.len(), provider(&shipped, "openai").models.len() + 1);
}

#[test]
fn a_new_provider_is_added_with_defaults() {
    let catalogue = with(
        r#"{"version": 1, "providers": [{"name": "local", "dialect": "openai-chat", "base_url": "http://localhost:8080/v1"}]}"#,
    );
    let local = provider(&catalogue, "local");
    assert_eq!((local.title.as_str(), local.key_header), ("local", KeyHeader::Bearer));
    assert_eq!(local.auth, [AuthScheme::ApiKey]);
}

#[test]
fn an_overlay_that_does_not_fit_is_refused_whole() {
    for (overlay, reason) in [
        ("{", "is not JSON"),
        ("[]", "its top level is not an object"),
        (r#"{"provider": []}"#, "the key \"provider\" is not known"),
        (r#"{"version": 2}"#, "only version 1 is known"),
        (r#"{"providers": {}}"#, "\"providers\" is not a list"),
        (r#"{"providers": [{"base_url": "https://x.example"}]}"#, "a provider has no \"name\""),
        (r#"{"providers": [{"name": "new"}]}"#, "provider \"new\": missing field `dialect`"),
        (
            r#"{"providers": [{"name": "openai", "base_ulr": "https://x.example"}]}"#,
            "provider \"openai\": unknown field `base_ulr`",
        ),
        (r#"{"providers": [{"name": "openai", "dialect": "soap"}]}"#, "provider \"openai\": unknown variant `soap`"),
        (
            r#"{"providers": [{"name": "openai", "base_url": "ftp://x.example"}]}"#,
            "\"base_url\" is neither http nor https",
        ),
        (r#"{"providers": [{"name": "openai", "key_check": {"path": "models"}}]}"#, "doesn't begin with a slash"),
        (
            r#"{"providers": [{"name": "openai", "key_check": {"path": "/m", "elsewhere": {"nowhere": "/k"}}}]}"#,
            "\"nowhere\" is not an origin",
        ),
        (r#"{"providers": [{"name": "openai", "origins": ["nowhere"]}]}"#, "\"nowhere\" is not an origin"),
        (r#"{"providers": [{"name": "openai", "static_headers": {"x-a": 1}}]}"#, "the header \"x-a\" is not text"),
        (
            r#"{"providers": [{"name": "openai", "models": [{"id": "gpt-5.2", "window": 1}]}]}"#,
            "unknown field `window`",
        ),
        (r#"{"providers": [{"name": "openai", "models": [{"context_window": 1}]}]}"#, "missing field `id`"),
        (r#"{"providers": [{"name": "openai", "models": ["gpt"]}]}"#, "provider \"openai\": invalid type"),
    ] {
        let mut catalogue = Catalogue::builtin();
        let error = catalogue.overlay(overlay, "over.json").expect_err(overlay).to_string();
        assert!(error.starts_with("over.json ") && error.contains(reason), "{overlay}: {error}");
        assert_eq!(catalogue.providers(), Catalogue::builtin().providers(), "{overlay}");
    }
}

#[test]
fn an_empty_overlay_changes_nothing() {
    assert_eq!(with("{}").providers(), Catalogue::builtin().providers());
    assert_eq!(with(r#"{"providers": []}"#).providers(), Catalogue::builtin().providers());
}

#[test]
fn a_pattern_stands_for_the_whole_name() {
    for (pattern, text, expected) in [
        ("gpt-5*", "gpt-5", true),
        ("gpt-5*", "gpt-5.2", true),
        ("gpt-5*", "x-gpt-5", false),
        ("*haiku*", "claude-haiku-4", true),
        ("a*b*c", "a1b2c", true),
        ("a*b*c", "acb", false),
        ("a*a", "a", false),
        ("exact", "exact", true),
        ("exact", "exactly", false),
        ("*", "", true),
    ] {
        assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
    }
}

#[test]
fn a_free_call_is_trusted_where_it_is_documented_to_need_a_key_and_nowhere_else() {
    let catalogue = Catalogue::builtin();
    for (name, base_url, path, guarded) in [
        ("anthropic", "https://api.anthropic.com", "/v1/models?limit=1", true),
        ("openai", "https://api.openai.com/v1", "/models", true),
        ("openai-responses", "https://api.openai.com/v1", "/models", true),
        ("gemini", "https://generativelanguage.googleapis.com", "/v1beta/models?pageSize=1", true),
        ("qwen", "https://dashscope.aliyuncs.com/compatible-mode/v1", "/models", true),
        ("openai-compatible", "https://openrouter.ai/api/v1", "/key", true),
        ("openai", "https://openrouter.ai/api/v1", "/key", true),
        ("openai-compatible", "https://api.openai.com/v1", "/models", true),
        ("openai-compatible", "http://localhost:8080/v1", "/models", false),
        ("anthropic", "https://openrouter.ai/api", "/v1/models?limit=1", false),
        ("openai", "https://relay.example/v1", "/models", false),
    ] {
        let call = catalogue.free_call(name, base_url).expect("a call");
        assert_eq!((call.path.as_str(), call.guarded), (path, guarded), "{name} {base_url}");
    }
    assert_eq!(catalogue.free_call("nobody", "https://api.openai.com/v1"), None);
    assert_eq!(catalogue.free_call("openai", "nowhere"), None);
    let bare = with(r#"{"providers": [{"name": "mine", "dialect": "gemini", "base_url": "http://localhost:1"}]}"#);
    assert_eq!(bare.free_call("mine", "http://localhost:1"), None);
    let moved = with(r#"{"providers": [{"name": "openai", "base_url": "http://127.0.0.1:1/v1"}]}"#);
    assert!(moved.free_call("openai", "http://127.0.0.1:1/v1").expect("a call").guarded, "its own address");
}

#[test]
fn every_provider_of_the_cli_is_known_by_its_exact_name() {
    let catalogue = Catalogue::builtin();
    for (name, dialect, base_url) in [
        ("claudecode", "anthropic", "https://api.anthropic.com"),
        ("codex", "openai-responses", "https://chatgpt.com/backend-api/codex"),
        ("openai-vercel", "openai-chat", "https://api.openai.com/v1"),
        ("qwenvercel", "openai-chat", "https://dashscope.aliyuncs.com/compatible-mode/v1"),
        ("kimi", "openai-chat", "https://api.kimi.com/coding/v1"),
        ("zai", "anthropic", "https://api.z.ai/api/anthropic"),
        ("deepseek", "openai-chat", "https://api.deepseek.com/v1"),
        ("mistral", "openai-chat", "https://api.mistral.ai/v1"),
        ("xAI", "openai-chat", "https://api.x.ai/v1"),
        ("OpenRouter", "openai-chat", "https://openrouter.ai/api/v1"),
        ("Fireworks", "openai-chat", "https://api.fireworks.ai/inference/v1"),
        ("Cerebras Code", "openai-chat", "https://api.cerebras.ai/v1"),
        ("Chutes.ai", "openai-chat", "https://llm.chutes.ai/v1"),
        ("Synthetic", "openai-chat", "https://api.synthetic.new/openai/v1"),
        ("Makora", "openai-chat", "https://inference.makora.com/v1"),
        ("Ollama Cloud", "openai-chat", "https://ollama.com/v1"),
        ("LiteLLM", "openai-chat", "http://127.0.0.1:4000/v1"),
        ("LM Studio", "openai-chat", "http://127.0.0.1:1234/v1"),
        ("llama.cpp", "openai-chat", "http://localhost:8080/v1"),
        ("groq", "openai-chat", "https://api.groq.com/openai/v1"),
        ("ollama", "openai-chat", "http://127.0.0.1:11434/v1"),
    ] {
        let found = provider(&catalogue, name);
        assert_eq!((found.dialect.as_str(), found.base_url.as_deref()), (dialect, Some(base_url)), "{name}");
    }
    assert!(catalogue.provider("xai").is_none(), "names are case-sensitive");
    for name in ["claudecode", "codex"] {
        let found = provider(&catalogue, name);
        assert_eq!(found.auth, [AuthScheme::Oauth]);
        assert!(found.considerations.as_ref().is_some_and(|words| words.contains("login")), "{name}");
    }
}

#[test]
fn the_recipes_table_keeps_its_words() {
    let catalogue = Catalogue::builtin();
    for (name, strengths, considerations) in [
        ("anthropic", "Best code quality, thinking", "Rate limits on Pro"),
        ("openai", "Fast, reliable API", "Requires API key"),
        ("gemini", "Free tier, fast", "Occasional quality variance"),
    ] {
        let found = provider(&catalogue, name);
        assert_eq!(found.strengths.as_deref(), Some(strengths));
        assert_eq!(found.considerations.as_deref(), Some(considerations));
    }
}
