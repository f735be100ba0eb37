//! What Mainstay has stored and whom it calls, and the end of all of it.

use super::{Nothing, RemoveInput, problem};
use crate::data::has_marked;
use crate::error::Problem;
use crate::shared::Handle;
use crate::view::{CalledView, KeptItem, OwnDataView, ToolSeen};
use mainstay_history::{By, Filter, StatisticsQuery};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// How far back tools count as pointing here.
const SEEN: Duration = Duration::from_secs(30 * 24 * 3600);

/// What may lie in the data folder: files, and what they are for, as a stable word that the window has a sentence for.
const KNOWN: [(&str, &[&str]); 12] = [
    ("secrets", &["vault.json", "vault.key", "secrets.json"]),
    ("history", &["history.db", "history.db-wal", "history.db-shm", "retention.json"]),
    ("exports", &["exports"]),
    ("versions", &["versions", "deleted.json"]),
    ("health", &["health.json", "state.json"]),
    ("door", &["door.json"]),
    ("network", &["network.json", "gateway.json"]),
    ("consent", &["consent.json", "logins.json"]),
    ("catalogue", &["catalogue.json", "models", "prices.json"]),
    ("practice", &["practice"]),
    ("logs", &["logs"]),
    ("run", &["run.json", "engine.lock"]),
];

impl Handle {
    pub(super) async fn own_data(&self, _: Nothing) -> Result<OwnDataView, Problem> {
        let called = self.called();
        let keyring = self.0.sources.store.kind() == mainstay_credentials::StoreKind::Keyring;
        self.blocking(move |shared| {
            let folder = &shared.data_dir;
            let mut items: Vec<KeptItem> = (KNOWN.iter())
                .filter_map(|(what, names)| {
                    let there: Vec<_> =
                        names.iter().map(|name| folder.join(name)).filter(|path| path.exists()).collect();
                    let bytes = there.iter().map(|path| size(path)).sum();
                    let first = there.first()?;
                    Some(KeptItem { what: (*what).to_owned(), path: first.display().to_string(), bytes })
                })
                .collect();
            let named: BTreeSet<&str> = KNOWN.iter().flat_map(|(_, names)| names.iter().copied()).collect();
            let others = std::fs::read_dir(folder).into_iter().flatten().flatten();
            let others = others.filter(|entry| entry.file_name().to_str().is_none_or(|name| !named.contains(name)));
            let bytes: u64 = others.map(|entry| size(&entry.path())).sum();
            if bytes > 0 {
                items.push(KeptItem { what: "window".to_owned(), path: folder.display().to_string(), bytes });
            }
            let since =
                SystemTime::now().checked_sub(SEEN).and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok());
            let from = since.and_then(|since| u64::try_from(since.as_millis()).ok());
            let query = StatisticsQuery { filter: Filter { from, ..Filter::default() }, by: vec![By::Tool] };
            let groups = shared.read(|reader| reader.statistics(&query)).map(|told| told.groups).unwrap_or_default();
            let tools = groups.into_iter().filter_map(|group| {
                let name = group.keys.into_iter().next().flatten()?.to_string();
                Some(ToolSeen { name, requests: group.requests })
            });
            Ok(OwnDataView {
                folder: folder.display().to_string(),
                profiles: shared.profiles.dir().display().to_string(),
                items,
                keyring,
                called,
                tools: tools.collect(),
                removing: has_marked(folder),
            })
        })
        .await
    }

    pub(super) async fn remove_own_data(&self, input: RemoveInput) -> Result<OwnDataView, Problem> {
        if input.sure != "remove" {
            let message = "Nothing was removed: the question has not been answered.".to_owned();
            return Err(problem("not_sure", message, "Say \"remove\"."));
        }
        let store = &self.0.sources.store;
        let failed = |error: mainstay_credentials::StoreError| problem(error.code(), format!("{error}."), error.hint());
        for id in store.list().await.map_err(failed)? {
            store.delete(&id).await.map_err(failed)?;
        }
        mainstay_credentials::forget_vault_key(&self.0.data_dir, crate::IDENTIFIER).await.map_err(failed)?;
        self.delete_history(Nothing {}).await?;
        // What is open, or written again until the end, goes with the end.
        self.blocking(|shared| {
            crate::data::mark_for_removal(&shared.data_dir).map_err(|error| {
                let message = format!("{} can't be removed: {error}.", shared.data_dir.display());
                problem("data_folder_unusable", message, "Remove the folder by hand once Mainstay has ended.")
            })
        })
        .await?;
        tracing::warn!("all of Mainstay's own data goes when it ends");
        self.own_data(Nothing {}).await
    }

    /// Where requests go, by address; and whom logins ask.
    fn called(&self) -> Vec<CalledView> {
        let mut by: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for route in self.0.core.routing().routes() {
            for upstream in route.upstreams.iter().flatten().filter(|upstream| !upstream.practice) {
                let origin = upstream.base_url.origin().ascii_serialization();
                by.entry(origin).or_default().insert(upstream.profile.to_string());
            }
        }
        by.into_iter()
            .map(|(address, profiles)| CalledView { address, profiles: profiles.into_iter().collect() })
            .collect()
    }
}

/// How many bytes a file or a folder takes. Links count as nothing.
fn size(path: &Path) -> u64 {
    let Ok(metadata) = path.symlink_metadata() else { return 0 };
    if metadata.is_dir() {
        return std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| size(&entry.path())).sum();
    }
    if metadata.is_file() { metadata.len() } else { 0 }
}
