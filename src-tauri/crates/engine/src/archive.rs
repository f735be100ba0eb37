//! Profiles and preferences in one file (zip), to be taken to another machine. Never a secret.
//!
//! `mainstay.json` says what it is and what was left out, `profiles/NAME.json` are the profiles, `preferences.json` the
//! preferences. A file that somebody else made is hostile until read: only these names are taken, nothing is unpacked to
//! disk, and sizes and counts are bounded while they are read, whatever the file says of itself.

pub(crate) mod strip;

use mainstay_profiles::valid_name;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io::{Cursor, Read as _, Write as _};
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// The largest archive, in bytes.
pub(crate) const LARGEST: u64 = 8 << 20;
/// The most files in one.
const MOST_FILES: usize = 2000;
/// The largest file in one, and of all together, unpacked.
const LARGEST_FILE: u64 = 256 << 10;
const LARGEST_SUM: u64 = 32 << 20;

const MANIFEST: &str = "mainstay.json";
const PREFERENCES: &str = "preferences.json";
const PROFILES: &str = "profiles/";

/// What an archive holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Archive {
    /// Profiles and balancers, by name.
    pub(crate) profiles: BTreeMap<String, String>,
    /// Preferences, by name.
    pub(crate) preferences: serde_json::Map<String, Value>,
    /// What was left out when it was made, in words.
    pub(crate) left_out: Vec<String>,
}

/// Why a file is not taken as an archive.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ArchiveError {
    #[error("it is not a zip file, or a damaged one: {0}")]
    Zip(#[from] ZipError),
    #[error("a file in it is damaged: {0}")]
    Damaged(#[from] std::io::Error),
    #[error("it is too large, or holds too much")]
    TooLarge,
    #[error("it holds something that is no profile: \"{0}\"")]
    Stranger(String),
    #[error("it was not made by Mainstay's export, or by a later version")]
    Unknown,
}

impl Archive {
    /// The zip file.
    pub(crate) fn write(&self) -> Result<Vec<u8>, ArchiveError> {
        let options =
            SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).unix_permissions(0o600);
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let mut put = |name: &str, text: &str| {
            zip.start_file(name, options)?;
            zip.write_all(text.as_bytes()).map_err(ArchiveError::from)
        };
        let manifest =
            json!({ "version": 1, "product": "Mainstay", "made by": crate::VERSION, "left out": self.left_out });
        put(MANIFEST, &format!("{manifest:#}"))?;
        put(PREFERENCES, &format!("{:#}", Value::Object(self.preferences.clone())))?;
        for (name, text) in &self.profiles {
            put(&format!("{PROFILES}{name}.json"), text)?;
        }
        Ok(zip.finish()?.into_inner())
    }

    /// Reads a zip file that may be hostile.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, ArchiveError> {
        if bytes.len() as u64 > LARGEST {
            return Err(ArchiveError::TooLarge);
        }
        let mut zip = ZipArchive::new(Cursor::new(bytes))?;
        if zip.len() > MOST_FILES {
            return Err(ArchiveError::TooLarge);
        }
        let (mut archive, mut manifest, mut sum) = (Self::default(), None, 0);
        for index in 0..zip.len() {
            let mut file = zip.by_index(index)?;
            let name = match file.name() {
                Ok(name) => name.into_owned(),
                // Not text: whatever it is, it is no profile's.
                Err(_) => String::from_utf8_lossy(file.name_raw()).into_owned(),
            };
            let stranger = || ArchiveError::Stranger(name.chars().filter(|c| !c.is_control()).take(80).collect());
            if file.is_dir() && name == PROFILES {
                continue;
            }
            if file.is_symlink() || file.encrypted() || !file.is_file() {
                return Err(stranger());
            }
            // What the file says of its size is not believed.
            let mut text = Vec::new();
            (&mut file).take(LARGEST_FILE + 1).read_to_end(&mut text)?;
            sum += text.len() as u64;
            if text.len() as u64 > LARGEST_FILE || sum > LARGEST_SUM {
                return Err(ArchiveError::TooLarge);
            }
            let text = String::from_utf8(text).map_err(|_| stranger())?;
            match name.as_str() {
                MANIFEST => manifest = serde_json::from_str::<Value>(&text).ok(),
                PREFERENCES => match serde_json::from_str(&text) {
                    Ok(Value::Object(preferences)) => archive.preferences = preferences,
                    _ => return Err(stranger()),
                },
                _ => {
                    let profile = name.strip_prefix(PROFILES).and_then(|name| name.strip_suffix(".json"));
                    let profile = profile.filter(|name| valid_name(name).is_ok()).ok_or_else(stranger)?;
                    archive.profiles.insert(profile.to_owned(), text);
                }
            }
        }
        let manifest = manifest.filter(|manifest| manifest["version"] == 1 && manifest["product"] == "Mainstay");
        let manifest = manifest.ok_or(ArchiveError::Unknown)?;
        let words = manifest["left out"].as_array().into_iter().flatten().filter_map(Value::as_str);
        archive.left_out = words.map(str::to_owned).collect();
        Ok(archive)
    }
}

