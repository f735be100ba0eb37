//! Which members of a list that is to be could serve, and the keys that are given with it.

use super::settle::Listed;
use crate::error::{Problem, StartError};
use crate::operations::{KeyInput, problem};
use crate::shared::Handle;
use crate::undo::KeyChange;
use crate::view::MemberCredential;
use mainstay_credentials::{SecretId, check_key};
use mainstay_profiles::{AuthScheme, Standard};

impl Handle {
    /// How each member would get its credential, with these keys given.
    pub(super) async fn standing(&self, members: &[Listed], keys: &[KeyInput]) -> Vec<MemberCredential> {
        let mut credentials = Vec::new();
        for member in members {
            let name = &member.place.profile;
            let mut standard = member.standard.clone();
            if member.new && self.0.orphans.has(name) {
                // The key of a deleted profile of this name is forgotten when there is a new one.
                standard.name.clear();
            }
            let given = keys.iter().any(|key| key.profile == *name);
            let (usable, source) = match self.0.credential_for(&standard).await {
                _ if given => (true, "the key given here".to_owned()),
                Ok(source) => (true, source),
                Err((_, why)) => (false, why),
            };
            let takes_key = self.takes_key(&member.standard);
            credentials.push(MemberCredential { profile: name.clone(), usable, source, takes_key });
        }
        credentials
    }

    /// Each key can be one, and is given to a member that would use it.
    pub(super) fn check_keys(&self, members: &[Listed], keys: &[KeyInput]) -> Result<(), Problem> {
        for (at, key) in keys.iter().enumerate() {
            let name = &key.profile;
            let Some(member) = members.iter().find(|member| member.place.profile == *name) else {
                let message = format!("A key is given for {name}, which would not be a member.");
                return Err(problem("bad_input", message, "Give keys to members only."));
            };
            if keys.iter().skip(at + 1).any(|other| other.profile == *name) {
                return Err(problem("bad_input", format!("{name} is given two keys."), "Give it one."));
            }
            if !self.takes_key(&member.standard) {
                let message = format!("{name} would not use a key that is given here: its file says where its key is.");
                return Err(problem("key_not_taken", message, "Correct it under Profiles first."));
            }
            check_key(&key.key).map_err(StartError::Secrets).map_err(|error| error.problem())?;
        }
        Ok(())
    }

    /// Stores keys, all or none, and says what was there before. The profiles' files are there.
    pub(super) async fn store_keys(&self, keys: Vec<KeyInput>) -> Result<Vec<KeyChange>, Problem> {
        let mut stored = Vec::new();
        for KeyInput { profile, key } in keys {
            let change = async {
                let before = self.kept_key(&profile).await?;
                self.bind_key(&profile, &key).await?;
                let left = self.kept_key(&profile).await?;
                Ok(KeyChange { profile: profile.clone(), before, left })
            };
            match change.await {
                Ok(change) => {
                    self.0.orphans.keep(&profile);
                    stored.push(change);
                }
                Err(refusal) => {
                    if let Err(left) = self.put_keys_back(stored).await {
                        tracing::warn!(left = %left.message, "the keys of a starter that failed are not all taken back");
                    }
                    return Err(refusal);
                }
            }
        }
        Ok(stored)
    }

    /// A key of its own would be this profile's credential.
    fn takes_key(&self, standard: &Standard) -> bool {
        let catalogue = self.0.catalogue.now();
        let login_only = catalogue.provider(&standard.provider).is_some_and(|each| each.auth == [AuthScheme::Oauth]);
        !login_only && self.0.names_no_credential(standard)
    }

    async fn kept_key(&self, profile: &str) -> Result<Option<mainstay_credentials::SecretString>, Problem> {
        let kept = self.0.sources.store.get(&SecretId::profile_key(profile)).await;
        kept.map_err(StartError::Secrets).map_err(|error| error.problem())
    }
}
