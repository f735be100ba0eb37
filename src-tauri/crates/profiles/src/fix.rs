//! What can be done at once about what [`crate::lint`] finds.
//!
//! A fix changes the one thing that the finding is about, and leaves every other byte of the file. Two need more than the
//! file: a key moves into the secret store, and an address is confirmed outside it; those are the engine's to carry out.

use crate::compose::loadable_by_cli;
use crate::document::{Document, EditError};
use crate::members::set_members;
use crate::place::{FileError, FileErrorKind};
use crate::profile::{BalancerProfile, MemberRef, Policy, Profile, Standard};
use crate::settings::{PLAINTEXT_KEYS, settings_of};
use secrecy::SecretString;
use serde_json::json;

/// Something that can be done about a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What is done.
    pub kind: FixKind,
    /// To what: a member, a parameter, an address, a number of tokens. `None` where the finding is about one thing only.
    pub key: Option<String>,
}

/// What a fix does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FixKind {
    /// Takes a member off the list.
    RemoveMember,
    /// Lists a nested balancer's members in its place.
    Unnest,
    /// Makes a weight 1 that is 0; without a member: those that are unusable.
    SetWeight,
    /// Gives the list the smallest of its members' context limits.
    SetContextLimit,
    /// Removes a parameter.
    RemoveParam,
    /// Rewrites the file so that the CLI can load it.
    SaveForCli,
    /// Moves the key into the secret store.
    MoveKey,
    /// Lets the stored key go to the file's address.
    ConfirmOrigin,
}

impl FixKind {
    /// A stable name.
    pub fn id(self) -> &'static str {
        match self {
            FixKind::RemoveMember => "remove-member",
            FixKind::Unnest => "list-members",
            FixKind::SetWeight => "set-weight",
            FixKind::SetContextLimit => "set-context-limit",
            FixKind::RemoveParam => "remove-param",
            FixKind::SaveForCli => "save-for-cli",
            FixKind::MoveKey => "move-key",
            FixKind::ConfirmOrigin => "confirm-origin",
        }
    }

    /// The words of its button.
    pub fn label(self) -> &'static str {
        match self {
            FixKind::RemoveMember => "Remove from the list",
            FixKind::Unnest => "List its members instead",
            FixKind::SetWeight => "Set to 1",
            FixKind::SetContextLimit => "Use the smallest",
            FixKind::RemoveParam => "Remove the parameter",
            FixKind::SaveForCli => "Save so that the CLI can load it",
            FixKind::MoveKey => "Move into the secret store",
            FixKind::ConfirmOrigin => "Send the key there",
        }
    }
}

/// Why a fix could not be carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FixError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The edit does not fit the text.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// There is nothing of the kind to fix.
    #[error("there is nothing to fix any more")]
    Nothing,
}

impl Fix {
    /// The text of `name`'s file with the fix carried out. `read` gives the other profiles of the folder.
    ///
    /// # Errors
    /// [`FixError::Nothing`] when the text has no such fault (any more), and for the fixes that are the engine's.
    pub fn apply(
        &self,
        name: &str,
        text: &str,
        read: impl Fn(&str) -> Result<Profile, FileError>,
    ) -> Result<String, FixError> {
        let key = self.key.as_deref();
        let mut document = Document::parse(text)?;
        match (self.kind, Profile::parse(name, text)?) {
            (FixKind::RemoveParam, Profile::Standard(_)) => {
                document.remove(&["modelParams", key.ok_or(FixError::Nothing)?])?;
            }
            (FixKind::SaveForCli, Profile::Balancer(_)) => return Ok(loadable_by_cli(text)?),
            (FixKind::SetContextLimit, Profile::Balancer(_)) => {
                let limit: u64 = key.and_then(|key| key.parse().ok()).ok_or(FixError::Nothing)?;
                document.set(&["contextLimit"], json!(limit))?;
            }
            (FixKind::RemoveMember | FixKind::Unnest | FixKind::SetWeight, Profile::Balancer(balancer)) => {
                let members = self.members(&balancer, read)?;
                if members.is_empty() {
                    return Err(FixError::Nothing);
                }
                set_members(&mut document, balancer.policy, &members)?;
            }
            _ => return Err(FixError::Nothing),
        }
        if document.text() == text { Err(FixError::Nothing) } else { Ok(document.text().to_owned()) }
    }

