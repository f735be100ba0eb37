//! The desktop shell: one window, and behind it the engine on a runtime of its own.
//!
//! The shell is a thin adapter. What Mainstay *does* lives in the crates under `src-tauri/crates/`, none of which knows
//! Tauri; this package only turns it into a window, with its tray and its notifications. What the window's page may ask of
//! the shell is the capability list in `tauri.conf.json`, and nothing beyond it: every operation of the engine goes through
//! one command, [`commands`]; what concerns the window itself is in [`page`].

mod backstage;
mod browser;
mod closing;
mod commands;
mod follow;
mod notices;
mod options;
mod page;
mod preferences;
mod tray;
mod window;
mod words;

use crate::backstage::Backstage;
use crate::tray::Tray;
use clap::Parser;
use std::sync::atomic::{AtomicBool, Ordering};
use tauri::webview::PageLoadEvent;
use tauri::{AppHandle, Manager, WindowEvent};
use tauri_plugin_window_state::StateFlags;
use tracing_subscriber::EnvFilter;

/// Opens the main window, starts the engine, and runs until the user quits.
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
    let log = mainstay_engine::LogWriter::new();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(move || log).with_ansi(false).init();

    let mut builder = tauri::Builder::default();
    if !options.alone {
        // First of all plugins: a second start only raises the first one's window.
        builder = builder.plugin(tauri_plugin_single_instance::init(|app, _, _| window::raise(app)));
    }
    let remembers = !options.fixed_size;
    if remembers {
        // A window that was put away when the program ended is not to be put away when it starts.
        let flags = StateFlags::all() & !StateFlags::VISIBLE;
        builder = builder.plugin(tauri_plugin_window_state::Builder::default().with_state_flags(flags).build());
    }
    let hidden = options.hidden;
    let loaded = AtomicBool::new(false);
    builder
        .plugin(tauri_plugin_clipboard_manager::init())
        .plugin(tauri_plugin_notification::init())
        .plugin(tauri_plugin_store::Builder::default().build())
        .plugin(tauri_plugin_autostart::Builder::new().arg("--hidden").build())
        .setup(move |app| {
            let engine = options.engine(app.path().app_data_dir()?);
            let app = app.handle();
            app.manage(preferences::Keeper::open(app, &engine.data_dir));
            app.manage(page::Pages::default());
            app.manage(closing::Asking::default());
            app.manage(follow::Redraw::default());
            app.manage(Backstage::start(engine));
            app.manage(Tray::build(app));
            tauri::async_runtime::spawn(follow::follow(app.clone()));
            Ok(())
        })
        .invoke_handler(tauri::generate_handler![
            commands::operate,
            commands::watch,
            commands::unwatch,
            browser::open_address,
            commands::start_again,
            commands::copy_token,
            page::shell,
            page::set_preferences,
            page::set_start_at_login,
            page::quit,
            page::listen
        ])
        .on_window_event(|window, event| {
            if let WindowEvent::CloseRequested { api, .. } = event {
                api.prevent_close();
                closing::closed(window);
            }
        })
        .on_page_load(move |webview, load| {
            if load.event() != PageLoadEvent::Finished {
                return;
            }
            let first = !loaded.swap(true, Ordering::SeqCst);
            show(webview.app_handle(), hidden && first);
        })
        .build(tauri::generate_context!())?
        .run(|app, event| {
            if let tauri::RunEvent::Exit = event {
                app.state::<Backstage>().stop();
            }
        });
    Ok(())
}

/// Shows the window; one that is to stay away does so only where the tray can bring it back.
fn show(app: &AppHandle, away: bool) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        if away && tray::is_drawn(&app).await {
            return;
        }
        let Some(main) = window::main(&app) else { return };
        // Only a window that is already closing can't be shown, and then there is nothing to show.
        let _ = main.show();
        if away {
            let _ = main.minimize();
        }
    });
}
