//! What the page may ask of the shell: the engine's operations, its live feed, and the token on the clipboard.

use crate::backstage::{Backstage, StartChoice};
use mainstay_engine::{LiveFrame, Problem, perform};
use secrecy::ExposeSecret;
use serde_json::Value;
use tauri::ipc::Channel;
use tauri::{AppHandle, State};
use tauri_plugin_clipboard_manager::ClipboardExt;

/// Performs one of the engine's operations.
#[tauri::command]
pub(crate) async fn operate(
    backstage: State<'_, Backstage>,
    operation: String,
    input: Value,
) -> Result<Value, Problem> {
    let engine = backstage.engine().await?;
    perform(&engine, &operation, input).await
}

/// Sends live frames into the channel until `unwatch`, or until the page is gone.
#[tauri::command]
pub(crate) async fn watch(backstage: State<'_, Backstage>, channel: Channel<LiveFrame>) -> Result<(), Problem> {
    backstage.watch(channel.id(), move |frame| channel.send(frame).is_ok()).await
}

/// Ends a watch.
#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "a command's state comes by value")]
pub(crate) fn unwatch(backstage: State<'_, Backstage>, id: u32) {
    backstage.unwatch(id);
}

/// Starts the engine again after it did not start.
#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "a command's state comes by value")]
pub(crate) fn start_again(backstage: State<'_, Backstage>, choice: StartChoice) {
    backstage.try_again(Some(choice));
}

/// Puts the gateway's token on the clipboard, or a text with the token in the places of `{token}`. The page never sees it.
#[tauri::command]
pub(crate) async fn copy_token(
    app: AppHandle,
    backstage: State<'_, Backstage>,
    text: Option<String>,
) -> Result<(), Problem> {
    let token = backstage.engine().await?.door_token();
    let text = text.as_deref().unwrap_or("{token}").replace("{token}", token.expose_secret());
    app.clipboard().write_text(text).map_err(|error| Problem {
        code: "clipboard_refused".to_owned(),
        message: format!("The system did not let Mainstay use the clipboard: {error}."),
        hint: "Try again, or start the gateway with mainstay serve, which prints the token.".to_owned(),
    })
}
