//! Requests that are served by a login.

use super::world::World;
use serde_json::{Value, json};

fn balancer(members: &[&str]) -> Value {
    json!({ "version": 1, "type": "loadbalancer", "policy": "failover", "profiles": members, "provider": "", "model": "",
        "modelParams": {}, "ephemeralSettings": {} })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_refused_is_refreshed_once_and_the_request_served() {
    let world = World::open().await;
    world.log_in("default").await;
    world.facts().good.clear();
    let (status, answer) = world.request("primary").await;
    assert_eq!((status, &answer["content"][0]["text"]), (200, &json!("served me")));
    let grants = world.facts().grants.clone();
    assert_eq!(grants.last().unwrap()["grant_type"], "refresh_token");
    assert_eq!(grants.len(), 2);
    assert_eq!(world.account("default").await["trouble"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_requests_with_a_refused_token_refresh_it_once() {
    let world = World::open().await;
    world.log_in("default").await;
    world.facts().good.clear();
    let world = std::sync::Arc::new(world);
    let requests: Vec<_> = (0..8)
        .map(|_| {
            let world = std::sync::Arc::clone(&world);
            tokio::spawn(async move { world.request("primary").await.0 })
        })
        .collect();
    for request in requests {
        assert_eq!(request.await.unwrap(), 200);
    }
    assert_eq!(world.facts().grants.len(), 2, "one login, one refresh");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_the_provider_has_ended_is_said_and_the_next_member_serves() {
    let world = World::open().await;
    world.log_in("default").await;
    world.log_in("work").await;
    world.profile("second", &json!({ "auth": { "type": "oauth", "buckets": ["work"] } }));
    world.profile("first", &json!({ "auth": { "type": "oauth", "buckets": ["default"] } }));
    world.file("ha", &balancer(&["first", "second"]));
    world.until_served("ha").await;
    {
        let mut facts = world.facts();
        facts.who = "other".to_owned();
        facts.good.clear();
        facts.refresh.clear();
    }
    world.log_in("work").await;
    let (status, answer) = world.request("ha").await;
    assert_eq!((status, &answer["content"][0]["text"]), (200, &json!("served other")));
    let account = world.account("default").await;
    assert_eq!((&account["state"], &account["trouble"]["code"]), (&json!("ended"), &json!("login_ended")));
    assert_eq!(account["usedBy"], json!(["first", "primary"]), "those that wait for it");
    let again = world.log_in("default").await;
    assert_eq!(again["step"], "done");
    assert_eq!(world.account("default").await["state"], "ready");
}

impl World {
    /// The watcher has seen a file.
    async fn until_served(&self, name: &str) {
        while self.ask("profiles", json!({})).await.to_string().matches(&format!("\"{name}\"")).count() == 0
            || self.request(name).await.1["error"].is_object()
        {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_members_accounts_are_tried_before_the_next_member() {
    let world = World::open().await;
    world.log_in("default").await;
    world.facts().who = "spare".to_owned();
    world.log_in("work").await;
    world.facts().limited.insert("me".to_owned());
    let (status, answer) = world.request("primary").await;
    assert_eq!((status, &answer["content"][0]["text"]), (200, &json!("served spare")));
    let live = world.ask("live", json!({})).await;
    let member = &live["members"][0];
    assert_eq!(live["members"].as_array().unwrap().len(), 1, "one member with two accounts");
    let states: Vec<&str> =
        member["accounts"].as_array().unwrap().iter().map(|account| account["state"].as_str().unwrap()).collect();
    assert_eq!((states.as_slice(), &member["state"]), (["cooling", "serving"].as_slice(), &json!("serving")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_profile_with_a_foreign_address_gets_no_token() {
    let world = World::open().await;
    world.log_in("default").await;
    let elsewhere = World::open().await;
    let foreign = json!({ "ephemeralSettings": { "base-url": elsewhere.address } });
    world.profile("primary", &foreign);
    let served = |world: &World| world.facts().served.len();
    let mut last = (200, Value::Null);
    while last.0 == 200 {
        last = world.request("primary").await;
    }
    assert_eq!(served(&elsewhere), 0, "{last:?}");
    assert!(last.1.to_string().contains("not confirmed") || last.1.to_string().contains("confirmed"), "{last:?}");
}
