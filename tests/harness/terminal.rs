//! `mainstay` in a terminal of its own (`script` makes one), typed into and read as a person does.

use super::home::Home;
use super::process::binary;
use super::wait::until;
use std::io::{Read as _, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// A command that runs in a terminal. Killed if it does not end before its test.
pub(crate) struct Terminal {
    process: Child,
    keyboard: ChildStdin,
    screen: Arc<Mutex<String>>,
}

impl Terminal {
    /// Runs `mainstay` with these arguments for the user of this home; `path` is its `PATH`.
    pub(crate) fn run(home: &Home, path: &str, arguments: &[&str]) -> Self {
        let mut line = format!("'{}'", binary().display());
        for argument in arguments {
            line += &format!(" '{argument}'");
        }
        let mut process = Command::new("script")
            .args(["--quiet", "--return", "--flush", "--command", &line, "/dev/null"])
            .current_dir(home.path())
            .env_clear()
            .envs([("PATH", path), ("LANG", "C.UTF-8"), ("TERM", "xterm")])
            .env("HOME", home.user())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("script can be run");
        let keyboard = process.stdin.take().expect("stdin is piped");
        let mut shown = process.stdout.take().expect("stdout is piped");
        let screen = Arc::new(Mutex::new(String::new()));
        let drawn = Arc::clone(&screen);
        thread::spawn(move || {
            let mut part = [0; 4096];
            while let Ok(read @ 1..) = shown.read(&mut part) {
                let text = String::from_utf8_lossy(&part[..read]).into_owned();
                drawn.lock().unwrap_or_else(PoisonError::into_inner).push_str(&text);
            }
        });
        Self { process, keyboard, screen }
    }

    /// Types a line.
    pub(crate) fn type_line(&mut self, text: &str) {
        writeln!(self.keyboard, "{text}").expect("the terminal is open");
    }

    /// What it has shown so far.
    pub(crate) fn shown(&self) -> String {
        self.screen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until it has shown `words`.
    pub(crate) async fn says(&self, words: &str) {
        until(&format!("the terminal says {words:?}"), async || self.shown().contains(words).then_some(())).await;
    }

    /// Waits for its end: its code.
    pub(crate) async fn ended(&mut self) -> Option<i32> {
        until("the command ends", async || self.process.try_wait().expect("a child can be asked")).await.code()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
