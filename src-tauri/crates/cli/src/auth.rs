//! `mainstay auth`: logins, from a terminal.

use crate::exit::{self, Exit};
use crate::place::{Asked, Place, block_on};
use clap::{Args, Subcommand, ValueEnum};
use mainstay_engine::Problem;
use serde_json::{Value, json};
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use tokio::sync::mpsc;

#[derive(Args)]
pub(crate) struct Auth {
    #[command(flatten)]
    place: Place,
    /// The provider; without one, all are told.
    #[arg(value_name = "PROVIDER")]
    provider: Option<String>,
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Subcommand)]
enum What {
    /// Allow logins, and log in if nobody is.
    Enable(Way),
    /// Use no login; it is kept.
    Disable,
    /// Log in through the browser, with a pasted code, or on another device.
    Login(Way),
    /// Forget a login, and tell the provider where it takes that.
    Logout {
        /// The account [default: the only one].
        #[arg(long)]
        account: Option<String>,
    },
    /// Say who is logged in, until when, and who uses it.
    Status,
}

#[derive(Args, Clone, Default)]
struct Way {
    /// The account; a provider may have several.
    #[arg(long, default_value = "default", value_name = "NAME")]
    account: String,
    /// How: browser, paste or device [default: the best that the provider has].
    #[arg(long, value_enum, value_name = "WAY")]
    by: Option<Method>,
    /// The provider's notice about this login has been read and is accepted.
    #[arg(long)]
    accept_notice: bool,
    /// Only print the address; open no browser.
    #[arg(long)]
    no_browser: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Method {
    Browser,
    Paste,
    Device,
}

impl Method {
    fn as_str(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Paste => "paste",
            Self::Device => "device",
        }
    }
}

impl Auth {
    pub(crate) fn run(self) -> Result<(), Exit> {
        block_on(async {
            let engine = self.place.engine().await?;
            let Some(provider) = self.provider else { return say(&engine, "/auth").await };
            match self.what {
                None | Some(What::Status) => say(&engine, &format!("/auth {} status", quoted(&provider))).await,
                Some(What::Disable) => say(&engine, &format!("/auth {} disable", quoted(&provider))).await,
                Some(What::Logout { account }) => {
                    let account = account.map(|name| format!(" {}", quoted(&name))).unwrap_or_default();
                    say(&engine, &format!("/auth {} logout{account}", quoted(&provider))).await
                }
                Some(What::Enable(way)) => {
                    let output = console(&engine, &format!("/auth {} enable", quoted(&provider))).await?;
                    match output["logins"].as_array().is_some_and(|logins| !logins.is_empty()) {
                        true => log_in(&engine, &provider, &way).await,
                        false => Ok(()),
                    }
                }
                Some(What::Login(way)) => log_in(&engine, &provider, &way).await,
            }
        })
    }
}

/// Sees through the logins that a block of commands asked for. Without a terminal nobody could: then it is said how.
pub(crate) async fn log_in_where_wanted(engine: &Asked, output: &Value) -> Result<(), Exit> {
    for wanted in output["logins"].as_array().into_iter().flatten() {
        let text = |key: &str| wanted[key].as_str().unwrap_or_default();
        let (provider, account) = (text("provider"), text("account"));
        if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() {
            let way = Way { account: account.to_owned(), ..Way::default() };
            log_in(engine, provider, &way).await?;
        } else {
            told(format_args!("Login needed: mainstay auth {provider} login --account {account}"));
        }
    }
    Ok(())
}

async fn console(engine: &Asked, command: &str) -> Result<Value, Exit> {
    let output = engine.perform("console", json!({ "text": command })).await?;
    if let Some(problem) = output.get("problem").filter(|problem| !problem.is_null()) {
        let text = |key: &str| problem[key].as_str().unwrap_or_default();
        return Err(Exit::new(exit::FAULT, text("code"), text("message").to_owned(), text("hint")));
    }
    for ran in output["ran"].as_array().into_iter().flatten() {
        let said = ran["output"].as_str().unwrap_or_default();
        if !said.is_empty() {
            told(format_args!("{said}"));
        }
    }
    Ok(output)
}

async fn say(engine: &Asked, command: &str) -> Result<(), Exit> {
    console(engine, command).await.map(|_| ())
}

fn quoted(word: &str) -> String {
    if word.contains(char::is_whitespace) { format!("\"{word}\"") } else { word.to_owned() }
}

