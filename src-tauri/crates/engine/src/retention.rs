//! How long the history is kept, as the user set it. It lies beside the history, so that it outlives it.

use crate::data::replace;
use mainstay_history::Retention;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::{fs, io};
use ts_rs::TS;

const FILE: &str = "retention.json";
const MEBIBYTE: u64 = 1 << 20;

/// How long the history is kept. Whichever is reached first takes out the oldest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RetentionDraft {
    /// In days, 1 to 3650.
    pub days: u32,
    /// The file's size in mebibytes, 16 to 65536.
    pub mebibytes: u32,
}

impl RetentionDraft {
    /// Whether both lie within their bounds.
    pub(crate) fn sensible(self) -> bool {
        (1..=3650).contains(&self.days) && (16..=65_536).contains(&self.mebibytes)
    }
}

impl From<RetentionDraft> for Retention {
    fn from(draft: RetentionDraft) -> Self {
        Self { days: draft.days, bytes: u64::from(draft.mebibytes) * MEBIBYTE }
    }
}

impl From<Retention> for RetentionDraft {
    fn from(retention: Retention) -> Self {
        Self { days: retention.days, mebibytes: u32::try_from(retention.bytes / MEBIBYTE).unwrap_or(u32::MAX) }
    }
}

/// What the user set, or the default. A file that can't be read takes nothing out: it counts as not there.
pub(crate) fn read(data_dir: &Path) -> RetentionDraft {
    let usual = RetentionDraft::from(Retention::default());
    let text = match fs::read(data_dir.join(FILE)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return usual,
        Err(error) => {
            tracing::warn!(%error, "retention.json can't be read");
            return usual;
        }
    };
    let draft = serde_json::from_slice::<RetentionDraft>(&text).ok().filter(|draft| draft.sensible());
    draft.unwrap_or_else(|| {
        tracing::warn!("retention.json says nothing that can be used");
        usual
    })
}

/// Keeps what the user set.
pub(crate) fn write(data_dir: &Path, draft: RetentionDraft) -> io::Result<()> {
    replace(&data_dir.join(FILE), &serde_json::to_vec_pretty(&draft).map_err(io::Error::other)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_set_survives_and_nonsense_is_the_default() {
        let dir = tempfile::tempdir().unwrap();
        let usual = RetentionDraft { days: 90, mebibytes: 512 };
        assert_eq!(read(dir.path()), usual);
        let set = RetentionDraft { days: 7, mebibytes: 64 };
        write(dir.path(), set).unwrap();
        assert_eq!(read(dir.path()), set);
        for text in ["{", "{\"days\":0,\"mebibytes\":64}", "{\"days\":7,\"mebibytes\":1}"] {
            fs::write(dir.path().join(FILE), text).unwrap();
            assert_eq!(read(dir.path()), usual, "{text}");
        }
    }
}
