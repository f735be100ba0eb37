//! `mainstay serve` as its user and the programs around it see it: the ready line, flags and variables, signals, files that
//! change, practice.

use crate::harness::{Answer, Home, MEMBERS, Serve, Tongue, Trio, balancer, binary, http, standard, until, words_of};
use mainstay_simulator::Fault;
use reqwest::Method;
use serde_json::{Value, json};
use std::fs;
use std::process::Command;
use std::sync::Arc;
use tokio::net::TcpStream;

#[tokio::test]
async fn stdout_holds_one_line_that_says_all_there_is_to_know() {
    let trio = Trio::start().await;
    let home = Arc::new(Home::new());
    trio.write(&home, "ha", "failover", [0, 1, 2], &json!({}));
    let gateway = Serve::at(&home).in_memory().args(["--profile", "ha", "--log", "debug"]).start().await;
    let ready = gateway.ready.clone();
    let names: Vec<&str> = ready.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(names, ["listening", "token", "profile", "pid", "version", "practice"]);
    assert_eq!((&ready["profile"], &ready["pid"]), (&json!("ha"), &json!(gateway.pid())));
    assert_eq!(ready["practice"], json!([]));
    let version = Command::new(binary()).arg("--version").output().expect("it runs");
    let version = String::from_utf8(version.stdout).expect("UTF-8");
    assert_eq!(version.trim(), format!("mainstay {}", ready["version"].as_str().expect("a version")));
    assert_eq!(ready["version"], env!("CARGO_PKG_VERSION"));
    let (_, port) = gateway.address.rsplit_once(':').expect("a port");
    assert!(gateway.address.starts_with("http://127.0.0.1:") && port != "0", "{ready}");

    let note: Value = serde_json::from_slice(&fs::read(home.data().join("run.json")).expect("the note")).expect("JSON");
    assert_eq!((&note["pid"], &note["address"]), (&ready["pid"], &ready["listening"]), "{note}");
    assert_eq!(gateway.ask(Tongue::Openai, "m", "hi", true).await.status, 200);
    let ended = gateway.stop().await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.stdout.lines().count(), 1, "{}", ended.stdout);
    assert!(!home.data().join("run.json").exists(), "the note goes with the engine");
}

#[tokio::test]
async fn variables_stand_in_for_flags_and_a_flag_wins() {
    let home = Arc::new(Home::new());
    home.write("here", &standard("anthropic", "m", &json!({})));
    let elsewhere = home.path().join("elsewhere");
    let token = home.file("token", "the-token-in-the-file\n");
    let by_variables = Serve::bare(&home)
        .args(["serve", "--secrets", "memory"])
        .variable("MAINSTAY_LISTEN", "127.0.0.1:0")
        .variable("MAINSTAY_PROFILES_DIR", home.profiles())
        .variable("MAINSTAY_DATA_DIR", home.data())
        .variable("MAINSTAY_TOKEN", "the-token-in-the-variable");
    let gateway = by_variables.start().await;
    assert_eq!(gateway.token, "the-token-in-the-variable");
    assert!(home.data().join("run.json").exists());
    let models = gateway.request(Method::GET, "/v1/models").bearer_auth("the-token-in-the-variable");
    assert_eq!(Answer::to(models).await.json()["data"][0]["id"], "here");
    gateway.stop().await;

    let both = Serve::at(&home)
        .in_memory()
        .arg("--token-file")
        .arg(token)
        .variable("MAINSTAY_LISTEN", "127.0.0.1:1")
        .variable("MAINSTAY_PROFILES_DIR", &elsewhere)
        .variable("MAINSTAY_DATA_DIR", &elsewhere)
        .variable("MAINSTAY_TOKEN", "the-token-in-the-variable");
    let gateway = both.start().await;
    assert_eq!(gateway.token, "the-token-in-the-file");
    assert!(!elsewhere.exists(), "the flags' folders are used");
}

