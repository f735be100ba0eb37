//! The desktop binary under WebKit's own WebDriver, spoken to in plain HTTP and JSON.
//!
//! No tauri-driver: all that it adds is the variable and the renamed option set here. Two traps are avoided: a
//! `browserName` makes the driver refuse the session, and `WEBKIT_DISABLE_*` variables make its screenshots hang.

use std::{
    net::TcpListener,
    os::unix::{fs::PermissionsExt as _, process::CommandExt as _},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{Instant, interval};

use super::{needs, screen::Screen};

/// How long anything that is waited for may take on a busy machine before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often something that can't announce itself is looked at.
const GLANCE: Duration = Duration::from_millis(20);

/// The one open window of a desktop process that has a screen, a session bus and a home folder of its own.
///
/// The fields end in the order in which they stand: the driver with the window, then what they lived on.
pub(crate) struct Window {
    http: reqwest::Client,
    address: String,
    session: String,
    _driver: Driver,
    _screen: Screen,
    _home: TempDir,
}

impl Window {
    /// Starts the binary and waits until its page has drawn its heading; `None` when the test is
    /// to be skipped.
    pub(crate) async fn open() -> Option<Self> {
        if !needs::are_met() {
            return None;
        }
        // The client is built with TLS, which wants a provider even where only loopback is spoken to; another test of
        // this process may have named one already.
        let _ = rustls::crypto::ring::default_provider().install_default();

        let home = tempfile::tempdir().expect("a folder for the window's home");
        let screen = Screen::open();
        let port = free_port();
        let driver = Driver::start(port, &screen, home.path());
        let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().expect("a plain client");
        let address = format!("http://127.0.0.1:{port}");
        let mut window = Self { http, address, session: String::new(), _driver: driver, _screen: screen, _home: home };

        let status = format!("{}/status", window.address);
        window.until("the driver answers", async || window.http.get(&status).send().await.is_ok()).await;
        let binary = env!("CARGO_BIN_EXE_mainstay-desktop");
        let capabilities = json!({ "alwaysMatch": { "webkitgtk:browserOptions": { "binary": binary, "args": [] } } });
        let opened = window.call(Method::POST, "/session", Some(json!({ "capabilities": capabilities }))).await;
        window.session = format!("/session/{}", opened["sessionId"].as_str().expect("a session has an id"));
        window
            .until("the page draws", async || window.run("return !!document.querySelector('h1')").await == true)
            .await;
        Some(window)
    }

    /// The window's title, as the page gives it.
    pub(crate) async fn title(&self) -> String {
        as_text(&self.get("/title").await)
    }

    /// The text of the first element that `css` selects.
    pub(crate) async fn text(&self, css: &str) -> String {
        let element = self.element(css).await;
        as_text(&self.get(&format!("/element/{element}/text")).await)
    }

    /// Runs the body of a function in the page; what it returns, or what its promise comes to.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.post("/execute/sync", json!({ "script": script, "args": [] })).await
    }

    /// Clicks with a real pointer on the first element that `css` selects.
    pub(crate) async fn click(&self, css: &str) {
        let element = self.element(css).await;
        self.post(&format!("/element/{element}/click"), json!({})).await;
    }

    /// Waits until the page shows `text` somewhere.
    pub(crate) async fn wait_for_text(&self, text: &str) {
        let script = format!("return document.body.innerText.includes({})", json!(text));
        self.until(text, async || self.run(&script).await == true).await;
    }

    /// Gives the window another size and waits until the page has it.
    pub(crate) async fn resize(&self, width: u32, height: u32) {
        self.post("/window/rect", json!({ "width": width, "height": height })).await;
        let size = json!([width, height]);
        self.until("the new size", async || self.run("return [innerWidth, innerHeight]").await == size).await;
    }

    /// Photographs the window; the picture, in base64, which is also kept as PNG file `name` in cargo's folder for
    /// tests to look at.
    pub(crate) async fn screenshot(&self, name: &str) -> String {
        let picture = as_text(&self.get("/screenshot").await);
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let png = BASE64_STANDARD.decode(&picture).expect("a picture comes in base64");
        std::fs::write(file, png).expect("the picture can be kept");
        picture
    }

    /// Where the driver of this window listens: an address of this machine that does answer.
    pub(crate) fn driver_address(&self) -> &str {
        &self.address
    }

    /// Closes the window, as its user would.
    pub(crate) async fn close(self) {
        self.call(Method::DELETE, &self.session, None).await;
    }

    async fn element(&self, css: &str) -> String {
        let found = self.post("/element", json!({ "using": "css selector", "value": css })).await;
        let element = found.as_object().and_then(|reference| reference.values().next());
        as_text(element.expect("a found element has a reference"))
    }

    async fn get(&self, path: &str) -> Value {
        self.call(Method::GET, &format!("{}{path}", self.session), None).await
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        self.call(Method::POST, &format!("{}{path}", self.session), Some(body)).await
    }

    /// One WebDriver command; an error that it reports fails the test with the driver's own words.
    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let mut request = self.http.request(method, format!("{}{path}", self.address));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.expect("the driver answers");
        let status = answer.status();
        let mut body: Value = answer.json().await.expect("the driver answers in JSON");
        assert!(status.is_success(), "{path}: {}", body["value"]);
        body["value"].take()
    }

    async fn until(&self, what: &str, condition: impl AsyncFn() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        let mut glances = interval(GLANCE);
        while !condition().await {
            assert!(Instant::now() < deadline, "never came: {what}");
            glances.tick().await;
        }
    }
}

/// A driver on a session bus of its own. It heads a process group, so that when a test fails nothing that it started
/// is left running: neither bus nor window.
struct Driver(Child);

impl Driver {
    fn start(port: u16, screen: &Screen, home: &Path) -> Self {
        let runtime = home.join("runtime");
        std::fs::create_dir(&runtime).expect("a runtime folder");
        std::fs::set_permissions(&runtime, std::fs::Permissions::from_mode(0o700)).expect("that only its owner opens");
        let process = Command::new("dbus-run-session")
            .args(["--", "WebKitWebDriver", "--host=127.0.0.1", &format!("--port={port}")])
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("NO_AT_BRIDGE", "1")
            .env("GDK_BACKEND", "x11")
            .env("DISPLAY", &screen.display)
            .env("HOME", home)
            .env("XDG_RUNTIME_DIR", &runtime)
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_DATA_HOME")
            .env_remove("XDG_CACHE_HOME")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("the driver starts");
        Self(process)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.0.wait();
    }
}

/// A port that was free a moment ago; the driver can't pick one itself and say which.
fn free_port() -> u16 {
    let probe = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
    probe.local_addr().expect("a bound listener has an address").port()
}

fn as_text(value: &Value) -> String {
    value.as_str().expect("the driver answers with text").to_owned()
}
