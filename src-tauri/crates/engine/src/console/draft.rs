//! What the commands have collected for the next `/profile save`.

use super::command::Mistake;
use mainstay_profiles::{
    Catalogue, Document, EditError, Policy, Provider, known_setting, known_settings, new_standard_text, settings_of,
};
use secrecy::SecretString;
use serde_json::{Map, Value};

/// The draft of a profile. `/provider` begins a new one; saving keeps it, so that a second name can be given to the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    provider: Option<String>,
    model: Option<String>,
    params: Map<String, Value>,
    settings: Map<String, Value>,
    pub(crate) key: DraftKey,
}

/// The key that goes with the profile that is saved next.
#[derive(Clone, Debug, Default)]
pub(crate) enum DraftKey {
    /// None was given: what the profile has already stays.
    #[default]
    None,
    /// A placeholder was: the profile needs a key.
    Placeholder,
    /// This one. (`SecretString` hides itself.)
    Secret(SecretString),
}

/// Settings that only one command may give, because they are a credential or an address.
const OWN_COMMAND: [(&str, &str); 7] = [
    ("auth-key", "/key KEY"),
    ("apiKey", "/key KEY"),
    ("api-key", "/key KEY"),
    ("auth-keyfile", "/keyfile PATH"),
    ("auth-key-name", "/key load NAME"),
    ("base-url", "/baseurl URL"),
    ("model", "/model MODEL"),
];

/// Settings that say where a profile's credential is. A save that says nothing of it leaves them.
const CREDENTIAL: [&str; 5] = ["auth-key", "apiKey", "api-key", "auth-keyfile", "auth-key-name"];

impl Draft {
    /// `/provider NAME`.
    pub(crate) fn begin(&mut self, name: &str, catalogue: &Catalogue) -> Result<(), Mistake> {
        provider_named(name, catalogue)?;
        *self = Self { provider: Some(name.to_owned()), ..Self::default() };
        Ok(())
    }

    pub(crate) fn provider(&self) -> Option<&str> {
        self.provider.as_deref()
    }

    pub(crate) fn set_model(&mut self, model: &str) -> Result<(), Mistake> {
        self.begun()?;
        self.model = Some(model.to_owned());
        Ok(())
    }

    pub(crate) fn set_key(&mut self, key: DraftKey) -> Result<(), Mistake> {
        self.begun()?;
        self.key = key;
        Ok(())
    }

    pub(crate) fn set_param(&mut self, name: &str, value: Value) -> Result<(), Mistake> {
        self.begun()?;
        self.params.insert(name.to_owned(), value);
        Ok(())
    }

    pub(crate) fn unset_param(&mut self, name: &str) -> Result<bool, Mistake> {
        self.begun()?;
        Ok(self.params.shift_remove(name).is_some())
    }

    /// A setting that the CLI knows. Its value is checked as the gateway would read it.
    pub(crate) fn set(&mut self, key: &str, value: Value) -> Result<(), Mistake> {
        if let Some((_, command)) = OWN_COMMAND.iter().find(|(own, _)| *own == key) {
            return Err(Mistake::new(format!("\"{key}\" has a command of its own."), format!("Use {command}.")));
        }
        if !known_setting(key) {
            let hint = match nearest(key, known_settings()) {
                Some(near) => format!("Did you mean \"{near}\"? A parameter is set by /set modelparam {key} VALUE."),
                None => format!("A parameter is set by /set modelparam {key} VALUE."),
            };
            return Err(Mistake::new(format!("There is no setting \"{key}\"."), hint));
        }
        self.put(key, value)
    }

    pub(crate) fn set_keyfile(&mut self, path: &str) -> Result<(), Mistake> {
        self.begun()?;
        self.key = DraftKey::None;
        self.put("auth-keyfile", Value::from(path))
    }

    pub(crate) fn set_base_url(&mut self, url: &str) -> Result<(), Mistake> {
        self.put("base-url", Value::from(url))
    }

    pub(crate) fn unset(&mut self, key: &str) -> Result<bool, Mistake> {
        self.begun()?;
        Ok(self.settings.shift_remove(key).is_some())
    }

    fn put(&mut self, key: &str, value: Value) -> Result<(), Mistake> {
        self.begun()?;
        let mut alone = Map::new();
        alone.insert(key.to_owned(), value);
        if let Some(problem) = settings_of(&alone).1.into_iter().next() {
            return Err(Mistake::new(problem.message.replace(", so it is ignored", ""), problem.hint));
        }
        self.settings.append(&mut alone);
        Ok(())
    }

    fn begun(&self) -> Result<(), Mistake> {
        match self.provider {
            Some(_) => Ok(()),
            None => Err(Mistake::new("No profile has been begun.", "Begin one with /provider PROVIDER.")),
        }
    }

    /// Provider and model of a draft that can be saved.
    pub(crate) fn whole(&self) -> Result<(&str, &str), Mistake> {
        self.begun()?;
        match (&self.provider, &self.model) {
            (Some(provider), Some(model)) => Ok((provider, model)),
            _ => Err(Mistake::new("The profile has no model yet.", "Give it one with /model MODEL.")),
        }
    }

    /// The text of a new file.
    pub(crate) fn text(&self) -> Result<String, Mistake> {
        let (provider, model) = self.whole()?;
        Ok(new_standard_text(provider, model, &self.params, &self.settings))
    }

