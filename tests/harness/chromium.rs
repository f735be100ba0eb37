//! Chromium as one user would have it: a profile of its own, no window, and driven through WebDriver.

use super::needs;
use super::page::Page;
use serde_json::json;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// How long the driver may take to close a browser at a test's end before both are killed.
const FAREWELL: Duration = Duration::from_secs(5);

/// A browser, with one page open. The fields end in the order in which they stand: the browser before the folder that it
/// writes to.
pub(crate) struct Chromium {
    pub(crate) page: Page,
    _driver: Driver,
    _profile: TempDir,
}

impl Chromium {
    /// Starts it with further arguments (`--host-resolver-rules=…`) and an empty page; `None` when the test is to be
    /// skipped. It calls nobody by itself, and knows nothing of the machine's own browser.
    pub(crate) async fn open(extra_args: &[&str]) -> Option<Self> {
        if !needs::are_met(&["chromium", "chromedriver", "kill"], None) {
            return None;
        }
        let profile = tempfile::tempdir().expect("a folder for the browser");
        let mut driver = Driver::start(&profile);
        let mut arguments = vec![
            "--headless=new".to_owned(),
            // A container's tests run as root, which Chromium's own sandbox refuses, and have little shared memory.
            "--no-sandbox".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-quic".to_owned(),
            "--no-first-run".to_owned(),
            "--no-proxy-server".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            "--window-size=1280,900".to_owned(),
            format!("--user-data-dir={}", profile.path().join("profile").display()),
        ];
        arguments.extend(extra_args.iter().map(|&argument| argument.to_owned()));
        let options = json!({ "browserName": "chrome", "goog:chromeOptions": {
            "args": arguments,
            "binary": needs::program("chromium"),
        } });
        let page = Page::with(&driver.address, options).await;
        driver.session = Some(page.session().to_owned());
        Some(Self { page, _driver: driver, _profile: profile })
    }
}

/// Chromium's driver, which heads a process group.
struct Driver {
    process: Child,
    address: String,
    session: Option<String>,
    /// Kept open: a driver that can't write any more ends.
    _said: BufReader<ChildStdout>,
}

impl Driver {
    /// Starts it on a port that it picks itself and says.
    fn start(profile: &TempDir) -> Self {
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .current_dir(profile.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("LANG", "C.UTF-8")
            .env("HOME", profile.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("the driver starts");
        let mut said = BufReader::new(process.stdout.take().expect("its stdout was piped"));
        let port = said.by_ref().lines().map_while(Result::ok).find_map(|line| {
            line.rsplit_once("started successfully on port ")?.1.trim_end_matches('.').parse::<u16>().ok()
        });
        let port = port.expect("the driver says where it listens");
        Self { process, address: format!("http://127.0.0.1:{port}"), session: None, _said: said }
    }

    /// Has the driver close the browser: killed, it would leave it running.
    fn close(&self, session: &str) -> std::io::Result<()> {
        let place = self.address.trim_start_matches("http://");
        let mut driver = TcpStream::connect(place)?;
        driver.set_read_timeout(Some(FAREWELL))?;
        write!(driver, "DELETE {session} HTTP/1.1\r\nHost: {place}\r\nConnection: close\r\n\r\n")?;
        driver.read(&mut [0; 64]).map(drop)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.session.as_deref().map(|session| self.close(session));
        let group = format!("-{}", self.process.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn a_page_that_asks_nobody_can_be_read_and_touched() {
    let Some(chromium) = Chromium::open(&[]).await else { return };
    let page = &chromium.page;
    page.visit("data:text/html,<h1>Hello</h1><button onclick=\"document.title='Touched'\">Touch</button>").await;
    assert_eq!(page.text("h1").await, "Hello");
    page.click("button").await;
    assert_eq!(page.title().await, "Touched");
    assert_eq!(page.run("return Promise.resolve(7)").await, 7);
}
