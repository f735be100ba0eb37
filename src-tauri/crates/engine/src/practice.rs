//! Practice: simulated providers to try failover with, and the profiles that point at them.
//!
//! The profiles lie in the data folder, never in the CLI's, so no other program takes a simulated provider for a real one.
//! Their addresses are new at each start; everything else that the user changed in them stays.

use crate::data::private_dir;
use crate::error::StartError;
use mainstay_profiles::{
    Document, Folder, FolderError, MemberRef, Policy, ProfileLock, Write, new_balancer_text, new_standard_text,
};
use mainstay_simulator::{Practice, Simulator, Speaks};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// The practice balancer's name.
pub(crate) const BALANCER: &str = "practice";

/// The limit to a practice member's first content, in milliseconds.
const TIMEOUT_MS: u64 = 5_000;

/// Name, provider, protocol, model.
const MEMBERS: [(&str, &str, Speaks, &str); 3] = [
    ("practice-anthropic", "anthropic", Speaks::Anthropic, "claude-sonnet-4-5-20250929"),
    ("practice-openai", "openai", Speaks::OpenaiChat, "gpt-5.2"),
    ("practice-gemini", "gemini", Speaks::Gemini, "gemini-2.5-flash"),
];

/// Starts the practice providers and brings their profiles up to date.
pub(crate) async fn start(data_dir: &Path) -> Result<(Simulator, Folder), StartError> {
    let providers =
        MEMBERS.iter().map(|(name, _, speaks, model)| Practice::new(*name, *speaks, *model).true_to_model());
    let simulator = Simulator::start(providers.collect()).await?;
    let addresses =
        MEMBERS.map(|(name, ..)| simulator.provider(name).map(|running| running.base_url.clone()).unwrap_or_default());
    let dir = data_dir.join("practice");
    // Waiting for a profile lock blocks.
    let folder = tokio::task::spawn_blocking(move || write(dir, &addresses)).await;
    let folder = folder.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))?;
    Ok((simulator, folder))
}

fn write(dir: PathBuf, addresses: &[String; 3]) -> Result<Folder, StartError> {
    private_dir(&dir).map_err(|source| StartError::DataFolder { path: dir.clone(), source })?;
    // The folder is this engine's alone, and so is the data folder's lock: one that lies here was left by a kill.
    if let Some(holder) = ProfileLock::holder(&dir).map_err(FolderError::from)? {
        ProfileLock::remove_stale(&dir, &holder).map_err(FolderError::from)?;
    }
    let folder = Folder::open(dir)?;
    for ((name, provider, _, model), address) in MEMBERS.into_iter().zip(addresses) {
        point(&folder, name, provider, model, address)?;
    }
    if folder.text(BALANCER).is_err() {
        let members: Vec<MemberRef> =
            MEMBERS.iter().map(|(name, ..)| MemberRef { profile: (*name).to_owned(), weight: 1 }).collect();
        folder.write(BALANCER, &new_balancer_text(Policy::Failover, &members), Write::Create)?;
    }
    Ok(folder)
}

fn point(folder: &Folder, name: &str, provider: &str, model: &str, base_url: &str) -> Result<(), FolderError> {
    let mut settings = Map::new();
    settings.insert("base-url".to_owned(), json!(base_url));
    // A practised hang should be over before the one who practises loses patience.
    settings.insert("timeout_ms".to_owned(), json!(TIMEOUT_MS));
    let fresh = || new_standard_text(provider, model, &Map::new(), &settings);
    let (text, mode) = match folder.text(name) {
        Err(_) => (fresh(), Write::Create),
        Ok(text) => {
            let edited = Document::parse(&text).ok().and_then(|mut document| {
                document.set(&["ephemeralSettings", "base-url"], Value::from(base_url)).ok()?;
                Some(document.text().to_owned())
            });
            // A practice profile that can't be read is made anew: nothing of worth is in it.
            (edited.unwrap_or_else(fresh), Write::Replace { expected: None })
        }
    };
    folder.write(name, &text, mode)
}
