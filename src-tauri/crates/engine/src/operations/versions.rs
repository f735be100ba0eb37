//! What a profile's file held before.

use super::{Named, VersionOf, folder_problem, problem};
use crate::error::Problem;
use crate::shared::Handle;
use crate::undo::Undoing;
use crate::view::{Undo, VersionText, VersionView};
use mainstay_profiles::{Document, FileErrorKind, Fingerprint, Profile, Write, settings_of};
use serde_json::Value;

impl Handle {
    pub(super) async fn versions(&self, input: Named) -> Result<Vec<VersionView>, Problem> {
        self.blocking(move |shared| {
            let folder = shared.folder_of(&input.name);
            let kept = folder.versions().map(|versions| versions.list(&input.name)).unwrap_or_default();
            Ok(kept.into_iter().map(|kept| VersionView { id: kept.id, replaced_at: kept.replaced_at }).collect())
        })
        .await
    }

    pub(super) async fn version(&self, input: VersionOf) -> Result<VersionText, Problem> {
        self.blocking(move |shared| {
            let folder = shared.folder_of(&input.name);
            let text = folder.versions().and_then(|versions| versions.text(&input.name, &input.id).ok());
            let text = super::profiles::readable(&text.ok_or_else(|| gone(&input))?);
            let now = folder.text(&input.name).map(|now| super::profiles::readable(&now)).unwrap_or_default();
            Ok(VersionText { id: input.id, text, now })
        })
        .await
    }

    pub(super) async fn restore_version(&self, input: VersionOf) -> Result<Undo, Problem> {
        let undo = self
            .blocking(move |shared| {
                let folder = shared.folder_of(&input.name);
                let kept = folder.versions().and_then(|versions| versions.text(&input.name, &input.id).ok());
                let kept = kept.ok_or_else(|| gone(&input))?;
                let name = input.name;
                match folder.text(&name) {
                    Ok(before) => {
                        let text = with_todays_key(&kept, &before);
                        let mode = Write::Replace { expected: Some(Fingerprint::of(&before)) };
                        folder.write(&name, &text, mode).map_err(|error| folder_problem(&error))?;
                        let left = Fingerprint::of(&text);
                        Ok(shared.undoable(Undoing::Restore { name, text: before, left }))
                    }
                    Err(error) if error.kind == FileErrorKind::Missing => {
                        folder.write(&name, &kept, Write::Create).map_err(|error| folder_problem(&error))?;
                        shared.begin_anew(&name);
                        Ok(shared.undoable(Undoing::Remove { name, left: Fingerprint::of(&kept) }))
                    }
                    Err(error) => Err(super::file_problem(&name, &error)),
                }
            })
            .await?;
        self.reload().await?;
        Ok(undo)
    }
}

fn gone(input: &VersionOf) -> Problem {
    let message = format!("That version of {} is no longer kept.", input.name);
    problem("no_such_version", message, "Choose another of the list.")
}

/// Earlier texts hold no key. Where the file has one in plain text now, it stays, if it goes to the same address as before.
fn with_todays_key(kept: &str, now: &str) -> String {
    let place = |text: &str| match Profile::parse("", text) {
        Ok(Profile::Standard(standard)) => Some((settings_of(&standard.settings).0.base_url, standard.provider)),
        _ => None,
    };
    let (Ok(mut document), Ok(today)) = (Document::parse(kept), Document::parse(now)) else { return kept.to_owned() };
    if place(kept).is_none() || place(kept) != place(now) {
        return kept.to_owned();
    }
    let Some(Value::Object(settings)) = today.get(&["ephemeralSettings"]) else { return kept.to_owned() };
    for key in ["auth-key", "apiKey", "api-key"] {
        if let Some(value) = settings.get(key)
            && document.set(&["ephemeralSettings", key], value.clone()).is_err()
        {
            return kept.to_owned();
        }
    }
    if let Some(Value::Object(headers)) = settings.get("custom-headers") {
        for (name, value) in headers {
            let path = ["ephemeralSettings", "custom-headers", name.as_str()];
            if document.get(&path) == Some("".into()) && document.set(&path, value.clone()).is_err() {
                return kept.to_owned();
            }
        }
    }
    document.text().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_in_the_file_stays_when_an_earlier_text_comes_back_unless_that_goes_elsewhere() {
        let text = |model: &str, rest: &str| {
            format!(r#"{{"version":1,"provider":"openai","model":"{model}","ephemeralSettings":{{{rest}}}}}"#)
        };
        let now = text("new", r#""auth-key":"canary","custom-headers":{"X-Key":"canary2"}"#);
        let restored = with_todays_key(&text("old", r#""custom-headers":{"X-Key":""}"#), &now);
        assert!(
            restored.contains("old") && restored.contains("canary\"") && restored.contains("canary2"),
            "{restored}"
        );
        let elsewhere = text("old", r#""base-url":"https://elsewhere.example/v1""#);
        assert_eq!(with_todays_key(&elsewhere, &now), elsewhere);
    }
}
