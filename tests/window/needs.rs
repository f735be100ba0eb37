//! What a window under test can't do without.

use std::io::Write as _;

const TOOLS: [&str; 4] = ["Xvfb", "WebKitWebDriver", "dbus-run-session", "kill"];

/// Whether this machine and this build can open a window. What is missing is a failure under
/// `MAINSTAY_REQUIRE_TOOLS=1`; else it is said past the test harness, which would swallow it, and the test is to be
/// skipped.
pub(crate) fn are_met() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut missing: Vec<_> =
        TOOLS.into_iter().filter(|tool| !std::env::split_paths(&path).any(|dir| dir.join(tool).is_file())).collect();
    if cfg!(not(feature = "custom-protocol")) {
        // The binary would look for the UI's development server.
        missing.push("a build with --features custom-protocol");
    }
    if missing.is_empty() {
        return true;
    }
    let required = std::env::var_os("MAINSTAY_REQUIRE_TOOLS").is_some_and(|value| value == "1");
    assert!(!required, "missing: {missing:?}; `make test` sees to them");
    let _ = writeln!(std::io::stderr(), "SKIPPED, missing: {missing:?}; `make test` sees to them");
    false
}
