//! The icon in the tray and its menu: who serves, which route, pins, quiet, the window, the end.
//!
//! Linux reports no clicks on the icon, so everything is in the menu. Where the library that draws it is missing it panics
//! (libappindicator-sys); then there is no tray, and closing the window leaves it in the taskbar.

mod icon;
mod menu;

pub(crate) use menu::Shown;

use crate::backstage::Backstage;
use crate::preferences::Keeper;
use crate::{closing, window, words};
use icon::Mood;
use mainstay_engine::{Problem, perform};
use menu::Entry;
use serde_json::{Value, json};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use tauri::menu::{CheckMenuItemBuilder, Menu, MenuBuilder, MenuItemBuilder, SubmenuBuilder};
use tauri::tray::{TrayIcon, TrayIconBuilder};
use tauri::{AppHandle, Manager, Wry};

/// The tray, if there is one, and what it shows.
pub(crate) struct Tray {
    icon: Option<TrayIcon>,
    shown: Mutex<Shown>,
}

impl Tray {
    /// Puts the icon there. Called once, from the main thread.
    pub(crate) fn build(app: &AppHandle) -> Self {
        let shown = Shown::default();
        let icon = catch_unwind(AssertUnwindSafe(|| place(app, &shown)));
        let icon = match icon {
            Ok(Ok(icon)) => Some(icon),
            Ok(Err(error)) => {
                tracing::warn!(%error, "there is no tray");
                None
            }
            Err(_) => {
                tracing::warn!("there is no tray: the system has no library for it");
                None
            }
        };
        Self { icon, shown: Mutex::new(shown) }
    }

    /// Whether an icon could be put there; whether somebody draws it is asked by [`is_drawn`].
    fn is_built(&self) -> bool {
        self.icon.is_some()
    }

    /// Shows this, if it is anything else than before. From any thread.
    pub(crate) fn show(&self, app: &AppHandle, next: &Shown) {
        let Some(icon) = &self.icon else { return };
        let mood = {
            let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
            if *shown == *next {
                return;
            }
            let mood = (shown.mood != next.mood).then_some(next.mood);
            *shown = next.clone();
            mood
        };
        let drawn = menu_of(app, next).and_then(|menu| {
            icon.set_menu(Some(menu))?;
            match mood {
                Some(mood) => icon.set_icon(Some(icon::image(mood))),
                None => Ok(()),
            }
        });
        if let Err(error) = drawn.and_then(|()| icon.set_tooltip(Some(&next.sentence))) {
            tracing::debug!(%error, "the tray could not be drawn anew");
        }
    }
}

fn place(app: &AppHandle, shown: &Shown) -> tauri::Result<TrayIcon> {
    TrayIconBuilder::with_id("mainstay")
        .icon(icon::image(Mood::Waiting))
        .tooltip(words::STARTING)
        .menu(&menu_of(app, shown)?)
        .on_menu_event(|app, event| chosen(app, event.id().as_ref()))
        .build(app)
}

fn menu_of(app: &AppHandle, shown: &Shown) -> tauri::Result<Menu<Wry>> {
    let mut menu = MenuBuilder::new(app);
    for entry in shown.entries() {
        menu = match entry {
            Entry::Line(text) => menu.item(&MenuItemBuilder::new(text).enabled(false).build(app)?),
            Entry::Action { id, text } => menu.item(&MenuItemBuilder::with_id(id, text).build(app)?),
            Entry::Check { id, text, on } => {
                menu.item(&CheckMenuItemBuilder::with_id(id, text).checked(on).build(app)?)
            }
            Entry::Choice { text, among } => {
                let mut choice = SubmenuBuilder::new(app, text);
                for (id, text, on) in among {
                    choice = choice.item(&CheckMenuItemBuilder::with_id(id, text).checked(on).build(app)?);
                }
                menu.item(&choice.build()?)
            }
            Entry::Separator => menu.separator(),
        };
    }
    menu.build()
}

/// What was chosen in the menu.
fn chosen(app: &AppHandle, id: &str) {
    let app = app.clone();
    match menu::Choice::parse(id) {
        Some(menu::Choice::Open) => window::raise(&app),
        Some(menu::Choice::Quit) => closing::quit(&app),
        Some(menu::Choice::Pause) => {
            let keeper = app.state::<Keeper>();
            if let Err(problem) = keeper.change(|preferences| preferences.notices.paused = !preferences.notices.paused)
            {
                tracing::warn!(code = %problem.code, message = %problem.message, "the choice is not kept");
            }
            crate::follow::redraw(&app);
        }
        Some(menu::Choice::Use(name)) => operate(app, "use_now", json!({ "name": name })),
        Some(menu::Choice::Pin { route, member }) => {
            operate(app, "pin", json!({ "route": route, "member": member }));
        }
        Some(menu::Choice::Unpin(route)) => operate(app, "unpin", json!({ "route": route })),
        None => {}
    }
}

fn operate(app: AppHandle, operation: &'static str, input: Value) {
    tauri::async_runtime::spawn(async move {
        let done: Result<Value, Problem> = match app.state::<Backstage>().engine().await {
            Ok(engine) => perform(&engine, operation, input).await,
            Err(problem) => Err(problem),
        };
        if let Err(problem) = done {
            tracing::warn!(code = %problem.code, message = %problem.message, operation, "the tray's choice was refused");
        }
        // A check mark that the system has set by itself is put right.
        crate::follow::redraw(&app);
    });
}

/// Whether the icon is there to be seen: on Linux somebody must draw it.
pub(crate) async fn is_drawn(app: &AppHandle) -> bool {
    app.state::<Tray>().is_built() && has_host().await
}

#[cfg(all(unix, not(target_os = "macos")))]
async fn has_host() -> bool {
    let asked = async {
        let bus = zbus::Connection::session().await?;
        let bus = zbus::fdo::DBusProxy::new(&bus).await?;
        Ok::<bool, zbus::Error>(bus.name_has_owner("org.kde.StatusNotifierWatcher".try_into()?).await?)
    };
    asked.await.unwrap_or(false)
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
#[expect(clippy::unused_async, reason = "one shape on all systems")]
async fn has_host() -> bool {
    true
}
