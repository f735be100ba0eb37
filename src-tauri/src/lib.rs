//! The desktop shell: one window that shows the bundled UI.
//!
//! The shell is a thin adapter. What Mainstay *does* lives in the crates under `src-tauri/crates/`, none of which knows
//! Tauri; this package only turns it into a window. What the window's page may ask of the shell is the capability list
//! in `tauri.conf.json`, and nothing beyond it.

use tauri::webview::PageLoadEvent;

/// Opens the main window and runs until it is closed.
///
/// The window stays hidden until its page has loaded, so that no empty frame flashes in the wrong colour; a page that
/// fails to load ends its loading too, so a broken UI is shown rather than kept invisible.
///
/// # Errors
/// When the window system can't be reached, or the window can't be made.
pub fn run() -> Result<(), tauri::Error> {
    tauri::Builder::default()
        .on_page_load(|webview, load| {
            if load.event() == PageLoadEvent::Finished {
                // Only a window that is already closing can't be shown, and then there is nothing to show.
                let _ = webview.window().show();
            }
        })
        .run(tauri::generate_context!())
}
