//! What a test can't do without, beside cargo.

use std::io::Write as _;
use std::path::PathBuf;

/// Whether these programs are all on the path, and nothing `else_missing` either. What is missing is a failure under
/// `MAINSTAY_REQUIRE_TOOLS=1`; else it is said past the test harness, which would swallow it, and the test is to be
/// skipped.
pub(crate) fn are_met(programs: &[&'static str], else_missing: Option<&'static str>) -> bool {
    let absent = programs.iter().copied().filter(|name| program(name).is_none());
    let missing: Vec<_> = absent.chain(else_missing).collect();
    if missing.is_empty() {
        return true;
    }
    let required = std::env::var_os("MAINSTAY_REQUIRE_TOOLS").is_some_and(|value| value == "1");
    assert!(!required, "missing: {missing:?}; `make test` sees to them");
    let _ = writeln!(std::io::stderr(), "SKIPPED, missing: {missing:?}; `make test` sees to them");
    false
}

/// Where the path leads for a program's name.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file())
}