#[tokio::test]
async fn the_token_lasts_as_long_as_its_store() {
    let home = Arc::new(Home::new());
    let mut tokens = Vec::new();
    for store in ["file", "file", "memory", "memory", "file"] {
        let gateway = Serve::at(&home).args(["--secrets", store]).start().await;
        tokens.push(gateway.token.clone());
        gateway.stop().await;
    }
    assert_eq!((&tokens[0], &tokens[0]), (&tokens[1], &tokens[4]), "kept in the file");
    assert!(tokens[2] != tokens[3] && tokens[2] != tokens[0], "made for one run");
}

#[tokio::test]
async fn what_needs_no_token_and_what_a_client_may_look_up() {
    let trio = Trio::start().await;
    let home = Arc::new(Home::new());
    trio.write(&home, "zz-ha", "failover", [0, 1, 2], &json!({}));
    let gateway = Serve::at(&home).in_memory().args(["--allow-host", "gateway.internal"]).start().await;
    let health = Answer::to(gateway.request(Method::GET, "/healthz")).await;
    assert_eq!((health.status, &health.json()["status"]), (200, &json!("ok")));
    assert_eq!(Answer::to(gateway.request(Method::HEAD, "/")).await.status, 200);
    assert_eq!(Answer::to(gateway.request(Method::HEAD, "/healthz")).await.status, 200);
    assert_eq!(Answer::to(gateway.request(Method::GET, "/v1/models")).await.status, 401);
    let allowed = gateway.request(Method::GET, "/v1/models").header("host", "gateway.internal");
    let models = Answer::to(allowed.header("x-mainstay-token", &gateway.token)).await.json();
    let names: Vec<&str> = models["data"].as_array().expect("a list").iter().filter_map(|m| m["id"].as_str()).collect();
    assert_eq!(names, ["zz-ha", "zz-ha-anthropic", "zz-ha-gemini", "zz-ha-openai"], "load balancers come first");
}

/// Whether anybody listens there.
async fn listens(address: &str) -> bool {
    TcpStream::connect(address.trim_start_matches("http://")).await.is_ok()
}

#[tokio::test]
async fn a_signal_lets_running_streams_finish_and_takes_no_new_ones() {
    for name in ["TERM", "INT"] {
        let trio = Trio::start().await;
        let home = Arc::new(Home::new());
        trio.write(&home, "ha", "failover", [0, 1, 2], &json!({}));
        let gateway = Serve::at(&home).in_memory().args(["--profile", "ha"]).start().await;
        trio.at(0).set(Fault::slow_drip(60));
        let mut response = gateway.asking(Tongue::Openai, "m", "finish it", true).send().await.expect("an answer");
        let begun = response.chunk().await.expect("content").expect("before the end");
        gateway.signal(name);
        let address = gateway.address.clone();
        until("nobody new is let in", async || (!listens(&address).await).then_some(())).await;
        let rest = Answer::read(response).await;
        assert!(!rest.broken, "{rest:?}");
        let body = String::from_utf8(begun.to_vec()).expect("UTF-8") + &rest.body;
        let whole = Answer { body, ..rest };
        assert_eq!(whole.text(Tongue::Openai), words_of(0, "finish it"), "{whole:?}");
        assert!(whole.body.ends_with("data: [DONE]\n\n"), "{whole:?}");
        let ended = gateway.ended().await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(!home.data().join("run.json").exists());
    }
}

#[tokio::test]
async fn a_second_signal_stops_at_once() {
    let trio = Trio::start().await;
    let home = Arc::new(Home::new());
    trio.write(&home, "ha", "failover", [0, 1, 2], &json!({}));
    let gateway = Serve::at(&home).in_memory().args(["--profile", "ha"]).start().await;
    trio.at(0).set(Fault::hang_before_headers());
    let waiting = tokio::spawn(gateway.asking(Tongue::Openai, "m", "for ever", false).send());
    until("the request runs", async || (trio.at(0).in_flight() == 1).then_some(())).await;
    gateway.signal("TERM");
    let address = gateway.address.clone();
    until("nobody new is let in", async || (!listens(&address).await).then_some(())).await;
    assert!(!waiting.is_finished(), "the first signal lets it run");
    gateway.signal("INT");
    let ended = gateway.ended().await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(waiting.await.expect("no panic").is_err(), "its connection was cut");
    assert!(!home.data().join("run.json").exists());
    until("the upstream call is dropped", async || (trio.at(0).disconnects() == 1).then_some(())).await;
}

