//! The profiles folder as other programs see it: whole files, the CLI's lock, and nothing lost between two writers.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use mainstay_profiles::{
    FileErrorKind, Fingerprint, Folder, FolderError, Liveness, Policy, Profile, ProfileLock, Write,
};
use serde_json::{Value, json};

const STANDARD: &str = r#"{"version":1,"provider":"openai","model":"m"}"#;

fn open() -> (tempfile::TempDir, Folder) {
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let folder = Folder::open(temporary.path().join("profiles")).expect("a new folder");
    (temporary, folder)
}

fn file(folder: &Folder, name: &str) -> PathBuf {
    folder.dir().join(format!("{name}.json"))
}

fn names(folder: &Folder) -> Vec<String> {
    folder.read_all().expect("a list").into_iter().map(|entry| entry.name).collect()
}

fn code(result: Result<(), FolderError>) -> &'static str {
    result.expect_err("an error").code()
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path).expect("a file").permissions()) & 0o777
}

#[test]
fn the_recipes_files_are_read_from_a_folder_as_printed() {
    let folder =
        Folder::open(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/recipe")).expect("the fixtures");
    let entries = folder.read_all().expect("a list");
    assert_eq!(entries.len(), 9);
    let balancers = entries.iter().filter(|entry| matches!(entry.profile, Ok(Profile::Balancer(_)))).count();
    let standard = entries.iter().filter(|entry| matches!(entry.profile, Ok(Profile::Standard(_)))).count();
    assert_eq!((standard, balancers), (3, 6));
    match folder.read("weighted-ha") {
        Ok(Profile::Balancer(weighted)) => assert_eq!(weighted.policy, Policy::Weighted),
        other => panic!("not a balancer: {other:?}"),
    }
}

#[test]
fn what_is_written_is_read_back_byte_for_byte() {
    let (_temporary, folder) = open();
    let text = "{ \"version\" : 1,\n\n \"provider\":\"openai\", \"model\":\"m\" , \"mine\": [ 1 ] }\n\n";
    folder.write("a", text, Write::Create).expect("written");
    assert_eq!(folder.text("a").as_deref(), Ok(text));
    assert_eq!(names(&folder), ["a"]);
    let left: Vec<_> =
        fs::read_dir(folder.dir()).expect("a list").map(|entry| entry.expect("an entry").file_name()).collect();
    assert_eq!(left, ["a.json"], "neither a lock nor a temporary file stays");
}

#[cfg(unix)]
#[test]
fn new_things_are_private_and_old_ones_keep_their_mode() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_temporary, folder) = open();
    assert_eq!(mode(folder.dir()), 0o700);
    folder.write("a", STANDARD, Write::Create).expect("written");
    assert_eq!(mode(&file(&folder, "a")), 0o600);
    fs::set_permissions(file(&folder, "a"), fs::Permissions::from_mode(0o640)).expect("changed");
    folder.write("a", STANDARD, Write::Replace { expected: None }).expect("written");
    folder.edit("a", |document| document.set(&["model"], json!("n"))).expect("edited");
    assert_eq!(mode(&file(&folder, "a")), 0o640);
}

#[cfg(unix)]
#[test]
fn a_linked_profile_is_changed_where_it_lies() {
    let (temporary, folder) = open();
    let real = temporary.path().join("dotfiles.json");
    fs::write(&real, STANDARD).expect("a file");
    std::os::unix::fs::symlink(&real, file(&folder, "a")).expect("a link");
    folder.edit("a", |document| document.set(&["model"], json!("n"))).expect("edited");
    assert!(file(&folder, "a").is_symlink());
    assert!(fs::read_to_string(&real).expect("a file").contains("\"n\""));
}

#[cfg(unix)]
#[test]
fn a_link_to_nothing_is_reported() {
    let (_temporary, folder) = open();
    std::os::unix::fs::symlink("gone", file(&folder, "a")).expect("a link");
    let entries = folder.read_all().expect("a list");
    assert_eq!(entries[0].profile.as_ref().map(|_| ()).map_err(|error| error.kind), Err(FileErrorKind::Missing));
}

#[test]
fn creating_refuses_what_is_there_and_replacing_refuses_what_changed() {
    let (_temporary, folder) = open();
    folder.write("a", STANDARD, Write::Create).expect("written");
    assert_eq!(code(folder.write("a", STANDARD, Write::Create)), "profile_exists");
    let seen = Fingerprint::of(STANDARD);
    let newer = STANDARD.replace("\"m\"", "\"n\"");
    let replace = || Write::Replace { expected: Some(seen.clone()) };
    folder.write("a", &newer, replace()).expect("unchanged since");
    assert_eq!(code(folder.write("a", STANDARD, replace())), "profile_changed");
    assert_eq!(folder.text("a"), Ok(newer));
    assert_eq!(code(folder.write("b", STANDARD, replace())), "profile_missing");
    assert_eq!(seen.to_string().parse(), Ok(seen), "a fingerprint survives being text");
}

