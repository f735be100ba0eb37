//! The four dialects on both sides of one gateway, and how a test goes over all pairs of them at once.

use crate::clients::{Clients, Heard};
use crate::harness::{Gateway, Home, Serve, balancer, standard};
use mainstay_simulator::{Play, Practice, Running, Seen, Simulator, Speaks};
use serde_json::{Value, json};
use std::fmt;
use std::sync::Arc;
use tokio::task::LocalSet;

/// A dialect, of a client or of a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wire {
    Anthropic,
    Chat,
    Responses,
    Gemini,
}

impl Wire {
    pub(super) const ALL: [Self; 4] = [Self::Anthropic, Self::Chat, Self::Responses, Self::Gemini];

    /// Its official SDK, as tests/clients/run.mjs calls it.
    pub(super) fn sdk(self) -> &'static str {
        ["anthropic", "openai", "openai-responses", "google"][self as usize]
    }

    /// The practice provider's name.
    pub(super) fn name(self) -> &'static str {
        ["anthropic", "chat", "responses", "gemini"][self as usize]
    }

    /// The catalogue's provider that speaks it.
    pub(super) fn provider(self) -> &'static str {
        ["anthropic", "openai", "openai-responses", "gemini"][self as usize]
    }

    pub(super) fn speaks(self) -> Speaks {
        [Speaks::Anthropic, Speaks::OpenaiChat, Speaks::OpenaiResponses, Speaks::Gemini][self as usize]
    }

    pub(super) fn model(self) -> &'static str {
        MODELS[self as usize]
    }

    /// How a client's SDK says that all was said.
    pub(super) fn done(self) -> &'static str {
        ["end_turn", "stop", "completed", "STOP"][self as usize]
    }

    /// How it says that tools are called.
    pub(super) fn calls(self) -> &'static str {
        ["tool_use", "tool_calls", "completed", "STOP"][self as usize]
    }

    /// How it says that the token limit was reached.
    pub(super) fn limited(self) -> &'static str {
        ["max_tokens", "length", "max_output_tokens", "MAX_TOKENS"][self as usize]
    }
}

/// Of the providers, in the order of [`Wire::ALL`], unless a test names others.
pub(super) const MODELS: [&str; 4] = ["claude-sonnet-4-5-20250929", "gpt-5.2", "gpt-5.2", "gemini-3-pro-preview"];

/// Who asks whom, and how.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub(super) client: Wire,
    pub(super) upstream: Wire,
    /// `whole`, `stream`, or `helper`: by what the SDK has to put a stream together.
    pub(super) mode: &'static str,
    /// Where a test asks in several ways: which.
    pub(super) variant: &'static str,
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} client, {} upstream, {}", self.client.name(), self.upstream.name(), self.mode)?;
        if self.variant.is_empty() { Ok(()) } else { write!(f, ", {}", self.variant) }
    }
}

impl Pair {
    /// A word that the conversation holds and that tells its requests from those of others.
    pub(super) fn marker(&self) -> String {
        format!("{}-{}-{}{}", self.client.name(), self.upstream.name(), self.mode, self.variant)
    }

    /// A first user turn with the marker.
    pub(super) fn opening(&self) -> Value {
        json!({ "user": [{ "text": self.marker() }] })
    }
}

/// All pairs in these modes.
pub(super) fn pairs(modes: &[&'static str]) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for client in Wire::ALL {
        for upstream in Wire::ALL {
            pairs.extend(modes.iter().map(|&mode| Pair { client, upstream, mode, variant: "" }));
        }
    }
    pairs
}

