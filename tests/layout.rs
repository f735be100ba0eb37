//! Who may know whom, what is said in one place only, and what the pure crates may not touch.

use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What git tracks, or would: nothing built, nothing installed.
fn tracked() -> Vec<PathBuf> {
    let git = Command::new("git").args(["ls-files", "-z", "--cached"]).current_dir(root()).output();
    let listed = git.ok().filter(|output| output.status.success()).map(|output| output.stdout);
    match listed {
        Some(listed) => {
            let names = String::from_utf8(listed).expect("names in UTF-8");
            names
                .split('\0')
                .filter(|name| !name.is_empty())
                .map(PathBuf::from)
                .filter(|p| root().join(p).is_file())
                .collect()
        }
        // A source archive has no git.
        None => {
            let mut files = Vec::new();
            walk(Path::new(""), &mut files);
            files
        }
    }
}

fn walk(dir: &Path, files: &mut Vec<PathBuf>) {
    const BUILT: [&str; 5] = ["target", "node_modules", "dist", "gen", ".git"];
    for entry in fs::read_dir(root().join(dir)).expect("a folder of the sources") {
        let entry = entry.expect("an entry");
        let path = dir.join(entry.file_name());
        if BUILT.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        if entry.path().is_dir() {
            walk(&path, files);
        } else {
            files.push(path);
        }
    }
}

/// The workspace's own packages. What they lead to is read from Cargo.lock: it speaks for every platform, and asking cargo
/// for it would need the sources of crates that only other platforms build.
fn metadata() -> Value {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo's metadata is JSON")
}

/// Which packages each package of Cargo.lock names, by name; several versions of one count as one.
fn locked() -> HashMap<String, HashSet<String>> {
    let mut packages: HashMap<String, HashSet<String>> = HashMap::new();
    for package in read("Cargo.lock").split("[[package]]").skip(1) {
        let name = package.lines().find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"')).expect("a name");
        let dependencies = package.split_once("dependencies = [").map_or("", |(_, rest)| rest);
        let dependencies = dependencies.split(']').next().unwrap_or_default();
        let names = dependencies.lines().filter_map(|line| line.trim().strip_prefix('"')?.split(['"', ' ']).next());
        packages.entry(name.to_owned()).or_default().extend(names.map(str::to_owned));
    }
    packages
}

