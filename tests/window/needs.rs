//! What a window under test can't do without.

use crate::harness::needs;

/// Whether this machine and this build can open a window; where not, the test is to be skipped.
pub(crate) fn are_met() -> bool {
    // Without the feature the binary would look for the UI's development server.
    let build = cfg!(not(feature = "custom-protocol")).then_some("a build with --features custom-protocol");
    needs::are_met(&["Xvfb", "WebKitWebDriver", "dbus-run-session", "kill"], build)
}
