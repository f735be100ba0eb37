//! The CLI's own aliases: files in which its users name further providers (`<data>/providers/*.config`, JSON with comments).
//!
//! Another program writes these files. So an alias never moves a stored credential: one that bears the name of a provider
//! that is known already keeps that provider's origins, and a key goes to a new address only when the user confirms it.

use super::{Catalogue, CatalogueError, DialectName};
use crate::document::Document;
use serde_json::{Map, Value, json};
use std::env;
use std::path::PathBuf;

/// Where the CLI keeps its aliases: `providers` in its data folder, which a variable may name by an absolute path.
pub fn alias_folder() -> Option<PathBuf> {
    let named = ["LLXPRT_DATA_HOME", "LLXPRT_CONFIG_HOME"].into_iter().find_map(|name| {
        let path = PathBuf::from(env::var_os(name)?);
        path.is_absolute().then_some(path)
    });
    let usual = || {
        let folder = directories::BaseDirs::new()?.data_local_dir().join("llxprt-code");
        Some(if cfg!(windows) { folder.join("Data") } else { folder })
    };
    named.or_else(usual).map(|folder| folder.join("providers"))
}

impl Catalogue {
    /// Lays one of the CLI's alias files over this catalogue: name, base provider, address, variable, models, and whether it
    /// needs a key. What else it says is the CLI's own. `origin` names the file in errors.
    ///
    /// # Errors
    /// [`CatalogueError`]; nothing of the alias is then taken.
    pub fn overlay_alias(&mut self, text: &str, origin: &str) -> Result<(), CatalogueError> {
        let shape = |reason: String| CatalogueError::Shape { origin: origin.to_owned(), reason };
        let alias = Document::parse(text).map_err(|error| shape(error.to_string()))?;
        let text = |key: &str| match alias.get(&[key]) {
            Some(Value::String(text)) if !text.is_empty() => Some(text),
            _ => None,
        };
        let name = text("name").ok_or_else(|| shape("it has no \"name\"".to_owned()))?;
        let known = self.provider(&name);
        let mut entry = Map::new();
        entry.insert("name".into(), json!(name));
        match text("baseProvider") {
            Some(base) => {
                let dialect =
                    dialect(&base).ok_or_else(|| shape(format!("its baseProvider \"{base}\" is not known")))?;
                entry.insert("dialect".into(), json!(dialect.as_str()));
                if known.is_none() {
                    entry.insert("key_header".into(), json!(key_header(dialect)));
                }
                if known.is_none() && matches!(dialect, DialectName::Anthropic) {
                    entry.insert("static_headers".into(), json!({ "anthropic-version": "2023-06-01" }));
                }
            }
            None if known.is_none() => return Err(shape("it has no \"baseProvider\"".to_owned())),
            None => {}
        }
        if let Some(base_url) = text("base-url") {
            entry.insert("base_url".into(), json!(base_url));
            if let Some(known) = known {
                entry.insert("origins".into(), json!(known.origins));
            }
        }
        match alias.get(&["requires-auth"]) {
            Some(Value::Bool(false)) => {
                entry.insert("auth".into(), json!(["none", "api-key"]));
            }
            _ if known.is_none() => {
                entry.insert("auth".into(), json!(["api-key"]));
            }
            _ => {}
        }
        if let Some(variable) = text("apiKeyEnv") {
            entry.insert("env".into(), json!([variable]));
        }
        let mut models = Vec::new();
        if let Some(Value::Array(listed)) = alias.get(&["staticModels"]) {
            models.extend(listed.iter().filter_map(model));
        }
        if let Some(default) = text("defaultModel")
            && models.iter().all(|model| model["id"] != default.as_str())
        {
            models.insert(0, json!({ "id": default }));
        }
        entry.insert("models".into(), Value::Array(models));
        self.overlay(&json!({ "version": 1, "providers": [entry] }).to_string(), origin)
    }
}

fn dialect(base: &str) -> Option<DialectName> {
    match base {
        "openai" | "openai-vercel" | "openaivercel" => Some(DialectName::OpenaiChat),
        "openai-responses" => Some(DialectName::OpenaiResponses),
        "anthropic" => Some(DialectName::Anthropic),
        "gemini" => Some(DialectName::Gemini),
        _ => None,
    }
}

fn key_header(dialect: DialectName) -> &'static str {
    match dialect {
        DialectName::Anthropic => "x-api-key",
        DialectName::Gemini => "x-goog-api-key",
        DialectName::OpenaiChat | DialectName::OpenaiResponses => "bearer",
    }
}

fn model(listed: &Value) -> Option<Value> {
    let mut model = Map::new();
    model.insert("id".into(), json!(listed.get("id")?.as_str().filter(|id| !id.is_empty())?));
    for (theirs, ours) in [("contextWindow", "context_window"), ("maxOutputTokens", "max_output")] {
        if let Some(tokens) = listed.get(theirs).and_then(Value::as_u64) {
            model.insert(ours.into(), json!(tokens));
        }
    }
    Some(Value::Object(model))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AuthScheme;

    #[test]
    fn an_alias_of_the_cli_becomes_a_provider() {
        let mut catalogue = Catalogue::builtin();
        let text = r#"{
          // my server
          "name": "My Server", "baseProvider": "openai", "base-url": "http://localhost:9000/v1/",
          "defaultModel": "big", "apiKeyEnv": "MY_KEY", "requires-auth": false,
          "staticModels": [{ "id": "big", "name": "Big", "contextWindow": 32768, "maxOutputTokens": 4096 }, { "id": "small" }],
          "modelDefaults": [{ "pattern": "x", "ephemeralSettings": {} }],
        }"#;
        catalogue.overlay_alias(text, "my.config").unwrap();
        let provider = catalogue.provider("My Server").unwrap();
        assert_eq!(provider.base_url.as_deref(), Some("http://localhost:9000/v1"));
        assert_eq!(provider.auth.first(), Some(&AuthScheme::None));
        assert_eq!((provider.dialect.as_str(), provider.env.as_slice()), ("openai-chat", &["MY_KEY".to_owned()][..]));
        let big = provider.model("big");
        assert_eq!((big.context_window, big.max_output, provider.models.len()), (Some(32_768), Some(4096), 2));
    }

    #[test]
    fn an_alias_never_moves_a_stored_credential() {
        let mut catalogue = Catalogue::builtin();
        let text = r#"{ "name": "openai", "baseProvider": "openai", "base-url": "https://elsewhere.example/v1" }"#;
        catalogue.overlay_alias(text, "openai.config").unwrap();
        let provider = catalogue.provider("openai").unwrap();
        assert_eq!(provider.base_url.as_deref(), Some("https://elsewhere.example/v1"));
        assert_eq!(provider.origins, ["https://api.openai.com"]);
    }

    #[test]
    fn an_alias_that_says_too_little_is_refused_and_changes_nothing() {
        let mut catalogue = Catalogue::builtin();
        let before = catalogue.providers().to_vec();
        for text in ["[]", "{", r#"{"name":"x"}"#, r#"{"baseProvider":"openai"}"#, r#"{"name":"x","baseProvider":"y"}"#]
        {
            assert!(catalogue.overlay_alias(text, "x.config").is_err(), "{text}");
        }
        assert_eq!(catalogue.providers(), before);
    }
}