    /// Makes a file that is there say what the draft says. What the draft does not speak of (our block, comments, keys that
    /// nobody knows, where its credential is) stays.
    pub(crate) fn put_into(&self, document: &mut Document) -> Result<(), EditError> {
        let (provider, model) =
            (self.provider.as_deref().unwrap_or_default(), self.model.as_deref().unwrap_or_default());
        put(document, &["provider"], Value::from(provider))?;
        put(document, &["model"], Value::from(model))?;
        replace_map(document, "modelParams", &self.params, |_| false)?;
        let new_credential =
            !matches!(self.key, DraftKey::None) || CREDENTIAL.iter().any(|key| self.settings.contains_key(*key));
        let keeps = |key: &str| !new_credential && CREDENTIAL.contains(&key);
        replace_map(document, "ephemeralSettings", &self.settings, keeps)
    }
}

fn put(document: &mut Document, path: &[&str], value: Value) -> Result<(), EditError> {
    if document.get(path).as_ref() == Some(&value) { Ok(()) } else { document.set(path, value) }
}

/// Makes the object at `key` hold just `wanted`, but for what `keeps` says.
fn replace_map(
    document: &mut Document,
    key: &str,
    wanted: &Map<String, Value>,
    keeps: impl Fn(&str) -> bool,
) -> Result<(), EditError> {
    let Some(Value::Object(now)) = document.get(&[key]) else {
        return document.set(&[key], Value::Object(wanted.clone()));
    };
    for gone in now.keys().filter(|name| !wanted.contains_key(*name) && !keeps(name)) {
        document.remove(&[key, gone])?;
    }
    wanted.iter().try_for_each(|(name, value)| put(document, &[key, name], value.clone()))
}

/// The provider of that name.
pub(crate) fn provider_named<'a>(name: &str, catalogue: &'a Catalogue) -> Result<&'a Provider, Mistake> {
    catalogue.provider(name).ok_or_else(|| {
        let names: Vec<&str> = catalogue.providers().iter().map(|provider| provider.name.as_str()).collect();
        Mistake::new(format!("There is no provider \"{name}\"."), format!("There are: {}.", names.join(", ")))
    })
}

/// The known word that differs least, if it differs little.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_ascii_lowercase().replace('_', "-");
    known
        .into_iter()
        .map(|name| (strsim::osa_distance(&word, &name.to_ascii_lowercase().replace('_', "-")), name))
        .filter(|(distance, name)| *distance <= 2.max(name.len() / 4))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// The word for a policy with its article, for messages.
pub(crate) fn in_words(policy: Policy) -> &'static str {
    match policy {
        Policy::Failover => "in this order",
        Policy::RoundRobin => "in turn",
        Policy::Weighted => "by weight",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn begun() -> Draft {
        let mut draft = Draft::default();
        draft.begin("openai", &Catalogue::builtin()).unwrap();
        draft
    }

    #[test]
    fn a_draft_begins_with_its_provider_and_is_saved_with_a_model() {
        let mut draft = Draft::default();
        assert!(draft.set_model("m").unwrap_err().hint.contains("/provider"));
        assert!(draft.begin("openia", &Catalogue::builtin()).unwrap_err().hint.contains("openai"));
        draft.begin("openai", &Catalogue::builtin()).unwrap();
        assert!(draft.text().unwrap_err().hint.contains("/model"));
        draft.set_model("gpt-5.2").unwrap();
        draft.set_param("temperature", json!(0.2)).unwrap();
        draft.set("context-limit", json!(200_000)).unwrap();
        let text: Value = serde_json::from_str(&draft.text().unwrap()).unwrap();
        assert_eq!(text["modelParams"], json!({ "temperature": 0.2 }));
        assert_eq!(text["ephemeralSettings"], json!({ "context-limit": 200_000 }));
        draft.begin("gemini", &Catalogue::builtin()).unwrap();
        assert!(draft.text().is_err(), "nothing of the one before is left");
    }

    #[test]
    fn a_setting_must_be_known_and_make_sense() {
        let mut draft = begun();
        assert!(draft.set("contextlimit", json!(1)).unwrap_err().hint.contains("context-limit"));
        assert!(draft.set("context-limit", json!("many")).unwrap_err().message.contains("context-limit"));
        assert!(draft.set("auth-key", json!("sk")).unwrap_err().hint.contains("/key"));
        assert!(draft.set_base_url("ftp://x").is_err());
        draft.set_base_url("http://127.0.0.1:1/v1").unwrap();
        assert_eq!(draft.unset("base-url"), Ok(true));
        assert_eq!(draft.unset("base-url"), Ok(false));
    }

    #[test]
    fn saving_over_a_file_keeps_what_the_draft_does_not_speak_of() {
        let before = r#"{
  // mine
  "version": 1, "provider": "openai", "model": "old",
  "modelParams": {"temperature": 1, "top_p": 0.5},
  "ephemeralSettings": {"auth-key-name": "work", "timeout_ms": 5},
  "x-mainstay": {"always": ["top_p"]}, "note": 1
}"#;
        let mut draft = begun();
        draft.set_model("new").unwrap();
        draft.set_param("temperature", json!(1)).unwrap();
        let mut document = Document::parse(before).unwrap();
        draft.put_into(&mut document).unwrap();
        let text = document.text();
        assert!(text.contains("// mine") && text.contains("\"note\": 1") && text.contains("always"), "{text}");
        assert_eq!(document.get(&["modelParams"]), Some(json!({ "temperature": 1 })));
        assert_eq!(document.get(&["ephemeralSettings"]), Some(json!({ "auth-key-name": "work" })));
        draft.set_key(DraftKey::Placeholder).unwrap();
        draft.put_into(&mut document).unwrap();
        assert_eq!(document.get(&["ephemeralSettings"]), Some(json!({})), "a new key takes the old one's place");
    }
}