/// One login, to its end. Ctrl C cancels it, and nothing is left.
async fn log_in(engine: &Asked, provider: &str, way: &Way) -> Result<(), Exit> {
    let mut wait = start(engine, provider, way).await?;
    let id = wait["id"].as_str().unwrap_or_default().to_owned();
    let mut pasted = None;
    let mut shown = false;
    let mut complained = Value::Null;
    loop {
        let step = wait["step"].as_str().unwrap_or_default();
        match step {
            "waiting" if !shown => {
                shown = true;
                show(&wait, way);
                if wait["canPaste"] == true && std::io::stdin().is_terminal() {
                    told(format_args!(
                        "If the browser shows a code instead, or can't come back here, paste it and press Enter."
                    ));
                    pasted = Some(lines_typed());
                } else if wait["method"] == "paste" {
                    pasted = Some(lines_typed());
                }
            }
            "done" => {
                told(format_args!("Logged in at {provider} as {}.", way.account));
                return Ok(());
            }
            "failed" => {
                let text = |key: &str| wait["problem"][key].as_str().unwrap_or_default();
                return Err(Exit::new(exit::FAULT, text("code"), text("message").to_owned(), text("hint")));
            }
            "cancelled" => {
                return Err(Exit::new(exit::FAULT, "login_cancelled", "The login was cancelled.".to_owned(), ""));
            }
            _ => {}
        }
        if wait["problem"] != complained && wait["problem"].is_object() {
            told(format_args!(
                "{} {}",
                wait["problem"]["message"].as_str().unwrap_or_default(),
                wait["problem"]["hint"].as_str().unwrap_or_default()
            ));
            complained = wait["problem"].clone();
        }
        let news = engine.perform("login", json!({ "id": id, "seen": wait["version"] }));
        tokio::select! {
            news = news => wait = news?,
            Some(text) = typed(&mut pasted) => {
                // The same mistake again is said again.
                complained = Value::Null;
                wait = engine.perform("paste_login_code", json!({ "id": id, "text": text })).await?;
            }
            _ = tokio::signal::ctrl_c() => {
                let _ = engine.perform("cancel_login", json!({ "id": id })).await;
                return Err(Exit::new(exit::FAULT, "login_cancelled", "The login was cancelled; nothing is left of it.".to_owned(), ""));
            }
        }
    }
}

async fn start(engine: &Asked, provider: &str, way: &Way) -> Result<Value, Exit> {
    let input = |accept: bool| {
        json!({
            "provider": provider,
            "account": way.account,
            "method": way.by.map(Method::as_str),
            "acceptNotice": accept,
        })
    };
    match engine.perform("start_login", input(way.accept_notice)).await {
        Err(notice) if notice.code == "login_notice" && std::io::stdin().is_terminal() => {
            if accepts(&notice) {
                Ok(engine.perform("start_login", input(true)).await?)
            } else {
                Err(notice.into())
            }
        }
        Err(notice) if notice.code == "login_notice" => {
            let hint = format!("{} To accept it here, add --accept-notice.", notice.hint);
            Err(Problem { hint, ..notice }.into())
        }
        started => Ok(started?),
    }
}

fn accepts(notice: &Problem) -> bool {
    let mut out = std::io::stdout().lock();
    let _ = write!(out, "{} {}\nGo on? [y/N] ", notice.message, notice.hint);
    let _ = out.flush();
    drop(out);
    let mut answer = String::new();
    let _ = std::io::stdin().lock().read_line(&mut answer);
    matches!(answer.trim(), "y" | "Y" | "yes")
}

fn show(wait: &Value, way: &Way) {
    let text = |key: &str| wait[key].as_str().unwrap_or_default();
    if let Some(code) = wait["code"].as_str() {
        told(format_args!("Open {} on any device and enter the code  {code}", text("page")));
    } else {
        told(format_args!("Open this page to log in:\n\n  {}\n", text("address")));
    }
    // Where nobody sits at a screen there is none to open.
    if !way.no_browser && std::io::stdout().is_terminal() && open::that_detached(text("address")).is_ok() {
        told(format_args!("It opens in your browser."));
    }
}

/// Lines from the terminal, off the runtime: reading blocks.
fn lines_typed() -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel(1);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if !line.trim().is_empty() && sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

async fn typed(lines: &mut Option<mpsc::Receiver<String>>) -> Option<String> {
    match lines {
        Some(lines) => match lines.recv().await {
            Some(line) => Some(line),
            // The end of the input: only the browser can still answer.
            None => std::future::pending().await,
        },
        None => std::future::pending().await,
    }
}

/// A line for the user. Who no longer listens is no reason to fail.
fn told(line: std::fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}
