//! What answers cost: the catalogue's prices, the user's own before them, and who costs no money at all.
//!
//! An answer's cost is reckoned when it ends and kept with it: a price that changes later changes no history.

use crate::data::replace;
use crate::layers::Layers;
use mainstay_gateway::Route;
use mainstay_history::{Cost, Exchange, Tokens};
use mainstay_profiles::{CostClass, Price};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{fs, io};
use ts_rs::TS;

const FILE: &str = "prices.json";
/// How the ids of credentials begin that are logins: an account's subscription pays for what they serve.
const LOGINS: [&str; 2] = ["oauth:", "login:"];

/// A price, in US dollars for a million tokens.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PriceDraft {
    /// Input.
    pub input: f64,
    /// Output, reasoning included.
    pub output: f64,
    /// Input read from the provider's prompt cache; absent: as `input`.
    #[serde(default)]
    pub cached_input: Option<f64>,
    /// Input written to the prompt cache; absent: as `input`.
    #[serde(default)]
    pub cache_write: Option<f64>,
}

impl PriceDraft {
    /// Whether every part is a sum that a provider could ask.
    pub(crate) fn sensible(&self) -> bool {
        let parts = [Some(self.input), Some(self.output), self.cached_input, self.cache_write];
        parts.into_iter().flatten().all(|part| (0.0..=100_000.0).contains(&part))
    }

    /// Millionths of a US dollar: a dollar for a million tokens is a millionth for one.
    fn of(&self, tokens: &Tokens) -> Option<u64> {
        let (input, output) = (tokens.input?, tokens.output?);
        let cached = tokens.cached.unwrap_or(0).min(input);
        let written = tokens.written.unwrap_or(0).min(input - cached);
        let plain = input - cached - written;
        let sum = plain as f64 * self.input
            + cached as f64 * self.cached_input.unwrap_or(self.input)
            + written as f64 * self.cache_write.unwrap_or(self.input)
            + output as f64 * self.output;
        Some(sum.round() as u64)
    }
}

impl From<&Price> for PriceDraft {
    fn from(price: &Price) -> Self {
        Self {
            input: price.input_per_mtok,
            output: price.output_per_mtok,
            cached_input: price.cached_input_per_mtok,
            cache_write: price.cache_write_per_mtok,
        }
    }
}

/// How a member is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Billing {
    /// It is simulated.
    Practice,
    /// By an account's subscription.
    Login,
    /// By the token.
    Metered,
}

/// How each member of these routes is paid for, by its profile's name.
pub(crate) fn billing(routes: &[Route]) -> HashMap<Arc<str>, Billing> {
    let upstreams = routes.iter().flat_map(|route| route.upstreams.iter().flatten());
    let of = upstreams.map(|upstream| {
        let login = LOGINS.iter().any(|start| upstream.key.credential.starts_with(start));
        let billing = match (upstream.practice, login) {
            (true, _) => Billing::Practice,
            (false, true) => Billing::Login,
            (false, false) => Billing::Metered,
        };
        (Arc::clone(&upstream.profile), billing)
    });
    of.collect()
}

/// The user's own prices: by provider and model.
pub(crate) type OwnPrices = BTreeMap<String, BTreeMap<String, PriceDraft>>;

/// The file.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileForm {
    version: u32,
    prices: OwnPrices,
}

/// All prices.
#[derive(Debug)]
pub(crate) struct Prices {
    path: PathBuf,
    catalogue: Arc<Layers>,
    own: Mutex<OwnPrices>,
}

impl Prices {
    /// The catalogue's prices, and the user's own from the data folder. A file that can't be read sets none.
    pub(crate) fn read(data_dir: &Path, catalogue: Arc<Layers>) -> Self {
        let path = data_dir.join(FILE);
        let own = read(&path).unwrap_or_else(|error| {
            tracing::warn!(%error, "prices.json can't be read; the catalogue's prices are used");
            OwnPrices::new()
        });
        Self { path, catalogue, own: Mutex::new(own) }
    }

    /// Sets the user's own price of a model, or takes it back.
    ///
    /// # Errors
    /// When the file can't be read or written; nothing is changed then.
    pub(crate) fn set(&self, provider: &str, model: &str, price: Option<PriceDraft>) -> io::Result<()> {
        let mut held = self.own();
        let mut own = read(&self.path)?;
        let models = own.entry(provider.to_owned()).or_default();
        match price {
            Some(price) => {
                models.insert(model.to_owned(), price);
            }
            None => {
                models.remove(model);
            }
        }
        own.retain(|_, models| !models.is_empty());
        let form = FileForm { version: 1, prices: own };
        replace(&self.path, &serde_json::to_vec_pretty(&form).map_err(io::Error::other)?)?;
        *held = form.prices;
        Ok(())
    }

    /// The user's own prices.
    pub(crate) fn own_prices(&self) -> OwnPrices {
        self.own().clone()
    }

