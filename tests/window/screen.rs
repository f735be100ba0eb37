//! A screen of its own for a window under test.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

/// A virtual X screen, there from [`Screen::open`] until it is dropped.
pub(crate) struct Screen {
    server: Child,
    /// What `DISPLAY` must say to reach it: `:7`.
    pub(crate) display: String,
}

impl Screen {
    /// Starts one on a free display number, which the server itself picks and reports once it listens.
    pub(crate) fn open() -> Self {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1600x1000x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb starts");
        let mut number = String::new();
        let reports = server.stdout.take().expect("its stdout was piped");
        BufReader::new(reports).read_line(&mut number).expect("Xvfb reports its display");
        assert!(!number.trim().is_empty(), "Xvfb ended before it had a display");
        Self { server, display: format!(":{}", number.trim()) }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
