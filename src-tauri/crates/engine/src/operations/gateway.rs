//! Where the gateway listens, and where from its next start on.

use super::{Nothing, PortInput, problem};
use crate::error::Problem;
use crate::listening::{DEFAULT_LISTEN, free_after, holder, is_free, keep_port, kept_listen};
use crate::shared::{Handle, Shared};
use crate::view::GatewayView;

/// Ports below this are the system's own on most systems.
const LEAST: u16 = 1024;

impl Handle {
    pub(super) async fn gateway(&self, _: Nothing) -> Result<GatewayView, Problem> {
        Ok(self.0.gateway_view())
    }

    pub(super) async fn set_port(&self, input: PortInput) -> Result<GatewayView, Problem> {
        let port = u16::try_from(input.port).ok().filter(|port| *port >= LEAST).ok_or_else(|| {
            let message = format!("{} can't be the gateway's port.", input.port);
            problem("port_bad", message, "Give a number from 1024 to 65535.")
        })?;
        self.blocking(move |shared| {
            if shared.port() != Some(port) && !is_free(port) {
                let by = holder(port).unwrap_or_else(|| "another program".to_owned());
                let hint = free_after(port)
                    .map_or_else(|| "Choose another.".to_owned(), |free| format!("Choose another: {free} is free."));
                return Err(problem("port_in_use", format!("Port {port} is in use by {by}."), &hint));
            }
            keep_port(&shared.data_dir, port).map_err(|error| {
                let message = format!("The port can't be kept: {error}.");
                problem("data_folder_unusable", message, "Check the data folder's permissions and free space.")
            })?;
            Ok(shared.gateway_view())
        })
        .await
    }
}

impl Shared {
    /// Where the gateway listens now.
    fn port(&self) -> Option<u16> {
        self.address.get()?.rsplit(':').next()?.parse().ok()
    }

    fn gateway_view(&self) -> GatewayView {
        let (now, kept) = (self.port(), kept_listen(&self.data_dir).port());
        GatewayView {
            address: self.address.get().cloned().unwrap_or_default(),
            port: now.map(u32::from),
            usual: DEFAULT_LISTEN.port().into(),
            next: (now != Some(kept)).then_some(kept.into()),
        }
    }
}
