//! Keys from the window, and the test of a profile.

use super::{KeyInput, Named, OriginInput, problem};
use crate::consent::Consent;
use crate::error::{Problem, StartError};
use crate::shared::Handle;
use crate::view::{CredentialView, TestCost, TestResult};
use mainstay_credentials::{Origin, SecretId, set_profile_key};
use mainstay_gateway::Way;
use mainstay_profiles::{Fingerprint, Profile, Standard, settings_of};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use url::Url;

/// How long a test may take.
const TEST_LIMIT: Duration = Duration::from_secs(60);
/// The most tokens that a test asks for.
const TEST_OUTPUT: u32 = 64;
/// About so many tokens a test sends, whatever the tokenizer.
const TEST_INPUT: u32 = 20;
/// How much of a test's answer is shown, in characters.
const ANSWER_LIMIT: usize = 300;

impl Handle {
    pub(super) async fn set_key(&self, input: KeyInput) -> Result<CredentialView, Problem> {
        let origin = self.origin_of(&input.profile)?;
        let stored = set_profile_key(&*self.0.sources.store, &input.profile, &origin, &input.key).await;
        stored.map_err(StartError::Secrets).map_err(|error| error.problem())?;
        self.0.sources.redactor.learn(&input.key);
        self.0.orphans.keep(&input.profile);
        self.reload().await?;
        self.0.credential_set(&input.profile);
        Ok(self.credential_view(&input.profile, false).await)
    }

    pub(super) async fn delete_key(&self, input: Named) -> Result<CredentialView, Problem> {
        let deleted = self.0.sources.store.delete(&SecretId::profile_key(input.name.clone())).await;
        deleted.map_err(StartError::Secrets).map_err(|error| error.problem())?;
        self.reload().await?;
        Ok(self.credential_view(&input.name, false).await)
    }

    pub(super) async fn confirm_origin(&self, input: OriginInput) -> Result<CredentialView, Problem> {
        let text = self.0.profiles.text(&input.name).map_err(|error| super::file_problem(&input.name, &error))?;
        if Fingerprint::of(&text).to_string() != input.fingerprint {
            let message = format!("{} was changed on disk meanwhile.", input.name);
            return Err(problem("profile_changed", message, "Look at its address again."));
        }
        let origin = self.origin_of(&input.name)?.to_string();
        let name = input.name.clone();
        self.blocking(move |shared| {
            shared.agree(|consent: &mut Consent| consent.origins.entry(name).or_default().push(origin))
        })
        .await?;
        self.reload().await?;
        Ok(self.credential_view(&input.name, false).await)
    }

    /// Sends one tiny real request through the gateway itself, so that what is tested is what serves.
    pub(super) async fn test_profile(&self, input: Named) -> Result<TestResult, Problem> {
        let address = self.0.address.get().ok_or_else(|| {
            problem("not_listening", "The gateway does not listen yet.".to_owned(), "Try again in a moment.")
        })?;
        if self.0.core.routing().named(&input.name).is_none() {
            let message = format!("{} can't be used.", input.name);
            return Err(problem("profile_broken", message, "Correct its file, or choose another."));
        }
        let unreachable = |error: &dyn std::fmt::Display| {
            problem("gateway_unreachable", format!("The gateway did not answer: {error}."), "Restart Mainstay.")
        };
        // An address for all interfaces is reached on this machine by loopback.
        let address = address.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:");
        let url = Url::parse(&format!("{address}/v1/chat/completions")).map_err(|error| unreachable(&error))?;
        let body = json!({
            "model": input.name,
            "max_tokens": TEST_OUTPUT,
            "messages": [{ "role": "user", "content": "Answer with the one word: ready" }],
        });
        let started = Instant::now();
        let sent = self
            .0
            .core
            .outbound()
            .client(&url, &Way::Direct)
            .post(url)
            .header("x-mainstay-token", self.0.door.first().expose_secret())
            .header("user-agent", "Mainstay test")
            .timeout(TEST_LIMIT)
            .json(&body)
            .send()
            .await;
        let response = sent.map_err(|error| unreachable(&error.without_url()))?;
        let status = response.status();
        let answer: Value = response.json().await.map_err(|error| unreachable(&error.without_url()))?;
        let took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let text = |pointer: &str| answer.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        if status.is_success() {
            let said = text("/choices/0/message/content").unwrap_or_default();
            return Ok(TestResult {
                ok: true,
                took_ms,
                answer: Some(said.chars().take(ANSWER_LIMIT).collect()),
                model: text("/model"),
                message: None,
                hint: None,
            });
        }
        let code = text("/error/code").unwrap_or_default();
        Ok(TestResult {
            ok: false,
            took_ms,
            answer: None,
            model: None,
            message: Some(text("/error/message").unwrap_or_else(|| format!("The provider answered {status}."))),
            hint: Some(hint(&code).to_owned()),
        })
    }

    /// What a test of a profile costs at the catalogue's prices.
    pub(super) fn test_cost(&self, standard: &Standard, practice: bool) -> TestCost {
        let main = standard.extension.models.main.as_deref().unwrap_or(&standard.model);
        let price = self.0.catalogue.now().provider(&standard.provider).and_then(|provider| provider.model(main).price);
        let usd = price.map(|price| {
            let sent = f64::from(TEST_INPUT) * price.input_per_mtok;
            (sent + f64::from(TEST_OUTPUT) * price.output_per_mtok) / 1_000_000.0
        });
        TestCost { included: practice, tokens: u64::from(TEST_INPUT + TEST_OUTPUT), usd: usd.filter(|_| !practice) }
    }

    /// Where a profile's requests go.
    pub(super) fn origin_of(&self, name: &str) -> Result<Origin, Problem> {
        let profile = self.0.profiles.read(name).map_err(|error| super::file_problem(name, &error))?;
        let Profile::Standard(standard) = profile else {
            return Err(problem("not_a_profile", format!("{name} is a load balancer."), "Give the key to a member."));
        };
        let (settings, _) = settings_of(&standard.settings);
        let catalogue = self.0.catalogue.now();
        let provider = catalogue.provider(&standard.provider);
        let address = settings.base_url.or_else(|| provider?.base_url.clone());
        let url = address.and_then(|address| Url::parse(&address).ok());
        url.map(|url| Origin::from(&url)).ok_or_else(|| {
            problem("no_address", format!("{name} has no address to send a key to."), "Give it a base URL first.")
        })
    }
}

fn hint(code: &str) -> &'static str {
    match code {
        "upstream_credential_rejected" => "Check the key: the provider does not accept it.",
        "rate_limited" | "quota_spent" => "The provider is reached and the key is known; wait, or raise the limit.",
        "model_unavailable" => "Check the model's name, and whether your account may use it.",
        "unreachable" => "Check the address and your connection.",
        "timed_out" => "The provider took too long; try again, or raise the profile's timeout.",
        "needs_credential" | "no_member" | "no_member_ready" | "all_out" => "Give the profile a key.",
        "all_members_limited" | "all_members_out" => "It rests now. Wait for it, or say Try now on Live.",
        _ => "What the provider said is above.",
    }
}
