//! Which route serves requests that name none, and which is the default.
//!
//! *Active* is kept in the data folder and survives a restart. The *default* is what becomes active in a new data folder,
//! and what the llxprt CLI loads: it is kept in the CLI's settings file, beside the profiles folder, edited in place.

use crate::data::{amend, replace};
use crate::error::Problem;
use mainstay_profiles::Document;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::io;
use std::path::{Path, PathBuf};

const FILE: &str = "state.json";
const KEY: &str = "defaultProfile";

#[derive(Default, Serialize, Deserialize)]
struct State {
    active: Option<String>,
}

/// The route that was active last, if that is known.
pub(crate) fn read(data_dir: &Path) -> Option<String> {
    let text = std::fs::read(data_dir.join(FILE)).ok()?;
    serde_json::from_slice::<State>(&text).ok()?.active
}

/// Remembers the active route.
pub(crate) fn write(data_dir: &Path, active: &str) -> io::Result<()> {
    let state = State { active: Some(active.to_owned()) };
    replace(&data_dir.join(FILE), &serde_json::to_vec_pretty(&state).map_err(io::Error::other)?)
}

fn settings_file(profiles_dir: &Path) -> Option<PathBuf> {
    Some(profiles_dir.parent()?.join("settings.json"))
}

/// The default route.
pub(crate) fn read_default(profiles_dir: &Path) -> Option<String> {
    let text = std::fs::read_to_string(settings_file(profiles_dir)?).ok()?;
    Document::parse(&text).ok()?.get(&[KEY])?.as_str().map(str::to_owned)
}

/// Makes a route the default, keeping all else in the settings file as it is.
pub(crate) fn write_default(profiles_dir: &Path, name: &str) -> Result<(), Problem> {
    let fail = |message: String| Problem {
        code: "settings_unwritable".to_owned(),
        message,
        hint: "Check the settings file beside the profiles folder.".to_owned(),
    };
    let file = settings_file(profiles_dir).ok_or_else(|| fail("The profiles folder has no parent.".to_owned()))?;
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => "{}\n".to_owned(),
        Err(error) => return Err(fail(format!("{} can't be read: {error}.", file.display()))),
    };
    let broken = |reason: String| fail(format!("{} is not a settings file: {reason}.", file.display()));
    let mut document = Document::parse(&text).map_err(|error| broken(error.to_string()))?;
    document.set(&[KEY], json!(name)).map_err(|error| broken(error.to_string()))?;
    amend(&file, document.text().as_bytes())
        .map_err(|error| fail(format!("{} can't be written: {error}.", file.display())))
}

/// Takes the default away.
pub(crate) fn clear_default(profiles_dir: &Path) -> Result<(), Problem> {
    let fail = |message: String| Problem {
        code: "settings_unwritable".to_owned(),
        message,
        hint: "Check the settings file beside the profiles folder.".to_owned(),
    };
    let Some(file) = settings_file(profiles_dir).filter(|file| file.exists()) else { return Ok(()) };
    let text =
        std::fs::read_to_string(&file).map_err(|error| fail(format!("{} can't be read: {error}.", file.display())))?;
    let broken = |reason: String| fail(format!("{} is not a settings file: {reason}.", file.display()));
    let mut document = Document::parse(&text).map_err(|error| broken(error.to_string()))?;
    if document.remove(&[KEY]).map_err(|error| broken(error.to_string()))? {
        replace(&file, document.text().as_bytes())
            .map_err(|error| fail(format!("{} can't be written: {error}.", file.display())))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_active_route_survives() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(read(dir.path()), None);
        write(dir.path(), "ha-failover").unwrap();
        assert_eq!(read(dir.path()).as_deref(), Some("ha-failover"));
    }

    #[test]
    fn the_default_is_set_in_the_settings_file_and_nothing_else_there_changes() {
        let dir = tempfile::tempdir().unwrap();
        let profiles = dir.path().join("profiles");
        let file = dir.path().join("settings.json");
        let text = "{\n  // mine\n  \"theme\": \"dark\",\n  \"defaultProfile\": \"old\",\n  \"x\": [1,2]\n}\n";
        std::fs::write(&file, text).unwrap();
        write_default(&profiles, "ha-failover").unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text.replace("old", "ha-failover"));
        assert_eq!(read_default(&profiles).as_deref(), Some("ha-failover"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let real = dir.path().join("elsewhere.json");
            std::fs::rename(&file, &real).unwrap();
            std::os::unix::fs::symlink(&real, &file).unwrap();
            std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o644)).unwrap();
            write_default(&profiles, "other").unwrap();
            assert!(file.is_symlink(), "a link stays a link");
            assert_eq!(std::fs::read_to_string(&real).unwrap(), text.replace("old", "other"));
            assert_eq!(std::fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o644);
        }
        std::fs::write(&file, "[]").unwrap();
        assert_eq!(write_default(&profiles, "x").unwrap_err().code, "settings_unwritable");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "[]");
    }
}
