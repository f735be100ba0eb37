//! A running engine, asked from another process of the same user, by what `run.json` in the data folder says.

use crate::error::Problem;
use mainstay_credentials::SecretString;
use mainstay_gateway::{Outbound, Way};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::Value;
use std::path::Path;
use std::time::Duration;
use url::Url;

/// How long an operation may take. A test of a profile waits for a provider.
const PATIENCE: Duration = Duration::from_secs(120);

#[derive(Deserialize)]
struct Note {
    pid: u32,
    address: String,
    admin_token: SecretString,
}

/// A running engine.
pub struct Remote {
    note: Note,
    outbound: Outbound,
}

impl Remote {
    /// The engine that runs on a data folder; `None` where none does. A note that was left by one that was killed counts
    /// as none.
    ///
    /// # Errors
    /// When no client for it can be made.
    pub async fn find(data_dir: &Path) -> Result<Option<Self>, Problem> {
        let Ok(text) = std::fs::read(data_dir.join("run.json")) else { return Ok(None) };
        let Ok(note) = serde_json::from_slice::<Note>(&text) else { return Ok(None) };
        let outbound = Outbound::new(&format!("mainstay/{}", crate::VERSION)).map_err(|error| Problem {
            code: "no_client".to_owned(),
            message: format!("A client for the running engine can't be made: {error}."),
            hint: String::new(),
        })?;
        let found = Self { note, outbound };
        Ok(found.get("state").await.is_ok().then_some(found))
    }

    /// Where its gateway listens: `http://127.0.0.1:4117`.
    pub fn address(&self) -> &str {
        &self.note.address
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.note.pid
    }

    /// Performs an operation: JSON in, JSON out.
    ///
    /// # Errors
    /// The operation's own problem, or that the engine does not answer.
    pub async fn perform(&self, operation: &str, input: &Value) -> Result<Value, Problem> {
        let url = self.url(&format!("operations/{operation}"))?;
        let request = self.outbound.client(&url, &Way::Direct).post(url).json(input);
        self.send(request).await
    }

    /// The door's token, which tools must give.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn door_token(&self) -> Result<SecretString, Problem> {
        let answer = self.get("door-token").await?;
        Ok(SecretString::from(answer["token"].as_str().unwrap_or_default().to_owned()))
    }

    /// Where a browser gets the window, once and within five minutes.
    ///
    /// # Errors
    /// `no_window` when the engine serves none; or that it does not answer.
    pub async fn window_address(&self) -> Result<String, Problem> {
        let url = self.url("window-code")?;
        let answer = self.send(self.outbound.client(&url, &Way::Direct).post(url)).await?;
        Ok(format!("{}{}", self.note.address, answer["path"].as_str().unwrap_or_default()))
    }

    async fn get(&self, route: &str) -> Result<Value, Problem> {
        let url = self.url(route)?;
        let request = self.outbound.client(&url, &Way::Direct).get(url);
        self.send(request).await
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Value, Problem> {
        let sent = request.bearer_auth(self.note.admin_token.expose_secret()).timeout(PATIENCE).send().await;
        let response = sent.map_err(|error| silent(&error.without_url()))?;
        let good = response.status().is_success();
        let answer: Value = response.json().await.map_err(|error| silent(&error.without_url()))?;
        if good { Ok(answer) } else { Err(refusal(&answer)) }
    }

    fn url(&self, route: &str) -> Result<Url, Problem> {
        // An address for all interfaces is reached on this machine by loopback.
        let address = self.note.address.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:");
        Url::parse(&format!("{address}/_mainstay/{route}")).map_err(|error| silent(&error))
    }
}

fn silent(error: &dyn std::fmt::Display) -> Problem {
    Problem {
        code: "engine_unreachable".to_owned(),
        message: format!("The running engine did not answer: {error}."),
        hint: "Restart Mainstay.".to_owned(),
    }
}

/// The problem that an admin route answered with.
fn refusal(answer: &Value) -> Problem {
    let text = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
    Problem { code: text("code"), message: text("message"), hint: text("hint") }
}
