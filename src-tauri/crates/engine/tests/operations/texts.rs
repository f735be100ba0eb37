//! Profile files as texts: shown without secrets, edited, mended.

use super::*;

/// A file that holds a key in plain text.
fn with_key(home: &TempDir, rest: &str) -> std::path::PathBuf {
    let path = home.path().join("profiles/mine.json");
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    let text = format!(
        "{{\n  \"version\": 1, \"provider\": \"openai\", \"model\": \"gpt-5.2\",\n  \"ephemeralSettings\": {{ \"auth-key\": \"sk-canary-0123456789\" }}{rest}\n}}\n"
    );
    fs::write(&path, text).expect("a file");
    path
}

#[tokio::test]
async fn a_text_is_edited_beside_its_form_and_saved_as_it_is_shown_with_the_key_that_it_hides() {
    let home = home();
    let path = with_key(&home, ",\n  \"mine\": [1,  2]");
    let engine = Running::start(home.path()).await;
    let shown = engine.ok("profile_text", json!({ "name": "mine" })).await;
    let text = shown["text"].as_str().unwrap();
    assert!(!shown.to_string().contains("canary") && shown["fault"].is_null(), "{shown}");
    let meaning = engine.ok("read_profile_text", json!({ "name": "mine", "text": text })).await;
    assert_eq!((&meaning["form"]["model"], &meaning["fault"]), (&json!("gpt-5.2"), &Value::Null), "{meaning}");

    let mut form = meaning["form"].clone();
    form["always"] = json!(["temperature"]);
    form["models"]["small"] = json!("gpt-5.2-nano");
    let filled = engine.ok("fill_profile_text", json!({ "text": text, "form": form })).await;
    let save = json!({ "name": "mine", "text": filled["text"], "fingerprint": shown["fingerprint"] });
    let undo = engine.ok("save_profile_text", save.clone()).await;
    let written = fs::read_to_string(&path).unwrap();
    assert_eq!(written.replace("sk-canary-0123456789", "(hidden)"), filled["text"].as_str().unwrap());
    assert!(written.contains("\"mine\": [1,  2]") && written.contains("canary"), "{written}");
    assert_eq!(engine.refused("save_profile_text", save).await, "profile_changed");
    engine.ok("undo", undo).await;
    assert_eq!(fs::read_to_string(&path).unwrap(), text.replace("(hidden)", "sk-canary-0123456789"));
    engine.stop().await;
}

#[tokio::test]
async fn a_text_that_is_no_profile_or_moves_what_it_hides_is_not_saved() {
    let home = home();
    let path = with_key(&home, "");
    let before = fs::read_to_string(&path).unwrap();
    let engine = Running::start(home.path()).await;
    let shown = engine.ok("profile_text", json!({ "name": "mine" })).await;
    let text = shown["text"].as_str().unwrap();
    let save = |text: String| json!({ "name": "mine", "text": text, "fingerprint": shown["fingerprint"] });
    for (text, code) in [
        (text.replace("\"gpt-5.2\"", "\"(hidden)\""), "hidden_misplaced"),
        (text.replace("\"gpt-5.2\"", "\"[redacted]\""), "hidden_misplaced"),
        (text.replace("\"version\": 1", "\"version\": 2"), "profile_broken"),
        (text.replace("1,", "1"), "profile_broken"),
    ] {
        assert_eq!(engine.refused("save_profile_text", save(text)).await, code);
    }
    let meaning = engine.ok("read_profile_text", json!({ "name": "mine", "text": text.replace("1,", "1") })).await;
    assert_eq!((&meaning["fault"]["line"], &meaning["form"]), (&json!(2), &Value::Null), "{meaning}");
    assert_eq!(fs::read_to_string(&path).unwrap(), before);
    engine.stop().await;
}

#[tokio::test]
async fn a_broken_file_is_shown_with_its_fault_and_mended() {
    let home = home();
    let path = with_key(&home, "");
    let whole = fs::read_to_string(&path).unwrap();
    fs::write(&path, whole.replace("1,", "1")).unwrap();
    let engine = Running::start(home.path()).await;
    let shown = engine.ok("profile_text", json!({ "name": "mine" })).await;
    assert_eq!(shown["fault"]["line"], 2, "{shown}");
    assert!(!shown.to_string().contains("canary"), "{shown}");
    let mended = shown["text"].as_str().unwrap().replace("1 ", "1, ");
    engine
        .ok("save_profile_text", json!({ "name": "mine", "text": mended, "fingerprint": shown["fingerprint"] }))
        .await;
    assert_eq!(fs::read_to_string(&path).unwrap(), whole);
    assert_eq!(engine.ok("profile", json!({ "name": "mine" })).await["model"], "gpt-5.2");
    engine.stop().await;
}
