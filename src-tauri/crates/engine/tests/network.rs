//! The way out through a real engine: settings and profiles choose the proxy, a login comes from the secret store, and a
//! request that fails on the way says where.

use mainstay_engine::{Engine, Handle, NetworkOverrides, Options, Practice, Problem, SecretString, StoreKind, perform};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

struct Running {
    handle: Handle,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Running {
    async fn start(home: &Path) -> Self {
        Self::try_start(home, NetworkOverrides::default()).await.expect("the engine starts")
    }

    async fn try_start(home: &Path, network: NetworkOverrides) -> Result<Self, Problem> {
        let options = Options {
            listen: ([127, 0, 0, 1], 0).into(),
            allow_remote: false,
            allow_hosts: Vec::new(),
            allow_origins: Vec::new(),
            profiles_dir: Some(home.join("profiles")),
            data_dir: home.join("data"),
            profile: None,
            secrets: Some(StoreKind::File),
            practice: Practice::Off,
            without_keyring: false,
            token: Some(SecretString::from("a-token-of-the-test")),
            catalogue: None,
            network,
            window: None,
        };
        let engine = Engine::start(options).await.map_err(|error| error.problem())?;
        let handle = engine.handle();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(engine.serve(async {
            let _ = stopped.await;
        }));
        Ok(Self { handle, stop, serving })
    }

    async fn stop(self) {
        self.stop.send(()).expect("it still runs");
        self.serving.await.expect("it ends in peace");
    }

    async fn ok(&self, operation: &str, input: Value) -> Value {
        let done = perform(&self.handle, operation, input).await;
        done.unwrap_or_else(|problem| panic!("{operation}: {problem:?}"))
    }

    async fn refused(&self, operation: &str, input: Value) -> Problem {
        perform(&self.handle, operation, input).await.expect_err("it is refused")
    }

    /// Asks the profile something and gives what is said of its failure.
    async fn failure(&self, profile: &str) -> String {
        let test = self.ok("test_profile", json!({ "name": profile })).await;
        assert_eq!(test["ok"], false, "{test}");
        let exchanges = self.ok("exchanges", json!({ "limit": 1 })).await["rows"].clone();
        let step = &exchanges[0]["steps"][0];
        assert_eq!(step["outcome"], "unreachable", "{exchanges}");
        step["detail"].as_str().expect("words").to_owned()
    }
}

/// A proxy that refuses to connect anybody, and what it was asked.
async fn refusing_proxy(status: &'static str) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("it is bound"));
    let heard = Arc::new(Mutex::new(Vec::new()));
    let heard_here = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut stream = BufReader::new(stream);
            let head = head(&mut stream).await;
            heard_here.lock().expect("nobody panics here").push(head);
            let text = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
            let _ = stream.write_all(text.as_bytes()).await;
        }
    });
    (address, heard)
}

async fn head(stream: &mut BufReader<TcpStream>) -> String {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).await.unwrap_or_default() == 0 {
            break;
        }
    }
    head
}

fn home() -> TempDir {
    tempfile::tempdir().expect("a folder for the test")
}

/// A profile whose provider nobody but a proxy could reach.
fn profile(home: &TempDir, name: &str, proxy: Option<&str>) {
    profile_at(home, name, "https://provider.test/v1", proxy);
}

fn profile_at(home: &TempDir, name: &str, base_url: &str, proxy: Option<&str>) {
    let mut file = json!({
        "version": 1, "provider": "openai-compatible", "model": "m", "modelParams": {},
        "ephemeralSettings": { "base-url": base_url }, "x-mainstay": { "auth": "none" },
    });
    if let Some(proxy) = proxy {
        file["x-mainstay"]["proxy"] = json!(proxy);
    }
    let dir = home.path().join("profiles");
    fs::create_dir_all(&dir).expect("a folder");
    fs::write(dir.join(format!("{name}.json")), file.to_string()).expect("a file");
}

fn ca_file(home: &TempDir) -> PathBuf {
    let path = home.path().join("ca.pem");
    fs::write(&path, CA).expect("a file");
    path
}