/// Says which file this is.
pub(crate) fn fingerprint(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        for (name, content) in files {
            zip.start_file(*name, options).unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    const GOOD: (&str, &[u8]) = (MANIFEST, br#"{"version":1,"product":"Mainstay"}"#);

    #[test]
    fn an_archive_is_read_as_it_was_written() {
        let archive = Archive {
            profiles: [("my own ä".to_owned(), "{}".to_owned())].into(),
            preferences: json!({ "active": "x" }).as_object().unwrap().clone(),
            left_out: vec!["a key".to_owned()],
        };
        assert_eq!(Archive::read(&archive.write().unwrap()).unwrap(), archive);
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for name in [
            "../evil.json",
            "profiles/../../evil.json",
            "/etc/passwd",
            "profiles/..",
            "profiles/a/b.json",
            "other.txt",
            "profiles\\x.json",
            "profiles/.json",
            "C:\\x.json",
            "profiles/x.exe",
        ] {
            let read = Archive::read(&zip_of(&[GOOD, (name, b"{}")]));
            assert!(matches!(read, Err(ArchiveError::Stranger(_))), "{name}: {read:?}");
        }
    }

    #[test]
    fn links_are_refused() {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file(GOOD.0, SimpleFileOptions::default()).unwrap();
        zip.write_all(GOOD.1).unwrap();
        zip.add_symlink("profiles/x.json", "/etc/passwd", SimpleFileOptions::default()).unwrap();
        let read = Archive::read(&zip.finish().unwrap().into_inner());
        assert!(matches!(read, Err(ArchiveError::Stranger(_))), "{read:?}");
    }

    #[test]
    fn a_bomb_is_given_up_at_its_bounds() {
        let big = vec![b' '; usize::try_from(LARGEST_FILE).unwrap() + 1];
        assert!(matches!(Archive::read(&zip_of(&[GOOD, ("profiles/x.json", &big)])), Err(ArchiveError::TooLarge)));
        let names: Vec<String> = (0..=MOST_FILES).map(|n| format!("profiles/{n}.json")).collect();
        let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b"{}"[..])).collect();
        assert!(matches!(Archive::read(&zip_of(&many)), Err(ArchiveError::TooLarge)));
        let full = vec![b' '; usize::try_from(LARGEST_FILE).unwrap()];
        let names: Vec<String> = (0..=LARGEST_SUM / LARGEST_FILE).map(|n| format!("profiles/{n}.json")).collect();
        let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), full.as_slice())).collect();
        assert!(matches!(Archive::read(&zip_of(&many)), Err(ArchiveError::TooLarge)));
    }

    #[test]
    fn damage_and_strangers_are_told() {
        assert!(matches!(Archive::read(b"no zip"), Err(ArchiveError::Zip(_))));
        assert!(matches!(Archive::read(&zip_of(&[("profiles/x.json", b"{}")])), Err(ArchiveError::Unknown)));
        let mut bytes = zip_of(&[GOOD, ("profiles/x.json", br#"{"version":1,"provider":"openai"}"#)]);
        let middle = bytes.len() / 4;
        for byte in &mut bytes[middle..middle + 12] {
            *byte ^= 0x55;
        }
        assert!(Archive::read(&bytes).is_err());
        let whole = zip_of(&[GOOD]);
        assert!(Archive::read(&whole[..whole.len() - 10]).is_err());
    }
}
