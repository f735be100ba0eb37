//! What was left out or changed on the way, gathered.

use crate::terms::Note;

/// The most notes that one request or answer makes, and the most characters of a name in one: both are the sender's to
/// choose.
const MOST: usize = 32;
const NAME: usize = 80;

/// Notes in the making. Each kind of note is kept once for each field.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Notes(Vec<Note>);

impl Notes {
    pub(crate) fn add(&mut self, code: &'static str, field: impl AsRef<str>, detail: impl Into<String>) {
        let field: String = field.as_ref().chars().take(NAME).collect();
        if self.0.len() < MOST && !self.0.iter().any(|note| note.code == code && note.field == field) {
            self.0.push(Note { code, field, detail: detail.into() });
        }
    }

    /// Something has no place in the other dialect.
    pub(crate) fn left_out(&mut self, field: impl AsRef<str>) {
        self.add("not-carried", field, "is left out in translation");
    }

    /// Something is carried, but otherwise than it was written.
    pub(crate) fn reshaped(&mut self, field: impl AsRef<str>, detail: impl Into<String>) {
        self.add("reshaped", field, detail);
    }

    /// Something stands at another place now.
    pub(crate) fn moved(&mut self, field: impl AsRef<str>, detail: impl Into<String>) {
        self.add("moved", field, detail);
    }

    pub(crate) fn extend(&mut self, notes: impl IntoIterator<Item = Note>) {
        for Note { code, field, detail } in notes {
            self.add(code, field, detail);
        }
    }

    pub(crate) fn list(&self) -> &[Note] {
        &self.0
    }

    pub(crate) fn into_list(self) -> Vec<Note> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_noted_once_and_notes_are_bounded() {
        let mut notes = Notes::default();
        for _ in 0..3 {
            notes.left_out("seed");
            notes.moved("seed", "elsewhere");
        }
        assert_eq!(notes.list().len(), 2);
        for n in 0..200 {
            notes.left_out("x".repeat(100) + &n.to_string());
            notes.left_out(format!("{n}"));
        }
        assert_eq!(notes.list().len(), MOST);
        assert!(notes.list().iter().all(|note| note.field.chars().count() <= NAME));
    }
}
