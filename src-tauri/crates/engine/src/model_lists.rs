//! The lists of models that providers gave out themselves, kept in `models/` of the data folder: what the catalogue does not
//! know can still be chosen. Ids and sizes only; a list never wins over a fact of the catalogue.

use crate::data::{private_dir, replace};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::io;
use std::path::{Path, PathBuf};

const FOLDER: &str = "models";
/// The most models that are kept of one list.
const MOST: usize = 2000;
/// The longest id that is kept.
const LONGEST_ID: usize = 200;
/// What a provider's name keeps in a file's name.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');

/// A provider's own list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ModelList {
    /// When it was fetched, in Unix milliseconds.
    pub(crate) at: u64,
    /// Where.
    pub(crate) base_url: String,
    /// What it holds.
    pub(crate) models: Vec<Listed>,
}

/// A model of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Listed {
    pub(crate) id: String,
    pub(crate) context_window: Option<u64>,
    pub(crate) max_output: Option<u64>,
}

impl ModelList {
    /// What was kept of a provider.
    pub(crate) fn read(data_dir: &Path, provider: &str) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(file(data_dir, provider)).ok()?).ok()
    }

    pub(crate) fn write(&self, data_dir: &Path, provider: &str) -> io::Result<()> {
        private_dir(&data_dir.join(FOLDER))?;
        replace(&file(data_dir, provider), &serde_json::to_vec_pretty(self).map_err(io::Error::other)?)
    }
}

fn file(data_dir: &Path, provider: &str) -> PathBuf {
    data_dir.join(FOLDER).join(format!("{}.json", utf8_percent_encode(provider, ESCAPED)))
}

/// Path and query of the list, under a base URL of that dialect.
pub(crate) fn path(dialect: &str) -> &'static str {
    match dialect {
        "anthropic" => "/v1/models?limit=1000",
        "gemini" => "/v1beta/models?pageSize=1000",
        _ => "/models",
    }
}

/// Reads a list in any of the four dialects' shapes; `None` where there is none in it.
///
/// Sizes are read under the names that providers use for them beside the standard: Gemini's `inputTokenLimit`,
/// OpenRouter's `context_length`, Groq's `context_window`, vLLM's `max_model_len`.
pub(crate) fn parse(body: &Value) -> Option<Vec<Listed>> {
    let list = [body.get("data"), body.get("models"), Some(body)].into_iter().flatten().find_map(Value::as_array)?;
    let mut models: Vec<Listed> = list.iter().filter_map(listed).take(MOST).collect();
    models.sort_by(|a, b| a.id.cmp(&b.id));
    models.dedup_by(|a, b| a.id == b.id);
    Some(models)
}

fn listed(model: &Value) -> Option<Listed> {
    let text = |key: &str| model.get(key).and_then(Value::as_str);
    let id = text("id").or_else(|| text("name")).or_else(|| model.as_str())?;
    let id = id.strip_prefix("models/").unwrap_or(id);
    if id.is_empty() || id.chars().count() > LONGEST_ID || id.chars().any(char::is_control) {
        return None;
    }
    // Gemini lists embedding models too.
    if let Some(methods) = model.get("supportedGenerationMethods").and_then(Value::as_array)
        && !methods.iter().any(|method| method == "generateContent")
    {
        return None;
    }
    let number =
        |keys: &[&str]| keys.iter().find_map(|key| model.pointer(key).and_then(Value::as_u64)).filter(|n| *n > 0);
    Some(Listed {
        id: id.to_owned(),
        context_window: number(&[
            "/context_length",
            "/context_window",
            "/max_model_len",
            "/max_input_tokens",
            "/inputTokenLimit",
        ]),
        max_output: number(&[
            "/max_completion_tokens",
            "/top_provider/max_completion_tokens",
            "/max_tokens",
            "/outputTokenLimit",
        ]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ids(body: &Value) -> Vec<String> {
        parse(body).unwrap().into_iter().map(|model| model.id).collect()
    }

    #[test]
    fn the_shapes_of_all_dialects_are_read() {
        assert_eq!(
            ids(&json!({ "data": [{ "type": "model", "id": "claude-x", "display_name": "X" }], "has_more": false })),
            ["claude-x"]
        );
        assert_eq!(
            ids(&json!({ "object": "list", "data": [{ "id": "b" }, { "id": "a" }, { "id": "a" }, { "nothing": 1 }] })),
            ["a", "b"]
        );
        assert_eq!(ids(&json!([{ "id": "bare" }])), ["bare"]);
        let gemini = json!({ "models": [
            { "name": "models/gemini-x", "inputTokenLimit": 1000, "outputTokenLimit": 10, "supportedGenerationMethods": ["generateContent"] },
            { "name": "models/embedding-x", "supportedGenerationMethods": ["embedContent"] },
        ] });
        let expected = Listed { id: "gemini-x".into(), context_window: Some(1000), max_output: Some(10) };
        assert_eq!(parse(&gemini).unwrap(), [expected]);
        assert_eq!(parse(&json!({ "error": "no" })), None);
        let router =
            json!({ "data": [{ "id": "r", "context_length": 7, "top_provider": { "max_completion_tokens": 3 } }] });
        assert_eq!(parse(&router).unwrap()[0].max_output, Some(3));
    }

    #[test]
    fn a_list_survives_whatever_its_providers_name() {
        let dir = tempfile::tempdir().unwrap();
        let list =
            ModelList { at: 5, base_url: "http://localhost".into(), models: parse(&json!([{ "id": "m" }])).unwrap() };
        for name in ["Chutes.ai", "../up", "a/b", "Cerebras Code"] {
            list.write(dir.path(), name).unwrap();
            assert_eq!(ModelList::read(dir.path(), name).as_ref(), Some(&list));
        }
        assert_eq!(std::fs::read_dir(dir.path().join(FOLDER)).unwrap().count(), 4);
        assert_eq!(ModelList::read(dir.path(), "other"), None);
    }
}
