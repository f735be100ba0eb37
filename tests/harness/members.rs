//! Three practice providers, and profiles that lead to them.

use super::home::Home;
use super::wait::until;
use mainstay_simulator::{Fault, Outage, Practice, Running, Simulator, Speaks};
use serde_json::{Value, json};

/// Provider, protocol and model of the recipe's three, in its order. A practice provider bears its provider's name.
pub(crate) const MEMBERS: [(&str, Speaks, &str); 3] = [
    ("anthropic", Speaks::Anthropic, "claude-sonnet-4-5-20250929"),
    ("openai", Speaks::OpenaiChat, "gpt-5.2"),
    ("gemini", Speaks::Gemini, "gemini-2.5-flash"),
];

/// A running practice provider for each of [`MEMBERS`], refusing what its model refuses.
pub(crate) struct Trio {
    simulator: Simulator,
}

impl Trio {
    pub(crate) async fn start() -> Self {
        let members = MEMBERS.map(|(name, speaks, model)| Practice::new(name, speaks, model).true_to_model());
        Self { simulator: Simulator::start(members.into()).await.expect("three practice providers") }
    }

    /// By the index in [`MEMBERS`].
    pub(crate) fn at(&self, index: usize) -> &Running {
        &self.simulator.providers()[index]
    }

    pub(crate) fn all(&self) -> &[Running] {
        self.simulator.providers()
    }

    /// Strikes several of them at once, until this ends.
    pub(crate) fn strike(&self, outage: Outage) {
        self.simulator.strike(outage).expect("an outage of its own members");
    }

    /// Waits until nobody listens on this one's port.
    pub(crate) async fn until_closed(&self, index: usize) {
        until("the port is closed", async || (!self.at(index).listens()).then_some(())).await;
    }

    /// Writes `PREFIX-anthropic`, `PREFIX-openai`, `PREFIX-gemini`, each with a key of its own, and so with a health of its
    /// own, and a balancer `PREFIX` over them in the order given. `settings` are the first one's; `null` takes one away.
    pub(crate) fn write(&self, home: &Home, prefix: &str, policy: &str, order: [usize; 3], settings: &Value) {
        let names = order.map(|index| format!("{prefix}-{}", MEMBERS[index].0));
        for (place, index) in order.into_iter().enumerate() {
            let mut own = json!({ "base-url": self.at(index).base_url, "auth-key": key_of(&names[place]) });
            if let (0, Some(more)) = (place, settings.as_object()) {
                let own = own.as_object_mut().expect("an object was just made");
                own.extend(more.clone());
                own.retain(|_, value| !value.is_null());
            }
            home.write(&names[place], &standard(MEMBERS[index].0, MEMBERS[index].2, &own));
        }
        home.write(prefix, &balancer(policy, &names));
    }
}

/// The key that a profile written by [`Trio::write`] holds.
pub(crate) fn key_of(profile: &str) -> String {
    format!("key-of-{profile}")
}

/// A profile file.
pub(crate) fn standard(provider: &str, model: &str, settings: &Value) -> Value {
    json!({ "version": 1, "provider": provider, "model": model, "modelParams": {}, "ephemeralSettings": settings })
}

/// A load balancer's file, as the recipe has it.
pub(crate) fn balancer(policy: &str, members: &[impl AsRef<str>]) -> Value {
    let members: Vec<&str> = members.iter().map(AsRef::as_ref).collect();
    json!({ "version": 1, "type": "loadbalancer", "policy": policy, "profiles": members })
}

/// The whole answer of the practice provider at `index` to these words.
pub(crate) fn words_of(index: usize, said: &str) -> String {
    let (name, _, model) = MEMBERS[index];
    format!("Simulated answer from {name} (model {model}). You said: {said}")
}

/// A status that a practice provider answers with, and headers; the body is its own for that status.
pub(crate) fn status(status: u16, headers: &Value) -> Fault {
    Fault::from_json(json!({ "kind": "status", "status": status, "headers": headers })).expect("a fault")
}
