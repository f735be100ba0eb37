//! What the page may ask of the shell: the engine's operations, its live feed, and the token on the clipboard.

use crate::backstage::Backstage;
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

/// Puts the gateway's token on the clipboard. The page never sees it.
#[tauri::command]
pub(crate) async fn copy_token(app: AppHandle, backstage: State<'_, Backstage>) -> Result<(), Problem> {
    let token = backstage.engine().await?.door_token();
    app.clipboard().write_text(token.expose_secret()).map_err(|error| Problem {
        code: "clipboard_refused".to_owned(),
        message: format!("The system did not let Mainstay use the clipboard: {error}."),
        hint: "Try again, or start the gateway with mainstay serve, which prints the token.".to_owned(),
    })
}
