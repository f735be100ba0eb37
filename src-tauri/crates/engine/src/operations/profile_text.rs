//! A profile file as the text that it is: shown without secrets, understood as it is typed, and saved as it is shown.

use super::profile_form::{filled, form_of};
use super::profiles::{changed, findings_of};
use super::{FillInput, Named, SaveTextInput, TextInput, file_problem, folder_problem, problem};
use crate::error::Problem;
use crate::shared::{Handle, Shared};
use crate::undo::Undoing;
use crate::view::{Fault, FilledText, ProfileText, TextMeaning, Undo};
use mainstay_profiles::{
    Entry, FileError, FileErrorKind, Fingerprint, HiddenError, Profile, Write, hide_secrets, lint, with_hidden,
};

/// What the redactor leaves where it knew a secret.
const REDACTED: &str = "[redacted]";

impl Handle {
    pub(super) async fn profile_text(&self, input: Named) -> Result<ProfileText, Problem> {
        let text = self.0.folder_of(&input.name).text(&input.name);
        let text = text.map_err(|error| file_problem(&input.name, &error))?;
        let fault = Profile::parse(&input.name, &text).err();
        let mut shown = hide_secrets(&text);
        if fault.as_ref().is_some_and(|error| error.kind == FileErrorKind::Syntax) {
            // Where a text can't be read, a key may stand where none is looked for.
            shown = self.0.sources.redactor.clean(&shown);
        }
        Ok(ProfileText {
            text: shown,
            fingerprint: Fingerprint::of(&text).to_string(),
            fault: fault.as_ref().map(fault_view),
        })
    }

    pub(super) async fn read_profile_text(&self, input: TextInput) -> Result<TextMeaning, Problem> {
        let profile = Profile::parse(&input.name, &input.text);
        let fault = profile.as_ref().err().map(fault_view);
        let mut findings = Vec::new();
        let form = match &profile {
            Ok(Profile::Standard(standard)) => Some(form_of(standard.clone())),
            _ => None,
        };
        if profile.is_ok() && !self.0.is_practice(&input.name) {
            let mut entries = self.0.profiles.read_all().map_err(|error| folder_problem(&error))?;
            let around = self.around(&entries).await;
            entries.retain(|entry| entry.name != input.name);
            entries.push(Entry { name: input.name.clone(), profile });
            findings = findings_of(&lint(&entries, &self.0.catalogue.now(), &around), &input.name);
        }
        Ok(TextMeaning { fault, form, findings })
    }

    pub(super) async fn fill_profile_text(&self, input: FillInput) -> Result<FilledText, Problem> {
        Ok(FilledText { text: filled(&input.text, &input.form)? })
    }

    pub(super) async fn save_profile_text(&self, input: SaveTextInput) -> Result<Undo, Problem> {
        let undo = self
            .blocking(move |shared| {
                let fingerprint = input.fingerprint.parse().map_err(|_| unversioned())?;
                save_text(shared, &input.name, fingerprint, |_| Ok(input.text))
            })
            .await?;
        self.reload().await?;
        Ok(undo)
    }
}

/// Writes what `text` makes of the text that the user was shown, unless the file changed meanwhile.
pub(super) fn save_text(
    shared: &Shared,
    name: &str,
    expected: Fingerprint,
    text: impl FnOnce(&str) -> Result<String, Problem>,
) -> Result<Undo, Problem> {
    if shared.is_practice(name) {
        let message = "Practice profiles can't be changed.".to_owned();
        return Err(problem("practice_stays", message, "Make a copy under another name."));
    }
    let folder = &shared.profiles;
    let before = folder.text(name).map_err(|error| file_problem(name, &error))?;
    if Fingerprint::of(&before) != expected {
        return Err(changed(name));
    }
    let text = text(&hide_secrets(&before))?;
    if text.contains(REDACTED) && !before.contains(REDACTED) {
        let line = text.lines().position(|line| line.contains(REDACTED)).unwrap_or_default() + 1;
        return Err(misplaced(REDACTED, line));
    }
    let whole = with_hidden(&text, &before).map_err(|error| match error {
        HiddenError::File(error) => file_problem(name, &error),
        HiddenError::Misplaced { line } => misplaced("(hidden)", line),
    })?;
    Profile::parse(name, &whole).map_err(|error| file_problem(name, &error))?;
    folder.write(name, &whole, Write::Replace { expected: Some(expected) }).map_err(|error| folder_problem(&error))?;
    let left = Fingerprint::of(&whole);
    Ok(shared.undoable(Undoing::Restore { name: name.to_owned(), text: before, left }))
}

pub(super) fn unversioned() -> Problem {
    let message = "The form does not say which version it edits.".to_owned();
    problem("bad_input", message, "Open the profile again.")
}

fn misplaced(word: &str, line: usize) -> Problem {
    let message = format!("\"{word}\" on line {line} stands for nothing in the file.");
    problem("hidden_misplaced", message, "Type the value there, or remove the line.")
}

fn fault_view(error: &FileError) -> Fault {
    let number = |number: usize| u32::try_from(number).unwrap_or(0);
    Fault { line: number(error.line), column: number(error.column), reason: error.reason.clone() }
}
