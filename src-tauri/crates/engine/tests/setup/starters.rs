//! Starters: each missing member is settled, and nothing is written until the list could serve.

use super::{Desk, TRIO, choices, trio};
use serde_json::{Value, json};
use std::fs;

/// What became of a member of the list.
fn credential<'a>(outcome: &'a Value, profile: &str) -> &'a Value {
    let all = outcome["credentials"].as_array().expect("a list");
    all.iter().find(|each| each["profile"] == profile).expect("it is a member")
}

fn standard(provider: &str, settings: &Value) -> Value {
    json!({ "version": 1, "provider": provider, "model": "m", "modelParams": {}, "ephemeralSettings": settings })
}

#[tokio::test]
async fn a_starter_is_looked_at_made_and_taken_back_as_one() {
    let desk = Desk::open().await;
    let starters = desk.ok("starters", json!({})).await;
    assert_eq!(starters.as_array().expect("a list").len(), 6);
    assert_eq!(starters[0]["members"][1]["state"], "missing");

    let input = json!({ "id": "reliability", "members": choices("create", &TRIO), "dryRun": true });
    let looked = desk.ok("apply_starter", input).await;
    assert_eq!((looked["changes"].as_array().expect("a list").len(), &looked["undo"]), (4, &Value::Null));
    assert_eq!(looked["changes"][1]["details"][1], "gpt-5.2", "what is created is told");
    for member in TRIO {
        let credential = credential(&looked, member);
        assert_eq!((&credential["usable"], &credential["takesKey"]), (&json!(false), &json!(true)));
    }
    assert_eq!(desk.count(), 0, "looking writes nothing");

    let made = desk.ok("apply_starter", trio()).await;
    assert_eq!(credential(&made, "anthropic-primary")["usable"], true);
    assert_eq!(credential(&made, "openai-backup")["usable"], false);
    assert_eq!(
        desk.file("anthropic-primary"),
        json!({
            "version": 1, "provider": "anthropic", "model": "claude-sonnet-4-5-20250929",
            "modelParams": { "temperature": 0.2, "max_tokens": 8192 }, "ephemeralSettings": { "context-limit": 200_000 },
        })
    );
    assert_eq!(desk.file("ha-failover")["profiles"], json!(TRIO));

    // Another starter uses what is there.
    let weighted = desk.ok("apply_starter", json!({ "id": "proportional", "members": [] })).await;
    assert_eq!(weighted["changes"].as_array().expect("a list").len(), 1);
    assert_eq!(desk.file("ha-weighted")["profiles"][0], json!({ "profile": "anthropic-primary", "weight": 70 }));
    desk.ok("undo", weighted["undo"].clone()).await;

    desk.ok("undo", made["undo"].clone()).await;
    assert_eq!(desk.count(), 0, "one word takes all of it back");
    let accounts = desk.ok("accounts", json!({})).await.to_string();
    assert!(!accounts.contains("anthropic-primary"), "the key too: {accounts}");
}

#[tokio::test]
async fn nothing_is_written_before_every_member_is_settled() {
    let desk = Desk::open().await;
    let apply = |members: Value| json!({ "id": "quality", "members": members });
    assert_eq!(desk.refused("apply_starter", apply(json!([]))).await, "starter_unsettled");
    let all = ["anthropic-opus", "anthropic-sonnet", "openai-backup", "gemini-fallback"];
    assert_eq!(desk.refused("apply_starter", apply(choices("leave", &all))).await, "starter_empty");
    let mut one = choices("leave", &all[1..]);
    one.as_array_mut().expect("a list").push(json!({ "name": "anthropic-opus", "action": "create" }));
    assert_eq!(desk.refused("apply_starter", apply(one)).await, "starter_empty");
    assert_eq!(desk.refused("apply_starter", apply(choices("use", &all))).await, "profile_missing");
    assert_eq!(desk.refused("apply_starter", apply(choices("create", &["stranger"]))).await, "bad_input");
    assert_eq!(desk.count(), 0);

    fs::write(desk.path("openai-backup"), "{").expect("a broken file");
    let mut with_broken = choices("create", &["anthropic-opus", "anthropic-sonnet", "gemini-fallback"]);
    with_broken.as_array_mut().expect("a list").push(json!({ "name": "openai-backup", "action": "use" }));
    assert_eq!(desk.refused("apply_starter", apply(with_broken)).await, "profile_broken");
    assert_eq!(desk.count(), 1);
}

