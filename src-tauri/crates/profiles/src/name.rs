//! Which profile names may become a file.
//!
//! The rules are the llxprt CLI's, so that a name accepted here is accepted there. They keep a name inside the folder: no
//! separator, no parent, nothing that a file system would trim away.

/// Why a name cannot be a profile's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The name has no characters.
    #[error("a profile needs a name")]
    Empty,
    /// `.` and `..` are folders.
    #[error("\".\" and \"..\" are folders, not profile names")]
    Dots,
    /// Leading or trailing white space.
    #[error("a profile name neither starts nor ends with white space")]
    Padded,
    /// `/`, `\` or NUL.
    #[error("a profile name cannot contain \"/\", \"\\\" or a null character")]
    Separator,
    /// A drive prefix (`C:`), which Windows takes for a path of its own.
    #[error("a profile name cannot start with a drive letter")]
    Absolute,
    /// Longer than the 255 bytes that common file systems allow, less `.json`.
    #[error("a profile name can have at most 250 bytes")]
    TooLong,
}

/// The longest name in bytes: 255 (ext4, APFS, NTFS) less `.json`.
const LONGEST: usize = 250;

/// Checks that `name` can be the name of a profile, that is of the file `NAME.json`.
///
/// Spaces inside, dots and any Unicode are fine. These are the llxprt CLI's rules, and a length limit.
///
/// # Errors
/// [`NameError`] says which rule the name breaks.
pub fn valid_name(name: &str) -> Result<(), NameError> {
    let mut chars = name.chars();
    match (chars.next(), chars.next()) {
        (None, _) => return Err(NameError::Empty),
        (Some(drive), Some(':')) if drive.is_ascii_alphabetic() => return Err(NameError::Absolute),
        _ => {}
    }
    if name == "." || name == ".." {
        return Err(NameError::Dots);
    }
    if name.contains(['/', '\\', '\0']) {
        return Err(NameError::Separator);
    }
    if name.trim() != name {
        return Err(NameError::Padded);
    }
    if name.len() > LONGEST {
        return Err(NameError::TooLong);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_the_cli_accepts_are_accepted() {
        for name in ["anthropic-primary", "a", "with space", "v1.2", "..x", "Überprofil", "模型", ".hidden", "none"]
        {
            assert_eq!(valid_name(name), Ok(()), "{name:?}");
        }
    }

    #[test]
    fn names_that_would_leave_the_folder_or_change_on_disk_are_refused() {
        let long = "x".repeat(251);
        for (name, why) in [
            ("", NameError::Empty),
            (".", NameError::Dots),
            ("..", NameError::Dots),
            (" a", NameError::Padded),
            ("a ", NameError::Padded),
            ("\ta", NameError::Padded),
            ("a/b", NameError::Separator),
            ("../a", NameError::Separator),
            ("/etc/passwd", NameError::Separator),
            ("a\\b", NameError::Separator),
            ("a\0b", NameError::Separator),
            ("C:", NameError::Absolute),
            ("c:x", NameError::Absolute),
            (long.as_str(), NameError::TooLong),
        ] {
            assert_eq!(valid_name(name), Err(why), "{name:?}");
        }
    }
}
