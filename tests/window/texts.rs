//! A profile as a text: in step with its form, saved as it stands there, and mended where it is broken.

use super::app::{App, read};
use super::page::{Page, id, labelled, said};
use crate::harness::Home;
use serde_json::json;
use std::fs;
use std::sync::Arc;

const KEY: &str = "sk-only-in-the-file-51c2";

/// Types over the whole text, lines and all, as an editor's paste does.
async fn write(page: &Page, text: &str) {
    let script = format!(
        "const area = document.querySelector('main:not([hidden]) [data-testid=json-text]');
         area.focus();
         area.select();
         document.execCommand('insertText', false, {})",
        json!(text)
    );
    page.run(&script).await;
}

#[tokio::test]
async fn a_profile_is_edited_as_text_and_as_form_and_a_broken_one_is_mended() {
    let home = Arc::new(Home::new());
    let text = format!(
        "{{\n  \"version\": 1,\n  \"provider\": \"openai\", \"model\": \"gpt-5.2\",\n  \"mine\": [1,  2],\n  \"ephemeralSettings\": {{ \"auth-key\": \"{KEY}\" }}\n}}\n"
    );
    fs::write(home.profile_path("mine"), &text).expect("a profile");
    fs::write(home.profile_path("torn"), text.replace("1,\n", "1\n")).expect("a broken one");
    let Some(app) = App::open_at(&home).await else { return };
    let page = &app.page;
    app.go("profiles").await;
    page.click(&id("profile-mine")).await;
    page.fill(&labelled("mine", "timeout_ms"), "30000").await;
    page.click(&said("role='tab'", "JSON")).await;
    let shown = "return document.querySelector('main:not([hidden]) [data-testid=json-text]').value";
    page.until("the form's change is in the text", async || {
        page.run(shown).await.as_str().is_some_and(|text| text.contains("\"timeout_ms\": 30000")).then_some(())
    })
    .await;
    let before = page.run(shown).await.as_str().expect("a text").to_owned();
    assert!(before.contains("\"auth-key\": \"(hidden)\"") && before.contains("[1,  2]"), "{before}");
    write(page, &before.replace("gpt-5.2", "gpt-5.2-mini")).await;
    page.click(&said("role='tab'", "Form")).await;
    page.until("the text's change is in the form", async || {
        let model =
            "return document.querySelector('main:not([hidden]) form[aria-label=mine] input[role=combobox]').value";
        (page.run(model).await == "gpt-5.2-mini").then_some(())
    })
    .await;
    page.click(&format!("section[aria-label=mine] {}", id("save-profile"))).await;
    page.until("it is saved", async || read(&home.profile_path("mine")).filter(|file| file["model"] == "gpt-5.2-mini"))
        .await;
    page.wait_for(&said("p", "All saved")).await;
    let saved = fs::read_to_string(home.profile_path("mine")).expect("the file");
    assert_eq!(
        saved,
        before.replace("gpt-5.2", "gpt-5.2-mini").replace("(hidden)", KEY),
        "as it was shown, with its key"
    );

    page.click(&id("mend-torn")).await;
    page.wait_for("section[aria-label=torn]").await;
    page.wait_for_text(&id("json-fault"), "Line 2").await;
    let broken = page.run(shown).await.as_str().expect("a text").to_owned();
    write(page, &broken.replace("1\n", "1,\n")).await;
    page.click(&format!("{}:not([disabled])", id("save-text"))).await;
    page.wait_for(&id("profile-torn")).await;
    let mended = read(&home.profile_path("torn")).expect("it is JSON again");
    assert_eq!(mended["ephemeralSettings"], json!({ "auth-key": KEY }));
    let everything = page.run("return document.documentElement.outerHTML").await;
    assert!(!everything.as_str().expect("a page").contains(KEY), "the key is never on the page");
    app.close().await;
}
