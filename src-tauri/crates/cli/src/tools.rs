//! How tools are pointed at a gateway, by environment and arguments alone: no file of theirs is touched.

/// What a tool needs to be told.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Pointing {
    /// Variables to set.
    pub(crate) set: Vec<(&'static str, String)>,
    /// Variables to take away, because they would win over ours.
    pub(crate) unset: Vec<&'static str>,
    /// Arguments that go right after the program's name.
    pub(crate) arguments: Vec<String>,
}

/// The tools that are known, by the name of their program.
pub(crate) const TOOLS: [&str; 6] = ["claude", "codex", "gemini", "opencode", "qwen", "sdk"];

/// The tool that a program is; an unknown one counts as a script with an SDK in it.
pub(crate) fn tool_of(program: &str) -> &'static str {
    let name = std::path::Path::new(program).file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    TOOLS.into_iter().find(|tool| *tool == name).unwrap_or("sdk")
}

/// Points a tool at the gateway. `address` is `http://127.0.0.1:4117`.
pub(crate) fn point(tool: &str, address: &str, token: &str) -> Pointing {
    let v1 = format!("{address}/v1");
    let owned = str::to_owned;
    match tool {
        // https://docs.claude.com/en/docs/claude-code/llm-gateway
        "claude" => Pointing {
            set: vec![("ANTHROPIC_BASE_URL", owned(address)), ("ANTHROPIC_AUTH_TOKEN", owned(token))],
            unset: vec!["ANTHROPIC_API_KEY", "CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX"],
            arguments: Vec::new(),
        },
        // https://developers.openai.com/codex/config-reference
        "codex" => Pointing {
            set: vec![("MAINSTAY_TOKEN", owned(token))],
            unset: Vec::new(),
            arguments: [
                "model_provider=\"mainstay\"".to_owned(),
                "model_providers.mainstay.name=\"Mainstay\"".to_owned(),
                format!("model_providers.mainstay.base_url=\"{v1}\""),
                "model_providers.mainstay.env_key=\"MAINSTAY_TOKEN\"".to_owned(),
                "model_providers.mainstay.wire_api=\"responses\"".to_owned(),
                "model_providers.mainstay.supports_websockets=false".to_owned(),
            ]
            .into_iter()
            .flat_map(|setting| ["-c".to_owned(), setting])
            .collect(),
        },
        // https://github.com/google-gemini/gemini-cli, docs/reference/configuration.md
        "gemini" => Pointing {
            set: vec![
                ("GOOGLE_GEMINI_BASE_URL", owned(address)),
                ("GEMINI_API_KEY", owned(token)),
                ("GEMINI_DEFAULT_AUTH_TYPE", owned("gemini-api-key")),
            ],
            unset: vec!["GOOGLE_API_KEY", "GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_GENAI_USE_GCA"],
            arguments: Vec::new(),
        },
        // https://opencode.ai/docs/config
        "opencode" => Pointing {
            set: vec![
                (
                    "OPENCODE_CONFIG_CONTENT",
                    serde_json::json!({
                        "model": "mainstay/mainstay",
                        "small_model": "mainstay/mainstay",
                        "provider": { "mainstay": {
                            "npm": "@ai-sdk/openai-compatible",
                            "name": "Mainstay",
                            "options": { "baseURL": v1, "apiKey": "{env:MAINSTAY_TOKEN}" },
                            "models": { "mainstay": { "name": "Whoever serves" } },
                        } },
                    })
                    .to_string(),
                ),
                ("MAINSTAY_TOKEN", owned(token)),
            ],
            ..Pointing::default()
        },
        // https://qwenlm.github.io/qwen-code-docs, authentication
        "qwen" => Pointing {
            set: vec![("OPENAI_BASE_URL", v1), ("OPENAI_API_KEY", owned(token)), ("OPENAI_MODEL", owned("mainstay"))],
            unset: Vec::new(),
            arguments: vec![owned("--auth-type"), owned("openai")],
        },
        _ => Pointing {
            set: vec![
                ("OPENAI_BASE_URL", v1),
                ("OPENAI_API_KEY", owned(token)),
                ("ANTHROPIC_BASE_URL", owned(address)),
                ("ANTHROPIC_API_KEY", owned(token)),
                ("GOOGLE_GEMINI_BASE_URL", owned(address)),
                ("GEMINI_API_KEY", owned(token)),
            ],
            unset: vec!["GOOGLE_API_KEY", "ANTHROPIC_AUTH_TOKEN"],
            arguments: Vec::new(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_is_known_by_its_programs_name() {
        assert_eq!(tool_of("/usr/local/bin/claude"), "claude");
        assert_eq!(tool_of("codex"), "codex");
        assert_eq!(tool_of("python3"), "sdk");
    }

    #[test]
    fn every_tool_learns_address_and_token_and_no_argument_holds_the_token() {
        for tool in TOOLS {
            let pointing = point(tool, "http://127.0.0.1:4117", "the-token");
            let all = format!("{:?} {:?}", pointing.set, pointing.arguments);
            assert!(all.contains("127.0.0.1:4117") && all.contains("the-token"), "{tool}");
            // Other users of the machine can read a program's arguments.
            assert!(!pointing.arguments.iter().any(|argument| argument.contains("the-token")), "{tool}");
        }
    }
}
