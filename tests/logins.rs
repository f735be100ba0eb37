//! A real authorization server (npm `oidc-provider`) and an API that takes its tokens, in a Node process of one test's own.

use crate::harness::needs;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Tells a browser that there is no machine but this one.
pub(crate) const NO_OTHER_MACHINE: &str = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost";

/// The server, for as long as this is held.
pub(crate) struct LoginServer {
    process: Child,
    talk: RefCell<(ChildStdin, Lines<BufReader<ChildStdout>>)>,
    /// Where people log in.
    pub(crate) login: String,
    /// Where its tokens are taken.
    pub(crate) api: String,
}

impl LoginServer {
    /// Starts it; its access tokens live for so many seconds. `None` when Node or the module is missing and the test is to be
    /// skipped, which is said past the test harness; a failure under `MAINSTAY_REQUIRE_TOOLS=1`.
    pub(crate) fn start(seconds: u64) -> Option<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/logins");
        let module = folder.join("node_modules/oidc-provider").is_dir();
        if !needs::are_met(&["node"], (!module).then_some("the modules of tests/logins")) {
            return None;
        }
        let mut process = Command::new("node")
            .args(["run.mjs", &seconds.to_string()])
            .current_dir(&folder)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Node starts");
        let stdin = process.stdin.take().expect("stdin is piped");
        let mut lines = BufReader::new(process.stdout.take().expect("stdout is piped")).lines();
        let ready = read(&mut lines);
        let address = |name: &str| ready[name].as_str().expect("it says where it listens").to_owned();
        let (login, api) = (address("login"), address("api"));
        Some(Self { process, talk: RefCell::new((stdin, lines)), login, api })
    }

    /// The access tokens that it gives from now on live for so many seconds.
    pub(crate) fn live(&self, seconds: u64) {
        self.call(&json!({ "do": "live", "seconds": seconds }));
    }

    /// Ends all logins of this person, as an administrator would.
    pub(crate) fn end(&self, who: &str) {
        let ended = self.call(&json!({ "do": "end", "who": who }));
        assert!(ended["ended"].as_u64().is_some_and(|count| count > 0), "{who} was logged in: {ended}");
    }

    /// How often a kind of grant was asked of the token endpoint: with success, and without.
    pub(crate) fn grants(&self, kind: &str) -> (usize, usize) {
        let told = self.call(&json!({ "do": "grants" }));
        let grants = told["grants"].as_array().expect("a list").iter().filter(|grant| grant["type"] == kind);
        let (good, bad): (Vec<_>, Vec<_>) = grants.partition(|grant| grant["ok"] == true);
        (good.len(), bad.len())
    }

    /// The client that the server knows.
    pub(crate) const CLIENT: &str = "mainstay-tests";

    /// A login at this server as the settings of a login name it, with `more` over it.
    pub(crate) fn settings(&self, more: &Value) -> Value {
        let login = &self.login;
        let mut settings = json!({
            "authorize_url": format!("{login}/auth"),
            "token_url": format!("{login}/token"),
            "device_url": format!("{login}/device/auth"),
            "revoke_url": format!("{login}/token/revocation"),
            "paste_redirect_url": format!("{login}/shown"),
            "token_body": "form",
            "state": "random",
            "redirect": { "host": "127.0.0.1", "ports": null },
            "scopes": ["openid", "offline_access", "email", "chat"],
            "parameters": { "prompt": "consent" },
            "api_url": self.api,
        });
        settings.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        settings
    }

    fn call(&self, call: &Value) -> Value {
        let (stdin, lines) = &mut *self.talk.borrow_mut();
        writeln!(stdin, "{call}").expect("the server reads its calls");
        read(lines)
    }
}

fn read(lines: &mut Lines<BufReader<ChildStdout>>) -> Value {
    let line = lines.next().expect("the server lives").expect("and says something");
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

impl Drop for LoginServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
