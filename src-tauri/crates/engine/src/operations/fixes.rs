//! Carrying out what lint offers, and what it has to know beside the files.

use super::{FixInput, Named, OriginInput, folder_problem, problem};
use crate::consent::Consent;
use crate::credential::Sources;
use crate::error::{Problem, StartError};
use crate::shared::{Handle, Shared};
use crate::undo::Undoing;
use crate::view::Undo;
use mainstay_credentials::{CredentialProblem, SecretId, resolve, set_profile_key};
use mainstay_profiles::{
    Around, Document, Entry, Fingerprint, Fix, FixError, FixKind, Profile, Write, key_to_move, lint,
    remove_plaintext_keys,
};

impl Handle {
    /// What lint has to know beside the files.
    pub(super) async fn around(&self, entries: &[Entry]) -> Around {
        let mut around = Around { default: crate::active::read_default(self.0.profiles.dir()), ..Around::default() };
        let consent = Consent::read(&self.0.data_dir).unwrap_or_default();
        let (catalogue, sources) = (self.0.catalogue.now(), &self.0.sources);
        let compiler = self.0.compiler(&catalogue, &consent);
        let Sources { store, environment, cli_keys, .. } = &**sources;
        for entry in entries {
            let Ok(Profile::Standard(standard)) = &entry.profile else { continue };
            let ask = compiler.ask(standard);
            let usable = ask.as_ref().map(|ask| ask.logins.as_slice()).unwrap_or_default();
            let missing = standard.logins().into_iter().filter(|account| !usable.contains(account));
            around.missing_logins.extend(missing.map(|account| (standard.provider.clone(), account)));
            let Some(ask) = ask else { continue };
            if let Err(CredentialProblem::OriginUnconfirmed { origin } | CredentialProblem::InsecureOrigin { origin }) =
                resolve(&ask, &**store, &**environment, &**cli_keys).await
            {
                around.unconfirmed.insert(standard.name.clone(), origin.to_string());
            }
        }
        around
    }

    pub(super) async fn apply_fix(&self, input: FixInput) -> Result<Undo, Problem> {
        let entries = self.0.profiles.read_all().map_err(|error| folder_problem(&error))?;
        let around = self.around(&entries).await;
        let findings = lint(&entries, &self.0.catalogue.now(), &around);
        let mut about = findings.into_iter().filter(|each| each.profile == input.profile && each.code == input.code);
        let fix = about.find_map(|each| each.fix.filter(|fix| fix.key == input.key)).ok_or_else(nothing)?;
        let undo = match fix.kind {
            FixKind::MoveKey => self.move_key(input.profile).await?,
            FixKind::ConfirmOrigin => self.confirm(input.profile, fix.key.unwrap_or_default()).await?,
            _ => self.blocking(move |shared| change(shared, &input.profile, &fix)).await?,
        };
        self.reload().await?;
        Ok(undo)
    }

    /// The key goes into the secret store, bound to the address that it is sent to now, and then out of the file.
    async fn move_key(&self, name: String) -> Result<Undo, Problem> {
        let before = self.0.profiles.text(&name).map_err(|error| super::file_problem(&name, &error))?;
        let parsed = Profile::parse(&name, &before).map_err(|error| super::file_problem(&name, &error))?;
        let Profile::Standard(standard) = parsed else { return Err(nothing()) };
        let key = key_to_move(&standard).ok_or_else(nothing)?;
        let origin = self.origin_of(&name)?;
        let (store, id) = (&self.0.sources.store, SecretId::profile_key(&name));
        let secrets = |error| StartError::Secrets(error).problem();
        let kept = store.get(&id).await.map_err(secrets)?;
        set_profile_key(&**store, &name, &origin, &key).await.map_err(secrets)?;
        self.0.sources.redactor.learn(&key);
        self.0.orphans.keep(&name);
        let earlier = kept.clone();
        let written = self
            .blocking(move |shared| {
                let mut document = Document::parse(&before).map_err(|error| super::file_problem(&name, &error))?;
                remove_plaintext_keys(&mut document)
                    .map_err(|error| problem("not_editable", error.to_string(), "Correct the file first."))?;
                let mode = Write::Replace { expected: Some(Fingerprint::of(&before)) };
                shared.profiles.write(&name, document.text(), mode).map_err(|error| folder_problem(&error))?;
                let left = Fingerprint::of(document.text());
                Ok(shared.undoable(Undoing::KeyBack { name, text: before, left, kept: earlier }))
            })
            .await;
        if written.is_err() {
            let put = match &kept {
                Some(record) => store.set(&id, record).await,
                None => store.delete(&id).await.map(drop),
            };
            put.map_err(secrets)?;
        }
        written
    }

    async fn confirm(&self, name: String, origin: String) -> Result<Undo, Problem> {
        let detail = self.profile(Named { name: name.clone() }).await?;
        if self.origin_of(&name)?.to_string() != origin {
            return Err(nothing());
        }
        self.confirm_origin(OriginInput { name: name.clone(), fingerprint: detail.fingerprint }).await?;
        self.blocking(move |shared| Ok(shared.undoable(Undoing::Doubt { name, origin }))).await
    }
}

/// Carries out what concerns the file only.
fn change(shared: &Shared, name: &str, fix: &Fix) -> Result<Undo, Problem> {
    let folder = &shared.profiles;
    let before = folder.text(name).map_err(|error| super::file_problem(name, &error))?;
    let text = fix.apply(name, &before, |other| folder.read(other)).map_err(|error| match error {
        FixError::Nothing => nothing(),
        FixError::File(error) => super::file_problem(name, &error),
        FixError::Edit(error) => problem("not_editable", error.to_string(), "Correct the file first."),
    })?;
    let mode = Write::Replace { expected: Some(Fingerprint::of(&before)) };
    folder.write(name, &text, mode).map_err(|error| folder_problem(&error))?;
    let left = Fingerprint::of(&text);
    Ok(shared.undoable(Undoing::Restore { name: name.to_owned(), text: before, left }))
}

fn nothing() -> Problem {
    problem("nothing_to_fix", "That is not the case any more.".to_owned(), "Look at the profile again.")
}