/// A certificate that signed itself, by `openssl req -x509 -newkey ed25519 -days 36500 -subj "/O=Acme/CN=Acme Test CA"`.
const CA: &str = include_str!("acme.pem");

#[tokio::test]
async fn settings_and_profiles_choose_the_proxy_and_the_trail_names_it() {
    let home = home();
    let (of_settings, heard) = refusing_proxy("403 Forbidden").await;
    let (of_profile, heard_by_profile) = refusing_proxy("502 Bad Gateway").await;
    profile(&home, "plain", None);
    profile(&home, "own", Some(&of_profile));
    // A name with so long a part can't be looked up, so nobody is asked about it.
    profile_at(&home, "direct", &format!("https://{}.test/v1", "a".repeat(64)), Some("none"));
    let engine = Running::start(home.path()).await;
    let set = json!({ "proxy": of_settings, "noProxy": "", "caFile": null });
    let view = engine.ok("set_network", set).await;
    assert_eq!(view["https"], json!({ "address": of_settings, "from": "settings" }));

    let said = engine.failure("plain").await;
    assert!(
        said.starts_with(&format!("the proxy {of_settings} of the settings did not connect us to provider.test:443"))
    );
    assert!(heard.lock().expect("nobody panics here")[0].starts_with("CONNECT provider.test:443 HTTP/1.1\r\n"));
    let said = engine.failure("own").await;
    assert!(said.starts_with(&format!("the proxy {of_profile} of the profile did not connect us")), "{said}");
    assert_eq!(heard_by_profile.lock().expect("nobody panics here").len(), 1);
    let said = engine.failure("direct").await;
    assert!(!said.contains("proxy"), "{said}");
    assert_eq!(heard.lock().expect("nobody panics here").len(), 1);
    engine.stop().await;

    let kept: Value =
        serde_json::from_str(&fs::read_to_string(home.path().join("data/network.json")).expect("it is there"))
            .expect("it is JSON");
    assert_eq!(kept, json!({ "proxy": of_settings, "noProxy": "", "caFile": null }));
    let engine = Running::start(home.path()).await;
    assert_eq!(engine.ok("network", json!({})).await["https"]["from"], "settings");
    engine.stop().await;
}

#[tokio::test]
async fn a_login_goes_into_the_secret_store_and_to_its_proxy() {
    let home = home();
    let (proxy, heard) = refusing_proxy("407 Proxy Authentication Required").await;
    profile(&home, "plain", Some(&proxy));
    let engine = Running::start(home.path()).await;
    let said = engine.failure("plain").await;
    assert!(said.contains("wants a user name and password"), "{said}");
    let login = json!({ "proxy": proxy, "user": "me", "password": "hunter2-hunter2" });
    let view = engine.ok("set_proxy_login", login).await;
    assert_eq!(view["logins"], json!([proxy]));
    let said = engine.failure("plain").await;
    assert!(said.contains("did not accept its user name and password"), "{said}");
    // me:hunter2-hunter2
    let given = "Proxy-Authorization: Basic bWU6aHVudGVyMi1odW50ZXIy".to_ascii_lowercase();
    assert!(heard.lock().expect("nobody panics here")[1].to_ascii_lowercase().contains(&given));
    engine.stop().await;

    let engine = Running::start(home.path()).await;
    assert_eq!(engine.ok("network", json!({})).await["logins"], json!([proxy]), "it survives");
    let view = engine.ok("delete_proxy_login", json!({ "proxy": proxy })).await;
    assert_eq!(view["logins"], json!([]));
    assert!(engine.failure("plain").await.contains("wants a user name and password"));
    engine.stop().await;
    for entry in fs::read_dir(home.path().join("data")).expect("the data folder") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            let text = String::from_utf8_lossy(&fs::read(&path).expect("it can be read")).into_owned();
            assert!(!text.contains("hunter2"), "{}", path.display());
        }
    }
}

