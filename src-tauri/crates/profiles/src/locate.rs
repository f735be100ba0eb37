//! Which folder holds the profiles (failover §6, "Where").
//!
//! The CLI has moved its folder once (from `~/.llxprt` to the platform's configuration folder), so two may exist. The
//! choice is pure over [`Locations`], except for asking which folders are there.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// What may say where the profiles are.
#[derive(Debug, Clone, Default)]
pub struct Locations {
    /// `--profiles-dir`.
    pub explicit: Option<PathBuf>,
    /// The variable `LLXPRT_CONFIG_HOME`, whose `profiles` folder counts. Ignored unless an absolute path, as in the CLI.
    pub llxprt_config_home: Option<OsString>,
    /// The folder used last, from our own preferences. Ignored when it is gone.
    pub remembered: Option<PathBuf>,
    /// The CLI's configuration folder on this platform.
    pub platform_config: Option<PathBuf>,
    /// The user's home folder.
    pub home: Option<PathBuf>,
}

impl Locations {
    /// What this process's environment and platform say, and `--profiles-dir`. The folder used last is for the caller to
    /// add.
    pub fn of_this_process(explicit: Option<PathBuf>) -> Locations {
        let base = directories::BaseDirs::new();
        Locations {
            explicit,
            llxprt_config_home: env::var_os("LLXPRT_CONFIG_HOME"),
            remembered: None,
            platform_config: base.as_ref().map(|base| cli_config_folder(base.preference_dir())),
            home: base.as_ref().map(|base| base.home_dir().to_owned()),
        }
    }
}

/// Node's `env-paths` puts the CLI's configuration here: `~/.config/llxprt-code` (Linux), `~/Library/Preferences/llxprt-code`
/// (macOS), `%APPDATA%\llxprt-code\Config` (Windows).
fn cli_config_folder(preferences: &Path) -> PathBuf {
    let folder = preferences.join("llxprt-code");
    if cfg!(windows) { folder.join("Config") } else { folder }
}

/// What decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundBy {
    /// `--profiles-dir`.
    Explicit,
    /// `LLXPRT_CONFIG_HOME`.
    Environment,
    /// It was used last.
    Remembered,
    /// The CLI's folder on this platform.
    Platform,
    /// `~/.llxprt/profiles`, the recipe's folder and the last resort.
    Home,
}

/// Where the profiles are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// The folder to use. It may not exist yet.
    pub dir: PathBuf,
    /// Another folder that holds profiles, for the user to choose between. `None` where the choice was explicit.
    pub other: Option<PathBuf>,
    /// What decided.
    pub found_by: FoundBy,
}

/// Finds the profiles folder: `--profiles-dir`, `LLXPRT_CONFIG_HOME`, the folder used last, the CLI's platform folder if
/// it has `profiles`, `~/.llxprt/profiles`.
///
/// Without a home folder the last resort is `.llxprt/profiles` in the working folder.
pub fn locate(locations: &Locations) -> Located {
    if let Some(dir) = &locations.explicit {
        return Located { dir: dir.clone(), other: None, found_by: FoundBy::Explicit };
    }
    if let Some(config) = locations.llxprt_config_home.as_ref().map(PathBuf::from).filter(|path| path.is_absolute()) {
        return Located { dir: config.join("profiles"), other: None, found_by: FoundBy::Environment };
    }
    let platform = locations.platform_config.as_ref().map(|config| config.join("profiles"));
    let home = locations.home.clone().unwrap_or_default().join(".llxprt").join("profiles");
    let (dir, found_by) = match (&locations.remembered, &platform) {
        (Some(remembered), _) if remembered.is_dir() => (remembered.clone(), FoundBy::Remembered),
        (_, Some(platform)) if platform.is_dir() => (platform.clone(), FoundBy::Platform),
        _ => (home.clone(), FoundBy::Home),
    };
    let other = platform.into_iter().chain([home]).find(|other| !same(other, &dir) && holds_profiles(other));
    Located { dir, other, found_by }
}

fn same(a: &Path, b: &Path) -> bool {
    a == b || fs::canonicalize(a).is_ok_and(|a| fs::canonicalize(b).is_ok_and(|b| a == b))
}

fn holds_profiles(dir: &Path) -> bool {
    fs::read_dir(dir).is_ok_and(|entries| {
        entries.flatten().any(|entry| entry.path().extension().is_some_and(|extension| extension == "json"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Machine(tempfile::TempDir);

    impl Machine {
        fn new() -> Machine {
            Machine(tempfile::tempdir().expect("a temporary folder"))
        }

        fn path(&self, path: &str) -> PathBuf {
            self.0.path().join(path)
        }

        fn profile(&self, dir: &str) -> PathBuf {
            fs::create_dir_all(self.path(dir)).expect("a folder");
            fs::write(self.path(dir).join("p.json"), "{}").expect("a file");
            self.path(dir)
        }

        fn locations(&self) -> Locations {
            Locations {
                platform_config: Some(self.path("config")),
                home: Some(self.path("home")),
                ..Locations::default()
            }
        }
    }

    #[test]
    fn the_first_that_applies_wins() {
        let machine = Machine::new();
        let mut locations = machine.locations();
        assert_eq!(locate(&locations).dir, machine.path("home/.llxprt/profiles"), "nothing is there yet");

        let platform = machine.profile("config/profiles");
        assert_eq!(locate(&locations).found_by, FoundBy::Platform);
        assert_eq!(locate(&locations).dir, platform);

        let remembered = machine.profile("elsewhere");
        locations.remembered = Some(remembered.clone());
        assert_eq!(locate(&locations).dir, remembered);

        locations.llxprt_config_home = Some(machine.path("override").into_os_string());
        assert_eq!(locate(&locations).dir, machine.path("override/profiles"));

        locations.explicit = Some(machine.path("explicit"));
        assert_eq!(locate(&locations).dir, machine.path("explicit"));
        assert_eq!(locate(&locations).other, None, "who names a folder is not asked");
    }

    #[test]
    fn an_empty_or_relative_override_is_ignored_as_in_the_cli() {
        let machine = Machine::new();
        for value in ["", "relative/folder"] {
            let locations = Locations { llxprt_config_home: Some(value.into()), ..machine.locations() };
            assert_eq!(locate(&locations).found_by, FoundBy::Home, "{value:?}");
        }
    }

    #[test]
    fn a_remembered_folder_that_is_gone_is_ignored() {
        let machine = Machine::new();
        let locations = Locations { remembered: Some(machine.path("gone")), ..machine.locations() };
        assert_eq!(locate(&locations).found_by, FoundBy::Home);
    }

    #[test]
    fn a_second_folder_is_named_when_it_holds_profiles() {
        let machine = Machine::new();
        let platform = machine.profile("config/profiles");
        fs::create_dir_all(machine.path("home/.llxprt/profiles")).expect("a folder");
        assert_eq!(locate(&machine.locations()).other, None, "an empty folder is no choice");
        let home = machine.profile("home/.llxprt/profiles");
        assert_eq!(
            locate(&machine.locations()),
            Located { dir: platform.clone(), other: Some(home.clone()), found_by: FoundBy::Platform }
        );
        let locations = Locations { remembered: Some(home), ..machine.locations() };
        assert_eq!(locate(&locations).other, Some(platform));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_the_same_folder_is_no_second_one() {
        let machine = Machine::new();
        machine.profile("config/profiles");
        fs::create_dir_all(machine.path("home")).expect("a folder");
        std::os::unix::fs::symlink(machine.path("config"), machine.path("home/.llxprt")).expect("a link");
        assert_eq!(locate(&machine.locations()).other, None);
    }
}
