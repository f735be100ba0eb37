//! What the page may ask of the shell about the window itself, and what the shell tells it.

use crate::preferences::{Keeper, Preferences};
use crate::{closing, follow, tray};
use mainstay_engine::Problem;
use serde::{Deserialize, Serialize};
use std::sync::{Mutex, PoisonError};
use tauri::ipc::Channel;
use tauri::{AppHandle, Manager, State};
use tauri_plugin_autostart::ManagerExt as _;
use ts_rs::TS;

/// How the shell stands.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShellView {
    /// The user's preferences.
    pub(crate) preferences: Preferences,
    /// Mainstay starts when the user logs in to the computer.
    pub(crate) start_at_login: bool,
    /// There is an icon in the tray.
    pub(crate) tray: bool,
    /// What is wrong with the preferences, if anything.
    pub(crate) problem: Option<Problem>,
}

/// What the shell tells the page.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum PageEvent {
    /// The user wants to quit, and these tools were seen in the last day.
    QuitAsked {
        /// Their names.
        tools: Vec<String>,
    },
}

/// How to quit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Quit {
    /// After a question, where tools were seen in the last day.
    Ask,
    /// At once.
    Now,
    /// Not after all.
    Stay,
}

/// The pages that listen.
#[derive(Default)]
pub(crate) struct Pages(Mutex<Option<Channel<PageEvent>>>);

impl Pages {
    /// Tells the page; whether one listens.
    pub(crate) fn tell(&self, event: &PageEvent) -> bool {
        let page = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        page.as_ref().is_some_and(|page| page.send(event.clone()).is_ok())
    }
}

async fn view(app: &AppHandle) -> ShellView {
    let keeper = app.state::<Keeper>();
    ShellView {
        preferences: keeper.get(),
        start_at_login: app.autolaunch().is_enabled().unwrap_or(false),
        tray: tray::is_drawn(app).await,
        problem: keeper.problem(),
    }
}

/// How the shell stands.
#[tauri::command]
pub(crate) async fn shell(app: AppHandle) -> ShellView {
    view(&app).await
}

/// Changes the preferences.
#[tauri::command]
pub(crate) async fn set_preferences(app: AppHandle, preferences: Preferences) -> Result<ShellView, Problem> {
    app.state::<Keeper>().change(|now| *now = Preferences { closing_told: now.closing_told, ..preferences })?;
    follow::redraw(&app);
    Ok(view(&app).await)
}

/// Starts Mainstay when the user logs in to the computer, or no longer.
#[tauri::command]
pub(crate) async fn set_start_at_login(app: AppHandle, on: bool) -> Result<ShellView, Problem> {
    let auto = app.autolaunch();
    let done = if on { auto.enable() } else { auto.disable() };
    done.map_err(|error| Problem {
        code: "start_at_login_refused".to_owned(),
        message: format!("The system did not take it: {error}."),
        hint: "Check the permissions of the folder of programs that start at login.".to_owned(),
    })?;
    Ok(view(&app).await)
}

/// Ends Mainstay, or not after all.
#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "a command's arguments come by value")]
pub(crate) fn quit(app: AppHandle, how: Quit) {
    match how {
        Quit::Ask => closing::quit(&app),
        Quit::Now => app.exit(0),
        Quit::Stay => closing::stay(&app),
    }
}

/// The page listens from now on. A page that was loaded anew takes the place of the one before.
#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "a command's state comes by value")]
pub(crate) fn listen(app: AppHandle, pages: State<'_, Pages>, channel: Channel<PageEvent>) {
    *pages.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(channel);
    // What the page before was asking is gone with it.
    closing::stay(&app);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preferences::{Closing, NoticePreferences};

    #[test]
    fn the_pages_types_are_up_to_date() {
        let config = ts_rs::Config::default();
        let mut text = String::from(
            "// Written from src-tauri/src/page.rs and preferences.rs; `make types` writes it anew.\n\
             import type { Problem } from \"./generated.ts\";\n\n",
        );
        for (docs, declared) in [
            (Closing::docs(), Closing::decl(&config)),
            (NoticePreferences::docs(), NoticePreferences::decl(&config)),
            (Preferences::docs(), Preferences::decl(&config)),
            (ShellView::docs(), ShellView::decl(&config)),
            (PageEvent::docs(), PageEvent::decl(&config)),
            (Quit::docs(), Quit::decl(&config)),
        ] {
            text.push_str(&format!("{}export {declared}\n\n", docs.unwrap_or_default()));
        }
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/ui/src/host/generated-shell.ts");
        if std::env::var_os("MAINSTAY_WRITE_TYPES").is_some() {
            std::fs::write(path, &text).unwrap();
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(written == text, "ui/src/host/generated-shell.ts is stale; run `make types`");
    }
}