#[test]
fn what_is_no_profile_is_not_written() {
    let (_temporary, folder) = open();
    for text in ["", "{", "{}", "[1]"] {
        assert_eq!(code(folder.write("a", text, Write::Create)), "profile_invalid", "{text:?}");
    }
    folder.write("a", STANDARD, Write::Create).expect("written");
    assert_eq!(code(folder.edit("a", |document| document.set(&["provider"], json!("")))), "profile_invalid");
    assert_eq!(code(folder.edit("a", |document| document.set(&["provider", "x"], json!("")))), "profile_edit_invalid");
    assert_eq!(folder.text("a").as_deref(), Ok(STANDARD));
}

#[test]
fn a_name_never_leaves_the_folder() {
    let (temporary, folder) = open();
    fs::write(temporary.path().join("outside.json"), STANDARD).expect("a file");
    for name in ["../outside", "", "..", "a/b", "a\0"] {
        assert_eq!(
            folder.read(name).map(|_| ()).map_err(|error| error.kind),
            Err(FileErrorKind::Unreadable),
            "{name:?}"
        );
        assert_eq!(code(folder.write(name, STANDARD, Write::Create)), "profile_name_invalid", "{name:?}");
        assert_eq!(code(folder.delete(name)), "profile_name_invalid", "{name:?}");
        assert_eq!(code(folder.edit(name, |_| Ok(()))), "profile_name_invalid", "{name:?}");
    }
}

#[test]
fn a_broken_file_is_reported_with_its_place_and_never_touched() {
    let (_temporary, folder) = open();
    let broken = "{\n  \"version\": 1,\n  \"provider\": \"openai\"\n  \"model\": \"m\"\n}";
    fs::write(file(&folder, "bad"), broken).expect("a file");
    fs::write(file(&folder, "bytes"), b"{\n \"version\": \xff}").expect("a file");
    folder.write("good", STANDARD, Write::Create).expect("written");
    let entries = folder.read_all().expect("a list");
    let places: Vec<_> = entries
        .iter()
        .map(|entry| (entry.name.as_str(), entry.profile.as_ref().err().map(|error| (error.line, error.column))))
        .collect();
    assert_eq!(places, [("bad", Some((3, 23))), ("bytes", Some((2, 13))), ("good", None)]);
    assert_eq!(code(folder.edit("bad", |document| document.set(&["model"], json!("n")))), "profile_unreadable");
    let expected = Some(Fingerprint::of(STANDARD));
    assert_eq!(code(folder.write("bad", STANDARD, Write::Replace { expected })), "profile_changed");
    assert_eq!(fs::read_to_string(file(&folder, "bad")).expect("a file"), broken);
}

#[test]
fn only_json_files_are_profiles() {
    let (_temporary, folder) = open();
    folder.write("a", STANDARD, Write::Create).expect("written");
    for other in ["readme.md", ".mainstay-x.tmp", ".profiles.lock", "a.json.bak", "a.JSON"] {
        fs::write(folder.dir().join(other), STANDARD).expect("a file");
    }
    fs::create_dir(folder.dir().join("dir.json")).expect("a folder");
    assert_eq!(names(&folder), ["a"]);
}

#[test]
fn a_file_too_large_to_be_a_profile_is_not_read() {
    let (_temporary, folder) = open();
    fs::write(file(&folder, "a"), " ".repeat(1024 * 1024 + 1)).expect("a file");
    assert_eq!(folder.read("a").map(|_| ()).map_err(|error| error.kind), Err(FileErrorKind::Unreadable));
}

#[cfg(unix)]
#[test]
fn a_pipe_in_the_folder_holds_nobody_up() {
    let (_temporary, folder) = open();
    assert!(Command::new("mkfifo").arg(file(&folder, "pipe")).status().expect("coreutils").success());
    let entries = folder.read_all().expect("a list");
    let kind = entries[0].profile.as_ref().map(|_| ()).map_err(|error| error.kind);
    assert_eq!(kind, Err(FileErrorKind::Unreadable));
}

#[test]
fn a_file_in_the_folders_place_is_an_error() {
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let place = temporary.path().join("profiles");
    fs::write(&place, "").expect("a file");
    assert_eq!(Folder::open(place).map(|_| ()).map_err(|error| error.code()), Err("profiles_dir_invalid"));
}

