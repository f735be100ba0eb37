//! Secrets that are made once and then stay.

use secrecy::SecretString;
use tokio::sync::Mutex;

use crate::{SecretId, SecretStore, StoreError};

/// One maker at a time, or two callers at first start would go away with different secrets.
static MAKING: Mutex<()> = Mutex::const_new(());

/// The secret under this id, made and stored if there is none.
pub(crate) async fn made_once(
    store: &dyn SecretStore,
    id: &SecretId,
    make: impl FnOnce() -> SecretString + Send,
) -> Result<SecretString, StoreError> {
    if let Some(secret) = store.get(id).await? {
        return Ok(secret);
    }
    let _making = MAKING.lock().await;
    if let Some(secret) = store.get(id).await? {
        return Ok(secret);
    }
    let secret = make();
    store.set(id, &secret).await?;
    Ok(secret)
}