#[tokio::test]
async fn a_proxys_407_to_a_plain_request_is_not_taken_for_the_providers() {
    let home = home();
    let (proxy, heard) = refusing_proxy("407 Proxy Authentication Required").await;
    profile_at(&home, "plain", "http://provider.test/v1", Some(&proxy));
    let engine = Running::start(home.path()).await;
    let said = engine.failure("plain").await;
    assert!(said.starts_with(&format!("the proxy {proxy} of the profile wants a user name and password")), "{said}");
    let heard = heard.lock().expect("nobody panics here").clone();
    assert!(heard[0].starts_with("POST http://provider.test/v1/chat/completions HTTP/1.1\r\n"), "{heard:?}");
    engine.stop().await;
}

#[tokio::test]
async fn what_can_not_be_used_is_refused_and_changes_nothing() {
    let home = home();
    let engine = Running::start(home.path()).await;
    let ca = ca_file(&home);
    let before = engine.ok("set_network", json!({ "proxy": "none", "noProxy": null, "caFile": ca })).await;
    assert_eq!((&before["https"], &before["authorities"]), (&Value::Null, &json!(["\"Acme Test CA\" (Acme)"])));
    let key_only = home.path().join("key.pem");
    fs::write(&key_only, "no certificate at all").expect("a file");
    for (proxy, ca_file, code) in [
        ("http://me:hunter2@proxy.test:3128", None, "proxy_bad"),
        ("proxy.test:3128", None, "proxy_bad"),
        ("socks4://proxy.test", None, "proxy_bad"),
        ("", None, "proxy_bad"),
        ("none", Some(home.path().join("gone.pem")), "ca_file_unusable"),
        ("none", Some(home.path().to_owned()), "ca_file_unusable"),
        ("none", Some(key_only), "ca_file_unusable"),
        ("none", Some(PathBuf::from("ca.pem")), "ca_file_unusable"),
    ] {
        let problem =
            engine.refused("set_network", json!({ "proxy": proxy, "noProxy": null, "caFile": ca_file })).await;
        assert_eq!(problem.code, code, "{problem:?}");
        assert!(!problem.hint.is_empty() && !format!("{problem:?}").contains("hunter2"), "{problem:?}");
    }
    assert_eq!(engine.ok("network", json!({})).await, before);
    engine.stop().await;
}

#[tokio::test]
async fn a_ca_file_that_is_gone_does_not_stop_the_start_and_is_told() {
    let home = home();
    let ca = ca_file(&home);
    let engine = Running::start(home.path()).await;
    engine.ok("set_network", json!({ "proxy": "system", "noProxy": null, "caFile": ca })).await;
    engine.stop().await;
    fs::remove_file(&ca).expect("it was there");

    let engine = Running::start(home.path()).await;
    let view = engine.ok("network", json!({})).await;
    assert_eq!((&view["notices"][0]["code"], &view["authorities"]), (&json!("ca_file_unusable"), &json!([])));
    assert_eq!(view["caFile"], json!(ca), "the setting stays");
    assert_eq!(engine.ok("live", json!({})).await["notice"]["code"], "ca_file_unusable");
    let view = engine.ok("set_network", json!({ "proxy": "system", "noProxy": null, "caFile": null })).await;
    assert_eq!(view["notices"], json!([]));
    assert_eq!(engine.ok("live", json!({})).await["notice"], Value::Null);
    engine.stop().await;
}

#[tokio::test]
async fn what_the_start_gives_stands_over_the_settings_and_must_be_usable() {
    let home = home();
    let overrides = |proxy: &str| NetworkOverrides { proxy: Some(proxy.to_owned()), ..NetworkOverrides::default() };
    let refused = Running::try_start(home.path(), overrides("http://me:hunter2@proxy.test")).await;
    let problem = refused.err().expect("it does not start");
    assert_eq!(problem.code, "proxy_bad");
    assert!(!format!("{problem:?}").contains("hunter2"));

    let engine = Running::try_start(home.path(), overrides("http://given.test:1")).await.expect("it starts");
    let view = engine.ok("set_network", json!({ "proxy": "http://set.test:2", "noProxy": null, "caFile": null })).await;
    assert_eq!((&view["proxy"], &view["overridden"]), (&json!("http://set.test:2"), &json!(["proxy"])));
    assert_eq!(view["http"]["address"], "http://given.test:1");
    engine.stop().await;
}