#[test]
fn a_member_is_not_deleted_while_a_list_names_it() {
    let (_temporary, folder) = open();
    let list = r#"{"version":1,"type":"loadbalancer","policy":"failover","profiles":["a","b"]}"#;
    for (name, text) in [("a", STANDARD), ("b", STANDARD), ("z-list", list), ("first", list)] {
        folder.write(name, text, Write::Create).expect("written");
    }
    match folder.delete("a") {
        Err(FolderError::Referenced { name, by }) => {
            assert_eq!((name.as_str(), by), ("a", vec!["first".into(), "z-list".into()]));
        }
        other => panic!("not refused: {other:?}"),
    }
    folder.delete("first").expect("deleted");
    folder.delete("z-list").expect("deleted");
    folder.delete("a").expect("deleted");
    assert_eq!(code(folder.delete("a")), "profile_missing");
    assert_eq!(names(&folder), ["b"]);
}

#[test]
fn litter_of_an_interrupted_write_is_no_profile_and_goes_with_the_next_write() {
    let (_temporary, folder) = open();
    fs::write(folder.dir().join(".mainstay-abc.tmp"), "half").expect("a file");
    assert_eq!(names(&folder), Vec::<String>::new());
    folder.write("a", STANDARD, Write::Create).expect("written");
    assert!(!folder.dir().join(".mainstay-abc.tmp").exists());
}

/// Runs one of the ignored tests below in a process of its own.
fn start(test: &str, folder: &Folder) -> Child {
    Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env("PROFILES_DIR", folder.dir())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a second process")
}

fn given_folder() -> Folder {
    Folder::open(std::env::var_os("PROFILES_DIR").expect("a folder is given").into()).expect("the folder")
}

#[test]
#[ignore = "another test runs it, as a second process"]
fn child_counts_to_fifty() {
    let folder = given_folder();
    for _ in 0..50 {
        folder
            .edit("count", |document| {
                let before = document.get(&["count"]).and_then(|count| count.as_u64()).expect("a count");
                document.set(&["count"], json!(before + 1))
            })
            .expect("edited");
    }
}

#[test]
fn two_processes_that_change_one_file_lose_nothing() {
    let (_temporary, folder) = open();
    let text = r#"{"version":1,"provider":"openai","model":"m","count":0}"#;
    folder.write("count", text, Write::Create).expect("written");
    let mut children = [start("child_counts_to_fifty", &folder), start("child_counts_to_fifty", &folder)];
    for child in &mut children {
        assert!(child.wait().expect("an end").success());
    }
    let file: Value = serde_json::from_str(&folder.text("count").expect("a file")).expect("JSON");
    assert_eq!(file["count"], 100);
}

#[test]
#[ignore = "another test runs it, as a second process"]
fn child_writes_for_ever() {
    let folder = given_folder();
    println!("writing");
    for turn in 0_u64.. {
        folder.write("a", &large(turn), Write::Replace { expected: None }).expect("written");
        let _ = folder.write(&format!("new-{turn}"), &large(turn), Write::Create);
    }
}

