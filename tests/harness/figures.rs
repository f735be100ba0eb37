//! Numbers that a run may be given, and the figures that it gives back: on standard output, and in the
//! documentation where that is asked for.

use std::fmt::{Display, Write as _};
use std::fs;
use std::path::Path;

/// A number from the environment.
pub(crate) fn number(name: &str, otherwise: usize) -> usize {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} is to be a whole number, not {text}")),
        Err(_) => otherwise,
    }
}

/// What a run measured, in order.
pub(crate) struct Figures {
    file: &'static str,
    name: &'static str,
    lines: Vec<(String, String)>,
}

impl Figures {
    /// For the place of this name in docs/reliability.md.
    pub(crate) fn new(name: &'static str) -> Self {
        Self::of("docs/reliability.md", name)
    }

    /// For the place of this name in this file.
    pub(crate) fn of(file: &'static str, name: &'static str) -> Self {
        Self { file, name, lines: Vec::new() }
    }

    pub(crate) fn tell(&mut self, what: &str, figure: impl Display) {
        self.lines.push((what.to_owned(), figure.to_string()));
    }

    /// Prints them, and writes them down if `MAINSTAY_WRITE_DOCS` is set.
    #[expect(clippy::print_stdout, reason = "the summary of a long run; the test harness hides it in a short one")]
    pub(crate) fn publish(&self) {
        let mut table = String::from("| measured | |\n| --- | --- |\n");
        for (what, figure) in &self.lines {
            println!("{}: {what}: {figure}", self.name);
            writeln!(table, "| {what} | {figure} |").expect("a string takes all");
        }
        if std::env::var_os("MAINSTAY_WRITE_DOCS").is_some() {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(self.file);
            let text = fs::read_to_string(&path).expect("the file of these figures");
            let (begin, end) = (format!("<!-- figures: {} -->\n", self.name), "<!-- end of figures -->");
            let (before, rest) = text.split_once(&begin).expect("the place of these figures");
            let (_, after) = rest.split_once(end).expect("the end of these figures");
            fs::write(&path, format!("{before}{begin}\n{table}\n{end}{after}")).expect("the file of these figures");
        }
    }
}
