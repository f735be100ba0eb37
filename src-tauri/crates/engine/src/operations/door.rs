//! The local door: the tools' own tokens, further hosts and origins.

use super::{DoorLists, Nothing, TokenNamed};
use crate::error::Problem;
use crate::shared::Handle;
use crate::view::{DoorView, MadeToken};
use secrecy::ExposeSecret;

impl Handle {
    pub(super) async fn door(&self, _: Nothing) -> Result<DoorView, Problem> {
        Ok(self.0.door.view(self.0.address.get().cloned().unwrap_or_default()))
    }

    pub(super) async fn make_token(&self, input: TokenNamed) -> Result<MadeToken, Problem> {
        let token = self.blocking(move |shared| shared.door.make(&input.name)).await?;
        self.0.sources.redactor.learn(&token);
        Ok(MadeToken { token: token.expose_secret().to_owned(), door: self.door(Nothing {}).await? })
    }

    pub(super) async fn revoke_token(&self, input: TokenNamed) -> Result<DoorView, Problem> {
        self.blocking(move |shared| shared.door.revoke(&input.name)).await?;
        self.door(Nothing {}).await
    }

    pub(super) async fn set_door_lists(&self, input: DoorLists) -> Result<DoorView, Problem> {
        self.blocking(move |shared| shared.door.set_lists(&input.hosts, &input.origins)).await?;
        self.door(Nothing {}).await
    }
}