    fn members(
        &self,
        balancer: &BalancerProfile,
        read: impl Fn(&str) -> Result<Profile, FileError>,
    ) -> Result<Vec<MemberRef>, FixError> {
        let meant = |member: &MemberRef| self.key.as_deref().is_none_or(|key| member.profile == key);
        match (self.kind, self.key.as_deref()) {
            (FixKind::RemoveMember, Some(key)) => {
                Ok(balancer.members.iter().filter(|member| member.profile != key).cloned().collect())
            }
            (FixKind::Unnest, Some(key)) => match read(key) {
                Ok(Profile::Balancer(inner)) => Ok(unnested(balancer, &inner)),
                Err(error) if error.kind != FileErrorKind::Missing => Err(error.into()),
                Ok(Profile::Standard(_)) | Err(_) => Err(FixError::Nothing),
            },
            (FixKind::SetWeight, _) => Ok(balancer
                .members
                .iter()
                .map(|member| match meant(member) {
                    true => MemberRef { weight: member.weight.max(1), ..member.clone() },
                    false => member.clone(),
                })
                .collect()),
            _ => Err(FixError::Nothing),
        }
    }
}

/// The members of `outer` with those of `inner` in its place: each once, and none of the two lists themselves. Under
/// `weighted` they share its weight as they share the load there, each with 1 at least.
pub(crate) fn unnested(outer: &BalancerProfile, inner: &BalancerProfile) -> Vec<MemberRef> {
    let mut members: Vec<MemberRef> = Vec::new();
    let listed = |name: &str| outer.members.iter().any(|member| member.profile == name);
    let sum: u64 = inner.members.iter().map(|member| u64::from(member.weight)).sum::<u64>().max(1);
    let mut replaced = false;
    for member in &outer.members {
        if member.profile != inner.name {
            members.push(member.clone());
            continue;
        }
        if std::mem::replace(&mut replaced, true) {
            continue;
        }
        for new in &inner.members {
            let itself = new.profile == outer.name || new.profile == inner.name;
            if itself || listed(&new.profile) || members.iter().any(|member| member.profile == new.profile) {
                continue;
            }
            let share = u64::from(member.weight) * u64::from(new.weight) / sum;
            let weight = match outer.policy {
                Policy::Weighted => u32::try_from(share).unwrap_or(u32::MAX).max(1),
                Policy::Failover | Policy::RoundRobin => 1,
            };
            members.push(MemberRef { profile: new.profile.clone(), weight });
        }
    }
    members
}

/// The key in plain text that a profile is called with, if there is one and the same would be called with it from the secret
/// store: what the file names comes before what is stored.
pub fn key_to_move(profile: &Standard) -> Option<SecretString> {
    let (settings, _) = settings_of(&profile.settings);
    let names_another = settings.auth_keyfile.is_some() || settings.auth_key_name.is_some();
    if names_another || profile.extension.auth.is_some() {
        return None;
    }
    let mut keys: Vec<&str> = PLAINTEXT_KEYS
        .iter()
        .filter_map(|key| Some(profile.settings.get(*key)?.as_str()?.trim()).filter(|key| !key.is_empty()))
        .collect();
    keys.dedup();
    if keys.len() == 1 { settings.auth_key } else { None }
}

/// Takes the keys in plain text out of a file.
///
/// # Errors
/// [`EditError`] when `ephemeralSettings` is no object.
pub fn remove_plaintext_keys(document: &mut Document) -> Result<(), EditError> {
    PLAINTEXT_KEYS.iter().try_for_each(|key| document.remove(&["ephemeralSettings", key]).map(drop))
}

#[cfg(test)]
mod tests;