#[tokio::test]
async fn nothing_is_written_before_the_list_could_serve() {
    let desk = Desk::open().await;
    let with = |keys: Value| json!({ "id": "reliability", "members": choices("create", &TRIO), "keys": keys });
    assert_eq!(desk.refused("apply_starter", with(json!([]))).await, "starter_could_not_serve");
    let unfit = json!([{ "profile": "openai-backup", "key": "sk-\u{7}" }]);
    assert_eq!(desk.refused("apply_starter", with(unfit)).await, "invalid_secret");
    let stranger = json!([{ "profile": "stranger", "key": "sk-canary" }]);
    assert_eq!(desk.refused("apply_starter", with(stranger)).await, "bad_input");
    let twice = json!([{ "profile": "openai-backup", "key": "a" }, { "profile": "openai-backup", "key": "b" }]);
    assert_eq!(desk.refused("apply_starter", with(twice)).await, "bad_input");
    assert_eq!(desk.count(), 0);

    // A key of the provider is enough, and the look at it says so.
    desk.ok("set_provider_key", json!({ "provider": "gemini", "key": "AIza-0123456789" })).await;
    let mut look = with(json!([]));
    look["dryRun"] = true.into();
    let looked = desk.ok("apply_starter", look).await;
    assert_eq!(credential(&looked, "gemini-fallback")["usable"], true, "{looked}");
    desk.ok("apply_starter", with(json!([]))).await;
    assert_eq!(desk.count(), 4);
}

#[tokio::test]
async fn a_key_is_given_only_where_it_would_be_used() {
    let desk = Desk::open().await;
    desk.write("openai-backup", &standard("openai", &json!({ "auth-keyfile": "/nowhere/key" })));
    let keys = json!([{ "profile": "openai-backup", "key": "sk-canary" }]);
    let members = choices("create", &["anthropic-primary", "gemini-fallback"]);
    let mut input = json!({ "id": "reliability", "members": members, "keys": keys });
    let refused = desk.ask("apply_starter", input.clone()).await.expect_err("its file names another");
    assert_eq!(refused.code, "key_not_taken");
    input["keys"] = json!([]);
    input["dryRun"] = true.into();
    assert_eq!(credential(&desk.ok("apply_starter", input).await, "openai-backup")["takesKey"], false);
    assert_eq!(desk.count(), 1);
}

#[tokio::test]
async fn where_a_key_can_not_be_stored_the_files_are_taken_back() {
    let desk = Desk::open().await;
    desk.ok("set_provider_key", json!({ "provider": "openai", "key": "sk-0123456789" })).await;
    let vault = desk.home.path().join("data").join("vault.json");
    fs::remove_file(&vault).expect("the secret store's file");
    // No file can be put in the place of a folder.
    fs::create_dir(&vault).expect("a folder in its place");
    let refused = desk.ask("apply_starter", trio()).await.expect_err("the key has no place");
    assert!(!format!("{refused:?}").contains("sk-ant"), "{refused:?}");
    assert_eq!(desk.count(), 0, "{refused:?}");
}

#[tokio::test]
async fn a_key_given_to_a_profile_that_is_there_is_taken_back_to_the_one_before() {
    let desk = Desk::open().await;
    desk.write("openai-backup", &standard("openai", &json!({})));
    desk.ok("set_key", json!({ "profile": "openai-backup", "key": "sk-before-0123456789" })).await;
    let ends = async || desk.ok("profile", json!({ "name": "openai-backup" })).await["credential"]["lastFour"].clone();
    let members = choices("create", &["anthropic-primary", "gemini-fallback"]);
    let keys = json!([{ "profile": "openai-backup", "key": "sk-after-0123456abcd" }]);
    let input = json!({ "id": "reliability", "members": members, "keys": keys });
    let made = desk.ok("apply_starter", input.clone()).await;
    assert_eq!(ends().await, "abcd");
    desk.ok("undo", made["undo"].clone()).await;
    assert_eq!((ends().await, desk.count()), (json!("6789"), 1));

    // One that was set later stays.
    let made = desk.ok("apply_starter", input).await;
    desk.ok("set_key", json!({ "profile": "openai-backup", "key": "sk-later-0123456wxyz" })).await;
    desk.ok("undo", made["undo"].clone()).await;
    assert_eq!((ends().await, desk.count()), (json!("wxyz"), 1));
}

