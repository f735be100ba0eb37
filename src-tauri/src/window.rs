//! The main window.

use tauri::{AppHandle, Manager, WebviewWindow};

/// The main window, unless it is already gone.
pub(crate) fn main(app: &AppHandle) -> Option<WebviewWindow> {
    app.get_webview_window("main")
}

/// Brings it to the front, wherever it was.
pub(crate) fn raise(app: &AppHandle) {
    let Some(window) = main(app) else { return };
    for outcome in [window.show(), window.unminimize(), window.set_focus()] {
        if let Err(error) = outcome {
            tracing::debug!(%error, "the window could not be raised");
        }
    }
}

/// Whether the user has it before him.
pub(crate) fn is_looked_at(app: &AppHandle) -> bool {
    main(app).is_some_and(|window| window.is_visible().unwrap_or(false) && window.is_focused().unwrap_or(false))
}
