//! Two programs that write the same folder while one of them is killed again and again: no file is ever broken or half, no
//! change of the survivor is lost, and no lock of ours stays.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use mainstay_profiles::{Folder, ProfileLock, Versions, Write};
use serde_json::{Value, json};

/// How often one of them is killed unless `MAINSTAY_PROFILE_KILLS` says otherwise (`make soak`).
const KILLS: u64 = 150;

fn given_folder() -> Folder {
    let dir = std::env::var_os("PROFILES_DIR").expect("a folder is given");
    let versions = Versions::at(Path::new(&dir).with_file_name("versions"));
    Folder::open(dir.into()).expect("the folder").with_versions(versions)
}

/// Renames, edits, and takes off lists: everything that changes more than one file.
#[test]
#[ignore = "another test runs it, as a second process"]
fn child_rearranges_for_ever() {
    let folder = given_folder();
    println!("writing");
    for turn in 0_u64.. {
        let (from, to) = if turn % 2 == 0 { ("a", "b") } else { ("b", "a") };
        let _ = folder.rename(from, to);
        let _ = folder.edit("list", |document| document.set(&["theirs"], json!(turn)));
        let _ = folder.write("extra", PROFILE, Write::Create);
        let _ = folder.delete("extra");
        // A lock that is never free is nobody else's turn.
        thread::sleep(Duration::from_millis(20));
    }
}

const PROFILE: &str = r#"{"version":1,"provider":"openai","model":"m"}"#;
const LIST: &str =
    r#"{"version":1,"type":"loadbalancer","policy":"failover","profiles":["a","c"],"theirs":0,"ours":0}"#;

fn start(folder: &Folder) -> Child {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "child_rearranges_for_ever", "--ignored", "--nocapture"])
        .env("PROFILES_DIR", folder.dir())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a second process");
    let mut output = BufReader::new(child.stdout.take().expect("its output"));
    let mut line = String::new();
    while !line.contains("writing") {
        line.clear();
        assert_ne!(output.read_line(&mut line).expect("its output"), 0, "it ended by itself");
    }
    child
}

#[cfg(unix)]
#[test]
fn two_writers_of_which_one_is_killed_lose_nothing_and_leave_no_lock() {
    let kills = std::env::var("MAINSTAY_PROFILE_KILLS").map_or(KILLS, |text| text.parse().expect("a number"));
    let home = tempfile::tempdir().expect("a folder");
    let folder = Folder::open(home.path().join("profiles")).expect("a folder");
    for (name, text) in [("a", PROFILE), ("c", PROFILE), ("list", LIST)] {
        folder.write(name, text, Write::Create).expect("written");
    }
    for kill in 1..=kills {
        let mut child = start(&folder);
        for _ in 0..kill % 4 {
            folder.edit("c", |document| document.set(&["by"], json!(kill))).expect("edited");
        }
        folder.edit("list", |document| document.set(&["ours"], json!(kill))).expect("edited");
        child.kill().expect("killed");
        child.wait().expect("an end");

        let entries = folder.read_all().expect("a list");
        assert!(entries.iter().all(|entry| entry.profile.is_ok()), "{entries:?}");
        let list: Value = serde_json::from_str(&folder.text("list").expect("a file")).expect("JSON");
        assert_eq!(list["ours"], kill, "what the survivor wrote is there");
        let member = list["profiles"][0].as_str().expect("a name");
        assert!(folder.text(member).is_ok(), "the list names a profile that is there: {list}");

        // The next of us takes the lock, whatever the killed one held, and a rename that was cut short left both names.
        folder.edit("c", |document| document.set(&["by"], json!(0))).expect("the lock is free");
        assert!(ProfileLock::holder(folder.dir()).expect("readable").is_none(), "no lock stays");
        let other = if member == "a" { "b" } else { "a" };
        let _ = folder.delete(other);
    }
    let litter = fs::read_dir(folder.dir()).expect("a list").flatten().filter(|entry| {
        let name = entry.file_name();
        !["a.json", "b.json", "c.json", "extra.json", "list.json"].iter().any(|known| name == *known)
    });
    assert_eq!(litter.count(), 0, "no litter");
}
