//! `mainstay key`: API keys from a terminal. A key is read from standard input, never from the command line, where other
//! programs could see it.

use crate::exit::{self, Exit};
use crate::serve::data_dir;
use clap::{ArgGroup, Args, Subcommand};
use mainstay_engine::{KeyLine, KeyOptions, KeyRing, KeySlot, SecretString, StoreKind};
use std::io::{Read as _, Write as _};
use std::path::PathBuf;

#[derive(Args)]
pub(crate) struct Key {
    /// The folder of profile files [default: the llxprt CLI's].
    #[arg(long, env = "MAINSTAY_PROFILES_DIR", value_name = "DIR", global = true)]
    profiles_dir: Option<PathBuf>,
    /// The folder for Mainstay's own data [default: the platform's].
    #[arg(long, env = "MAINSTAY_DATA_DIR", value_name = "DIR", global = true)]
    data_dir: Option<PathBuf>,
    /// Where secrets are kept: keyring or file [default: where they are, else keyring].
    #[arg(long, value_name = "STORE", global = true)]
    secrets: Option<StoreKind>,
    /// A JSON file that overlays the provider catalogue.
    #[arg(long, value_name = "FILE", global = true)]
    catalogue: Option<PathBuf>,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Store the key that standard input holds.
    Set(Slot),
    /// Forget a key.
    Delete(Slot),
    /// List the keys by their last four characters.
    List,
    /// Move keys and logins that can't be opened any more aside, and begin with none. Nothing is deleted.
    SetAside,
    /// Agree that an environment variable is read as the provider's key.
    AcceptEnv {
        /// The provider.
        #[arg(long, value_name = "NAME")]
        provider: String,
        /// The variable, such as OPENAI_API_KEY.
        #[arg(value_name = "VARIABLE")]
        variable: String,
    },
    /// Agree that a profile's stored credential goes to the address that its file names now.
    ConfirmOrigin {
        /// The profile.
        #[arg(long, value_name = "NAME")]
        profile: String,
    },
}

#[derive(Args)]
#[command(group(ArgGroup::new("slot").required(true)))]
struct Slot {
    /// The profile that the key belongs to.
    #[arg(long, group = "slot", value_name = "NAME")]
    profile: Option<String>,
    /// The provider that the key belongs to.
    #[arg(long, group = "slot", value_name = "NAME")]
    provider: Option<String>,
}

impl Slot {
    fn read(self) -> KeySlot {
        match (self.profile, self.provider) {
            (Some(profile), _) => KeySlot::Profile(profile),
            (None, provider) => KeySlot::Provider(provider.unwrap_or_default()),
        }
    }
}

impl Key {
    pub(crate) fn run(self) -> Result<(), Exit> {
        if self.secrets == Some(StoreKind::Memory) {
            return Err(Exit::usage("a key kept in memory would be gone at once: use --secrets keyring or file"));
        }
        let options = KeyOptions {
            data_dir: data_dir(self.data_dir)?,
            profiles_dir: self.profiles_dir,
            secrets: self.secrets,
            catalogue: self.catalogue,
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Exit::new(exit::FAULT, "runtime", format!("the runtime can't start: {error}"), ""))?;
        let result = runtime.block_on(act(&options, self.what));
        runtime.shutdown_background();
        result
    }
}

async fn act(options: &KeyOptions, what: What) -> Result<(), Exit> {
    let keys = || KeyRing::open(options);
    let done = match what {
        What::SetAside => match KeyRing::set_aside(&options.data_dir).await? {
            Some(place) => format!("set aside as {}", place.display()),
            None => "there was nothing to set aside".to_owned(),
        },
        What::Set(slot) => {
            let keys = keys().await?;
            let key = read_key()?;
            keys.set(&slot.read(), &key).await?;
            "stored".to_owned()
        }
        What::Delete(slot) => {
            if keys().await?.delete(&slot.read()).await? {
                "deleted".to_owned()
            } else {
                "there was none".to_owned()
            }
        }
        What::List => keys().await?.list().await?.iter().map(line).collect::<Vec<_>>().join("\n"),
        What::AcceptEnv { provider, variable } => {
            keys().await?.accept_variable(&provider, &variable)?;
            format!("{variable} is read for {provider}")
        }
        What::ConfirmOrigin { profile } => {
            let origin = keys().await?.confirm_origin(&profile)?;
            format!("{profile} may send its credential to {origin}")
        }
    };
    if !done.is_empty() {
        let _ = writeln!(std::io::stdout().lock(), "{done}");
    }
    Ok(())
}

fn line(key: &KeyLine) -> String {
    let slot = match &key.slot {
        KeySlot::Profile(name) => format!("profile {name}"),
        KeySlot::Provider(name) => format!("provider {name}"),
    };
    let tail = key.last_four.as_deref().map_or_else(|| "stored".to_owned(), |tail| format!("ends in {tail}"));
    match &key.origin {
        Some(origin) => format!("{slot}: {tail}, for {origin}"),
        None => format!("{slot}: {tail}"),
    }
}

fn read_key() -> Result<SecretString, Exit> {
    let mut text = String::new();
    std::io::stdin()
        .lock()
        .take(64 << 10)
        .read_to_string(&mut text)
        .map_err(|error| Exit::usage(&format!("standard input can't be read as a key: {error}")))?;
    Ok(SecretString::from(text.trim().to_owned()))
}
