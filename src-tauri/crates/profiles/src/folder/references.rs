//! Changes that reach the load balancers which list a profile: a new name, and leaving.
//!
//! Several files change, under one lock. A process that is killed in between leaves each file whole, and every list
//! pointing at a profile that exists: a new name is there before anybody is told of it, and an old one goes last.

use std::fs;
use std::io;

use super::{Fingerprint, Folder, FolderError, check};
use crate::atomic::{self, Target};
use crate::document::Document;
use crate::members::set_members;
use crate::name::valid_name;
use crate::place::FileErrorKind;
use crate::profile::{BalancerProfile, MemberRef, Profile};

impl Folder {
    /// Gives a profile or balancer another name; the lists that have it follow. Returns those, sorted.
    ///
    /// Blocks up to ten seconds for the CLI's lock.
    ///
    /// # Errors
    /// [`FolderError::Exists`] when the new name is taken; the files are then as they were.
    pub fn rename(&self, from: &str, to: &str) -> Result<Vec<String>, FolderError> {
        valid_name(from)?;
        valid_name(to)?;
        let _lock = self.lock()?;
        let text = self.text(from).map_err(|source| match source.kind {
            FileErrorKind::Missing => FolderError::Missing(from.to_owned()),
            _ => FolderError::Unreadable { name: from.to_owned(), source },
        })?;
        if from == to {
            return Ok(Vec::new());
        }
        check(from, &text)?;
        self.store(to, &text, Target::New)?;
        let mode = fs::metadata(self.path(from)).and_then(|old| fs::set_permissions(self.path(to), old.permissions()));
        mode.map_err(FolderError::io("writing", &self.path(to)))?;
        let renamed = |members: &[MemberRef]| {
            let follow = |member: &MemberRef| match member.profile == from {
                true => MemberRef { profile: to.to_owned(), weight: member.weight },
                false => member.clone(),
            };
            members.iter().map(follow).collect()
        };
        let followed = self.relist(from, renamed)?.into_iter().map(|(list, ..)| list).collect();
        if let Some(versions) = &self.versions
            && let Err(error) = versions.rename(from, to)
        {
            tracing::warn!(profile = from, %error, "earlier texts could not follow the new name");
        }
        self.unlink(from)?;
        Ok(followed)
    }

    /// Takes a profile off every list that has it, then removes its file. Returns the lists, sorted: each with what it held
    /// before, and the fingerprint of what it holds now.
    ///
    /// Blocks up to ten seconds for the CLI's lock.
    ///
    /// # Errors
    /// [`FolderError::Referenced`] names the lists that would be empty without it; nothing has changed then.
    pub fn delete_from_lists(&self, name: &str) -> Result<Vec<(String, String, Fingerprint)>, FolderError> {
        valid_name(name)?;
        let _lock = self.lock()?;
        if self.text(name).is_err_and(|error| error.kind == FileErrorKind::Missing) {
            return Err(FolderError::Missing(name.to_owned()));
        }
        let alone: Vec<String> = self
            .lists_with(name)?
            .into_iter()
            .filter(|list| list.members.iter().all(|member| member.profile == name))
            .map(|list| list.name)
            .collect();
        if !alone.is_empty() {
            return Err(FolderError::Referenced { name: name.to_owned(), by: alone });
        }
        let without = |members: &[MemberRef]| members.iter().filter(|member| member.profile != name).cloned().collect();
        let left = self.relist(name, without)?;
        self.remove_file(name)?;
        Ok(left)
    }

    /// Puts several files back at once: a profile that is gone, and the lists that it was taken off.
    ///
    /// Blocks up to ten seconds for the CLI's lock.
    ///
    /// # Errors
    /// [`FolderError::Exists`] when there is another of the profile's name, [`FolderError::Changed`] or
    /// [`FolderError::Missing`] for a list that is not as it was left. Nothing has changed then.
    pub fn revive(&self, name: &str, text: &str, lists: &[(String, String, Fingerprint)]) -> Result<(), FolderError> {
        valid_name(name)?;
        check(name, text)?;
        let _lock = self.lock()?;
        for (list, text, left) in lists {
            check(list, text)?;
            match self.text(list) {
                Ok(now) if Fingerprint::of(&now) == *left => {}
                Err(error) if error.kind == FileErrorKind::Missing => return Err(FolderError::Missing(list.clone())),
                Ok(_) | Err(_) => return Err(FolderError::Changed(list.clone())),
            }
        }
        self.store(name, text, Target::New)?;
        lists.iter().try_for_each(|(list, text, _)| self.store(list, text, Target::Any))
    }

    /// Rewrites every list that has `name`. Only under the lock.
    fn relist(
        &self,
        name: &str,
        change: impl Fn(&[MemberRef]) -> Vec<MemberRef>,
    ) -> Result<Vec<(String, String, Fingerprint)>, FolderError> {
        let mut changed = Vec::new();
        for list in self.lists_with(name)? {
            let unreadable = |source| FolderError::Unreadable { name: list.name.clone(), source };
            let text = self.text(&list.name).map_err(unreadable)?;
            let mut document = Document::parse(&text).map_err(unreadable)?;
            set_members(&mut document, list.policy, &change(&list.members))
                .map_err(|source| FolderError::Edit { name: list.name.clone(), source })?;
            check(&list.name, document.text())?;
            self.store(&list.name, document.text(), Target::Any)?;
            changed.push((list.name, text, Fingerprint::of(document.text())));
        }
        Ok(changed)
    }

    /// The lists that have `name`, but for one that lists itself.
    fn lists_with(&self, name: &str) -> Result<Vec<BalancerProfile>, FolderError> {
        let lists = self.read_all()?.into_iter().filter_map(|entry| match entry.profile {
            Ok(Profile::Balancer(list)) => Some(list),
            _ => None,
        });
        Ok(lists.filter(|list| list.name != name && list.members.iter().any(|member| member.profile == name)).collect())
    }

    /// Removes a file; says whether there was one. Only under the lock.
    pub(super) fn remove_file(&self, name: &str) -> Result<bool, FolderError> {
        self.keep_version(name);
        self.unlink(name)
    }

    fn unlink(&self, name: &str) -> Result<bool, FolderError> {
        let path = self.path(name);
        match fs::remove_file(&path) {
            Ok(()) => {
                atomic::sync_folder(&self.dir).map_err(FolderError::io("deleting", &path))?;
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(source) => Err(FolderError::Io { action: "deleting", path, source }),
        }
    }
}
