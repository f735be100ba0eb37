//! Mainstay itself: its port, what it has stored, whom it calls, and its end.

use super::*;
use std::net::TcpListener;

#[tokio::test]
async fn another_port_counts_from_the_next_start_on_unless_it_is_taken() {
    let home = home();
    let engine = Running::start(home.path()).await;
    let now = engine.ok("gateway", json!({})).await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let problem = engine.perform("set_port", json!({ "port": port })).await.unwrap_err();
    assert_eq!(problem.code, "port_in_use");
    assert!(problem.message.contains("in use by") && problem.hint.contains("is free"), "{problem:?}");
    for bad in [0, 80, 70_000] {
        assert_eq!(engine.refused("set_port", json!({ "port": bad })).await, "port_bad");
    }
    drop(taken);
    let set = engine.ok("set_port", json!({ "port": port })).await;
    assert_eq!((&set["next"], &set["port"]), (&json!(port), &now["port"]));
    assert_eq!(mainstay_engine::kept_listen(&home.path().join("data")).port(), port);
    let back = engine.ok("set_port", json!({ "port": now["port"] })).await;
    assert_eq!(back["next"], Value::Null);
    engine.stop().await;
}

#[tokio::test]
async fn what_is_stored_and_called_is_listed_and_all_of_it_goes_when_that_is_meant() {
    let home = home();
    let engine = Running::start(home.path()).await;
    engine.create("mine", "http://127.0.0.1:9/v1").await;
    engine.ok("set_key", json!({ "profile": "mine", "key": "sk-of-the-test-1234" })).await;
    let own = engine.ok("own_data", json!({})).await;
    let items: Vec<&str> = own["items"].as_array().unwrap().iter().map(|item| item["what"].as_str().unwrap()).collect();
    for what in ["history", "run", "practice"] {
        assert!(items.contains(&what), "{what}: {own}");
    }
    let called = &own["called"][0];
    assert_eq!((&called["address"], &called["profiles"]), (&json!("http://127.0.0.1:9"), &json!(["mine"])), "{own}");
    assert_eq!(engine.refused("remove_own_data", json!({ "sure": "yes" })).await, "not_sure");

    let removed = engine.ok("remove_own_data", json!({ "sure": "remove" })).await;
    assert_eq!(removed["removing"], true);
    assert_eq!(engine.ok("profile", json!({ "name": "mine" })).await["credential"]["ownKey"], false);
    engine.stop().await;
    assert!(!home.path().join("data").exists(), "nothing of it is left");
    assert!(home.path().join("profiles/mine.json").exists(), "profiles are not Mainstay's alone");
}