#[tokio::test]
async fn replacing_a_member_keeps_what_the_starter_does_not_speak_of() {
    let desk = Desk::open().await;
    desk.write(
        "openai-backup",
        &json!({
            "version": 1, "provider": "openai", "model": "old", "modelParams": { "top_p": 1 },
            "ephemeralSettings": { "auth-key": "sk-mine", "stream-idle-timeout-ms": 9 }, "mine": 1,
        }),
    );
    desk.write(
        "ha-failover",
        &json!({ "version": 1, "type": "loadbalancer", "policy": "failover", "profiles": ["openai-backup", "x"] }),
    );
    let mut members = choices("create", &["anthropic-primary", "gemini-fallback"]);
    members.as_array_mut().expect("a list").push(json!({ "name": "openai-backup", "action": "replace" }));
    let input = |replace: bool| json!({ "id": "reliability", "members": members, "replace": replace });
    assert_eq!(desk.refused("apply_starter", input(false)).await, "profile_exists");
    let made = desk.ok("apply_starter", input(true)).await;
    let file = desk.file("openai-backup");
    assert_eq!((&file["model"], &file["mine"]), (&json!("gpt-5.2"), &json!(1)));
    assert_eq!(
        file["ephemeralSettings"],
        json!({ "auth-key": "sk-mine", "stream-idle-timeout-ms": 9, "context-limit": 200_000 })
    );
    assert_eq!(desk.file("ha-failover")["profiles"], json!(TRIO));
    // What another program wrote since is not lost.
    desk.write(
        "gemini-fallback",
        &json!({ "version": 1, "provider": "gemini", "model": "other", "modelParams": {}, "ephemeralSettings": {} }),
    );
    assert_eq!(desk.refused("undo", made["undo"].clone()).await, "profile_changed");
    assert_eq!(desk.file("ha-failover")["profiles"], json!(TRIO), "refused whole");
}

#[tokio::test]
async fn another_profile_takes_a_members_place() {
    let desk = Desk::open().await;
    desk.write("mine", &standard("openai", &json!({ "auth-key": "sk-mine" })));
    let list = json!({ "version": 1, "type": "loadbalancer", "policy": "failover", "profiles": ["mine"] });
    desk.write("lists", &list);
    let input = |profile: &str| {
        let replaced = json!({ "name": "openai-backup", "action": "replace", "profile": profile });
        let created = json!({ "name": "anthropic-primary", "action": "create" });
        let left = json!({ "name": "gemini-fallback", "action": "leave" });
        json!({ "id": "reliability", "members": [replaced, created, left] })
    };
    assert_eq!(desk.refused("apply_starter", input("nobody")).await, "profile_missing");
    assert_eq!(desk.refused("apply_starter", input("lists")).await, "nested_balancer");
    let twice = json!([
        { "name": "anthropic-primary", "action": "replace", "profile": "mine" },
        { "name": "openai-backup", "action": "replace", "profile": "mine" },
        { "name": "gemini-fallback", "action": "create" },
    ]);
    assert_eq!(desk.refused("apply_starter", json!({ "id": "reliability", "members": twice })).await, "member_twice");
    let misfit = json!([{ "name": "openai-backup", "action": "use", "profile": "mine" }]);
    assert_eq!(desk.refused("apply_starter", json!({ "id": "reliability", "members": misfit })).await, "bad_input");
    assert_eq!(desk.count(), 2);

    let before = fs::read(desk.path("mine")).expect("its file");
    let made = desk.ok("apply_starter", input("mine")).await;
    assert_eq!(made["members"], json!(["anthropic-primary", "mine"]));
    assert_eq!(desk.file("ha-failover")["profiles"], json!(["anthropic-primary", "mine"]));
    assert_eq!(fs::read(desk.path("mine")).expect("its file"), before, "it stays as it is");
    assert!(!desk.path("openai-backup").exists());
    desk.ok("undo", made["undo"].clone()).await;
    assert_eq!(desk.count(), 2);
}

