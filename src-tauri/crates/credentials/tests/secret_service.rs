//! The keyring store and the CLI's named keys against the real Secret Service: gnome-keyring on a bus of its own.
//!
//! Each scene is this same test binary, started again in an environment of its own: private home and runtime folders, no
//! display. Without `dbus-run-session` or `gnome-keyring-daemon` the scenes on a bus are skipped, visibly; with
//! `MAINSTAY_REQUIRE_TOOLS=1` that is a failure.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![cfg(target_os = "linux")]

mod contract;

use std::{
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Stdio},
};

use contract::text;
use mainstay_credentials::{
    CLI_KEYS_SERVICE, CliKeys as _, OsCliKeys, SecretId, SecretStore, SecretString, StoreError, StoreKind, open,
};
use secrecy::ExposeSecret as _;

const SCENE: &str = "MAINSTAY_TEST_SCENE";
const SERVICE: &str = "mainstay-test";
const TOOLS: [&str; 2] = ["dbus-run-session", "gnome-keyring-daemon"];

/// The keyring's password is given on stdin; the daemon is ready when `--unlock --daemonize` returns.
const UNLOCKED: &str =
    r#"printf pw | gnome-keyring-daemon --unlock --components=secrets --daemonize >/dev/null && exec "$0" "$@""#;
const LOCKED: &str = r#"exec "$0" "$@""#;

/// Whether the scenes can be set; says it loudly if not.
fn tools_are_here() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let missing: Vec<_> =
        TOOLS.into_iter().filter(|tool| !std::env::split_paths(&path).any(|dir| dir.join(tool).is_file())).collect();
    if missing.is_empty() {
        return true;
    }
    let message = format!("SKIPPED: the Secret Service is not tested, without {}", missing.join(" and "));
    assert_ne!(std::env::var("MAINSTAY_REQUIRE_TOOLS").as_deref(), Ok("1"), "{message}");
    // Past the test harness, which keeps what a passing test prints to itself.
    let mut stderr = std::io::stderr().lock();
    writeln!(stderr, "{message}").unwrap();
    false
}

/// Plays a scene: the test `scene` in a process of its own, on a bus if there is a script to run there first.
fn play(scene: &str, on_bus: Option<&str>) {
    let home = tempfile::tempdir().unwrap();
    let runtime = home.path().join("run");
    std::fs::create_dir(&runtime).unwrap();
    std::fs::set_permissions(&runtime, std::fs::Permissions::from_mode(0o700)).unwrap();
    let this = std::env::current_exe().unwrap();
    let mut command = match on_bus {
        Some(script) => {
            let mut command = Command::new("dbus-run-session");
            command.args(["--", "sh", "-c", script]).arg(this);
            command
        }
        None => Command::new(this),
    };
    command.args(["--exact", "scene", "--nocapture"]).stdin(Stdio::null()).env(SCENE, scene);
    for variable in ["DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_DATA_HOME", "XDG_CONFIG_HOME"] {
        command.env_remove(variable);
    }
    command.env("HOME", home.path()).env("XDG_RUNTIME_DIR", &runtime);
    let output = command.output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{scene}: {said}");
    assert!(said.contains(&format!("played {scene}")), "{scene}: {said}");
}

/// Not a test of its own: plays what the others ask for.
#[tokio::test]
async fn scene() {
    let Ok(scene) = std::env::var(SCENE) else { return };
    let dir = tempfile::tempdir().unwrap();
    match scene.as_str() {
        "store" => the_store(dir.path()).await,
        "cli-keys" => the_clis_keys().await,
        "restart" => a_restart().await,
        "locked" => no_keyring(dir.path()).await,
        "no-bus" => {
            no_keyring(dir.path()).await;
            let error = OsCliKeys::new().get("work").await.map(drop).unwrap_err();
            assert!(error.to_string().starts_with("the system keyring is not available: "), "{error}");
        }
        other => panic!("no scene {other}"),
    }
    println!("played {scene}");
}

async fn open_store(dir: &Path) -> Result<std::sync::Arc<dyn SecretStore>, StoreError> {
    open(StoreKind::Keyring, dir, SERVICE).await
}

async fn the_store(dir: &Path) {
    let store = open_store(dir).await.unwrap();
    assert_eq!(store.kind(), StoreKind::Keyring);
    contract::holds(store).await;

    let id = SecretId::provider_key("anthropic");
    let store = open_store(dir).await.unwrap();
    store.set(&id, &SecretString::from("sk-canary")).await.unwrap();
    let again = open_store(dir).await.unwrap();
    assert_eq!(text(&*again, &id).await.unwrap(), "sk-canary");
    assert!(!dir.join("vault.key").exists());
    assert!(!std::fs::read_to_string(dir.join("vault.json")).unwrap().contains("canary"));

    // A folder that has come from elsewhere: its key is in another keyring, or under another service.
    let error = open(StoreKind::Keyring, dir, "mainstay-test-other").await.map(drop).unwrap_err();
    assert!(matches!(error, StoreError::VaultKeyLost { .. }), "{error}");
}

/// Writes a key as the CLI does: an entry of this service and account, the key as its password.
fn save_as_the_cli_does(name: &'static str, key: &'static str) {
    let write = move || keyring::Entry::new(CLI_KEYS_SERVICE, name)?.set_password(key);
    std::thread::spawn(write).join().unwrap().unwrap();
}

async fn a_restart() {
    save_as_the_cli_does("work", "sk-cli-key");
    let keys = OsCliKeys::new();
    assert_eq!(keys.get("work").await.unwrap().unwrap().expose_secret(), "sk-cli-key");
    let again = "printf pw | gnome-keyring-daemon --replace --unlock --components=secrets --daemonize >/dev/null";
    assert!(Command::new("sh").args(["-c", again]).status().unwrap().success());
    assert_eq!(keys.get("work").await.unwrap().unwrap().expose_secret(), "sk-cli-key");
}

async fn the_clis_keys() {
    save_as_the_cli_does("work", "sk-cli-key");
    let keys = OsCliKeys::new();
    assert_eq!(keys.get("work").await.unwrap().unwrap().expose_secret(), "sk-cli-key");
    assert!(keys.get("absent").await.unwrap().is_none());
    assert!(keys.get("no/name").await.is_err());
}

async fn no_keyring(dir: &Path) {
    let error = open_store(dir).await.map(drop).unwrap_err();
    // Not the limit: it is said as soon as it is known.
    assert!(matches!(error, StoreError::KeyringUnavailable { .. }), "{error}");
    assert_eq!(std::fs::read_dir(dir).unwrap().count(), 0);
    // The choice that the user then has.
    open(StoreKind::File, dir, SERVICE).await.unwrap();
}

#[test]
fn the_store_holds_its_contract_with_an_unlocked_keyring() {
    if tools_are_here() {
        play("store", Some(UNLOCKED));
    }
}

#[test]
fn the_clis_named_keys_are_found_where_it_keeps_them() {
    if tools_are_here() {
        play("cli-keys", Some(UNLOCKED));
    }
}

#[test]
fn a_keyring_that_restarts_goes_on_serving() {
    if tools_are_here() {
        play("restart", Some(UNLOCKED));
    }
}

#[test]
fn a_keyring_that_nobody_can_unlock_is_an_error_and_no_wait() {
    if tools_are_here() {
        play("locked", Some(LOCKED));
    }
}

#[test]
fn a_machine_without_a_bus_is_an_error_and_no_wait() {
    play("no-bus", None);
}
