//! Changes that can be taken back, for as long as the engine runs.

use mainstay_credentials::SecretString;
use mainstay_profiles::Fingerprint;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many changes are kept.
const KEPT: usize = 50;

/// How to take a change back.
#[derive(Clone, Debug)]
pub(crate) enum Undoing {
    /// Put this text back where the change left another.
    Restore {
        /// The profile.
        name: String,
        /// What it held before.
        text: String,
        /// What the change left. If it holds something else by now, another program wrote that.
        left: Fingerprint,
    },
    /// Bring a deleted profile back.
    Revive {
        /// The profile.
        name: String,
        /// What it held.
        text: String,
        /// The lists that it was taken off: each with what it held before, and what that left.
        lists: Vec<(String, String, Fingerprint)>,
    },
    /// Give a profile its old name again.
    Rename {
        /// Its name now.
        from: String,
        /// The name that it had.
        to: String,
    },
    /// Put a key back into the file that it was moved out of.
    KeyBack {
        /// The profile.
        name: String,
        /// What it held before, the key among it.
        text: String,
        /// What the change left.
        left: Fingerprint,
        /// What was kept for the profile in the secret store before, if anything was.
        kept: Option<SecretString>,
    },
    /// Take back the word that a key may go to an address.
    Doubt {
        /// The profile.
        name: String,
        /// The address.
        origin: String,
    },
    /// Delete what was created.
    Remove {
        /// The profile.
        name: String,
        /// What it was created with.
        left: Fingerprint,
    },
    /// Take all of these back, the last first; refused whole when one of them can't be.
    All(Vec<Undoing>),
    /// Take these files back, then the keys that were stored with them.
    Keyed {
        /// The files.
        files: Box<Undoing>,
        /// The keys.
        keys: Vec<KeyChange>,
    },
}

/// A profile's key in the secret store, as it was before a change and as the change left it. Each is the whole record.
#[derive(Clone, Debug)]
pub(crate) struct KeyChange {
    /// The profile.
    pub(crate) profile: String,
    /// What was kept before, if anything was.
    pub(crate) before: Option<SecretString>,
    /// What the change left. If something else is kept by now, that was set later and stays.
    pub(crate) left: Option<SecretString>,
}

impl Undoing {
    /// The deleted profile that this would bring back.
    pub(crate) fn revives(&self) -> Option<&str> {
        match self {
            Self::Revive { name, .. } => Some(name),
            _ => None,
        }
    }

    /// A profile has another name by now.
    fn follow(&mut self, old: &str, new: &str) {
        let follow = |name: &mut String| {
            if name == old {
                new.clone_into(name);
            }
        };
        match self {
            Self::Restore { name, .. }
            | Self::Remove { name, .. }
            | Self::KeyBack { name, .. }
            | Self::Doubt { name, .. } => follow(name),
            Self::Rename { from, .. } => follow(from),
            Self::Revive { lists, .. } => lists.iter_mut().for_each(|(list, ..)| follow(list)),
            Self::All(changes) => changes.iter_mut().for_each(|change| change.follow(old, new)),
            Self::Keyed { files, keys } => {
                files.follow(old, new);
                keys.iter_mut().for_each(|key| follow(&mut key.profile));
            }
        }
    }
}

/// The last changes.
#[derive(Debug, Default)]
pub(crate) struct UndoShelf(Mutex<VecDeque<(String, Undoing)>>);

impl UndoShelf {
    /// Keeps a change and gives out the word for it, and the oldest change if that had to make room.
    pub(crate) fn keep(&self, undoing: Undoing) -> (String, Option<Undoing>) {
        let token = format!("{:032x}", rand::random::<u128>());
        let mut shelf = self.shelf();
        let old = if shelf.len() == KEPT { shelf.pop_front() } else { None };
        shelf.push_back((token.clone(), undoing));
        (token, old.map(|(_, undoing)| undoing))
    }

    /// Takes a change off the shelf: it can be undone once.
    pub(crate) fn take(&self, token: &str) -> Option<Undoing> {
        let mut shelf = self.shelf();
        let at = shelf.iter().position(|(kept, _)| kept == token)?;
        shelf.remove(at).map(|(_, undoing)| undoing)
    }

    /// Gives up the ways back to a deleted profile: there is another one of its name.
    pub(crate) fn give_up(&self, name: &str) {
        self.shelf().retain(|(_, undoing)| undoing.revives() != Some(name));
    }

    /// A profile has another name: what was done to it before can be taken back under that one.
    pub(crate) fn rename(&self, old: &str, new: &str) {
        self.shelf().iter_mut().for_each(|(_, undoing)| undoing.follow(old, new));
    }

    fn shelf(&self) -> MutexGuard<'_, VecDeque<(String, Undoing)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn revive(name: &str) -> Undoing {
        Undoing::Revive { name: name.to_owned(), text: String::new(), lists: Vec::new() }
    }

    fn taken(shelf: &UndoShelf, token: &str) -> Option<String> {
        shelf.take(token).and_then(|undoing| undoing.revives().map(str::to_owned))
    }

    #[test]
    fn a_change_is_taken_back_once_and_old_ones_are_forgotten() {
        let shelf = UndoShelf::default();
        let (first, _) = shelf.keep(revive("a"));
        assert_eq!(taken(&shelf, &first).as_deref(), Some("a"));
        assert_eq!(taken(&shelf, &first), None);
        let (old, _) = shelf.keep(revive("b"));
        let gone: Vec<_> = (0..KEPT).filter_map(|_| shelf.keep(revive("c")).1).collect();
        assert_eq!(gone.iter().filter_map(Undoing::revives).collect::<Vec<_>>(), ["b"]);
        assert_eq!(taken(&shelf, &old), None);
    }

    #[test]
    fn a_profile_whose_name_is_taken_anew_is_not_brought_back() {
        let shelf = UndoShelf::default();
        let ((a, _), (b, _)) = (shelf.keep(revive("a")), shelf.keep(revive("b")));
        shelf.give_up("a");
        assert_eq!((taken(&shelf, &a), taken(&shelf, &b).as_deref()), (None, Some("b")));
    }
}
