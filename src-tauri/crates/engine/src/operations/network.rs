//! The way out: proxy, certificates, and the logins of proxies.

use super::{NetworkDraft, Nothing, ProxyLoginInput, ProxyNamed};
use crate::error::{Problem, StartError};
use crate::network::{Saved, in_force, keep_login, proxy};
use crate::shared::Handle;
use crate::view::{NetworkView, ProxyView};
use std::path::PathBuf;

impl Handle {
    pub(super) async fn network(&self, _: Nothing) -> Result<NetworkView, Problem> {
        let state = self.0.network.state();
        let overrides = &self.0.network.overrides;
        let overridden = [
            ("proxy", overrides.proxy.is_some()),
            ("noProxy", overrides.no_proxy.is_some()),
            ("caFile", overrides.ca_file.is_some()),
        ];
        let [https, http] = in_force(self.0.core.outbound())
            .map(|found| found.map(|proxy| ProxyView { address: proxy.address, from: proxy.from }));
        Ok(NetworkView {
            proxy: state.saved.proxy,
            no_proxy: state.saved.no_proxy,
            ca_file: state.saved.ca_file.map(|path| path.display().to_string()),
            authorities: state.authorities,
            https,
            http,
            logins: state.logins,
            overridden: overridden.iter().filter(|(_, given)| *given).map(|(name, _)| (*name).to_owned()).collect(),
            notices: state.notices,
        })
    }

    pub(super) async fn set_network(&self, input: NetworkDraft) -> Result<NetworkView, Problem> {
        let text = |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let saved = Saved {
            proxy: input.proxy.trim().to_owned(),
            // An empty list is one: nothing is left out, whatever the environment says.
            no_proxy: input.no_proxy.map(|list| list.trim().to_owned()),
            ca_file: text(input.ca_file).map(PathBuf::from),
        };
        let _one = self.0.network.changing.lock().await;
        self.take_network(saved, true).await?;
        self.network(Nothing {}).await
    }

    pub(super) async fn set_proxy_login(&self, input: ProxyLoginInput) -> Result<NetworkView, Problem> {
        let address = proxy(&input.proxy)?;
        let _one = self.0.network.changing.lock().await;
        keep_login(&*self.0.sources.store, &address, Some((&input.user, &input.password))).await?;
        self.take_network(self.0.network.state().saved, false).await?;
        self.network(Nothing {}).await
    }

    pub(super) async fn delete_proxy_login(&self, input: ProxyNamed) -> Result<NetworkView, Problem> {
        let address = proxy(&input.proxy)?;
        let _one = self.0.network.changing.lock().await;
        keep_login(&*self.0.sources.store, &address, None).await?;
        self.take_network(self.0.network.state().saved, false).await?;
        self.network(Nothing {}).await
    }

    async fn take_network(&self, saved: Saved, keep: bool) -> Result<(), Problem> {
        let sources = &self.0.sources;
        let write = async |saved: &Saved| {
            if !keep {
                return Ok(());
            }
            let saved = saved.clone();
            self.blocking(move |shared| {
                saved
                    .write(&shared.data_dir)
                    .map_err(|source| StartError::DataFolder { path: shared.data_dir.clone(), source }.problem())
            })
            .await
        };
        let outbound = self.0.core.outbound();
        self.0.network.take(saved, &*sources.store, &sources.redactor, outbound, write).await?;
        self.0.watcher.stir();
        Ok(())
    }
}