#[tokio::test]
async fn a_practice_profile_takes_no_members_place() {
    let desk = Desk::with_practice().await;
    let replaced = json!([
        { "name": "anthropic-primary", "action": "replace", "profile": "practice-anthropic" },
        { "name": "openai-backup", "action": "create" },
        { "name": "gemini-fallback", "action": "leave" },
    ]);
    let input = json!({ "id": "reliability", "members": replaced });
    assert_eq!(desk.refused("apply_starter", input).await, "practice_apart");
    assert_eq!(desk.count(), 0);
}

#[tokio::test]
async fn a_member_is_created_with_another_provider_and_model() {
    let desk = Desk::open().await;
    let input = |provider: Value, model: Value| {
        let created = json!({ "name": "openai-backup", "action": "create", "provider": provider, "model": model });
        let members = json!([created, { "name": "anthropic-primary", "action": "create" },
            { "name": "gemini-fallback", "action": "leave" }]);
        let keys = json!([{ "profile": "openai-backup", "key": "sk-canary-0123456789" }]);
        json!({ "id": "reliability", "members": members, "keys": keys })
    };
    assert_eq!(desk.refused("apply_starter", input(json!("nobody"), json!("m"))).await, "no_such_provider");
    assert_eq!(desk.refused("apply_starter", input(json!("deepseek"), Value::Null)).await, "model_missing");
    let misfit = json!([{ "name": "openai-backup", "action": "leave", "model": "m" }]);
    assert_eq!(desk.refused("apply_starter", json!({ "id": "reliability", "members": misfit })).await, "bad_input");
    assert_eq!(desk.count(), 0);

    let provider = json!({
        "name": "small", "title": null, "dialect": "openai-chat", "baseUrl": "http://127.0.0.1:9/v1", "needsKey": true,
        "variables": [], "models": [{ "id": "short", "contextWindow": 8000, "maxOutput": null }],
    });
    desk.ok("add_provider", provider).await;
    desk.ok("apply_starter", input(json!("small"), json!("short"))).await;
    let file = desk.file("openai-backup");
    assert_eq!((&file["provider"], &file["model"]), (&json!("small"), &json!("short")));
    assert_eq!(file["ephemeralSettings"]["context-limit"], 8000, "no more than the model has");
    assert_eq!(file["modelParams"]["max_tokens"], 8192);
    assert!(!fs::read_to_string(desk.path("openai-backup")).expect("its file").contains("canary"));
}

#[tokio::test]
async fn one_member_alone_is_made_without_a_list_and_may_use_what_its_caller_brings() {
    let desk = Desk::open().await;
    let rest = choices("leave", &TRIO[1..]);
    let with = |first: Value| {
        let members: Vec<Value> = [first].into_iter().chain(rest.as_array().expect("a list").clone()).collect();
        json!({ "id": "reliability", "members": members, "alone": true })
    };
    let made = desk.ok("apply_starter", with(json!({ "name": TRIO[0], "action": "create", "caller": true }))).await;
    assert_eq!((&made["balancer"], &made["members"]), (&json!(TRIO[0]), &json!([TRIO[0]])));
    assert_eq!(desk.count(), 1, "the profile, and no list");
    assert_eq!(desk.file(TRIO[0])["x-mainstay"], json!({ "auth": "caller" }));
    assert_eq!(credential(&made, TRIO[0])["usable"], true);
    desk.ok("undo", made["undo"].clone()).await;
    assert_eq!(desk.count(), 0);
}

#[tokio::test]
async fn a_key_of_a_variable_that_is_not_set_is_refused_before_anything_is_written() {
    let desk = Desk::open().await;
    let variables = json!([{ "profile": TRIO[0], "variable": "A_VARIABLE_THAT_NOBODY_SETS" }]);
    let input = json!({ "id": "reliability", "members": choices("create", &TRIO), "variables": variables });
    assert_eq!(desk.refused("apply_starter", input).await, "key_missing");
    assert_eq!(desk.count(), 0);
}
