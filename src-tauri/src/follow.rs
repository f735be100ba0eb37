//! The shell's own look at the engine: what the tray shows and what notifications say.

use crate::backstage::Backstage;
use crate::notices::Desk;
use crate::preferences::Keeper;
use crate::tray::{Shown, Tray};
use crate::window;
use crate::words::{self, Said};
use mainstay_engine::{Feed, Handle, LiveState};
use std::sync::Arc;
use std::time::Duration;
use tauri::{AppHandle, Manager};
use tauri_plugin_notification::NotificationExt as _;
use tokio::sync::Notify;

/// How often the tray is drawn anew at most.
const BETWEEN: Duration = Duration::from_secs(1);

/// Asks for the tray to be drawn although nothing has happened in the engine.
#[derive(Clone, Default)]
pub(crate) struct Redraw(Arc<Notify>);

/// Draws the tray anew: a preference has changed.
pub(crate) fn redraw(app: &AppHandle) {
    app.state::<Redraw>().0.notify_one();
}

/// Follows engine after engine until the program ends.
pub(crate) async fn follow(app: AppHandle) {
    let Redraw(redraw) = (*app.state::<Redraw>()).clone();
    let mut stage = app.state::<Backstage>().stage();
    loop {
        let feed = stage.borrow_and_update().as_ref().map(|started| started.as_ref().map(Handle::watch).ok());
        match feed {
            Some(Some(mut feed)) => {
                tokio::select! {
                    never = frames(&app, &mut feed, &redraw) => match never {},
                    // It has ended, or is being started anew.
                    changed = stage.changed() => if changed.is_err() { return },
                }
            }
            failed => {
                let sentence = if failed.is_some() { words::NO_ENGINE } else { words::STARTING };
                app.state::<Tray>().show(&app, &Shown::without_engine(sentence, paused(&app)));
                tokio::select! {
                    () = redraw.notified() => {}
                    changed = stage.changed() => if changed.is_err() { return },
                }
            }
        }
    }
}

fn paused(app: &AppHandle) -> bool {
    app.state::<Keeper>().get().notices.paused
}

async fn frames(app: &AppHandle, feed: &mut Feed, redraw: &Notify) -> std::convert::Infallible {
    let mut desk = Desk::default();
    let mut last: Option<LiveState> = None;
    loop {
        let frame = tokio::select! {
            frame = feed.next() => Some(frame),
            () = redraw.notified() => None,
        };
        let state = match &frame {
            Some(frame) => {
                let wanted = app.state::<Keeper>().get().notices;
                for (kind, said) in desk.hear(frame, jiff::Zoned::now().date(), &wanted) {
                    // Who looks at the window sees it there.
                    if !window::is_looked_at(app) {
                        tracing::debug!(kind = words::kind(kind), "notified");
                        say(app, said);
                    }
                }
                frame.state.clone()
            }
            None => last.clone(),
        };
        if let Some(state) = state {
            app.state::<Tray>().show(app, &Shown::of(&state, paused(app)));
            last = Some(state);
        }
        if frame.is_some() {
            tokio::time::sleep(BETWEEN).await;
        }
    }
}

/// Shows a notification. A system that has none is no fault of ours.
pub(crate) fn say(app: &AppHandle, (title, body): Said) {
    if let Err(error) = app.notification().builder().title(title).body(body).show() {
        tracing::debug!(%error, "the system shows no notifications");
    }
}