#[tokio::test]
async fn profiles_that_change_on_disk_are_applied_to_running_traffic() {
    let trio = Trio::start().await;
    let home = Arc::new(Home::new());
    trio.write(&home, "ha", "failover", [0, 1, 2], &json!({}));
    let gateway = Serve::at(&home).in_memory().args(["--profile", "ha"]).start().await;
    let served_by = async |client: Tongue, index: usize| {
        until(&format!("{} serves", MEMBERS[index].0), async || {
            let answer = gateway.ask(client, "m", "who?", false).await;
            assert_eq!(answer.status, 200, "no request fails meanwhile: {answer:?}");
            (answer.text(client) == words_of(index, "who?")).then_some(())
        })
        .await;
    };
    served_by(Tongue::Anthropic, 0).await;

    // A request that has begun keeps what it began with.
    trio.at(0).set(Fault::slow_drip(250));
    let begun = gateway.asking(Tongue::Anthropic, "m", "who?", true).send().await.expect("an answer");
    home.write("ha", &balancer("failover", &["ha-gemini", "ha-anthropic"]));
    served_by(Tongue::Gemini, 2).await;
    let answer = Answer::read(begun).await;
    assert_eq!(answer.text(Tongue::Anthropic), words_of(0, "who?"), "{answer:?}");
    trio.at(0).clear();

    // A member's own file.
    let moved =
        standard(MEMBERS[1].0, MEMBERS[1].2, &json!({ "base-url": trio.at(1).base_url, "auth-key": "another" }));
    home.write("ha-gemini", &moved);
    served_by(Tongue::Openai, 1).await;

    // A file in the middle of being written takes out that member only, until it is whole.
    home.write_text("ha-gemini", "{\"version\": 1, \"provi");
    served_by(Tongue::Anthropic, 0).await;
    home.write("ha-gemini", &moved);
    served_by(Tongue::Anthropic, 1).await;

    // A new file can be asked for by its name, and a deleted one no longer.
    home.write("new", &balancer("roundrobin", &["ha-anthropic"]));
    until("the new one is listed", async || {
        let models = gateway.request(Method::GET, "/v1/models").bearer_auth(&gateway.token);
        Answer::to(models).await.body.contains("\"new\"").then_some(())
    })
    .await;
    assert_eq!(gateway.ask(Tongue::Gemini, "new", "who?", false).await.text(Tongue::Gemini), words_of(0, "who?"));
    fs::remove_file(home.profile_path("ha")).expect("the active profile");
    until("the active one is gone", async || {
        let answer = gateway.ask(Tongue::Openai, "m", "who?", false).await;
        (answer.header("x-mainstay-error") == Some("no_active_profile")).then_some(())
    })
    .await;
}

/// A vault without its key opens for nobody, and stops nothing but itself.
#[tokio::test]
async fn a_vault_whose_key_is_lost_is_said_with_the_way_out_and_set_aside_by_it() {
    let home = Arc::new(Home::new());
    home.write("alone", &standard(MEMBERS[0].0, MEMBERS[0].2, &json!({})));
    let serve = || Serve::at(&home).args(["--secrets", "file"]);
    serve().start().await.stop().await;
    fs::remove_file(home.data().join("vault.key")).expect("the key file");

    let problem = serve().run().await.problem();
    assert_eq!(problem["code"], "vault_key_lost");
    assert!(problem["hint"].as_str().is_some_and(|hint| hint.contains("mainstay key set-aside")), "{problem}");
    let set_aside = Serve::bare(&home).args(["key", "set-aside", "--secrets", "file", "--data-dir"]).arg(home.data());
    let ended = set_aside.run().await;
    assert!(ended.code == Some(0) && ended.stdout.contains("vault.lost-1"), "{ended:?}");
    assert!(home.data().join("vault.lost-1").is_file(), "nothing is deleted");

    let gateway = serve().start().await;
    let profiles = gateway.perform("profiles", &json!({})).await;
    assert_eq!(profiles["profiles"][0]["name"], "alone", "all else is there");
    gateway.stop().await;
}

