//! The desktop binary as one user has it: folders, screen and session bus of its own, and the gateway behind the window.

use super::driver::Driver;
use super::needs;
use super::page::{Page, id, said, until};
use super::screen::Screen;
use crate::clients::{Clients, Heard};
use crate::harness::{Answer, Home, Tongue, http};
use serde_json::{Value, json};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;

/// What tools must give. The window is told by a variable, and must not show it.
pub(crate) const TOKEN: &str = "mst-token-of-the-window-tests";

/// Among the flags: the app is not told where secrets are kept.
pub(crate) const SECRETS_UNSAID: &str = "";

/// The running app. The fields end in the order in which they stand: the driver with the window, then its screen.
pub(crate) struct App {
    pub(crate) page: Page,
    pub(crate) home: Arc<Home>,
    /// Where the gateway listens.
    pub(crate) address: String,
    pub(crate) pid: u64,
    driver: Driver,
    screen: Screen,
}

impl App {
    /// Opens it with empty folders, and so with practice providers; `None` when the test is to be skipped.
    pub(crate) async fn open() -> Option<Self> {
        Self::open_at(&Arc::new(Home::new())).await
    }

    /// Opens it with these folders, beside all others, and waits until the gateway listens and the page has drawn.
    pub(crate) async fn open_at(home: &Arc<Home>) -> Option<Self> {
        Self::open_with(home, &["--alone"]).await
    }

    /// The same with other flags.
    pub(crate) async fn open_with(home: &Arc<Home>, flags: &[&str]) -> Option<Self> {
        Self::open_among(home, flags, &[]).await
    }

    /// The same with variables of its own.
    pub(crate) async fn open_among(home: &Arc<Home>, flags: &[&str], variables: &[(&str, &str)]) -> Option<Self> {
        Some(Self::begin(home, flags, variables).await?.listening().await)
    }

    /// The same, but waits only for the page: the gateway may not start.
    pub(crate) async fn begin(home: &Arc<Home>, flags: &[&str], variables: &[(&str, &str)]) -> Option<Opening> {
        if !needs::are_met() {
            return None;
        }
        let screen = Screen::open();
        let driver = Driver::start(&screen, home, &[&[("MAINSTAY_TOKEN", TOKEN)], variables].concat());
        let arguments = arguments(home, flags);
        let arguments: Vec<&OsStr> = arguments.iter().map(OsString::as_os_str).collect();
        let page = Page::open(&driver.address, &binary(), &arguments).await;
        Some(Opening { page, home: Arc::clone(home), driver, screen })
    }

    /// A file of the practice profiles.
    pub(crate) fn practice_file(&self, name: &str) -> PathBuf {
        self.home.data().join("practice").join(format!("{name}.json"))
    }

    /// Goes to a place by the sidebar.
    pub(crate) async fn go(&self, place: &str) {
        self.page.click(&id(&format!("nav-{place}"))).await;
        self.page.wait_for(&format!("{}[aria-current=page]", id(&format!("nav-{place}")))).await;
    }

    /// Chooses `System`, `Light` or `Dark`.
    pub(crate) async fn appear(&self, word: &str) {
        self.page.click(&said("label", word)).await;
    }

    /// Takes back what was done last.
    pub(crate) async fn undo(&self) {
        self.page.click("(//button[normalize-space()='Undo'])[last()]").await;
    }

    /// One user turn through the gateway by an official SDK.
    pub(crate) async fn ask_by_sdk(&self, clients: &Clients, tongue: Tongue, said: &str) -> Heard {
        let messages = json!([{ "role": "user", "content": said }]);
        let call = json!({ "model": "m", "messages": messages, "stream": true });
        clients.call_at(&self.address, TOKEN, tongue, call).await
    }

    /// One user turn through the gateway as the tool of this user agent sends it.
    pub(crate) async fn ask_as(&self, tool: &str, tongue: Tongue, model: &str, said: &str) -> Answer {
        let request = http().post(format!("{}{}", self.address, tongue.path(model, true)));
        let request = request.header("x-mainstay-token", TOKEN).header("user-agent", tool);
        Answer::to(request.json(&tongue.body(model, said, true))).await
    }