/// Every package that a package of ours needs to be built or run (not what only its tests need).
fn needs(metadata: &Value, package: &str) -> HashSet<String> {
    let ours: HashMap<&str, &Value> =
        list(&metadata["packages"]).map(|package| (text(&package["name"]), package)).collect();
    let locked = locked();
    let mut found = HashSet::new();
    let mut open = vec![package.to_owned()];
    while let Some(name) = open.pop() {
        let next: Vec<String> = match ours.get(name.as_str()) {
            // The lock file doesn't tell what only tests need.
            Some(package) => list(&package["dependencies"])
                .filter(|dependency| dependency["kind"] != "dev")
                .map(|dependency| text(&dependency["name"]).to_owned())
                .collect(),
            None => locked.get(&name).unwrap_or_else(|| panic!("{name} is not locked")).iter().cloned().collect(),
        };
        open.extend(next.into_iter().filter(|name| found.insert(name.clone())));
    }
    found
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().expect("a list").iter()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// Our packages under src-tauri/crates: folder and package.
fn crates(metadata: &Value) -> Vec<(String, &Value)> {
    let folder = root().join("src-tauri/crates");
    list(&metadata["packages"])
        .filter_map(|package| {
            let manifest = Path::new(text(&package["manifest_path"]));
            let dir = manifest.parent()?.strip_prefix(&folder).ok()?;
            Some((dir.to_str()?.to_owned(), package))
        })
        .collect()
}

#[test]
fn no_crate_below_the_shell_depends_on_tauri() {
    let metadata = metadata();
    let crates = crates(&metadata);
    assert!(crates.len() >= 10, "{crates:?}");
    let window =
        |name: &str| name == "tauri" || name.starts_with("tauri-") || name.starts_with("webkit2gtk") || name == "wry";
    for (folder, package) in crates {
        let needed = needs(&metadata, text(&package["name"]));
        let wrong: Vec<&String> = needed.iter().filter(|name| window(name)).collect();
        assert!(wrong.is_empty(), "{folder} needs {wrong:?}");
    }
    let shell = needs(&metadata, env!("CARGO_PKG_NAME"));
    assert!(shell.contains("wry"), "the way to a window is seen where there is one");
}

#[test]
fn each_crate_knows_only_whom_it_may() {
    let allowed: [(&str, &[&str]); 10] = [
        ("dialects", &[]),
        ("balancer", &["dialects"]),
        ("profiles", &[]),
        ("credentials", &[]),
        ("history", &[]),
        ("gateway", &["balancer", "dialects"]),
        ("simulator", &["dialects"]),
        ("engine", &["balancer", "credentials", "dialects", "gateway", "history", "profiles", "simulator"]),
        ("cli", &["engine"]),
        ("bench", &["balancer", "dialects", "history"]),
    ];
    let metadata = metadata();
    for (folder, package) in crates(&metadata) {
        let Some((_, may)) = allowed.iter().find(|(name, _)| *name == folder) else {
            panic!("{folder} is new: say here whom it may know");
        };
        for dependency in list(&package["dependencies"]) {
            let name = text(&dependency["name"]);
            if let Some(other) = name.strip_prefix("mainstay-").filter(|_| dependency["kind"] != "dev") {
                assert!(may.contains(&other), "{folder} may not know {other}");
            }
        }
    }
}

#[test]
fn the_pure_crates_do_no_io_read_no_clock_roll_no_dice_and_log_nothing() {
    const IMPURE: [&str; 16] = [
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "std::thread",
        "SystemTime",
        "std::time::Instant",
        "tokio",
        "rand::",
        "tracing",
        "println!",
        "print!",
        "eprintln!",
        "dbg!",
        "std::io",
        "reqwest",
    ];
    let metadata = metadata();
    for pure in ["dialects", "balancer"] {
        let package = list(&metadata["packages"])
            .find(|package| package["name"] == format!("mainstay-{pure}").as_str())
            .expect("a pure crate");
        for dependency in list(&package["dependencies"]).filter(|dependency| dependency["kind"] != "dev") {
            let name = text(&dependency["name"]);
            let impure = ["tokio", "rand", "tracing", "log", "reqwest", "hyper", "jiff", "chrono", "time"];
            assert!(!impure.contains(&name), "{pure} needs {name}");
        }
        let folder = format!("src-tauri/crates/{pure}/src");
        let mut read_files = 0;
        for path in tracked().into_iter().filter(|path| path.starts_with(&folder)) {
            // Tests may do what they like, comments may name what the code doesn't do.
            if path.extension().is_none_or(|kind| kind != "rs")
                || path.components().any(|part| part.as_os_str() == "tests" || part.as_os_str() == "tests.rs")
            {
                continue;
            }
            read_files += 1;
            let source = read(&path);
            let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            for (number, line) in code.lines().enumerate() {
                let line = line.split("//").next().unwrap_or_default();
                let found = IMPURE.iter().find(|word| line.contains(*word));
                assert!(found.is_none(), "{}:{}: {line}", path.display(), number + 1);
            }
        }
        assert!(read_files > 5, "{pure}: {read_files} files");
    }
}

#[test]
fn the_identifier_and_the_version_are_said_once() {
    let config: Value = serde_json::from_str(&read("tauri.conf.json")).expect("tauri.conf.json is JSON");
    let identifier = text(&config["identifier"]);
    assert!(config.get("version").is_none(), "the version is Cargo.toml's");
    let manifest = read("Cargo.toml");
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(manifest.matches(&format!("version = \"{version}\"")).count(), 1);

    let mut says_identifier = Vec::new();
    for path in tracked() {
        let Ok(content) = fs::read_to_string(root().join(&path)) else { continue };
        if content.contains(identifier) {
            says_identifier.push(path.clone());
        }
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name == "Cargo.toml" && path != Path::new("Cargo.toml") {
            // A workspace of its own, for fuzzing, is never published and has no version at all.
            let stands_apart = content.contains("\n[workspace]") && content.contains("publish = false");
            let own = content.lines().any(|line| line.starts_with("version = "));
            assert!(content.contains("version.workspace = true") || (stands_apart && !own), "{}", path.display());
        }
        if name == "package.json" {
            let package: Value = serde_json::from_str(&content).expect("package.json is JSON");
            assert!(package.get("version").is_none(), "{}", path.display());
        }
    }
    assert_eq!(says_identifier, [Path::new("tauri.conf.json")]);
}

#[test]
fn no_lock_file_names_the_registry_that_it_was_made_with() {
    let locks: Vec<_> = tracked().into_iter().filter(|path| path.ends_with("package-lock.json")).collect();
    assert_eq!(locks.len(), 4, "{locks:?}");
    for path in locks {
        assert!(!read(&path).contains("\"resolved\""), "{}", path.display());
    }
}

/// A field that a `Debug` would print, by type and name, though its name speaks of secrets: and why it may.
const NO_SECRETS: [(&str, &str); 8] = [
    // Names of things.
    ("Bundle", "token_url"),
    ("Model", "token_limit_name"),
    // Numbers of our own that open nothing outside the process.
    ("Undo", "token"),
    ("UndoInput", "token"),
    ("ProfileLock", "token"),
    // Ids of credentials, never the credentials.
    ("TargetKey", "credential"),
    ("Account", "credential"),
    ("KeptMaker", "credential"),
];

#[test]
fn no_type_that_prints_itself_holds_a_secret_as_plain_text() {
    let speaks = |field: &str| {
        ["secret", "password", "verifier", "token", "credential", "api_key", "auth_key"]
            .iter()
            .any(|word| field.contains(word))
    };
    let plain = |kind: &str| {
        ["String", "str", "Bytes", "Vec<u8>", "HeaderValue", "Value"].iter().any(|name| kind.contains(name))
            && !kind.contains("SecretString")
    };
    let (mut looked, mut wrong) = (0, Vec::new());
    for path in tracked().into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs")) {
        let inside = path.components().any(|part| part.as_os_str() == "src");
        if !path.starts_with("src-tauri") || !inside || path.starts_with("src-tauri/crates/simulator") {
            continue;
        }
        // What is said of each type: its derives, its name, its fields up to the closing brace at the line's beginning.
        let source = read(&path);
        let mut printing = false;
        let mut of: Option<String> = None;
        for line in source.lines() {
            if let Some(derives) = line.trim().strip_prefix("#[derive(") {
                printing = derives.contains("Debug");
            }
            let words: Vec<&str> =
                line.trim().split([' ', '<', '(', '{', ';']).filter(|word| !word.is_empty()).collect();
            if let Some(at) = words.iter().position(|word| *word == "struct" || *word == "enum")
                && line.trim_end().ends_with('{')
                && let Some(name) = words.get(at + 1)
            {
                of = printing.then(|| (*name).to_owned());
                printing = false;
            } else if line.trim() == "}" {
                of = None;
            } else if let (Some(name), Some((field, kind))) = (&of, line.trim().split_once(": ")) {
                looked += 1;
                let field = field.rsplit(' ').next().unwrap_or(field);
                if speaks(field) && plain(kind) && !NO_SECRETS.contains(&(name.as_str(), field)) {
                    wrong.push(format!("{}: {name}.{field}: {kind}", path.display()));
                }
            }
        }
    }
    assert!(looked > 500, "only {looked} fields were looked at");
    assert!(wrong.is_empty(), "these would print a secret, or need a reason in NO_SECRETS:\n{}", wrong.join("\n"));
}

/// The quoted words of a list that begins after `start`, up to its closing bracket.
fn quoted_after(text: &str, start: &str) -> Vec<String> {
    let (_, rest) = text.split_once(start).unwrap_or_else(|| panic!("{start} is not there"));
    let list = rest.split(']').next().unwrap_or_default();
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_settings_with_a_field_of_their_own_are_the_same_in_the_engine_and_on_the_page() {
    let engine = read("src-tauri/crates/engine/src/operations/profile_form.rs");
    let page = read("ui/src/places/profiles/known.ts");
    let theirs = quoted_after(&engine, "const SETTINGS: [&str; 8] = [");
    assert_eq!(theirs.len(), 8);
    assert_eq!(quoted_after(&page, "export const settingKeys = ["), theirs);
}