    /// What an exchange cost; `None` where no member served. The user's own price comes first: who sets one for a free
    /// tier pays for it.
    pub(crate) fn cost(&self, exchange: &Exchange, billing: Billing) -> Option<Cost> {
        exchange.served_by.as_ref()?;
        if billing != Billing::Metered {
            return Some(Cost::Included);
        }
        let Some(attempt) = exchange.owner() else { return Some(Cost::Unknown) };
        let own = self.own().get(&*attempt.provider).and_then(|models| models.get(&*attempt.model).copied());
        let catalogue = self.catalogue.now();
        let provider = catalogue.provider(&attempt.provider);
        if own.is_none() && provider.is_some_and(|provider| provider.cost_class == Some(CostClass::FreeTier)) {
            return Some(Cost::Included);
        }
        let listed = || provider?.model(&attempt.model).price.as_ref().map(PriceDraft::from);
        let price = own.or_else(listed).filter(|_| !exchange.tokens.estimated);
        let micro_usd = price.and_then(|price| price.of(&exchange.tokens));
        Some(micro_usd.map_or(Cost::Unknown, Cost::Known))
    }

    fn own(&self) -> MutexGuard<'_, OwnPrices> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(path: &Path) -> io::Result<OwnPrices> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(OwnPrices::new()),
        Err(error) => return Err(error),
    };
    let wrong = |reason: String| io::Error::new(io::ErrorKind::InvalidData, reason);
    let form: FileForm = serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
    if form.version != 1 || !form.prices.values().flat_map(BTreeMap::values).all(PriceDraft::sensible) {
        return Err(wrong("its version or one of its prices is not known here".to_owned()));
    }
    Ok(form.prices)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::sample as exchange;
    use mainstay_history::Ended;

    fn tokens() -> Tokens {
        Tokens {
            input: Some(1_000_000),
            cached: Some(300_000),
            written: Some(100_000),
            output: Some(100_000),
            ..Tokens::default()
        }
    }

    fn prices(dir: &Path) -> Prices {
        Prices::read(dir, Arc::new(Layers::read(None, dir).unwrap()))
    }

    const CLAUDE: &str = "claude-sonnet-4-5-20250929";

    #[test]
    fn cached_and_written_input_have_prices_of_their_own() {
        let dir = tempfile::tempdir().unwrap();
        let cost = prices(dir.path()).cost(&exchange("anthropic", CLAUDE, tokens()), Billing::Metered);
        // 600 000 at 3, 300 000 at 0.3, 100 000 at 3.75, 100 000 at 15.
        assert_eq!(cost, Some(Cost::Known(1_800_000 + 90_000 + 375_000 + 1_500_000)));
    }

    #[test]
    fn what_is_not_known_is_never_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let prices = prices(dir.path());
        let cost = |exchange: &Exchange| prices.cost(exchange, Billing::Metered);
        let known = exchange("anthropic", CLAUDE, tokens());
        assert_eq!(cost(&exchange("anthropic", "a-model-of-tomorrow", tokens())), Some(Cost::Unknown));
        assert_eq!(cost(&exchange("no-such-provider", "m", tokens())), Some(Cost::Unknown));
        assert_eq!(cost(&exchange("anthropic", CLAUDE, Tokens::default())), Some(Cost::Unknown));
        let estimated = Tokens { estimated: true, ..tokens() };
        assert_eq!(cost(&Exchange { tokens: estimated, ..known.clone() }), Some(Cost::Unknown));
        assert_eq!(cost(&Exchange { served_by: None, ended: Ended::Failed, ..known }), None, "nothing was served");
    }

    #[test]
    fn subscriptions_free_tiers_and_practice_are_included() {
        let dir = tempfile::tempdir().unwrap();
        let prices = prices(dir.path());
        let claude = exchange("anthropic", CLAUDE, tokens());
        assert_eq!(prices.cost(&claude, Billing::Login), Some(Cost::Included));
        assert_eq!(prices.cost(&claude, Billing::Practice), Some(Cost::Included));
        let free = exchange("gemini", "gemini-2.5-flash", tokens());
        assert_eq!(prices.cost(&free, Billing::Metered), Some(Cost::Included));
        let paid = PriceDraft { input: 0.3, output: 2.5, cached_input: None, cache_write: None };
        prices.set("gemini", "gemini-2.5-flash", Some(paid)).unwrap();
        assert_eq!(prices.cost(&free, Billing::Metered), Some(Cost::Known(550_000)), "who sets a price pays");
    }

    #[test]
    fn an_own_price_wins_survives_and_can_be_taken_back() {
        let dir = tempfile::tempdir().unwrap();
        let claude = exchange("anthropic", CLAUDE, tokens());
        let own = PriceDraft { input: 1.0, output: 1.0, cached_input: Some(0.0), cache_write: None };
        prices(dir.path()).set("anthropic", CLAUDE, Some(own)).unwrap();
        let again = prices(dir.path());
        assert_eq!(again.cost(&claude, Billing::Metered), Some(Cost::Known(800_000)));
        again.set("anthropic", CLAUDE, None).unwrap();
        assert_eq!(again.cost(&claude, Billing::Metered), Some(Cost::Known(3_765_000)));
        assert!(again.own_prices().is_empty());
    }

    #[test]
    fn a_file_that_cannot_be_read_sets_no_price_and_is_not_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        for text in [
            "{",
            "{\"version\":2,\"prices\":{}}",
            "{\"version\":1,\"prices\":{\"p\":{\"m\":{\"input\":-1,\"output\":1}}}}",
        ] {
            fs::write(dir.path().join(FILE), text).unwrap();
            let prices = prices(dir.path());
            assert!(prices.own_prices().is_empty(), "{text}");
            prices.set("openai", "gpt-5.2", None).unwrap_err();
            assert_eq!(fs::read_to_string(dir.path().join(FILE)).unwrap(), text);
        }
    }
}
