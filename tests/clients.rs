//! The official SDKs, in one Node process that lives as long as the tests do.

use crate::harness::{Gateway, PATIENCE, Tongue};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// The SDKs, ready to call.
pub(crate) struct Clients {
    stdin: Mutex<ChildStdin>,
    waiting: Waiting,
}

type Waiting = Arc<Mutex<(u64, HashMap<u64, oneshot::Sender<Value>>)>>;

impl Clients {
    /// `None` when Node or the SDKs are missing and the test is to be skipped, which is said past the test harness; a
    /// failure under `MAINSTAY_REQUIRE_TOOLS=1`.
    pub(crate) fn get() -> Option<&'static Self> {
        static CLIENTS: OnceLock<Option<Clients>> = OnceLock::new();
        let clients = CLIENTS.get_or_init(Self::start).as_ref();
        if clients.is_none() {
            let missing = "missing: Node or the modules of tests/clients; `make setup` sees to them";
            let required = std::env::var_os("MAINSTAY_REQUIRE_TOOLS").is_some_and(|value| value == "1");
            assert!(!required, "{missing}");
            let _ = writeln!(std::io::stderr(), "SKIPPED, {missing}");
        }
        clients
    }

    fn start() -> Option<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients");
        if !folder.join("node_modules/openai").is_dir() {
            return None;
        }
        // The SDKs read keys and addresses from variables; none of the machine's own come in.
        let mut child = Command::new("node")
            .arg("run.mjs")
            .current_dir(folder)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .ok()?;
        let stdin = Mutex::new(child.stdin.take().expect("stdin is piped"));
        let stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let mut stderr = child.stderr.take().expect("stderr is piped");
        // Handed on, not inherited: it would keep this process's own stderr open a moment longer than the tests run.
        thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::stderr()));
        let waiting = Waiting::default();
        let answered = Arc::clone(&waiting);
        // It ends when this process does: its stdin closes then.
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let result: Value = serde_json::from_str(&line).expect("a result a line");
                let id = result["id"].as_u64().expect("the call's id");
                let sender = answered.lock().unwrap_or_else(PoisonError::into_inner).1.remove(&id);
                // The test that asked may have failed meanwhile.
                let _ = sender.map(|sender| sender.send(result));
            }
            answered.lock().unwrap_or_else(PoisonError::into_inner).1.clear();
            let _ = child.wait();
        });
        Some(Self { stdin, waiting })
    }

    /// One user turn by a dialect's official SDK, with all its defaults but retries.
    pub(crate) async fn ask(&self, gateway: &Gateway, tongue: Tongue, model: &str, said: &str, stream: bool) -> Heard {
        let messages = json!([{ "role": "user", "content": said }]);
        self.call(gateway, tongue, json!({ "model": model, "messages": messages, "stream": stream })).await
    }

    /// Any call that tests/clients/run.mjs knows.
    pub(crate) async fn call(&self, gateway: &Gateway, tongue: Tongue, call: Value) -> Heard {
        self.call_at(&gateway.address, &gateway.token, tongue, call).await
    }

    /// The same of a gateway that is known by its address and token alone.
    pub(crate) async fn call_at(&self, address: &str, token: &str, tongue: Tongue, call: Value) -> Heard {
        self.call_by(address, token, tongue.sdk(), call).await
    }

    /// The same by an SDK that is named as tests/clients/run.mjs names it.
    pub(crate) async fn call_by(&self, address: &str, token: &str, sdk: &str, mut call: Value) -> Heard {
        let (sender, receiver) = oneshot::channel();
        let id = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.0 += 1;
            let id = waiting.0;
            waiting.1.insert(id, sender);
            id
        };
        let fields = call.as_object_mut().expect("a call is an object");
        fields.insert("id".into(), id.into());
        fields.insert("sdk".into(), sdk.into());
        fields.insert("base_url".into(), address.into());
        fields.insert("token".into(), token.into());
        writeln!(self.stdin.lock().unwrap_or_else(PoisonError::into_inner), "{call}").expect("Node reads its calls");
        let heard = timeout(PATIENCE, receiver).await.unwrap_or_else(|_| panic!("no result in time: {call}"));
        Heard(heard.expect("Node lives"))
    }
}

/// What an SDK gave its caller.
#[derive(Debug)]
pub(crate) struct Heard(pub(crate) Value);

impl Heard {
    pub(crate) fn ok(&self) -> bool {
        self.0["ok"] == true
    }

    pub(crate) fn text(&self) -> &str {
        self.0["text"].as_str().unwrap_or_default()
    }

    pub(crate) fn stop(&self) -> Option<&str> {
        self.0["stop"].as_str()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.0["headers"][name].as_str()
    }

    /// The id that its trail is kept under.
    pub(crate) fn request_id(&self) -> &str {
        self.header("x-mainstay-request-id").unwrap_or_else(|| panic!("no request id: {self:?}"))
    }
}
