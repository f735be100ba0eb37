//! What closing the window and quitting do.
//!
//! Closing keeps the gateway running and says so once. Quitting while tools were seen in the last day asks first; quitting
//! again while it asks quits.

use crate::backstage::Backstage;
use crate::page::{PageEvent, Pages};
use crate::preferences::{Closing, Keeper};
use crate::{follow, tray, window, words};
use mainstay_engine::{Handle, perform};
use serde_json::json;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tauri::{AppHandle, Manager, Window};

/// How far back tools count as being used.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Whether the user is being asked.
#[derive(Default)]
pub(crate) struct Asking(AtomicBool);

/// The user has closed the window.
pub(crate) fn closed(closing: &Window) {
    let app = closing.app_handle().clone();
    if app.state::<Keeper>().get().closing == Closing::Quit {
        quit(&app);
        return;
    }
    tauri::async_runtime::spawn(async move {
        let drawn = tray::is_drawn(&app).await;
        let Some(main) = window::main(&app) else { return };
        let gone = if drawn { main.hide() } else { main.minimize() };
        if let Err(error) = gone {
            tracing::debug!(%error, "the window could not be put away");
        }
        let keeper = app.state::<Keeper>();
        if keeper.get().closing_told {
            return;
        }
        follow::say(&app, if drawn { words::closed_to_tray() } else { words::closed_to_taskbar() });
        if let Err(problem) = keeper.change(|preferences| preferences.closing_told = true) {
            tracing::warn!(code = %problem.code, message = %problem.message, "it will be said again");
        }
    });
}

/// The user wants Mainstay to end.
pub(crate) fn quit(app: &AppHandle) {
    let app = app.clone();
    if app.state::<Asking>().0.swap(true, Ordering::SeqCst) {
        app.exit(0);
        return;
    }
    tauri::async_runtime::spawn(async move {
        let tools = match app.state::<Backstage>().started() {
            Some(engine) => seen_lately(&engine).await,
            None => Vec::new(),
        };
        if tools.is_empty() || !app.state::<Pages>().tell(&PageEvent::QuitAsked { tools }) {
            app.exit(0);
            return;
        }
        window::raise(&app);
    });
}

/// The user answers: not now.
pub(crate) fn stay(app: &AppHandle) {
    app.state::<Asking>().0.store(false, Ordering::SeqCst);
}

/// The tools that have asked something of the gateway in the last day.
async fn seen_lately(engine: &Handle) -> Vec<String> {
    let from = jiff::Timestamp::now().as_millisecond() - i64::try_from(DAY.as_millis()).unwrap_or(0);
    let Ok(told) = perform(engine, "statistics", json!({ "by": ["tool"], "from": from })).await else {
        return Vec::new();
    };
    let groups = told["groups"].as_array().cloned().unwrap_or_default();
    groups.iter().filter_map(|group| Some(group["keys"].get(0)?.as_str()?.to_owned())).collect()
}
