//! The process `mainstay serve`: started, read, spoken to, stopped.

use super::home::Home;
use super::wait::until;
use super::wire::{Answer, Tongue, http};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long a gateway may take to stop by itself at a test's end before it is killed.
const FAREWELL: Duration = Duration::from_secs(3);

/// The binary under test: beside the test executable's folder, or where `MAINSTAY_BIN` says.
pub(crate) fn binary() -> PathBuf {
    let named = std::env::var_os("MAINSTAY_BIN").map(PathBuf::from);
    let path = named.unwrap_or_else(|| {
        let test = std::env::current_exe().expect("the test executable has a path");
        let built = test.parent().and_then(|deps| deps.parent()).expect("target/PROFILE/deps/TEST");
        built.join(format!("mainstay{}", std::env::consts::EXE_SUFFIX))
    });
    assert!(path.is_file(), "{} is missing: run `cargo build --package mainstay-cli` first", path.display());
    path
}

/// How to run `mainstay`.
pub(crate) struct Serve {
    home: Arc<Home>,
    arguments: Vec<OsString>,
    variables: Vec<(OsString, OsString)>,
    input: String,
}

impl Serve {
    /// `mainstay serve` on a free port with the folders of this home and secrets in memory.
    pub(crate) fn at(home: &Arc<Home>) -> Self {
        let serve = Self::bare(home).arg("serve").arg("--listen").arg("127.0.0.1:0");
        let (profiles, data) = (home.profiles(), home.data());
        serve.arg("--profiles-dir").arg(profiles).arg("--data-dir").arg(data)
    }

    /// `mainstay` with nothing said but where the user's home is.
    pub(crate) fn bare(home: &Arc<Home>) -> Self {
        Self { home: Arc::clone(home), arguments: vec![], variables: vec![], input: String::new() }
    }

    pub(crate) fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    pub(crate) fn args<const N: usize>(self, arguments: [&str; N]) -> Self {
        arguments.into_iter().fold(self, Self::arg)
    }

    /// Keeps secrets in memory, as most tests do.
    pub(crate) fn in_memory(self) -> Self {
        self.args(["--secrets", "memory"])
    }

    pub(crate) fn variable(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// What it reads on stdin; nothing unless told.
    pub(crate) fn input(mut self, text: &str) -> Self {
        self.input = text.to_owned();
        self
    }

    fn spawn(&self) -> Running {
        let mut command = Command::new(binary());
        command.args(&self.arguments).env_clear();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Nothing of the machine's own configuration, keys or proxies comes in.
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        let user = self.home.user();
        command.env("HOME", &user);
        for (name, folder) in [
            ("XDG_CONFIG_HOME", ".config"),
            ("XDG_DATA_HOME", ".local/share"),
            ("XDG_STATE_HOME", ".local/state"),
            ("XDG_CACHE_HOME", ".cache"),
            ("XDG_RUNTIME_DIR", ".run"),
        ] {
            command.env(name, user.join(folder));
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        let mut child = command.spawn().expect("mainstay can be run");
        // One that ends at once may not have read it.
        let _ = child.stdin.take().expect("stdin is piped").write_all(self.input.as_bytes());
        let stdout = Drained::of(child.stdout.take().expect("stdout is piped"));
        let stderr = Drained::of(child.stderr.take().expect("stderr is piped"));
        Running { child, stdout, stderr }
    }

    /// Runs it to its end.
    pub(crate) async fn run(&self) -> Ended {
        let mut running = self.spawn();
        let status = running.ended().await;
        running.into_ended(status)
    }

    /// Starts it and kills it as soon as there is something to see.
    pub(crate) async fn kill_when(&self, what: &str, look: impl Fn() -> bool) {
        let mut running = self.spawn();
        until(what, async || (look() || matches!(running.child.try_wait(), Ok(Some(_)))).then_some(())).await;
        running.child.kill().expect("a child can be killed");
        running.ended().await;
    }

    /// Starts it and reads the ready line.
    pub(crate) async fn start(self) -> Gateway {
        let mut running = self.spawn();
        let line = until("the gateway is ready", async || {
            if let Some(line) = running.stdout.text().lines().next().filter(|_| running.stdout.text().contains('\n')) {
                return Some(line.to_owned());
            }
            let status = running.child.try_wait().expect("a child can be asked");
            assert!(status.is_none(), "it ended at its start: {status:?}\n{}", running.stderr.text());
            None
        })
        .await;
        let ready: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let text = |name: &str| ready[name].as_str().expect("the ready line has it").to_owned();
        Gateway { address: text("listening"), token: text("token"), ready, running, home: self.home, http: http() }
    }
}

/// A process and what it has said so far.
struct Running {
    child: Child,
    stdout: Drained,
    stderr: Drained,
}

impl Running {
    async fn ended(&mut self) -> ExitStatus {
        until("mainstay ends", async || self.child.try_wait().expect("a child can be asked")).await
    }

    fn into_ended(mut self, status: ExitStatus) -> Ended {
        let stdout = self.stdout.whole();
        let stderr = self.stderr.whole();
        Ended { code: status.code(), stdout, stderr }
    }
}

impl Drop for Running {
    #[expect(clippy::print_stderr, reason = "the test harness shows it with the failed test, and only then")]
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            signal(self.child.id(), "TERM");
            let patience = Instant::now() + FAREWELL;
            while matches!(self.child.try_wait(), Ok(None)) {
                if Instant::now() >= patience {
                    let _ = self.child.kill();
                    let _ = self.child.wait();
                    break;
                }
                thread::sleep(Duration::from_millis(5));
            }
        }
        if thread::panicking() {
            eprintln!("--- what mainstay said on stderr ---\n{}", self.stderr.text());
        }
    }
}

