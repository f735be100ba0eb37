//! The desktop shell: one window, and behind it the engine on a runtime of its own.
//!
//! The shell is a thin adapter. What Mainstay *does* lives in the crates under `src-tauri/crates/`, none of which knows
//! Tauri; this package only turns it into a window. What the window's page may ask of the shell is the capability list
//! in `tauri.conf.json`, and nothing beyond it: every operation of the engine goes through one command, [`commands`].

mod backstage;
mod commands;
mod options;

use crate::backstage::Backstage;
use clap::Parser;
use tauri::Manager;
use tauri::webview::PageLoadEvent;
use tracing_subscriber::EnvFilter;

/// Opens the main window, starts the engine, and runs until the window is closed.
///
/// The window stays hidden until its page has loaded, so that no empty frame flashes in the wrong colour; a page that
/// fails to load ends its loading too, so a broken UI is shown rather than kept invisible.
///
/// # Errors
/// When the window system can't be reached, or the window can't be made. An engine that doesn't start is no such error:
/// the window says why.
pub fn run() -> Result<(), tauri::Error> {
    let options = options::Arguments::parse();
    let filter = EnvFilter::try_new(&options.log).unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false).init();

    let mut builder = tauri::Builder::default();
    if !options.alone {
        // First of all plugins: a second start only raises the first one's window.
        builder = builder.plugin(tauri_plugin_single_instance::init(|app, _, _| raise(app)));
    }
    let remembers = !options.fixed_size;
    if remembers {
        builder = builder.plugin(tauri_plugin_window_state::Builder::default().build());
    }
    builder
        .plugin(tauri_plugin_clipboard_manager::init())
        .setup(move |app| {
            let data_dir = app.path().app_data_dir()?;
            app.manage(Backstage::start(options.engine(data_dir)));
            Ok(())
        })
        .invoke_handler(tauri::generate_handler![
            commands::operate,
            commands::watch,
            commands::unwatch,
            commands::copy_token
        ])
        .on_page_load(|webview, load| {
            if load.event() == PageLoadEvent::Finished {
                // Only a window that is already closing can't be shown, and then there is nothing to show.
                let _ = webview.window().show();
            }
        })
        .build(tauri::generate_context!())?
        .run(|app, event| {
            if let tauri::RunEvent::Exit = event {
                app.state::<Backstage>().stop();
            }
        });
    Ok(())
}

fn raise(app: &tauri::AppHandle) {
    if let Some(window) = app.get_webview_window("main") {
        for outcome in [window.show(), window.unminimize(), window.set_focus()] {
            if let Err(error) = outcome {
                tracing::debug!(%error, "the window could not be raised");
            }
        }
    }
}