    /// Starts the binary once more, as the same user, with the same folders, on the same screen and bus.
    pub(crate) fn start_again(&self, flags: &[&str]) -> Second {
        let mut command = Command::new(binary());
        command.args(arguments(&self.home, flags)).current_dir(self.home.path()).env_clear();
        // What the running one was given, its bus among it.
        let given = fs::read(process(self.pid).join("environ")).expect("a process has variables");
        for variable in given.split(|&byte| byte == 0) {
            if let Some((name, value)) = String::from_utf8_lossy(variable).split_once('=') {
                command.env(name, value);
            }
        }
        let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Second(quiet.spawn().expect("it can be started again"))
    }

    /// What `DISPLAY` says.
    pub(crate) fn display(&self) -> &str {
        &self.screen.display
    }

    /// Clicks what ends the program, and waits until it has.
    pub(crate) async fn quit_by(self, button: &str) {
        self.page.click_last(button).await;
        let process = process(self.pid);
        until("the program is gone", async || (!process.exists()).then_some(())).await;
        drop((self.driver, self.screen));
    }

    /// Closes the window and waits until the program is gone. It is killed, so what stays is what it had saved before.
    pub(crate) async fn close(self) {
        self.page.close().await;
        let process = process(self.pid);
        until("the program is gone with its window", async || (!process.exists()).then_some(())).await;
        drop((self.driver, self.screen));
    }
}

/// A window whose gateway may or may not start. It ends as [`App`] does.
pub(crate) struct Opening {
    pub(crate) page: Page,
    home: Arc<Home>,
    driver: Driver,
    screen: Screen,
}

impl Opening {
    /// Waits until the gateway listens.
    pub(crate) async fn listening(self) -> App {
        let Self { page, home, driver, screen } = self;
        let note = home.data().join("run.json");
        // The note of a run before this one, which was killed, may still lie there.
        let lives = |note: &Value| note["pid"].as_u64().is_some_and(|pid| process(pid).exists());
        let note = page.until("the gateway listens", async || read(&note).filter(lives)).await;
        let address = note["address"].as_str().expect("run.json says where").to_owned();
        let pid = note["pid"].as_u64().expect("run.json says who");
        page.wait_for(&id("gateway-address")).await;
        App { page, home, address, pid, driver, screen }
    }
}

/// Where Linux tells about a process, as long as there is one.
fn process(pid: u64) -> PathBuf {
    PathBuf::from(format!("/proc/{pid}"))
}

/// The one that was built with the tests, or that `MAINSTAY_DESKTOP_BIN` names: figures are those of a release.
fn binary() -> String {
    std::env::var("MAINSTAY_DESKTOP_BIN").unwrap_or_else(|_| env!("CARGO_BIN_EXE_mainstay-desktop").to_owned())
}

/// The folders are named from the home's folder, in which the app starts: so a picture shows no path of one run.
fn arguments(home: &Home, flags: &[&str]) -> Vec<OsString> {
    let within = |folder: PathBuf| folder.strip_prefix(home.path()).expect("it lies in the home").to_owned();
    let mut arguments: Vec<OsString> = ["--fixed-size", "--profiles-dir"].map(OsString::from).into();
    arguments.extend([within(home.profiles()).into(), "--data-dir".into(), within(home.data()).into()]);
    if !flags.contains(&"--listen") {
        arguments.extend(["--listen", "127.0.0.1:0"].map(OsString::from));
    }
    if !flags.contains(&SECRETS_UNSAID) {
        arguments.extend(["--secrets", "file"].map(OsString::from));
    }
    arguments.extend(flags.iter().filter(|flag| **flag != SECRETS_UNSAID).map(OsString::from));
    arguments
}

/// A second start of the app. Killed if it does not end before its test.
pub(crate) struct Second(Child);

impl Second {
    /// How it ended, once it has.
    pub(crate) async fn ended(mut self) -> ExitStatus {
        until("the second start ends", async || self.0.try_wait().expect("a child can be asked")).await
    }
}

impl Drop for Second {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A JSON file, once it is there and whole.
pub(crate) fn read(path: &Path) -> Option<Value> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}
