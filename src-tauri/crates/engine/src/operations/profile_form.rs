//! A profile's form: what it shows of a text, and how its values get into one.

use super::{FormDraft, problem};
use crate::error::Problem;
use crate::view::{ModelRow, ModelsForm, ProfileForm};
use mainstay_profiles::{
    DailyLimit, Document, EditError, ModelMap, Profile, Standard, new_standard_text, put_daily_limit, settings_of,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Settings that the form has beside those with a field of their own in [`FormDraft`].
const SETTINGS: [&str; 8] = [
    "maxOutputTokens",
    "stream-idle-timeout-ms",
    "streaming",
    "reasoning.enabled",
    "reasoning.effort",
    "reasoning.budgetTokens",
    "prompt-caching",
    "text.verbosity",
];

const MODELS: [&str; 2] = ["x-mainstay", "models"];
const ALWAYS: [&str; 2] = ["x-mainstay", "always"];

/// What the form shows of a profile.
pub(super) fn form_of(standard: Standard) -> ProfileForm {
    let (settings, _) = settings_of(&standard.settings);
    let own = standard.extension;
    ProfileForm {
        context_limit: settings.context_limit,
        base_url: settings.base_url,
        timeout_ms: settings.timeout_ms,
        daily_requests: own.daily_limit.requests,
        daily_usd: own.daily_limit.usd(),
        settings: (SETTINGS.iter())
            .filter_map(|key| Some(((*key).to_owned(), standard.settings.get(*key)?.clone())))
            .collect(),
        models: ModelsForm {
            main: own.models.main,
            small: own.models.small,
            map: own.models.map.into_iter().map(|(asked, serves)| ModelRow { asked, serves }).collect(),
            keep_client: own.models.keep_client,
        },
        always: own.always,
        provider: standard.provider,
        model: standard.model,
        params: standard.params.into_iter().collect(),
    }
}

/// The text of a new profile.
///
/// # Errors
/// `bad_input`: a value that no profile can have.
pub(super) fn new_text(form: &FormDraft) -> Result<String, Problem> {
    filled(&new_standard_text(&form.provider, &form.model, &Map::new(), &Map::new()), form)
}

/// The text with the form's values. Only what the form changed changes: everything else stays as it is, to the byte.
///
/// # Errors
/// `bad_input`: a value that no profile can have; `profile_broken`, `not_editable`: the text has no place for it.
pub(super) fn filled(text: &str, form: &FormDraft) -> Result<String, Problem> {
    let daily = daily(form)?;
    if let Some(settings) = &form.settings
        && let Some(key) = settings.keys().find(|key| !SETTINGS.contains(&key.as_str()))
    {
        return Err(problem("bad_input", format!("The form has no setting \"{key}\"."), "Change it in the text."));
    }
    let mut document = Document::parse(text).map_err(|error| super::file_problem(&form.model, &error))?;
    edit(&mut document, form, daily)
        .map_err(|error| problem("not_editable", format!("{error}."), "Correct it in the text first."))?;
    Ok(document.text().to_owned())
}

fn edit(document: &mut Document, form: &FormDraft, daily: DailyLimit) -> Result<(), EditError> {
    put(document, &["provider"], Some(json!(form.provider)))?;
    put(document, &["model"], Some(json!(form.model)))?;
    let current = match document.get(&["modelParams"]) {
        Some(Value::Object(params)) => params,
        _ => Map::new(),
    };
    for name in current.keys().filter(|name| !form.params.contains_key(*name)) {
        put(document, &["modelParams", name], None)?;
    }
    for (name, value) in &form.params {
        put(document, &["modelParams", name], Some(value.clone()))?;
    }
    let (now, _) = match document.get(&["ephemeralSettings"]) {
        Some(Value::Object(settings)) => settings_of(&settings),
        _ => settings_of(&Map::new()),
    };
    // What means the same in other words ("200000" for 200000, a slash at the end) stays as it is written.
    if now.context_limit != form.context_limit {
        put(document, &["ephemeralSettings", "context-limit"], form.context_limit.map(Value::from))?;
    }
    if now.base_url != form.base_url {
        put(document, &["ephemeralSettings", "base-url"], form.base_url.clone().map(Value::from))?;
    }
    if now.timeout_ms != form.timeout_ms {
        put(document, &["ephemeralSettings", "timeout_ms"], form.timeout_ms.map(Value::from))?;
    }
    if let Some(settings) = &form.settings {
        put_settings(document, settings)?;
    }
    let own = read_own(document);
    if let Some(models) = &form.models {
        put_models(document, &own.models, models)?;
    }
    if let Some(always) = &form.always
        && *always != own.always
    {
        document.put_or_remove(&ALWAYS, (!always.is_empty()).then(|| json!(always)))?;
    }
    if own.daily != daily {
        put_daily_limit(document, daily)?;
    }
    Ok(())
}

/// What the text says of our own settings, however little else of it is a profile.
#[derive(Default)]
struct Own {
    models: ModelMap,
    always: Vec<String>,
    daily: DailyLimit,
}

fn read_own(document: &Document) -> Own {
    // As a profile that has nothing else: the form may be filled into a text that has no model yet.
    let block = document.get(&["x-mainstay"]).unwrap_or(Value::Null);
    let alone = json!({ "version": 1, "provider": "x", "model": "x", "x-mainstay": block }).to_string();
    match Profile::parse("", &alone) {
        Ok(profile) => {
            let own = profile.extension().clone();
            Own { models: own.models, always: own.always, daily: own.daily_limit }
        }
        Err(_) => Own::default(),
    }
}

fn put_settings(document: &mut Document, settings: &BTreeMap<String, Value>) -> Result<(), EditError> {
    for key in SETTINGS {
        let path = ["ephemeralSettings", key];
        // `"8192"` means 8192 to whoever reads it.
        let same = |now: &Value, value: &Value| said(now) == said(value);
        match (document.get(&path), settings.get(key)) {
            (Some(now), Some(value)) if same(&now, value) => {}
            (_, value) => put(document, &path, value.cloned())?,
        }
    }
    Ok(())
}

/// A setting's value as a person would say it.
fn said(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn put_models(document: &mut Document, now: &ModelMap, models: &ModelsForm) -> Result<(), EditError> {
    let at = |key: &'static str| [MODELS[0], MODELS[1], key];
    if now.main != models.main {
        document.put_or_remove(&at("main"), models.main.clone().map(Value::from))?;
    }
    if now.small != models.small {
        document.put_or_remove(&at("small"), models.small.clone().map(Value::from))?;
    }
    let rows: Vec<(String, String)> = models.map.iter().map(|row| (row.asked.clone(), row.serves.clone())).collect();
    if now.map != rows {
        let map: Map<String, Value> = rows.into_iter().map(|(asked, serves)| (asked, json!(serves))).collect();
        document.put_or_remove(&at("map"), (!map.is_empty()).then_some(Value::Object(map)))?;
    }
    if now.keep_client != models.keep_client {
        document.put_or_remove(&at("keepClient"), models.keep_client.then_some(Value::Bool(true)))?;
    }
    Ok(())
}

fn put(document: &mut Document, path: &[&str], value: Option<Value>) -> Result<(), EditError> {
    match value {
        Some(value) => document.set(path, value),
        None => document.remove(path).map(drop),
    }
}

/// What the form says of the day.
fn daily(form: &FormDraft) -> Result<DailyLimit, Problem> {
    let micro_usd = form.daily_usd.map(DailyLimit::micro_of);
    if form.daily_requests == Some(0) || micro_usd == Some(None) {
        let message = "A daily limit is more than nothing.".to_owned();
        return Err(problem("bad_input", message, "Leave it empty for no limit."));
    }
    Ok(DailyLimit { requests: form.daily_requests, micro_usd: micro_usd.flatten() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "{\n  \"version\": 1, \"provider\": \"openai\",\n  \"model\": \"gpt-5.2\",\n  \"modelParams\": {\"temperature\": 0.20, \"x\": 1},\n  \"ephemeralSettings\": { \"context-limit\": \"200000\" },\n  \"mine\": [1,  2]\n}\n";

    fn form() -> FormDraft {
        serde_json::from_value(json!({
            "provider": "openai", "model": "gpt-5.2-mini", "params": { "temperature": 0.2, "x": 1 }, "contextLimit": 200_000,
        }))
        .unwrap()
    }

    fn value(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_form_changes_only_what_the_form_changed() {
        let mut draft = form();
        assert_eq!(filled(BEFORE, &draft).unwrap(), BEFORE.replace("gpt-5.2\"", "gpt-5.2-mini\""));
        draft.params.remove("x");
        let after = value(&filled(BEFORE, &draft).unwrap());
        assert_eq!(after["modelParams"], json!({ "temperature": 0.2 }));
        assert_eq!(after["mine"], json!([1, 2]));
        draft.daily_requests = Some(200);
        draft.daily_usd = Some(2.5);
        let after = filled(BEFORE, &draft).unwrap();
        assert_eq!(value(&after)["x-mainstay"], json!({ "dailyLimit": { "requests": 200, "usd": 2.5 } }));
        assert_eq!(filled(&after, &draft).unwrap(), after);
        draft.daily_usd = Some(-1.0);
        assert_eq!(filled(BEFORE, &draft).unwrap_err().code, "bad_input");
    }

    #[test]
    fn which_model_serves_and_what_always_counts_come_out_as_they_went_in_and_go_without_a_trace() {
        let mut draft = form();
        draft.always = Some(vec!["temperature".into()]);
        draft.models = Some(ModelsForm {
            main: None,
            small: Some("gpt-5.2-nano".into()),
            map: vec![ModelRow { asked: "*opus*".into(), serves: "gpt-5.2-pro".into() }],
            keep_client: true,
        });
        draft.settings =
            Some([("reasoning.effort".to_owned(), json!("low")), ("maxOutputTokens".to_owned(), json!(100))].into());
        let after = filled(BEFORE, &draft).unwrap();
        assert_eq!(
            value(&after)["x-mainstay"],
            json!({ "models": { "small": "gpt-5.2-nano", "map": { "*opus*": "gpt-5.2-pro" }, "keepClient": true }, "always": ["temperature"] })
        );
        let Ok(Profile::Standard(standard)) = Profile::parse("p", &after) else { panic!("{after}") };
        let shown = form_of(standard);
        assert_eq!((Some(shown.models), Some(shown.always)), (draft.models.clone(), draft.always.clone()));
        assert_eq!(Some(shown.settings), draft.settings);
        assert_eq!(filled(&after, &draft).unwrap(), after);
        draft.always = Some(Vec::new());
        draft.models = Some(ModelsForm::default());
        draft.settings = Some(BTreeMap::new());
        assert_eq!(filled(&after, &draft).unwrap(), BEFORE.replace("gpt-5.2\"", "gpt-5.2-mini\""));
        let spoken = BEFORE.replace("\"200000\"", "\"200000\", \"maxOutputTokens\": \"100\"");
        draft.settings = Some([("maxOutputTokens".to_owned(), json!(100))].into());
        assert_eq!(filled(&spoken, &draft).unwrap(), spoken.replace("gpt-5.2\"", "gpt-5.2-mini\""));
        draft.settings = Some([("auth-key".to_owned(), json!("x"))].into());
        assert_eq!(filled(BEFORE, &draft).unwrap_err().code, "bad_input");
    }
}
