//! Changes that can be taken back, for as long as the engine runs.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// How many changes are kept.
const KEPT: usize = 50;

/// How to take a change back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Undoing {
    /// Put this text back.
    Restore { name: String, text: String },
    /// Delete what was created.
    Remove { name: String },
}

/// The last changes.
#[derive(Debug, Default)]
pub(crate) struct UndoShelf(Mutex<VecDeque<(String, Undoing)>>);

impl UndoShelf {
    /// Keeps a change and gives out the word for it.
    pub(crate) fn keep(&self, undoing: Undoing) -> String {
        let token = format!("{:032x}", rand::random::<u128>());
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if shelf.len() == KEPT {
            shelf.pop_front();
        }
        shelf.push_back((token.clone(), undoing));
        token
    }

    /// Takes a change off the shelf: it can be undone once.
    pub(crate) fn take(&self, token: &str) -> Option<Undoing> {
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = shelf.iter().position(|(kept, _)| kept == token)?;
        shelf.remove(at).map(|(_, undoing)| undoing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_taken_back_once_and_old_ones_are_forgotten() {
        let shelf = UndoShelf::default();
        let change = |name: &str| Undoing::Remove { name: name.to_owned() };
        let first = shelf.keep(change("a"));
        assert_eq!(shelf.take(&first), Some(change("a")));
        assert_eq!(shelf.take(&first), None);
        let old = shelf.keep(change("b"));
        for _ in 0..KEPT {
            shelf.keep(change("c"));
        }
        assert_eq!(shelf.take(&old), None);
    }
}