/// A profile of many pages, whole only if its first and last value agree.
fn large(turn: u64) -> String {
    let filler = "x".repeat(64 * 1024);
    format!(r#"{{"version":1,"first":{turn},"provider":"openai","model":"m","filler":"{filler}","last":{turn}}}"#)
}

fn half_written(folder: &Folder) -> bool {
    let entries = fs::read_dir(folder.dir()).expect("a list");
    entries.flatten().any(|entry| entry.path().extension().is_some_and(|extension| extension == "tmp"))
}

/// As many as the environment says (`make soak`), else `unless`.
fn number(variable: &str, unless: u64) -> u64 {
    std::env::var(variable).map_or(unless, |text| text.parse().expect("a number"))
}

#[test]
fn a_writer_killed_at_any_moment_leaves_whole_files() {
    use std::io::{BufRead as _, BufReader};
    let (_temporary, folder) = open();
    for round in 0..number("MAINSTAY_PROFILE_KILLS", 150) {
        let mut child = start("child_writes_for_ever", &folder);
        let mut output = BufReader::new(child.stdout.take().expect("its output"));
        let mut line = String::new();
        while !line.contains("writing") {
            line.clear();
            assert_ne!(output.read_line(&mut line).expect("its output"), 0, "it ended by itself");
        }
        // Every other time in the middle of a write, else wherever it is after so many looks.
        if round % 2 == 0 {
            while !half_written(&folder) {}
        } else {
            for _ in 0..round % 20 * 7 {
                half_written(&folder);
            }
        }
        child.kill().expect("killed");
        let pid = child.id();
        child.wait().expect("an end");

        for entry in folder.read_all().expect("a list") {
            assert!(entry.profile.is_ok(), "{}: {:?}", entry.name, entry.profile);
            let file: Value = serde_json::from_str(&folder.text(&entry.name).expect("a file")).expect("JSON");
            assert_eq!(file["first"], file["last"], "{}", entry.name);
        }
        // If it died holding the lock, that says so, and the next of us needs nobody's word to clear it away.
        if let Some(holder) = ProfileLock::holder(folder.dir()).expect("readable") {
            assert_eq!(holder.pid, Some(pid), "{holder:?}");
            #[cfg(unix)]
            assert_eq!(holder.liveness, Liveness::Gone, "{holder:?}");
            #[cfg(not(unix))]
            assert!(ProfileLock::remove_stale(folder.dir(), &holder).expect("removed"));
        }
        folder.write("mine", STANDARD, Write::Replace { expected: None }).expect("written");
        for name in names(&folder) {
            folder.delete(&name).expect("deleted");
        }
        assert_eq!(fs::read_dir(folder.dir()).expect("a list").count(), 0, "no litter");
    }
}

const LIST: &str = r#"{"version":1,"type":"loadbalancer","policy":"failover","profiles":["a","b","a"],"mine":1}"#;
const SHARES: &str = r#"{"version":1,"type":"loadbalancer","policy":"roundrobin","profiles":["a","b"],"x-mainstay":{"policy":"weighted","weights":[70,30]}}"#;

fn json_of(folder: &Folder, name: &str) -> Value {
    serde_json::from_str(&folder.text(name).expect("the text")).expect("JSON")
}

#[test]
fn a_new_name_is_followed_by_every_list_that_has_the_old_one() {
    let (_temporary, folder) = open();
    for (name, text) in [("a", STANDARD), ("b", STANDARD), ("list", LIST), ("shares", SHARES)] {
        folder.write(name, text, Write::Create).expect("written");
    }
    assert_eq!(folder.rename("a", "b").map(drop).map_err(|error| error.code()), Err("profile_exists"));
    assert_eq!(folder.rename("nobody", "c").map(drop).map_err(|error| error.code()), Err("profile_missing"));
    assert_eq!(folder.rename("a", "a").expect("nothing to do"), [""; 0]);
    assert_eq!(folder.rename("a", "c").expect("renamed"), ["list", "shares"]);
    assert_eq!(names(&folder), ["b", "c", "list", "shares"]);
    assert_eq!(json_of(&folder, "list")["profiles"], json!(["c", "b", "c"]));
    assert_eq!(json_of(&folder, "list")["mine"], json!(1));
    assert_eq!(json_of(&folder, "shares")["profiles"], json!(["c", "b"]));
    assert_eq!(json_of(&folder, "shares")["x-mainstay"]["weights"], json!([70, 30]));
}

#[test]
fn a_profile_leaves_its_lists_with_its_weight_and_never_leaves_one_empty() {
    let (_temporary, folder) = open();
    for (name, text) in [("a", STANDARD), ("b", STANDARD), ("list", LIST), ("shares", SHARES)] {
        folder.write(name, text, Write::Create).expect("written");
    }
    let left = folder.delete_from_lists("a").expect("gone");
    assert_eq!(left.iter().map(|(list, ..)| list.as_str()).collect::<Vec<_>>(), ["list", "shares"]);
    assert_eq!(names(&folder), ["b", "list", "shares"]);
    assert_eq!(json_of(&folder, "shares")["profiles"], json!(["b"]));
    assert_eq!(json_of(&folder, "shares")["x-mainstay"]["weights"], json!([30]));
    match folder.delete_from_lists("b") {
        Err(FolderError::Referenced { by, .. }) => assert_eq!(by, ["list", "shares"]),
        other => panic!("{other:?}"),
    }
    assert_eq!(names(&folder), ["b", "list", "shares"]);
    let mut stale = left.clone();
    stale[1].2 = Fingerprint::of("");
    assert_eq!(code(folder.revive("a", STANDARD, &stale)), "profile_changed");
    assert_eq!(names(&folder), ["b", "list", "shares"], "nothing comes back by halves");
    folder.revive("a", STANDARD, &left).expect("all of it comes back");
    assert_eq!((folder.text("list").as_deref(), folder.text("shares").as_deref()), (Ok(LIST), Ok(SHARES)));
    assert_eq!(folder.text("a").as_deref(), Ok(STANDARD));
}