/// Each pair in each of these variants.
pub(super) fn varied(pairs: &[Pair], variants: &[&'static str]) -> Vec<Pair> {
    let vary = |pair: &Pair| variants.iter().map(|&variant| Pair { variant, ..pair.clone() }).collect::<Vec<_>>();
    pairs.iter().flat_map(vary).collect()
}

/// Those in which a tool loop can go on. Google's SDK keeps each piece of a stream as a content of its own, and its API
/// takes no call after a content of the model.
pub(super) fn loops(modes: &[&'static str]) -> Vec<Pair> {
    let refused = |pair: &Pair| pair.mode == "helper" && (pair.client, pair.upstream) == (Wire::Gemini, Wire::Gemini);
    pairs(modes).into_iter().filter(|pair| !refused(pair)).collect()
}

pub(super) const MODES: [&str; 3] = ["whole", "stream", "helper"];

/// A practice provider of each dialect, and a gateway with a profile `to-NAME` for each, and one balancer
/// `FIRST-then-SECOND` for each two of them.
pub(super) struct Stage {
    pub(super) clients: &'static Clients,
    pub(super) gateway: Gateway,
    simulator: Simulator,
}

/// What a stage may have other than [`Stage::start`] gives it.
pub(super) struct Setting<'a> {
    pub(super) models: [&'a str; 4],
    /// Of each profile.
    pub(super) settings: Value,
    /// Members of each profile's file beside its settings.
    pub(super) beside: Value,
    /// The profile that serves whoever names none.
    pub(super) active: Option<&'a str>,
    /// Further profiles, each with a key of its own and so with a health of its own.
    pub(super) apart: Vec<(String, Wire)>,
}

impl Default for Setting<'_> {
    fn default() -> Self {
        Self { models: MODELS, settings: json!({}), beside: json!({}), active: None, apart: Vec::new() }
    }
}

impl Stage {
    pub(super) async fn start() -> Option<Arc<Self>> {
        Self::with(Setting::default()).await
    }

    pub(super) async fn with(setting: Setting<'_>) -> Option<Arc<Self>> {
        let clients = Clients::get()?;
        let practice = Wire::ALL
            .map(|wire| Practice::new(wire.name(), wire.speaks(), setting.models[wire as usize]).true_to_model());
        let simulator = Simulator::start(practice.into()).await.expect("four practice providers");
        let home = Arc::new(Home::new());
        let plain = Wire::ALL.map(|wire| (format!("to-{}", wire.name()), wire));
        for (name, wire) in plain.iter().chain(&setting.apart) {
            let running = &simulator.providers()[*wire as usize];
            let mut own = json!({
                "base-url": running.base_url, "auth-key": format!("key-of-{name}"), "circuit_breaker_enabled": false,
            });
            add(&mut own, &setting.settings);
            let mut profile = standard(wire.provider(), &running.model, &own);
            add(&mut profile, &setting.beside);
            home.write(name, &profile);
        }
        for first in Wire::ALL {
            for second in Wire::ALL.into_iter().filter(|second| *second != first) {
                let members = [first, second].map(|wire| format!("to-{}", wire.name()));
                let mut file = balancer("failover", &members);
                file["ephemeralSettings"] = json!({ "circuit_breaker_enabled": false });
                home.write(&format!("{}-then-{}", first.name(), second.name()), &file);
            }
        }
        let serve = Serve::at(&home).in_memory();
        let gateway = match setting.active {
            Some(active) => serve.args(["--profile", active]).start().await,
            None => serve.start().await,
        };
        Some(Arc::new(Self { clients, gateway, simulator }))
    }

    pub(super) fn provider(&self, wire: Wire) -> &Running {
        &self.simulator.providers()[wire as usize]
    }

    /// All providers act this.
    pub(super) fn play(&self, play: &Value) {
        for running in self.simulator.providers() {
            running.play(Play::from_json(play.clone()).expect("a play"));
        }
    }

    /// A call by the pair's client to the pair's upstream, unless it names another model.
    pub(super) async fn ask(&self, pair: &Pair, mut call: Value) -> Heard {
        let fields = call.as_object_mut().expect("a call is an object");
        fields.entry("mode").or_insert_with(|| pair.mode.into());
        fields.entry("model").or_insert_with(|| format!("to-{}", pair.upstream.name()).into());
        self.clients.call_by(&self.gateway.address, &self.gateway.token, pair.client.sdk(), call).await
    }

    /// What the provider got of this pair's requests.
    pub(super) fn seen(&self, wire: Wire, pair: &Pair) -> Vec<Seen> {
        let marker = pair.marker();
        let mut seen = self.provider(wire).seen();
        // A marker may begin with another one.
        seen.retain(|seen| seen.mentions(&format!("{marker}\"")) || seen.mentions(&format!("{marker} ")));
        seen
    }

    /// The last of them.
    pub(super) fn last_seen(&self, wire: Wire, pair: &Pair) -> Value {
        self.seen(wire, pair).last().unwrap_or_else(|| panic!("{pair}: nothing arrived")).body()
    }

    /// Plays it with every pair at once, and fails with the names of those that failed.
    pub(super) async fn each<F: Future<Output = ()> + 'static>(
        self: &Arc<Self>,
        pairs: Vec<Pair>,
        act: impl Fn(Arc<Self>, Pair) -> F,
    ) {
        let together = LocalSet::new();
        let acting: Vec<_> =
            pairs.iter().map(|pair| together.spawn_local(act(Arc::clone(self), pair.clone()))).collect();
        together.await;
        let mut failed = Vec::new();
        for (pair, acted) in pairs.iter().zip(acting) {
            if acted.await.is_err() {
                failed.push(pair.to_string());
            }
        }
        assert!(failed.is_empty(), "{} of {} failed:\n{}", failed.len(), pairs.len(), failed.join("\n"));
    }
}

fn add(object: &mut Value, more: &Value) {
    let object = object.as_object_mut().expect("an object was just made");
    object.extend(more.as_object().expect("more of an object").clone());
}

/// The SDK gave its caller a whole answer, with one id and one model.
pub(super) fn whole(pair: &Pair, heard: &Heard) {
    assert!(heard.ok(), "{pair}: {heard:?}");
    assert_eq!(heard.0["ids"].as_array().map(Vec::len), Some(1), "{pair}: one id: {heard:?}");
    let model = heard.0["model"].as_str().unwrap_or_default();
    assert_eq!(model, pair.upstream.model(), "{pair}: the model that answered: {heard:?}");
}
