//! Where keys are kept: the user chooses where no keyring answers, and goes on when the stored ones can't be opened.

use super::app::{App, Opening, SECRETS_UNSAID, read};
use super::page::{id, said};
use super::reach::{bring, look};
use super::screenshots::keep;
use crate::harness::Home;
use std::fs;
use std::sync::Arc;

/// All that the system shares but what says how a keyring is started: so none answers on the window's bus.
fn without_a_keyring(home: &Home) -> String {
    let shared = home.path().join("share");
    fs::create_dir_all(&shared).expect("a folder");
    for each in fs::read_dir("/usr/share").expect("a system shares something").filter_map(Result::ok) {
        if each.file_name() != "dbus-1" && !shared.join(each.file_name()).exists() {
            std::os::unix::fs::symlink(each.path(), shared.join(each.file_name())).expect("a link");
        }
    }
    shared.to_str().expect("UTF-8").to_owned()
}

/// Opens it for these folders, without saying where secrets are kept.
async fn open(home: &Arc<Home>) -> Option<App> {
    Some(begin(home).await?.listening().await)
}

async fn begin(home: &Arc<Home>) -> Option<Opening> {
    App::begin(home, FLAGS, &[("XDG_DATA_DIRS", &without_a_keyring(home))]).await
}

const FLAGS: &[&str] = &["--alone", SECRETS_UNSAID];

/// Gives OpenAI a key in Accounts.
async fn give_a_key(app: &App) {
    let card = id("accounts-openai");
    app.go("accounts").await;
    // Open by itself where no provider is in use; known once the list is drawn.
    let others = "//summary[starts-with(., 'Other providers')]";
    app.page.wait_for(others).await;
    if app.page.count(&card).await == 0 {
        app.page.click(others).await;
    }
    app.page.click("//*[@data-testid='accounts-openai']//button[.='Add a key']").await;
    app.page.fill(&format!("{card} input[type=password]"), "sk-a-key-of-this-test-7531").await;
    app.page.click("//*[@data-testid='accounts-openai']//button[.='Keep key']").await;
    app.page.wait_for_text(&card, "ends in 7531").await;
}

#[tokio::test]
async fn without_a_keyring_the_user_chooses_a_file_and_keys_entered_before_outlast_the_run() {
    let home = Arc::new(Home::new());
    let Some(app) = open(&home).await else { return };
    let page = &app.page;
    bring(&app).await;
    page.wait_for(&id("keep-file")).await;
    let mut found = Vec::new();
    look(&app, "the choice of a place for keys", "System", &mut found).await;
    assert!(found.is_empty(), "{}", found.join("\n"));
    keep("no-keyring.png", &page.photograph().await);
    give_a_key(&app).await;
    assert!(!home.data().join("vault.json").exists(), "nothing is kept before it was chosen");

    app.go("live").await;
    page.click(&id("keep-file")).await;
    page.wait_until_gone(&id("keep-file")).await;
    assert_eq!(read(&home.data().join("vault.json")).expect("a vault")["key"], "file");
    let vault = fs::read_to_string(home.data().join("vault.json")).expect("a vault");
    assert!(!vault.contains("7531"), "it is sealed");
    app.close().await;

    let app = open(&home).await.expect("it opened before");
    app.go("accounts").await;
    app.page.wait_for_text(&id("accounts-openai"), "ends in 7531").await;
    app.close().await;
}

#[tokio::test]
async fn this_run_only_is_remembered_and_can_be_changed_later() {
    let home = Arc::new(Home::new());
    let Some(app) = open(&home).await else { return };
    app.page.click(&id("keep-this-run")).await;
    app.page.wait_until_gone(&id("keep-this-run")).await;
    app.close().await;

    let app = open(&home).await.expect("it opened before");
    assert_eq!(app.page.count("[role=note]").await, 0, "what was chosen is not asked again");
    give_a_key(&app).await;
    app.page.click(&id("keep-file")).await;
    app.page.wait_until_gone(&id("keep-file")).await;
    app.page.wait_for_text(&id("accounts-openai"), "ends in 7531").await;
    assert!(home.data().join("vault.json").exists());
    app.close().await;
}

#[tokio::test]
async fn secrets_whose_key_is_lost_are_moved_aside_after_a_question_and_all_else_stays() {
    let home = Arc::new(Home::new());
    let Some(app) = App::open_among(&home, &["--alone"], &[]).await else { return };
    give_a_key(&app).await;
    app.close().await;
    fs::remove_file(home.data().join("vault.key")).expect("the key lies beside the vault");

    let opening = begin(&home).await.expect("it opened before");
    let page = &opening.page;
    page.click(&id("set-aside")).await;
    page.wait_for(&id("set-aside-now")).await;
    assert!(home.data().join("vault.json").exists(), "nothing happens before the answer");
    page.click(&said("button", "Leave them")).await;
    page.click(&id("start-this-run")).await;
    let app = opening.listening().await;
    app.page.wait_for("[data-code=secrets_left]").await;
    assert!(home.data().join("vault.json").exists(), "a run without them leaves them as they are");
    app.close().await;

    let opening = begin(&home).await.expect("it opened before");
    opening.page.click(&id("set-aside")).await;
    opening.page.click(&id("set-aside-now")).await;
    let app = opening.listening().await;
    let aside = fs::read_dir(home.data()).expect("a folder").filter_map(Result::ok);
    let aside = aside.filter(|file| file.file_name().to_string_lossy().starts_with("vault.lost-")).count();
    assert_eq!(aside, 1, "they lie beside the old place");
    app.page.wait_for(&id("keep-file")).await;
    app.close().await;
}