/// A process that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// `None` when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// The JSON line that stderr ends with.
    pub(crate) fn problem(&self) -> Value {
        let last = self.stderr.lines().last().unwrap_or_default();
        let problem: Value = serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        for name in ["code", "message", "hint"] {
            assert!(problem[name].is_string(), "{name} is missing: {problem}");
        }
        problem
    }
}

/// Text that a thread reads as it comes, so that the writer never waits.
struct Drained {
    text: Arc<Mutex<String>>,
    reader: Option<thread::JoinHandle<()>>,
}

impl Drained {
    fn of(source: impl Read + Send + 'static) -> Self {
        let text = Arc::new(Mutex::new(String::new()));
        let shared = Arc::clone(&text);
        let reader = thread::spawn(move || {
            let mut source = BufReader::new(source);
            let mut line = Vec::new();
            while source.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                let read = String::from_utf8_lossy(&line).into_owned();
                shared.lock().unwrap_or_else(PoisonError::into_inner).push_str(&read);
                line.clear();
            }
        });
        Self { text, reader: Some(reader) }
    }

    fn text(&self) -> String {
        self.text.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// All of it, once the process has ended.
    fn whole(&mut self) -> String {
        if let Some(reader) = self.reader.take() {
            reader.join().expect("the reader of a pipe ends with it");
        }
        self.text()
    }
}

/// Sends a signal by name. There is no other way without unsafe code.
fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill").arg(format!("-{name}")).arg(pid.to_string()).status();
    assert!(sent.is_ok_and(|status| status.success()), "kill -{name} {pid}");
}

/// A gateway that serves.
pub(crate) struct Gateway {
    pub(crate) address: String,
    pub(crate) token: String,
    /// The ready line.
    pub(crate) ready: Value,
    pub(crate) home: Arc<Home>,
    http: reqwest::Client,
    running: Running,
}

impl Gateway {
    pub(crate) fn pid(&self) -> u32 {
        self.running.child.id()
    }

    /// A request without a token.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.address))
    }

    /// A generating request in a client's dialect.
    pub(crate) fn asking(&self, tongue: Tongue, model: &str, said: &str, stream: bool) -> RequestBuilder {
        let request = self.request(Method::POST, &tongue.path(model, stream));
        request.header("x-mainstay-token", &self.token).json(&tongue.body(model, said, stream))
    }

    pub(crate) async fn ask(&self, tongue: Tongue, model: &str, said: &str, stream: bool) -> Answer {
        Answer::to(self.asking(tongue, model, said, stream)).await
    }

    fn admin_token(&self) -> String {
        let note = std::fs::read_to_string(self.home.data().join("run.json")).expect("a running engine has its note");
        let note: Value = serde_json::from_str(&note).expect("run.json is JSON");
        note["admin_token"].as_str().expect("run.json holds the admin token").to_owned()
    }

    /// An admin route's answer.
    pub(crate) async fn admin(&self, path: &str) -> Answer {
        let request = self.request(Method::GET, &format!("/_mainstay/{path}"));
        Answer::to(request.bearer_auth(self.admin_token())).await
    }

    /// An operation's answer, good or bad.
    pub(crate) async fn try_perform(&self, operation: &str, input: &Value) -> Answer {
        let request = self.request(Method::POST, &format!("/_mainstay/operations/{operation}")).json(input);
        Answer::to(request.bearer_auth(self.admin_token())).await
    }

    /// What an admin route answers that is asked by POST.
    pub(crate) async fn perform_admin(&self, path: &str) -> Value {
        let request = self.request(Method::POST, &format!("/_mainstay/{path}"));
        Answer::to(request.bearer_auth(self.admin_token())).await.json()
    }

    /// What an operation answers.
    pub(crate) async fn perform(&self, operation: &str, input: &Value) -> Value {
        let answer = self.try_perform(operation, input).await;
        assert_eq!(answer.status, 200, "{operation}: {answer:?}");
        answer.json()
    }

    /// The trail of an exchange that has ended, or soon will have.
    pub(crate) async fn trail(&self, request_id: &str) -> Value {
        let path = format!("exchanges/{request_id}");
        until(&format!("the trail of {request_id}"), async || {
            let answer = self.admin(&path).await;
            (answer.status == 200).then(|| answer.json())
        })
        .await
    }

    /// The state of a balancer's member (`ready`, `cooling`, `open`, …) and milliseconds until it is over.
    pub(crate) async fn member(&self, route: &str, member: &str) -> (String, Option<u64>) {
        let state = self.admin("state").await.json();
        let find = |list: &Value, name: &str| {
            let mut list = list.as_array().expect("a list").iter();
            list.find(|item| item["name"] == name).cloned().unwrap_or_else(|| panic!("no {name} in {state}"))
        };
        let found = find(&find(&state["routes"], route)["members"], member);
        let now = state["now"].as_u64().expect("the gateway's clock");
        let left = found["until"].as_u64().map(|until| until.saturating_sub(now));
        (found["state"].as_str().expect("a state").to_owned(), left)
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        self.running.stderr.text()
    }

    /// Sends SIGTERM, SIGINT, …
    pub(crate) fn signal(&self, name: &str) {
        signal(self.pid(), name);
    }

    /// Waits for its end.
    pub(crate) async fn ended(mut self) -> Ended {
        let status = self.running.ended().await;
        self.running.into_ended(status)
    }

    /// Asks it to stop, and waits for that.
    pub(crate) async fn stop(self) -> Ended {
        self.signal("TERM");
        self.ended().await
    }

    /// Kills it where it stands.
    pub(crate) async fn kill(mut self) -> Arc<Home> {
        self.running.child.kill().expect("a child can be killed");
        self.running.ended().await;
        Arc::clone(&self.home)
    }
}