/// failover §4, practice and real members never share a balancer.
#[tokio::test]
async fn practice_serves_out_of_the_box_breaks_on_demand_and_keeps_to_itself() {
    let home = Arc::new(Home::new());
    // A real balancer that names practice members must not get them.
    home.write("real", &balancer("failover", &["practice-openai", "practice-gemini"]));
    let before = fs::read(home.profile_path("real")).expect("the file");
    let gateway = Serve::at(&home).in_memory().arg("--practice").start().await;
    let lines = gateway.ready["practice"].as_array().expect("a list").clone();
    let names: Vec<&str> = lines.iter().filter_map(|line| line["profile"].as_str()).collect();
    assert_eq!(names, ["practice-anthropic", "practice-openai", "practice-gemini"]);
    assert!(gateway.ready["profile"].is_string(), "{}", gateway.ready);

    for (broken, line) in lines.iter().enumerate() {
        for client in Tongue::ALL {
            for stream in [false, true] {
                let answer = gateway.ask(client, "any-model", "out of the box", stream).await;
                assert_eq!(answer.status, 200, "{answer:?}");
                assert_eq!(answer.header("x-mainstay-simulated"), Some("1"), "{answer:?}");
                assert_eq!(answer.header("x-mainstay-served-by"), Some(names[broken]), "{answer:?}");
                let text = answer.text(client);
                assert!(text.starts_with("Simulated answer") && text.contains(names[broken]), "{text}");
            }
        }
        let control = format!("{}/fault", line["control"].as_str().expect("where faults are set"));
        let fault = json!({ "kind": "status", "status": 503 });
        let refused = Answer::to(http().put(&control).bearer_auth(&gateway.token).json(&fault)).await;
        assert_eq!(refused.status, 401, "the door's token sets no faults");
        let token = line["control_token"].as_str().expect("the control's own token");
        assert_eq!(Answer::to(http().put(&control).bearer_auth(token).json(&fault)).await.status, 200);
    }
    let answer = gateway.ask(Tongue::Anthropic, "any-model", "hello?", false).await;
    assert!(answer.status >= 500, "{answer:?}");

    let answer = gateway.ask(Tongue::Openai, "real", "hello?", false).await;
    assert_eq!((answer.status, answer.header("x-mainstay-attempts")), (503, Some("0")), "{answer:?}");
    assert_eq!(fs::read(home.profile_path("real")).expect("the file"), before);
    let files = fs::read_dir(home.profiles()).expect("the profiles folder").flatten();
    let files: Vec<_> =
        files.map(|entry| entry.file_name()).filter(|name| !name.to_string_lossy().starts_with('.')).collect();
    assert_eq!(files, ["real.json"], "practice profiles are never put among the user's");
}

#[tokio::test]
async fn practice_needs_no_token_to_be_told_apart_and_no_keyring() {
    let home = Arc::new(Home::new());
    let gateway = Serve::at(&home).in_memory().arg("--practice").start().await;
    let again = async |model: &str| gateway.ask(Tongue::Openai, model, "hi", false).await;
    for line in gateway.ready["practice"].as_array().expect("a list") {
        let profile = line["profile"].as_str().expect("a profile");
        let answer = again(profile).await;
        assert_eq!(answer.header("x-mainstay-served-by"), Some(profile), "{answer:?}");
    }
    // Practice ends with the run: the next start has none unless asked.
    gateway.stop().await;
    let plain = Serve::at(&home).in_memory().start().await;
    assert_eq!((&plain.ready["practice"], &plain.ready["profile"]), (&json!([]), &Value::Null));
    let answer = plain.ask(Tongue::Openai, "practice-openai", "hi", false).await;
    assert_eq!(answer.header("x-mainstay-error"), Some("no_active_profile"), "{answer:?}");
}
