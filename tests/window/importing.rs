//! To another machine and back: profiles in one file without a key, and providers that no catalogue knows.

use super::app::{App, read};
use super::page::{id, labelled, said};
use crate::harness::{Home, Tongue, balancer, standard};
use mainstay_simulator::{Practice, Simulator, Speaks};
use serde_json::{Value, json};
use std::fs::File;
use std::io::Read as _;
use std::sync::Arc;

const KEY: &str = "sk-canary-that-stays-at-home-5d1c";

/// Opens Import and export in Settings.
async fn transfer(app: &App) {
    app.go("settings").await;
    app.page.click(&id("section-transfer")).await;
    app.page.wait_for(&format!("{}[data-state=active]", id("section-transfer"))).await;
}

/// Every file of an archive, one text after another.
fn unpacked(path: &str) -> String {
    let mut archive = zip::ZipArchive::new(File::open(path).expect("the archive")).expect("a zip file");
    let mut text = String::new();
    for index in 0..archive.len() {
        archive.by_index(index).and_then(|mut file| Ok(file.read_to_string(&mut text)?)).expect("a text");
    }
    text
}

#[tokio::test]
async fn profiles_go_to_another_home_in_one_file_without_a_key_and_nothing_there_is_lost() {
    let home = Arc::new(Home::new());
    let settings = |port: u16| json!({ "base-url": format!("http://127.0.0.1:{port}/v1"), "auth-key": KEY });
    home.write("primary", &standard("openai", "gpt-x", &settings(1)));
    home.write("spare", &standard("openai", "gpt-theirs", &settings(2)));
    home.write("both", &balancer("failover", &["primary", "spare"]));
    let Some(app) = App::open_at(&home).await else { return };
    transfer(&app).await;
    app.page.click(&id("export-archive")).await;
    let path = app.page.text(&format!("{} .font-mono", id("archive-written"))).await;
    let path = home.path().join(path).to_str().expect("UTF-8").to_owned();
    app.page.wait_for_text(&id("archive-written"), "auth-key").await;
    let inside = unpacked(&path);
    assert!(inside.contains("gpt-theirs") && !inside.contains(KEY), "all but the key is in it");
    app.close().await;

    let other = Arc::new(Home::new());
    let mine = standard("openai", "gpt-mine", &json!({ "auth-key": KEY }));
    other.write("spare", &mine);
    let Some(app) = App::open_at(&other).await else { return };
    let page = &app.page;
    transfer(&app).await;
    page.fill(&id("archive-path"), &path).await;
    page.click(&id("look-at-archive")).await;
    page.wait_for(&format!("{}[data-state=new]", id("import-primary"))).await;
    page.wait_for_text(&id("import-primary"), "http://127.0.0.1:1/v1").await;
    page.wait_for(&format!("{}[data-state=differs]", id("import-spare"))).await;
    page.wait_for_text(&id("import-spare"), "gpt-theirs").await;
    assert!(!other.profile_path("primary").exists(), "looking writes nothing");
    page.click(&format!("//*[@data-testid='import-spare']//label[normalize-space()={:?}]", "Keep both")).await;
    page.click(&id("import-now")).await;
    page.wait_for_text(&id("import-result"), "spare imported").await;

    let file = |name: &str| read(&other.profile_path(name));
    assert_eq!(file("spare").expect("it is still there"), mine);
    assert_eq!(file("spare imported").expect("it came along")["model"], "gpt-theirs");
    assert_eq!(file("both").expect("the list")["profiles"], json!(["primary", "spare imported"]));
    let primary = file("primary").expect("it is new");
    assert_eq!(primary["ephemeralSettings"], json!({ "base-url": "http://127.0.0.1:1/v1" }), "without its key");

    page.click(&id("import-undo")).await;
    page.until("the import is taken back", async || file("primary").is_none().then_some(())).await;
    assert_eq!((file("both"), file("spare")), (None, Some(mine)));
    app.close().await;
}

#[tokio::test]
async fn a_provider_that_no_catalogue_knows_is_made_by_clicks_and_a_profile_of_it_serves() {
    let open = Practice::new("house", Speaks::OpenaiChat, "house-1");
    let simulator = Simulator::start(vec![open]).await.expect("a provider");
    let address = simulator.provider("house").expect("it runs").base_url.clone();
    let home = Arc::new(Home::new());
    let Some(app) = App::open_at(&home).await else { return };
    let page = &app.page;

    app.go("profiles").await;
    page.click(&id("new-profile")).await;
    page.fill(&labelled("New profile", "Name"), "at-home").await;
    page.click(&format!("form[aria-label='New profile'] {}", id("add-provider-here"))).await;
    let field = |label: &str| labelled("Add a provider", label);
    page.fill(&field("Name"), "house").await;
    page.fill(&field("Base URL"), &address).await;
    page.click(&said("button", "Add a model")).await;
    page.fill("[aria-label='Name of model 1']", "house-1").await;
    page.click(&id("save-provider")).await;
    page.wait_for(&id("provider-house")).await;
    let catalogue: Value = read(&home.data().join("catalogue.json")).expect("the user's own providers");
    assert_eq!(catalogue["providers"][0]["base_url"], json!(address));

    // Back in the profile that waited for it, which has it by now.
    page.wait_for_text("form[aria-label='New profile'] [data-testid=provider-facts]", &address).await;
    page.fill(&labelled("New profile", "Model"), "house-1").await;
    page.click("form[aria-label='New profile'] [data-testid=save-profile]").await;
    page.wait_for(&id("profile-at-home")).await;
    assert_eq!(read(&home.profile_path("at-home")).expect("its file")["provider"], "house");
    let editor = |hook: &str| format!("section[aria-label=at-home] {}", id(hook));
    page.fill(&editor("key-input"), KEY).await;
    page.click(&editor("key-save")).await;
    page.wait_for_text(&editor("credential"), &KEY[KEY.len() - 4..]).await;
    page.click(&editor("fetch-models")).await;
    let fetched = "(//section[@aria-label='at-home']//button[@data-testid='fetch-models']/following-sibling::p)[1]";
    page.wait_for_text(fetched, "1 fetched from").await;

    let answer = app.ask_as("curl/8", Tongue::Openai, "at-home", "hello").await;
    assert!(answer.text(Tongue::Openai).contains("Simulated answer from house"), "{answer:?}");
    app.close().await;
    simulator.stop().await;
}
